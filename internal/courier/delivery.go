package courier

import (
	"context"
	"strings"
	"sync"
	"time"
	"unicode"

	"github.com/wireroom/wireroom/internal/leader"
	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/wire"
)

// endTime is how long deliveries under way may take to end when the work stops.
const endTime = 10 * time.Second

// work is an open batch with how far it has come. Outcomes, untried, left, blocks
// and tally belong to the committer, attempts to whoever holds the recipient.
type work struct {
	store.Batch
	claim    *claim
	item     *wire.Item
	fenced   []wire.Item // whose fences it holds: the item, or those of a digest
	cargo    *cargo
	attempts []int
	ahead    ahead
	// inherited says that another process, or this one before it stumbled, may have
	// made attempts of which there is no receipt.
	inherited bool
	// strangers are the places of those whom an amendment tells the story for the
	// first time: nothing of it is sent to them that would not be of a new one.
	strangers map[int]bool

	outcomes []wire.Outcome
	untried  map[int]bool // places of those to whom nothing was sent
	left     int          // recipients without a final receipt
	blocks   int          // blocks of receipts written
	tally    store.Tally
}

// delivery is the work of one process on the shards that fall to it, from the
// ledger as it finds it.
type delivery struct {
	c       *Courier
	claims  *claims
	taken   chan struct{}   // told when there is a new shard
	ctx     context.Context // ends when no new attempt may begin
	attempt context.Context // ends endTime later
	stop    context.CancelCauseFunc
	cancel  context.CancelFunc
	queues  map[wire.Channel]*queue
	workers sync.WaitGroup
	commit  *committer
	tended  chan struct{} // closed when the claims are not looked after any more
	resign  context.CancelFunc
	seen    int64         // items up to this number fence
	reading chan struct{} // one for each batch whose parts made ahead are being read

	mu     sync.Mutex
	cargos map[load]*cargo // of items with batches that are not sealed
	loaded []*cargo        // kept while batches are queued
}

// newDelivery takes what falls to this process and begins to work.
func (c *Courier) newDelivery(ctx context.Context, stop context.CancelCauseFunc) (*delivery, error) {
	if err := c.followDirectory(ctx); err != nil {
		return nil, err
	}
	c.fences.clear()
	c.open.Set(0)
	d := &delivery{c: c, claims: newClaims(c), taken: make(chan struct{}, 1), ctx: ctx, stop: stop, queues: map[wire.Channel]*queue{}, tended: make(chan struct{}), cargos: map[load]*cargo{}, reading: make(chan struct{}, 2)}
	err := c.Store.Read(ctx, func(tx *store.Tx) (err error) {
		d.seen, err = tx.LastNumber() // batches raise the fences of those before
		return err
	})
	if err != nil {
		return nil, err
	}
	for channel, impl := range c.Channels {
		ward := 0
		if w, ok := impl.(Ward); ok {
			ward = max(w.Ward(), 1)
		}
		q := newQueue(ward, c)
		if h := c.Health[channel]; h != nil {
			for _, address := range h.Ill() {
				q.note(address, wire.Deferred)
			}
		}
		d.queues[channel] = q
	}
	d.attempt, d.cancel = context.WithCancel(context.WithoutCancel(ctx))
	d.commit = newCommitter(d)
	tending, resign := context.WithCancel(context.WithoutCancel(ctx))
	d.resign = resign
	d.claims.tend(ctx)
	go d.tend(tending)
	for channel, impl := range c.Channels {
		q := d.queues[channel]
		for range impl.Workers() {
			d.workers.Go(func() { d.work(q, impl) })
		}
	}
	d.workers.Go(d.tick)
	d.workers.Go(d.preconnect)
	d.workers.Go(d.tidy)
	return d, nil
}

// tend looks after the claims until the work has ended: what is under way must
// not be begun by another process.
func (d *delivery) tend(ctx context.Context) {
	defer close(d.tended)
	timer := time.NewTicker(leader.BeatEvery)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			end, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
			defer cancel()
			d.claims.resign(end)
			return
		case <-timer.C:
		}
		if d.claims.tend(ctx) {
			select {
			case d.taken <- struct{}{}:
			default:
			}
		}
	}
}

// tick makes deferred deliveries due.
func (d *delivery) tick() {
	timer := time.NewTicker(100 * time.Millisecond)
	defer timer.Stop()
	for {
		select {
		case <-d.ctx.Done():
			for _, q := range d.queues {
				q.close()
			}
			return
		case <-timer.C:
			for _, q := range d.queues {
				q.ripen(d.c.Now())
			}
		}
	}
}

// end stops the work: no new attempt begins, those under way end or are cut off
// after a while, what is known is written, and the shards are given up.
func (d *delivery) end() {
	d.stop(nil)
	cut := time.AfterFunc(endTime, d.cancel)
	d.workers.Wait()
	d.commit.end() // which a database may keep waiting
	cut.Stop()
	d.cancel()
	d.resign()
	<-d.tended
}

// look takes up what is new: items that fence, shards that were taken or lost,
// batches.
func (d *delivery) look(ctx context.Context) error {
	if err := d.c.followDirectory(ctx); err != nil {
		return err
	}
	var items []wire.Item
	var last int64 // so that a plan is seen whole, and rendered once
	err := d.c.Store.Read(ctx, func(tx *store.Tx) (err error) {
		if items, err = tx.ItemsAfter(d.seen, 64); err != nil {
			return err
		}
		last, err = tx.LastBatch()
		return err
	})
	if err != nil {
		return err
	}
	defer d.unload()
	for i := range items { // a kill fences at once, however much is to be planned before it
		d.c.fences.hold(&items[i])
		defer d.c.fences.release(&items[i])
	}
	for _, one := range d.claims.held() {
		if one.isOver() {
			d.letGo(one)
		} else if err := d.fetch(ctx, one, last); err != nil {
			return err
		}
	}
	for i := range items {
		d.seen = items[i].Number
	}
	if len(items) == 64 {
		return d.look(ctx)
	}
	return nil
}

// letGo forgets the batches of a shard that is another process's now. What of
// them stands in queues comes to nothing when its turn comes.
func (d *delivery) letGo(one *claim) {
	for _, w := range one.letGo() {
		d.forget(w)
	}
}

// forget counts a batch as no more of this process's work.
func (d *delivery) forget(w *work) {
	d.c.open.Dec()
	for i := range w.fenced {
		d.c.fences.release(&w.fenced[i])
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.letCargoGo(w.cargo)
}

// fetched is how many batches are read at a time.
const fetched = 200

// fetch goes on with every open batch of a shard that is not known yet, up to an id:
// those that are due at once or were planned late, and those whose time has come.
func (d *delivery) fetch(ctx context.Context, one *claim, last int64) error {
	one.begin(last, d.c.Now())
	for one.after < last {
		open, err := d.take(ctx, one, func(tx *store.Tx) ([]store.Batch, error) {
			return tx.OpenBatches(one.shard, one.after, last, one.due, fetched)
		})
		if err != nil {
			return err
		}
		if len(open) < fetched {
			one.after = last
			break
		}
		one.after = open[len(open)-1].ID
	}
	now := d.c.Now()
	for {
		due, err := d.take(ctx, one, func(tx *store.Tx) ([]store.Batch, error) {
			return tx.DueBatches(one.shard, one.due, one.dueID, now, last, fetched)
		})
		if err != nil || len(due) == 0 {
			return err
		}
		one.due, one.dueID = due[len(due)-1].Due, due[len(due)-1].ID
	}
}

// take reads batches and queues them with what is known of them: nothing, if
// they were just planned.
func (d *delivery) take(ctx context.Context, one *claim, find func(*store.Tx) ([]store.Batch, error)) ([]store.Batch, error) {
	var found []store.Batch
	progress := map[int64]store.Progress{}
	subjects := map[int64]*subject{}
	err := d.c.Store.Read(ctx, func(tx *store.Tx) (err error) {
		if found, err = find(tx); err != nil {
			return err
		}
		for i := range found {
			b := &found[i]
			if progress[b.ID], err = tx.BatchProgress(b); err != nil {
				return err
			}
			if subjects[b.Number] == nil {
				if subjects[b.Number], err = subjectOf(tx, b.Number, d.c.begunBy()); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, s := range subjects {
		for i := range s.versions {
			d.c.fences.hold(&s.versions[i])
			defer d.c.fences.release(&s.versions[i])
		}
	}
	for _, b := range found {
		impl := d.c.Channels[b.Channel]
		if impl == nil {
			continue // a channel this process was not given; its batches stay open
		}
		s := subjects[b.Number]
		d.start(&work{
			Batch: b, claim: one, item: s.item, fenced: s.fenced, cargo: d.load(s, impl, b.Channel),
			inherited: one.inherits(&b), strangers: s.strangers(&b),
		}, progress[b.ID])
	}
	return found, nil
}

// subject is what a batch is about.
type subject struct {
	item     *wire.Item
	versions []wire.Item                  // the item and all others of its edition; of a digest all of all its items
	fenced   []wire.Item                  // what may be overtaken: the item, or those of a digest
	digest   *store.Digest                // nil: it is no digest
	served   map[wire.SubscriptionID]bool // of an amendment: who may have got a version before it
}

// strangers are the places in a batch of an amendment of those who were not
// served before it.
func (s *subject) strangers(b *store.Batch) map[int]bool {
	if s.served == nil {
		return nil
	}
	var places map[int]bool
	for place, id := range b.Recipients {
		if !s.served[id] {
			if places == nil {
				places = map[int]bool{}
			}
			places[place] = true
		}
	}
	return places
}

// subjectOf reads what batches with a number are about; a batch that is due by the time
// given may have begun.
func subjectOf(tx *store.Tx, number int64, by time.Time) (*subject, error) {
	if number < 0 {
		return digestSubject(tx, -number)
	}
	it, err := tx.Item(number)
	if err != nil {
		return nil, err
	}
	s := &subject{item: &it, fenced: []wire.Item{it}}
	if s.versions, err = tx.VersionsOf(it.Release, it.Language); err == nil && it.Action.Amends() {
		s.served, err = tx.Served(it.Release, it.Language, it.Number, by)
	}
	return s, err
}

// start queues a batch: first attempts now, deferred ones at their time.
func (d *delivery) start(w *work, p store.Progress) {
	n := len(w.Recipients)
	w.outcomes, w.attempts, w.left, w.blocks = make([]wire.Outcome, n), make([]int, n), n, p.Blocks
	w.tally.Matched = n
	q := d.queues[w.Channel]
	var fresh []int
	for i, id := range w.Recipients {
		r, known := p.Latest[id]
		if known {
			w.attempts[i] = r.Attempt
			w.settle(i, r)
			w.tally.Count(r, wire.Pending)
		}
		switch {
		case known && r.Outcome.Final():
			w.left--
		case known:
			q.unwell(id)
			q.postpone(task{work: w, place: i}, r.Next)
		default:
			fresh = append(fresh, i)
		}
	}
	d.c.open.Inc()
	for i := range w.fenced {
		d.c.fences.hold(&w.fenced[i])
	}
	w.claim.keep(w)
	if w.left == 0 { // it died between the last receipt and the seal
		d.commit.seal(w)
		return
	}
	w.cargo.count(len(fresh), 0)
	if w.ahead.left = len(fresh); w.ahead.left > 0 {
		if w.cargo.latest != nil {
			w.cargo.latest.ahead.follow(w)
		}
		w.cargo.latest = w
	}
	q.add(w, fresh)
}

// settle takes a receipt of the recipient at a place.
func (w *work) settle(place int, r wire.Receipt) {
	w.outcomes[place] = r.Outcome
	if r.Untried {
		if w.untried == nil {
			w.untried = map[int]bool{}
		}
		w.untried[place] = true
	}
}

// reschedule sets the next attempt, or gives up.
func (d *delivery) reschedule(channel Channel, r *wire.Receipt, after time.Duration) {
	wait, again := time.Minute, r.Attempt < 10
	if b, ok := channel.(Backoff); ok {
		wait, again = b.Wait(r.Attempt)
	}
	if !again {
		r.Outcome = wire.Failed
		return
	}
	if after == AtOnce && r.Attempt == 1 {
		wait = 0
	}
	r.Next = r.At.Add(max(wait, after))
}

// maxCode bounds what is kept of a receiver's words.
const maxCode = 200

// shorten makes one line of a receiver's words, without what would steer the
// terminal of whoever reads it.
func shorten(code string) string {
	if isNumber(code) { // as nearly always
		return code
	}
	code = strings.Join(strings.Fields(strings.ToValidUTF8(code, "?")), " ")
	code = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return -1
		}
		return r
	}, code)
	if runes := []rune(code); len(runes) > maxCode {
		return string(runes[:maxCode])
	}
	return code
}

// isNumber reports whether a receiver said no more than a number that is kept whole.
func isNumber(code string) bool {
	for _, c := range []byte(code) {
		if c < '0' || c > '9' {
			return false
		}
	}
	return len(code) <= maxCode
}
