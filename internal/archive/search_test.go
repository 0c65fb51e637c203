package archive

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/wireroom/wireroom/internal/match"
	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/store/storetest"
	"github.com/wireroom/wireroom/internal/wire"
)

// putAt is put at a time of its own.
func putAt(t *testing.T, s *store.Store, r *wire.Release, action wire.Action, prior map[string]wire.Item, when time.Time) map[string]wire.Item {
	t.Helper()
	before := at
	at = when
	defer func() { at = before }()
	return put(t, s, r, action, prior)
}

func catchUp(t *testing.T, s *store.Store) {
	t.Helper()
	if _, err := NewIndexer(s, nil, nil, nil).CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func query(t *testing.T, source string) *match.Query {
	t.Helper()
	q, err := match.Parse(source)
	if err != nil {
		t.Fatal(err)
	}
	return q
}

// headlines are what a search finds.
func headlines(t *testing.T, a *Archive, r Request) string {
	t.Helper()
	if r.Limit == 0 {
		r.Limit = 10
	}
	found, err := a.Search(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, h := range found.Hits {
		all = append(all, h.Item.Headline)
	}
	return strings.Join(all, ", ")
}

// patient is an archive that gives no search up: what a test asks for must not
// depend on how busy its machine is.
func patient(s *store.Store) *Archive {
	a := New(s)
	a.patience = time.Hour
	return a
}

func TestSearchFollowsTheWire(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		a := patient(s)
		first, second := story("Solar plant", "en"), story("Solar harbour", "en")
		one := put(t, s, first, wire.Publish, nil)
		two := put(t, s, second, wire.Publish, nil)
		look := func(source, want string) {
			t.Helper()
			if got := headlines(t, a, Request{Query: query(t, source)}); got != want {
				t.Errorf("%s finds %q, want %q", source, got, want)
			}
		}
		look("solar", "") // nobody has indexed yet
		catchUp(t, s)
		look("solar", "Solar harbour, Solar plant")

		first.Editions[0].Headline = "Lunar plant"
		one = put(t, s, first, wire.Correct, one)
		catchUp(t, s)
		look("solar", "Solar harbour")
		look("plant", "Lunar plant")

		// What is held or killed goes at once, whatever the index says.
		two = put(t, s, second, wire.Hold, two)
		look("solar", "")
		catchUp(t, s)
		look("solar", "")
		two = put(t, s, second, wire.Unhold, two)
		catchUp(t, s)
		look("harbour", "Solar harbour")
		put(t, s, second, wire.Kill, two)
		look("harbour", "")
		catchUp(t, s)
		look("* AND NOT plant", "")
		look("*", "Lunar plant")
		_ = one
	})
}

// An indexer that was killed goes on where its last transaction ended; two at
// once do the work once; and what is made anew is what was there.
func TestTheIndexIsMadeOfTheWire(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		a := patient(s)
		for i := range 2*firstAtOnce + 5 {
			put(t, s, story(fmt.Sprint("number ", i), "en"), wire.Publish, nil)
		}
		count := func() int {
			found, err := a.Search(t.Context(), Request{Query: query(t, "number"), Limit: 1, Count: true})
			if err != nil {
				t.Fatal(err)
			}
			return found.Total
		}
		x := NewIndexer(s, nil, nil, nil)
		if _, _, err := x.pass(t.Context()).step(); err != nil { // and then it is killed
			t.Fatal(err)
		}
		if n := count(); n != firstAtOnce {
			t.Errorf("%d are found after one step", n)
		}
		ended := make(chan error)
		for range 2 {
			go func() {
				_, err := NewIndexer(s, nil, nil, nil).CatchUp(context.WithoutCancel(t.Context()))
				ended <- err
			}()
		}
		for range 2 {
			if err := <-ended; err != nil {
				t.Fatal(err)
			}
		}
		if n := count(); n != 2*firstAtOnce+5 {
			t.Errorf("%d are found", n)
		}
		var told int64
		if err := x.Rebuild(t.Context(), true, func(n int64) { told = n }); err != nil || told != 2*firstAtOnce+5 {
			t.Errorf("made anew up to %d, %v", told, err)
		}
		if n := count(); n != 2*firstAtOnce+5 {
			t.Errorf("%d are found after it was made anew", n)
		}
		// Texts are analysed otherwise than when the index was made.
		err := s.Write(t.Context(), func(tx *store.Tx) error {
			if err := tx.AdvanceConsumer(renewer, told, 0); err != nil {
				return err
			}
			if err := tx.PutSearch(&store.SearchText{Number: 3, Headline: [][]string{{"otherwise"}}}); err != nil {
				return err
			}
			return tx.PutSearch(&store.SearchText{Number: 9999, Headline: [][]string{{"number"}}})
		})
		if err != nil {
			t.Fatal(err)
		}
		// All is found while it is made anew, and what is cleared meanwhile at once.
		put(t, s, story("number of today", "en"), wire.Publish, nil)
		if _, _, err := x.pass(t.Context()).step(); err != nil {
			t.Fatal(err)
		}
		if n := count(); n != 2*firstAtOnce+5+2 { // with that of today and the stray
			t.Errorf("%d are found while it is made anew", n)
		}
		if got := headlines(t, a, Request{Query: query(t, "today")}); got != "number of today" {
			t.Errorf("what was just cleared: %q", got)
		}
		catchUp(t, s)
		if n := count(); n != 2*firstAtOnce+6 {
			t.Errorf("%d are found after another analysis", n)
		}
		if got := headlines(t, a, Request{Query: query(t, "otherwise")}); got != "" {
			t.Errorf("by the words of the analysis before %q is found", got)
		}
	})
}

func TestHitsAreCountedAndDivided(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		a := patient(s)
		for i := range 6 {
			r := story("word", []string{"en", "ar"}[i%2])
			r.Sectors = [][]string{{"energy"}, {"energy", "finance"}, nil}[i%3]
			r.Places, r.Organisation = []string{"SG"}, "Halden"
			r.Editions[0].Dateline.Country = []string{"SG", "NO"}[i/3]
			putAt(t, s, r, wire.Publish, nil, at.AddDate(0, 0, i/2))
		}
		catchUp(t, s)
		found, err := a.Search(t.Context(), Request{Query: query(t, "word"), Limit: 2, Count: true})
		if err != nil {
			t.Fatal(err)
		}
		if found.Total != 6 || found.More || len(found.Hits) != 2 || found.Next == "" {
			t.Errorf("%d, %v, %d hits, next %q", found.Total, found.More, len(found.Hits), found.Next)
		}
		want := map[string]string{FieldLanguage: "{[{ar 3} {en 3}] 0}", FieldSector: "{[{energy 4} {finance 2}] 0}", FieldCountry: "{[{SG 6} {NO 3}] 0}", FieldOrganisation: "{[{Halden 6}] 0}"}
		for field, w := range want {
			if got := fmt.Sprint(found.Facets[field]); got != w {
				t.Errorf("%s: %s, want %s", field, got, w)
			}
		}
		if len(found.Days) != 3 || found.Days[0].Hits != 2 || !found.Days[0].Since.Equal(time.Date(2026, 11, 25, 0, 0, 0, 0, time.UTC)) {
			t.Errorf("days %v", found.Days)
		}
		few, err := a.Search(t.Context(), Request{Query: query(t, "word"), Limit: 1, Count: true, CountTo: 4})
		if err != nil || few.Total != 4 || !few.More {
			t.Errorf("counted to 4: %d, %v, %v", few.Total, few.More, err)
		}
		third := found.Days[2]
		if got, err := a.Search(t.Context(), Request{Query: query(t, "word"), Limit: 10, Since: third.Since, Until: third.Until}); err != nil || len(got.Hits) != 2 {
			t.Errorf("the first day has %v, %v", got, err)
		}
	})
}

func TestPagesStayWhereTheyWere(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		a := patient(s)
		for i := range 9 {
			put(t, s, story(fmt.Sprintf("word %d", i), "en"), wire.Publish, nil)
		}
		catchUp(t, s)
		for _, order := range []Order{Newest, Best} {
			var seen []string
			r := Request{Query: query(t, "word"), Limit: 4, Order: order}
			for page := 0; ; page++ {
				found, err := a.Search(t.Context(), r)
				if err != nil {
					t.Fatal(err)
				}
				for _, h := range found.Hits {
					seen = append(seen, h.Item.Headline)
				}
				// What comes meanwhile moves nothing.
				put(t, s, story("word new", "en"), wire.Publish, nil)
				catchUp(t, s)
				if r.Cursor = found.Next; r.Cursor == "" {
					break
				}
			}
			once := map[string]bool{}
			for _, h := range seen {
				if once[h] && h != "word new" {
					t.Errorf("%s: %s comes twice", order, h)
				}
				once[h] = true
			}
			for i := range 9 {
				if !once[fmt.Sprintf("word %d", i)] {
					t.Errorf("%s: word %d is missing", order, i)
				}
			}
		}
		for _, bad := range []string{"x", "!!", "bjA", cursor{}.String(), cursor{watermark: 5, offset: maxRanked, at: at}.String()} {
			if _, err := a.Search(t.Context(), Request{Query: query(t, "word"), Limit: 1, Order: Best, Cursor: bad}); err == nil {
				t.Errorf("cursor %q is taken", bad)
			}
		}
		newest := cursor{before: 3}.String()
		if _, err := a.Search(t.Context(), Request{Query: query(t, "word"), Limit: 1, Order: Best, Cursor: newest}); wire.KindOf(err) != wire.Invalid {
			t.Errorf("a cursor of the other order: %v", err)
		}
	})
}

func TestTheBestComesFirst(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		a := patient(s).WithClock(func() time.Time { return at.AddDate(0, 0, 2) })
		body := func(headline, text string, when time.Time) {
			r := story(headline, "en")
			r.Editions[0].Body = []wire.Block{wire.P(text)}
			putAt(t, s, r, wire.Publish, nil, when)
		}
		body("in the headline: hydrogen", "Nothing else is said about it here, and there are some words more.", at)
		body("often in the text", "Hydrogen and again hydrogen, and hydrogen plants for hydrogen.", at)
		body("once in a long text", "Hydrogen. "+strings.Repeat("Many other words stand here. ", 30), at)
		for range 40 {
			body("other", "Many other words stand here.", at)
		}
		catchUp(t, s)
		if got := headlines(t, a, Request{Query: query(t, "hydrogen"), Order: Best}); got != "in the headline: hydrogen, often in the text, once in a long text" && got != "often in the text, in the headline: hydrogen, once in a long text" {
			t.Errorf("by relevance: %s", got)
		}
		body("often, but a year ago", "Hydrogen and again hydrogen, and hydrogen plants for hydrogen.", at.AddDate(-1, 0, 0))
		catchUp(t, s)
		if got := headlines(t, a, Request{Query: query(t, "often"), Order: Best}); got != "often in the text, often, but a year ago" {
			t.Errorf("of two alike the fresher comes first: %s", got)
		}
	})
}

func TestHitsShowWhy(t *testing.T) {
	s := storetest.SQLite(t)
	r := story("新型ＥＶ工場を発表", "ja")
	r.Editions[0].Body = []wire.Block{wire.P("最初の段落。"), wire.P(strings.Repeat("前置きの文。", 60) + "トヨタの工場は来年に動く。" + strings.Repeat("後の文。", 60))}
	put(t, s, r, wire.Publish, nil)
	e := story("Halden's “solar” plant", "en")
	e.Editions[0].Body = []wire.Block{wire.P("A first paragraph."), wire.P("The Plant and the harbour.")}
	put(t, s, e, wire.Publish, nil)
	catchUp(t, s)
	for source, want := range map[string]string{
		"工場 トヨタ":            "新型ＥＶ[工場]を発表 | … 前置きの文。",
		"ev工場":              "新型[ＥＶ工場]を発表 | 最初の段落。",
		"plant AND harbour": "Halden's “solar” [plant] | The [Plant] and the [harbour].",
		"lang:en":           "Halden's “solar” plant | A first paragraph.",
	} {
		found, err := patient(s).Search(t.Context(), Request{Query: query(t, source), Limit: 5})
		if err != nil || len(found.Hits) != 1 {
			t.Fatalf("%s: %v, %v", source, found, err)
		}
		h := found.Hits[0]
		if got := marked(h.Headline) + " | " + marked(h.Text); !strings.HasPrefix(got, want) {
			t.Errorf("%s shows %s", source, got)
		}
		if source == "工場 トヨタ" && !strings.Contains(marked(h.Text), "[トヨタ]の[工場]は来年") {
			t.Errorf("%s: %s", source, marked(h.Text))
		}
	}
}

func marked(runs []Run) string {
	var b strings.Builder
	for _, r := range runs {
		if r.Hit {
			b.WriteString("[" + r.Text + "]")
		} else {
			b.WriteString(r.Text)
		}
	}
	return b.String()
}

func TestAlikeStoriesAreFound(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		a := patient(s)
		texts := map[string]string{
			"Hydrogen ferry for Bergen":      "The ferry runs on hydrogen from an electrolyser in the harbour.",
			"Second hydrogen ferry ordered":  "The harbour of Bergen ordered another ferry and a larger electrolyser.",
			"Quarterly figures":              "Revenue rose by a tenth, and the dividend is proposed unchanged.",
			"Electrolyser supplier expands":  "A larger electrolyser plant for hydrogen is built.",
			"Annual general meeting invited": "The shareholders are invited, and the dividend is proposed.",
		}
		releases := map[string]*wire.Release{}
		for headline, text := range texts {
			r := story(headline, "en")
			r.Editions[0].Body = []wire.Block{wire.P(text)}
			put(t, s, r, wire.Publish, nil)
			releases[headline] = r
		}
		catchUp(t, s)
		hits, err := a.Alike(t.Context(), releases["Hydrogen ferry for Bergen"].ID, "en", 2)
		if err != nil || len(hits) != 2 || hits[0].Item.Headline != "Second hydrogen ferry ordered" || hits[1].Item.Headline != "Electrolyser supplier expands" {
			t.Errorf("%v, %v", hits, err)
		}
		if _, err := a.Alike(t.Context(), wire.NewReleaseID(), "en", 2); wire.KindOf(err) != wire.NotFound {
			t.Errorf("of nothing: %v", err)
		}
	})
}

func TestAPreviewTellsWhatItWouldHaveBrought(t *testing.T) {
	s := storetest.SQLite(t)
	a := patient(s).WithClock(func() time.Time { return at })
	for _, days := range []int{40, 29, 1, 1, 0} {
		putAt(t, s, story("solar", "en"), wire.Publish, nil, at.AddDate(0, 0, -days))
	}
	put(t, s, story("other", "en"), wire.Publish, nil)
	catchUp(t, s)
	p, err := a.Preview(t.Context(), query(t, "solar"))
	if err != nil || p.Total != 4 || p.More || len(p.Days) != PreviewDays || len(p.Newest) != 4 {
		t.Fatalf("%+v, %v", p, err)
	}
	if p.Days[0].Hits != 1 || p.Days[1].Hits != 2 || p.Days[29].Hits != 1 || p.Days[2].Hits != 0 {
		t.Errorf("days %v", p.Days)
	}
	if p.PerDay < 0.13 || p.PerDay > 0.14 {
		t.Errorf("%f a day", p.PerDay)
	}
}

func TestASearchKeepsToItsBounds(t *testing.T) {
	s := storetest.SQLite(t)
	a := patient(s)
	q := query(t, "word")
	for name, r := range map[string]Request{
		"limit":  {Query: q, Limit: 0},
		"limit ": {Query: q, Limit: MaxHits + 1},
		"order":  {Query: q, Limit: 1, Order: "random"},
		"until":  {Query: q, Limit: 1, Since: at, Until: at},
		"cursor": {Query: q, Limit: 1, Cursor: "nonsense"},
	} {
		if _, err := a.Search(t.Context(), r); wire.KindOf(err) != wire.Invalid || err.(*wire.Error).Field != strings.TrimSpace(name) {
			t.Errorf("%s: %v", name, err)
		}
	}
	// Others are searching, and this one does not wait for ever.
	for range atOnce {
		a.turns <- struct{}{}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := a.Search(ctx, Request{Query: q, Limit: 1}); err == nil {
		t.Error("a search ran beyond the bound")
	}
	if err := tooMuch(expired(t), context.DeadlineExceeded); wire.KindOf(err) != wire.Exhausted {
		t.Errorf("out of time: %v", err)
	}
}

func expired(t *testing.T) context.Context {
	ctx, cancel := context.WithDeadline(t.Context(), time.Unix(1, 0))
	t.Cleanup(cancel)
	return ctx
}
