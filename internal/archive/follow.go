package archive

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/wire"
)

// maxAmended is how many amended stories are held against a query that is
// followed, the latest first.
const maxAmended = 100

// Follow returns what a search finds, for whoever asks again and again: the
// newest version of each edition, the latest story first. Other than Search it
// keeps those that it would have found before they were corrected, held or
// killed, so that whoever was told of them is told of that too; what is withdrawn
// carries no text. Of Request it heeds Query, Since, Until and Limit. Errors as
// Search.
func (a *Archive) Follow(ctx context.Context, r Request) ([]wire.Item, error) {
	s, err := a.newSearch(Request{Query: r.Query, Since: r.Since, Until: r.Until, Limit: r.Limit})
	if err != nil {
		return nil, err
	}
	ctx, done, err := a.turn(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	var items []wire.Item
	err = a.store.Read(ctx, func(tx *store.Tx) error {
		items, err = s.follow(tx)
		return err
	})
	return items, tooMuch(ctx, err)
}

// followed is an item at the place of its story.
type followed struct {
	item  wire.Item
	place int64
}

func (s *search) follow(tx *store.Tx) ([]wire.Item, error) {
	found, err := s.run(tx)
	if err != nil {
		return nil, err
	}
	type edition struct {
		release  wire.ReleaseID
		language string
	}
	known := map[edition]bool{}
	var all []followed
	for _, h := range found.Hits {
		known[edition{h.Item.Release, h.Item.Language}] = true
		all = append(all, followed{h.Item, h.Number})
	}
	var oldest int64 // of a full feed; what is older does not belong into it
	if n := len(found.Hits); found.Next != "" && s.stopped == 0 && n > 0 {
		oldest = found.Hits[n-1].Number
	}
	amended, err := tx.Amended(oldest, maxAmended)
	if err != nil {
		return nil, err
	}
	for i := range amended {
		it := &amended[i]
		if known[edition{it.Release, it.Language}] || !within(it.First, s.Since, s.Until) {
			continue
		}
		versions, err := tx.VersionsOf(it.Release, it.Language)
		if err != nil {
			return nil, err
		}
		if s.wanted(versions) {
			all = append(all, followed{*it, versions[0].Number})
		}
	}
	slices.SortFunc(all, func(a, b followed) int { return cmp.Compare(b.place, a.place) })
	items := make([]wire.Item, 0, min(len(all), s.Limit))
	for i := range all[:min(len(all), s.Limit)] {
		items = append(items, all[i].item)
	}
	return items, nil
}

// wanted reports whether the query wants any version of an edition, each for
// itself, so that NOT keeps its meaning. A withdrawal has no text and would be
// wanted by every NOT: the versions that it withdraws speak for it.
func (s *search) wanted(versions []wire.Item) bool {
	return slices.ContainsFunc(versions, func(v wire.Item) bool {
		return !v.Action.Withdraws() && s.reader.Matches(&v)
	})
}

// within reports whether t is in [since, until); zero does not bound.
func within(t, since, until time.Time) bool {
	return !t.Before(since) && (until.IsZero() || t.Before(until))
}
