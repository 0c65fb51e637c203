package clock

import (
	"context"
	"log/slog"
	"time"

	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/wire"
)

// A leader shows that it lives every beatEvery. Whoever sees no beat for
// leaseTime, by its own monotonic clock, takes over: within leaseTime and a
// look, so under 5 s.
const (
	leaseName = "clock"
	leaseTime = 3 * time.Second
	beatEvery = 700 * time.Millisecond
)

// leader keeps one process's place in the race for the lease. It belongs to one
// goroutine.
type leader struct {
	store *store.Store
	name  string // of this process; unique
	now   func() time.Duration
	log   *slog.Logger

	held   store.Lease   // what this process leads under; Term 0: it does not lead
	seen   store.Lease   // the lease as last seen while another leads
	seenAt time.Duration // when seen last changed
}

// leads takes, keeps or loses the lease, and reports whether this process leads
// now. An error of the store counts as not leading; what is lifted in the
// meantime is refused by the lease in the lift's own transaction.
func (l *leader) leads(ctx context.Context) bool {
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
	case err != nil:
		l.held = store.Lease{}
		if was != 0 {
			l.log.Warn("no longer leads the clock", "process", l.name, "term", was, "error", err)
		} else if wire.KindOf(err) != wire.Conflict && ctx.Err() == nil {
			l.log.Error("cannot tell who leads the clock", "error", err)
		}
	case was == 0 && l.held.Term != 0:
		l.log.Info("leads the clock", "process", l.name, "term", l.held.Term)
	}
	return l.held.Term != 0
}

// challenge takes the lease if nobody holds it or its holder has been silent
// for the whole lease time.
func (l *leader) challenge(tx *store.Tx) error {
	now, err := tx.Lease(leaseName)
	if err != nil {
		return err
	}
	if now != l.seen {
		l.seen, l.seenAt = now, l.now()
	}
	if now.Holder != "" && l.now()-l.seenAt < leaseTime {
		return nil
	}
	taken, err := tx.TakeLease(now, l.name)
	if err == nil {
		l.held = taken
	}
	return err
}

// resign gives the lease up at a clean end, so that the next need not wait.
func (l *leader) resign(ctx context.Context) {
	if l.held.Term == 0 {
		return
	}
	if err := l.store.Write(ctx, func(tx *store.Tx) error { return tx.EndLease(l.held) }); err != nil {
		l.log.Warn("could not give up the clock", "error", err)
	}
	l.held = store.Lease{}
}
