package clock

import (
	"context"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/wireroom/wireroom/internal/desk"
	"github.com/wireroom/wireroom/internal/leader"
	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/wire"
)

// lookEvery is how often the clock looks at the schedule unasked: another
// process's wake-up may have been lost.
const lookEvery = 500 * time.Millisecond

// Options are what a clock works with. All but Registry and Log are required.
type Options struct {
	Store  *store.Store
	Desk   *desk.Desk
	Anchor *Anchor
	Name   string // of this process, unique among those on one store
	// Sole says that no other process can be at work on the store: whoever held
	// the lease is dead, and nobody need be waited for after a crash. Should it
	// be wrong, two processes take the lease from each other, and still each
	// lift is made once, under the term that holds then.
	Sole     bool
	Wake     <-chan struct{} // the schedule changed
	Registry prometheus.Registerer
	Log      *slog.Logger
}

// Clock lifts releases. Run it in one goroutine.
type Clock struct {
	desk   *desk.Desk
	anchor *Anchor
	leader *leader.Leader
	wake   <-chan struct{}
	log    *slog.Logger

	warned  time.Time // when a disagreement was last reported
	stalled map[wire.ReleaseID]int64

	lifted  prometheus.Counter
	late    prometheus.Histogram
	leading prometheus.Gauge
	unsure  prometheus.Gauge
}

// New makes a clock.
func New(o Options) *Clock {
	if o.Log == nil {
		o.Log = slog.Default()
	}
	c := &Clock{
		desk: o.Desk, anchor: o.Anchor, wake: o.Wake, log: o.Log,
		leader:  leader.New(o.Store, "clock", o.Name, o.Sole, o.Anchor.Since, o.Log),
		stalled: map[wire.ReleaseID]int64{},
		lifted:  prometheus.NewCounter(prometheus.CounterOpts{Name: "wireroom_lifted_total", Help: "Releases lifted by this process."}),
		late: prometheus.NewHistogram(prometheus.HistogramOpts{Name: "wireroom_lift_delay_seconds", Help: "How long after its clear time a scheduled release was on the wire.",
			Buckets: []float64{.002, .005, .01, .02, .05, .1, .2, .5, 1, 2, 5, 30}}),
		leading: prometheus.NewGauge(prometheus.GaugeOpts{Name: "wireroom_clock_leading", Help: "1 while this process leads the clock."}),
		unsure:  prometheus.NewGauge(prometheus.GaugeOpts{Name: "wireroom_clock_unsure", Help: "1 while wall and anchored clock disagree and nothing is lifted."}),
	}
	if o.Registry != nil {
		o.Registry.MustRegister(c.lifted, c.late, c.leading, c.unsure)
	}
	return c
}

// Run leads when it can and lifts what is due, until ctx ends.
func (c *Clock) Run(ctx context.Context) error {
	defer func() {
		end, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
		defer cancel()
		c.leader.Resign(end)
	}()
	var beat time.Duration // when the lease was last looked after
	for first := true; ; first = false {
		if now := c.anchor.since(); first || now-beat >= leader.BeatEvery {
			beat = now
			c.leading.Set(0)
			if c.leader.Leads(ctx) {
				c.leading.Set(1)
			}
		}
		wait := lookEvery
		if c.leader.Held().Term != 0 {
			wait = min(wait, c.lift(ctx))
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil
		case <-c.wake:
			timer.Stop()
		case <-timer.C:
		}
	}
}

// lift lifts all that is due and returns how long until the next is.
func (c *Clock) lift(ctx context.Context) time.Duration {
	scheduled, err := c.desk.Scheduled(ctx)
	if err != nil {
		if ctx.Err() == nil {
			c.log.Error("cannot read the schedule", "error", err)
		}
		return lookEvery
	}
	wait := lookEvery
	for _, due := range scheduled {
		if left := due.At.Sub(c.anchor.Now()); left > 0 {
			wait = min(wait, left)
			continue
		}
		if !c.sure() {
			return lookEvery
		}
		c.liftOne(ctx, due)
	}
	return wait
}

// sure reports whether the time can be trusted, and calls for help while it
// cannot.
func (c *Clock) sure() bool {
	err := c.anchor.Agree()
	if err == nil {
		c.unsure.Set(0)
		return true
	}
	c.unsure.Set(1)
	if now := c.anchor.Now(); now.Sub(c.warned) >= 10*time.Second {
		c.warned = now
		c.log.Error("HOLDING ALL LIFTS", "error", err)
	}
	return false
}

func (c *Clock) liftOne(ctx context.Context, due desk.Due) {
	items, err := c.desk.Lift(ctx, wire.Actor{Name: "clock", Role: wire.RoleClock}, due.ID, due.Revision,
		func(tx *store.Tx) error { return tx.HoldLease(c.leader.Held()) })
	if err != nil {
		// A Conflict is ordinary: an editor was faster, or another process
		// leads. Anything else is said once a revision, and tried again.
		if wire.KindOf(err) != wire.Conflict && ctx.Err() == nil && c.stalled[due.ID] != due.Revision {
			c.stalled[due.ID] = due.Revision
			c.log.Error("could not lift; will be tried again", "release", due.ID, "error", err)
		}
		return
	}
	delete(c.stalled, due.ID)
	c.lifted.Inc()
	if !due.At.IsZero() {
		c.late.Observe(items[0].ClearTime.Sub(due.At).Seconds())
	}
}
