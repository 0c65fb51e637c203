package ninjs

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/wireroom/wireroom/internal/format"
	"github.com/wireroom/wireroom/internal/locale"
	"github.com/wireroom/wireroom/internal/vocab"
	"github.com/wireroom/wireroom/internal/wire"
)

// Encode writes an item. Times are UTC in whole seconds with a Z, the only form
// every known reader takes.
func Encode(it *wire.Item, site format.Site) ([]byte, error) {
	p := locale.For(it.Language)
	d := Document{
		URI:      site.EditionURL(it.Release, it.Language),
		Standard: Standard{"ninjs", "3.1", schema},
		Type:     "text", Representation: "full",
		Version:      strconv.Itoa(it.Version),
		FirstCreated: stamp(it.First), VersionCreated: stamp(it.ClearTime),
		PubStatus: pubStatus(it.Action), Urgency: urgency(it.Priority),
		CopyrightHolder: format.Source(it), EdNote: edNote(it, p), Language: it.Language,
		AltIDs: altIDs(it, p),
	}
	describe(&d, it)
	if !it.Action.Withdraws() {
		addText(&d, it, site)
	}
	for _, other := range it.Editions {
		if other != it.Language {
			d.Associations = append(d.Associations, Association{"translation-" + other, "translation", site.EditionURL(it.Release, other), "text", other})
		}
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(d); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// describe fills in what the item is about and for.
func describe(d *Document, it *wire.Item) {
	if it.Organisation != "" {
		d.Organisations = []Organisation{{Name: it.Organisation, Rel: "issuer", Symbols: symbols(it.Instruments)}}
		d.InfoSources = []InfoSource{{Name: it.Organisation, Role: "issuer"}}
	}
	if p := it.Provider; p != nil {
		s := InfoSource{Name: p.Name, Role: "provider"}
		if wire.SafeLink(p.URL) { // the schema wants a URI
			s.URI = p.URL
		}
		d.InfoSources = append(d.InfoSources, s)
		d.By = p.Line
	}
	for _, code := range it.Subjects {
		subject := Concept{Name: vocab.TopicName(code, it.Language), Rel: "about", Literal: "medtop:" + code}
		if topic, ok := vocab.LookupTopic(code); ok {
			subject.URI, subject.Literal = format.TopicURL(topic.Code), "medtop:"+topic.Code
		}
		d.Subjects = append(d.Subjects, subject)
	}
	for _, code := range it.Sectors {
		d.Subjects = append(d.Subjects, Concept{Name: vocab.SectorName(code, it.Language), Rel: "sector", Literal: code})
	}
	for _, code := range it.Places {
		place := Concept{Name: vocab.CountryName(code, it.Language), Rel: "about", Literal: code}
		if place.Name != code { // the vocabulary has it, so it can stand in a URI
			place.URI = "http://cvx.iptc.org/iso3166-1a2/" + code
		}
		d.Places = append(d.Places, place)
	}
}

func symbols(instruments []wire.Instrument) []Symbol {
	var all []Symbol
	for _, i := range instruments {
		for _, s := range []Symbol{{i.MIC, "", i.Ticker}, {i.MIC, ISIN, i.ISIN}, {"", LEI, i.LEI}} {
			if s.Symbol != "" {
				all = append(all, s)
			}
		}
	}
	return all
}

// addText fills in the words.
func addText(d *Document, it *wire.Item, site format.Site) {
	d.Headlines = []Text{{Role: "main", ContentType: "text/plain", Value: it.Headline}}
	for _, s := range it.Subheads {
		d.Headlines = append(d.Headlines, Text{Role: "subhead", ContentType: "text/plain", Value: s})
	}
	if len(it.Body) > 0 {
		d.Descriptions = []Text{{Role: "lead", ContentType: "text/plain", Value: it.Body[0].PlainText()}}
	}
	d.Bodies = append(d.Bodies, body("main", it, it.Body))
	if len(it.Boilerplate) > 0 {
		d.Bodies = append(d.Bodies, body("boilerplate", it, it.Boilerplate))
	}
	if len(it.Disclaimer) > 0 {
		d.Bodies = append(d.Bodies, body("disclaimer", it, it.Disclaimer))
	}
	d.UsageTerms = wire.PlainText(it.Disclaimer)
	d.Located = it.Dateline.City
	for _, c := range it.Contacts {
		p := Person{Name: c.Name, Rel: "contact"}
		for _, way := range []Contact{{"email", c.Email}, {"phone", c.Phone}, {"jobTitle", c.Role}, {"organisation", c.Organisation}} {
			if way.Value != "" {
				p.ContactInfo = append(p.ContactInfo, way)
			}
		}
		d.People = append(d.People, p)
	}
	d.Renditions = []Rendition{
		{"web", site.ItemURL(it), "text/html"},
		{"text", site.FormatURL(it, "txt"), "text/plain"},
	}
}

// body wraps blocks so that language and direction go with them.
func body(role string, it *wire.Item, blocks []wire.Block) Text {
	return Text{
		Role: role, ContentType: "text/html", CharCount: utf8.RuneCountInString(wire.PlainText(blocks)),
		Value: "<div" + format.Attributes(it.Language) + ">\n" + wire.HTML(blocks) + "\n</div>",
	}
}

// altIDs carries what ninjs has no member for.
func altIDs(it *wire.Item, p locale.Printer) []AltID {
	ids := []AltID{
		{"wireNumber", strconv.FormatInt(it.Number, 10)},
		{"release", string(it.Release)},
		{"item", string(it.ID)},
		{"action", string(it.Action)},
		{"editions", strings.Join(it.Editions, " ")},
	}
	add := func(role, value string) {
		if value != "" {
			ids = append(ids, AltID{role, value})
		}
	}
	if it.Supersede != 0 {
		add("supersedes", strconv.FormatInt(it.Supersede, 10))
	}
	if !it.Action.Withdraws() {
		add("dateline", format.Dateline(it, p))
		add("datelineDate", it.Dateline.Date)
		add("datelineCountry", it.Dateline.Country)
		add("datelineMark", it.Dateline.Mark)
	}
	if t := it.Translation; t != nil {
		add("translatedFrom", t.From) // by whom is nobody else's business
	}
	for _, i := range it.Instruments {
		add("isin", i.ISIN)
		add("lei", i.LEI)
	}
	for _, c := range it.Circuits {
		add("circuit", c)
	}
	add("contentHash", it.Hash)
	add("signature", it.Signature)
	return ids
}

// edNote tells an editor why there is another version of a story and what
// changed in it.
func edNote(it *wire.Item, p locale.Printer) string {
	notice := format.Notice(it, p)
	if it.Action == wire.Unhold {
		notice = format.WithReason(p.T("mail.unhold_text"), it, p)
	}
	return strings.TrimSpace(strings.Join(append([]string{notice}, format.Changes(it, p)...), "\n"))
}

func stamp(t time.Time) string { return t.UTC().Truncate(time.Second).Format("2006-01-02T15:04:05Z") }

func pubStatus(a wire.Action) string {
	switch a {
	case wire.Kill:
		return "canceled"
	case wire.Hold:
		return "withheld"
	}
	return "usable"
}

// urgency is IPTC's scale: 1 is the most urgent, 5 ordinary.
func urgency(p wire.Priority) int {
	switch p {
	case wire.Flash:
		return 1
	case wire.Urgent:
		return 2
	}
	return 5
}
