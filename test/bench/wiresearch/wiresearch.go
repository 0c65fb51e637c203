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
	return w.Index(ctx)
}

// clearedAtOnce is how many items one transaction puts on the wire.
const clearedAtOnce = 2_000

// Fill puts the items of these numbers on the wire, both included; the numbers
// before them must be there. The next are made up while some are stored.
func (w *Wire) Fill(ctx context.Context, from, to int64) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	made := make(chan []wire.Item, 1)
	go func() {
		defer close(made)
		for ; from <= to; from += clearedAtOnce {
			var some []wire.Item
			for n := from; n <= min(from+clearedAtOnce-1, to); n++ {
				some = append(some, w.past.Item(n))
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
// number.
func (w *Wire) Index(ctx context.Context) (int64, error) {
	return archive.NewIndexer(w.store, nil, nil, nil).CatchUp(ctx)
}

// Mode is how the archive is asked.
type Mode struct {
	Order archive.Order
	Count bool // hits, facets and times too, as the first page of a search does
}

// Ask asks for the first page of a search, of 20 with excerpts, and returns the
// wire numbers of the hits in their order.
func (w *Wire) Ask(ctx context.Context, q *past.Query, m Mode) ([]int64, error) {
	parsed, err := match.Parse(q.Text)
	if err != nil {
		return nil, err
	}
	found, err := w.archive.Search(ctx, archive.Request{Query: parsed, Order: m.Order, Limit: 20, Count: m.Count})
	if err != nil {
		return nil, err
	}
	numbers := make([]int64, len(found.Hits))
	for i, h := range found.Hits {
		numbers[i] = h.Number
	}
	return numbers, nil
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
	var folder string
	if err := db.QueryRowContext(ctx, `SHOW data_directory`).Scan(&folder); err != nil {
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
