package outbox

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/wireroom/wireroom/internal/bus"
	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/wire"
)

// lookEvery is how often the outbox looks unasked, should a wake-up be lost.
const lookEvery = 250 * time.Millisecond

// batch is how many items are read from the store at once.
const batch = 256

// Outbox publishes. Several processes may run one each: the stream takes an
// item only from the first that brings it.
type Outbox struct {
	store *store.Store
	bus   *bus.Bus
	keys  func(context.Context, []store.Payload) [][]byte
	wake  <-chan struct{}
	log   *slog.Logger
}

// New makes an outbox that looks at once when wake receives. keys gives the key to
// what was sent ahead of each item, nil where there is none; it is nil if nothing is
// sent ahead.
func New(s *store.Store, b *bus.Bus, keys func(context.Context, []store.Payload) [][]byte, wake <-chan struct{}, log *slog.Logger) *Outbox {
	if log == nil {
		log = slog.Default()
	}
	if keys == nil {
		keys = func(_ context.Context, items []store.Payload) [][]byte { return make([][]byte, len(items)) }
	}
	return &Outbox{s, b, keys, wake, log}
}

// Run publishes until ctx ends. Where the stream is ahead of the store it
// returns an error at once: the store was restored from an older state, and
// going on would give numbers a second time.
func (o *Outbox) Run(ctx context.Context) error {
	timer := time.NewTicker(lookEvery)
	defer timer.Stop()
	failing := false
	for {
		err := o.flush(ctx)
		switch {
		case ctx.Err() != nil:
			return nil
		case wire.KindOf(err) == wire.Conflict:
			return err
		case err != nil && !failing:
			o.log.Error("cannot publish to the bus; will go on trying", "error", err)
		case err == nil && failing:
			o.log.Info("publishing to the bus again")
		}
		failing = err != nil
		select {
		case <-ctx.Done():
			return nil
		case <-o.wake:
		case <-timer.C:
		}
	}
}

// flush publishes everything the stream does not hold yet.
func (o *Outbox) flush(ctx context.Context) error {
	for {
		// The stream is asked before the store: what the store gains in
		// between can only make it longer.
		last, err := o.bus.Last(ctx)
		if err != nil {
			return err
		}
		var pending []store.Payload
		var highest int64
		err = o.store.Read(ctx, func(tx *store.Tx) (err error) {
			if highest, err = tx.LastNumber(); err != nil {
				return err
			}
			pending, err = tx.PayloadsAfter(last, batch)
			return err
		})
		if err != nil {
			return err
		}
		if last > highest {
			return wire.Errorf(wire.Conflict, "outbox", "the stream ends at wire number %d, the store at %d: the store is older than what was already sent. Restore a newer backup, or have the stream set back by whoever decides that", last, highest)
		}
		if len(pending) == 0 {
			return nil
		}
		keys := o.keys(ctx, pending)
		for i, p := range pending {
			if err := o.bus.Publish(ctx, bus.Item{Number: p.Number, ID: p.ID, Kill: p.Action == wire.Kill, Payload: p.JSON, Key: keys[i]}); errors.Is(err, bus.ErrOutOfStep) {
				break // another process was faster; look again
			} else if err != nil {
				return err
			}
		}
	}
}
