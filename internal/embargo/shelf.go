package embargo

import (
	"context"

	"github.com/wireroom/wireroom/internal/store"
)

// Shelf is where edges find what is sent ahead. It is safe for concurrent use.
type Shelf struct{ Store *store.Store }

// List returns what is or will be out and whose void is not: id, due and ends.
func (s Shelf) List(ctx context.Context) (all []store.Advance, err error) {
	err = s.Store.Read(ctx, func(tx *store.Tx) error {
		all, err = tx.Advances()
		return err
	})
	return all, err
}

// Get returns one, without its secret.
func (s Shelf) Get(ctx context.Context, id string) (a store.Advance, err error) {
	err = s.Store.Read(ctx, func(tx *store.Tx) error {
		a, err = tx.Advance(id)
		return err
	})
	a.Secret, a.Release, a.Language = nil, "", ""
	return a, err
}
