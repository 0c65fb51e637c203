package courier

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/wireroom/wireroom/internal/leader"
	"github.com/wireroom/wireroom/internal/match"
	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/wire"
)

// batchSize is how many recipients share one row of the ledger.
const batchSize = 500

// consumer is the courier's name among those who follow the wire.
const consumer = "courier"

// lookEvery is how often the courier looks unasked, should a wake-up be lost.
const lookEvery = 250 * time.Millisecond

// Options are what a courier works with. Store, Channels, Since and Now are
// required.
type Options struct {
	Store    *store.Store
	Channels map[wire.Channel]Channel
	// Upcoming returns the items that will go on the wire before a time, and
	// Sealer keeps what is prepared for them, and opens the secrets of
	// subscriptions; nil for one of them: everything is planned after the clear.
	Upcoming func(ctx context.Context, before time.Time) ([]wire.Item, error)
	Sealer   Sealer
	// Topics names the WebSub topics an item changes; nil for none.
	Topics  func(*wire.Item) []string
	Now     func() time.Time     // UTC
	Since   func() time.Duration // monotonic
	Process string               // name of this process, unique among those on the store
	Sole    bool                 // no other process can be alive
	// Health is that of the receivers of some channels.
	Health map[wire.Channel]Health
	// Preconnect has channels connect ahead of the times at which most releases
	// clear.
	Preconnect bool
	// Kept is where the index of standing queries is kept.
	Kept Kept
	// MaxUnanchored is how many standing queries may be held that ask for nothing in
	// particular; 0 for match.DefaultUnanchored.
	MaxUnanchored int
	// Planned, if set, is called when there are new batches: to wake the couriers
	// of other processes, which look anyway after a while.
	Planned  func()
	Registry prometheus.Registerer
	Log      *slog.Logger
}

// Courier plans and delivers. Make it with New; Run it once. The other methods
// are safe for concurrent use at any time.
type Courier struct {
	Options
	wakePlanning, wakeDelivery chan struct{}
	started                    chan struct{} // closed when it works
	start                      sync.Once

	// The directory, as far as it was followed.
	index     *match.Index
	following sync.Mutex
	followed  atomic.Int64 // its version

	mu     sync.RWMutex
	subs   map[wire.SubscriptionID]*wire.Subscription // see subscription
	unheld map[wire.SubscriptionID]error              // whose queries match nothing, and why

	fences    fences
	receivers health // as this process found them

	delivered  *prometheus.CounterVec
	delay      *prometheus.HistogramVec
	open       prometheus.Gauge
	shardsHeld prometheus.GaugeFunc
	parts      atomic.Int32 // shards that fall to this process
}

// New makes a courier.
func New(o Options) *Courier {
	if o.Log == nil {
		o.Log = slog.Default()
	}
	c := &Courier{
		Options: o, wakePlanning: make(chan struct{}, 1), wakeDelivery: make(chan struct{}, 1), started: make(chan struct{}), index: o.Kept.open(&o),
		subs: map[wire.SubscriptionID]*wire.Subscription{}, unheld: map[wire.SubscriptionID]error{},
		delivered: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "wireroom_deliveries_total", Help: "Receipts written, by channel and outcome."}, []string{"channel", "outcome"}),
		delay: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "wireroom_delivery_delay_seconds", Help: "From the clear time to the receiver's acceptance.",
			Buckets: []float64{.01, .05, .1, .5, 1, 2, 5, 10, 30, 60, 300, 1800}}, []string{"channel"}),
		open: prometheus.NewGauge(prometheus.GaugeOpts{Name: "wireroom_batches_open", Help: "Batches of this process with recipients to be served."}),
	}
	c.shardsHeld = prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "wireroom_courier_shards", Help: "Parts of the deliveries that fall to this process."}, func() float64 { return float64(c.parts.Load()) })
	if o.Registry != nil {
		o.Registry.MustRegister(c.delivered, c.delay, c.open, c.shardsHeld)
		o.Registry.MustRegister(c.standingMeters()...)
	}
	return c
}

// Wake makes the courier look for new items and batches at once.
func (c *Courier) Wake() {
	for _, wake := range []chan struct{}{c.wakePlanning, c.wakeDelivery} {
		select {
		case wake <- struct{}{}:
		default:
		}
	}
}

// Started is closed once the courier works: it has read the ledger and goes on
// with what falls to it.
func (c *Courier) Started() <-chan struct{} { return c.started }

func (c *Courier) works() { c.start.Do(func() { close(c.started) }) }

// Run delivers the shards that fall to this process, and plans while it leads
// the planning, until ctx ends. Then no new delivery begins, those in flight
// end, and their receipts are written.
func (c *Courier) Run(ctx context.Context) error {
	var planning sync.WaitGroup
	planning.Go(func() { c.runPlanning(ctx) })
	planning.Go(func() { c.keep(ctx) })
	defer planning.Wait()
	for ctx.Err() == nil {
		if err := c.deliver(ctx); err != nil && ctx.Err() == nil {
			c.Log.Error("the courier stumbled; it starts over from the ledger", "error", err)
			select {
			case <-ctx.Done():
			case <-time.After(leader.BeatEvery):
			}
		}
	}
	return nil
}

// runPlanning plans whenever this process leads.
func (c *Courier) runPlanning(ctx context.Context) {
	l := leader.New(c.Store, "courier", c.Process, c.Sole, c.Since, c.Log)
	defer func() {
		end, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
		defer cancel()
		l.Resign(end)
	}()
	for {
		began := c.Since()
		if l.Leads(ctx) {
			if err := c.lead(ctx, l, began); err != nil {
				c.Log.Error("the planning stumbled; it starts over from the ledger", "error", err)
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(leader.BeatEvery):
		}
	}
}

// lead plans for as long as this process leads, which it has asked for at a time by Since.
func (c *Courier) lead(ctx context.Context, l *leader.Leader, began time.Duration) error {
	work, stop := context.WithCancelCause(ctx)
	held := newTerm(l.Held(), c.Sole, c.Since, began)
	var aside sync.WaitGroup
	aside.Go(func() { held.keep(work, l, func() { stop(errLost) }) })
	aside.Go(func() { c.foresee(work, held) })
	aside.Go(func() { c.runDigests(work, held) })
	defer aside.Wait()
	defer stop(nil)
	timer := time.NewTicker(lookEvery)
	defer timer.Stop()
	for {
		if err := c.plan(work, held); err != nil && work.Err() == nil {
			return err
		}
		select {
		case <-work.Done():
			return nil
		case <-c.wakePlanning:
		case <-timer.C:
		}
	}
}

// keep shows that this process lives until ctx ends, and calls lost when another
// one leads.
func (t *term) keep(ctx context.Context, l *leader.Leader, lost func()) {
	timer := time.NewTicker(leader.BeatEvery)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		began := t.since()
		if l.Leads(ctx) {
			t.beaten(began)
		} else if l.Held().Term == 0 && ctx.Err() == nil {
			lost()
			return
		}
	}
}

// deliver works on the shards that fall to this process. Everything it holds in
// memory is read from the store at its beginning.
func (c *Courier) deliver(ctx context.Context) error {
	work, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	d, err := c.newDelivery(work, stop)
	if err != nil {
		return err
	}
	defer d.end()
	timer := time.NewTicker(lookEvery)
	defer timer.Stop()
	for {
		if err := d.look(work); err != nil && work.Err() == nil {
			return err
		}
		c.works()
		select {
		case <-work.Done():
			if ctx.Err() == nil {
				return context.Cause(work)
			}
			return nil
		case <-c.wakeDelivery:
		case <-d.taken:
		case <-timer.C:
		}
	}
}
