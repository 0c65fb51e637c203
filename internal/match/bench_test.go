package match

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/wireroom/wireroom/internal/wire"
)

func BenchmarkMatch100000(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	x := NewIndex()
	for i := range 100_000 {
		q := fmt.Sprintf("lang:%s AND sector:s%d", []string{"en", "ar", "ja"}[r.IntN(3)], r.IntN(40))
		if i%3 == 0 {
			q = fmt.Sprintf("lang:en AND w%d AND (w%d OR w%d)", r.IntN(5000), r.IntN(5000), r.IntN(5000))
		}
		if err := x.Put(wire.SubscriptionID(i+1), parse(b, q)); err != nil {
			b.Fatal(err)
		}
	}
	var words []string
	for range 600 {
		words = append(words, fmt.Sprintf("w%d", r.IntN(5000)))
	}
	it := item("en", "Headline", strings.Join(words, " "))
	it.Sectors = []string{"s1", "s2"}
	for b.Loop() {
		x.Match(NewDocument(it))
	}
}
