package courier

import (
	"context"
	"errors"
	"hash/fnv"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/wireroom/wireroom/internal/leader"
	"github.com/wireroom/wireroom/internal/store"
)

// shards are the parts into which deliveries are divided among the processes
// that deliver. Everything for one address is in one shard, and a shard is one
// process's at a time, so that a receiver gets versions in their order however
// many processes there are. The number is written into batches: it may be
// raised, never lowered.
const shards = 8

// shardOf is the shard of an address.
func shardOf(address string) int {
	h := fnv.New32a()
	_, _ = h.Write([]byte(address))
	return int(h.Sum32() % shards)
}

func shardName(shard int) string { return "courier/" + strconv.Itoa(shard) }

// errLost says that another process leads now.
var errLost = errors.New("courier: no longer leads")

// term is the time for which this process leads something: the planning, or a
// shard. A process that was frozen and replaced must neither attempt nor write:
// attempts ask holds, and every transaction asks the store (store.Tx.HoldLease).
// It is safe for concurrent use.
type term struct {
	lease store.Lease
	sole  bool // no other process can be alive
	since func() time.Duration

	mu   sync.Mutex
	at   time.Duration // when the last beat that succeeded was begun
	next chan struct{} // closed by the next beat
	over bool          // nothing more may be begun
}

// newTerm begins a term with the beat that was begun at a time by since, before its reply.
func newTerm(lease store.Lease, sole bool, since func() time.Duration, at time.Duration) *term {
	return &term{lease: lease, sole: sole, since: since, at: at, next: make(chan struct{})}
}

// beaten notes that this process led when a beat was begun.
func (t *term) beaten(began time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.at = began
	t.wake()
}

// end lets nothing more begin.
func (t *term) end() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.over = true
	t.wake()
}

func (t *term) wake() {
	close(t.next)
	t.next = make(chan struct{})
}

// isOver reports whether nothing more may be begun.
func (t *term) isOver() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.over
}

// holds reports whether this process certainly still leads, by the monotonic
// clock. Where it cannot know, because it was frozen or the store is slow, it
// waits for a beat; false when ctx or the term ends before.
func (t *term) holds(ctx context.Context) bool {
	for {
		t.mu.Lock()
		fresh, over, next := t.sole || t.since()-t.at < leader.LeaseTime, t.over, t.next
		t.mu.Unlock()
		if over || fresh {
			return !over && ctx.Err() == nil
		}
		select {
		case <-ctx.Done():
			return false
		case <-next:
		}
	}
}

// claim is a shard that this process delivers. The committer and the workers
// share it.
type claim struct {
	*term
	shard int

	// Batches up to this id are known, and of those that have a time those that were
	// due up to one, at that time up to an id. Owned by who looks for them.
	after int64
	due   time.Time
	dueID int64

	// What another process may have begun before: batches up to an id that were
	// due by a time. Owned by who looks for them.
	begun       bool
	inheritedID int64
	inheritedAt time.Time

	open atomic.Int64 // deliveries handed out whose receipts are not on disk

	mu    sync.Mutex
	ended bool           // its work was let go
	work  map[*work]bool // batches that are not sealed
}

func newClaim(shard int, t *term) *claim {
	return &claim{term: t, shard: shard, work: map[*work]bool{}}
}

// begin notes what there was when the shard was taken.
func (c *claim) begin(last int64, now time.Time) {
	if !c.begun {
		c.begun, c.inheritedID, c.inheritedAt = true, last, now.Add(clocksApart)
	}
}

// clocksApart is by how much the clock of another process may be ahead of ours.
const clocksApart = time.Minute

// inherits reports whether another process may have made attempts of a batch, of
// which there is no receipt if it died.
func (c *claim) inherits(b *store.Batch) bool {
	return b.ID <= c.inheritedID && !b.Due.After(c.inheritedAt)
}

// begunBy is by when a batch must be due for nobody to have begun it: a process whose
// clock is ahead begins what is not due by ours.
func (c *Courier) begunBy() time.Time {
	if c.Sole {
		return c.Now()
	}
	return c.Now().Add(clocksApart)
}

// add counts a delivery as begun, or with -n as written.
func (c *claim) add(n int) { c.open.Add(int64(n)) }

// idle reports whether every delivery that was begun is written.
func (c *claim) idle() bool { return c.open.Load() == 0 }

func (c *claim) hasEnded() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.ended
}

func (c *claim) keep(w *work) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.work[w] = true
}

// done forgets a batch; false if it was forgotten already.
func (c *claim) done(w *work) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	had := c.work[w]
	delete(c.work, w)
	return had
}

// letGo forgets all batches and returns them; nothing comes of the claim any
// more.
func (c *claim) letGo() []*work {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ended = true
	var all []*work
	for w := range c.work {
		all = append(all, w)
	}
	c.work = map[*work]bool{}
	return all
}

// claims settles which shards this process delivers. It belongs to one
// goroutine, but for held.
type claims struct {
	c       *Courier
	leaders [shards]*leader.Leader
	members map[string]sighting // other processes, by name

	mu   sync.Mutex
	mine [shards]*claim
}

// sighting is when a process last showed that it is alive.
type sighting struct {
	beat int64
	at   time.Duration
}

// group is the name under which processes that deliver show that they live.
const group = "couriers"

func newClaims(c *Courier) *claims {
	k := &claims{c: c, members: map[string]sighting{}}
	for shard := range k.leaders {
		k.leaders[shard] = leader.New(c.Store, shardName(shard), c.Process, c.Sole, c.Since, c.Log)
	}
	return k
}

// held are the shards this process delivers now, ended ones among them until
// they are given up.
func (k *claims) held() []*claim {
	k.mu.Lock()
	defer k.mu.Unlock()
	var all []*claim
	for _, one := range k.mine {
		if one != nil {
			all = append(all, one)
		}
	}
	return all
}

func (k *claims) set(shard int, one *claim) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.mine[shard] = one
	n := int32(0)
	for _, one := range k.mine {
		if one != nil {
			n++
		}
	}
	k.c.parts.Store(n)
}

// tend looks after every shard once: shows that this process lives, takes what
// falls to it, gives up what falls to another. It reports whether it took any.
func (k *claims) tend(ctx context.Context) (took bool) {
	due, err := k.share(ctx)
	if err != nil {
		due = k.current() // nobody can tell; what is held is kept
	}
	for shard, l := range k.leaders {
		one, began := k.mine[shard], k.c.Since()
		switch {
		case one != nil:
			k.beat(ctx, shard, l)
			if !due[shard] && l.Held().Term != 0 {
				one.end()
				k.giveUp(ctx, shard, l)
			}
		case due[shard] && l.Leads(ctx):
			k.set(shard, newClaim(shard, newTerm(l.Held(), k.c.Sole, k.c.Since, began)))
			took = true
		case !due[shard]:
			l.Watch(ctx)
		}
	}
	return took
}

func (k *claims) current() (due [shards]bool) {
	for shard, one := range k.mine {
		due[shard] = one != nil
	}
	return due
}

// beat shows that this process delivers a shard, or finds out that it does not.
func (k *claims) beat(ctx context.Context, shard int, l *leader.Leader) {
	one := k.mine[shard]
	if l.Held().Term != 0 {
		began := k.c.Since()
		beat, cancel := context.WithTimeout(ctx, leader.LeaseTime)
		leads := l.Leads(beat)
		cancel()
		if leads {
			one.beaten(began)
			return
		}
	}
	if l.Held().Term == 0 { // given up, or another has it
		one.end()
		if one.hasEnded() {
			k.set(shard, nil)
		}
	}
}

// giveUp lets a shard go to another process, once everything that was begun is
// written.
func (k *claims) giveUp(ctx context.Context, shard int, l *leader.Leader) {
	if one := k.mine[shard]; !one.idle() {
		return // looked at again with the next beat
	}
	k.c.Log.Info("gives up a shard of the deliveries", "shard", shard)
	l.Resign(ctx)
}

// share are the shards that fall to this process: they are dealt out to all
// that are alive, in the order of their names.
func (k *claims) share(ctx context.Context) (due [shards]bool, err error) {
	if k.c.Sole {
		for shard := range due {
			due[shard] = true
		}
		return due, nil
	}
	var members []store.Lease
	err = k.c.Store.Write(ctx, func(tx *store.Tx) (err error) {
		if err = tx.Show(group, k.c.Process); err != nil {
			return err
		}
		members, err = tx.Members(group)
		return err
	})
	if err != nil {
		return due, err
	}
	me, alive := 0, 0
	for _, m := range members {
		now := k.c.Since()
		last, known := k.members[m.Holder]
		if !known || last.beat != m.Beat {
			last = sighting{m.Beat, now}
			k.members[m.Holder] = last
		}
		if m.Holder == k.c.Process {
			me = alive
		} else if now-last.at >= leader.LeaseTime {
			k.bury(ctx, m.Holder, now-last.at)
			continue
		}
		alive++
	}
	for shard := range due {
		due[shard] = shard%alive == me
	}
	return due, nil
}

// burial is how long a process may be silent before it is forgotten.
const burial = 10 * time.Minute

func (k *claims) bury(ctx context.Context, member string, silent time.Duration) {
	if silent < burial {
		return
	}
	delete(k.members, member)
	_ = k.c.Store.Write(ctx, func(tx *store.Tx) error { return tx.Leave(group, member) }) // another time, if not now
}

// resign gives everything up at a clean end.
func (k *claims) resign(ctx context.Context) {
	for _, l := range k.leaders {
		l.Resign(ctx)
	}
	if !k.c.Sole {
		_ = k.c.Store.Write(ctx, func(tx *store.Tx) error { return tx.Leave(group, k.c.Process) }) // the others see its silence
	}
}
