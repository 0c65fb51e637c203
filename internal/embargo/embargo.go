package embargo

import (
	"context"
	"crypto/ed25519"
	"log/slog"
	"math"
	"math/rand/v2"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/wireroom/wireroom/internal/format"
	"github.com/wireroom/wireroom/internal/leader"
	"github.com/wireroom/wireroom/internal/seal/advance"
	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/wire"
)

const (
	// foresight is how long before its clear time a text is sealed, and lookEvery
	// how often what is scheduled is looked at.
	foresight = 6 * time.Hour
	lookEvery = 10 * time.Second
	// leastAhead is how long before the clear time a seal must go out: desktops
	// need time to take it. What is scheduled later goes out in the open.
	leastAhead = 5 * time.Second
	// mostWait bounds the time, drawn by lot, between the making of a seal and its
	// going out: so its coming tells nothing of when somebody pressed a key.
	mostWait = 10 * time.Minute
	// kept is how long what has ended is kept, for edges that look late.
	kept = time.Hour
)

// DefaultCover is the mean time between seals that hold nothing.
const DefaultCover = 30 * time.Minute

// Keys are the wire's. Package seal's Keyring is them.
type Keys interface {
	advance.Signer
	Seal(name string, plain []byte) ([]byte, error)
	Open(name string, sealed []byte) ([]byte, error)
	PublicKey() ed25519.PublicKey
}

// Options are what an Embargo works with. All but Cover, Registry and Log are
// required.
type Options struct {
	Store    *store.Store
	Keys     Keys
	Site     format.Site
	Upcoming func(ctx context.Context, before time.Time) ([]wire.Item, error) // what is scheduled
	Tell     func(key []byte) error                                           // sends a signed key to the edges
	Changed  func()                                                           // wakes the edges: there are other seals
	Now      func() time.Time
	Since    func() time.Duration // monotonic
	Process  string               // name among those on one store
	Sole     bool                 // no other process can be alive
	Cover    time.Duration        // mean time between seals that hold nothing; 0 for DefaultCover, negative for none
	Registry prometheus.Registerer
	Log      *slog.Logger
}

// Embargo makes seals, and keys. Run it in one goroutine; Lifted and KeysTo are safe
// for concurrent use.
type Embargo struct {
	o      Options
	leader *leader.Leader
	ready  map[edition]ready // by the goroutine of Run: what waits for its lift
	cover  time.Time         // by the goroutine of Run: when the next seal that holds nothing is made
	recent recentKeys

	made *prometheus.CounterVec
	keys *prometheus.CounterVec
}

type edition struct {
	release  wire.ReleaseID
	language string
}

// ready is a seal that waits for its lift; without id, a text that cannot be sealed.
type ready struct{ id, print string }

// New makes an Embargo.
func New(o Options) *Embargo {
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.Cover == 0 {
		o.Cover = DefaultCover
	}
	e := &Embargo{
		o: o, leader: leader.New(o.Store, "embargo", o.Process, o.Sole, o.Since, o.Log),
		made: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "wireroom_seals_made_total", Help: "Seals made by this process, by kind: text, or cover (holding nothing)."}, []string{"kind"}),
		keys: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "wireroom_seal_keys_total", Help: "Seals whose clear time came, by outcome: sent (the key went out) or unfit (the text did not fit; it went out in the open)."}, []string{"outcome"}),
	}
	if o.Registry != nil {
		o.Registry.MustRegister(e.made, e.keys)
	}
	return e
}

// Run makes seals while this process leads, until ctx ends. It looks when wake
// receives, and by itself.
func (e *Embargo) Run(ctx context.Context, wake <-chan struct{}) {
	defer func() {
		end, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
		defer cancel()
		e.leader.Resign(end)
	}()
	beat := time.NewTicker(leader.BeatEvery)
	defer beat.Stop()
	var looked time.Duration // when, by the monotonic clock
	for due, failing := true, false; ; {
		if e.leader.Leads(ctx) && (due || e.o.Since()-looked >= lookEvery) {
			due, looked = false, e.o.Since()
			err := e.Look(ctx)
			if err != nil && ctx.Err() == nil && !failing {
				e.o.Log.Error("cannot seal what is scheduled; it goes out in the open at its clear time", "error", err)
			}
			failing = err != nil
		}
		select {
		case <-ctx.Done():
			return
		case <-wake:
			due = true
		case <-beat.C:
		}
	}
}

// Look seals what is scheduled and not sealed yet, once.
func (e *Embargo) Look(ctx context.Context) error {
	if err := e.survey(ctx); err != nil {
		return err
	}
	now := e.o.Now()
	upcoming, err := e.o.Upcoming(ctx, now.Add(foresight))
	if err != nil {
		return err
	}
	changed := false
	expected := map[edition]bool{}
	for i := range upcoming {
		it := &upcoming[i]
		if it.Action.Amends() || it.Scheduled.IsZero() {
			continue
		}
		of := edition{it.Release, it.Language}
		expected[of] = true
		fresh, err := e.prepare(ctx, it, now)
		if err != nil {
			return err
		}
		changed = changed || fresh
	}
	for of := range e.ready {
		if !expected[of] {
			delete(e.ready, of) // the desk has said what becomes of its seal
		}
	}
	covered, err := e.coverUp(ctx, now)
	if err != nil {
		return err
	}
	if changed || covered {
		e.o.Changed()
	}
	return nil
}

// prepare makes the seal of an edition unless it has one that fits.
func (e *Embargo) prepare(ctx context.Context, it *wire.Item, now time.Time) (changed bool, err error) {
	left := it.Scheduled.Sub(now)
	of, print := edition{it.Release, it.Language}, it.Print()
	if e.ready[of].print == print || left < leastAhead {
		return false, nil
	}
	wait := rand.N(max(1, min(mostWait, (left-leastAhead)/2)))
	a, err := e.seal(it)
	if err != nil {
		// It is never the text's fault, and trying again gives the same.
		e.o.Log.Error("a text cannot be sealed; it goes out in the open at its clear time", "error", err)
		e.ready[of] = ready{print: print}
		return false, nil
	}
	a.Due = now.Add(wait)
	stale := e.ready[of].id
	err = e.o.Store.Write(ctx, func(tx *store.Tx) error {
		if err := tx.HoldLease(e.leader.Held()); err != nil {
			return err
		}
		if stale != "" {
			if err := tx.VoidAdvance(stale, tx.Now().Add(advance.Lapse())); err != nil {
				return err
			}
		}
		// Between the reading of the schedule and here the desk may have taken the
		// release back, and voided all that there was then.
		row, err := tx.Release(it.Release)
		if err != nil {
			return err
		}
		if row.State != wire.Scheduled {
			return wire.Errorf(wire.Conflict, string(it.Release), "is not scheduled any more")
		}
		return tx.AddAdvance(a)
	})
	if wire.KindOf(err) == wire.Conflict {
		return false, nil // the next look sees it
	}
	if err != nil {
		return false, err
	}
	e.ready[of] = ready{a.ID, print}
	e.made.WithLabelValues("text").Inc()
	return true, nil
}

// coverUp makes a seal that holds nothing, now and then.
func (e *Embargo) coverUp(ctx context.Context, now time.Time) (made bool, err error) {
	if e.o.Cover < 0 {
		return false, nil
	}
	// A Poisson process: that one came tells nothing of when the next will.
	next := func() time.Time {
		return now.Add(time.Duration(-math.Log(1-rand.Float64()) * float64(e.o.Cover)))
	}
	if e.cover.IsZero() {
		e.cover = next()
	}
	if now.Before(e.cover) {
		return false, nil
	}
	e.cover = next()
	a, err := e.hollow()
	if err != nil {
		return false, err
	}
	a.Due = now.Add(rand.N(mostWait))
	a.Ends = a.Due.Add(rand.N(foresight) + advance.Lapse())
	err = e.o.Store.Write(ctx, func(tx *store.Tx) error {
		if err := tx.HoldLease(e.leader.Held()); err != nil {
			return err
		}
		if err := tx.DropAdvances(tx.Now().Add(-kept)); err != nil {
			return err
		}
		return tx.AddAdvance(a)
	})
	if err == nil {
		e.made.WithLabelValues("cover").Inc()
	}
	return err == nil, err
}

// survey finds out which seals wait for their lifts: those that this process made,
// or one before it, and the desk has not done away with since.
func (e *Embargo) survey(ctx context.Context) error {
	var rows []store.Advance
	err := e.o.Store.Read(ctx, func(tx *store.Tx) (err error) {
		rows, err = tx.ReadyAdvances()
		return err
	})
	if err != nil {
		return err
	}
	found := make(map[edition]ready, len(rows))
	for i := range rows {
		row := &rows[i]
		of := edition{row.Release, row.Language}
		if known := e.ready[of]; known.id == row.ID {
			found[of] = known
			continue
		}
		s, err := e.secretOf(row)
		if err != nil {
			return err
		}
		found[of] = ready{row.ID, s.Print}
	}
	for of, r := range e.ready {
		if r.id == "" {
			found[of] = r // cannot be sealed, whoever tries
		}
	}
	e.ready = found
	return nil
}
