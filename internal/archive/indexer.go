package archive

import (
	"context"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/text"
	"github.com/wireroom/wireroom/internal/wire"
)

// The index is two consumers of the wire. follower brings in what is cleared, as
// it comes. renewer, whose name says how texts are analysed, goes through what is
// there already when they are analysed otherwise than before, text by text, so
// that everything is found all the while: by the words of before until its turn
// comes. Once it has come up with the follower they move together.
const follower = "archive"

var renewer = fmt.Sprintf("archive/%d.%d", form, text.Version)

// form rises when searchText makes something else of the same terms.
const form = 3

// renewed reports whether every text in the index is there by the present form:
// only then can what an earlier one lacks be asked for.
func renewed(tx *store.Tx) (bool, error) {
	followed, err := tx.ConsumerNumber(follower)
	if err != nil {
		return false, err
	}
	renewed, err := tx.ConsumerNumber(renewer)
	return renewed >= followed, err
}

const lookEvery = 500 * time.Millisecond // should a wake-up be lost

// Indexer brings what is cleared into the index, right behind the clear. It
// reads the table of items alone, so nothing can be in the index that is not on
// the wire; it keeps its place in the same transaction as its work, so a crash
// costs nothing; and several may run at once, of which one at a time gets on.
type Indexer struct {
	store *store.Store
	wake  <-chan struct{}
	log   *slog.Logger

	isWhole atomic.Bool // whole has nothing to do

	number  prometheus.Gauge
	seconds prometheus.Histogram
}

// NewIndexer makes an indexer that looks at once when wake receives; wake,
// registry and log may be nil.
func NewIndexer(s *store.Store, wake <-chan struct{}, registry prometheus.Registerer, log *slog.Logger) *Indexer {
	if log == nil {
		log = slog.Default()
	}
	x := &Indexer{store: s, wake: wake, log: log,
		number: prometheus.NewGauge(prometheus.GaugeOpts{Name: "wireroom_search_indexed_number", Help: "Wire number up to which the archive can be searched."}),
		seconds: prometheus.NewHistogram(prometheus.HistogramOpts{Name: "wireroom_search_index_delay_seconds", Help: "How long after its clear an item could be searched, of items indexed one by one.",
			Buckets: []float64{.01, .02, .05, .1, .2, .5, 1, 2, 5, 30}}),
	}
	if registry != nil {
		registry.MustRegister(x.number, x.seconds)
	}
	return x
}

// Run indexes until ctx ends.
func (x *Indexer) Run(ctx context.Context) error {
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	failing := false
	for {
		_, err := x.CatchUp(ctx)
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil && !failing:
			x.log.Error("cannot index for search; will go on trying", "error", err)
		case err == nil && failing:
			x.log.Info("indexing for search again")
		}
		failing = err != nil
		select {
		case <-ctx.Done():
			return nil
		case <-x.wake:
		case <-ticker.C:
		}
	}
}

// CatchUp indexes everything on the wire that is not yet, and anew what was
// indexed by another analysis; it returns the wire number it has come to.
func (x *Indexer) CatchUp(ctx context.Context) (int64, error) {
	p := x.pass(ctx)
	defer p.end()
	for {
		at, more, err := p.step()
		if wire.KindOf(err) == wire.Conflict {
			continue // another process did these
		}
		if err == nil {
			err = ctx.Err()
		}
		if err == nil && !more {
			return at, x.whole(ctx)
		}
		if err != nil {
			return at, err
		}
	}
}

// Rebuild makes the index anew from the wire, while it is searched; with empty it
// is emptied first, so that searches find less until it is done: for one that is
// damaged, and where it has to be quick. progress, which may be nil, is told how
// far it has come.
func (x *Indexer) Rebuild(ctx context.Context, empty bool, progress func(number int64)) error {
	err := x.store.Write(ctx, func(tx *store.Tx) error {
		if empty {
			if err := tx.ClearSearch(); err != nil {
				return err
			}
			if err := tx.FillSearch(); err != nil {
				return err
			}
		}
		at, err := tx.ConsumerNumber(renewer)
		if err != nil {
			return err
		}
		return tx.AdvanceConsumer(renewer, at, 0)
	})
	x.isWhole.Store(false)
	p := x.pass(ctx)
	defer p.end()
	for more := true; err == nil && more; {
		if _, more, err = p.step(); wire.KindOf(err) == wire.Conflict {
			more, err = true, nil
		}
		if err == nil && progress != nil {
			err = x.store.Read(ctx, func(tx *store.Tx) error {
				at, err := tx.ConsumerNumber(renewer)
				progress(at)
				return err
			})
		}
	}
	if err != nil {
		return err
	}
	return x.whole(ctx)
}

// whole makes what was left out of the index while it was filled: by this process,
// or by one that died meanwhile.
func (x *Indexer) whole(ctx context.Context) error {
	if x.isWhole.Load() {
		return nil
	}
	err := x.store.Write(ctx, func(tx *store.Tx) error { return tx.FinishSearch() })
	if err == nil {
		x.isWhole.Store(true)
	}
	return err
}
