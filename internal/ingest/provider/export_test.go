package provider

import (
	"context"

	"github.com/wireroom/wireroom/internal/wire"
)

// Tick does once what Run does every few seconds, and waits for the looks that it
// began.
func (x *Intake) Tick(ctx context.Context, leads bool) error {
	looks := make(chan struct{}, maxLooks)
	err := x.tick(ctx, leads, looks)
	for range maxLooks {
		looks <- struct{}{}
	}
	return err
}

// Forget drops what was noted long ago, as Run does every hour.
func (x *Intake) Forget(ctx context.Context) error { return x.forget(ctx) }

// Upon does something to a release as it is now, and again where others act
// meanwhile.
func (x *Intake) Upon(ctx context.Context, p *wire.Provider, id wire.ReleaseID, do func(*wire.Release) (*wire.Release, error)) error {
	return x.upon(ctx, p, id, nil, do)
}
