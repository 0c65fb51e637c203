package archive

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/store/storetest"
	"github.com/wireroom/wireroom/internal/wire"
)

var background = context.Background()

var at = time.Date(2026, 11, 23, 14, 0, 0, 0, time.UTC)

// put clears a release's editions once more.
func put(t *testing.T, s *store.Store, r *wire.Release, action wire.Action, prior map[string]wire.Item) map[string]wire.Item {
	t.Helper()
	newest := map[string]wire.Item{}
	err := s.Write(t.Context(), func(tx *store.Tx) error {
		for i := range r.Editions {
			e := &r.Editions[i]
			var before *wire.Item
			if p, ok := prior[e.Language]; ok {
				before = &p
			}
			it := wire.NewItem(r, e, action, before, at, wire.Amendment{})
			if err := tx.AddItem(&it, func(it *wire.Item) { it.Hash = it.ContentHash() }); err != nil {
				return err
			}
			newest[e.Language] = it
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return newest
}

func story(headline string, languages ...string) *wire.Release {
	r := &wire.Release{ID: wire.NewReleaseID(), Facets: wire.Facets{Sectors: []string{"energy"}}}
	for _, l := range languages {
		r.Editions = append(r.Editions, wire.Edition{Language: l, Headline: headline, Body: []wire.Block{wire.P("x")}})
	}
	return r
}

func TestTheArchiveFollowsTheWire(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		a, ctx := New(s), t.Context()
		if n, err := a.Last(ctx); n != 0 || err != nil {
			t.Fatalf("empty: %d, %v", n, err)
		}
		first := story("first", "en", "ar")
		items := put(t, s, first, wire.Publish, nil)
		second := story("second", "en")
		put(t, s, second, wire.Publish, nil)
		put(t, s, first, wire.Correct, items)

		if n, err := a.Last(ctx); n != 5 || err != nil {
			t.Errorf("last %d, %v", n, err)
		}
		replay, err := a.Items(ctx, 2, 2)
		if err != nil || len(replay) != 2 || replay[0].Number != 3 || replay[1].Number != 4 {
			t.Errorf("replay %v, %v", replay, err)
		}
		current, history, err := a.Edition(ctx, first.ID, "ar")
		if err != nil || current.Action != wire.Correct || len(history) != 2 || history[0].Version != 1 {
			t.Errorf("edition %v, %v, %v", current, history, err)
		}
		family, err := a.Family(ctx, first.ID)
		if err != nil || len(family) != 2 || family["en"].Number != 4 {
			t.Errorf("family %v, %v", family, err)
		}
		list, err := a.Current(ctx, Query{Language: "en", Limit: 10})
		if err != nil || len(list) != 2 || list[0].Headline != "second" || list[1].Action != wire.Correct {
			t.Errorf("a correction left the place of its original: %v, %v", list, err)
		}
	})
}

func TestKilledEditionsStayInListsWithoutText(t *testing.T) {
	s := storetest.SQLite(t)
	r := story("secret", "en")
	put(t, s, r, wire.Kill, put(t, s, r, wire.Publish, nil))
	list, err := New(s).Current(t.Context(), Query{Sector: "energy", Limit: 10})
	if err != nil || len(list) != 1 || list[0].Action != wire.Kill || list[0].Headline != "" {
		t.Errorf("%v, %v", list, err)
	}
}

func TestWhatIsNotOnTheWireIsNotFound(t *testing.T) {
	s := storetest.SQLite(t)
	a := New(s)
	r := story("x", "en")
	put(t, s, r, wire.Publish, nil)
	_, _, unknown := a.Edition(t.Context(), wire.NewReleaseID(), "en")
	_, _, other := a.Edition(t.Context(), r.ID, "ar")
	if wire.KindOf(unknown) != wire.NotFound || fmt.Sprint(unknown) != fmt.Sprint(other) {
		t.Errorf("%v, %v", unknown, other)
	}
}

func TestPagesMeetWithoutGapOrOverlap(t *testing.T) {
	s := storetest.SQLite(t)
	a := New(s)
	for i := range 7 {
		put(t, s, story(fmt.Sprint(i), "en"), wire.Publish, nil)
	}
	var seen []string
	for before := int64(0); ; {
		page, err := a.Page(t.Context(), Query{Language: "en", Before: before, Limit: 3})
		if err != nil {
			t.Fatal(err)
		}
		for _, it := range page.Items {
			seen = append(seen, it.Headline)
		}
		if before = page.Next; before == 0 {
			break
		}
	}
	if fmt.Sprint(seen) != "[6 5 4 3 2 1 0]" {
		t.Error(seen)
	}
	for _, q := range []Query{{Limit: 0}, {Limit: -1}, {Limit: 1, Before: -1}} {
		if _, err := a.Current(t.Context(), q); wire.KindOf(err) != wire.Invalid {
			t.Errorf("%+v: %v", q, err)
		}
	}
	if _, err := a.Items(t.Context(), 0, 0); wire.KindOf(err) != wire.Invalid {
		t.Error(err)
	}
}
