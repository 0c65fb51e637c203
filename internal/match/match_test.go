package match

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/wireroom/wireroom/internal/wire"
)

func item(language, headline string, body ...string) *wire.Item {
	it := &wire.Item{Edition: wire.Edition{Language: language, Headline: headline}}
	for _, p := range body {
		it.Body = append(it.Body, wire.P(p))
	}
	return it
}

func parse(t testing.TB, query string) *Query {
	t.Helper()
	q, err := Parse(query)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return q
}

func TestQueriesFindWhatTheyShouldInEveryLanguage(t *testing.T) {
	for _, c := range []struct {
		item         *wire.Item
		hits, misses []string
	}{
		{item("en", "Halden's 2.1 GW plant", "Free trade talks resumed in Geneva."), []string{"halden", "PLANT", `"free trade"`, "trade free", "2.1", "geneva AND NOT zurich", "(zurich OR geneva) plant"}, []string{"plants", `"trade free"`, "zurich", "NOT halden", "-geneva", "2", `"geneva plant"`}},
		{item("ar", "توقيع اتفاق الطاقة الشمسيّة", "أعلنت وزارة الطاقة في إسطنبول."), []string{"الطاقة", "طاقة", "اسطنبول", "إسطنبول", `"الطاقة الشمسية"`, "الشمسيّة AND اتفاق"}, []string{`"طاقة"`, "نفط", `"الشمسية الطاقة"`, "طاق", "أنقرة", "اتفاقية"}},
		{item("ja", "東京都が新型ＥＶ工場を発表", "トヨタの工場。"), []string{"東京", "東京都", "EV", "ev工場", "ﾄﾖﾀ", "都", `"新型EV"`}, []string{"京東", "大阪", "工場長", "日産", "府", `"工場 発表会"`}},
		{item("zh-Hans", "海湾公司投资人工智能", "股价上涨。"), []string{"投资", "人工智能", "股价 AND 上涨", "股", "海湾公司", "lang:zh"}, []string{"智能人", "银行", "债", "下跌", "lang:zh-Hant", "人工费"}},
		{item("zh-Hant", "海灣公司投資人工智慧", "股價上漲。"), []string{"投資", "人工智慧", "漲", "lang:zh-Hant", "\"股價上漲\"", "海灣 AND 公司"}, []string{"慧智", "銀行", "下跌", "lang:zh-Hans", "債", "灣海"}},
		{item("ko", "삼성전자는 오늘 배터리를 공개했다", "주가가 올랐다."), []string{"삼성전자", "배터리", "삼성", "주가", `"오늘 배터리"`, "공개"}, []string{"전자삼성", "현대", "밧데리", "어제", "자동차", `"배터리 오늘"`}},
		{item("th", "เปิดโรงงานใหม่ที่ท่าเรือ", "ราคาน้ำมันสูงขึ้น"), []string{"โรงงาน", "ท่าเรือ", "น้ำมัน", "โรงงานใหม่", "เปิด AND ราคา", "สูงขึ้น"}, []string{"โรงเรียน", "ลดลง", "เรือท่า", "ปิดโรงงานเก่า", "ทองคำ", "เครื่องบิน"}},
		{item("vi", "Nhà máy mới ở Hải Đăng", "Năng lượng sạch."), []string{"nhà máy", `"nhà máy"`, "NĂNG LƯỢNG", "đăng", "sạch", "hải AND mới"}, []string{"nha may", "đảng", "nhá", `"máy nhà"`, "cũ", "hai"}},
		{item("de", "Größe und Maß", "Das Werk eröffnet."), []string{"GRÖSSE", "größe", "maß", "MASS", "werk", "eröffnet AND NOT schließt"}, []string{"grosse", "gross", "werke", `"werk das"`, "schließt", "masse"}},
		{item("ru", "Завод в Приморске", "Экспорт вырос."), []string{"завод", "ПРИМОРСКЕ", "экспорт вырос", `"завод в"`, "завод OR порт", "вырос"}, []string{"приморск", "заводы", "импорт", `"в завод"`, "порт", "рос"}},
		{item("fr", "L’énergie à Valmont", "Usine d'avenir."), []string{"énergie", "l'énergie", "usine", "avenir", `"usine d'avenir"`, "valmont"}, []string{"energie", "usines", "paris", `"avenir usine"`, "éner", "NOT usine"}},
		{item("es", "Abre una fábrica", "España crece."), []string{"fábrica", "España", "abre AND crece", `"una fábrica"`, "FÁBRICA", "crece OR cae"}, []string{"fabrica", "espana", "cierra", `"fábrica una"`, "fábricas", "cae"}},
		{item("pt", "Ações sobem", "A produção cresce."), []string{"ações", "PRODUÇÃO", "sobem", `"a produção"`, "cresce", "ações -caem"}, []string{"acoes", "producao", "caem", "ação", `"produção a"`, "bolsa"}},
		{item("id", "Pabrik baru dibuka", "Ekspor naik."), []string{"pabrik", "ekspor naik", `"pabrik baru"`, "DIBUKA", "naik OR turun", "lang:id"}, []string{"kilang", "turun", `"baru pabrik"`, "impor", "buka", "lang:ms"}},
		{item("ms", "Kilang baharu dibuka", "Eksport meningkat."), []string{"kilang", "baharu", `"kilang baharu"`, "eksport", "meningkat", "lang:ms"}, []string{"pabrik", "baru", "import", `"baharu kilang"`, "jatuh", "lang:id"}},
	} {
		d := NewDocument(c.item)
		for _, q := range c.hits {
			if !parse(t, q).Matches(d) {
				t.Errorf("%s: %s does not find %q", c.item.Language, q, c.item.Headline)
			}
		}
		for _, q := range c.misses {
			if parse(t, q).Matches(d) {
				t.Errorf("%s: %s finds %q", c.item.Language, q, c.item.Headline)
			}
		}
	}
}

func TestFields(t *testing.T) {
	it := item("zh-Hans", "x", "y")
	it.Facets = wire.Facets{Organisation: "Halden  Robotics", Provider: &wire.Credit{Name: "Riwaq"}, Priority: wire.Urgent, Sectors: []string{"top-story"}, Subjects: []string{"20000209"},
		Places: []string{"SG"}, Circuits: []string{"general"}, Instruments: []wire.Instrument{{MIC: "XDEM", Ticker: "HALD", ISIN: "GB0000000009"}}}
	it.Dateline.Country = "GB"
	d := NewDocument(it)
	for _, q := range []string{"lang:zh", "lang:ZH-hans", "lang:zh-CN", "lang:zh_SG", "country:sg", "country:GB", "sector:top-story", "subject:20000209", "subject:medtop:20000209", `org:"halden robotics"`, "org:HALDEN AND *", "provider:riwaq", "priority:urgent", "circuit:general", "ticker:hald", "ticker:XDEM:HALD", "isin:GB0000000009"} {
		if q == "org:HALDEN AND *" {
			if parse(t, q).Matches(d) {
				t.Error("half a name is a name")
			}
			continue
		}
		if !parse(t, q).Matches(d) {
			t.Errorf("%s does not match", q)
		}
	}
	if got := parse(t, `lang:zh AND (sector:energy OR sector:top-story) AND NOT org:Other "y"`).Why(d); !slices.Equal(got, []string{"lang:zh", "sector:top-story", `"y"`}) {
		t.Errorf("why: %q", got)
	}
}

func TestATopicStandsForThoseAboveIt(t *testing.T) {
	it := item("en", "x", "y")
	it.Subjects = []string{"20000209"} // below 04000000 in the vocabulary
	if !parse(t, "subject:04000000").Matches(NewDocument(it)) {
		t.Error("the topic above does not match")
	}
}

func TestErrorsNameTheCharacter(t *testing.T) {
	for query, want := range map[string]string{
		"":                      "query: is empty; ask for words, for a field such as lang:ar, or for * to get everything",
		"a AND":                 "query: at character 6: expects a word, a phrase or a field here, not the end",
		"(طاقة OR نفط":          "query: at character 13: lacks the ) for the ( at character 1",
		`x "open`:               "query: at character 3: lacks the closing quotation mark",
		"a OR OR b":             "query: at character 6: expects a word, a phrase or a field here, not OR",
		"lang:":                 "query: at character 6: lang: needs a value right after the colon",
		"a ) b":                 "query: at character 3: expects AND, OR or the end here, not )",
		"a AND !!":              `query: at character 7: "!!" holds nothing to look for`,
		strings.Repeat("(", 40): "query: at character 34: is nested more than 32 deep",
	} {
		if _, err := Parse(query); err == nil || err.Error() != want || wire.KindOf(err) != wire.Invalid {
			t.Errorf("%q: %v\nwant %s", query, err, want)
		}
	}
}

// words that random queries and items are made of.
var vocabulary = []string{"plant", "trade", "energy", "طاقة", "شمس", "東京", "工場", "新", "завод", "โรงงาน", "2.1", "nhà"}

func drawQuery(t *rapid.T, depth int) string {
	if depth == 0 || rapid.IntRange(0, 2).Draw(t, "leaf") == 0 {
		w := rapid.SampledFrom(vocabulary).Draw(t, "word")
		switch rapid.IntRange(0, 4).Draw(t, "kind") {
		case 0:
			return "lang:" + rapid.SampledFrom([]string{"en", "ar", "ja", "zh"}).Draw(t, "lang")
		case 1:
			return "sector:" + rapid.SampledFrom([]string{"energy", "finance"}).Draw(t, "sector")
		case 2:
			return `"` + w + " " + rapid.SampledFrom(vocabulary).Draw(t, "second") + `"`
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
	it := item(rapid.SampledFrom([]string{"en", "ar", "ja", "zh-Hans"}).Draw(t, "language"), strings.Join(words, " "))
	it.Sectors = rapid.SliceOfN(rapid.SampledFrom([]string{"energy", "finance"}), 0, 2).Draw(t, "sectors")
	return it
}

func TestTheIndexFindsExactlyWhatAskingEachQueryWould(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := NewIndex()
		held := map[wire.SubscriptionID]*Query{}
		for range rapid.IntRange(1, 40).Draw(t, "changes") {
			id := wire.SubscriptionID(rapid.IntRange(1, 12).Draw(t, "id"))
			if rapid.IntRange(0, 3).Draw(t, "remove") == 0 {
				x.Remove(id)
				delete(held, id)
				continue
			}
			q, err := Parse(drawQuery(t, 3))
			if err != nil {
				t.Fatal(err)
			}
			x.Put(id, q)
			held[id] = q
		}
		d := NewDocument(drawItem(t))
		var want []wire.SubscriptionID
		for id, q := range held {
			if q.Matches(d) {
				want = append(want, id)
			}
		}
		slices.Sort(want)
		if got := x.Match(d); !slices.Equal(got, want) {
			t.Fatalf("index %v, one by one %v", got, want)
		}
		if x.Len() != len(held) {
			t.Fatalf("holds %d, want %d", x.Len(), len(held))
		}
	})
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

func TestFilters(t *testing.T) {
	q, err := FromFilter(Filter{Languages: []string{"ar", "en"}, Sectors: []string{"energy"}, Organisations: []string{"Halden Robotics"}, Text: "a OR b"})
	if want := `(lang:ar OR lang:en) AND sector:energy AND org:"Halden Robotics" AND (a OR b)`; err != nil || q.String() != want {
		t.Errorf("%s, %v; want %s", q, err, want)
	}
	if q, err := FromFilter(Filter{}); err != nil || q.String() != "*" || !q.Matches(NewDocument(item("en", "x"))) {
		t.Errorf("the empty filter: %v, %v", q, err)
	}
	if _, err := FromFilter(Filter{Text: "("}); wire.KindOf(err) != wire.Invalid {
		t.Errorf("bad text: %v", err)
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"a AND (b OR -c)", `org:"x y" lang:ar`, "طاقة OR 東京", `"a\"b"`, "*", "NOT NOT a", "-", "lang:\"\"", "“x”", "((((", "a:b:c", "\xff"} {
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

func BenchmarkMatch100000(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	x := NewIndex()
	for i := range 100_000 {
		q := fmt.Sprintf("lang:%s AND sector:s%d", []string{"en", "ar", "ja"}[r.IntN(3)], r.IntN(40))
		if i%3 == 0 {
			q = fmt.Sprintf("lang:en AND w%d AND (w%d OR w%d)", r.IntN(5000), r.IntN(5000), r.IntN(5000))
		}
		x.Put(wire.SubscriptionID(i+1), parse(b, q))
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
