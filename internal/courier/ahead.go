package courier

import (
	"sync"

	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/wire"
)

// ahead is what was made ahead for a batch's first attempts: read when the first
// of them begins, or one of the batch before, and let go with the last. It is
// safe for concurrent use.
type ahead struct {
	mu    sync.Mutex
	next  *work // the batch whose turn is next, until this one's begins
	left  int   // first attempts to be made
	begun bool
	read  bool
	parts [][]byte // by place
}

// get returns what was made ahead for a recipient; nil if nothing. With the
// first of a batch what is for the next is read, so that nobody waits for it.
func (a *ahead) get(d *delivery, t task) []byte {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.load(d, t.work)
	if next := a.next; next != nil {
		d.workers.Go(func() {
			next.ahead.mu.Lock()
			defer next.ahead.mu.Unlock()
			next.ahead.load(d, next)
		})
	}
	a.begun, a.next = true, nil
	if a.parts == nil {
		return nil
	}
	return a.parts[t.place]
}

// follow says which batch's turn is next.
func (a *ahead) follow(next *work) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.begun {
		a.next = next
	}
}

// load reads what there is for a batch, once. The mutex is held.
func (a *ahead) load(d *delivery, w *work) {
	if a.read || a.left <= 0 {
		return
	}
	a.read = true
	// Each that reads at a time has a connection to the store with a cache of its
	// own, and all batches of an item may begin at once.
	d.reading <- struct{}{}
	defer func() { <-d.reading }()
	var parts [][]byte
	own := func(tx *store.Tx, visit func(*store.Foreseen) error) error { return tx.ForeseenFor(&w.Batch, visit) }
	err := d.c.foreseen(d.attempt, w.item, w.cargo.print(w.item), own, func(_ *store.Foreseen, id wire.SubscriptionID, part []byte) {
		if parts == nil {
			parts = make([][]byte, len(w.Recipients))
		}
		if place, ok := w.Place(id); ok {
			parts[place] = part
		}
	})
	if err != nil {
		d.c.Log.Error("what was prepared for a release cannot be used; it is made anew", "item", w.Number, "channel", w.Channel, "error", err)
	}
	a.parts = parts
}

// used counts a first attempt as made.
func (a *ahead) used() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.left--; a.left <= 0 {
		a.begun, a.next, a.parts = true, nil, nil
	}
}
