package past

import (
	"testing"

	"github.com/wireroom/wireroom/internal/match"
)

func newPast(t testing.TB) *Past {
	t.Helper()
	p, err := New(Options{Words: 250})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestThePastIsTheSameEveryTime(t *testing.T) {
	a, b := newPast(t), newPast(t)
	for n := int64(1); n < 40; n++ {
		x, y := a.Item(n), b.Item(n)
		if x.ContentHash() != y.ContentHash() && x.Headline != y.Headline {
			t.Errorf("item %d: %q and %q", n, x.Headline, y.Headline)
		}
	}
	x, y := a.Queries(50, 1000), b.Queries(50, 1000)
	for n := range x {
		if x[n].Text != y[n].Text {
			t.Errorf("query %d: %q and %q", n, x[n].Text, y[n].Text)
		}
	}
}

// Every query finds what it was made of, in all languages.
func TestQueriesFindWhatTheyWereMadeOf(t *testing.T) {
	p := newPast(t)
	seen := map[string]bool{}
	for _, q := range append(p.Queries(15*len(Kinds)*3, 1000), p.Queries(15*len(Kinds)*6, 20_000)...) {
		seen[q.Language+" "+q.Kind] = true
		parsed, err := match.Parse(q.Text)
		if err != nil {
			t.Errorf("%s: %v", q.Text, err)
			continue
		}
		it := p.Item(q.Item)
		if !parsed.Matches(match.NewDocument(&it)) {
			t.Errorf("%s (%s, %s) does not find item %d", q.Text, q.Kind, q.Language, q.Item)
		}
	}
	if len(seen) != 15*len(Kinds) {
		t.Errorf("%d of %d kinds were asked", len(seen), 15*len(Kinds))
	}
}

func BenchmarkItem(b *testing.B) {
	p := newPast(b)
	bytes := 0
	for number := int64(1); b.Loop(); number++ {
		it := p.Item(number)
		h, body := Text(&it)
		bytes += len(h) + len(body)
	}
	b.ReportMetric(float64(bytes)/float64(b.N), "bytes/item")
}
