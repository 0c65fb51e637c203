package courier

import (
	"sync"

	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/wire"
)

// ahead is what was made ahead for a batch's first attempts: read when the first
// of them begins, let go with the last. It is safe for concurrent use.
type ahead struct {
	mu    sync.Mutex
	left  int // first attempts to be made
	read  bool
	parts map[wire.SubscriptionID][]byte
}

// get returns what was made ahead for a recipient; nil if nothing.
func (a *ahead) get(d *delivery, t task) []byte {
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.read {
		a.read = true
		w := t.work
		parts := map[wire.SubscriptionID][]byte{}
		// Each that reads at a time has a connection to the store with a cache of its
		// own, and all batches of an item begin at once.
		d.reading <- struct{}{}
		defer func() { <-d.reading }()
		own := func(tx *store.Tx, visit func(*store.Foreseen) error) error { return tx.ForeseenFor(&w.Batch, visit) }
		err := d.c.foreseen(d.attempt, w.item, w.cargo.print(w.item), own,
			func(_ *store.Foreseen, id wire.SubscriptionID, part []byte) { parts[id] = part })
		if err != nil {
			d.c.Log.Error("what was prepared for a release cannot be used; it is made anew", "item", w.Number, "channel", w.Channel, "error", err)
		}
		a.parts = parts
	}
	return a.parts[t.subscription()]
}

// used counts a first attempt as made.
func (a *ahead) used() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.left--; a.left <= 0 {
		a.read, a.parts = true, nil
	}
}
