// Package leader settles which of several processes does what only one may do
// at a time: lift releases, send deliveries.
//
// It owns the timing of the leases that package store keeps. It never does the
// work itself; whoever does proves in its own transaction that it still leads.
package leader

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/wire"
)

// A leader shows that it lives every BeatEvery. Whoever sees no beat for
// LeaseTime, by its own monotonic clock, takes over: within LeaseTime and a
// look, so under 5 s.
const (
	LeaseTime = 3 * time.Second
	BeatEvery = 700 * time.Millisecond
)

// Leader keeps one process's place in the race for one lease. It belongs to one
// goroutine.
type Leader struct {
	store *store.Store
	lease string // what is led
	name  string // of this process; unique
	sole  bool   // no other can be alive
	now   func() time.Duration
	log   *slog.Logger

	held   store.Lease   // what this process leads under; Term 0: it does not lead
	seen   store.Lease   // the lease as last seen while another leads
	seenAt time.Duration // when seen last changed
}

// New enters a process into the race for a lease. since is its monotonic clock;
// sole says that no other process can be alive, so that a lease that is still
// held is a dead one's and need not be waited out.
func New(s *store.Store, lease, process string, sole bool, since func() time.Duration, log *slog.Logger) *Leader {
	return &Leader{store: s, lease: lease, name: process, sole: sole, now: since, log: log}
}

// Held is the lease this process leads under; Term 0 if it does not lead.
func (l *Leader) Held() store.Lease { return l.held }

// Leads takes, keeps or loses the lease, and reports whether this process leads
// now. While the store gives errors it cannot tell, which counts as not leading;
// it leads on, in the same term, when the store answers and nobody took over. The
// log tells of such errors, also of a store that is too slow for the deadline of ctx;
// not if ctx was cancelled, as that is this process's own end.
func (l *Leader) Leads(ctx context.Context) bool {
	was := l.held.Term
	err := l.store.Write(ctx, func(tx *store.Tx) (err error) {
		if was != 0 {
			beaten, err := tx.BeatLease(l.held)
			if err == nil {
				l.held = beaten
			}
			return err
		}
		return l.challenge(tx)
	})
	switch {
	case err != nil && wire.KindOf(err) != wire.Conflict:
		if !errors.Is(ctx.Err(), context.Canceled) {
			l.log.Error("cannot tell who leads", "what", l.lease, "process", l.name, "term", was, "error", err)
		}
		return false
	case err != nil:
		l.held = store.Lease{}
		if was != 0 {
			l.log.Warn("no longer leads", "what", l.lease, "process", l.name, "term", was, "error", err)
		}
	case was == 0 && l.held.Term != 0:
		l.log.Info("leads", "what", l.lease, "process", l.name, "term", l.held.Term)
	}
	return l.held.Term != 0
}

// Watch looks at the lease without taking it, so that a holder's silence is known
// by the time it shall be taken.
func (l *Leader) Watch(ctx context.Context) {
	_ = l.store.Read(ctx, func(tx *store.Tx) error {
		now, err := tx.Lease(l.lease)
		if err == nil {
			l.see(now)
		}
		return err
	})
}

// see notes how the lease stands.
func (l *Leader) see(now store.Lease) {
	if now != l.seen {
		l.seen, l.seenAt = now, l.now()
	}
}

// challenge takes the lease if nobody holds it or its holder has been silent
// for the whole lease time, or can only be a dead predecessor.
func (l *Leader) challenge(tx *store.Tx) error {
	now, err := tx.Lease(l.lease)
	if err != nil {
		return err
	}
	l.see(now)
	if now.Holder != "" && !l.sole && l.now()-l.seenAt < LeaseTime {
		return nil
	}
	taken, err := tx.TakeLease(now, l.name)
	if err == nil {
		l.held = taken
	}
	return err
}

// Resign gives the lease up at a clean end, so that the next need not wait.
func (l *Leader) Resign(ctx context.Context) {
	if l.held.Term == 0 {
		return
	}
	if err := l.store.Write(ctx, func(tx *store.Tx) error { return tx.EndLease(l.held) }); err != nil {
		l.log.Warn("could not give up the lease", "what", l.lease, "error", err)
	}
	l.held = store.Lease{}
}
