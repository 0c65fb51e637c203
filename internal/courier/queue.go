package courier

import (
	"container/heap"
	"slices"
	"sync"
	"time"

	"github.com/wireroom/wireroom/internal/wire"
)

// queue hands out what is to be delivered on one channel: the most pressing
// lane first, first attempts before retries, and never two deliveries to one
// subscription at a time, so that a receiver gets versions in their order and
// one that hangs delays nobody else.
type queue struct {
	mu     sync.Mutex
	cond   *sync.Cond
	closed bool

	fresh   []entry                        // first attempts, most pressing first
	freed   []task                         // waited for a subscription that is free now
	due     []task                         // retries whose time has come
	later   retries                        // retries to come
	busy    map[wire.SubscriptionID]bool   // a delivery is under way
	waiting map[wire.SubscriptionID][]task // for a busy subscription, in order
}

// entry is a batch with the places not handed out yet.
type entry struct {
	work   *work
	places []int
}

func newQueue() *queue {
	q := &queue{busy: map[wire.SubscriptionID]bool{}, waiting: map[wire.SubscriptionID][]task{}}
	q.cond = sync.NewCond(&q.mu)
	return q
}

// add queues first attempts.
func (q *queue) add(w *work, places []int) {
	if len(places) == 0 {
		return
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	at, _ := slices.BinarySearchFunc(q.fresh, w, func(e entry, w *work) int { return e.work.before(w) })
	q.fresh = slices.Insert(q.fresh, at, entry{w, places})
	q.cond.Broadcast()
}

// postpone queues a retry for its time.
func (q *queue) postpone(t task, at time.Time) {
	q.mu.Lock()
	defer q.mu.Unlock()
	heap.Push(&q.later, retry{t, at})
}

// ripen moves retries whose time has come to where they are handed out.
func (q *queue) ripen(now time.Time) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.later) > 0 && !q.later[0].at.After(now) {
		q.due = append(q.due, heap.Pop(&q.later).(retry).task)
		q.cond.Signal()
	}
}

// take returns the next delivery and marks its subscription busy; false when
// the queue is closed. It waits while there is none.
func (q *queue) take() (task, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for !q.closed {
		t, ok := q.pick()
		if !ok {
			q.cond.Wait()
			continue
		}
		id := t.subscription()
		if q.busy[id] {
			q.waiting[id] = append(q.waiting[id], t)
			continue
		}
		q.busy[id] = true
		return t, true
	}
	return task{}, false
}

func (q *queue) pick() (task, bool) {
	switch {
	case len(q.freed) > 0:
		t := q.freed[0]
		q.freed = q.freed[1:]
		return t, true
	case len(q.fresh) > 0:
		e := &q.fresh[0]
		t := task{e.work, e.places[0]}
		if e.places = e.places[1:]; len(e.places) == 0 {
			q.fresh = slices.Delete(q.fresh, 0, 1)
		}
		return t, true
	case len(q.due) > 0:
		t := q.due[0]
		q.due = q.due[1:]
		return t, true
	}
	return task{}, false
}

// done frees a delivery's subscription for the next.
func (q *queue) done(t task) {
	q.mu.Lock()
	defer q.mu.Unlock()
	id := t.subscription()
	delete(q.busy, id)
	if next := q.waiting[id]; len(next) > 0 {
		q.freed = append(q.freed, next[0])
		if next = next[1:]; len(next) == 0 {
			delete(q.waiting, id)
		} else {
			q.waiting[id] = next
		}
		q.cond.Signal()
	}
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
