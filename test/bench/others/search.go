package others

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"strings"

	"github.com/wireroom/wireroom/test/bench/past"
)

// Searcher is full-text search as an engine brings it along: its own analysis of
// headline and text, hits as numbers, the newest 20 first. Nothing is loaded,
// marked or counted.
type Searcher struct {
	db     *sql.DB
	path   string // of SQLite's file
	schema string
	insert string
	ask    string
	settle string                     // "" if nothing is done later to what was put in
	write  func(q *past.Query) string // a query in the engine's language
}

// NewFTS5 makes an index of SQLite's FTS5 with its tokenizer unicode61, in a file
// that is not there yet.
func NewFTS5(path string) (*Searcher, error) {
	q := url.Values{"_pragma": {"journal_mode(WAL)", "synchronous(FULL)", "cache_size(-16384)"}}
	db, err := sql.Open("sqlite", "file:"+path+"?"+q.Encode())
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	return &Searcher{
		db: db, path: path,
		schema: `CREATE VIRTUAL TABLE passage USING fts5 (headline, body, content='', tokenize=unicode61)`,
		insert: `INSERT INTO passage (rowid, headline, body) VALUES ($1, $2, $3)`,
		ask:    `SELECT rowid FROM passage WHERE passage MATCH $1 ORDER BY rowid DESC LIMIT 20`,
		write: func(q *past.Query) string {
			switch q.Kind {
			case "prefix":
				return `"` + q.Words[0] + `"*`
			case "phrase":
				return `"` + strings.TrimSuffix(strings.TrimPrefix(q.Text, `"`), `"`) + `"`
			}
			return `"` + strings.Join(q.Words, `" "`) + `"`
		},
	}, nil
}

// NewSimple makes an index of PostgreSQL's GIN with the configuration simple, in
// a database where the table passage is not there yet.
func NewSimple(address string) (*Searcher, error) {
	db, err := sql.Open("pgx", address)
	if err != nil {
		return nil, err
	}
	return &Searcher{
		db:     db,
		schema: `CREATE TABLE passage (number BIGINT PRIMARY KEY, terms TSVECTOR NOT NULL); CREATE INDEX passage_terms ON passage USING gin (terms)`,
		insert: `INSERT INTO passage (number, terms) VALUES ($1, to_tsvector('simple', $2) || to_tsvector('simple', $3))`,
		ask:    `SELECT number FROM passage WHERE terms @@ CAST($1 AS TSQUERY) ORDER BY number DESC LIMIT 20`,
		settle: `VACUUM (ANALYZE) passage`,
		write: func(q *past.Query) string {
			switch q.Kind {
			case "prefix":
				return lexeme(q.Words[0]) + `:*`
			case "phrase":
				return strings.Join(each(strings.Fields(strings.Trim(q.Text, `"`))), ` <-> `)
			}
			return strings.Join(each(q.Words), ` & `)
		},
	}, nil
}

// lexeme is a word as to_tsvector with the configuration simple writes it.
func lexeme(word string) string {
	return `'` + strings.ReplaceAll(strings.ToLower(word), `'`, `''`) + `'`
}

func each(words []string) []string {
	quoted := make([]string, len(words))
	for i, w := range words {
		quoted[i] = lexeme(w)
	}
	return quoted
}

// Index puts the items of numbers 1 to last into the index, as many in a
// transaction as Wireroom does.
func (s *Searcher) Index(ctx context.Context, p *past.Past, last int64) error {
	if _, err := s.db.ExecContext(ctx, s.schema); err != nil {
		return err
	}
	const atOnce = 100
	for from := int64(1); from <= last; from += atOnce {
		tx, err := s.db.BeginTx(ctx, nil)
		if err != nil {
			return err
		}
		for n := from; n < min(from+atOnce, last+1); n++ {
			it := p.Item(n)
			headline, body := past.Text(&it)
			if _, err := tx.ExecContext(ctx, s.insert, n, headline, body); err != nil {
				tx.Rollback()
				return fmt.Errorf("item %d: %w", n, err)
			}
		}
		if err := tx.Commit(); err != nil {
			return err
		}
	}
	return nil
}

// Settle has PostgreSQL do at once what its autovacuum does within minutes, as
// wiresearch.Wire.Settle does for ours.
func (s *Searcher) Settle(ctx context.Context) error {
	if s.settle == "" {
		return nil
	}
	_, err := s.db.ExecContext(ctx, s.settle)
	return err
}

// Ask returns the numbers of the newest 20 items that a query finds. Queries by
// fields and with operators are not asked: ErrNotAsked.
func (s *Searcher) Ask(ctx context.Context, q *past.Query) ([]int64, error) {
	if q.Words == nil {
		return nil, ErrNotAsked
	}
	rows, err := s.db.QueryContext(ctx, s.ask, s.write(q))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", s.write(q), err)
	}
	defer rows.Close()
	var found []int64
	for rows.Next() {
		var n int64
		if err := rows.Scan(&n); err != nil {
			return nil, err
		}
		found = append(found, n)
	}
	return found, rows.Err()
}

// ErrNotAsked: the engine alone has no answer to such a query.
var ErrNotAsked = fmt.Errorf("not asked")

// Size is how many bytes the index takes on disk.
func (s *Searcher) Size(ctx context.Context) (size int64, err error) {
	if s.path == "" {
		return size, s.db.QueryRowContext(ctx, `SELECT pg_total_relation_size('passage')`).Scan(&size)
	}
	if _, err := s.db.ExecContext(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`); err != nil {
		return 0, err
	}
	info, err := os.Stat(s.path)
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

// Close closes the index.
func (s *Searcher) Close() error { return s.db.Close() }
