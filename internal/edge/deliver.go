package edge

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/wireroom/wireroom/internal/wire"
)

const (
	pageSize       = 256              // items per read of History
	historyTimeout = 10 * time.Second // for one delivery's reads of History
	fetchAgain     = time.Second      // after a failed read of History
)

// Deliver puts an item before everyone who wants it. The follower of the bus
// calls it in the order of wire numbers. An item that was delivered before is
// ignored; what is missing before it is fetched from History first. If History
// cannot be read, nothing is passed over: the edge tries again by itself, and
// goes on from where it was.
//
// key is the signed message that opens what was sent ahead of the item, and is sent
// in its place to who has that; nil if none came with it. Deliver waits for no
// connection. It keeps item and key, which must not be changed afterwards.
func (e *Edge) Deliver(it wire.Item, key []byte) {
	e.delivering.Lock()
	defer e.delivering.Unlock()
	e.wanted = max(e.wanted, it.Number)
	ctx, cancel := context.WithTimeout(e.ctx, historyTimeout)
	defer cancel()
	e.settle(e.deliver(ctx, &it, key))
}

// deliver does it for those who hold delivering.
func (e *Edge) deliver(ctx context.Context, it *wire.Item, key []byte) error {
	if err := e.start(ctx); err != nil {
		return err
	}
	if err := e.catchUp(ctx, it.Number-1); err != nil {
		return err
	}
	if it.Number <= e.delivered.Load() {
		return nil
	}
	e.publishTurns() // it may be open
	if it.Number <= e.delivered.Load() {
		return nil
	}
	en := e.openedBy(key, it)
	if en == nil {
		var err error
		if en, err = e.newEntry(ctx, it, nil); err != nil {
			return err
		}
	}
	e.publish(en)
	e.publishTurns()
	return nil
}

// catchUp publishes from History until at least the item with number until is
// out.
func (e *Edge) catchUp(ctx context.Context, until int64) error {
	for e.delivered.Load() < until {
		last := e.delivered.Load()
		items, err := e.o.History.Items(ctx, last, pageSize)
		if err != nil {
			return err
		}
		if len(items) == 0 || items[0].Number != last+1 {
			return wire.Errorf(wire.Unavailable, "history", "item %d is on the wire but not in the history yet", last+1)
		}
		for i := range items {
			if items[i].Number != e.delivered.Load()+1 {
				break
			}
			en, err := e.newEntry(ctx, &items[i], nil)
			if err != nil {
				return err
			}
			e.publish(en)
		}
	}
	return nil
}

// settle notes how far behind the edge is and, after an error, arranges the
// next attempt.
func (e *Edge) settle(err error) {
	e.meters.behind.Set(float64(max(0, e.wanted-e.delivered.Load())))
	if err == nil || e.ctx.Err() != nil {
		return
	}
	e.o.Log.Error("edge: cannot go on; trying again", "after", e.delivered.Load(), "wanted", e.wanted, "err", err)
	if e.again != nil {
		e.again.Stop()
	}
	e.again = time.AfterFunc(fetchAgain, func() {
		e.delivering.Lock()
		defer e.delivering.Unlock()
		ctx, cancel := context.WithTimeout(e.ctx, historyTimeout)
		defer cancel()
		err := e.start(ctx)
		if err == nil {
			err = e.catchUp(ctx, e.wanted)
		}
		e.settle(err)
	})
}

// analyse reads the text of an entry before a lock is taken, if there are filters to
// hold against it: that of what is for everyone alone need not be read.
func (e *Edge) analyse(en *entry) {
	e.mu.Lock()
	asking := e.numbers.any()
	e.mu.Unlock()
	if asking {
		for _, d := range en.matchable() {
			d.Prepare()
		}
	}
}

// publish appends an entry to the ring and hands it to every connection whose
// filter matches, in an order drawn anew for each item, so that nobody is always
// first. The caller holds delivering.
func (e *Edge) publish(en *entry) {
	e.foresee(en)
	e.analyse(en)
	e.mu.Lock()
	e.ring.push(en)
	if en.item.Action == wire.Kill {
		e.killed[editionOf(&en.item)] = true
	}
	en.tally = e.tallies.add(&en.item)
	if en.opened != nil {
		en.tally.open(en.opened.seal, e.o.Now().Sub(en.item.ClearTime))
		e.meters.opened.WithLabelValues("opened").Inc()
	}
	var targets []*conn
	polled := make([][]*group, len(e.shards))
	e.round++
	concerned := func(g *group) {
		if g == nil || g.round == e.round {
			return
		}
		g.round = e.round
		for i := range polled {
			if g.rows[i].taken > 0 {
				polled[i] = append(polled[i], g)
			}
		}
		for c := range g.members {
			targets = append(targets, c)
		}
	}
	concerned(e.whole)
	if e.numbers.any() {
		for _, d := range en.matchable() {
			// In no order: a group is looked up, and whom it has is drawn by lot.
			e.matched = e.index.AppendMatch(e.matched[:0], d)
			for _, number := range e.matched {
				concerned(e.numbers.of(number))
			}
		}
	}
	if en.everyone {
		for _, g := range e.groups {
			if en.ownConcern(want{entitled: g.entitled}) {
				concerned(g)
			}
		}
	}
	// In one step with the ring: a desktop that joins is in a shard's orders
	// either before this, and gets the item, or after, and found it in the ring.
	// Which shard hears first is by lot, too.
	for i := range draw(len(e.shards)) {
		s := e.shards[i]
		s.order(func() { s.publish(en, polled[i]) })
	}
	e.mu.Unlock()

	rand.Shuffle(len(targets), func(i, j int) { targets[i], targets[j] = targets[j], targets[i] })
	for _, c := range targets {
		c.offer(en)
	}
	// A heartbeat may name this place only now: everyone who wants the item has
	// it in the queue.
	e.delivered.Store(en.item.Number)
}
