package desk

import (
	"context"
	"strconv"
	"time"

	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/wire"
)

// Due is a release that waits for its clear time.
type Due struct {
	ID       wire.ReleaseID
	Revision int64
	At       time.Time // UTC; zero: at once
}

// maxScheduled bounds how many scheduled releases the clock looks at. Those
// beyond it are the ones scheduled last; they come into sight as others lift.
const maxScheduled = 10_000

// Scheduled returns every release that waits for its clear time, for the clock.
// Texts stay sealed.
func (d *Desk) Scheduled(ctx context.Context) ([]Due, error) {
	var all []Due
	err := d.store.Read(ctx, func(tx *store.Tx) error {
		rows, err := tx.ReleasesIn(wire.Scheduled, maxScheduled)
		if err != nil {
			return err
		}
		all = make([]Due, 0, len(rows))
		for _, row := range rows {
			plain, err := d.keys.Open(sealedName("schedule", row.ID, row.Revision), row.Schedule)
			if err != nil {
				return err
			}
			us, err := strconv.ParseInt(string(plain), 10, 64)
			if err != nil {
				return err
			}
			due := Due{ID: row.ID, Revision: row.Revision}
			if us != 0 {
				due.At = time.UnixMicro(us).UTC()
			}
			all = append(all, due)
		}
		return nil
	})
	return all, err
}

// Upcoming returns the items that releases due before a time will put on the
// wire, as far as they are known: without wire number, hash and signature, and
// with their scheduled time as clear time. It is for the courier, which prepares
// what it can; nothing of it may leave the house.
func (d *Desk) Upcoming(ctx context.Context, before time.Time) ([]wire.Item, error) {
	due, err := d.Scheduled(ctx)
	if err != nil {
		return nil, err
	}
	var all []wire.Item
	for _, one := range due {
		if one.At.IsZero() || !one.At.Before(before) {
			continue
		}
		err := d.store.Read(ctx, func(tx *store.Tx) error {
			r, err := d.load(tx, one.ID)
			if err != nil {
				return err
			}
			transition, err := r.Apply(wire.DoLift)
			if err != nil {
				return err
			}
			newest, err := tx.NewestOf(r.ID)
			if err != nil {
				return err
			}
			items, err := emit(r, transition, newest, new(Act).told, one.At)
			all = append(all, items...)
			return err
		})
		if kind := wire.KindOf(err); err != nil && kind != wire.Conflict && kind != wire.NotFound {
			return nil, err // those were lifted or taken back meanwhile
		}
	}
	return all, nil
}

// Audit returns what was done to a release, oldest first.
func (d *Desk) Audit(ctx context.Context, actor wire.Actor, id wire.ReleaseID) ([]store.AuditRow, error) {
	if !actor.May(wire.DoCheck) {
		return nil, wire.Errorf(wire.NotFound, string(id), "there is no such release")
	}
	var rows []store.AuditRow
	err := d.store.Read(ctx, func(tx *store.Tx) error {
		var err error
		rows, err = tx.Audit(id)
		return err
	})
	return rows, err
}
