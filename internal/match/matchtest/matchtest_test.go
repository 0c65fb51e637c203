package matchtest

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/wireroom/wireroom/internal/match"
	"github.com/wireroom/wireroom/internal/wire"
)

func TestEveryQueryCanBeReadAndIsTheSameTheSecondTime(t *testing.T) {
	const n = 3000
	kinds := map[bool]int{}
	for i := range n {
		text := Query(i)
		q, err := match.Parse(text)
		if err != nil {
			t.Fatalf("%d: %s: %v", i, text, err)
		}
		if Query(i) != text {
			t.Fatalf("%d is another the second time", i)
		}
		kinds[fieldsAlone(q.Root())]++
	}
	if share := float64(kinds[true]) / n; share < .55 || share > .65 {
		t.Errorf("%.0f %% ask for fields alone, want 60", 100*share)
	}
}

func fieldsAlone(n *match.Node) bool {
	switch n.Kind {
	case match.Words, match.Prefix, match.Near:
		return false
	}
	return !slices.ContainsFunc(n.Children, func(c *match.Node) bool { return !fieldsAlone(c) })
}

func TestItemsAreOfRealSizeInEveryLanguage(t *testing.T) {
	sizes := map[string][]int{}
	for i := range 600 {
		it := Item(i)
		size := 0
		for _, p := range match.Parts(it) {
			size += len(p.Text)
			if !utf8.ValidString(p.Text) {
				t.Fatalf("item %d is no UTF-8", i)
			}
		}
		sizes[it.Language] = append(sizes[it.Language], size)
		if again := Item(i); !slices.EqualFunc(it.Body, again.Body, func(a, b wire.Block) bool { return a.PlainText() == b.PlainText() }) {
			t.Fatalf("item %d is another the second time", i)
		}
	}
	for _, v := range vocabularies {
		if len(sizes[v.language]) == 0 {
			t.Errorf("no item in %s", v.language)
			continue
		}
		sum := 0
		for _, n := range sizes[v.language] {
			sum += n
		}
		mean := sum / len(sizes[v.language])
		if mean < 3000 || mean > 7000 {
			t.Errorf("%s: items of %d bytes", v.language, mean)
		}
		if v.apart && !strings.Contains(v.sentence(rand.New(rand.NewPCG(1, 1)), 9), " ") {
			t.Errorf("%s: no spaces", v.language)
		}
	}
}
