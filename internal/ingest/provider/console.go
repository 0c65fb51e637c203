package provider

import (
	"context"
	"time"

	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/wire"
)

// manages reports whether an actor may see and change providers.
func manages(actor wire.Actor) error {
	if actor.Role != wire.RoleEditor && actor.Role != wire.RoleOperator {
		return wire.Errorf(wire.Forbidden, "", "%s has the role %s, which may not see or change providers", actor.Name, actor.Role)
	}
	return nil
}

// Provider returns a provider; NotFound if there is none by that id.
func (x *Intake) Provider(ctx context.Context, id wire.ProviderID) (p wire.Provider, err error) {
	err = x.Store.Read(ctx, func(tx *store.Tx) (err error) {
		p, err = known(tx, id)
		return err
	})
	return p, err
}

// known returns a provider that was not removed.
func known(tx *store.Tx, id wire.ProviderID) (wire.Provider, error) {
	p, err := tx.Provider(id)
	if err == nil && p.Removed {
		return wire.Provider{}, wire.Errorf(wire.NotFound, string(id), "there is no such provider")
	}
	return p, err
}

// Put stores a provider in place of what was known of its id; fresh refuses, as
// a Conflict, one whose id is known. What was refused of it before is judged anew
// when it comes again.
func (x *Intake) Put(ctx context.Context, actor wire.Actor, p wire.Provider, fresh bool) error {
	if err := manages(actor); err != nil {
		return err
	}
	if p.Removed {
		return wire.Errorf(wire.Invalid, "removed", "remove a provider by removing it")
	}
	if err := p.Check(); err != nil {
		return err
	}
	if err := checkCodes(&p); err != nil {
		return err
	}
	err := x.Store.Write(ctx, func(tx *store.Tx) error {
		if _, err := known(tx, p.ID); fresh && err == nil {
			return wire.Errorf(wire.Conflict, string(p.ID), "there is a provider by that id; change it, or choose another id")
		}
		return tx.PutProvider(p)
	})
	if err != nil {
		return err
	}
	x.Log.Info("provider stored", "provider", p.ID, "trust", p.Trust, "paused", p.Paused, "actor", actor.Name)
	return x.makeFolder(&p)
}

// Pause has a provider take nothing in, or take in again.
func (x *Intake) Pause(ctx context.Context, actor wire.Actor, id wire.ProviderID, paused bool) error {
	p, err := x.Provider(ctx, id)
	if err != nil {
		return err
	}
	p.Paused = paused
	return x.Put(ctx, actor, p, false)
}

// Remove has the house know a provider no more, and ends its keys. Its releases
// stay. What came of it stays known, so that nothing comes twice should it be
// added again.
func (x *Intake) Remove(ctx context.Context, actor wire.Actor, id wire.ProviderID) error {
	if err := manages(actor); err != nil {
		return err
	}
	ended := 0
	err := x.Store.Write(ctx, func(tx *store.Tx) error {
		p, err := known(tx, id)
		if err != nil {
			return err
		}
		p.Removed = true
		if err := tx.PutProvider(p); err != nil {
			return err
		}
		ended, err = tx.RevokeKeysOf(string(id), wire.RoleProvider)
		return err
	})
	if err != nil {
		return err
	}
	x.Log.Info("provider removed", "provider", id, "keys", ended, "actor", actor.Name)
	x.idle.DeleteLabelValues(string(id))
	x.failing.DeleteLabelValues(string(id))
	return nil
}

// Status is a provider as the console shows it.
type Status struct {
	wire.Provider
	Looked   time.Time            `json:"looked_at,omitzero"`     // the last look at its feed
	Next     time.Time            `json:"next_look_at,omitzero"`  // the next one
	Failures int                  `json:"failures,omitempty"`     // looks in a row that failed
	Problem  string               `json:"problem,omitempty"`      // of the last one
	Came     time.Time            `json:"came_at,omitzero"`       // when something last came
	Silent   bool                 `json:"silent,omitempty"`       // for longer than it may be
	Folder   string               `json:"folder,omitempty"`       // where it leaves files
	Mailbox  string               `json:"mailbox,omitempty"`      // where its letters go
	Hub      string               `json:"hub,omitempty"`          // that it is subscribed to at
	Lease    time.Time            `json:"hub_lease_end,omitzero"` // until when
	Day      map[wire.Verdict]int `json:"day"`                    // what came in the last 24 hours, by what became of it
}

// List returns every provider and how it stands, by id.
func (x *Intake) List(ctx context.Context, actor wire.Actor) ([]Status, error) {
	if err := manages(actor); err != nil {
		return nil, err
	}
	all := []Status{}
	err := x.Store.Read(ctx, func(tx *store.Tx) error {
		providers, err := tx.Providers()
		for _, p := range providers {
			if p.Removed {
				continue
			}
			s, err := x.status(tx, p)
			if err != nil {
				return err
			}
			all = append(all, s)
		}
		return err
	})
	return all, err
}

// Status returns how one provider stands; NotFound if there is none by that id.
func (x *Intake) Status(ctx context.Context, actor wire.Actor, id wire.ProviderID) (s Status, err error) {
	if err := manages(actor); err != nil {
		return s, err
	}
	err = x.Store.Read(ctx, func(tx *store.Tx) error {
		p, err := known(tx, id)
		if err == nil {
			s, err = x.status(tx, p)
		}
		return err
	})
	return s, err
}

func (x *Intake) status(tx *store.Tx, p wire.Provider) (Status, error) {
	state, err := tx.ProviderState(p.ID)
	if err != nil {
		return Status{}, err
	}
	day, err := tx.CountArrivals(p.ID, x.Now().Add(-24*time.Hour))
	folder := ""
	if p.Push.Folder && x.Folder != "" {
		folder = x.folder(p.ID)
	}
	return Status{
		Provider: p, Folder: folder, Mailbox: x.mailbox(&p), Looked: state.Looked, Next: state.Next, Failures: state.Failures, Problem: state.Problem,
		Came: state.Came, Silent: !state.Alarm.IsZero(), Hub: state.Hub, Lease: state.Lease, Day: day,
	}, err
}

// Arrivals returns what came from a provider, the last first: those numbered
// below before (0: all), and of one verdict unless that is "".
func (x *Intake) Arrivals(ctx context.Context, actor wire.Actor, id wire.ProviderID, verdict wire.Verdict, before int64, limit int) ([]wire.Arrival, error) {
	if err := manages(actor); err != nil {
		return nil, err
	}
	all := []wire.Arrival{}
	err := x.Store.Read(ctx, func(tx *store.Tx) error {
		if _, err := known(tx, id); err != nil {
			return err
		}
		rows, err := tx.Arrivals(id, verdict, before, limit)
		for _, row := range rows {
			a, err := x.openArrival(row)
			if err != nil {
				return err
			}
			all = append(all, a)
		}
		return err
	})
	return all, err
}

// HandIn takes in a document that a provider pushes with its key, or that an
// editor hands in for it. name is that of the file; "" if it has none.
func (x *Intake) HandIn(ctx context.Context, actor wire.Actor, id wire.ProviderID, name string, raw []byte) ([]wire.Arrival, error) {
	if own := actor.Role == wire.RoleProvider && actor.Name == string(id); !own && manages(actor) != nil {
		return nil, wire.Errorf(wire.NotFound, string(id), "there is no such provider")
	}
	if len(raw) > MaxBytes {
		return nil, wire.Errorf(wire.Exhausted, "document", "is larger than %d bytes; send it in parts", MaxBytes)
	}
	return x.Take(ctx, id, Delivery{Way: ByHTTP, Name: name, Raw: raw})
}
