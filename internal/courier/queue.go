package courier

import (
	"container/heap"
	"slices"
	"sync"
	"time"

	"github.com/wireroom/wireroom/internal/wire"
)

// queue hands out what is to be delivered on one channel: what withdraws a story
// before everything, then first attempts by their priority, then retries by
// theirs. There are never two deliveries to one address at a time, so that a
// receiver gets versions in their order and one that hangs holds one worker.
// Receivers whose last delivery did not succeed wait in a ward of their own, of
// which only some are seen at a time: however many are ill, the others are
// served. It is safe for concurrent use.
type queue struct {
	directory directory

	mu     sync.Mutex
	cond   *sync.Cond
	closed bool

	ready   lanes             // to be handed out
	later   retries           // retries to come
	busy    map[string]bool   // addresses to which a delivery is under way
	waiting map[string][]task // for a busy address, most pressing first

	wardSize int             // how many ailing receivers are seen at a time; 0: there is no ward
	ailing   map[string]bool // addresses whose last delivery did not succeed
	ward     lanes
	inWard   int // deliveries under way to ailing receivers
}

// directory is what a queue asks about subscriptions. It is safe for concurrent use.
type directory interface {
	// find appends subscriptions as they are now to a list; nil for one that there is not.
	find(list []*wire.Subscription, ids ...wire.SubscriptionID) []*wire.Subscription
	// edition is another number once there was a change: what was found at one holds
	// for as long as the number does.
	edition() int64
}

// lookAhead is how many recipients of a batch are found at a time.
const lookAhead = 16

// newQueue makes a queue.
func newQueue(wardSize int, directory directory) *queue {
	q := &queue{directory: directory, busy: map[string]bool{}, waiting: map[string][]task{}, wardSize: wardSize, ailing: map[string]bool{}}
	q.cond = sync.NewCond(&q.mu)
	return q
}

// task is one recipient of a batch.
type task struct {
	work  *work
	place int
	retry bool // not the first attempt
	// While it is under way:
	to   *wire.Subscription // whom it is for, as it was handed out; nil if there is no such
	key  string             // the address that is busy
	ward bool               // it takes one of the ward's places
}

func (t task) subscription() wire.SubscriptionID { return t.work.Recipients[t.place] }

// level is how pressing a task is; 0 is most.
func (t task) level() int {
	rank := min(max(t.work.Rank, 0), ranks-1)
	if t.retry && rank > 0 {
		return ranks - 1 + rank
	}
	return rank
}

// ranks are: withdrawals, and three priorities (wire.Priority.Rank).
const ranks = 4

// lanes hold tasks by level, each in the order in which they came.
type lanes [2*ranks - 1][]entry

// entry is a batch with the places not handed out yet.
type entry struct {
	work   *work
	places []int
	retry  bool

	found   []*wire.Subscription // of the first places
	edition int64                // of the directory, when they were found
}

func (e entry) first() task { return task{work: e.work, place: e.places[0], retry: e.retry} }

// top is the most pressing level with a task; len(l) if there is none.
func (l *lanes) top() int {
	for i := range l {
		if len(l[i]) > 0 {
			return i
		}
	}
	return len(l)
}

// whom returns the subscription of the first place as it is now, and finds those of
// the places behind it on the way.
func (e *entry) whom(d directory) *wire.Subscription {
	if now := d.edition(); len(e.found) == 0 || e.edition != now {
		var ids [lookAhead]wire.SubscriptionID
		n := min(len(e.places), lookAhead)
		for i, place := range e.places[:n] {
			ids[i] = e.work.Recipients[place]
		}
		e.found, e.edition = d.find(make([]*wire.Subscription, 0, n), ids[:n]...), now
	}
	first := e.found[0]
	e.found = e.found[1:]
	return first
}

// pop takes the first task of a level, with whom it is for.
func (l *lanes) pop(level int, d directory) task {
	e := &l[level][0]
	t := e.first()
	t.to = e.whom(d)
	if e.places = e.places[1:]; len(e.places) == 0 {
		l[level] = l[level][1:]
	}
	return t
}

func (l *lanes) push(t task) {
	level := t.level()
	l[level] = append(l[level], entry{work: t.work, places: []int{t.place}, retry: t.retry})
}

// putBack puts a task that has waited long enough before the others of its
// level.
func (l *lanes) putBack(t task) {
	level := t.level()
	l[level] = slices.Insert(l[level], 0, entry{work: t.work, places: []int{t.place}, retry: t.retry})
}

// add queues first attempts.
func (q *queue) add(w *work, places []int) {
	if len(places) == 0 {
		return
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	e := entry{work: w, places: places}
	level := e.first().level()
	q.ready[level] = append(q.ready[level], e)
	q.cond.Broadcast()
}

// postpone queues a retry for its time.
func (q *queue) postpone(t task, at time.Time) {
	q.mu.Lock()
	defer q.mu.Unlock()
	t.retry, t.to, t.key, t.ward = true, nil, "", false
	heap.Push(&q.later, retry{t, at})
}

// ripen moves retries whose time has come to where they are handed out.
func (q *queue) ripen(now time.Time) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.later) > 0 && !q.later[0].at.After(now) {
		q.ready.push(heap.Pop(&q.later).(retry).task)
		q.cond.Signal()
	}
}

// take returns the next delivery and marks its address busy; false when the
// queue is closed, or has none and is not to be waited for.
func (q *queue) take(wait bool) (task, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for !q.closed {
		if t, ok := q.pick(); ok {
			q.busy[t.key] = true
			return t, true
		}
		if !wait {
			break
		}
		q.cond.Wait()
	}
	return task{}, false
}

// pick returns the most pressing task that may begin.
func (q *queue) pick() (task, bool) {
	for {
		level, warded := q.ready.top(), false
		if q.inWard < q.wardSize {
			if sick := q.ward.top(); sick < level {
				level, warded = sick, true
			}
		}
		if level == len(q.ready) {
			return task{}, false
		}
		from := &q.ready
		if warded {
			from = &q.ward
		}
		t := from.pop(level, q.directory)
		t.key = receiver(t.to)
		switch {
		case q.busy[t.key]:
			q.wait(t)
		case warded:
			t.ward = true
			q.inWard++
			return t, true
		case q.wardSize > 0 && q.ailing[t.key]:
			q.ward.push(t)
		default:
			return t, true
		}
	}
}

// wait keeps a task until its address is free, behind those as pressing as it.
func (q *queue) wait(t task) {
	all := q.waiting[t.key]
	at := len(all)
	for at > 0 && all[at-1].level() > t.level() {
		at--
	}
	q.waiting[t.key] = slices.Insert(all, at, t)
}

// putBack takes back a delivery that was not attempted; it is the next of its
// level.
func (q *queue) putBack(t task) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.free(t)
	q.ready.putBack(t)
	q.cond.Signal()
}

// done frees a delivery's address for the next, and remembers how its receiver
// is.
func (q *queue) done(t task, outcome wire.Outcome) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.note(t.key, outcome)
	q.free(t)
}

// free lets the next delivery to an address begin.
func (q *queue) free(t task) {
	if t.ward {
		q.inWard--
		q.cond.Signal()
	}
	delete(q.busy, t.key)
	if next := q.waiting[t.key]; len(next) > 0 {
		q.ready.putBack(next[0])
		if next = next[1:]; len(next) == 0 {
			delete(q.waiting, t.key)
		} else {
			q.waiting[t.key] = next
		}
		q.cond.Signal()
	}
}

// note remembers a receiver that could not take a delivery, until it takes one.
func (q *queue) note(key string, outcome wire.Outcome) {
	switch {
	case q.wardSize == 0:
	case outcome == wire.Accepted:
		delete(q.ailing, key)
	case outcome == wire.Deferred, outcome == wire.Failed:
		q.ailing[key] = true
	}
}

// unwell is note for what the ledger knows of an earlier attempt.
func (q *queue) unwell(id wire.SubscriptionID) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.note(receiver(q.directory.find(nil, id)[0]), wire.Deferred)
}

// close makes every take return false.
func (q *queue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	q.cond.Broadcast()
}

// retry is a delivery with its time; retries are a heap by it.
type retry struct {
	task
	at time.Time
}

type retries []retry

func (r retries) Len() int           { return len(r) }
func (r retries) Less(i, j int) bool { return r[i].at.Before(r[j].at) }
func (r retries) Swap(i, j int)      { r[i], r[j] = r[j], r[i] }
func (r *retries) Push(x any)        { *r = append(*r, x.(retry)) }
func (r *retries) Pop() any {
	last := (*r)[len(*r)-1]
	*r = (*r)[:len(*r)-1]
	return last
}
