package feed

import (
	"encoding/xml"

	"github.com/wireroom/wireroom/internal/format"
	"github.com/wireroom/wireroom/internal/locale"
	"github.com/wireroom/wireroom/internal/vocab"
	"github.com/wireroom/wireroom/internal/wire"
)

type atomLink struct {
	Rel      string `xml:"rel,attr"`
	Href     string `xml:"href,attr"`
	Type     string `xml:"type,attr,omitempty"`
	Hreflang string `xml:"hreflang,attr,omitempty"`
}

type atomText struct {
	Type  string `xml:"type,attr"`
	Value string `xml:",chardata"`
}

type atomCategory struct {
	Term  string `xml:"term,attr"`
	Label string `xml:"label,attr"`
}

type atomPerson struct {
	Name string `xml:"name"`
}

type atomEntry struct {
	Lang       string         `xml:"xml:lang,attr"`
	ID         string         `xml:"id"`
	Title      atomText       `xml:"title"`
	Published  string         `xml:"published"`
	Updated    string         `xml:"updated"`
	Author     atomPerson     `xml:"author"`
	Links      []atomLink     `xml:"link"`
	Categories []atomCategory `xml:"category"`
	Summary    atomText       `xml:"summary"`
	Content    atomText       `xml:"content"`
}

// atomTombstone is the deleted-entry of RFC 6721. It declares its namespace
// itself: a feed without one has nothing that a validator does not know.
type atomTombstone struct {
	NS      string     `xml:"xmlns:at,attr"`
	Ref     string     `xml:"ref,attr"`
	When    string     `xml:"when,attr"`
	By      atomPerson `xml:"at:by"`
	Comment string     `xml:"at:comment"`
}

type atomDocument struct {
	XMLName  xml.Name        `xml:"http://www.w3.org/2005/Atom feed"`
	Lang     string          `xml:"xml:lang,attr"`
	ID       string          `xml:"id"`
	Title    atomText        `xml:"title"`
	Subtitle atomText        `xml:"subtitle"`
	Updated  string          `xml:"updated"`
	Author   atomPerson      `xml:"author"`
	Links    []atomLink      `xml:"link"`
	Deleted  []atomTombstone `xml:"at:deleted-entry"`
	Entries  []atomEntry     `xml:"entry"`
}

// Atom writes an Atom feed (RFC 4287). Each entry has exactly one alternate:
// readers take the last of several, which would be a wrong language;
// translations are related.
//
// A killed story has both a deleted-entry (RFC 6721) and an entry that says so.
// They bear the same time, at which §3 there gives precedence to the entry: who
// knows the mark still shows the notice, who archives finds the mark.
func Atom(f Feed) ([]byte, error) {
	self := f.self("atom")
	doc := atomDocument{
		Lang: f.Language, ID: self, Title: atomText{"text", f.title()}, Subtitle: atomText{"text", f.description()},
		Updated: format.Stamp(f.updated()), Author: atomPerson{f.Site.Name},
		Links: []atomLink{
			{Rel: "self", Href: self, Type: "application/atom+xml"},
			{Rel: "alternate", Href: f.page(), Type: "text/html", Hreflang: f.Language},
		},
	}
	if hub := f.hub(); hub != "" {
		doc.Links = append(doc.Links, atomLink{Rel: "hub", Href: hub})
	}
	for i := range f.Items {
		it := &f.Items[i]
		p := locale.For(it.Language)
		if it.Action == wire.Kill {
			doc.Deleted = append(doc.Deleted, atomTombstone{"http://purl.org/atompub/tombstones/1.0", ID(it), format.Stamp(it.ClearTime), atomPerson{f.Site.Name}, format.Notice(it, p)})
		}
		doc.Entries = append(doc.Entries, f.atomEntry(it, p))
	}
	return marshal(doc)
}

func (f Feed) atomEntry(it *wire.Item, p locale.Printer) atomEntry {
	e := atomEntry{
		Lang: it.Language, ID: ID(it), Title: atomText{"text", format.Headline(it, p)},
		Published: format.Stamp(it.First), Updated: format.Stamp(it.ClearTime), Author: atomPerson{f.author(it)},
		Links:   []atomLink{{Rel: "alternate", Href: f.Site.ItemURL(it), Type: "text/html", Hreflang: it.Language}},
		Summary: atomText{"text", summary(it, p)}, Content: atomText{"html", format.Content(it, p)},
	}
	for _, other := range it.Editions {
		if other != it.Language {
			e.Links = append(e.Links, atomLink{Rel: "related", Href: f.Site.EditionURL(it.Release, other), Type: "text/html", Hreflang: other})
		}
	}
	for _, p := range it.Pictures {
		e.Links = append(e.Links, atomLink{Rel: "enclosure", Href: p.URL, Type: p.Type})
	}
	for _, s := range it.Sectors {
		e.Categories = append(e.Categories, atomCategory{s, vocab.SectorName(s, it.Language)})
	}
	return e
}
