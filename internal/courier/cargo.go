package courier

import (
	"context"
	"sync"

	"github.com/wireroom/wireroom/internal/match"
	"github.com/wireroom/wireroom/internal/wire"
)

// cargo is what all batches of an item on a channel share: its consignment,
// prepared when the first recipient's turn comes and kept while there are first
// attempts to make. Retries go on for half a day; a rendering is not kept in
// memory for them, but made again.
type cargo struct {
	channel Channel
	consign func(context.Context) (Consignment, error)
	// stale reports whether what was prepared must be made anew; nil: never.
	stale   func(Consignment) bool
	key     load
	holds   int   // batches that are not sealed, and looks that queue some; under the delivery's mutex
	latest  *work // that was queued; belongs to look
	printed sync.Once
	printIs string // what Print says of the item

	mu       sync.Mutex
	made     Consignment // what the shipment was prepared from
	shipment Shipment
	fresh    int // first attempts to be made
	users    int // deliveries under way
}

// prepare returns the shipment for one delivery, which release ends.
func (g *cargo) prepare(ctx context.Context) (Shipment, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.shipment != nil && g.stale != nil && g.stale(g.made) {
		g.shipment = nil
	}
	if g.shipment == nil {
		made, err := g.consign(ctx)
		if err != nil {
			return nil, err
		}
		s, err := g.channel.Prepare(ctx, made)
		if err != nil {
			return nil, err
		}
		g.shipment, g.made = s, made
	}
	g.users++
	return g.shipment, nil
}

func (g *cargo) release() { g.count(0, -1) }

// print is the Print of the item, which is made once.
func (g *cargo) print(it *wire.Item) string {
	g.printed.Do(func() { g.printIs = it.Print() })
	return g.printIs
}

// count changes what the shipment is kept for, and drops it when there is
// nothing left.
func (g *cargo) count(fresh, users int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.fresh += fresh
	g.users += users
	if g.fresh == 0 && g.users == 0 {
		g.shipment, g.made = nil, Consignment{}
	}
}

// load is what shares a cargo.
type load struct {
	number  int64
	channel wire.Channel
}

// load returns the cargo of a subject on a channel for one more batch, which
// forget takes off again. It is kept until look has queued all batches.
func (d *delivery) load(s *subject, impl Channel, channel wire.Channel) *cargo {
	d.mu.Lock()
	defer d.mu.Unlock()
	key := load{s.item.Number, channel}
	g := d.cargos[key]
	if g == nil {
		g = &cargo{key: key, channel: impl}
		if s.digest != nil {
			d.gather(g, s)
		} else {
			consignment := d.c.consign(s.item, s.versions)
			g.consign = func(context.Context) (Consignment, error) { return consignment, nil }
		}
		d.cargos[key] = g
	}
	g.holds += 2 // the batch's, and that of look
	g.count(0, 1)
	d.loaded = append(d.loaded, g)
	return g
}

// unload lets cargos go that only waited for their batches to be queued.
func (d *delivery) unload() {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, g := range d.loaded {
		g.release()
		d.letCargoGo(g)
	}
	d.loaded = nil
}

// letCargoGo takes one hold off a cargo. The mutex is held.
func (d *delivery) letCargoGo(g *cargo) {
	if g.holds--; g.holds == 0 {
		delete(d.cargos, g.key)
	}
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
	why := c.index.Explain(documentOf(it, versions))
	g.Why = func(id wire.SubscriptionID) string { return match.Short(why(id)) }
	return g
}
