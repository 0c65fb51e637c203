package match

import (
	"cmp"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/wireroom/wireroom/internal/wire"
)

// words that random queries and items are made of.
var vocabulary = []string{"plant", "trade", "energy", "طاقة", "شمس", "東京", "工場", "新", "завод", "โรงงาน", "2.1", "nhà"}

func drawQuery(t *rapid.T, depth int) string {
	if depth == 0 || rapid.IntRange(0, 2).Draw(t, "leaf") == 0 {
		w := rapid.SampledFrom(vocabulary).Draw(t, "word")
		switch rapid.IntRange(0, 9).Draw(t, "kind") {
		case 0:
			return "lang:" + rapid.SampledFrom([]string{"en", "ar", "ja", "zh"}).Draw(t, "lang")
		case 1:
			return rapid.SampledFrom([]string{"sector:energy", "sector:finance", "country:DE", "country:SG", "ticker:HLD", "(country:DE OR country:SG)", "(ticker:HLD OR ticker:X OR sector:energy)"}).Draw(t, "facet")
		case 2:
			return `"` + w + " " + rapid.SampledFrom(vocabulary).Draw(t, "second") + `"`
		case 3:
			return rapid.SampledFrom([]string{"tr*", "pla*", "energ*", "за*", "طا*", "20*"}).Draw(t, "prefix")
		case 4:
			return "headline:" + w
		case 5:
			return "body:(" + w + " OR " + rapid.SampledFrom(vocabulary).Draw(t, "second") + ")"
		case 6:
			return w + " NEAR/" + rapid.SampledFrom([]string{"1", "2", "5"}).Draw(t, "within") + " " + rapid.SampledFrom(vocabulary).Draw(t, "second")
		}
		return w
	}
	a, b := drawQuery(t, depth-1), drawQuery(t, depth-1)
	switch rapid.IntRange(0, 3).Draw(t, "op") {
	case 0:
		return "(" + a + " OR " + b + ")"
	case 1:
		return "NOT (" + a + ")"
	case 2:
		return "(" + a + " -(" + b + "))"
	}
	return "(" + a + " " + b + ")"
}

func drawItem(t *rapid.T) *wire.Item {
	words := rapid.SliceOfN(rapid.SampledFrom(vocabulary), 1, 8).Draw(t, "words")
	body := rapid.SliceOfN(rapid.SampledFrom(vocabulary), 0, 8).Draw(t, "body")
	it := item(rapid.SampledFrom([]string{"en", "ar", "ja", "zh-Hans"}).Draw(t, "language"), strings.Join(words, " "), strings.Join(body, " "))
	it.Places = rapid.SliceOfN(rapid.SampledFrom([]string{"DE", "SG", "GB"}), 0, 2).Draw(t, "places")
	if rapid.Bool().Draw(t, "listed") {
		it.Instruments = []wire.Instrument{{Ticker: "HLD"}}
	}
	it.Sectors = rapid.SliceOfN(rapid.SampledFrom([]string{"energy", "finance"}), 0, 2).Draw(t, "sectors")
	return it
}

// Whatever comes, changes and goes, and whenever the index is swept and anchored
// anew or comes back from a snapshot: it says what each query by itself says.
func TestTheIndexFindsExactlyWhatAskingEachQueryWould(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := NewIndex()
		held := map[wire.SubscriptionID]*Query{}
		t.Repeat(map[string]func(*rapid.T){
			"put": func(t *rapid.T) {
				id := wire.SubscriptionID(rapid.IntRange(1, 40).Draw(t, "id"))
				q, err := Parse(drawQuery(t, 3))
				if err != nil {
					t.Fatal(err)
				}
				if err := x.Put(id, q); err != nil {
					t.Fatal(err)
				}
				held[id] = q
			},
			"remove": func(t *rapid.T) {
				id := wire.SubscriptionID(rapid.IntRange(1, 40).Draw(t, "id"))
				x.Remove(id)
				delete(held, id)
			},
			"settle":   func(*rapid.T) { x.Settle() },
			"snapshot": func(t *rapid.T) { x = roundTrip(t, x) },
			"match": func(t *rapid.T) {
				var items []*wire.Item
				for range rapid.IntRange(1, 2).Draw(t, "versions") {
					items = append(items, drawItem(t))
				}
				agrees(t, x, held, NewDocumentOf(items...))
			},
		})
	})
}

// agrees fails if the index says another thing than the queries.
func agrees(t rapid.TB, x *Index, held map[wire.SubscriptionID]*Query, d *Document) {
	t.Helper()
	var want []wire.SubscriptionID
	for id, q := range held {
		if q.Matches(d) {
			want = append(want, id)
		}
		if x.Text(id) != q.String() {
			t.Fatalf("under %d it holds %q, want %q", id, x.Text(id), q)
		}
	}
	slices.Sort(want)
	got := x.Match(d)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Fatalf("the index finds %v, one by one %v", got, want)
	}
	if x.Len() != len(held) {
		t.Fatalf("holds %d, want %d", x.Len(), len(held))
	}
}

func TestTheCanonicalFormIsTheSameQuery(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		q, err := Parse(drawQuery(t, 4))
		if err != nil {
			t.Fatal(err)
		}
		again, err := Parse(q.String())
		if err != nil || again.String() != q.String() {
			t.Fatalf("%s became %v, %v", q, again, err)
		}
		d := NewDocument(drawItem(t))
		if q.Matches(d) != again.Matches(d) {
			t.Fatalf("%s and its canonical form differ", q)
		}
	})
}

func TestEitherWantsWhatAnyOfItsAlternativesWants(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var queries []*Query
		for range rapid.IntRange(1, 3).Draw(t, "queries") {
			q, err := Parse(drawQuery(t, 2))
			if err != nil {
				t.Skip(err)
			}
			queries = append(queries, q)
		}
		either, d := Either(queries...), NewDocument(drawItem(t))
		wants := func(q *Query) bool { return q.Matches(d) }
		if got, want := either.Matches(d), slices.ContainsFunc(queries, wants); got != want {
			t.Fatalf("%s of %s is %v", either, queries, got)
		}
		if got, want := slices.ContainsFunc(either.Alternatives(), wants), either.Matches(d); got != want {
			t.Fatalf("the alternatives of %s say %v", either, got)
		}
		again, err := Parse(either.String())
		if err != nil || again.String() != either.String() || Either(append(queries, queries...)...).String() != either.String() {
			t.Fatalf("%s: %v", either, err)
		}
	})
}

// A reader passes over what its query does not ask for, and nothing else.
func TestAReaderSeesAllThatItsQueryAsksFor(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		q, err := Parse(drawQuery(t, 3))
		if err != nil {
			t.Fatal(err)
		}
		r := q.Reader()
		var items []*wire.Item
		for range rapid.IntRange(1, 2).Draw(t, "versions") {
			items = append(items, drawItem(t))
		}
		whole := NewDocumentOf(items...)
		if got, want := r.Matches(items...), q.Matches(whole); got != want {
			t.Fatalf("%s of what was read for it is %v, of the whole %v", q, got, want)
		}
		if got, want := placed(r.Why(items...)), placed(q.Why(whole)); !reflect.DeepEqual(got, want) {
			t.Fatalf("%s: why %+v, of the whole %+v", q, got, want)
		}
	})
}

// placed puts the places of reasons in one order: of a prefix, several terms can
// stand at the same one.
func placed(why []Reason) []Reason {
	for _, r := range why {
		slices.SortFunc(r.Places, func(a, b Place) int {
			return cmp.Or(cmp.Compare(a.Version, b.Version), cmp.Compare(a.Part, b.Part), a.Start-b.Start, a.End-b.End)
		})
	}
	return why
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"a AND (b OR -c)", `org:"x y" lang:ar`, "طاقة OR 東京", `"a\"b"`, "*", "NOT NOT a", "-", "lang:\"\"", "“x”", "((((", "a:b:c", "\xff", "headline:(a NEAR/3 te*)", "body:x NEAR body:y", "NEAR/", "t*", "headline:*"} {
		f.Add(s)
	}
	d := NewDocument(item("en", "plant طاقة 東京 a b c"))
	f.Fuzz(func(t *testing.T, s string) {
		q, err := Parse(s)
		if err != nil {
			if wire.KindOf(err) != wire.Invalid {
				t.Fatalf("%q: %v", s, err)
			}
			return
		}
		again, err := Parse(q.String())
		if err != nil || again.String() != q.String() || again.Matches(d) != q.Matches(d) {
			t.Fatalf("%q: canonical form %q gives %v, %v", s, q, again, err)
		}
		q.Why(d)
	})
}

func TestBothWantsWhatEachOfTwoWants(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var q [2]*Query
		for i := range q {
			text := "*"
			if rapid.IntRange(0, 4).Draw(t, "everything") > 0 {
				text = drawQuery(t, 2)
			}
			var err error
			if q[i], err = Parse(text); err != nil {
				t.Skip(err)
			}
		}
		both := Both(q[0], q[1])
		d := NewDocument(drawItem(t))
		if got, want := both.Matches(d), q[0].Matches(d) && q[1].Matches(d); got != want {
			t.Fatalf("%s of %s and %s is %v", both, q[0], q[1], got)
		}
		if again, err := Parse(both.String()); err != nil || again.String() != both.String() || both.Everything() != (both.String() == "*") {
			t.Fatalf("%s: %v", both, err)
		}
	})
}
