package wirestream

import (
	"context"
	"slices"
	"sync"

	"github.com/wireroom/wireroom/internal/wire"
)

// tape is the wire in memory: the history of an edge. An item is on it before it
// is delivered, as it is in the store before it is on the bus.
type tape struct {
	mu    sync.Mutex
	items []wire.Item // items[n-1] has number n
}

// add puts the next item on the tape. One that is there already is passed over.
func (t *tape) add(it wire.Item) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if it.Number == int64(len(t.items))+1 {
		t.items = append(t.items, it)
	}
}

// Items returns up to limit items after a number.
func (t *tape) Items(_ context.Context, after int64, limit int) ([]wire.Item, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	from := min(after, int64(len(t.items)))
	return slices.Clone(t.items[from:min(from+int64(limit), int64(len(t.items)))]), nil
}

// Last returns the highest number.
func (t *tape) Last(context.Context) (int64, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return int64(len(t.items)), nil
}

// Kills returns nothing: nothing is killed in a measurement.
func (t *tape) Kills(context.Context) ([]wire.Item, error) { return nil, nil }
