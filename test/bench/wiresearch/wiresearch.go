// Package wiresearch searches a wire's past through the real archive: its table
// of items, its indexer, its searches with excerpts and counts.
//
// It owns what is asked, and that nothing of it is answered from a cache of ours.
package wiresearch

import (
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/wireroom/wireroom/internal/archive"
	"github.com/wireroom/wireroom/internal/match"
	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/wire"
	"github.com/wireroom/wireroom/test/bench/past"
)

// Wire is a past in a store, to be searched.
type Wire struct {
	database string
	past     *past.Past
	store    *store.Store
	archive  *archive.Archive
}

// Open opens the store of a database. The caller closes it.
func Open(ctx context.Context, database string, p *past.Past) (*Wire, error) {
	s, err := store.Open(ctx, database)
	if err != nil {
		return nil, err
	}
	return &Wire{database, p, s, archive.New(s)}, nil
}

// Close closes the store.
func (w *Wire) Close() error { return w.store.Close() }

// Have is how many items are on the wire and indexed, 0 for a fresh store.
func (w *Wire) Have(ctx context.Context) (int64, error) {
	if last, err := w.archive.Last(ctx); err != nil || last == 0 {
		return 0, err
	}
	return w.Index(ctx, nil)
}

// clearedAtOnce is how many items one transaction puts on the wire.
const clearedAtOnce = 2_000

// Fill puts the items of these numbers on the wire, both included; the numbers
// before them must be there. The next are made up, and shown to each, which may be
// nil, while some are stored.
func (w *Wire) Fill(ctx context.Context, from, to int64, each func(number int64, it *wire.Item)) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	made := make(chan []wire.Item, 1)
	go func() {
		defer close(made)
		for ; from <= to; from += clearedAtOnce {
			var some []wire.Item
			for n := from; n <= min(from+clearedAtOnce-1, to); n++ {
				some = append(some, w.past.Item(n))
				if each != nil {
					each(n, &some[len(some)-1])
				}
			}
			select {
			case made <- some:
			case <-ctx.Done():
				return
			}
		}
	}()
	for some := range made {
		err := w.store.Write(ctx, func(tx *store.Tx) error {
			for i := range some {
				if err := tx.AddItem(&some[i], func(*wire.Item) {}); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return ctx.Err()
}

// Index indexes what is on the wire and is not yet; it returns the last wire
// number. progress, which may be nil, is told now and then how far it has come.
func (w *Wire) Index(ctx context.Context, progress func(number int64)) (int64, error) {
	if progress != nil {
		watched, stop := context.WithCancel(ctx)
		defer stop()
		go w.watch(watched, progress)
	}
	return archive.NewIndexer(w.store, nil, nil, nil).CatchUp(ctx)
}

func (w *Wire) watch(ctx context.Context, progress func(number int64)) {
	for ticker := time.NewTicker(time.Minute); ; {
		select {
		case <-ctx.Done():
			ticker.Stop()
			return
		case <-ticker.C:
		}
		var at int64
		err := w.store.Read(ctx, func(tx *store.Tx) (err error) {
			at, err = tx.ConsumerNumber("archive")
			return err
		})
		if err == nil {
			progress(at)
		}
	}
}

// Settle has PostgreSQL do at once what its autovacuum does within minutes of so
// much being put in; SQLite does nothing later.
func (w *Wire) Settle(ctx context.Context) error {
	if w.onSQLite() {
		return nil
	}
	db, err := sql.Open("pgx", w.database)
	if err != nil {
		return err
	}
	defer db.Close()
	_, err = db.ExecContext(ctx, `VACUUM (ANALYZE) item, searchable`)
	return err
}

func (w *Wire) onSQLite() bool { return strings.HasPrefix(w.database, "sqlite:") }

// Mode is how the archive is asked.
type Mode struct {
	Order archive.Order
	Count bool // hits, facets and times too, as the first page of a search does
}

// Answer is what a search found.
type Answer struct {
	Numbers []int64 // wire numbers of the hits on the first page, in their order
	Total   int     // hits counted, if they were
	More    bool    // there may be more
}

// Ask asks for the first page of a search, of 20 with excerpts.
func (w *Wire) Ask(ctx context.Context, q *past.Query, m Mode) (*Answer, error) {
	parsed, err := match.Parse(q.Text)
	if err != nil {
		return nil, err
	}
	found, err := w.archive.Search(ctx, archive.Request{Query: parsed, Order: m.Order, Limit: 20, Count: m.Count})
	if err != nil {
		return nil, err
	}
	a := &Answer{Total: found.Total, More: found.More}
	for _, h := range found.Hits {
		a.Numbers = append(a.Numbers, h.Number)
	}
	return a, nil
}

// Size is how many bytes the database takes on disk: all of it, or on PostgreSQL
// the index and its table alone, which SQLite cannot tell.
func (w *Wire) Size(ctx context.Context) (int64, error) {
	if path, ok := strings.CutPrefix(w.database, "sqlite:"); ok {
		var size int64
		for _, name := range []string{path, path + "-wal"} {
			if info, err := os.Stat(name); err == nil {
				size += info.Size()
			}
		}
		return size, nil
	}
	db, err := sql.Open("pgx", w.database)
	if err != nil {
		return 0, err
	}
	defer db.Close()
	var size int64
	return size, db.QueryRowContext(ctx, `SELECT pg_total_relation_size('searchable')`).Scan(&size)
}

// Files are the files of the database: on PostgreSQL those of the whole server,
// if they are on this machine.
func (w *Wire) Files(ctx context.Context) ([]string, error) {
	if path, ok := strings.CutPrefix(w.database, "sqlite:"); ok {
		return []string{path}, nil
	}
	db, err := sql.Open("pgx", w.database)
	if err != nil {
		return nil, err
	}
	defer db.Close()
	if _, err := db.ExecContext(ctx, `CHECKPOINT`); err != nil {
		return nil, err
	}
	folder, err := w.Folder(ctx)
	if err != nil {
		return nil, err
	}
	var files []string
	err = filepath.WalkDir(filepath.Join(folder, "base"), func(name string, e os.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			files = append(files, name)
		}
		return err
	})
	return files, err
}

// Folder is where the database lies, on PostgreSQL as its server says.
func (w *Wire) Folder(ctx context.Context) (folder string, err error) {
	if path, ok := strings.CutPrefix(w.database, "sqlite:"); ok {
		return filepath.Dir(path), nil
	}
	db, err := sql.Open("pgx", w.database)
	if err != nil {
		return "", err
	}
	defer db.Close()
	return folder, db.QueryRowContext(ctx, `SHOW data_directory`).Scan(&folder)
}
