package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	_ "github.com/jackc/pgx/v5/stdlib" // driver "pgx"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
	"modernc.org/sqlite" // driver "sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/wireroom/wireroom/internal/wire"
)

//go:embed migrations/*.sql
var migrations embed.FS

// dialect is the whole difference between the engines.
type dialect struct {
	name      string
	rewrite   func(query string) string
	txOptions *sql.TxOptions
	// skipLocked is appended to a claim's SELECT so that workers do not queue
	// for each other's rows. SQLite has one writer, so there is nothing to skip.
	skipLocked string
	// transient reports whether the transaction may succeed when tried again.
	transient func(error) bool
	// unique reports whether a unique constraint was violated.
	unique func(error) bool
	// full reports whether the disk is full.
	full func(error) bool
	// search is its full-text engine: search_sqlite.go, search_postgres.go.
	search searchEngine
}

// busyTime is how long SQLite waits for the lock that another process has.
const busyTime = 10 * time.Second

var placeholder = regexp.MustCompile(`\$(\d+)`)

var sqliteDialect = &dialect{
	name: "sqlite",
	// SQLite binds a raw $N by its first appearance, not by its number, and
	// says nothing. ?N binds by number.
	rewrite:   sync1(func(q string) string { return placeholder.ReplaceAllString(q, "?$1") }),
	txOptions: nil,
	transient: func(err error) bool {
		var e *sqlite.Error
		return errors.As(err, &e) && (e.Code()&0xff == sqlite3.SQLITE_BUSY || e.Code()&0xff == sqlite3.SQLITE_LOCKED)
	},
	unique: func(err error) bool {
		var e *sqlite.Error
		return errors.As(err, &e) && (e.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE || e.Code() == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY)
	},
	full: func(err error) bool {
		var e *sqlite.Error
		return errors.As(err, &e) && e.Code()&0xff == sqlite3.SQLITE_FULL
	},
	search: sqliteSearch{},
}

var postgresDialect = &dialect{
	name:       "postgres",
	rewrite:    func(q string) string { return q },
	txOptions:  &sql.TxOptions{Isolation: sql.LevelSerializable},
	skipLocked: " FOR UPDATE SKIP LOCKED",
	transient:  func(err error) bool { return pgCode(err, "40001", "40P01") },
	unique:     func(err error) bool { return pgCode(err, "23505") },
	full:       func(err error) bool { return pgCode(err, "53100") },
	search:     postgresSearch{},
}

func pgCode(err error, codes ...string) bool {
	var e *pgconn.PgError
	if !errors.As(err, &e) {
		return false
	}
	for _, c := range codes {
		if e.Code == c {
			return true
		}
	}
	return false
}

// sync1 remembers f's results; statements are few and constant.
func sync1(f func(string) string) func(string) string {
	var seen sync.Map
	return func(s string) string {
		if r, ok := seen.Load(s); ok {
			return r.(string)
		}
		r := f(s)
		seen.Store(s, r)
		return r
	}
}

// open connects to the database a URL names. The two pools are the same on
// PostgreSQL; SQLite has one writer and many readers.
func open(ctx context.Context, raw string) (write, read *sql.DB, d *dialect, err error) {
	scheme, path, _ := strings.Cut(raw, ":")
	switch scheme {
	case "sqlite":
		path = strings.TrimPrefix(path, "//")
		if path == "" {
			return nil, nil, nil, wire.Errorf(wire.Invalid, "database", "sqlite: needs a path, such as sqlite:/var/lib/wireroom/wire.db")
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return nil, nil, nil, wire.Errorf(wire.Unavailable, "database", "cannot make the folder of the database: %w", err)
		}
		// synchronous=FULL: with NORMAL a power cut loses acknowledged
		// releases that may already have been delivered. A commit waits for its
		// data and not for the time of change of the file (fdatasync(2)); where
		// there is no such call it waits for both.
		_, _ = sqlite.Fdatasync(true)
		pragmas := []string{"journal_mode(WAL)", "synchronous(FULL)", fmt.Sprintf("busy_timeout(%d)", busyTime.Milliseconds()), "foreign_keys(1)", "temp_store(MEMORY)"}
		// Caches in kB, one a connection: what they do not hold the system's does.
		writer := url.Values{"_txlock": {"immediate"}, "_pragma": append(slices.Clone(pragmas), "cache_size(-8192)")}
		if write, err = sql.Open("sqlite", sqliteName(path, writer)); err != nil {
			return nil, nil, nil, err
		}
		write.SetMaxOpenConns(1)
		if err := write.PingContext(ctx); err != nil { // makes the file before readers come
			write.Close()
			return nil, nil, nil, wire.Errorf(wire.Unavailable, "database", "cannot open %s: %w", path, err)
		}
		if err := os.Chmod(path, 0o600); err != nil {
			write.Close()
			return nil, nil, nil, wire.Errorf(wire.Unavailable, "database", "cannot protect %s: %w", path, err)
		}
		reader := url.Values{"_pragma": append(slices.Clone(pragmas), "cache_size(-4096)", "query_only(1)")}
		if read, err = sql.Open("sqlite", sqliteName(path, reader)); err != nil {
			write.Close()
			return nil, nil, nil, err
		}
		read.SetMaxOpenConns(8)
		return write, read, sqliteDialect, nil
	case "postgres", "postgresql":
		if write, err = sql.Open("pgx", raw); err != nil {
			return nil, nil, nil, wire.Errorf(wire.Invalid, "database", "cannot read the address of the database: %w", err)
		}
		write.SetMaxOpenConns(16)
		write.SetMaxIdleConns(16)
		write.SetConnMaxIdleTime(time.Minute)
		if err := checkPostgres(ctx, write); err != nil {
			write.Close()
			return nil, nil, nil, err
		}
		return write, write, postgresDialect, nil
	}
	return nil, nil, nil, wire.Errorf(wire.Invalid, "database", "%q is neither sqlite:PATH nor postgres://…", scheme)
}

// sqliteName is how SQLite is told of a file and of how to open it: as a URI, in which
// a folder may have any name.
func sqliteName(path string, how url.Values) string {
	return "file:" + (&url.URL{Path: filepath.ToSlash(filepath.Clean(path))}).EscapedPath() + "?" + how.Encode()
}

// checkPostgres refuses a database whose text would sort and compare otherwise
// than in SQLite and in Go.
func checkPostgres(ctx context.Context, db *sql.DB) error {
	var encoding, collate string
	err := db.QueryRowContext(ctx, `SELECT pg_encoding_to_char(encoding), datcollate FROM pg_database WHERE datname = current_database()`).Scan(&encoding, &collate)
	if err != nil {
		return wire.Errorf(wire.Unavailable, "database", "cannot reach PostgreSQL: %w", err)
	}
	switch collate {
	case "C", "C.UTF-8", "C.utf8", "POSIX":
	default:
		return wire.Errorf(wire.Invalid, "database", "the database sorts by %s; make it with: CREATE DATABASE … TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C.UTF-8' LC_CTYPE 'C.UTF-8'", collate)
	}
	if encoding != "UTF8" {
		return wire.Errorf(wire.Invalid, "database", "the database is encoded in %s; it must be UTF8", encoding)
	}
	return nil
}

// migrate brings the schema up to date, forward only. On PostgreSQL a session
// lock lets several processes start at once.
func migrate(ctx context.Context, db *sql.DB, d *dialect) error {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	kind, options := goose.DialectSQLite3, []goose.ProviderOption{
		goose.WithGoMigrations(d.searchMigrations()...),
		goose.WithAllowOutofOrder(true), // numbers are given out before migrations land; none builds on one that has a higher number
	}
	if d == postgresDialect {
		kind = goose.DialectPostgres
		locker, err := lock.NewPostgresSessionLocker()
		if err != nil {
			return err
		}
		options = append(options, goose.WithSessionLocker(locker))
	}
	// Migrations do not build on each other's numbers: one that was written earlier
	// and came to main later is caught up on.
	options = append(options, goose.WithAllowOutofOrder(true))
	provider, err := goose.NewProvider(kind, db, files, options...)
	if err != nil {
		return fmt.Errorf("store: migrations: %w", err)
	}
	if _, err := provider.Up(ctx); err != nil {
		return wire.Errorf(wire.Unavailable, "database", "cannot bring the schema up to date: %w", err)
	}
	return nil
}
