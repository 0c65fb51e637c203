package provider

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/wireroom/wireroom/internal/leader"
	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/wire"
)

const (
	tickTime   = 5 * time.Second
	maxLooks   = 8 // at a time
	forgetEach = time.Hour
)

// Run looks after the providers until ctx ends: of all processes on the store
// one pulls the feeds that are due and calls a person where nothing comes; each
// sweeps its own folders. It returns when what it began has ended.
func (x *Intake) Run(ctx context.Context) {
	var leads atomic.Bool
	var led sync.WaitGroup
	led.Go(func() { x.lead(ctx, &leads) })
	defer led.Wait()
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
		if err := x.tick(ctx, leads.Load(), looks); err != nil && ctx.Err() == nil {
			x.Log.Error("cannot look after the providers", "error", err)
		}
		if now := x.Now(); now.Sub(forgot) >= forgetEach {
			forgot = now
			if err := x.forget(ctx); err != nil && ctx.Err() == nil {
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

// lead keeps this process's place among those that may pull. Two that pull at
// once, for a moment, ask a server twice and take everything in once.
func (x *Intake) lead(ctx context.Context, leads *atomic.Bool) {
	l := leader.New(x.Store, "providers", x.Process, x.Sole, x.Since, x.Log)
	defer func() {
		end, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
		defer cancel()
		l.Resign(end)
	}()
	beat := time.NewTicker(leader.BeatEvery)
	defer beat.Stop()
	for {
		leads.Store(l.Leads(ctx))
		select {
		case <-ctx.Done():
			return
		case <-beat.C:
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
		if p.Paused || p.Removed {
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
		_, _ = x.look(ctx, id) // noted in the provider's state
		x.mu.Lock()
		delete(x.busy, id)
		x.mu.Unlock()
		<-looks
	}()
}

// watch calls a person, once, where nothing came for longer than it may.
func (x *Intake) watch(ctx context.Context, p *wire.Provider, s store.ProviderState) error {
	x.failing.WithLabelValues(string(p.ID)).Set(float64(s.Failures))
	if !s.Alarm.IsZero() { // of another process, or of an earlier life of this one
		x.idle.WithLabelValues(string(p.ID)).Set(1)
	}
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
