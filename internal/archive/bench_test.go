package archive

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/wireroom/wireroom/internal/match"
	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/store/storetest"
	"github.com/wireroom/wireroom/internal/wire"
)

// BenchmarkSearch indexes 2,000 items of 300 words in each engine there is, and
// searches them: items indexed a second, and the time of a search.
func BenchmarkSearch(b *testing.B) {
	for _, engine := range []string{"sqlite", "postgres"} {
		b.Run(engine, func(b *testing.B) {
			s, err := store.Open(b.Context(), storetest.URL(b, engine))
			if err != nil {
				b.Fatal(err)
			}
			defer s.Close()
			const items = 2000
			r := rand.New(rand.NewPCG(1, 2))
			zipf := rand.NewZipf(r, 1.1, 8, 20_000)
			for range items / 100 {
				err := s.Write(b.Context(), func(tx *store.Tx) error {
					for range 100 {
						var text strings.Builder
						for range 300 {
							fmt.Fprintf(&text, "w%d ", zipf.Uint64())
						}
						e := &wire.Edition{Language: "en", Headline: text.String()[:40], Body: []wire.Block{wire.P(text.String())}}
						it := wire.NewItem(&wire.Release{ID: wire.NewReleaseID()}, e, wire.Publish, nil, tx.Now(), wire.Amendment{})
						if err := tx.AddItem(&it, func(*wire.Item) {}); err != nil {
							return err
						}
					}
					return nil
				})
				if err != nil {
					b.Fatal(err)
				}
			}
			b.Run("index", func(b *testing.B) {
				x := NewIndexer(s, nil, nil, nil)
				for b.Loop() {
					if err := x.Rebuild(b.Context(), true, nil); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(items*float64(b.N)/b.Elapsed().Seconds(), "items/s")
			})
			a := New(s)
			for _, source := range []string{"w900", "w20 w300", `"w1 w2"`, "w90*"} {
				q, err := match.Parse(source)
				if err != nil {
					b.Fatal(err)
				}
				b.Run(strings.ReplaceAll(source, " ", "+"), func(b *testing.B) {
					for b.Loop() {
						if _, err := a.Search(b.Context(), Request{Query: q, Limit: 20, Count: true}); err != nil {
							b.Fatal(err)
						}
					}
				})
			}
		})
	}
}
