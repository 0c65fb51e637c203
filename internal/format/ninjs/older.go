package ninjs

import (
	"bytes"
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/wireroom/wireroom/internal/format"
	"github.com/wireroom/wireroom/internal/wire"
)

// Encode22 writes an item as ninjs 2.2: the same members in lower case.
func Encode22(it *wire.Item, site format.Site) ([]byte, error) {
	d := document(it, site)
	d.Standard = Standard{"ninjs", "2.2", "http://www.iptc.org/std/ninjs/ninjs-schema_2.2.json#"}
	d.Embargoed, d.EmbargoedUntil = d.EmbargoedUntil, ""
	for i := range d.Associations {
		d.Associations[i].Rel = "" // came with 3.0
	}
	data, err := inJSON(d)
	if err != nil {
		return nil, err
	}
	return member.ReplaceAllFunc(data, bytes.ToLower), nil
}

// member is the name of a member. It is found nowhere else: inside a string
// every quotation mark has a backslash before it.
var member = regexp.MustCompile(`[{,]"[A-Za-z]+":`)

// object is a JSON object whose members stay in their order.
type object []field

type field struct {
	name  string
	value any // "", nil and empty lists are left out
}

// MarshalJSON writes the members that have a value.
func (o object) MarshalJSON() ([]byte, error) {
	b := []byte{'{'}
	for _, f := range o {
		value, err := inJSON(f.value)
		if err != nil {
			return nil, err
		}
		switch string(value) {
		case `""`, "null", "[]", "{}", "0":
			continue
		}
		if len(b) > 1 {
			b = append(b, ',')
		}
		b = append(append(strconv.AppendQuote(b, f.name), ':'), value...)
	}
	return append(b, '}'), nil
}

const (
	topicScheme  = "http://cv.iptc.org/newscodes/mediatopic/"
	placeScheme  = "http://cvx.iptc.org/iso3166-1a2/"
	sectorScheme = "urn:wireroom:sector"
	topicPrefix  = "medtop:"
)

// Encode16 writes an item as ninjs 1.6, where texts are members by their role
// and associated objects are named.
func Encode16(it *wire.Item, site format.Site) ([]byte, error) {
	d := document(it, site)
	o := object{
		{"uri", d.URI}, {"type", d.Type}, {"representationtype", "complete"}, {"version", d.Version},
		{"firstcreated", d.FirstCreated}, {"versioncreated", d.VersionCreated}, {"embargoed", d.EmbargoedUntil},
		{"pubstatus", d.PubStatus}, {"urgency", d.Urgency}, {"copyrightholder", d.CopyrightHolder}, {"usageterms", d.UsageTerms},
		{"ednote", d.EdNote}, {"language", d.Language},
	}
	for i, h := range d.Headlines {
		o = append(o, field{numbered("headline", "headline_sub", i), h.Value})
	}
	for _, t := range d.Descriptions {
		o = append(o, field{"description_" + t.Role, t.Value})
	}
	for _, b := range d.Bodies {
		o = append(o, field{"body_" + b.Role, b.Value})
	}
	o = append(o, field{"byline", d.By}, field{"located", d.Located},
		field{"person", people16(d)}, field{"organisation", organisations16(d)},
		field{"place", concepts16(d.Places, placeScheme)}, field{"subject", concepts16(d.Subjects, topicScheme)},
		field{"infosource", sources16(d)}, field{"renditions", renditions16(d.Renditions)},
		field{"associations", associations16(d)}, field{"altids", altIDs16(d)},
		field{"$standard", Standard{"ninjs", "1.6", "http://www.iptc.org/std/ninjs/ninjs-schema_1.6.json#"}})
	return inJSON(o)
}

// numbered is a name for the first of several, and names with a number for the
// others.
func numbered(first, other string, i int) string {
	if i == 0 {
		return first
	}
	return other + strconv.Itoa(i)
}

func people16(d *Document) []object {
	var all []object
	for _, p := range d.People {
		all = append(all, object{{"name", p.Name}, {"rel", p.Rel}, {"contactinfo", p.ContactInfo}})
	}
	return all
}

func organisations16(d *Document) []object {
	var all []object
	for _, g := range d.Organisations {
		var symbols []object
		for _, s := range g.Symbols {
			symbols = append(symbols, object{{"exchange", s.Exchange}, {"symboltype", s.Type}, {"symbol", s.Symbol}})
		}
		all = append(all, object{{"name", g.Name}, {"rel", g.Rel}, {"symbols", symbols}})
	}
	return all
}

// concepts16 splits the URI of a concept into scheme and code.
func concepts16(concepts []Concept, scheme string) []object {
	var all []object
	for _, c := range concepts {
		in := ""
		switch {
		case c.Rel == "sector":
			in = sectorScheme
		case c.URI != "":
			in = scheme
		}
		all = append(all, object{{"name", c.Name}, {"rel", c.Rel}, {"scheme", in}, {"code", strings.TrimPrefix(c.Literal, topicPrefix)}})
	}
	return all
}

func sources16(d *Document) []object {
	var all []object
	for _, s := range d.InfoSources {
		all = append(all, object{{"name", s.Name}, {"rel", s.Role}, {"scheme", s.URI}})
	}
	return all
}

func renditions16(renditions []Rendition) object {
	var o object
	for _, r := range renditions {
		o = append(o, field{r.Name, object{{"href", r.Href}, {"mimetype", r.ContentType}, {"width", r.Width}, {"height", r.Height}}})
	}
	return o
}

func associations16(d *Document) object {
	var o object
	for _, a := range d.Associations {
		as := object{{"uri", a.URI}, {"type", a.Type}, {"language", a.Language}, {"byline", a.By}}
		for _, t := range a.Descriptions {
			as = append(as, field{"description_" + t.Role, t.Value})
		}
		o = append(o, field{strings.ReplaceAll(a.Name, "-", "_"), append(as, field{"renditions", renditions16(a.Renditions)})})
	}
	return o
}

// altIDs16 are other identifiers by role; a list where a role has several.
func altIDs16(d *Document) object {
	var o object
	names, values := d.roles()
	for _, name := range names {
		if v := values[name]; len(v) == 1 {
			o = append(o, field{name, v[0]})
		} else {
			o = append(o, field{name, v})
		}
	}
	return o
}

// document16 is what Decode16 looks for.
type document16 struct {
	URI, Type, Version, FirstCreated, VersionCreated, PubStatus, CopyrightHolder, UsageTerms, EdNote, Language, Byline, Located, Embargoed string

	Urgency  int
	Headline string
	Person   []struct {
		Name        string
		ContactInfo []Contact
	}
	Organisation []Organisation
	Place        []concept16
	Subject      []concept16
	InfoSource   []concept16
	AltIDs       map[string]any
}

type concept16 struct{ Name, Rel, Scheme, Code string }

type association16 struct {
	URI, Type, Language, Byline string

	Caption    string `json:"description_caption"`
	Alt        string `json:"description_alt"`
	Renditions map[string]struct {
		Href, MimeType string
		Width, Height  int
	}
}

// Decode16 reads a ninjs 1.6 document that Encode16 wrote, as the document of
// today that says the same.
func Decode16(data []byte) (*Document, error) {
	var d document16
	var members map[string]json.RawMessage
	for _, into := range []any{&d, &members} {
		if err := json.Unmarshal(data, into); err != nil {
			return nil, wire.Errorf(wire.Invalid, "ninjs", "this is not a ninjs 1.6 document of the wire: %w", err)
		}
	}
	n := &Document{
		URI: d.URI, Type: d.Type, Version: d.Version, FirstCreated: d.FirstCreated, VersionCreated: d.VersionCreated, Embargoed: d.Embargoed, PubStatus: d.PubStatus,
		Urgency: d.Urgency, CopyrightHolder: d.CopyrightHolder, UsageTerms: d.UsageTerms, EdNote: d.EdNote, Language: d.Language, By: d.Byline, Located: d.Located,
		Organisations: d.Organisation,
	}
	for _, p := range d.Person {
		n.People = append(n.People, Person{Name: p.Name, ContactInfo: p.ContactInfo})
	}
	for _, c := range d.Place {
		n.Places = append(n.Places, Concept{Name: c.Name, Rel: c.Rel, Literal: c.Code})
	}
	for _, c := range d.Subject {
		n.Subjects = append(n.Subjects, Concept{Name: c.Name, Rel: c.Rel, Literal: c.Code})
	}
	for _, c := range d.InfoSource {
		n.InfoSources = append(n.InfoSources, InfoSource{Name: c.Name, Role: c.Rel, URI: c.Scheme})
	}
	for role, value := range d.AltIDs {
		switch v := value.(type) {
		case string:
			n.AltIDs = append(n.AltIDs, AltID{role, v})
		case []any:
			for _, one := range v {
				if s, ok := one.(string); ok {
					n.AltIDs = append(n.AltIDs, AltID{role, s})
				}
			}
		}
	}
	return n, texts16(n, d.Headline, members)
}

// texts16 reads the texts, which are members by their role, and the pictures.
func texts16(n *Document, headline string, members map[string]json.RawMessage) error {
	text := func(name string) string {
		var s string
		_ = json.Unmarshal(members[name], &s) // "" where there is none
		return s
	}
	if headline != "" {
		n.Headlines = append(n.Headlines, Text{Role: "main", Value: headline})
	}
	for i := 1; members["headline_sub"+strconv.Itoa(i)] != nil; i++ {
		n.Headlines = append(n.Headlines, Text{Role: "subhead", Value: text("headline_sub" + strconv.Itoa(i))})
	}
	for _, role := range []string{"main", "boilerplate", "disclaimer"} {
		if body := text("body_" + role); body != "" {
			n.Bodies = append(n.Bodies, Text{Role: role, Value: body})
		}
	}
	var associations map[string]association16
	if raw := members["associations"]; raw != nil {
		if err := json.Unmarshal(raw, &associations); err != nil {
			return wire.Errorf(wire.Invalid, "ninjs", "the associations cannot be read: %w", err)
		}
	}
	for i := 1; ; i++ {
		a, ok := associations["picture_"+strconv.Itoa(i)]
		if !ok {
			break
		}
		p := picture(i-1, wire.Picture{URL: a.URI, Credit: a.Byline, Caption: a.Caption, Alt: a.Alt}, a.Language)
		for _, r := range a.Renditions {
			p.Renditions = []Rendition{{Name: "original", Href: r.Href, ContentType: r.MimeType, Width: r.Width, Height: r.Height}}
		}
		n.Associations = append(n.Associations, p)
	}
	slices.SortStableFunc(n.AltIDs, func(a, b AltID) int { return strings.Compare(a.Role, b.Role) })
	return nil
}
