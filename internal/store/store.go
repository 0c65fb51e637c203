package store

import (
	"context"
	"database/sql"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/wireroom/wireroom/internal/wire"
)

// Store is an open database. It is safe for concurrent use.
type Store struct {
	write, read *sql.DB
	// What is prepared on each; nil where the driver sees to it.
	prepared map[*sql.DB]*statements
	dialect  *dialect
	now      func() time.Time
}

// Option changes how a store is opened.
type Option func(*Store)

// WithClock makes transactions take their time from now instead of time.Now.
func WithClock(now func() time.Time) Option { return func(s *Store) { s.now = now } }

// Open connects to "sqlite:PATH" or "postgres://…" and brings the schema up to
// date. The caller closes the store.
func Open(ctx context.Context, url string, options ...Option) (*Store, error) {
	write, read, d, err := open(ctx, url)
	if err != nil {
		return nil, err
	}
	s := &Store{write: write, read: read, prepared: map[*sql.DB]*statements{}, dialect: d, now: time.Now}
	if d == sqliteDialect {
		s.prepared[write] = &statements{db: write, all: map[string]*sql.Stmt{}}
		s.prepared[read] = &statements{db: read, all: map[string]*sql.Stmt{}}
	}
	for _, o := range options {
		o(s)
	}
	if err := migrate(ctx, write, d); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// Close releases the connections. Nothing that was reported written is lost.
func (s *Store) Close() error {
	err := s.write.Close()
	if s.read != s.write {
		err = errors.Join(err, s.read.Close())
	}
	return err
}

// Engine is "sqlite" or "postgres".
func (s *Store) Engine() string { return s.dialect.name }

// Ping reports whether the database answers.
func (s *Store) Ping(ctx context.Context) error {
	var one int
	return s.read.QueryRowContext(ctx, "SELECT 1").Scan(&one)
}

// Tx is one transaction. It is used by one goroutine and not after its function
// has returned.
type Tx struct {
	ctx   context.Context
	tx    *sql.Tx
	d     *dialect
	clock time.Time

	prepared   *statements // nil: the driver sees to it
	unprepared []string
}

// Now is the transaction's time: UTC, in whole µs, the same throughout.
func (tx *Tx) Now() time.Time { return tx.clock }

// attempts is how often a transaction that lost a race is tried again.
const attempts = 12

// Write runs f in a transaction and commits it to disk before it returns nil.
// Where the engine asks for it the transaction is tried again, so f must not
// have effects of its own outside it. An error of f rolls everything back and
// is returned as it is.
func (s *Store) Write(ctx context.Context, f func(*Tx) error) error {
	return s.try(ctx, attempts, f)
}

// recordTime is how long Record waits for a server, or for others that write.
const recordTime = 30 * time.Second

// Record is Write of what has happened and has only to be noted, whatever ends
// meanwhile. SQLite works in this process, and waits for other transactions alone, of
// other processes for busyTime: there no context is watched, which takes a goroutine a
// statement, and as long as a short one.
func (s *Store) Record(f func(*Tx) error) error {
	if s.dialect == sqliteDialect {
		return s.try(context.Background(), int(recordTime/busyTime), f)
	}
	ctx, cancel := context.WithTimeout(context.Background(), recordTime)
	defer cancel()
	return s.try(ctx, attempts, f)
}

// try is Write with a number of attempts.
func (s *Store) try(ctx context.Context, attempts int, f func(*Tx) error) error {
	var err error
	for try := range attempts {
		if err = s.once(ctx, s.write, s.dialect.txOptions, f); err == nil || !s.dialect.transient(err) {
			break
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Duration(rand.Int64N(int64(time.Millisecond) << min(try, 7)))):
		}
	}
	if err != nil && s.dialect.full(err) {
		return wire.Errorf(wire.Unavailable, "database", "the disk of the database is full; nothing was stored: make space and try again: %w", err)
	}
	return err
}

// Read runs f in a transaction that sees one state of the database and changes
// nothing.
func (s *Store) Read(ctx context.Context, f func(*Tx) error) error {
	return s.once(ctx, s.read, &sql.TxOptions{ReadOnly: s.dialect == postgresDialect}, f)
}

func (s *Store) once(ctx context.Context, db *sql.DB, o *sql.TxOptions, f func(*Tx) error) error {
	sqlTx, err := db.BeginTx(ctx, o)
	if err != nil {
		return err
	}
	defer sqlTx.Rollback() // after a commit this does nothing
	tx := &Tx{ctx: ctx, tx: sqlTx, d: s.dialect, prepared: s.prepared[db], clock: s.now().UTC().Truncate(time.Microsecond)}
	if err := f(tx); err != nil {
		return err
	}
	if err := sqlTx.Commit(); err != nil {
		return err
	}
	if len(tx.unprepared) > 0 {
		tx.prepared.add(ctx, tx.unprepared)
	}
	return nil
}

func (tx *Tx) exec(query string, args ...any) (int64, error) {
	query = tx.d.rewrite(query)
	var r sql.Result
	var err error
	if statement := tx.statement(query); statement != nil {
		r, err = statement.ExecContext(tx.ctx, args...)
	} else {
		r, err = tx.tx.ExecContext(tx.ctx, query, args...)
	}
	if err != nil {
		return 0, err
	}
	return r.RowsAffected()
}

func (tx *Tx) query(query string, args ...any) (*sql.Rows, error) {
	query = tx.d.rewrite(query)
	if statement := tx.statement(query); statement != nil {
		return statement.QueryContext(tx.ctx, args...)
	}
	return tx.tx.QueryContext(tx.ctx, query, args...)
}

func (tx *Tx) queryRow(query string, args ...any) *sql.Row {
	query = tx.d.rewrite(query)
	if statement := tx.statement(query); statement != nil {
		return statement.QueryRowContext(tx.ctx, args...)
	}
	return tx.tx.QueryRowContext(tx.ctx, query, args...)
}

// statement is a query prepared before, within this transaction; nil if it has
// to be compiled, which is then remembered.
func (tx *Tx) statement(query string) *sql.Stmt {
	if tx.prepared == nil {
		return nil
	}
	if statement := tx.prepared.get(query); statement != nil {
		return tx.tx.StmtContext(tx.ctx, statement)
	}
	tx.unprepared = append(tx.unprepared, query)
	return nil
}

// prepare makes a statement for many executions; the caller closes it.
func (tx *Tx) prepare(query string) (*sql.Stmt, error) {
	return tx.tx.PrepareContext(tx.ctx, tx.d.rewrite(query))
}

// collect reads all rows with scan and closes them.
func collect[T any](rows *sql.Rows, err error, scan func(*sql.Rows, *T) error) ([]T, error) {
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []T
	for rows.Next() {
		var one T
		if err := scan(rows, &one); err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, rows.Err()
}

// next raises a counter and returns its new value: 1, 2, 3 … without gaps,
// because it is part of the transaction.
func (tx *Tx) next(counter string) (int64, error) {
	var n int64
	err := tx.queryRow(`UPDATE counter SET value = value + 1 WHERE name = $1 RETURNING value`, counter).Scan(&n)
	return n, err
}

// micros is a time as it is stored; the zero time is 0.
func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// fromMicros is the inverse of micros.
func fromMicros(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return time.UnixMicro(us).UTC()
}
