// Package ninjs writes items as IPTC ninjs 3.1 and reads them back. The schema
// is closed, so nothing of our own is added; language and direction of blocks
// stand in the HTML of the body, where ninjs has room for them.
//
// It does no I/O.
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

const schema = "http://www.iptc.org/std/ninjs/ninjs-schema_3.1.json#"

// Document is a ninjs 3.1 object, as far as the wire uses it. Members are in
// the order of the specification.
type Document struct {
	URI             string         `json:"uri"`
	Standard        Standard       `json:"standard"`
	Type            string         `json:"type"`
	Representation  string         `json:"representationType"`
	Version         string         `json:"version"`
	FirstCreated    string         `json:"firstCreated"`
	VersionCreated  string         `json:"versionCreated"`
	PubStatus       string         `json:"pubStatus"`
	Urgency         int            `json:"urgency"`
	CopyrightHolder string         `json:"copyrightHolder,omitempty"`
	UsageTerms      string         `json:"usageTerms,omitempty"`
	EdNote          string         `json:"edNote,omitempty"`
	Language        string         `json:"language"`
	Headlines       []Text         `json:"headlines,omitempty"`
	Descriptions    []Text         `json:"descriptions,omitempty"`
	Bodies          []Text         `json:"bodies,omitempty"`
	Organisations   []Organisation `json:"organisations,omitempty"`
	People          []Person       `json:"people,omitempty"`
	Places          []Concept      `json:"places,omitempty"`
	Subjects        []Concept      `json:"subjects,omitempty"`
	InfoSources     []InfoSource   `json:"infoSources,omitempty"`
	By              string         `json:"by,omitempty"`
	Located         string         `json:"located,omitempty"`
	Renditions      []Rendition    `json:"renditions,omitempty"`
	AltIDs          []AltID        `json:"altIds,omitempty"`
}

// Standard says what the document is written in.
type Standard struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	Schema  string `json:"schema"`
}

// Text is one headline, description or body.
type Text struct {
	Role        string `json:"role,omitempty"`
	ContentType string `json:"contentType,omitempty"`
	CharCount   int    `json:"charCount,omitempty"`
	Value       string `json:"value"`
}

// Organisation is the issuer with its listings.
type Organisation struct {
	Name    string   `json:"name"`
	Rel     string   `json:"rel,omitempty"`
	Symbols []Symbol `json:"symbols,omitempty"`
}

// Symbol is a listed instrument.
type Symbol struct {
	Exchange string `json:"exchange,omitempty"`
	Symbol   string `json:"symbol"`
}

// Person is a press contact.
type Person struct {
	Name        string    `json:"name"`
	Rel         string    `json:"rel,omitempty"`
	ContactInfo []Contact `json:"contactInfo,omitempty"`
}

// Contact is one way to reach a person.
type Contact struct {
	Type  string `json:"type"`
	Value string `json:"value"`
}

// Concept is a place or subject.
type Concept struct {
	Name    string `json:"name"`
	Rel     string `json:"rel,omitempty"`
	URI     string `json:"uri,omitempty"`
	Literal string `json:"literal,omitempty"`
}

// InfoSource says who supplied the content.
type InfoSource struct {
	Name string `json:"name"`
	Role string `json:"role,omitempty"`
	URI  string `json:"uri,omitempty"`
}

// Rendition is the same story in another form.
type Rendition struct {
	Name        string `json:"name"`
	Href        string `json:"href"`
	ContentType string `json:"contentType"`
}

// AltID is another identifier, by its role.
type AltID struct {
	Role  string `json:"role"`
	Value string `json:"value"`
}

// Encode writes an item. Times are UTC in whole seconds with a Z, the only form
// every known reader takes.
func Encode(it *wire.Item, site format.Site) ([]byte, error) {
	d := Document{
		URI:      site.EditionURL(it.Release, it.Language),
		Standard: Standard{"ninjs", "3.1", schema},
		Type:     "text", Representation: "full",
		Version:      strconv.Itoa(it.Version),
		FirstCreated: stamp(it.First), VersionCreated: stamp(it.ClearTime),
		PubStatus: pubStatus(it.Action), Urgency: urgency(it.Priority),
		CopyrightHolder: format.Source(it), EdNote: edNote(it), Language: it.Language,
		AltIDs: altIDs(it),
	}
	describe(&d, it)
	if !it.Action.Withdraws() {
		addText(&d, it, site)
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
		o := Organisation{Name: it.Organisation, Rel: "issuer"}
		for _, i := range it.Instruments {
			if i.Ticker != "" {
				o.Symbols = append(o.Symbols, Symbol{i.MIC, i.Ticker})
			}
		}
		d.Organisations = []Organisation{o}
	}
	if p := it.Provider; p != nil {
		d.InfoSources = []InfoSource{{Name: p.Name, Role: "provider", URI: p.URL}}
		d.By = p.Line
	}
	for _, code := range it.Subjects {
		d.Subjects = append(d.Subjects, Concept{Name: vocab.TopicName(code, it.Language), Rel: "about", URI: "http://cv.iptc.org/newscodes/mediatopic/" + code})
	}
	for _, code := range it.Sectors {
		d.Subjects = append(d.Subjects, Concept{Name: vocab.SectorName(code, it.Language), Rel: "sector", Literal: code})
	}
	for _, code := range it.Places {
		d.Places = append(d.Places, Concept{Name: vocab.CountryName(code, it.Language), Rel: "about", URI: "http://cvx.iptc.org/iso3166-1a2/" + code, Literal: code})
	}
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
	d.UsageTerms = wire.PlainText(it.Disclaimer)
	d.Located = it.Dateline.City
	for _, c := range it.Contacts {
		p := Person{Name: c.Name, Rel: "contact"}
		if c.Email != "" {
			p.ContactInfo = append(p.ContactInfo, Contact{"email", c.Email})
		}
		if c.Phone != "" {
			p.ContactInfo = append(p.ContactInfo, Contact{"phone", c.Phone})
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
		Value: `<div lang="` + it.Language + `" dir="` + format.Direction(it) + `">` + "\n" + wire.HTML(blocks) + "\n</div>",
	}
}

// altIDs carries what ninjs has no member for.
func altIDs(it *wire.Item) []AltID {
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
		add("dateline", format.Dateline(it, locale.For(it.Language)))
		add("datelineDate", it.Dateline.Date)
		add("datelineCountry", it.Dateline.Country)
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

func edNote(it *wire.Item) string { return format.Notice(it, locale.For(it.Language)) }

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
