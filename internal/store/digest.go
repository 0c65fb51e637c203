package store

import (
	"database/sql"
	"time"

	"github.com/wireroom/wireroom/internal/wire"
)

// Digest is one letter about several items, for everybody who has the same ones
// coming. Its deliveries are in batches whose Number is its ID below zero.
type Digest struct {
	ID       int64
	At       time.Time
	Language string  // of what is said around the items
	Zone     string  // of the readers; IANA
	Items    []Entry // ascending by number
}

// Entry is an item of a digest.
type Entry struct {
	Number   int64
	Release  wire.ReleaseID
	Language string
}

// BeginDigests notes that what is above a wire number is gathered for a
// subscription, unless something is already.
func (tx *Tx) BeginDigests(id wire.SubscriptionID, number int64) error {
	_, err := tx.exec(`UPDATE subscription SET gathered_from = $1 WHERE id = $2 AND gathered_from = 0`, number+1, id)
	return err
}

// EndDigests notes that nothing is gathered for a subscription any more.
func (tx *Tx) EndDigests(id wire.SubscriptionID) error {
	_, err := tx.exec(`UPDATE subscription SET gathered_from = 0 WHERE id = $1`, id)
	return err
}

// Gathered returns from which wire number on something is gathered, for every
// subscription that something is gathered for.
func (tx *Tx) Gathered() (map[wire.SubscriptionID]int64, error) {
	type row struct {
		id     wire.SubscriptionID
		number int64
	}
	rows, err := tx.query(`SELECT id, gathered_from FROM subscription WHERE gathered_from > 0`)
	all, err := collect(rows, err, func(rows *sql.Rows, r *row) error { return rows.Scan(&r.id, &r.number) })
	from := make(map[wire.SubscriptionID]int64, len(all))
	for _, r := range all {
		from[r.id] = r.number
	}
	return from, err
}

// CoverDigests notes that everything up to a wire number is in digests of
// subscriptions, and what is above it is gathered for the next.
func (tx *Tx) CoverDigests(ids []wire.SubscriptionID, number int64) error {
	statement, err := tx.prepare(`UPDATE subscription SET gathered_from = $1 WHERE id = $2`)
	if err != nil {
		return err
	}
	defer statement.Close()
	for _, id := range ids {
		if _, err := statement.ExecContext(tx.ctx, number+1, id); err != nil {
			return err
		}
	}
	return nil
}

// AddDigest stores a digest and gives it its id.
func (tx *Tx) AddDigest(d *Digest) (err error) {
	if d.ID, err = tx.next("digest"); err != nil {
		return err
	}
	if _, err = tx.exec(`INSERT INTO digest (id, at, language, zone) VALUES ($1, $2, $3, $4)`, d.ID, micros(d.At), d.Language, d.Zone); err != nil {
		return err
	}
	for _, e := range d.Items {
		if _, err = tx.exec(`INSERT INTO digest_item (digest, number, release, language) VALUES ($1, $2, $3, $4)`, d.ID, e.Number, e.Release, e.Language); err != nil {
			return err
		}
	}
	return nil
}

// Digest returns a digest; NotFound if there is none.
func (tx *Tx) Digest(id int64) (Digest, error) {
	rows, err := tx.query(`SELECT id, at, language, zone FROM digest WHERE id = $1`, id)
	found, err := collect(rows, err, func(rows *sql.Rows, d *Digest) error {
		var at int64
		err := rows.Scan(&d.ID, &at, &d.Language, &d.Zone)
		d.At = fromMicros(at)
		return err
	})
	if err == nil && len(found) == 0 {
		err = wire.Errorf(wire.NotFound, "digest", "there is no digest %d", id)
	}
	if err != nil {
		return Digest{}, err
	}
	rows, err = tx.query(`SELECT number, release, language FROM digest_item WHERE digest = $1 ORDER BY number`, id)
	found[0].Items, err = collect(rows, err, func(rows *sql.Rows, e *Entry) error { return rows.Scan(&e.Number, &e.Release, &e.Language) })
	return found[0], err
}

// DirectoryVersion rises with every change of a subscription.
func (tx *Tx) DirectoryVersion() (int64, error) {
	var version int64
	err := tx.queryRow(`SELECT value FROM counter WHERE name = 'directory'`).Scan(&version)
	return version, err
}

// ContactLanguages returns the language of letters to every contact.
func (tx *Tx) ContactLanguages() (map[wire.ContactID]string, error) {
	type row struct {
		id       wire.ContactID
		language string
	}
	rows, err := tx.query(`SELECT id, language FROM contact`)
	all, err := collect(rows, err, func(rows *sql.Rows, r *row) error { return rows.Scan(&r.id, &r.language) })
	languages := make(map[wire.ContactID]string, len(all))
	for _, r := range all {
		languages[r.id] = r.language
	}
	return languages, err
}
