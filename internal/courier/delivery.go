package courier

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/wire"
)

// endTime is how long deliveries under way may take to end when the work stops.
const endTime = 10 * time.Second

// fence is the newest item of an edition, and how many of the edition's batches
// are open.
type fence struct {
	number int64
	open   int
}

// work is an open batch with how far it has come. Outcomes, left, blocks and
// tally belong to the committer, attempts to whoever holds the recipient.
type work struct {
	store.Batch
	item     *wire.Item
	cargo    *cargo
	attempts []int
	ahead    ahead

	outcomes []wire.Outcome
	left     int // recipients without a final receipt
	blocks   int // blocks of receipts written
	tally    store.Tally
}

// cargo is what all batches of an item on a channel share: its consignment,
// prepared when the first recipient's turn comes and kept while there are first
// attempts to make. Retries go on for half a day; a rendering is not kept in
// memory for them, but made again.
type cargo struct {
	channel     Channel
	consignment Consignment

	mu       sync.Mutex
	shipment Shipment
	fresh    int // first attempts to be made
	users    int // deliveries under way
}

// prepare returns the shipment for one delivery, which release ends.
func (g *cargo) prepare(ctx context.Context) (Shipment, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.shipment == nil {
		s, err := g.channel.Prepare(ctx, g.consignment)
		if err != nil {
			return nil, err
		}
		g.shipment = s
	}
	g.users++
	return g.shipment, nil
}

func (g *cargo) release() { g.count(0, -1) }

// count changes what the shipment is kept for, and drops it when there is
// nothing left.
func (g *cargo) count(fresh, users int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.fresh += fresh
	g.users += users
	if g.fresh == 0 && g.users == 0 {
		g.shipment = nil
	}
}

// delivery is the work of one leader, from the ledger as it found it.
type delivery struct {
	c       *Courier
	term    *term
	ctx     context.Context // ends when no new attempt may begin
	attempt context.Context // ends endTime later
	stop    context.CancelCauseFunc
	cancel  context.CancelFunc
	queues  map[wire.Channel]*queue
	workers sync.WaitGroup
	commit  *committer
}

// newDelivery reads what is open in the ledger and goes on with it.
func (c *Courier) newDelivery(ctx context.Context, stop context.CancelCauseFunc, held *term) (*delivery, error) {
	c.directory = 0
	if err := c.followDirectory(ctx); err != nil {
		return nil, err
	}
	c.mu.Lock()
	c.fence = map[edition]fence{}
	c.mu.Unlock()
	c.open.Set(0)
	d := &delivery{c: c, term: held, ctx: ctx, stop: stop, queues: map[wire.Channel]*queue{}}
	for channel, impl := range c.Channels {
		ward := 0
		if w, ok := impl.(Ward); ok {
			ward = max(w.Ward(), 1)
		}
		d.queues[channel] = newQueue(ward, c.address)
	}
	d.attempt, d.cancel = context.WithCancel(context.WithoutCancel(ctx))
	d.commit = newCommitter(d)
	if err := d.recover(ctx); err != nil {
		d.cancel()
		d.commit.end()
		return nil, err
	}
	for channel, impl := range c.Channels {
		q := d.queues[channel]
		for range impl.Workers() {
			d.workers.Go(func() { d.work(q, impl) })
		}
	}
	d.workers.Go(d.tick)
	return d, nil
}

// address is where a subscription leads: what must not get two deliveries at a
// time.
func (c *Courier) address(id wire.SubscriptionID) string {
	c.mu.RLock()
	defer c.mu.RUnlock()
	s := c.subs[id]
	if s.Channel == wire.ByMail {
		return strings.ToLower(s.Address)
	}
	return s.Address
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
// after a while, and what is known is written.
func (d *delivery) end() {
	d.stop(nil)
	cut := time.AfterFunc(endTime, d.cancel)
	d.workers.Wait()
	cut.Stop()
	d.commit.end()
	d.cancel()
}

// recover goes on with every open batch.
func (d *delivery) recover(ctx context.Context) error {
	for after := int64(0); ; {
		var open []store.Batch
		progress := map[int64]store.Progress{}
		items := map[int64]wire.Item{}
		err := d.c.Store.Read(ctx, func(tx *store.Tx) (err error) {
			if open, err = tx.OpenBatches(after, 200); err != nil {
				return err
			}
			for i := range open {
				b := &open[i]
				if progress[b.ID], err = tx.BatchProgress(b); err != nil {
					return err
				}
				if _, ok := items[b.Number]; !ok {
					if items[b.Number], err = tx.Item(b.Number); err != nil {
						return err
					}
				}
			}
			return nil
		})
		if err != nil || len(open) == 0 {
			return err
		}
		for len(open) > 0 { // batches of one item lie together
			n := 1
			for n < len(open) && open[n].Number == open[0].Number {
				n++
			}
			it := items[open[0].Number]
			versions, err := d.c.versions(ctx, &it)
			if err != nil {
				return err
			}
			d.resume(&it, versions, open[:n], progress)
			after = open[n-1].ID
			open = open[n:]
		}
	}
}

// resume queues batches of an item with what is known of them: nothing, if they
// were just planned.
func (d *delivery) resume(it *wire.Item, versions []wire.Item, batches []store.Batch, progress map[int64]store.Progress) {
	for i := range versions {
		d.c.raiseFence(&versions[i])
	}
	defer d.c.lowerFence(it, 0)
	cargos := map[wire.Channel]*cargo{}
	for _, b := range batches {
		impl := d.c.Channels[b.Channel]
		if impl == nil {
			continue // a channel this process was not given; its batches stay open
		}
		g := cargos[b.Channel]
		if g == nil {
			g = &cargo{channel: impl, consignment: d.c.consign(it, versions), users: 1}
			defer g.release() // it is kept until all batches are queued
			cargos[b.Channel] = g
		}
		d.start(&work{Batch: b, item: it, cargo: g}, progress[b.ID])
	}
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
			w.outcomes[i], w.attempts[i] = r.Outcome, r.Attempt
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
	d.c.lowerFence(w.item, -1)
	if w.left == 0 { // it died between the last receipt and the seal
		d.commit.seal(w)
		return
	}
	w.cargo.count(len(fresh), 0)
	w.ahead.left = len(fresh)
	q.add(w, fresh)
}

// raiseFence remembers an item if it is the newest of its edition.
func (c *Courier) raiseFence(it *wire.Item) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := edition{it.Release, it.Language}
	f := c.fence[e]
	f.number = max(f.number, it.Number)
	c.fence[e] = f
}

// lowerFence counts batches of an item's edition as done, or as open if done is
// negative, and forgets the fence when none is open: there is nothing behind it.
func (c *Courier) lowerFence(it *wire.Item, done int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := edition{it.Release, it.Language}
	f := c.fence[e]
	if f.open -= done; f.open <= 0 {
		delete(c.fence, e)
		return
	}
	c.fence[e] = f
}

// consign gathers what channels need to know around an item.
func (c *Courier) consign(it *wire.Item, versions []wire.Item) Consignment {
	g := Consignment{Item: it, Headline: it.Headline}
	for i := range versions {
		v := &versions[i]
		if v.Number >= it.Number {
			break
		}
		g.Earlier = append(g.Earlier, v.Version)
		if it.Action.Withdraws() && v.Headline != "" {
			g.Headline = v.Headline
		}
	}
	doc := documentOf(it, versions)
	g.Why = func(id wire.SubscriptionID) string {
		q := c.index.Query(id)
		if q == nil {
			return ""
		}
		return strings.Join(q.Why(doc), ", ")
	}
	return g
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
	r.Next = r.At.Add(max(wait, after))
}

// maxCode bounds what is kept of a receiver's words.
const maxCode = 200

func shorten(code string) string {
	code = strings.Join(strings.Fields(strings.ToValidUTF8(code, "?")), " ")
	if runes := []rune(code); len(runes) > maxCode {
		return string(runes[:maxCode])
	}
	return code
}
