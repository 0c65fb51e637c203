package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/pressly/goose/v3"

	"github.com/wireroom/wireroom/internal/wire"
)

// SearchText is an edition as it is searched: its newest version, analysed. The
// store takes the terms as they are and analyses nothing.
type SearchText struct {
	Number   int64 // wire number of the edition's first version: the place of the story
	Release  wire.ReleaseID
	Language string
	Cleared  time.Time // first clear time
	Print    []byte    // likeness; may be empty

	// The parts of the text as runs, each the terms at its positions one after
	// another; "" where none stands. No phrase spans two runs.
	Headline, Body, Names [][]string
	// Labels are what else the text is found by, without a position: its facets.
	Labels []string
	// Facets are what is counted, as shown: "field=value" each.
	Facets []string
}

// SearchOp is what a node of a search does.
type SearchOp uint8

// The nodes of a search.
const (
	SearchAll    SearchOp = iota // every edition
	SearchAnd                    // of Of, at least one
	SearchOr                     // of Of, at least one
	SearchNot                    // of Of, exactly one
	SearchPhrase                 // Terms, one or several, one right after another
	SearchPrefix                 // a term that begins with Terms[0]
	SearchLabel                  // the label Terms[0]
)

// SearchPart is where in a text phrases and prefixes are looked for.
type SearchPart uint8

// The parts of a text.
const (
	SearchAnywhere SearchPart = iota
	SearchHeadline
	SearchBody
)

// SearchExpr is a search as a tree.
type SearchExpr struct {
	Op    SearchOp
	Of    []SearchExpr
	Terms []string
	Part  SearchPart // of phrases and prefixes
}

// Exact reports whether a node needs no places of terms to be decided, so that
// nothing is left open for a text that is only partly there.
func (e SearchExpr) Exact() bool {
	return (e.Op != SearchPhrase && e.Op != SearchPrefix) || (e.Part == SearchAnywhere && len(e.Terms) == 1)
}

// Search chooses editions. Zero values do not limit.
type Search struct {
	Where        SearchExpr
	Before       int64     // only stories first published under a lower number
	Since, Until time.Time // first clear time, [Since, Until)
	Max          int       // look at no more than so many, the newest first; must be positive
	// Best ranks by relevance instead of newest first: how well Rank's terms fit,
	// divided by 1 + age/HalfLife, the age as of At. HalfLife 0: age is nothing.
	Best     bool
	Top      int          // of what Best ranks, give only so many; 0: all
	Rank     []SearchExpr // phrases, prefixes and labels; of which a good edition has many
	At       time.Time
	HalfLife time.Duration
}

// SearchHit is an edition that a search found.
type SearchHit struct {
	Number   int64
	Cleared  time.Time
	Facets   string // "field=value", a line each
	Partly   bool   // the index holds the text without the places of all its terms: phrases in it must be checked
	Score    float64
	Language string
}

// searchEngine is what differs between the full-text engines.
type searchEngine interface {
	create(ctx context.Context, tx *sql.Tx) error
	// direct makes an index of before write each text where it is looked for.
	direct(ctx context.Context, tx *sql.Tx) error
	put(tx *Tx, d *SearchText) error
	drop(tx *Tx, number int64) error
	clear(tx *Tx) error
	// fill makes ready to put much in, though what is there may be found slowly
	// until finish has put that right. Doing either twice is no error.
	fill(tx *Tx) error
	finish(tx *Tx) error
	// query returns the statement of a search, which gives number, cleared,
	// facets, partly, language and score, and its arguments.
	query(tx *Tx, s *Search) (string, []any, error)
	// matching is what follows FROM for the editions that an expression finds, as
	// d, with the expression as the argument $1; number is the place by which they
	// are put in order.
	matching(e SearchExpr) (from string, arg any)
	number() string
}

func (d *dialect) searchMigrations() []*goose.Migration {
	return []*goose.Migration{
		goose.NewGoMigration(18, &goose.GoFunc{RunTx: d.search.create}, nil),
		goose.NewGoMigration(28, &goose.GoFunc{RunTx: d.search.direct}, nil),
	}
}

// PutSearch puts an edition into the index, in place of its version before.
func (tx *Tx) PutSearch(d *SearchText) error {
	if err := tx.d.search.drop(tx, d.Number); err != nil {
		return err
	}
	return tx.d.search.put(tx, d)
}

// DropSearch takes an edition out of the index; none is not an error.
func (tx *Tx) DropSearch(number int64) error { return tx.d.search.drop(tx, number) }

// ClearSearch empties the index.
func (tx *Tx) ClearSearch() error { return tx.d.search.clear(tx) }

// FillSearch makes ready to put so much into the index that it would take long
// entry by entry. On PostgreSQL nothing is found quickly from then on until
// FinishSearch. Both are part of their transactions, and neither minds being
// done twice.
func (tx *Tx) FillSearch() error { return tx.d.search.fill(tx) }

// FinishSearch ends what FillSearch began, whoever began it; a million editions
// take minutes on PostgreSQL. Nothing was begun: it does nothing.
func (tx *Tx) FinishSearch() error { return tx.d.search.finish(tx) }

// Search calls f with what a search finds, in order, until it returns false.
func (tx *Tx) Search(s *Search, f func(*SearchHit) bool) error {
	if s.Max <= 0 {
		return wire.Errorf(wire.Invalid, "limit", "must be positive")
	}
	query, args, err := tx.d.search.query(tx, s)
	if err != nil {
		return err
	}
	rows, err := tx.query(query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var h SearchHit
		var cleared int64
		if err := rows.Scan(&h.Number, &cleared, &h.Facets, &h.Partly, &h.Language, &h.Score); err != nil {
			return err
		}
		h.Cleared = fromMicros(cleared)
		if !f(&h) {
			return nil
		}
	}
	return rows.Err()
}

// CountSearch counts what an expression finds, up to max.
func (tx *Tx) CountSearch(e SearchExpr, max int) (int, error) {
	from, arg := tx.d.search.matching(e)
	var n int
	err := tx.queryRow(`SELECT count(*) FROM (SELECT 1 FROM `+from+` LIMIT $2) AS found`, arg, max).Scan(&n)
	return n, err
}

// SearchPrint is the likeness of an edition on the wire.
type SearchPrint struct {
	Number   int64
	Release  wire.ReleaseID
	Language string
	Print    []byte
}

// SearchPrints returns the likenesses of the newest editions that an expression
// finds, at most max.
func (tx *Tx) SearchPrints(e SearchExpr, max int) ([]SearchPrint, error) {
	from, arg := tx.d.search.matching(e)
	rows, err := tx.query(`SELECT d.number, d.release, d.language, d.print FROM `+from+` ORDER BY `+tx.d.search.number()+` DESC LIMIT $2`, arg, max)
	return collect(rows, err, func(rows *sql.Rows, p *SearchPrint) error {
		return rows.Scan(&p.Number, &p.Release, &p.Language, &p.Print)
	})
}

// Numbered is an item with its place.
type Numbered struct {
	wire.Item
	First      int64 // wire number of the edition's first version
	Superseded bool  // there is a newer one
}

// SearchableAfter returns up to limit items with a wire number above after,
// ascending, each with the place of its edition.
func (tx *Tx) SearchableAfter(after int64, limit int) ([]Numbered, error) {
	rows, err := tx.query(`SELECT payload, first_number, superseded FROM item WHERE number > $1 ORDER BY number LIMIT $2`, after, limit)
	return collect(rows, err, scanNumbered)
}

func scanNumbered(rows *sql.Rows, n *Numbered) error {
	var payload []byte
	var superseded int64
	if err := rows.Scan(&payload, &n.First, &superseded); err != nil {
		return err
	}
	n.Superseded = superseded != 0
	return json.Unmarshal(payload, &n.Item)
}

// NewestBetween returns which of the items with a wire number above after, up to
// last, are the newest versions of their editions.
func (tx *Tx) NewestBetween(after, last int64) (map[int64]bool, error) {
	rows, err := tx.query(`SELECT number FROM item WHERE number > $1 AND number <= $2 AND superseded = 0`, after, last)
	numbers, err := collect(rows, err, func(rows *sql.Rows, n *int64) error { return rows.Scan(n) })
	newest := make(map[int64]bool, len(numbers))
	for _, n := range numbers {
		newest[n] = true
	}
	return newest, err
}

// SearchStrays returns what is in the index without an item on the wire.
func (tx *Tx) SearchStrays() ([]int64, error) {
	rows, err := tx.query(`SELECT s.number FROM searchable s WHERE NOT EXISTS (SELECT 1 FROM item i WHERE i.number = s.number)`)
	return collect(rows, err, func(rows *sql.Rows, n *int64) error { return rows.Scan(n) })
}

// atOnce is how many places one statement asks for; fewer are padded, so that
// there is one statement.
const atOnce = 64

// CurrentAt returns the newest versions of editions by their first wire numbers.
// Those that there are none of are left out.
func (tx *Tx) CurrentAt(first []int64) (map[int64]wire.Item, error) {
	found := make(map[int64]wire.Item, len(first))
	for chunk := range slices.Chunk(first, atOnce) {
		args, places := make([]any, atOnce), make([]string, atOnce)
		for i := range args {
			args[i], places[i] = chunk[min(i, len(chunk)-1)], fmt.Sprintf("$%d", i+1)
		}
		// By all columns of item_current: by fewer SQLite goes through a whole language.
		rows, err := tx.query(`SELECT i.payload, i.first_number, i.superseded FROM item f JOIN item i ON i.language = f.language AND i.superseded = 0 AND i.first_number = f.number WHERE f.number IN (`+strings.Join(places, ", ")+`)`, args...)
		all, err := collect(rows, err, scanNumbered)
		if err != nil {
			return nil, err
		}
		for _, n := range all {
			found[n.First] = n.Item
		}
	}
	return found, nil
}

// Every term of the index carries what it is in its first byte, and holds
// nothing that an engine would take for anything but a part of a word: printable
// ASCII that is not special to either, and characters beyond ASCII. So neither
// analyses a second time.
const (
	labelMark = "+"   // a label
	allLabel  = `+\*` // stands in every edition; no escaped label is so
	gapTerm   = `\_`  // stands where no term does; no escaped term is so
)

// maxTermBytes bounds a term in the index; a longer one is told apart by its
// digest.
const maxTermBytes = 400

// searchTerm writes a term for the index. Beginnings stay beginnings.
func searchTerm(term string) string { return escapeTerm("", term) }

// searchLabel writes a label for the index; it is no term's beginning.
func searchLabel(label string) string { return escapeTerm(labelMark, label) }

const hexDigits = "0123456789abcdef"

func escapeTerm(mark, term string) string {
	plain := true
	for i := range len(term) {
		if special(term[i]) {
			plain = false
			break
		}
	}
	escaped := mark + term
	if !plain {
		var b strings.Builder
		b.WriteString(mark)
		for i := range len(term) {
			if c := term[i]; special(c) {
				b.Write([]byte{'\\', hexDigits[c>>4], hexDigits[c&15]})
			} else {
				b.WriteByte(c)
			}
		}
		escaped = b.String()
	}
	if len(escaped) > maxTermBytes {
		sum := sha256.Sum256([]byte(escaped))
		end := maxTermBytes - 2*len(sum)
		for end > 0 && escaped[end]&0xc0 == 0x80 {
			end--
		}
		escaped = escaped[:end] + hex.EncodeToString(sum[:])
	}
	return escaped
}

// special are bytes that mean something to an engine: marks of ours, quotes,
// what separates words, and capitals, which SQLite folds.
func special(c byte) bool {
	switch {
	case c <= ' ', c == 0x7f, c >= 'A' && c <= 'Z':
		return true
	case c == '+', c == '\\', c == '"', c == '\'':
		return true
	}
	return false
}

// top limits what Best gives.
func (s *Search) top(arg func(any) string) string {
	if s.Top <= 0 {
		return ""
	}
	return ` LIMIT ` + arg(s.Top)
}

// clockMargin is far more than the clocks of two machines that clear may differ.
const clockMargin = time.Minute

// window adds the conditions of a search that are the same everywhere. number is
// the engine's column for the place.
func (s *Search) window(number string, arg func(any) string) string {
	var b strings.Builder
	if s.Before > 0 {
		b.WriteString(` AND ` + number + ` < ` + arg(s.Before))
	}
	// Numbers rise with time but for what two machines' clocks may differ, so a
	// bound on numbers with a margin makes it quick, and the time itself decides.
	if !s.Since.IsZero() {
		b.WriteString(` AND d.cleared >= ` + arg(micros(s.Since)) + ` AND ` + number + ` >= (SELECT w.number FROM searchable w WHERE w.cleared >= ` + arg(micros(s.Since.Add(-clockMargin))) + ` ORDER BY w.cleared, w.number LIMIT 1)`)
	}
	if !s.Until.IsZero() {
		b.WriteString(` AND d.cleared < ` + arg(micros(s.Until)) + ` AND ` + number + ` <= (SELECT w.number FROM searchable w WHERE w.cleared < ` + arg(micros(s.Until.Add(clockMargin))) + ` ORDER BY w.cleared DESC, w.number DESC LIMIT 1)`)
	}
	return b.String()
}

// freshness is the factor by which a story counts for its age.
func (s *Search) freshness(arg func(any) string) string {
	if s.HalfLife <= 0 {
		return "1.0"
	}
	// 1/(1+age/h) needs no function that one of the engines lacks.
	return fmt.Sprintf(`(1.0 / (1.0 + abs(CAST(%s AS BIGINT) - cleared) / %d.0))`, arg(micros(s.At)), s.HalfLife.Microseconds())
}
