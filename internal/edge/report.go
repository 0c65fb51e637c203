package edge

import (
	"context"
	"time"

	"github.com/wireroom/wireroom/internal/edge/receipt"
)

const (
	receiptEvery = 5 * time.Second // between two looks at what is to be told
	receiptRest  = time.Second     // what has happened to an item is told when it has had this long
	receiptTime  = 5 * time.Second // for all that is told at one look
)

// Report has the receipts of items kept, by send, until ctx ends, and once more
// then. A receipt is sent again whenever it has changed, and again if send
// returned an error; it is worth keeping only if send says that it is on disk.
// Receipts are kept of the last 1,000 items: older ones that could not be sent
// are lost. It is called once.
func (e *Edge) Report(ctx context.Context, send func(context.Context, receipt.Receipt) error) {
	look := time.NewTicker(receiptEvery)
	defer look.Stop()
	failing := false
	for {
		last := false
		select {
		case <-look.C:
		case <-ctx.Done():
			last = true
		}
		limited, cancel := context.WithTimeout(context.WithoutCancel(ctx), receiptTime)
		err := e.tell(limited, last, send)
		cancel()
		if err != nil && !failing {
			e.o.Log.Warn("edge: receipts cannot be kept; will go on trying", "err", err)
		}
		if failing = err != nil; last {
			return
		}
	}
}

// tell sends every receipt that has changed, those of fresh items only at the end.
func (e *Edge) tell(ctx context.Context, last bool, send func(context.Context, receipt.Receipt) error) error {
	e.mu.Lock()
	var changed []*tally
	for _, t := range e.tallies {
		if t != nil && t.events() != t.told && (last || time.Since(t.made) >= receiptRest) {
			changed = append(changed, t)
		}
	}
	e.mu.Unlock()
	for _, t := range changed {
		events := t.events() // before the receipt: what comes between is told again
		r := t.receipt()
		r.Edge, r.At = e.o.Name, e.o.Now().UTC()
		if err := send(ctx, r); err != nil {
			return err
		}
		t.told = events
	}
	return nil
}
