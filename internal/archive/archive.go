package archive

import (
	"context"
	"time"

	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/wire"
)

// MaxLimit is the most items one call returns; a larger limit is cut to it.
const MaxLimit = 1000

// Archive answers questions about cleared items from a store.
type Archive struct {
	store    *store.Store
	turns    chan struct{} // of searches
	patience time.Duration // with one search
	now      func() time.Time
}

// New returns an archive over a store, which stays the caller's to close.
func New(s *store.Store) *Archive {
	return &Archive{store: s, turns: make(chan struct{}, atOnce), patience: patience, now: time.Now}
}

// WithClock makes searches take the time from now instead of time.Now. It is
// called before the archive is used.
func (a *Archive) WithClock(now func() time.Time) *Archive {
	a.now = now
	return a
}

// Last returns the highest wire number given, 0 before the first. What an
// archive answers changes only when this number does, so it is the watermark
// of everything made from the answers.
func (a *Archive) Last(ctx context.Context) (int64, error) {
	return read(ctx, a, (*store.Tx).LastNumber)
}

// Items returns up to limit items with a wire number above after, ascending:
// what a reader that has seen everything up to after is still missing.
func (a *Archive) Items(ctx context.Context, after int64, limit int) ([]wire.Item, error) {
	limit, err := checkLimit(limit)
	if err != nil {
		return nil, err
	}
	return read(ctx, a, func(tx *store.Tx) ([]wire.Item, error) { return tx.ItemsAfter(after, limit) })
}

// Query chooses among the newest versions of editions. Zero values choose all.
type Query struct {
	Language string // BCP 47, exactly as editions carry it
	Sector   string // vocab code
	Before   int64  // where a page begins: Page.Next of the page before it
	Limit    int    // at most so many; must be positive
}

// Page is one page of a list.
type Page struct {
	Items []wire.Item
	Next  int64 // Before of the following page; 0 on the last
}

// Page returns the newest version of each edition that the query chooses, the
// latest story first; a correction stays at the place of its original. Killed
// and held editions are among them as the item that withdrew them, which
// carries no text.
func (a *Archive) Page(ctx context.Context, q Query) (Page, error) {
	limit, err := checkLimit(q.Limit)
	if err != nil {
		return Page{}, err
	}
	if q.Before < 0 {
		return Page{}, wire.Errorf(wire.Invalid, "before", "must be a wire number")
	}
	return read(ctx, a, func(tx *store.Tx) (page Page, err error) {
		page.Items, page.Next, err = tx.Current(store.CurrentFilter{Language: q.Language, Sector: q.Sector, Before: q.Before, Limit: limit})
		return page, err
	})
}

// Current is Page without the place of the next one.
func (a *Archive) Current(ctx context.Context, q Query) ([]wire.Item, error) {
	page, err := a.Page(ctx, q)
	return page.Items, err
}

// Edition returns the newest item of an edition and all its items, oldest
// first, the newest included. NotFound if none was ever cleared; it does not
// say whether one is to come.
func (a *Archive) Edition(ctx context.Context, release wire.ReleaseID, language string) (current wire.Item, history []wire.Item, err error) {
	history, err = a.Versions(ctx, release, language)
	if err != nil {
		return wire.Item{}, nil, err
	}
	return history[len(history)-1], history, nil
}

// Versions returns every item of an edition, oldest first. NotFound as with
// Edition.
func (a *Archive) Versions(ctx context.Context, release wire.ReleaseID, language string) ([]wire.Item, error) {
	found, err := read(ctx, a, func(tx *store.Tx) ([]wire.Item, error) { return tx.VersionsOf(release, language) })
	if err == nil && len(found) == 0 {
		err = notFound()
	}
	if err != nil {
		return nil, err
	}
	return found, nil
}

// Family returns the newest item of each cleared edition of a release, by
// language; an empty map if there is none.
func (a *Archive) Family(ctx context.Context, release wire.ReleaseID) (map[string]wire.Item, error) {
	return read(ctx, a, func(tx *store.Tx) (map[string]wire.Item, error) { return tx.NewestOf(release) })
}

func read[T any](ctx context.Context, a *Archive, f func(*store.Tx) (T, error)) (found T, err error) {
	err = a.store.Read(ctx, func(tx *store.Tx) error {
		found, err = f(tx)
		return err
	})
	return found, err
}

// Kills returns the kill of every edition that was killed: what came before it
// must never be told again.
func (a *Archive) Kills(ctx context.Context) ([]wire.Item, error) {
	return read(ctx, a, func(tx *store.Tx) ([]wire.Item, error) { return tx.Kills() })
}

// Release returns every item of a release in the order of their numbers; none
// is not an error.
func (a *Archive) Release(ctx context.Context, release wire.ReleaseID) ([]wire.Item, error) {
	return read(ctx, a, func(tx *store.Tx) ([]wire.Item, error) { return tx.ItemsOf(release) })
}

func checkLimit(limit int) (int, error) {
	if limit <= 0 {
		return 0, wire.Errorf(wire.Invalid, "limit", "must be positive")
	}
	return min(limit, MaxLimit), nil
}

// notFound is the same for what never was and for what is not yet.
func notFound() error {
	return wire.Errorf(wire.NotFound, "", "there is no such release on the wire")
}
