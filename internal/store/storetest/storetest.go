// Package storetest opens stores for tests, on every engine the machine has:
// SQLite in a temporary folder always, PostgreSQL when WIREROOM_TEST_POSTGRES
// names a server (as make test does). It is used by tests only.
package storetest

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/wire"
)

// SQLite opens a fresh store in a temporary folder.
func SQLite(t testing.TB, o ...store.Option) *store.Store {
	t.Helper()
	return open(t, "sqlite:"+filepath.Join(t.TempDir(), "wire.db"), o...)
}

// URL returns the address of a fresh database on an engine, "sqlite" or
// "postgres". The test is skipped where there is no such engine, and fails
// where there must be one (WIREROOM_JUDGES=required).
func URL(t testing.TB, engine string) string {
	t.Helper()
	if engine == "sqlite" {
		return "sqlite:" + filepath.Join(t.TempDir(), "wire.db")
	}
	server := os.Getenv("WIREROOM_TEST_POSTGRES")
	if server == "" {
		if os.Getenv("WIREROOM_JUDGES") == "required" {
			t.Fatal("WIREROOM_TEST_POSTGRES names no server, and this run must have one")
		}
		t.Skip("WIREROOM_TEST_POSTGRES names no PostgreSQL server: make test starts one")
	}
	db, err := sql.Open("pgx", server)
	if err != nil {
		t.Fatal(err)
	}
	// A schema of its own is as good as a database of its own, and quicker.
	schema := "t_" + wire.NewToken()
	if _, err := db.ExecContext(t.Context(), "CREATE SCHEMA "+schema); err != nil {
		t.Fatalf("PostgreSQL at WIREROOM_TEST_POSTGRES: %v", err)
	}
	t.Cleanup(func() {
		if _, err := db.ExecContext(context.Background(), "DROP SCHEMA "+schema+" CASCADE"); err != nil {
			t.Log(err)
		}
		db.Close()
	})
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	q.Set("search_path", schema)
	u.RawQuery = q.Encode()
	return u.String()
}

// Each runs a test on every engine.
func Each(t *testing.T, f func(t *testing.T, s *store.Store)) {
	t.Helper()
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) { f(t, open(t, URL(t, engine))) })
	}
}

func open(t testing.TB, url string, o ...store.Option) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), url, o...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// CheckWire fails the test unless what is in the store can be a wire: numbers
// from 1 without gaps, one item each, versions of an edition rising one by one,
// nothing after a kill, every item superseded by the next of its edition.
func CheckWire(t testing.TB, s *store.Store) []wire.Item {
	t.Helper()
	var items []wire.Item
	err := s.Read(context.Background(), func(tx *store.Tx) (err error) {
		items, err = tx.ItemsAfter(0, 1_000_000)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if problems := Problems(items); len(problems) > 0 {
		t.Errorf("the wire is broken:\n%s", strings.Join(problems, "\n"))
	}
	return items
}

// Problems lists what is wrong with a sequence of items that should be a whole
// wire.
func Problems(items []wire.Item) []string {
	var problems []string
	say := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }
	newest := map[string]wire.Item{}
	killed := map[string]bool{} // their earlier text is withheld from the public
	for _, it := range items {
		if it.Action == wire.Kill {
			killed[string(it.Release)+"/"+it.Language] = true
		}
	}
	ids := map[wire.ItemID]bool{}
	for i, it := range items {
		if it.Number != int64(i+1) {
			say("item at place %d has wire number %d", i+1, it.Number)
		}
		if ids[it.ID] {
			say("item id %s comes twice", it.ID)
		}
		ids[it.ID] = true
		withheld := killed[string(it.Release)+"/"+it.Language] && it.Headline == ""
		if it.Hash != it.ContentHash() && !withheld {
			say("item %d is not what its hash says", it.Number)
		}
		if !it.Scheduled.IsZero() && it.ClearTime.Before(it.Scheduled) {
			say("item %d was cleared at %v, before %v", it.Number, it.ClearTime, it.Scheduled)
		}
		edition := string(it.Release) + "/" + it.Language
		prior, ok := newest[edition]
		switch {
		case !ok && (it.Version != 1 || it.Supersede != 0):
			say("item %d is the first of its edition, but version %d", it.Number, it.Version)
		case ok && (it.Version != prior.Version+1 || it.Supersede != prior.Number):
			say("item %d is version %d and supersedes %d, after version %d in item %d", it.Number, it.Version, it.Supersede, prior.Version, prior.Number)
		case ok && prior.Action == wire.Kill:
			say("item %d comes after the kill in item %d", it.Number, prior.Number)
		}
		newest[edition] = it
	}
	return problems
}
