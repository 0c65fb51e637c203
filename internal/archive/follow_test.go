package archive

import (
	"strings"
	"testing"
	"time"

	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/store/storetest"
	"github.com/wireroom/wireroom/internal/wire"
)

// Whoever follows a search is told what became of what it brought, at its place,
// and nothing of what it never brought.
func TestWhoFollowsASearchIsToldOfAmendments(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		a := patient(s)
		look := func(when, source string, r Request, want string) {
			t.Helper()
			r.Query = query(t, source)
			if r.Limit == 0 {
				r.Limit = 10
			}
			items, err := a.Follow(t.Context(), r)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, it := range items {
				got = append(got, string(it.Action)+" "+it.Headline)
			}
			if got := strings.Join(got, ", "); got != want {
				t.Errorf("%s: who follows %s gets %q, want %q", when, source, got, want)
			}
		}
		plant, harbour, roof, lead := story("Solar plant", "en"), story("Solar harbour", "en", "de"), story("Solar roof", "en"), story("Lead mine", "en")
		one := put(t, s, plant, wire.Publish, nil)
		two := put(t, s, harbour, wire.Publish, nil)
		three := put(t, s, roof, wire.Publish, nil)
		four := put(t, s, lead, wire.Publish, nil)
		catchUp(t, s)
		look("before", "solar lang:en", Request{}, "publish Solar roof, publish Solar harbour, publish Solar plant")

		plant.Editions[0].Headline = "Lunar plant"
		put(t, s, plant, wire.Correct, one)
		held := put(t, s, harbour, wire.Hold, two)
		put(t, s, roof, wire.Kill, three)
		put(t, s, lead, wire.Kill, four)
		const amended = "kill , hold , correct Lunar plant"
		look("not indexed yet", "solar lang:en", Request{}, amended)
		catchUp(t, s)
		look("indexed", "solar lang:en", Request{}, amended)
		look("indexed", "solar lang:en NOT plant", Request{}, "kill , hold ")
		look("indexed", "lunar", Request{}, "correct Lunar plant")
		look("indexed", "NOT solar", Request{}, "kill , correct Lunar plant")
		look("indexed", "nowhere", Request{}, "")
		look("a full page", "solar lang:en", Request{Limit: 2}, "kill , hold ")
		look("another time", "solar lang:en", Request{Until: at}, "")
		look("another time", "solar lang:en", Request{Since: at.Add(time.Second)}, "")
		look("this time", "solar lang:en", Request{Since: at, Until: at.Add(time.Second)}, amended)

		put(t, s, harbour, wire.Unhold, held)
		look("not indexed yet", "solar lang:de", Request{}, "unhold Solar harbour")
		put(t, s, story("Solar sea", "en"), wire.Publish, nil)
		catchUp(t, s)
		look("a full page", "solar lang:en", Request{Limit: 2}, "publish Solar sea, kill ")
		look("indexed", "solar lang:de", Request{}, "unhold Solar harbour")
		if _, err := a.Follow(t.Context(), Request{Query: query(t, "solar"), Limit: MaxHits + 1}); wire.KindOf(err) != wire.Invalid {
			t.Errorf("without a bound: %v", err)
		}
	})
}
