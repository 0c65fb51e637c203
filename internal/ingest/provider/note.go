package provider

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/wire"
)

const (
	keepNotes     = 90 * 24 * time.Hour // of what became of stories
	keepDocuments = 200                 // of a provider, of which something was refused
)

// The names that what is sealed here is bound to.
func arrivalName(number int64) string       { return fmt.Sprintf("arrival/%d", number) }
func refusedName(id wire.ProviderID) string { return "refused/" + string(id) }
func (d *Delivery) refuses(a *wire.Arrival) bool {
	return a.Verdict == wire.WasRefused && len(d.Raw) > 0
}

// note stores what became of a story, what is known from now on, if that is
// anything new, and, where it was refused, the document it came in.
func (x *Intake) note(ctx context.Context, d *Delivery, learnt []store.ProviderStory, a *wire.Arrival) error {
	kept, err := x.keepDocument(d, a)
	if err != nil {
		return err
	}
	var free []string
	err = x.Store.Write(ctx, func(tx *store.Tx) (err error) {
		for _, row := range learnt {
			if err := tx.PutProviderStory(row); err != nil {
				return err
			}
		}
		if a.Verdict == wire.WasKnown && d.Way == ByPull { // at every look; nothing to tell
			return nil
		}
		if a.Verdict != wire.WasKnown {
			if err := x.heard(tx, a.Provider); err != nil {
				return err
			}
		}
		if err := tx.AddArrival(a.Provider, a.Verdict, func(number int64, at time.Time) ([]byte, error) {
			a.Number, a.At = number, at
			raw, err := json.Marshal(a)
			if err != nil {
				return nil, err
			}
			return x.Keys.Seal(arrivalName(number), raw)
		}); err != nil || !a.Kept {
			return err
		}
		if err := tx.AddRefused(a.Number, a.Provider, d.media); err != nil {
			return err
		}
		free, err = tx.ForgetRefused(a.Provider, keepDocuments)
		return err
	})
	if err != nil {
		if kept {
			x.deleteDocuments([]string{d.media})
			d.media = ""
		}
		return err
	}
	x.deleteDocuments(free)
	if a.Verdict != wire.WasKnown || d.Way != ByPull {
		x.arrivals.WithLabelValues(string(a.Provider), string(a.Verdict)).Inc()
		x.Log.Info("a story came", "provider", a.Provider, "way", a.Way, "format", a.Format, "verdict", a.Verdict, "release", a.Release, "arrival", a.Number)
	}
	return nil
}

// heard notes that a provider is not silent.
func (x *Intake) heard(tx *store.Tx, id wire.ProviderID) error {
	state, err := tx.ProviderState(id)
	if err != nil {
		return err
	}
	state.Came, state.Alarm = tx.Now(), time.Time{}
	x.idle.WithLabelValues(string(id)).Set(0)
	return tx.PutProviderState(state)
}

// keepDocument puts the document of something refused among the media, sealed;
// kept says that it was not there before.
func (x *Intake) keepDocument(d *Delivery, a *wire.Arrival) (kept bool, err error) {
	if !d.refuses(a) {
		return false, nil
	}
	if a.Kept = true; d.media != "" {
		return false, nil
	}
	sealed, err := x.Keys.Seal(refusedName(a.Provider), d.Raw)
	if err != nil {
		return false, err
	}
	d.media, err = x.Media.Put(sealed)
	return err == nil, err
}

// deleteDocuments drops what nothing in the store names any more.
func (x *Intake) deleteDocuments(media []string) {
	for _, name := range media {
		if err := x.Media.Delete(name); err != nil {
			x.Log.Warn("a refused document that nothing is noted of stays behind", "media", name, "error", err)
		}
	}
}

// Refused returns the document of which something was refused, and the note of
// it; NotFound if none is kept.
func (x *Intake) Refused(ctx context.Context, actor wire.Actor, id wire.ProviderID, number int64) (a wire.Arrival, raw []byte, err error) {
	if err := manages(actor); err != nil {
		return a, nil, err
	}
	var media string
	err = x.Store.Read(ctx, func(tx *store.Tx) error {
		if media, err = tx.Refused(id, number); err != nil {
			return err
		}
		rows, err := tx.Arrivals(id, "", number+1, 1)
		if err == nil && (len(rows) == 0 || rows[0].Number != number) {
			err = wire.Errorf(wire.NotFound, "arrival", "nothing is noted under that number")
		}
		if err != nil {
			return err
		}
		a, err = x.openArrival(rows[0])
		return err
	})
	if err != nil {
		return a, nil, err
	}
	sealed, err := x.Media.Get(media)
	if err != nil {
		return a, nil, err
	}
	if raw, err = x.Keys.Open(refusedName(id), sealed); err != nil {
		return a, nil, err
	}
	x.Log.Info("a refused document was opened", "provider", id, "arrival", number, "actor", actor.Name)
	return a, raw, nil
}

// openArrival opens a note.
func (x *Intake) openArrival(row store.ArrivalRow) (a wire.Arrival, err error) {
	raw, err := x.Keys.Open(arrivalName(row.Number), row.Detail)
	if err != nil {
		return a, err
	}
	return a, json.Unmarshal(raw, &a)
}

// forget drops what was noted long ago.
func (x *Intake) forget(ctx context.Context) error {
	var free []string
	err := x.Store.Write(ctx, func(tx *store.Tx) (err error) {
		free, err = tx.ForgetArrivals(x.Now().Add(-keepNotes))
		return err
	})
	if err == nil {
		x.deleteDocuments(free)
	}
	return err
}
