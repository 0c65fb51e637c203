package store

import (
	"database/sql"

	"github.com/wireroom/wireroom/internal/wire"
)

// Likeness is the print of an edition that is not on the wire yet.
type Likeness struct {
	Release  wire.ReleaseID
	Language string
	Print    []byte // sealed
}

// PutLikenesses keeps the prints of a release in place of those before.
func (tx *Tx) PutLikenesses(release wire.ReleaseID, prints []Likeness) error {
	if err := tx.DropLikenesses(release); err != nil {
		return err
	}
	for _, p := range prints {
		if _, err := tx.exec(`INSERT INTO likeness (release, language, print, at) VALUES ($1, $2, $3, $4)`, release, p.Language, p.Print, micros(tx.Now())); err != nil {
			return err
		}
	}
	return nil
}

// DropLikenesses forgets the prints of a release; none is not an error.
func (tx *Tx) DropLikenesses(release wire.ReleaseID) error {
	_, err := tx.exec(`DELETE FROM likeness WHERE release = $1`, release)
	return err
}

// Likenesses returns the prints that were kept last, at most max.
func (tx *Tx) Likenesses(max int) ([]Likeness, error) {
	rows, err := tx.query(`SELECT release, language, print FROM likeness ORDER BY at DESC LIMIT $1`, max)
	return collect(rows, err, func(rows *sql.Rows, l *Likeness) error { return rows.Scan(&l.Release, &l.Language, &l.Print) })
}
