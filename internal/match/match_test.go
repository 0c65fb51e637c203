package match

import (
	"errors"
	"fmt"
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
		{item("en", "Halden's 2.1 GW plant", "Free trade talks resumed in Geneva."), []string{"halden", "PLANT", `"free trade"`, "trade free", "2.1", "geneva AND NOT zurich", "(zurich OR geneva) plant", "plants"}, []string{`"plants"`, `"trade free"`, "zurich", "NOT halden", "-geneva", "2", `"geneva plant"`}},
		{item("ar", "توقيع اتفاق الطاقة الشمسيّة", "أعلنت وزارة الطاقة في إسطنبول."), []string{"الطاقة", "طاقة", "اسطنبول", "إسطنبول", `"الطاقة الشمسية"`, "الشمسيّة AND اتفاق", "طاق", "اتفاقية"}, []string{`"طاقة"`, "نفط", `"الشمسية الطاقة"`, `"طاق"`, "أنقرة", `"اتفاقية"`}},
		{item("ja", "東京都が新型ＥＶ工場を発表", "トヨタの工場。"), []string{"東京", "東京都", "EV", "ev工場", "ﾄﾖﾀ", "都", `"新型EV"`}, []string{"京東", "大阪", "工場長", "日産", "府", `"工場 発表会"`}},
		{item("zh-Hans", "海湾公司投资人工智能", "股价上涨。"), []string{"投资", "人工智能", "股价 AND 上涨", "股", "海湾公司", "lang:zh"}, []string{"智能人", "银行", "债", "下跌", "lang:zh-Hant", "人工费"}},
		{item("zh-Hant", "海灣公司投資人工智慧", "股價上漲。"), []string{"投資", "人工智慧", "漲", "lang:zh-Hant", "\"股價上漲\"", "海灣 AND 公司"}, []string{"慧智", "銀行", "下跌", "lang:zh-Hans", "債", "灣海"}},
		{item("ko", "삼성전자는 오늘 배터리를 공개했다", "주가가 올랐다."), []string{"삼성전자", "배터리", "삼성", "주가", `"오늘 배터리"`, "공개"}, []string{"전자삼성", "현대", "밧데리", "어제", "자동차", `"배터리 오늘"`}},
		{item("th", "เปิดโรงงานใหม่ที่ท่าเรือ", "ราคาน้ำมันสูงขึ้น"), []string{"โรงงาน", "ท่าเรือ", "น้ำมัน", "โรงงานใหม่", "เปิด AND ราคา", "สูงขึ้น"}, []string{"โรงเรียน", "ลดลง", "เรือท่า", "ปิดโรงงานเก่า", "ทองคำ", "เครื่องบิน"}},
		{item("vi", "Nhà máy mới ở Hải Đăng", "Năng lượng sạch."), []string{"nhà máy", `"nhà máy"`, "NĂNG LƯỢNG", "đăng", "sạch", "hải AND mới", "nha may", "hai"}, []string{`"nha may"`, "đảng", "nhá", `"máy nhà"`, "cũ", `"hai"`}},
		{item("de", "Größe und Maß", "Das Werk eröffnet."), []string{"GRÖSSE", "größe", "maß", "MASS", "werk", "eröffnet AND NOT schließt", "grosse", "gross", "werke", "masse"}, []string{`"grosse"`, `"gross"`, `"werke"`, `"werk das"`, "schließt", `"masse"`}},
		{item("ru", "Завод в Приморске", "Экспорт вырос."), []string{"завод", "ПРИМОРСКЕ", "экспорт вырос", `"завод в"`, "завод OR порт", "вырос", "приморск", "заводы"}, []string{`"приморск"`, `"заводы"`, "импорт", `"в завод"`, "порт", "рос"}},
		{item("fr", "L’énergie à Valmont", "Usine d'avenir."), []string{"énergie", "l'énergie", "usine", "avenir", `"usine d'avenir"`, "valmont", "energie", "usines"}, []string{`"energie"`, `"usines"`, "paris", `"avenir usine"`, "éner", "NOT usine"}},
		{item("es", "Abre una fábrica", "España crece."), []string{"fábrica", "España", "abre AND crece", `"una fábrica"`, "FÁBRICA", "crece OR cae", "fabrica", "fábricas"}, []string{`"fabrica"`, "espana", "cierra", `"fábrica una"`, `"fábricas"`, "cae"}},
		{item("pt", "Ações sobem", "A produção cresce."), []string{"ações", "PRODUÇÃO", "sobem", `"a produção"`, "cresce", "ações -caem", "acoes", "producao", "ação"}, []string{`"acoes"`, `"producao"`, "caem", `"ação"`, `"produção a"`, "bolsa"}},
		{item("id", "Pabrik baru dibuka", "Ekspor naik."), []string{"pabrik", "ekspor naik", `"pabrik baru"`, "DIBUKA", "naik OR turun", "lang:id", "buka"}, []string{"kilang", "turun", `"baru pabrik"`, "impor", `"buka"`, "lang:ms"}},
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
	if got := parse(t, `lang:zh AND (sector:energy OR sector:top-story) AND NOT org:Other "y"`).Why(d); Short(got) != `lang:zh, sector:top-story, "y"` {
		t.Errorf("why: %+v", got)
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
		"":                                     "query: is empty; ask for words, for a field such as lang:ar, or for * to get everything",
		"a AND":                                "query: at character 6: expects a word, a phrase or a field here, not the end",
		"(طاقة OR نفط":                         "query: at character 13: lacks the ) for the ( at character 1",
		`x "open`:                              "query: at character 3: lacks the closing quotation mark",
		"a OR OR b":                            "query: at character 6: expects a word, a phrase or a field here, not OR",
		"lang:":                                "query: at character 6: lang: needs a value right after the colon",
		"a ) b":                                "query: at character 3: expects AND, OR or the end here, not )",
		"a AND !!":                             `query: at character 7: "!!" holds nothing to look for`,
		strings.Repeat("(", 40):                "query: at character 34: is nested more than 32 deep",
		"a NEAR/0 b":                           "query: at character 3: NEAR takes a number from 1 to 100, as in NEAR/5",
		"a NEAR/x b":                           "query: at character 3: NEAR takes a number from 1 to 100, as in NEAR/5",
		"a NEAR/101 b":                         "query: at character 3: NEAR takes a number from 1 to 100, as in NEAR/5",
		"a NEAR b NEAR c":                      "query: at character 10: NEAR joins two words or phrases; for more write a NEAR/5 b AND b NEAR/5 c",
		"a NEAR (b OR c)":                      "query: at character 8: expects a word, a phrase or a field here, not (",
		"NEAR/3 b":                             "query: at character 1: expects a word, a phrase or a field here, not NEAR/3",
		"headline:a NEAR b":                    "query: at character 12: both sides of NEAR must be looked for in the same part: headline:(a NEAR b)",
		`b "` + strings.Repeat("a ", 65) + `"`: "query: at character 3: a phrase of 65 words is too long; at most 64 fit: quote the beginning of it",
		"headline: a":                          "query: at character 11: headline: needs a word, a phrase or a group right after the colon",
		"headline:(lang:en)":                   "query: at character 11: lang: is no text, and cannot stand in headline:( )",
		"headline:(body:a)":                    "query: at character 11: body: stands inside of headline:( ) already",
		"body:(body:(a))":                      "query: at character 7: body: stands inside of body:( ) already",
		"headline:(a":                          "query: at character 12: lacks the ) for the ( at character 10",
		"te*com":                               "query: at character 1: * stands only at the end of a word, as in telecom*",
		"*com":                                 "query: at character 1: * stands only at the end of a word, as in telecom*",
		"x t*":                                 "query: at character 3: t*: before * 2 to 32 characters are needed",
		"a-tele*":                              "query: at character 1: a-tele*: only one word can be looked for by its beginning; where words are not set apart, they are found without *",
	} {
		if _, err := Parse(query); err == nil || err.Error() != want || wire.KindOf(err) != wire.Invalid {
			t.Errorf("%q: %v\nwant %s", query, err, want)
		}
		var fault *Fault
		if _, err := Parse(query); !errors.As(err, &fault) || fault.Code == "" || fault.At > 0 != strings.HasPrefix(want, fmt.Sprintf("query: at character %d: ", fault.At)) {
			t.Errorf("%q: fault %+v", query, fault)
		}
	}
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

func TestPrefixes(t *testing.T) {
	d := NewDocument(item("en", "Telecoms of Приморск", "الطاقة in Việt Nam, ﬁnance"))
	for query, want := range map[string]bool{
		"telecom*": true, "TELE*": true, "telecoms*": true, "telecomsx*": false, "elecom*": false,
		"примор*": true, "الطا*": true, "việ*": true, "fin*": true, "na*": true, "vie*": false,
		"headline:tele*": true, "body:tele*": false, "body:fin*": true, "NOT tele*": false,
	} {
		if got := parse(t, query).Matches(d); got != want {
			t.Errorf("%s: %t", query, got)
		}
	}
}

func TestNearCountsWordsBetweenLastAndFirst(t *testing.T) {
	d := NewDocument(item("en", "alpha", "one two three four five two", "東京の新工場"))
	for query, want := range map[string]bool{
		"one NEAR/1 two": true, "two NEAR/1 one": true, // neighbours, in either order
		"one NEAR/1 three": false, "one NEAR/2 three": true, "one NEAR four": true,
		`"one two" NEAR/1 three`: true, `"one two" NEAR/1 four`: false, `"four five" NEAR/1 three`: true,
		"one NEAR/100 alpha": false, // in another part
		"five NEAR/1 two":    true, "two NEAR/4 two": true, "two NEAR/3 two": false, "one NEAR one": false,
		"tw* NEAR/1 thr*": true, "body:(one NEAR two)": true, "headline:(one NEAR two)": false,
		"東京 NEAR/4 工場": true, "東京 NEAR/2 工場": false,
		"NOT one NEAR/1 three": true,
	} {
		if got := parse(t, query).Matches(d); got != want {
			t.Errorf("%s: %t", query, got)
		}
	}
}

func TestHeadlineAndBody(t *testing.T) {
	it := item("en", "Plant opens", "The plant is open.")
	it.Subheads = []string{"Jobs for Halden"}
	it.Organisation = "Riwaq"
	d := NewDocument(it)
	for query, want := range map[string]bool{
		"headline:opens": true, `body:"opens"`: false, "body:opens": true, "body:jobs": true, "body:plant": true,
		`headline:"plant opens"`: true, `body:"plant opens"`: false, "headline:(opens AND plant)": true,
		"headline:(opens AND NOT jobs)": true, "riwaq": true, "body:riwaq": false, "headline:riwaq": false,
		`headline:(jobs OR "open" OR x)`: false,
	} {
		if got := parse(t, query).Matches(d); got != want {
			t.Errorf("%s: %t", query, got)
		}
	}
}

func TestCanonicalForms(t *testing.T) {
	for query, want := range map[string]string{
		"a  b":                              "a AND b",
		"a OR (b OR c) -d":                  "a OR ((b OR c) AND NOT d)",
		"headline:(a OR tele*) x":           "(headline:a OR headline:tele*) AND x",
		"headline:( a NEAR b )":             "headline:a NEAR/10 headline:b",
		`NOT “x y” NEAR/3 z`:                `NOT "x y" NEAR/3 z`,
		"org:“Halden Robotics” lang:zh_TW":  `org:"Halden Robotics" AND lang:zh_TW`,
		"*":                                 "*",
		"headline:AND NEAR/2 headline:NEAR": "headline:AND NEAR/2 headline:NEAR",
	} {
		if got := parse(t, query).String(); got != want {
			t.Errorf("%s is %s, want %s", query, got, want)
		}
	}
}

func TestAReasonSaysWhere(t *testing.T) {
	it := item("ar", "الطاقة الشمسية", "نفط. الطاقةُ الشمسيّة في إسطنبول")
	d := NewDocument(it)
	body := it.Body[0].PlainText()
	why := parse(t, `lang:ar "الطاقة الشمسية" NOT غاز`).Why(d)
	if len(why) != 2 || why[0].Field != "lang" || why[0].Value != "ar" || why[0].Places != nil {
		t.Fatalf("%+v", why)
	}
	var got []string
	for _, p := range why[1].Places {
		text := it.Headline
		if p.Part == "body[0]" {
			text = body
		}
		got = append(got, p.Part+" "+text[p.Start:p.End])
	}
	if want := []string{"headline الطاقة", "headline الشمسية", "body[0] الطاقةُ", "body[0] الشمسيّة"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if why := parse(t, "نفط AND غاز").Why(d); why != nil {
		t.Errorf("no match has a reason: %+v", why)
	}
}

func TestBesideALanguageWordsAreLookedForInItsFormsAlone(t *testing.T) {
	terms := func(query string) (n int) {
		var walk func(*Node)
		walk = func(node *Node) {
			for _, s := range node.Steps {
				n += len(s.Any)
			}
			for _, c := range node.Children {
				walk(c)
			}
		}
		walk(parse(t, query).root)
		return n
	}
	for query, want := range map[string]int{
		"plants": 8, "lang:de plants": 2, "plants lang:de": 2, "lang:ja plants": 2, "lang:vi plants": 2,
		"(lang:de OR lang:en) plants": 3, "lang:de OR plants": 8, "lang:de (plants OR NOT plants)": 4,
		"lang:de (lang:en plants)": 2, `lang:de "plants"`: 1, "NOT (lang:de plants)": 2, "(lang:de OR sector:x) plants": 8,
	} {
		if got := terms(query); got != want {
			t.Errorf("%s asks for %d terms, want %d", query, got, want)
		}
	}
	q, err := FromFilter(Filter{Languages: []string{"de"}, Text: "plants OR works"})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := q.root.Children[1].Children[0].Steps[0].Any, parse(t, "lang:de plants").root.Children[1].Steps[0].Any; !slices.Equal(got, want) {
		t.Errorf("a filter asks for %q, its text for %q", got, want)
	}
}

// What is left out by the language would not have been found in it: a query
// without gives the same items, of those in the language.
func TestALanguageLeavesOutNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		language := rapid.SampledFrom([]string{"en", "ar", "ja", "zh-Hans", "de", "vi", "ru", "sv", "uk"}).Draw(t, "language")
		word := rapid.SampledFrom(append(vocabulary, "plants", "Werke", "заводы", "robots", "nha may", "الشمسية")).Draw(t, "word")
		it := item(language, rapid.SampledFrom(append(vocabulary, "plants", "Werk", "заводом", "Robotics", "nhà máy", "شمسية")).Draw(t, "headline"))
		d := NewDocument(it)
		with, err := Parse("lang:" + language + " " + word)
		if err != nil {
			t.Fatal(err)
		}
		without, err := Parse(word)
		if err != nil {
			t.Fatal(err)
		}
		if with.Matches(d) != without.Matches(d) {
			t.Fatalf("%s is found in %s %q: %t, without the language %t", word, language, it.Headline, with.Matches(d), without.Matches(d))
		}
	})
}
