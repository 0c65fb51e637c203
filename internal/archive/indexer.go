package archive

import (
	"context"
	"fmt"
	"log/slog"
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
const form = 2

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

// CatchUp indexes everything on the wire that is not yet, and anew what was
// indexed by another analysis; it returns the wire number it has come to.
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

// step indexes the next few items, or else renews a few.
func (x *Indexer) step(ctx context.Context) (at int64, more bool, err error) {
	at, more, err = x.follow(ctx)
	if err != nil || more {
		return at, more, err
	}
	more, err = x.renew(ctx, at)
	return at, more, err
}

// follow indexes the next few items of the wire.
func (x *Indexer) follow(ctx context.Context) (at int64, more bool, err error) {
	var items []store.Numbered
	var renewed int64
	err = x.store.Read(ctx, func(tx *store.Tx) error {
		if at, err = tx.ConsumerNumber(follower); err != nil {
			return err
		}
		if renewed, err = tx.ConsumerNumber(renewer); err != nil {
			return err
		}
		items, err = tx.SearchableAfter(at, indexAtOnce)
		return err
	})
	if err != nil {
		return at, false, err
	}
	x.number.Set(float64(at))
	if len(items) == 0 {
		return at, false, nil
	}
	last := items[len(items)-1].Number
	texts := analyse(items)
	err = x.store.Write(ctx, func(tx *store.Tx) error {
		for i := range items {
			if err := apply(tx, &items[i], texts[i]); err != nil {
				return err
			}
		}
		if renewed == at {
			if err := tx.AdvanceConsumer(renewer, at, last); err != nil {
				return err
			}
		}
		return tx.AdvanceConsumer(follower, at, last)
	})
	if err == nil {
		x.number.Set(float64(last))
		if len(items) < indexAtOnce {
			x.seconds.Observe(time.Since(items[len(items)-1].ClearTime).Seconds())
		}
	}
	return last, len(items) == indexAtOnce, err
}

// renew indexes anew the next few of the items that the follower, which is at
// this number, indexed by another analysis.
func (x *Indexer) renew(ctx context.Context, at int64) (more bool, err error) {
	var from int64
	var items []store.Numbered
	var strays []int64
	err = x.store.Read(ctx, func(tx *store.Tx) error {
		if from, err = tx.ConsumerNumber(renewer); err != nil || from >= at {
			return err
		}
		if items, err = tx.SearchableAfter(from, indexAtOnce); err != nil || from+indexAtOnce < at {
			return err
		}
		// At the end what has no item, as after a backup was brought back, goes.
		strays, err = tx.SearchStrays()
		return err
	})
	if err != nil || len(items) == 0 {
		return false, err
	}
	if from == 0 {
		x.log.Info("texts are analysed otherwise now: the archive is indexed anew, and searched meanwhile", "items", at)
	}
	last := min(items[len(items)-1].Number, at)
	texts := analyse(items)
	err = x.store.Write(ctx, func(tx *store.Tx) error {
		// What was amended or withdrawn since it was read is the follower's.
		newest, err := tx.NewestBetween(from, last)
		if err != nil {
			return err
		}
		for i := range items {
			if it := &items[i]; newest[it.Number] {
				if err := apply(tx, it, texts[i]); err != nil {
					return err
				}
			}
		}
		for _, number := range strays {
			if err := tx.DropSearch(number); err != nil {
				return err
			}
		}
		return tx.AdvanceConsumer(renewer, from, last)
	})
	if err == nil && last == at {
		x.log.Info("the archive is indexed anew", "items", at)
	}
	return last < at, err
}

// analyse makes the texts of those items that are to be found.
func analyse(items []store.Numbered) []*store.SearchText {
	texts := make([]*store.SearchText, len(items))
	for i := range items {
		if it := &items[i]; !it.Superseded && !it.Action.Withdraws() {
			texts[i] = searchText(&it.Item, it.First)
		}
	}
	return texts
}

// apply brings one item into the index. A version that is superseded is left to
// the one after it, which takes its place or takes it out.
func apply(tx *store.Tx, it *store.Numbered, d *store.SearchText) (err error) {
	switch {
	case it.Superseded:
		return nil
	case it.Action.Withdraws():
		err = tx.DropSearch(it.First)
	default:
		err = tx.PutSearch(d)
	}
	if err != nil {
		return fmt.Errorf("archive: item %d: %w", it.Number, err)
	}
	return nil
}

// Rebuild makes the index anew from the wire, while it is searched; with empty it
// is emptied first, so that searches find less until it is done: for one that is
// damaged. progress, which may be nil, is told how far it has come.
func (x *Indexer) Rebuild(ctx context.Context, empty bool, progress func(number int64)) error {
	err := x.store.Write(ctx, func(tx *store.Tx) error {
		if empty {
			if err := tx.ClearSearch(); err != nil {
				return err
			}
		}
		at, err := tx.ConsumerNumber(renewer)
		if err != nil {
			return err
		}
		return tx.AdvanceConsumer(renewer, at, 0)
	})
	for more := true; err == nil && more; {
		if _, more, err = x.step(ctx); wire.KindOf(err) == wire.Conflict {
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
	return err
}
