package store

import (
	"database/sql"
	"time"

	"github.com/wireroom/wireroom/internal/wire"
)

// Advance is a text that is sent ahead of its clear time, sealed, or one that
// only looks so.
type Advance struct {
	ID       string
	Release  wire.ReleaseID
	Language string
	Secret   []byte    // sealed; empty if nobody can or shall open it
	Seal     []byte    // signed message
	Sealed   []byte    // the text
	Void     []byte    // signed message
	Due      time.Time // it goes out from then on
	Ends     time.Time // its void goes out then; zero: not known yet
	Opened   bool      // the release was lifted
}

// AddAdvance stores a new one.
func (tx *Tx) AddAdvance(a Advance) error {
	_, err := tx.exec(`INSERT INTO advance (id, release, language, secret, seal, sealed, void, due, ends, opened) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0)`,
		a.ID, a.Release, a.Language, a.Secret, a.Seal, a.Sealed, a.Void, micros(a.Due), micros(a.Ends))
	return err
}

// Advances lists what is or will be out and whose void is not: id, due and ends
// only, by id, which tells no order.
func (tx *Tx) Advances() ([]Advance, error) {
	rows, err := tx.query(`SELECT id, due, ends FROM advance WHERE ends = 0 OR ends > $1 ORDER BY id`, micros(tx.Now()))
	return collect(rows, err, func(rows *sql.Rows, a *Advance) error {
		var due, ends int64
		err := rows.Scan(&a.ID, &due, &ends)
		a.Due, a.Ends = fromMicros(due), fromMicros(ends)
		return err
	})
}

// Advance returns one with all it has; NotFound if there is none.
func (tx *Tx) Advance(id string) (Advance, error) {
	all, err := tx.advances(`id = $1`, id)
	if err != nil {
		return Advance{}, err
	}
	if len(all) == 0 {
		return Advance{}, wire.Errorf(wire.NotFound, id, "there is no such seal")
	}
	return all[0], nil
}

// AdvancesOf returns those of a release that can be opened.
func (tx *Tx) AdvancesOf(release wire.ReleaseID) ([]Advance, error) {
	return tx.advances(`release = $1 AND LENGTH(secret) > 0`, release)
}

func (tx *Tx) advances(where string, with any) ([]Advance, error) {
	rows, err := tx.query(`SELECT id, release, language, secret, seal, sealed, void, due, ends, opened FROM advance WHERE `+where, with)
	return collect(rows, err, func(rows *sql.Rows, a *Advance) error {
		var due, ends, opened int64
		err := rows.Scan(&a.ID, &a.Release, &a.Language, &a.Secret, &a.Seal, &a.Sealed, &a.Void, &due, &ends, &opened)
		a.Due, a.Ends, a.Opened = fromMicros(due), fromMicros(ends), opened != 0
		return err
	})
}

// ReadyAdvances lists those that wait for a lift: id, release, language and
// secret only.
func (tx *Tx) ReadyAdvances() ([]Advance, error) {
	rows, err := tx.query(`SELECT id, release, language, secret FROM advance WHERE opened = 0 AND LENGTH(secret) > 0`)
	return collect(rows, err, func(rows *sql.Rows, a *Advance) error {
		return rows.Scan(&a.ID, &a.Release, &a.Language, &a.Secret)
	})
}

// OpenAdvances notes, in the lift's transaction, that those of a release may be
// opened when it is committed; their voids go out at ends.
func (tx *Tx) OpenAdvances(release wire.ReleaseID, ends time.Time) error {
	_, err := tx.exec(`UPDATE advance SET opened = 1, ends = $1 WHERE release = $2 AND LENGTH(secret) > 0`, micros(ends), release)
	return err
}

// VoidAdvances makes sure that nobody opens those of a release that was not
// lifted: their secrets are deleted. Their voids go out at ends.
func (tx *Tx) VoidAdvances(release wire.ReleaseID, ends time.Time) error {
	return tx.voidAdvances(`release`, string(release), ends)
}

// VoidAdvance is VoidAdvances for one.
func (tx *Tx) VoidAdvance(id string, ends time.Time) error { return tx.voidAdvances(`id`, id, ends) }

func (tx *Tx) voidAdvances(column, with string, ends time.Time) error {
	_, err := tx.exec(`UPDATE advance SET secret = $1, ends = $2 WHERE opened = 0 AND LENGTH(secret) > 0 AND `+column+` = $3`, []byte{}, micros(ends), with)
	return err
}

// DropAdvances forgets those whose void went out before a time.
func (tx *Tx) DropAdvances(before time.Time) error {
	_, err := tx.exec(`DELETE FROM advance WHERE ends > 0 AND ends < $1`, micros(before))
	return err
}
