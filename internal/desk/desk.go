package desk

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"

	"github.com/wireroom/wireroom/internal/media"
	"github.com/wireroom/wireroom/internal/seal"
	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/wire"
)

// Topics the desk wakes when something changed.
const (
	TopicSchedule = "schedule" // a release was scheduled, or is no more
	TopicWire     = "wire"     // items were cleared
)

// Options are what a desk works with. All but Wake, Lifted and Log are required.
type Options struct {
	Store *store.Store
	Keys  *seal.Keyring
	Media *media.Folder
	// Pictures is the address that pictures of the wire's store are served at, with
	// a slash at the end; "" where the desk takes none in.
	Pictures string
	Wake     func(topic string) // called after a commit; must not block
	// Lifted, if set, is told of what a lift put on the wire, after the commit and
	// before anybody is woken.
	Lifted func([]wire.Item)
	Log    *slog.Logger
}

// Desk is safe for concurrent use, by several processes on one store too.
type Desk struct {
	store    *store.Store
	keys     *seal.Keyring
	media    *media.Folder
	pictures string
	wake     func(string)
	lifted   func([]wire.Item)
	log      *slog.Logger
}

// New makes a desk.
func New(o Options) *Desk {
	d := &Desk{store: o.Store, keys: o.Keys, media: o.Media, pictures: o.Pictures, wake: o.Wake, lifted: o.Lifted, log: o.Log}
	if d.wake == nil {
		d.wake = func(string) {}
	}
	if d.lifted == nil {
		d.lifted = func([]wire.Item) {}
	}
	if d.log == nil {
		d.log = slog.Default()
	}
	return d
}

// Submission is what comes with a release that is handed in.
type Submission struct {
	Request  string // idempotency key; "" for none. The same key again returns the first release
	Original []byte // the document as handed in; kept sealed
}

// Submit takes a release in. It gets an id and the state submitted; the text
// must pass wire.Release.Check. When Submit returns the release is on disk,
// sealed.
func (d *Desk) Submit(ctx context.Context, actor wire.Actor, r *wire.Release, s Submission) (*wire.Release, error) {
	if !actor.May(wire.DoSubmit) {
		return nil, forbidden(actor, wire.DoSubmit)
	}
	if err := r.Check(); err != nil {
		return nil, err
	}
	if s.Request != "" {
		if done, err := d.submitted(ctx, s.Request); done != nil || err != nil {
			return done, err
		}
	}
	next := *r
	next.ID, next.State, next.Revision, next.Approval, next.Original = wire.NewReleaseID(), wire.Draft, 0, nil, ""
	if next.Priority == "" {
		next.Priority = wire.Ordinary
	}
	if err := d.keepOriginal(&next, s.Original); err != nil {
		return nil, err
	}
	hung, err := d.hang(ctx, next.ID, &next)
	if err != nil {
		d.forgetOriginal(next.Original)
		return nil, err
	}
	err = d.store.Write(ctx, func(tx *store.Tx) error {
		fresh := next
		transition, err := fresh.Apply(wire.DoSubmit)
		if err != nil {
			return err
		}
		row, err := d.closeRelease(&fresh)
		if err != nil {
			return err
		}
		if err := tx.InsertRelease(row, s.Request); err != nil {
			return err
		}
		if err := hung.note(tx); err != nil {
			return err
		}
		if err := tx.AppendAudit(audit(actor, &fresh, transition, "")); err != nil {
			return err
		}
		if err := keepPrints(tx, d.keys, &fresh); err != nil {
			return err
		}
		next = fresh
		return nil
	})
	if err != nil {
		d.forgetOriginal(next.Original)
		d.takeDown(hung)
		if s.Request != "" && wire.KindOf(err) == wire.Conflict { // the same request came twice at once
			return d.submitted(ctx, s.Request)
		}
		return nil, err
	}
	d.log.Info("release submitted", "release", next.ID, "actor", actor.Name)
	return &next, nil
}

// submitted returns the release that a request key made, nil if it is new.
func (d *Desk) submitted(ctx context.Context, request string) (r *wire.Release, err error) {
	err = d.store.Read(ctx, func(tx *store.Tx) error {
		id, err := tx.ReleaseOfRequest(request)
		if err != nil || id == "" {
			return err
		}
		r, err = d.load(tx, id)
		return err
	})
	return r, err
}

func (d *Desk) keepOriginal(r *wire.Release, original []byte) error {
	if len(original) == 0 {
		return nil
	}
	sealed, err := d.keys.Seal("original/"+string(r.ID), original)
	if err != nil {
		return err
	}
	r.Original, err = d.media.Put(sealed)
	return err
}

func (d *Desk) forgetOriginal(name string) {
	if name == "" {
		return
	}
	if err := d.media.Delete(name); err != nil {
		d.log.Warn("an original without a release stays behind", "media", name, "error", err)
	}
}

// Original returns the document as it was handed in; NotFound if none was kept.
func (d *Desk) Original(ctx context.Context, actor wire.Actor, id wire.ReleaseID) ([]byte, error) {
	r, err := d.Release(ctx, actor, id)
	if err != nil {
		return nil, err
	}
	if r.Original == "" {
		return nil, wire.Errorf(wire.NotFound, string(id), "no original was kept")
	}
	sealed, err := d.media.Get(r.Original)
	if err != nil {
		return nil, err
	}
	return d.keys.Open("original/"+string(id), sealed)
}

// Release opens one release for an actor. Only the desk may; a release others
// may not see is NotFound to them, as if it did not exist.
func (d *Desk) Release(ctx context.Context, actor wire.Actor, id wire.ReleaseID) (*wire.Release, error) {
	if !actor.May(wire.DoCheck) {
		return nil, wire.Errorf(wire.NotFound, string(id), "there is no such release")
	}
	var r *wire.Release
	err := d.store.Read(ctx, func(tx *store.Tx) error {
		var err error
		r, err = d.load(tx, id)
		return err
	})
	if err == nil {
		d.log.Info("release opened", "release", id, "actor", actor.Name)
	}
	return r, err
}

// In lists releases in a state, opened, the longest untouched first.
func (d *Desk) In(ctx context.Context, actor wire.Actor, state wire.State, limit int) ([]*wire.Release, error) {
	if !actor.May(wire.DoCheck) {
		return nil, forbidden(actor, wire.DoCheck)
	}
	var all []*wire.Release
	err := d.store.Read(ctx, func(tx *store.Tx) error {
		rows, err := tx.ReleasesIn(state, limit)
		for _, row := range rows {
			r, err := d.openRelease(row)
			if err != nil {
				return err
			}
			all = append(all, r)
		}
		return err
	})
	return all, err
}

func (d *Desk) load(tx *store.Tx, id wire.ReleaseID) (*wire.Release, error) {
	row, err := tx.Release(id)
	if err != nil {
		return nil, err
	}
	return d.openRelease(row)
}

// sealedName binds an envelope to one revision of one release, so that an old
// version put in a newer one's place does not open.
func sealedName(part string, id wire.ReleaseID, revision int64) string {
	return fmt.Sprintf("%s/%s/%d", part, id, revision)
}

func (d *Desk) openRelease(row store.ReleaseRow) (*wire.Release, error) {
	plain, err := d.keys.Open(sealedName("release", row.ID, row.Revision), row.Content)
	if err != nil {
		return nil, err
	}
	var r wire.Release
	if err := json.Unmarshal(plain, &r); err != nil {
		return nil, fmt.Errorf("desk: release %s: %w", row.ID, err)
	}
	return &r, nil
}

// closeRelease seals a release for the store. The clear time of a scheduled one
// is sealed by itself as well, for the clock to find without opening the text.
func (d *Desk) closeRelease(r *wire.Release) (store.ReleaseRow, error) {
	row := store.ReleaseRow{ID: r.ID, Revision: r.Revision, State: r.State}
	plain, err := json.Marshal(r)
	if err != nil {
		return row, fmt.Errorf("desk: release %s: %w", r.ID, err)
	}
	if row.Content, err = d.keys.Seal(sealedName("release", r.ID, r.Revision), plain); err != nil {
		return row, err
	}
	if r.State == wire.Scheduled {
		at := fmt.Sprintf("%d", r.Schedule.UTC.UnixMicro())
		if r.Schedule.Immediate() {
			at = "0"
		}
		row.Schedule, err = d.keys.Seal(sealedName("schedule", r.ID, r.Revision), []byte(at))
	}
	return row, err
}

func audit(actor wire.Actor, r *wire.Release, t wire.Transition, reason string) store.AuditRow {
	return store.AuditRow{
		Release: r.ID, Revision: r.Revision, Actor: actor, Verb: t.Verb,
		From: t.From, To: t.To, Hash: r.ContentHash(), Reason: reason,
	}
}

func forbidden(actor wire.Actor, v wire.Verb) error {
	return wire.Errorf(wire.Forbidden, "", "%s has the role %s, which may not %s", actor.Name, actor.Role, v)
}
