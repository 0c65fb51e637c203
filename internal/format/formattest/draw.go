package formattest

import (
	"strings"
	"time"

	"pgregory.net/rapid"

	"github.com/wireroom/wireroom/internal/wire"
)

// pieces are texts that go wrong easily: markup, brackets in right-to-left text,
// marks, isolates, astral characters, what looks like the syntax of a format.
var pieces = []string{"Halden", "<b>", "</p>", "&amp;", "& Co", "\"a\"", "'", "]]>", "<![CDATA[", "عقد", "(A-1)", "\u200f", "\u2067abc\u2069", "語", "。", "สัญญา",
	"договор", "👩‍🔬", "e\u0301", "𝒳", "1.8", "%s", "{name}", "\n", "\t", " ", "  ", "-30-", "\ue000", "\ue001", "\ue003", "= ", "http://x.example/?a=1&b=2", "한국"}

// Text draws plain text that the wire may carry, beginning and ending in a
// letter.
func Text(t *rapid.T, label string) string {
	return "Ж" + strings.Join(rapid.SliceOfN(rapid.SampledFrom(pieces), 0, 6).Draw(t, label), "") + "z"
}

// Running draws running text.
func Running(t *rapid.T, label string) wire.Inline {
	var b strings.Builder
	for range rapid.IntRange(1, 4).Draw(t, label+" pieces") {
		text := wire.PlainInline(Text(t, label))
		switch tag := rapid.SampledFrom([]string{"", "", "strong", "em", "sub", "sup", "bdi", "br", "a"}).Draw(t, label+" tag"); tag {
		case "":
			b.WriteString(string(text))
		case "br":
			b.WriteString(string(text) + "<br>" + string(text))
		case "a":
			b.WriteString(string(wire.Link("https://halden.example/?q="+rapid.SampledFrom([]string{"1", "a&b", "%D9%85", "x\"y", "'"}).Draw(t, "query"), Text(t, label))))
		default:
			b.WriteString("<" + tag + ">" + string(text) + "</" + tag + ">")
		}
	}
	return wire.Inline(b.String())
}

// Block draws a block.
func Block(t *rapid.T) wire.Block {
	b := wire.Block{Kind: rapid.SampledFrom([]wire.BlockKind{wire.Paragraph, wire.Heading, wire.Subheading, wire.Quote, wire.List, wire.OrderedList, wire.Table}).Draw(t, "kind")}
	b.Dir = rapid.SampledFrom([]string{"", "", "rtl", "ltr"}).Draw(t, "dir")
	if b.Dir != "" {
		b.Lang = rapid.SampledFrom([]string{"", "ar", "en-GB"}).Draw(t, "lang")
	}
	some := func(label string) []wire.Inline {
		var all []wire.Inline
		for range rapid.IntRange(1, 3).Draw(t, label) {
			all = append(all, Running(t, label))
		}
		return all
	}
	switch b.Kind {
	case wire.List, wire.OrderedList:
		b.Items = some("items")
	case wire.Table:
		for range rapid.IntRange(1, 3).Draw(t, "rows") {
			b.Rows = append(b.Rows, some("cells"))
		}
	default:
		b.Text = Running(t, "text")
	}
	return b
}

func blocks(t *rapid.T, least, most int) []wire.Block {
	var all []wire.Block
	for range rapid.IntRange(least, most).Draw(t, "blocks") {
		all = append(all, Block(t))
	}
	return all
}

func picture(t *rapid.T) wire.Picture {
	p := wire.Picture{
		URL:     "https://halden.example/" + rapid.SampledFrom([]string{"a.jpg", "?a=1&b=2", "%D9%85", "it's"}).Draw(t, "picture"),
		Type:    rapid.SampledFrom([]string{"image/jpeg", "image/png", "image/webp", "image/gif"}).Draw(t, "type"),
		Alt:     rapid.SampledFrom([]string{"", "a <ferry> & more"}).Draw(t, "alt"),
		Caption: rapid.SampledFrom([]string{"", "“Halden” (A-1)", "عبّارة"}).Draw(t, "caption"),
		Credit:  rapid.SampledFrom([]string{"", "Ingrid & Söhne"}).Draw(t, "credit"),
	}
	if rapid.Bool().Draw(t, "measured") {
		p.Width, p.Height = 1200, 800
	}
	return p
}

// Draw draws any item that the wire may carry. It stops the test if the domain
// would have refused it.
func Draw(t *rapid.T) *wire.Item {
	language := rapid.SampledFrom(Languages()).Draw(t, "language")
	r := &wire.Release{ID: wire.ReleaseID(number26(rapid.Int64Range(1, 1<<62).Draw(t, "release"))), Facets: wire.Facets{
		Organisation: rapid.SampledFrom([]string{"", "Halden & Söhne", "واحة <الطاقة>"}).Draw(t, "organisation"),
		Priority:     rapid.SampledFrom([]wire.Priority{wire.Flash, wire.Urgent, wire.Ordinary}).Draw(t, "priority"),
		Sectors:      rapid.SampledFrom([][]string{nil, {"energy"}, {"no such & sector"}}).Draw(t, "sectors"),
		Subjects:     rapid.SampledFrom([][]string{nil, {"04000000"}, {"medtop:04000000"}, {"no such subject"}}).Draw(t, "subjects"),
		Places:       rapid.SampledFrom([][]string{nil, {"SG"}, {"no such place"}}).Draw(t, "places"),
		Instruments:  rapid.SampledFrom([][]wire.Instrument{nil, {{}}, {{Ticker: "HSF"}, {ISIN: "NO0010000001", MIC: "XOSL"}}}).Draw(t, "instruments"),
		Circuits:     rapid.SampledFrom([][]string{nil, {"asia & more"}}).Draw(t, "circuits"),
	}}
	if rapid.Bool().Draw(t, "provided") {
		r.Provider = &wire.Credit{Name: Text(t, "provider"), Line: rapid.SampledFrom([]string{"", "a <line>"}).Draw(t, "line"), URL: rapid.SampledFrom([]string{"", "https://m.example/", "no link at all", "javascript:x"}).Draw(t, "url")}
	}
	e := wire.Edition{
		Language: language, Headline: Text(t, "headline"), Body: blocks(t, 1, 4), Boilerplate: blocks(t, 0, 2), Disclaimer: blocks(t, 0, 1),
		Dateline: rapid.SampledFrom([]wire.Dateline{{}, {City: "Gießen"}, {Date: "2026-02-28", Mark: "M"}, {City: "R'lyeh", Country: "NO", Date: "2028-02-29", Mark: "X & Y"}, {Date: "nonsense"}}).Draw(t, "dateline"),
	}
	for range rapid.IntRange(0, 2).Draw(t, "subheads") {
		e.Subheads = append(e.Subheads, Text(t, "subhead"))
	}
	for range rapid.IntRange(0, 2).Draw(t, "pictures") {
		e.Pictures = append(e.Pictures, picture(t))
	}
	for range rapid.IntRange(0, 2).Draw(t, "contacts") {
		e.Contacts = append(e.Contacts, wire.PressContact{Name: Text(t, "contact"), Role: rapid.SampledFrom([]string{"", "Head"}).Draw(t, "role"), Email: rapid.SampledFrom([]string{"", "press@halden.example"}).Draw(t, "email")})
	}
	r.Editions = []wire.Edition{e, {Language: "he", Headline: "x", Body: []wire.Block{wire.P("x")}}}
	if err := r.Check(); err != nil {
		t.Fatalf("the generator drew what the wire refuses: %v", err)
	}
	at := time.Unix(rapid.Int64Range(1_700_000_000, 2_000_000_000).Draw(t, "at"), rapid.Int64Range(0, 999_999_999).Draw(t, "nanoseconds"))
	if rapid.Bool().Draw(t, "embargoed") {
		r.Schedule.UTC = at.Add(-rapid.SampledFrom([]time.Duration{0, time.Millisecond, time.Second, time.Hour}).Draw(t, "since the embargo")).UTC().Truncate(time.Microsecond)
	}
	action := rapid.SampledFrom(Life).Draw(t, "action")
	var prior *wire.Item
	if action != wire.Publish {
		prior = &wire.Item{Version: 1, Number: 4, First: at.Add(-time.Hour)}
	}
	it := wire.NewItem(r, &e, action, prior, at, wire.Amendment{Reason: rapid.SampledFrom([]string{"", "a <reason> & more"}).Draw(t, "reason")})
	it.Number = 5
	return &it
}

// Corpus is what judges are shown: the whole life of the story in fifteen
// languages, with pictures and without an embargo, the other way round, and as
// many drawn items again. It is the same in every run.
func Corpus() []wire.Item {
	corpus := Items()
	for _, it := range Items() {
		it.Pictures = nil
		it.Scheduled = it.First.Truncate(time.Minute)
		it.ID = wire.ItemID(number26(int64(len(corpus) + 1)))
		corpus = append(corpus, it)
	}
	drawn := rapid.Custom(func(t *rapid.T) *wire.Item { return Draw(t) })
	for seed := range drawnItems {
		corpus = append(corpus, *drawn.Example(seed))
	}
	return corpus
}

const drawnItems = 210
