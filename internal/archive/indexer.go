package archive

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/wire"
)

// consumer is the index as a consumer of the wire. The number in its name rises
// when texts are analysed otherwise than before: then everything is indexed
// anew.
const consumer = "archive/1"

const (
	lookEvery   = 500 * time.Millisecond // should a wake-up be lost
	indexAtOnce = 100                    // items in one transaction
)

// Indexer brings what is cleared into the index, right behind the clear. It
// reads the table of items alone, so nothing can be in the index that is not on
// the wire; it keeps its place in the same transaction as its work, so a crash
// costs nothing; and several may run at once, of which one at a time gets on.
type Indexer struct {
	store *store.Store
	wake  <-chan struct{}
	log   *slog.Logger

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

// CatchUp indexes everything on the wire that is not yet, and returns the wire
// number it has come to.
func (x *Indexer) CatchUp(ctx context.Context) (int64, error) {
	for {
		at, more, err := x.step(ctx)
		if wire.KindOf(err) == wire.Conflict {
			continue // another process did these
		}
		if err != nil || !more {
			return at, err
		}
		if err := ctx.Err(); err != nil {
			return at, err
		}
	}
}

// step indexes the next few items.
func (x *Indexer) step(ctx context.Context) (at int64, more bool, err error) {
	var items []store.Numbered
	fresh := false
	err = x.store.Read(ctx, func(tx *store.Tx) error {
		if at, err = tx.ConsumerNumber(consumer); err != nil {
			return err
		}
		if at == 0 {
			size, err := tx.SearchSize()
			if err != nil {
				return err
			}
			fresh = size > 0
		}
		items, err = tx.SearchableAfter(at, indexAtOnce)
		return err
	})
	if err != nil {
		return at, false, err
	}
	if fresh { // texts are analysed otherwise now
		x.log.Info("the archive is indexed anew")
		return at, true, x.store.Write(ctx, (*store.Tx).ClearSearch)
	}
	x.number.Set(float64(at))
	if len(items) == 0 {
		return at, false, nil
	}
	last := items[len(items)-1].Number
	texts := make([]*store.SearchText, len(items))
	for i := range items {
		if it := &items[i]; !it.Superseded && !it.Action.Withdraws() {
			texts[i] = searchText(&it.Item, it.First)
		}
	}
	err = x.store.Write(ctx, func(tx *store.Tx) error {
		for i := range items {
			if err := apply(tx, &items[i], texts[i]); err != nil {
				return fmt.Errorf("archive: item %d: %w", items[i].Number, err)
			}
		}
		return tx.AdvanceConsumer(consumer, at, last)
	})
	if err == nil {
		x.number.Set(float64(last))
		if len(items) < indexAtOnce {
			x.seconds.Observe(time.Since(items[len(items)-1].ClearTime).Seconds())
		}
	}
	return last, len(items) == indexAtOnce, err
}

// apply brings one item into the index. A version that is superseded is left to
// the one after it, which takes its place or takes it out.
func apply(tx *store.Tx, it *store.Numbered, text *store.SearchText) error {
	switch {
	case it.Superseded:
		return nil
	case it.Action.Withdraws():
		return tx.DropSearch(it.First)
	}
	return tx.PutSearch(text)
}

// Rebuild empties the index and makes it anew from the wire. Until it is done
// searches find less. progress, which may be nil, is told how far it has come.
func (x *Indexer) Rebuild(ctx context.Context, progress func(number int64)) error {
	err := x.store.Write(ctx, func(tx *store.Tx) error {
		at, err := tx.ConsumerNumber(consumer)
		if err != nil {
			return err
		}
		if err := tx.ClearSearch(); err != nil {
			return err
		}
		return tx.AdvanceConsumer(consumer, at, 0)
	})
	if err != nil {
		return err
	}
	for {
		at, more, err := x.step(ctx)
		if wire.KindOf(err) == wire.Conflict {
			continue
		}
		if err != nil {
			return err
		}
		if progress != nil {
			progress(at)
		}
		if !more {
			return nil
		}
	}
}
