package ninjs

import (
	"bytes"
	"encoding/json"
	"strconv"
	"unicode/utf8"

	"github.com/wireroom/wireroom/internal/format"
	"github.com/wireroom/wireroom/internal/locale"
	"github.com/wireroom/wireroom/internal/vocab"
	"github.com/wireroom/wireroom/internal/wire"
)

// Encode writes an item as ninjs 3.1. Times are UTC in whole seconds with a Z,
// the only form every known reader takes.
func Encode(it *wire.Item, site format.Site) ([]byte, error) {
	return inJSON(document(it, site))
}

// document is an item in the words of ninjs 3.1, of which the older versions
// and dialects are made.
func document(it *wire.Item, site format.Site) *Document {
	p := locale.For(it.Language)
	d := Document{
		URI:      site.EditionURL(it.Release, it.Language),
		Standard: Standard{"ninjs", "3.1", schema},
		Type:     "text", Representation: "full",
		Version:      strconv.Itoa(it.Version),
		FirstCreated: format.Stamp(it.First), VersionCreated: format.Stamp(it.ClearTime), EmbargoedUntil: format.Embargo(it),
		PubStatus: format.PubStatus(it.Action), Urgency: format.Urgency(it.Priority),
		CopyrightHolder: format.Source(it), EdNote: format.EditorsNote(it, p), Language: it.Language,
		AltIDs: altIDs(it, p),
	}
	describe(&d, it)
	if !it.Action.Withdraws() {
		addText(&d, it, site)
	}
	for _, other := range it.Editions {
		if other != it.Language {
			d.Associations = append(d.Associations, Association{Name: "translation-" + other, Rel: "translation", URI: site.EditionURL(it.Release, other), Type: "text", Language: other})
		}
	}
	for i, p := range it.Pictures {
		d.Associations = append(d.Associations, picture(i, p, it.Language))
	}
	return &d
}

// inJSON is a document without the escapes that only HTML needs.
func inJSON(document any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(document); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// Line is Encode on one line, as a stream carries it: a line feed would end the
// data of an event (WHATWG HTML §9.2.6); within JSON strings there are none.
func Line(it *wire.Item, site format.Site) ([]byte, error) {
	data, err := Encode(it, site)
	if err != nil {
		return nil, err
	}
	var line bytes.Buffer
	line.Grow(len(data))
	if err := json.Compact(&line, data); err != nil {
		return nil, err
	}
	return line.Bytes(), nil
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
		subject := Concept{Name: vocab.TopicName(code, it.Language), Rel: "about", Literal: topicPrefix + code}
		if topic, ok := vocab.LookupTopic(code); ok {
			subject.URI, subject.Literal = format.TopicURL(topic.Code), topicPrefix+topic.Code
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
		{Name: "web", Href: site.ItemURL(it), ContentType: "text/html"},
		{Name: "text", Href: site.FormatURL(it, "txt"), ContentType: "text/plain"},
	}
}

// picture is one picture as an associated object with its one rendition.
func picture(i int, p wire.Picture, language string) Association {
	a := Association{Name: "picture-" + strconv.Itoa(i+1), Rel: "picture", URI: p.URL, Type: "picture", Language: language, By: p.Credit}
	if p.Caption != "" {
		a.Descriptions = append(a.Descriptions, Text{Role: "caption", ContentType: "text/plain", Value: p.Caption})
	}
	if p.Alt != "" {
		a.Descriptions = append(a.Descriptions, Text{Role: "alt", ContentType: "text/plain", Value: p.Alt})
	}
	a.Renditions = []Rendition{{Name: "original", Href: p.URL, ContentType: p.Type, Width: p.Width, Height: p.Height}}
	return a
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
	var ids []AltID
	for _, q := range format.Properties(it) {
		ids = append(ids, AltID{q.Name, q.Value})
	}
	add := func(role, value string) {
		if value != "" {
			ids = append(ids, AltID{role, value})
		}
	}
	if !it.Action.Withdraws() {
		add("dateline", format.Dateline(it, p))
	}
	for _, i := range it.Instruments {
		add("isin", i.ISIN)
		add("lei", i.LEI)
	}
	return ids
}
