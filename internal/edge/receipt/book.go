package receipt

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/wire"
)

// Book keeps receipts in the store. It is safe for concurrent use.
type Book struct{ store *store.Store }

// NewBook returns a book over a store, which stays the caller's to close.
func NewBook(s *store.Store) *Book { return &Book{s} }

// Enter takes a receipt, as JSON; it is on disk when it returns. A later one of the
// same edge and item takes its place, an earlier one does not. An Invalid error
// says what is wrong with it.
func (b *Book) Enter(ctx context.Context, payload []byte) error {
	var r Receipt
	if err := json.Unmarshal(payload, &r); err != nil {
		return wire.Errorf(wire.Invalid, "receipt", "cannot be read: %w", err)
	}
	if err := r.Check(); err != nil {
		return err
	}
	return b.store.Write(ctx, func(tx *store.Tx) error {
		return tx.PutLiveReceipt(store.LiveReceipt{Number: r.Number, Edge: r.Edge, At: r.At.UnixMicro(), Receipt: payload})
	})
}

// Of returns what is known of items, one summary each, in the order of their
// numbers; items that no edge sent to anybody are left out.
func (b *Book) Of(ctx context.Context, numbers ...int64) ([]Summary, error) {
	sums := []Summary{}
	err := b.store.Read(ctx, func(tx *store.Tx) error {
		for _, n := range numbers {
			rows, err := tx.LiveReceipts(n)
			if err != nil {
				return err
			}
			var receipts []Receipt
			for _, row := range rows {
				var r Receipt
				if err := json.Unmarshal(row.Receipt, &r); err != nil {
					return fmt.Errorf("receipt: item %d of edge %s: %w", n, row.Edge, err)
				}
				receipts = append(receipts, r)
			}
			if len(receipts) > 0 {
				sums = append(sums, Sum(receipts))
			}
		}
		return nil
	})
	return sums, err
}
