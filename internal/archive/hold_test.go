package archive

import (
	"fmt"
	"testing"

	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/store/storetest"
	"github.com/wireroom/wireroom/internal/wire"
)

// Of what the index leaves open only so much is looked at in one search; the page
// after it goes on from there, and nothing is passed over.
func TestOneCanLeafPastWhatASearchMayLookAt(t *testing.T) {
	if testing.Short() {
		t.Skip("indexes thousands of editions")
	}
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		a := patient(s)
		const stories = maxHeld + 300
		var want []string
		var first *wire.Release // of those that are wanted
		var original wire.Item
		err := s.Write(t.Context(), func(tx *store.Tx) error {
			for i := range stories {
				headline := "free from any trade"
				if i == 5 || i == 290 || i == stories-5 {
					headline = fmt.Sprint("free trade ", i)
					want = append([]string{headline}, want...)
				}
				r := story(headline, "en")
				it := wire.NewItem(r, &r.Editions[0], wire.Publish, nil, at, wire.Amendment{})
				if err := tx.AddItem(&it, func(*wire.Item) {}); err != nil {
					return err
				}
				if first == nil && len(want) == 1 {
					first, original = r, it
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		catchUp(t, s)
		for _, count := range []bool{false, true} {
			r := Request{Query: query(t, "free NEAR/1 trade"), Limit: 10, Count: count}
			var got []string
			for pages := 0; ; pages++ {
				found, err := a.Search(t.Context(), r)
				if err != nil {
					t.Fatal(err)
				}
				for _, h := range found.Hits {
					got = append(got, h.Item.Headline)
				}
				if pages == 0 && (len(got) != 1 || count && (found.Total != 1 || !found.More)) {
					t.Errorf("the first page has %q, %d counted, more %v", got, found.Total, found.More)
				}
				if r.Cursor, r.Count = found.Next, false; r.Cursor == "" {
					break
				}
			}
			if fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("counted %v: found %q, want %q", count, got, want)
			}
		}
		put(t, s, first, wire.Kill, map[string]wire.Item{"en": original})
		items, err := a.Follow(t.Context(), Request{Query: query(t, "free NEAR/1 trade"), Limit: 10})
		if err != nil {
			t.Fatal(err)
		}
		if len(items) != 2 || items[1].Action != wire.Kill {
			t.Errorf("who follows is not told of the kill of a story that was passed: %v", items)
		}
	})
}
