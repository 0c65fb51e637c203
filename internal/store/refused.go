package store

import (
	"database/sql"
	"time"

	"github.com/wireroom/wireroom/internal/wire"
)

// AddRefused notes where the document lies that something was refused of. One
// document may be that of several notes.
func (tx *Tx) AddRefused(arrival int64, id wire.ProviderID, media string) error {
	_, err := tx.exec(`INSERT INTO refused_document (arrival, provider, at, media) VALUES ($1, $2, $3, $4)`, arrival, string(id), micros(tx.Now()), media)
	return err
}

func scanText(rows *sql.Rows, s *string) error { return rows.Scan(s) }

// Refused returns where the document lies that a note of a provider is about;
// NotFound if none was kept, or is kept no longer.
func (tx *Tx) Refused(id wire.ProviderID, arrival int64) (media string, err error) {
	rows, err := tx.query(`SELECT media FROM refused_document WHERE arrival = $1 AND provider = $2`, arrival, string(id))
	all, err := collect(rows, err, scanText)
	if err == nil && len(all) == 0 {
		err = wire.Errorf(wire.NotFound, "arrival", "no document is kept of it")
	}
	if err != nil {
		return "", err
	}
	return all[0], nil
}

// ForgetRefused forgets the documents of a provider but those of its newest
// notes, and returns where those lie that nothing is about any more, for the
// caller to delete once the transaction is on disk.
func (tx *Tx) ForgetRefused(id wire.ProviderID, keep int) (media []string, err error) {
	rows, err := tx.query(`SELECT arrival FROM refused_document WHERE provider = $1 ORDER BY arrival DESC LIMIT 1 OFFSET $2`, string(id), keep)
	last, err := collect(rows, err, func(rows *sql.Rows, n *int64) error { return rows.Scan(n) })
	if err != nil || len(last) == 0 {
		return nil, err
	}
	return tx.forgetRefused(`provider = $1 AND arrival <= $2`, string(id), last[0])
}

// forgetRefused drops rows and returns the media that no other row names.
func (tx *Tx) forgetRefused(where string, values ...any) ([]string, error) {
	rows, err := tx.query(`SELECT DISTINCT media FROM refused_document WHERE `+where, values...)
	all, err := collect(rows, err, scanText)
	if err != nil {
		return nil, err
	}
	if _, err := tx.exec(`DELETE FROM refused_document WHERE `+where, values...); err != nil {
		return nil, err
	}
	var free []string
	for _, media := range all {
		rows, err := tx.query(`SELECT media FROM refused_document WHERE media = $1 LIMIT 1`, media)
		left, err := collect(rows, err, scanText)
		if err != nil {
			return nil, err
		}
		if len(left) == 0 {
			free = append(free, media)
		}
	}
	return free, nil
}

// ForgetArrivals drops notes older than a time, so that what is known already at
// every look does not grow without end. It returns where documents lie that
// nothing is about any more, as ForgetRefused.
func (tx *Tx) ForgetArrivals(before time.Time) (media []string, err error) {
	if _, err := tx.exec(`DELETE FROM arrival WHERE at < $1`, micros(before)); err != nil {
		return nil, err
	}
	return tx.forgetRefused(`at < $1`, micros(before))
}
