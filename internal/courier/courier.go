package courier

import (
	"context"
	"errors"
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
	// Sealer keeps what is prepared for them; nil for one of them: everything is
	// planned after the clear.
	Upcoming func(ctx context.Context, before time.Time) ([]wire.Item, error)
	Sealer   Sealer
	// Topics names the WebSub topics an item changes; nil for none.
	Topics   func(*wire.Item) []string
	Now      func() time.Time     // UTC
	Since    func() time.Duration // monotonic
	Process  string               // name of this process, unique among those on the store
	Sole     bool                 // no other process can be alive
	Registry prometheus.Registerer
	Log      *slog.Logger
}

// Courier plans and delivers. Make it with New; Run it once. The other methods
// are safe for concurrent use at any time.
type Courier struct {
	Options
	wake    chan struct{}
	started chan struct{} // closed when it delivers, or another process does
	start   sync.Once

	// The directory, as far as it was followed. Owned by the planner.
	index     *match.Index
	directory int64
	followed  atomic.Int64 // directory, for others

	mu   sync.RWMutex
	subs map[wire.SubscriptionID]wire.Subscription
	// fence holds the newest item of each edition that has open batches, and of
	// those about to be planned.
	fence map[edition]fence

	delivered *prometheus.CounterVec
	delay     *prometheus.HistogramVec
	open      prometheus.Gauge
}

type edition struct {
	release  wire.ReleaseID
	language string
}

// New makes a courier.
func New(o Options) *Courier {
	if o.Log == nil {
		o.Log = slog.Default()
	}
	c := &Courier{
		Options: o, wake: make(chan struct{}, 1), started: make(chan struct{}), index: match.NewIndex(),
		subs: map[wire.SubscriptionID]wire.Subscription{}, fence: map[edition]fence{},
		delivered: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "wireroom_deliveries_total", Help: "Receipts written, by channel and outcome."}, []string{"channel", "outcome"}),
		delay: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "wireroom_delivery_delay_seconds", Help: "From the clear time to the receiver's acceptance.",
			Buckets: []float64{.01, .05, .1, .5, 1, 2, 5, 10, 30, 60, 300, 1800}}, []string{"channel"}),
		open: prometheus.NewGauge(prometheus.GaugeOpts{Name: "wireroom_batches_open", Help: "Batches with recipients to be served."}),
	}
	if o.Registry != nil {
		o.Registry.MustRegister(c.delivered, c.delay, c.open)
	}
	return c
}

// Wake makes the courier look for new items at once.
func (c *Courier) Wake() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// Started is closed once the courier works: it has read the ledger and goes on
// with what is in it, or another process does.
func (c *Courier) Started() <-chan struct{} { return c.started }

func (c *Courier) works() { c.start.Do(func() { close(c.started) }) }

// Run leads when it can, and plans and delivers while it leads, until ctx ends.
// Then no new delivery begins, those in flight end, and their receipts are
// written.
func (c *Courier) Run(ctx context.Context) error {
	l := leader.New(c.Store, "courier", c.Process, c.Sole, c.Since, c.Log)
	defer func() {
		end, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
		defer cancel()
		l.Resign(end)
	}()
	for {
		if l.Leads(ctx) {
			if err := c.lead(ctx, l); err != nil {
				c.Log.Error("the courier stumbled; it starts over from the ledger", "error", err)
			}
		} else if !c.Sole {
			c.works()
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(leader.BeatEvery):
		}
	}
}

// lead works for as long as this process leads. Everything it holds in memory
// is read from the store at its beginning.
func (c *Courier) lead(ctx context.Context, l *leader.Leader) error {
	work, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	held := newTerm(l.Held(), c.Sole, c.Since)
	var beating sync.WaitGroup
	ended := make(chan struct{})
	beating.Go(func() { held.keep(ctx, l, ended, func() { stop(errLost) }) })
	defer beating.Wait()
	defer close(ended)
	d, err := c.newDelivery(work, stop, held)
	if err != nil {
		return err
	}
	defer d.end()
	c.works()
	var foreseeing sync.WaitGroup
	foreseeing.Go(func() { c.foresee(work, held) })
	defer foreseeing.Wait()
	defer stop(nil)
	timer := time.NewTicker(lookEvery)
	defer timer.Stop()
	for {
		if err := c.plan(work, d); err != nil && work.Err() == nil {
			return err
		}
		select {
		case <-work.Done():
			if cause := context.Cause(work); ctx.Err() == nil && !errors.Is(cause, errLost) {
				return cause
			}
			return nil
		case <-c.wake:
		case <-timer.C:
		}
	}
}
