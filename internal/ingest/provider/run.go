package provider

import (
	"context"
	"time"

	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/wire"
)

const (
	tickTime   = 5 * time.Second
	maxLooks   = 8                   // at a time
	keepNotes  = 90 * 24 * time.Hour // of what became of stories
	forgetEach = time.Hour
)

// Run looks after the providers until ctx ends: pulls the feeds that are due,
// where lead says so, sweeps the folders of this process, and calls a person
// where nothing comes. It returns when what it began has ended.
func (x *Intake) Run(ctx context.Context, lead func() bool) {
	ticker := time.NewTicker(tickTime)
	defer ticker.Stop()
	looks := make(chan struct{}, maxLooks)
	defer func() { // all looks have ended when all places are free
		for range maxLooks {
			looks <- struct{}{}
		}
	}()
	var forgot time.Time
	for {
		if err := x.tick(ctx, lead(), looks); err != nil && ctx.Err() == nil {
			x.Log.Error("cannot look after the providers", "error", err)
		}
		if now := x.Now(); now.Sub(forgot) >= forgetEach {
			forgot = now
			if err := x.Store.Write(ctx, func(tx *store.Tx) error { return tx.ForgetArrivals(now.Add(-keepNotes)) }); err != nil && ctx.Err() == nil {
				x.Log.Error("cannot drop old notes of what came", "error", err)
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// tick does what is due.
func (x *Intake) tick(ctx context.Context, leads bool, looks chan struct{}) error {
	var providers []wire.Provider
	states := map[wire.ProviderID]store.ProviderState{}
	err := x.Store.Read(ctx, func(tx *store.Tx) (err error) {
		if providers, err = tx.Providers(); err != nil {
			return err
		}
		for _, p := range providers {
			if states[p.ID], err = tx.ProviderState(p.ID); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, p := range providers {
		if p.Paused {
			continue
		}
		if p.Push.Folder && x.Folder != "" {
			if err := x.Sweep(ctx, &p); err != nil && ctx.Err() == nil {
				x.Log.Error("cannot take in what lies in a provider's folder; it stays there", "provider", p.ID, "error", err)
			}
		}
		if !leads {
			continue
		}
		if err := x.watch(ctx, &p, states[p.ID]); err != nil {
			return err
		}
		if p.Pull != nil && !states[p.ID].Next.After(x.Now()) {
			x.begun(ctx, p.ID, looks)
		}
	}
	return nil
}

// begun begins a look, unless one is under way or there are too many.
func (x *Intake) begun(ctx context.Context, id wire.ProviderID, looks chan struct{}) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.busy[id] {
		return
	}
	select {
	case looks <- struct{}{}:
	default:
		return
	}
	x.busy[id] = true
	go func() {
		_, _ = x.Look(ctx, id) // noted in the provider's state
		x.mu.Lock()
		delete(x.busy, id)
		x.mu.Unlock()
		<-looks
	}()
}

// watch calls a person, once, where nothing came for longer than it may.
func (x *Intake) watch(ctx context.Context, p *wire.Provider, s store.ProviderState) error {
	if p.Idle == 0 || !s.Alarm.IsZero() {
		return nil
	}
	now := x.Now()
	if !s.Came.IsZero() && now.Sub(s.Came) <= time.Duration(p.Idle)*time.Second {
		return nil
	}
	return x.Store.Write(ctx, func(tx *store.Tx) error {
		state, err := tx.ProviderState(p.ID)
		if err != nil || !state.Came.Equal(s.Came) || !state.Alarm.IsZero() {
			return err
		}
		if state.Came.IsZero() { // it is silent from now on
			state.Came = now
			return tx.PutProviderState(state)
		}
		state.Alarm = now
		x.idle.WithLabelValues(string(p.ID)).Set(1)
		x.Log.Error("nothing came from a provider for longer than it may be silent; ask it", "provider", p.ID, "since", state.Came)
		return tx.PutProviderState(state)
	})
}
