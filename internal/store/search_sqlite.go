package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
)

// sqliteSearch keeps the index in FTS5: contentless, since the text lies once,
// in the table of items; its rowid is the place of the story. The tokenizer
// takes everything but the space as part of a term.
type sqliteSearch struct{}

func (sqliteSearch) create(ctx context.Context, tx *sql.Tx) error {
	for _, statement := range []string{
		`CREATE TABLE searchable (number INTEGER PRIMARY KEY, release TEXT NOT NULL, language TEXT NOT NULL, cleared INTEGER NOT NULL, facets TEXT NOT NULL, partly BOOLEAN NOT NULL, print BLOB NOT NULL)`,
		`CREATE INDEX searchable_cleared ON searchable (cleared, number)`,
		`CREATE VIRTUAL TABLE searchable_text USING fts5 (headline, body, names, labels, content='', contentless_delete=1, tokenize="ascii tokenchars '!#$%&()*+,-./:;<=>?@[\]^_{|}~` + "`" + `'")`,
		// A transaction's terms are one segment, up to 8 MB of them, and eight
		// segments are merged at a time: terms are written anew less often.
		`INSERT INTO searchable_text (searchable_text, rank) VALUES ('hashsize', 8388608)`,
		`INSERT INTO searchable_text (searchable_text, rank) VALUES ('automerge', 8)`,
	} {
		if _, err := tx.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("store: full-text index: %w", err)
		}
	}
	return nil
}

// direct, fill and finish have nothing to do: FTS5 always gathers what a transaction
// puts in, and merges it later, unseen by those who read meanwhile.
func (sqliteSearch) direct(context.Context, *sql.Tx) error { return nil }
func (sqliteSearch) fill(*Tx) error                        { return nil }
func (sqliteSearch) finish(*Tx) error                      { return nil }

func (sqliteSearch) put(tx *Tx, d *SearchText) error {
	_, err := tx.exec(`INSERT INTO searchable (number, release, language, cleared, facets, partly, print) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		d.Number, d.Release, d.Language, micros(d.Cleared), strings.Join(d.Facets, "\n"), false, nonNil(d.Print))
	if err != nil {
		return err
	}
	_, err = tx.exec(`INSERT INTO searchable_text (rowid, headline, body, names, labels) VALUES ($1, $2, $3, $4, $5)`,
		d.Number, sqliteRuns(d.Headline), sqliteRuns(d.Body), sqliteRuns(d.Names), sqliteLabels(d.Labels))
	return err
}

func nonNil(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

// sqliteRuns writes runs as FTS5 reads them: a term a position.
func sqliteRuns(runs [][]string) string {
	var b strings.Builder
	for i, run := range runs {
		if i > 0 {
			b.WriteString(gapTerm + " ")
		}
		for _, term := range run {
			if term == "" {
				b.WriteString(gapTerm)
			} else {
				b.WriteString(searchTerm(term))
			}
			b.WriteByte(' ')
		}
	}
	return b.String()
}

func sqliteLabels(labels []string) string {
	var b strings.Builder
	b.WriteString(allLabel)
	for _, l := range labels {
		b.WriteByte(' ')
		b.WriteString(searchLabel(l))
	}
	return b.String()
}

func (sqliteSearch) drop(tx *Tx, number int64) error {
	n, err := tx.exec(`DELETE FROM searchable WHERE number = $1`, number)
	if err != nil || n == 0 {
		return err
	}
	_, err = tx.exec(`DELETE FROM searchable_text WHERE rowid = $1`, number)
	return err
}

func (sqliteSearch) clear(tx *Tx) error {
	if _, err := tx.exec(`DELETE FROM searchable`); err != nil {
		return err
	}
	_, err := tx.exec(`INSERT INTO searchable_text (searchable_text) VALUES ('delete-all')`)
	return err
}

// CROSS JOIN keeps SQLite from turning the join round.
const sqliteFrom = `searchable_text CROSS JOIN searchable d ON d.number = searchable_text.rowid WHERE searchable_text MATCH $1`

func (sqliteSearch) number() string { return `searchable_text.rowid` }

func (sqliteSearch) matching(e SearchExpr) (string, any) { return sqliteFrom, e.fts5() }

func (q sqliteSearch) query(_ *Tx, s *Search) (string, []any, error) {
	args := []any{s.Where.fts5()}
	arg := func(v any) string {
		args = append(args, v)
		return fmt.Sprintf("$%d", len(args))
	}
	score := "0.0"
	if s.Best {
		// A word of the headline says more than one of the body; that a label is
		// there says little. bm25 is the lower the better.
		score = `-bm25(searchable_text, 4.0, 1.0, 1.0, 0.5)`
	}
	query := `SELECT d.number, d.cleared, d.facets, d.partly, d.language, ` + score + ` AS score FROM ` + sqliteFrom + s.window(q.number(), arg) +
		` ORDER BY searchable_text.rowid DESC LIMIT ` + arg(s.Max)
	if s.Best {
		query = `SELECT number, cleared, facets, partly, language, score * ` + s.freshness(arg) + ` AS score FROM (` + query + `) ORDER BY score DESC, number DESC` + s.top(arg)
	}
	return query, args, nil
}

// fts5 writes an expression in FTS5's language. Everything is in quotes and in
// parentheses, so nothing in a term can be taken for an operator.
func (e SearchExpr) fts5() string {
	var b strings.Builder
	e.writeFTS5(&b)
	return b.String()
}

func (e SearchExpr) writeFTS5(b *strings.Builder) {
	switch e.Op {
	case SearchAll:
		b.WriteString(`"` + allLabel + `"`)
	case SearchLabel:
		b.WriteString(`"` + searchLabel(e.Terms[0]) + `"`)
	case SearchPhrase, SearchPrefix:
		b.WriteString([]string{SearchAnywhere: "", SearchHeadline: "headline : ", SearchBody: "body : "}[e.Part])
		b.WriteByte('"')
		for i, t := range e.Terms {
			if i > 0 {
				b.WriteByte(' ')
			}
			b.WriteString(searchTerm(t))
		}
		b.WriteByte('"')
		if e.Op == SearchPrefix {
			b.WriteString(" *")
		}
	case SearchNot:
		b.WriteString(`("` + allLabel + `" NOT `)
		e.Of[0].writeFTS5(b)
		b.WriteByte(')')
	case SearchOr:
		joinFTS5(b, e.Of, " OR ")
	case SearchAnd:
		var positive, negative []SearchExpr
		for _, c := range e.Of {
			switch c.Op {
			case SearchNot:
				negative = append(negative, c.Of[0])
			case SearchAll:
			default:
				positive = append(positive, c)
			}
		}
		if len(positive) == 0 {
			positive = []SearchExpr{{Op: SearchAll}}
		}
		if len(negative) == 0 {
			joinFTS5(b, positive, " AND ")
			return
		}
		b.WriteByte('(')
		joinFTS5(b, positive, " AND ")
		b.WriteString(" NOT ")
		joinFTS5(b, negative, " OR ")
		b.WriteByte(')')
	}
}

func joinFTS5(b *strings.Builder, of []SearchExpr, operator string) {
	b.WriteByte('(')
	for i, c := range of {
		if i > 0 {
			b.WriteString(operator)
		}
		c.writeFTS5(b)
	}
	b.WriteByte(')')
}
