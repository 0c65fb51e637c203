package formattest

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/wireroom/wireroom/internal/format"
	"github.com/wireroom/wireroom/internal/vocab"
	"github.com/wireroom/wireroom/internal/wire"
)

// Site is the wire of the tests.
func Site() format.Site { return format.Site{BaseURL: "https://wire.example", Name: "Example Wire"} }

// Start is the clear time of the first item.
var Start = time.Date(2026, 5, 5, 6, 30, 0, 123456000, time.UTC)

// Life is what happens to the story, in order. Each action happens in every
// language; an hour lies between two.
var Life = []wire.Action{wire.Publish, wire.Update, wire.Correct, wire.Refile, wire.Hold, wire.Unhold, wire.Kill}

// Languages are the tags of the story's editions, source first.
func Languages() []string {
	var tags []string
	for _, l := range vocab.Languages() {
		tags = append(tags, l.Tag)
	}
	return tags
}

// Release is the story, all editions of it.
func Release() *wire.Release {
	r := &wire.Release{
		ID: "aaaabbbbccccddddeeeeffff22", State: wire.Scheduled,
		Facets: wire.Facets{
			Organisation: "Halden & Söhne Ferries", Priority: wire.Urgent,
			Provider: &wire.Credit{Name: "Meridian <Press>", Line: "Meridian Press / “Sea”", URL: "https://meridian.example/?a=1&b=2"},
			Sectors:  []string{"energy", "technology"}, Subjects: []string{"04000000", "20000298"}, Places: []string{"SG", "NO"},
			Instruments: []wire.Instrument{{ISIN: "NO0010000001", MIC: "XOSL", Ticker: "HSF", LEI: "5493000IBP32UQZ0KL24"}},
			Circuits:    []string{"asia-shipping"},
		},
	}
	for _, tag := range Languages() {
		r.Editions = append(r.Editions, edition(tag, texts[tag]))
	}
	return r
}

func edition(tag string, x text) wire.Edition {
	link := wire.Link("https://halden.example/ferries?a=1&b=2", "halden.example")
	e := wire.Edition{
		Language: tag, Headline: x.headline, Subheads: []string{x.subhead},
		Dateline: wire.Dateline{City: x.city, Country: "SG", Date: "2026-05-05", Mark: "EXAMPLE"},
		Body: []wire.Block{
			{Kind: wire.Paragraph, Text: "<strong>Halden &amp; Söhne</strong> " + wire.PlainInline(x.lead) + " (" + link + ")"},
			{Kind: wire.Heading, Text: wire.PlainInline(x.heading)},
			{Kind: wire.List, Items: []wire.Inline{wire.PlainInline(x.first), wire.PlainInline(x.second) + " CO<sub>2</sub>"}},
			{Kind: wire.Table, Rows: [][]wire.Inline{{wire.PlainInline(x.year), wire.PlainInline(x.ferries)}, {"2027", "4"}, {"2028", "8"}}},
			{Kind: wire.Quote, Text: "<em>" + wire.PlainInline(x.quote) + "</em>"},
			{Kind: wire.Paragraph, Lang: "he", Dir: "rtl", Text: "מעבורות חשמליות <bdi>Halden</bdi> (A-1)"},
		},
		Boilerplate: []wire.Block{wire.P(x.about)},
		Disclaimer:  []wire.Block{wire.P(x.disclaimer)},
		Pictures: []wire.Picture{
			{URL: "https://halden.example/media/ferry.jpg?w=2400&h=1600", Type: "image/jpeg", Width: 2400, Height: 1600, Alt: x.first, Caption: x.heading + " (A-1): " + x.first, Credit: "Halden & Söhne"},
			{URL: "https://halden.example/media/yard.png", Type: "image/png", Alt: x.city},
		},
		Contacts: []wire.PressContact{
			{Name: "Ingrid Söhne", Role: x.role, Organisation: "Halden & Söhne", Email: "press@halden.example", Phone: "+65 5550 0101"},
			{Name: "Newsroom only", Phone: "+65 5550 0199", MediaOnly: true},
		},
		Note: "not for publication",
	}
	if tag != "en" {
		e.Translation = &wire.Translation{From: "en", By: "engine", Reviewer: "a person"}
	}
	return e
}

// Items is the story's whole life: 105 items with the wire numbers 1 to 105,
// language by language within each action. The list is the caller's, what hangs
// below its items is shared.
func Items() []wire.Item { return slices.Clone(life()) }

var life = sync.OnceValue(func() []wire.Item {
	var all []wire.Item
	newest := map[string]*wire.Item{}
	for step, action := range Life {
		r, amendment := Release(), amend(action)
		for i := range r.Editions {
			e := &r.Editions[i]
			if step >= 2 {
				e.Subheads = append(e.Subheads, "1.8 × 10 < 20 & 19 > 18")
			}
			it := wire.NewItem(r, e, action, newest[e.Language], Start.Add(time.Duration(step)*time.Hour), amendment)
			it.Number = int64(len(all) + 1)
			it.ID = wire.ItemID(number26(it.Number))
			it.Hash = strings.Repeat("0123456789abcdef", 4) // steady where the domain grows
			it.Signature = "c2lnbmF0dXJl"
			all = append(all, it)
			newest[e.Language] = &all[len(all)-1]
		}
	}
	return all
})

func amend(action wire.Action) wire.Amendment {
	switch action {
	case wire.Update:
		return wire.Amendment{Changes: []wire.Change{{Field: "body/3", New: "CO2"}, {Field: "contacts", Old: "[]", New: "[{}]"}}}
	case wire.Correct:
		return wire.Amendment{Reason: "The number of ferries & the year were <wrong>.", Changes: []wire.Change{{Field: "headline", Old: "10", New: "12"}, {Field: "subheads/2", New: "1.8 × 10 < 20 & 19 > 18"}}}
	case wire.Hold, wire.Kill:
		return wire.Amendment{Reason: "The issuer asked for it."}
	}
	return wire.Amendment{}
}

// number26 is an id of the form of the wire's, made of a number.
func number26(n int64) string {
	const alphabet = "abcdefghijklmnopqrstuvwxyz234567"
	id := []byte("aaaaaaaaaaaaaaaaaaaaaaaaaa")
	for i := len(id) - 1; n > 0; i-- {
		id[i] = alphabet[n%32]
		n /= 32
	}
	return string(id)
}

// Item is the story's item with an action in a language.
func Item(action wire.Action, language string) *wire.Item {
	for _, it := range Items() {
		if it.Action == action && it.Language == language {
			return &it
		}
	}
	panic(fmt.Sprintf("formattest: no %s in %s", action, language))
}
