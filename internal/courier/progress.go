package courier

import (
	"context"
	"reflect"
	"time"

	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/wire"
)

// Progress is how far the deliveries of a release have come.
type Progress struct {
	At      time.Time    `json:"at"`
	Settled bool         `json:"settled" doc:"Everyone has a receipt, though some deliveries may be deferred"`
	Items   []ItemReport `json:"items"`
}

// progressEvery is the least time between two reports of a progress.
const progressEvery = 250 * time.Millisecond

// Progress counts how far the deliveries of a release have come; NotFound if
// nothing of it is on the wire.
func (c *Courier) Progress(ctx context.Context, release wire.ReleaseID) (p Progress, err error) {
	err = c.Store.Read(ctx, func(tx *store.Tx) (err error) {
		p.At = tx.Now()
		p.Items, err = itemReports(tx, release)
		return err
	})
	p.Settled = settledItems(p.Items)
	return p, err
}

// Follow calls send with the progress of a release, at once and then whenever it
// has changed, at most four times a second, until it is settled, ctx ends or send
// returns an error, which it returns. It counts what is in the store, so that it
// sees the work of every process.
func (c *Courier) Follow(ctx context.Context, release wire.ReleaseID, send func(Progress) error) error {
	timer := time.NewTicker(progressEvery)
	defer timer.Stop()
	var last []ItemReport
	for {
		p, err := c.Progress(ctx, release)
		if err != nil {
			return err
		}
		if p.Settled || !reflect.DeepEqual(p.Items, last) {
			if err := send(p); err != nil || p.Settled {
				return err
			}
			last = p.Items
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-timer.C:
		}
	}
}
