package store

import (
	"context"
	"database/sql"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// postgresSearch keeps the index in a tsvector under GIN, written out as such:
// no dictionary of PostgreSQL's sees the terms. The parts of a text are told apart
// by weights.
type postgresSearch struct{}

func (postgresSearch) create(ctx context.Context, tx *sql.Tx) error {
	for _, statement := range []string{
		`CREATE TABLE searchable (number BIGINT PRIMARY KEY, release TEXT NOT NULL, language TEXT NOT NULL, cleared BIGINT NOT NULL, facets TEXT NOT NULL, partly BOOLEAN NOT NULL, print BYTEA NOT NULL, terms TSVECTOR NOT NULL)`,
		`CREATE INDEX searchable_cleared ON searchable (cleared, number)`,
		createTermsIndex,
	} {
		if _, err := tx.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("store: full-text index: %w", err)
		}
	}
	return nil
}

// createTermsIndex makes the index without a list of what is to be put into it
// later (fastupdate). Whoever moves that list, an autovacuum for one, does so term by
// term while others read: to a search for what lacks a term, a text seems to lack each
// that has not been moved yet, and PostgreSQL does not look at the text again.
const createTermsIndex = `CREATE INDEX IF NOT EXISTS searchable_terms ON searchable USING gin (terms) WITH (fastupdate = off)`

func (postgresSearch) direct(ctx context.Context, tx *sql.Tx) error {
	for _, statement := range []string{
		`ALTER INDEX IF EXISTS searchable_terms SET (fastupdate = off)`,
		`SELECT gin_clean_pending_list(oid) FROM pg_class WHERE oid = to_regclass('searchable_terms')`,
	} {
		if _, err := tx.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("store: full-text index: %w", err)
		}
	}
	return nil
}

// fill drops the index over terms. Entry by entry a large GIN index writes many
// pages anew for each edition; made at once it writes each page once.
func (postgresSearch) fill(tx *Tx) error {
	_, err := tx.exec(`DROP INDEX IF EXISTS searchable_terms`)
	return err
}

func (postgresSearch) finish(tx *Tx) error {
	var there bool
	// Asked first, since to make an index waits for all who write to the table.
	if err := tx.queryRow(`SELECT to_regclass('searchable_terms') IS NOT NULL`).Scan(&there); err != nil || there {
		return err
	}
	if _, err := tx.exec(buildMemory); err != nil {
		return err
	}
	if _, err := tx.exec(createTermsIndex); err != nil {
		return err
	}
	// What the planner knows is from before it was filled, if it knows anything.
	_, err := tx.exec(`ANALYZE searchable`)
	return err
}

// buildMemory gives the making of an index 256 MB, or what the server gives, if that
// is more: what does not fit is merged into the index in parts, each of which writes
// most pages of it anew.
const buildMemory = `SELECT set_config('maintenance_work_mem', CAST(greatest(CAST(setting AS BIGINT), 262144) AS TEXT), true) FROM pg_settings WHERE name = 'maintenance_work_mem'`

func (postgresSearch) put(tx *Tx, d *SearchText) error {
	v := newVector(d)
	_, err := tx.exec(`INSERT INTO searchable (number, release, language, cleared, facets, partly, print, terms) VALUES ($1, $2, $3, $4, $5, $6, $7, CAST(CAST($8 AS TEXT) AS TSVECTOR))`,
		d.Number, d.Release, d.Language, micros(d.Cleared), strings.Join(d.Facets, "\n"), v.partly, nonNil(d.Print), v.String())
	return err
}

// Limits of PostgreSQL's tsvector: positions to 16383, of one term to 256, and
// 1 MB of terms and positions. What a text has beyond them is found, but without
// its place.
const (
	vectorPositions  = 16383
	vectorPlaces     = 255
	vectorBytes      = 1 << 20
	vectorTermsBytes = vectorBytes / 2
)

// vector is a text as PostgreSQL takes it.
type vector struct {
	places map[string][]string
	terms  []string // in the order they came
	bytes  int
	partly bool
}

func newVector(d *SearchText) *vector {
	v := &vector{places: map[string][]string{}}
	v.add(allLabel, "")
	v.bytes += len(partlyLabel) + 8
	for _, l := range d.Labels {
		v.add(searchLabel(l), "")
	}
	position := 1
	for _, part := range []struct {
		runs   [][]string
		weight string
	}{{d.Headline, "A"}, {d.Names, "B"}, {d.Body, ""}} {
		for _, run := range part.runs {
			for _, term := range run {
				if term != "" {
					place := ""
					if position <= vectorPositions {
						place = strconv.Itoa(position) + part.weight
					} else {
						v.partly = true
					}
					v.add(searchTerm(term), place)
				}
				position++
			}
			position++
		}
	}
	if v.partly {
		v.terms = append(v.terms, partlyLabel)
	}
	return v
}

// add notes a term and where it stands. A text with more different terms than
// PostgreSQL can hold keeps the first of them.
func (v *vector) add(term, place string) {
	places, known := v.places[term]
	if !known {
		if v.bytes += len(term) + 8; v.bytes > vectorTermsBytes {
			v.partly = true
			return
		}
		v.terms = append(v.terms, term)
	}
	if place != "" {
		if v.bytes += 2; len(places) >= vectorPlaces || v.bytes > vectorBytes-vectorTermsBytes/2 {
			v.partly, place = true, ""
		}
	}
	if place != "" {
		places = append(places, place)
	}
	v.places[term] = places
}

// String is the vector as a literal. Terms hold neither quotes nor single
// backslashes but those that escape.
func (v *vector) String() string {
	var b strings.Builder
	for _, t := range v.terms {
		b.WriteString(lexeme(t))
		if places := v.places[t]; len(places) > 0 {
			b.WriteByte(':')
			b.WriteString(strings.Join(places, ","))
		}
		b.WriteByte(' ')
	}
	return b.String()
}

func lexeme(term string) string { return `'` + strings.ReplaceAll(term, `\`, `\\`) + `'` }

func (postgresSearch) drop(tx *Tx, number int64) error {
	_, err := tx.exec(`DELETE FROM searchable WHERE number = $1`, number)
	return err
}

func (postgresSearch) clear(tx *Tx) error {
	_, err := tx.exec(`DELETE FROM searchable`)
	return err
}

// PostgreSQL's planner takes it for cheap to hold a vector against a query, though
// each is unpacked for it: rather than sort a few that the index gives it goes
// through all, the newest first, until it has enough. byTerms leaves it the index:
// of a query that it does not see it expects few, and by a sum there is no order to
// go through.
const (
	postgresFrom = `searchable d WHERE d.terms @@ CAST(CAST($1 AS TEXT) AS TSQUERY)`
	byTerms      = `searchable d WHERE d.terms @@ (SELECT CAST(CAST($1 AS TEXT) AS TSQUERY))`
	postgresSum  = `(d.number + 0)`
)

func (postgresSearch) number() string { return postgresSum }

func (postgresSearch) matching(e SearchExpr) (string, any) { return byTerms, e.tsquery() }

// loose is an expression that finds at least as much and needs no places of terms:
// the index decides it without a look at the texts.
func (e SearchExpr) loose() SearchExpr {
	switch e.Op {
	case SearchNot:
		return SearchExpr{Op: SearchAll}
	case SearchPrefix:
		e.Part = SearchAnywhere
	case SearchPhrase:
		of := make([]SearchExpr, len(e.Terms))
		for i, t := range e.Terms {
			of[i] = SearchExpr{Op: SearchPhrase, Terms: []string{t}}
		}
		return SearchExpr{Op: SearchAnd, Of: of}
	case SearchAnd, SearchOr:
		of := make([]SearchExpr, len(e.Of))
		for i, c := range e.Of {
			of[i] = c.loose()
		}
		e.Of = of
	}
	return e
}

// few is up to how many matching editions all are taken from the index and sorted,
// where max are looked for among size: as long as that takes less than to go
// through the newest until so many were found. To hold a vector against a query
// takes some eight times as long as to fetch a row; where the index cannot decide,
// what it gives is held against the query too.
func few(max int, size int64, decides bool) int {
	const unpack = 8.0
	fetch := 1.0
	if !decides {
		fetch += unpack
	}
	return int(math.Sqrt(float64(max) * float64(size) * unpack / fetch))
}

// decided reports whether the index decides an expression without a look at the
// texts.
func (e SearchExpr) decided() bool {
	return e.Exact() && !slices.ContainsFunc(e.Of, func(c SearchExpr) bool { return !c.decided() })
}

// searchSettings are for one search: memory for the bitmap of what the index gives,
// since of more pages than fit into it every text is unpacked; and no going through
// a small table without the index, which unpacks every text as well.
const searchSettings = `SELECT set_config('work_mem', '32MB', true), set_config('enable_seqscan', 'off', true)`

func (q postgresSearch) query(tx *Tx, s *Search) (string, []any, error) {
	if _, err := tx.exec(searchSettings); err != nil {
		return "", nil, err
	}
	var size int64 // about
	if err := tx.queryRow(`SELECT coalesce(max(number), 0) FROM searchable`).Scan(&size); err != nil {
		return "", nil, err
	}
	from, number, most := postgresFrom, `d.number`, few(s.Max, size, s.Where.decided())
	if n, err := tx.CountSearch(s.Where.loose(), most); err != nil {
		return "", nil, err
	} else if n < most {
		from, number = byTerms, postgresSum
	}
	args := []any{s.Where.tsquery()}
	arg := func(v any) string {
		args = append(args, v)
		return fmt.Sprintf("$%d", len(args))
	}
	query := `SELECT d.number, d.cleared, d.facets, d.partly, d.language, `
	if s.Best {
		query += `d.terms`
	} else {
		query += `CAST(0 AS DOUBLE PRECISION) AS score`
	}
	query += ` FROM ` + from + s.window(number, arg) + ` ORDER BY ` + number + ` DESC LIMIT ` + arg(s.Max)
	if s.Best {
		score, err := q.score(tx, s, size, arg)
		if err != nil {
			return "", nil, err
		}
		query = `SELECT number, cleared, facets, partly, language, (` + score + `) * ` + s.freshness(arg) + ` AS score FROM (` + query + `) AS f ORDER BY score DESC, number DESC` + s.top(arg)
	}
	return query, args, nil
}

// maxCounted bounds how far the editions that have a term are counted, for its
// weight.
const maxCounted = 20_000

// score is relevance in the shape of BM25, which PostgreSQL does not have: for
// each term how rare it is, times how often it stands in the text with ever less
// effect (ts_rank of one term), by the length of the text (its option 1).
func (q postgresSearch) score(tx *Tx, s *Search, size int64, arg func(any) string) (string, error) {
	var parts []string
	for _, e := range s.Rank {
		n, err := tx.CountSearch(e, maxCounted)
		if err != nil {
			return "", err
		}
		idf := math.Log(1 + (math.Max(float64(size), float64(n))-float64(n)+0.5)/(float64(n)+0.5))
		parts = append(parts, fmt.Sprintf(`CAST(%s AS DOUBLE PRECISION) * ts_rank('{0.25,0.25,0.25,1}', f.terms, CAST(CAST(%s AS TEXT) AS TSQUERY), 1)`, arg(idf), arg(e.tsquery())))
	}
	if len(parts) == 0 {
		return "CAST(1 AS DOUBLE PRECISION)", nil
	}
	return strings.Join(parts, " + "), nil
}

// partlyLabel stands in texts whose terms do not all have their places.
const partlyLabel = `+\p`

// tsquery writes an expression in PostgreSQL's language. Of a text that is only
// partly there it finds all that could fit: whoever reads the hits must look at
// those again.
func (e SearchExpr) tsquery() string {
	var b strings.Builder
	e.writeTsquery(&b, false)
	return b.String()
}

// writeTsquery appends the expression; negated, if it stands under an odd number
// of NOT.
func (e SearchExpr) writeTsquery(b *strings.Builder, negated bool) {
	switch e.Op {
	case SearchAll:
		b.WriteString(lexeme(allLabel))
	case SearchLabel:
		b.WriteString(lexeme(searchLabel(e.Terms[0])))
	case SearchPhrase, SearchPrefix:
		e.writePhrase(b, negated)
	case SearchNot:
		b.WriteString(`(` + lexeme(allLabel) + ` & !`)
		e.Of[0].writeTsquery(b, !negated)
		b.WriteByte(')')
	case SearchAnd, SearchOr:
		of := e.Of
		if e.Op == SearchAnd && !slices.ContainsFunc(of, func(c SearchExpr) bool { return c.Op != SearchNot }) {
			of = append([]SearchExpr{{Op: SearchAll}}, of...)
		}
		b.WriteByte('(')
		for i, c := range of {
			if i > 0 {
				b.WriteString(map[SearchOp]string{SearchAnd: " & ", SearchOr: " | "}[e.Op])
			}
			if c.Op == SearchNot && e.Op == SearchAnd {
				b.WriteByte('!')
				c.Of[0].writeTsquery(b, !negated)
				continue
			}
			c.writeTsquery(b, negated)
		}
		b.WriteByte(')')
	}
}

func (e SearchExpr) writePhrase(b *strings.Builder, negated bool) {
	suffix := ""
	if e.Op == SearchPrefix {
		suffix = "*"
	}
	suffix += []string{SearchAnywhere: "", SearchHeadline: "A", SearchBody: "D"}[e.Part]
	if suffix != "" {
		suffix = ":" + suffix
	}
	lexemes := make([]string, len(e.Terms))
	for i, t := range e.Terms {
		lexemes[i] = lexeme(searchTerm(t))
	}
	phrase := `(` + strings.Join(lexemes, suffix+" <-> ") + suffix + `)`
	switch {
	case e.Exact():
		b.WriteString(phrase)
		return
	case negated:
		// A term without places is taken to stand in every part of the text.
		b.WriteString(`(` + phrase + ` & !` + lexeme(partlyLabel) + `)`)
		return
	}
	b.WriteString(`(` + phrase + ` | (` + lexeme(partlyLabel) + ` & ` + strings.Join(lexemes, ` & `) + `))`)
}
