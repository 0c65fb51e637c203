package store

import (
	"database/sql"
	"errors"
	"time"

	"github.com/wireroom/wireroom/internal/wire"
)

// ReleaseRow is a release as it is stored: content and schedule sealed.
type ReleaseRow struct {
	ID        wire.ReleaseID
	Revision  int64
	State     wire.State
	Content   []byte    // sealed
	Schedule  []byte    // sealed; nil unless scheduled
	CreatedAt time.Time // UTC; set by the store
	UpdatedAt time.Time // UTC; set by the store
}

const releaseColumns = `id, revision, state, content, schedule, created_at, updated_at`

func scanRelease(rows *sql.Rows, r *ReleaseRow) error {
	var created, updated int64
	err := rows.Scan(&r.ID, &r.Revision, &r.State, &r.Content, &r.Schedule, &created, &updated)
	r.CreatedAt, r.UpdatedAt = fromMicros(created), fromMicros(updated)
	return err
}

// InsertRelease stores a new release. A request key that was used before is a
// Conflict; "" means none was given.
func (tx *Tx) InsertRelease(r ReleaseRow, request string) error {
	var key any
	if request != "" {
		key = request
	}
	at := micros(tx.Now())
	_, err := tx.exec(`INSERT INTO release (id, revision, state, content, schedule, request, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $7)`,
		r.ID, r.Revision, r.State, r.Content, r.Schedule, key, at)
	if err != nil && tx.d.unique(err) {
		return wire.Errorf(wire.Conflict, string(r.ID), "this submission was made before: %w", err)
	}
	return err
}

// UpdateRelease stores the release if it still has the revision from, and is a
// Conflict otherwise: someone else was first.
func (tx *Tx) UpdateRelease(r ReleaseRow, from int64) error {
	n, err := tx.exec(`UPDATE release SET revision = $1, state = $2, content = $3, schedule = $4, updated_at = $5 WHERE id = $6 AND revision = $7`,
		r.Revision, r.State, r.Content, r.Schedule, micros(tx.Now()), r.ID, from)
	if err == nil && n == 0 {
		return wire.Errorf(wire.Conflict, string(r.ID), "the release was changed by someone else meanwhile; load it again")
	}
	return err
}

// Release loads one release; NotFound if there is none.
func (tx *Tx) Release(id wire.ReleaseID) (ReleaseRow, error) {
	rows, err := tx.query(`SELECT `+releaseColumns+` FROM release WHERE id = $1`, id)
	found, err := collect(rows, err, scanRelease)
	if err != nil {
		return ReleaseRow{}, err
	}
	if len(found) == 0 {
		return ReleaseRow{}, wire.Errorf(wire.NotFound, string(id), "there is no such release")
	}
	return found[0], nil
}

// ReleaseOfRequest returns the id of the release that a request key made, ""
// if the key is new.
func (tx *Tx) ReleaseOfRequest(request string) (wire.ReleaseID, error) {
	var id wire.ReleaseID
	err := tx.queryRow(`SELECT id FROM release WHERE request = $1`, request).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return id, err
}

// ReleasesIn lists releases in a state, the longest untouched first.
func (tx *Tx) ReleasesIn(state wire.State, limit int) ([]ReleaseRow, error) {
	rows, err := tx.query(`SELECT `+releaseColumns+` FROM release WHERE state = $1 ORDER BY updated_at, id LIMIT $2`, state, limit)
	return collect(rows, err, scanRelease)
}

// AuditRow is one act on a release.
type AuditRow struct {
	Release  wire.ReleaseID
	Revision int64 // that the act made
	At       time.Time
	Actor    wire.Actor
	Verb     wire.Verb
	From, To wire.State
	Hash     string // content hash after the act
	Reason   string
}

// AppendAudit writes an act to the trail. At is the transaction's time,
// whatever the row says.
func (tx *Tx) AppendAudit(a AuditRow) error {
	_, err := tx.exec(`INSERT INTO audit (release, revision, at, actor, role, verb, from_state, to_state, hash, reason) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		a.Release, a.Revision, micros(tx.Now()), a.Actor.Name, a.Actor.Role, a.Verb, a.From, a.To, a.Hash, a.Reason)
	return err
}

// Audit returns the trail of a release, oldest first.
func (tx *Tx) Audit(id wire.ReleaseID) ([]AuditRow, error) {
	rows, err := tx.query(`SELECT release, revision, at, actor, role, verb, from_state, to_state, hash, reason FROM audit WHERE release = $1 ORDER BY revision`, id)
	return collect(rows, err, func(rows *sql.Rows, a *AuditRow) error {
		var at int64
		err := rows.Scan(&a.Release, &a.Revision, &at, &a.Actor.Name, &a.Actor.Role, &a.Verb, &a.From, &a.To, &a.Hash, &a.Reason)
		a.At = fromMicros(at)
		return err
	})
}
