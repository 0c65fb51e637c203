package store

import (
	"database/sql"
	"encoding/json"
	"fmt"

	"github.com/wireroom/wireroom/internal/wire"
)

// AddItem gives the item the next wire number, lets finish fill in what depends
// on it (hash, signature), and stores it. The number has no gaps because it is
// given in the same transaction; the item before it, if it supersedes one,
// points to it from then on.
func (tx *Tx) AddItem(it *wire.Item, finish func(*wire.Item)) error {
	number, err := tx.next("wire")
	if err != nil {
		return err
	}
	it.Number = number
	finish(it)
	payload, err := json.Marshal(it)
	if err != nil {
		return fmt.Errorf("store: item %d: %w", number, err)
	}
	first := number
	if it.Supersede != 0 {
		if err := tx.queryRow(`SELECT first_number FROM item WHERE number = $1`, it.Supersede).Scan(&first); err != nil {
			return err
		}
		n, err := tx.exec(`UPDATE item SET superseded = $1 WHERE number = $2 AND superseded = 0`, number, it.Supersede)
		if err != nil {
			return err
		}
		if n == 0 {
			return wire.Errorf(wire.Conflict, string(it.Release), "the %s edition was changed by someone else meanwhile", it.Language)
		}
	}
	_, err = tx.exec(`INSERT INTO item (number, id, release, language, version, action, clear_time, first_number, superseded, payload) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, $9)`,
		number, it.ID, it.Release, it.Language, it.Version, it.Action, micros(it.ClearTime), first, payload)
	if err != nil {
		return err
	}
	for _, sector := range it.Sectors {
		if _, err := tx.exec(`INSERT INTO item_sector (sector, language, first_number) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`, sector, it.Language, first); err != nil {
			return err
		}
	}
	return nil
}

func scanItem(rows *sql.Rows, it *wire.Item) error {
	var payload []byte
	if err := rows.Scan(&payload); err != nil {
		return err
	}
	return json.Unmarshal(payload, it)
}

// ItemsAfter returns up to limit items with a wire number above after,
// ascending.
func (tx *Tx) ItemsAfter(after int64, limit int) ([]wire.Item, error) {
	rows, err := tx.query(`SELECT payload FROM item WHERE number > $1 ORDER BY number LIMIT $2`, after, limit)
	return collect(rows, err, scanItem)
}

// PayloadsAfter is ItemsAfter without decoding: what goes on the stream is what
// is stored, byte for byte.
func (tx *Tx) PayloadsAfter(after int64, limit int) ([]Payload, error) {
	rows, err := tx.query(`SELECT number, id, release, action, payload FROM item WHERE number > $1 ORDER BY number LIMIT $2`, after, limit)
	return collect(rows, err, func(rows *sql.Rows, p *Payload) error {
		return rows.Scan(&p.Number, &p.ID, &p.Release, &p.Action, &p.JSON)
	})
}

// Payload is an item as it is stored and published.
type Payload struct {
	Number  int64
	ID      string
	Release wire.ReleaseID
	Action  wire.Action
	JSON    []byte
}

// LastNumber is the highest wire number given; 0 before the first.
func (tx *Tx) LastNumber() (int64, error) {
	var n int64
	err := tx.queryRow(`SELECT value FROM counter WHERE name = 'wire'`).Scan(&n)
	return n, err
}

// Item returns the item with a wire number; NotFound if there is none.
func (tx *Tx) Item(number int64) (wire.Item, error) {
	rows, err := tx.query(`SELECT payload FROM item WHERE number = $1`, number)
	found, err := collect(rows, err, scanItem)
	if err != nil {
		return wire.Item{}, err
	}
	if len(found) == 0 {
		return wire.Item{}, wire.Errorf(wire.NotFound, fmt.Sprint(number), "there is no item with this wire number")
	}
	return found[0], nil
}

// ItemsOf returns every item of a release, in the order of their numbers.
func (tx *Tx) ItemsOf(release wire.ReleaseID) ([]wire.Item, error) {
	rows, err := tx.query(`SELECT payload FROM item WHERE release = $1 ORDER BY number`, release)
	return collect(rows, err, scanItem)
}

// VersionsOf returns every item of one edition, oldest first; none is not an
// error.
func (tx *Tx) VersionsOf(release wire.ReleaseID, language string) ([]wire.Item, error) {
	rows, err := tx.query(`SELECT payload FROM item WHERE release = $1 AND language = $2 ORDER BY version`, release, language)
	return collect(rows, err, scanItem)
}

// CurrentFilter chooses among the newest versions of editions. Zero values
// choose all.
type CurrentFilter struct {
	Language string
	Sector   string
	Before   int64 // only editions first published under a lower wire number
	Limit    int   // at most; must be positive
}

// Current returns the newest version of each edition that the filter chooses,
// the latest story first; a correction stays at the place of its original. It
// also returns where the next page begins: pass it as Before; 0 at the end.
func (tx *Tx) Current(f CurrentFilter) ([]wire.Item, int64, error) {
	if f.Limit <= 0 {
		return nil, 0, wire.Errorf(wire.Invalid, "limit", "must be positive")
	}
	query := `SELECT i.payload, i.first_number FROM item i`
	args := []any{f.Limit + 1}
	arg := func(v any) string {
		args = append(args, v)
		return fmt.Sprintf("$%d", len(args))
	}
	if f.Sector != "" {
		query += ` JOIN item_sector s ON s.first_number = i.first_number AND s.language = i.language AND s.sector = ` + arg(f.Sector)
	}
	query += ` WHERE i.superseded = 0`
	if f.Language != "" {
		query += ` AND i.language = ` + arg(f.Language)
	}
	if f.Before > 0 {
		query += ` AND i.first_number < ` + arg(f.Before)
	}
	type row struct {
		item  wire.Item
		first int64
	}
	rows, err := tx.query(query+` ORDER BY i.first_number DESC LIMIT $1`, args...)
	found, err := collect(rows, err, func(rows *sql.Rows, r *row) error {
		var payload []byte
		if err := rows.Scan(&payload, &r.first); err != nil {
			return err
		}
		return json.Unmarshal(payload, &r.item)
	})
	if err != nil {
		return nil, 0, err
	}
	var next int64
	if len(found) > f.Limit {
		found = found[:f.Limit]
		next = found[f.Limit-1].first
	}
	items := make([]wire.Item, len(found))
	for i := range found {
		items[i] = found[i].item
	}
	return items, next, nil
}

// NewestOf returns the newest item of each edition of a release, by language.
func (tx *Tx) NewestOf(release wire.ReleaseID) (map[string]wire.Item, error) {
	rows, err := tx.query(`SELECT payload FROM item WHERE release = $1 AND superseded = 0`, release)
	items, err := collect(rows, err, scanItem)
	if err != nil {
		return nil, err
	}
	newest := make(map[string]wire.Item, len(items))
	for _, it := range items {
		newest[it.Language] = it
	}
	return newest, nil
}

// Amended returns the newest version of editions that had an earlier one and were
// first published under a number above after, the latest story first, at most
// limit of them.
func (tx *Tx) Amended(after int64, limit int) ([]wire.Item, error) {
	rows, err := tx.query(`SELECT payload FROM item WHERE superseded = 0 AND version > 1 AND first_number > $1 ORDER BY first_number DESC LIMIT $2`, after, limit)
	return collect(rows, err, scanItem)
}

// Kills returns the kill of every edition that was killed, without text.
func (tx *Tx) Kills() ([]wire.Item, error) {
	rows, err := tx.query(`SELECT payload FROM item WHERE superseded = 0 AND action = $1 ORDER BY number`, wire.Kill)
	return collect(rows, err, scanItem)
}
