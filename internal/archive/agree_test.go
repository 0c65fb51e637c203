package archive

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/wireroom/wireroom/internal/match"
	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/store/storetest"
	"github.com/wireroom/wireroom/internal/wire"
)

// words that items and queries of a language are made of: inflected, compounded,
// with articles and particles, in both writings, beside numbers and addresses.
var words = map[string][]string{
	"en":      {"plant", "plants", "planting", "trade", "trading", "free", "the", "state-of-the-art", "2.1", "EV", "press@halden.example", "https://halden.example/x", "Halden's", "AT&T"},
	"ar":      {"الطاقة", "طاقة", "والطاقة", "الشمسيّة", "شمسية", "اتفاق", "اتفاقية", "إسطنبول", "اسطنبول", "٢٫١", "٢٠٢٦", "كتابهم"},
	"ja":      {"東京都", "京都", "工場", "トヨタ", "ﾄﾖﾀ", "新型EV", "EV", "の", "発表", "発表会"},
	"ko":      {"삼성전자는", "삼성", "배터리를", "배터리", "주가", "올랐다", "2.1조", "EV"},
	"zh-Hans": {"人工智能", "智能", "投资", "股价", "上涨", "海湾公司", "债", "EV"},
	"zh-Hant": {"人工智慧", "投資", "股價", "上漲", "海灣公司", "聯發科", "EV"},
	"vi":      {"nhà", "máy", "nha", "năng", "lượng", "đăng", "dang", "Hải", "mới"},
	"th":      {"โรงงาน", "น้ำมัน", "ราคาน้ำมัน", "ท่าเรือ", "เปิด", "ใหม่", "EV"},
	"id":      {"pabrik", "membuka", "dibuka", "ekspor", "naik", "perusahaan"},
	"ms":      {"kilang", "dibuka", "eksport", "meningkat", "syarikat", "baharu"},
	"de":      {"Größe", "Werk", "Werke", "eröffnet", "Straße", "STRASSE", "E-Auto", "Jahresüberschuss"},
	"ru":      {"завод", "заводы", "Приморске", "вырос", "ёлка", "экспорт", "экспорта"},
	"fr":      {"l’énergie", "d'affaires", "usine", "usines", "à", "avenir", "aujourd'hui"},
	"es":      {"fábrica", "fábricas", "año", "España", "crece", "del"},
	"pt":      {"ação", "ações", "produção", "cresce", "infra-estrutura"},
}

// aWire puts some editions of every language on the wire: corrected, held and
// killed ones among them, and one that is longer than PostgreSQL can hold.
func aWire(t *testing.T, s *store.Store) {
	r := rand.New(rand.NewPCG(7, 7))
	text := func(language string, n int) string {
		var b strings.Builder
		for range n {
			w := words[language]
			if r.IntN(6) == 0 {
				w = words["en"]
			}
			b.WriteString(w[r.IntN(len(w))])
			if language != "ja" && language != "th" && !strings.HasPrefix(language, "zh") || r.IntN(3) == 0 {
				b.WriteString([]string{" ", " ", " ", ", ", " – "}[r.IntN(5)])
			}
		}
		return strings.TrimSpace(b.String()) + "."
	}
	release := func(language string, n int) *wire.Release {
		e := wire.Edition{Language: language, Headline: text(language, 1+r.IntN(6))}
		for range r.IntN(3) {
			e.Subheads = append(e.Subheads, text(language, 1+r.IntN(4)))
		}
		for range 1 + r.IntN(3) {
			e.Body = append(e.Body, wire.P(text(language, n)))
		}
		e.Boilerplate = []wire.Block{wire.P("boilerplate")}
		f := wire.Facets{Organisation: []string{"", "Halden Robotics", text(language, 1)}[r.IntN(3)], Priority: wire.Ordinary}
		for _, sector := range []string{"energy", "finance"} {
			if r.IntN(2) == 0 {
				f.Sectors = append(f.Sectors, sector)
			}
		}
		if r.IntN(2) == 0 {
			f.Places, f.Subjects = []string{"SG"}, []string{"20000209"}
		}
		return &wire.Release{ID: wire.NewReleaseID(), Facets: f, Editions: []wire.Edition{e}}
	}
	for _, language := range languages() {
		for i := range 7 {
			first := release(language, 1+r.IntN(12))
			prior := put(t, s, first, wire.Publish, nil)
			switch i {
			case 1:
				first.Editions = release(language, 5).Editions
				put(t, s, first, wire.Correct, prior)
			case 2:
				put(t, s, first, wire.Kill, prior)
			case 3:
				put(t, s, first, wire.Hold, prior)
			case 4:
				put(t, s, first, wire.Unhold, put(t, s, first, wire.Hold, prior))
			}
		}
	}
	for _, language := range []string{"en", "ja"} {
		put(t, s, release(language, 20_000), wire.Publish, nil)
	}
}

func languages() []string {
	var all []string
	for l := range words {
		all = append(all, l)
	}
	slices.Sort(all)
	return all
}

func drawQuery(t *rapid.T, depth int) string {
	if depth == 0 || rapid.IntRange(0, 2).Draw(t, "leaf") == 0 {
		return drawLeaf(t)
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

func drawLeaf(t *rapid.T) string {
	language := rapid.SampledFrom(languages()).Draw(t, "language")
	word := func() string { return rapid.SampledFrom(words[language]).Draw(t, "word") }
	quoted := func() string {
		return `"` + word() + rapid.SampledFrom([]string{" ", ""}).Draw(t, "space") + word() + `"`
	}
	switch rapid.IntRange(0, 11).Draw(t, "kind") {
	case 0:
		return "lang:" + rapid.SampledFrom([]string{language, "zh"}).Draw(t, "lang")
	case 1:
		return rapid.SampledFrom([]string{"sector:energy", "country:sg", `org:"halden robotics"`, "subject:04000000", "priority:ordinary", "*"}).Draw(t, "facet")
	case 2:
		return quoted()
	case 3:
		return `"` + word() + `"`
	case 4:
		w := []rune(word())
		return string(w[:min(len(w), 2+rapid.IntRange(0, 3).Draw(t, "length"))]) + "*"
	case 5:
		return rapid.SampledFrom([]string{"headline:", "body:"}).Draw(t, "part") + word()
	case 6:
		return rapid.SampledFrom([]string{"headline:", "body:"}).Draw(t, "part") + quoted()
	case 7:
		return word() + " NEAR/" + rapid.SampledFrom([]string{"1", "2", "5"}).Draw(t, "within") + " " + word()
	case 8:
		w := []rune(word())
		return string(w[rapid.IntRange(0, len(w)-1).Draw(t, "character")])
	case 9:
		return word() + word()
	}
	return word()
}

// A subscription and a search are the same question, asked from two sides: for
// each item and each query, what match says is what a search of the archive
// finds. On both engines, which therefore find the same.
func TestSearchFindsWhatSubscriptionsBring(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		aWire(t, s)
		if _, err := NewIndexer(s, nil, nil, nil).CatchUp(t.Context()); err != nil {
			t.Fatal(err)
		}
		a := patient(s)
		current, err := a.Current(t.Context(), Query{Limit: MaxLimit})
		if err != nil || len(current) < 15*7 {
			t.Fatal(len(current), err)
		}
		documents := map[wire.ItemID]*match.Document{}
		var usable []wire.Item // in the order of their stories, the latest first
		for _, it := range current {
			if !it.Action.Withdraws() {
				documents[it.ID] = match.NewDocument(&it)
				usable = append(usable, it)
			}
		}
		matched := 0
		rapid.Check(t, func(t *rapid.T) {
			source := drawQuery(t, 3)
			q, err := match.Parse(source)
			if err != nil {
				t.Skip(err) // a character that is no word, or a prefix too short
			}
			var want []string
			for i := range usable {
				if q.Matches(documents[usable[i].ID]) {
					want = append(want, name(&usable[i]))
				}
			}
			matched += len(want)
			got, total := everything(t, a, Request{Query: q, Limit: 37, Count: true})
			if !slices.Equal(got, want) || total != len(want) {
				t.Fatalf("%s\nfinds   %q (%d counted)\nmatches %q", source, got, total, want)
			}
			best, total := everything(t, a, Request{Query: q, Limit: 100, Count: true, Order: Best})
			slices.Sort(best)
			slices.Sort(want)
			if !slices.Equal(best, want) || total != len(want) {
				t.Fatalf("%s by relevance\nfinds   %q (%d counted)\nmatches %q", source, best, total, want)
			}
		})
		if matched == 0 {
			t.Error("no query ever matched")
		}
	})
}

func name(it *wire.Item) string { return fmt.Sprintf("%d %s", it.Number, it.Language) }

// everything leafs through all pages of a search.
func everything(t interface {
	Helper()
	Fatalf(string, ...any)
}, a *Archive, r Request) (all []string, total int) {
	t.Helper()
	for {
		found, err := a.Search(background, r)
		if err != nil {
			t.Fatalf("%s: %v", r.Query, err)
		}
		for i := range found.Hits {
			all = append(all, name(&found.Hits[i].Item))
		}
		if r.Count {
			total = found.Total
		}
		if found.Next == "" {
			return all, total
		}
		r.Cursor, r.Count = found.Next, false
	}
}
