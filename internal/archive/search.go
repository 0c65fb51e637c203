package archive

import (
	"context"
	"errors"
	"time"

	"github.com/wireroom/wireroom/internal/match"
	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/wire"
)

// Bounds of one search. They keep what a stranger's query can cost small,
// whatever it asks for.
const (
	MaxCounted = 10_000          // hits are counted so far; beyond there are "more than"
	maxHeld    = 2_000           // so many are held against a query that the index cannot decide
	MaxHits    = 100             // on one page
	maxRanked  = 1_000           // so deep one can leaf through hits by relevance
	patience   = 3 * time.Second // so long it may take
	atOnce     = 4               // so many run at once; others wait
	halfLife   = 90 * 24 * time.Hour
)

// Order is how hits are sorted.
type Order string

// The orders.
const (
	Newest Order = "newest" // the latest story first
	Best   Order = "best"   // by relevance, less for older stories
)

// Request is a search. Query and Limit are required.
type Request struct {
	Query        *match.Query
	Since, Until time.Time // first clear time, [Since, Until); zero does not limit
	Order        Order     // "" is Newest
	Limit        int       // hits; at most MaxHits
	Cursor       string    // Results.Next of the page before
	Count        bool      // Total, Facets and Days as well; on the first page alone
	// CountTo is how many hits are counted; 0 is MaxCounted. Only for whoever may
	// make the machine work.
	CountTo int
}

// Results are what a search found.
type Results struct {
	Hits   []Hit
	Next   string           // Cursor of the following page; "" on the last
	Total  int              // hits counted
	More   bool             // there are more than Total
	Facets map[string]Facet // of the counted, by field: FieldLanguage and so on
	Days   []Bucket         // of the counted, by time, the latest first; none is empty
}

// Hit is an edition that was found, in its newest version.
type Hit struct {
	Item     wire.Item
	Number   int64 // place of the story: wire number of the first version
	Score    float64
	Headline []Run // with what was looked for marked
	Text     []Run // a piece of the text that shows why, or its beginning
	Why      []match.Reason
}

// Search finds editions on the wire that a query matches: the newest version of
// each, and none that is held or killed. What it finds is what the query as a
// subscription would have brought. Exhausted means that the query asks too much
// of the machine, Unavailable that too many ask at the same time.
func (a *Archive) Search(ctx context.Context, r Request) (*Results, error) {
	s, err := a.newSearch(r)
	if err != nil {
		return nil, err
	}
	return a.searchFor(ctx, s)
}

// searchFor carries a search out, within its bounds.
func (a *Archive) searchFor(ctx context.Context, s *search) (results *Results, err error) {
	ctx, done, err := a.turn(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	err = a.store.Read(ctx, func(tx *store.Tx) error {
		results, err = s.run(tx)
		return err
	})
	return results, tooMuch(ctx, err)
}

// turn waits until few enough searches run, and gives this one its time.
func (a *Archive) turn(ctx context.Context) (context.Context, func(), error) {
	limited, cancel := context.WithTimeout(ctx, a.patience)
	select {
	case a.turns <- struct{}{}:
		return limited, func() { <-a.turns; cancel() }, nil
	case <-limited.Done():
		cancel()
		if ctx.Err() != nil {
			return nil, nil, ctx.Err()
		}
		return nil, nil, wire.Errorf(wire.Unavailable, "", "too many are searching just now; try again in a moment")
	}
}

func tooMuch(ctx context.Context, err error) error {
	if err != nil && errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return wire.Errorf(wire.Exhausted, "query", "this search takes too long; narrow it by a language, a sector or a date")
	}
	return err
}

// search is one request at work.
type search struct {
	Request
	*compiled               // once it runs
	reader    *match.Reader // of the query
	cursor    cursor
	at        time.Time
	counted   []store.SearchHit // what was counted, if that was asked for
	stopped   int64             // newest: the last that was looked at, where that was all that may be; 0 if not
}

func (a *Archive) newSearch(r Request) (*search, error) {
	if r.Limit <= 0 || r.Limit > MaxHits {
		return nil, wire.Errorf(wire.Invalid, "limit", "must be from 1 to %d", MaxHits)
	}
	switch r.Order {
	case "":
		r.Order = Newest
	case Newest, Best:
	default:
		return nil, wire.Errorf(wire.Invalid, "order", "is newest or best, not %q", r.Order)
	}
	if !r.Since.IsZero() && !r.Until.IsZero() && !r.Since.Before(r.Until) {
		return nil, wire.Errorf(wire.Invalid, "until", "must be later than since")
	}
	if r.CountTo == 0 {
		r.CountTo = MaxCounted
	}
	at, err := readCursor(r.Cursor, r.Order)
	if err != nil {
		return nil, err
	}
	r.Count = r.Count && r.Cursor == ""
	return &search{Request: r, reader: r.Query.Reader(), cursor: at, at: a.now()}, nil
}

// run finds, counts and shows.
func (s *search) run(tx *store.Tx) (*Results, error) {
	joined, err := renewed(tx)
	if err != nil {
		return nil, err
	}
	s.compiled = compile(s.Query, joined)
	if s.Order == Best && s.cursor.watermark == 0 {
		last, err := tx.LastNumber()
		if err != nil {
			return nil, err
		}
		s.cursor.watermark, s.cursor.at = last, s.at
	}
	found, more, err := s.find(tx)
	if err != nil {
		return nil, err
	}
	results := &Results{}
	if s.Count {
		results.Total, results.More = len(found), more
		results.Facets, results.Days = countFacets(found), histogram(found)
		s.counted = found
	}
	if s.Order == Best {
		found = found[min(s.cursor.offset, len(found)):]
	}
	return results, s.show(tx, found, results)
}

// find returns the hits, in order, and whether there are more than it looked at.
func (s *search) find(tx *store.Tx) (rows []store.SearchHit, more bool, err error) {
	if s.Order == Newest && !s.Count {
		rows, err = s.findPage(tx)
		return rows, false, err
	}
	q := s.asked(s.CountTo + 1)
	held := s.held()
	if !s.Count {
		held.enough = s.cursor.offset + s.Limit + 1
		if !s.open && !s.places {
			q.Top = held.enough
		}
	}
	if rows, err = collect(tx, q); err != nil {
		return nil, false, err
	}
	if more = len(rows) > s.CountTo; more {
		rows = rows[:s.CountTo]
	}
	kept, looked, all, err := held.sift(tx, rows)
	if !all && looked > 0 && s.Order == Newest {
		s.stopped = rows[looked-1].Number
	}
	return kept, more || !all, err
}

// findPage finds the newest hits, as many as a page shows and one more: no more
// of them at first, and ever more if too few of those stand.
func (s *search) findPage(tx *store.Tx) (found []store.SearchHit, err error) {
	enough := s.Limit + 1
	q := s.asked(enough)
	if s.open {
		q.Max = max(enough, chunk)
	}
	for held := s.held(); ; q.Max *= 4 {
		held.enough = enough - len(found)
		rows, err := collect(tx, q)
		if err != nil {
			return nil, err
		}
		kept, looked, all, err := held.sift(tx, rows)
		if found = append(found, kept...); err != nil || len(found) >= enough || all && len(rows) < q.Max {
			return found, err
		}
		if looked > 0 {
			q.Before = rows[looked-1].Number
		}
		if !all {
			s.stopped = q.Before
			return found, nil
		}
	}
}

// asked is what the index is asked for, at most so many hits.
func (s *search) asked(most int) *store.Search {
	q := &store.Search{Where: s.where, Since: s.Since, Until: s.Until, Max: most, Before: s.cursor.before}
	if s.Order == Best {
		q.Best, q.Rank, q.At, q.HalfLife, q.Before = true, s.rank, s.cursor.at, halfLife, s.cursor.watermark+1
	}
	return q
}

func (s *search) held() *heldAgainst {
	return &heldAgainst{reader: s.reader, open: s.open, places: s.places, left: maxHeld}
}

func collect(tx *store.Tx, q *store.Search) (rows []store.SearchHit, err error) {
	err = tx.Search(q, func(h *store.SearchHit) bool {
		rows = append(rows, *h)
		return true
	})
	return rows, err
}

// Window reads the bounds of a search in time: RFC 3339, or days, UTC, of which
// until is meant whole. "" does not bound.
func Window(since, until string) (from, to time.Time, err error) {
	if from, _, err = readTime("since", since); err != nil {
		return from, to, err
	}
	to, whole, err := readTime("until", until)
	if whole {
		to = to.AddDate(0, 0, 1)
	}
	return from, to, err
}

// readTime reads a day or an instant; whole says that it was a day.
func readTime(field, s string) (t time.Time, whole bool, err error) {
	if s == "" {
		return t, false, nil
	}
	if t, err = time.Parse(time.DateOnly, s); err == nil {
		return t, true, nil
	}
	if t, err = time.Parse(time.RFC3339, s); err != nil {
		return t, false, wire.Errorf(wire.Invalid, field, "%q is neither a day such as 2026-11-23 nor an instant such as 2026-11-23T14:00:00Z", s)
	}
	return t.UTC(), false, nil
}
