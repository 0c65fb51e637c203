package nitf

import (
	"strconv"
	"time"

	"github.com/wireroom/wireroom/internal/format"
	"github.com/wireroom/wireroom/internal/format/markup"
	"github.com/wireroom/wireroom/internal/locale"
	"github.com/wireroom/wireroom/internal/vocab"
	"github.com/wireroom/wireroom/internal/wire"
)

const (
	namespace = "http://iptc.org/std/NITF/2006-10-18/"
	// version is fixed by the schema, as are change.date and change.time, which
	// are left out: nobody reads them and they are easily wrong.
	version = "-//IPTC//DTD NITF 3.6//EN"
)

// Encode writes an item in the namespace of NITF.
func Encode(it *wire.Item, site format.Site) ([]byte, error) { return encode(it, site, namespace) }

// EncodeBare writes an item without namespace: Superdesk and others look for
// <nitf> as it was before there were any.
func EncodeBare(it *wire.Item, site format.Site) ([]byte, error) { return encode(it, site, "") }

func encode(it *wire.Item, site format.Site, namespace string) ([]byte, error) {
	p := locale.For(it.Language)
	var w markup.Writer
	w.Open("nitf", "xmlns", namespace, "version", version, "uno", uno(it), "baselang", it.Language, "xml:lang", it.Language)
	head(&w, it, site, p)
	w.Open("body", "xml:lang", it.Language)
	bodyHead(&w, it, site, p)
	w.Open("body.content")
	if !it.Action.Withdraws() {
		story(&w, it)
	}
	w.Close()
	w.Open("body.end")
	if !it.Action.Withdraws() {
		w.Leaf("tagline", tagline(it, p))
	}
	w.Close()
	w.Close()
	w.Close()
	return w.Bytes()
}

// uno is the universal news object number: the same for all versions.
func uno(it *wire.Item) string {
	return "urn:wireroom:" + string(it.Release) + ":" + it.Language
}

// head keeps the order of the schema: title, meta, tobject, docdata, pubdata,
// revision-history.
func head(w *markup.Writer, it *wire.Item, site format.Site, p locale.Printer) {
	w.Open("head")
	w.Leaf("title", it.Headline)
	for _, q := range format.Properties(it) {
		meta(w, q.Name, q.Value)
	}
	meta(w, format.EmbargoProperty, format.Embargo(it))
	for _, sector := range it.Sectors {
		meta(w, "sector", sector)
	}
	for _, place := range it.Places {
		meta(w, "place", place)
	}
	for _, code := range it.Subjects {
		if _, ok := vocab.LookupTopic(code); !ok {
			meta(w, "subject", code)
		}
	}
	if c := it.Provider; c != nil {
		meta(w, "provider", c.Name)
		meta(w, "credit", c.Line)
		if wire.SafeLink(c.URL) {
			meta(w, "provider-link", c.URL)
		}
	}
	topics(w, it)
	docdata(w, it, site, p)
	w.Empty("pubdata", "type", "web", "date.publication", norm(it.ClearTime), "name", site.Name, "ex-ref", site.ItemURL(it))
	if it.Action.Amends() {
		w.Empty("revision-history", "name", site.Name, "function", "editor", "norm", norm(it.ClearTime), "comment", string(it.Action))
	}
	w.Close()
}

func meta(w *markup.Writer, name, content string) {
	if content != "" {
		w.Empty("meta", "name", MetaPrefix+name, "content", content)
	}
}

// MetaPrefix begins the names of what the wire says in meta elements: its
// properties, and "sector", "place", "subject", "provider", "credit" and
// "provider-link".
const MetaPrefix = "wireroom-"

// topics are the Media Topics in the place of the older subject codes, whose
// form they share: eight digits.
func topics(w *markup.Writer, it *wire.Item) {
	w.Open("tobject", "tobject.type", "news")
	w.Empty("tobject.property", "tobject.property.type", "current")
	for _, code := range it.Subjects {
		if topic, ok := vocab.LookupTopic(code); ok {
			w.Empty("tobject.subject", "tobject.subject.ipr", "IPTC", "tobject.subject.refnum", topic.Code, "tobject.subject.type", vocab.TopicName(code, it.Language))
		}
	}
	w.Close()
}

func docdata(w *markup.Writer, it *wire.Item, site format.Site, p locale.Printer) {
	id := string(it.Release) + ":" + it.Language
	attributes := []string{"management-status", format.PubStatus(it.Action)}
	if it.Action.Withdraws() {
		attributes = append(attributes, "management-doc-idref", id)
	}
	w.Open("docdata", attributes...)
	if it.Action == wire.Correct || it.Action == wire.Refile {
		w.Empty("correction", "info", format.EditorsNote(it, p), "id-string", id, "regsrc", site.Name)
	}
	if it.Dateline.Country != "" {
		w.Empty("evloc", "iso-cc", it.Dateline.Country, "city", it.Dateline.City)
	}
	w.Empty("doc-id", "id-string", id, "regsrc", site.Name)
	w.Empty("urgency", "ed-urg", strconv.Itoa(format.Urgency(it.Priority)))
	w.Empty("date.issue", "norm", norm(it.First))
	w.Empty("date.release", "norm", norm(released(it)))
	if note := format.EditorsNote(it, p); note != "" {
		w.Empty("ed-msg", "info", note)
	}
	w.Empty("du-key", "key", string(it.Release), "version", strconv.Itoa(it.Version))
	if source := format.Source(it); source != "" {
		w.Empty("doc.copyright", "year", strconv.Itoa(it.First.UTC().Year()), "holder", source)
	}
	w.Open("key-list")
	for _, sector := range it.Sectors {
		w.Empty("keyword", "key", vocab.SectorName(sector, it.Language))
	}
	w.Close()
	w.Open("identified-content")
	if it.Organisation != "" {
		w.Open("org", "class", "issuer")
		w.Text(it.Organisation)
		for _, i := range it.Instruments {
			altCode(w, i.Ticker, i.MIC)
			altCode(w, i.ISIN, "ISIN")
			altCode(w, i.LEI, "LEI")
		}
		w.Close()
	}
	for _, code := range it.Places {
		if name := vocab.CountryName(code, it.Language); name != code {
			w.Open("location", "location-code", code, "code-source", "iso3166-1a2")
			w.Leaf("country", name, "iso-cc", code)
			w.Close()
		}
	}
	w.Close()
	w.Close()
}

// released is when a story was to be available: the end of its embargo, or the
// clear time of one that had none. pubdata has the clear time of both.
func released(it *wire.Item) time.Time {
	if it.Scheduled.IsZero() {
		return it.ClearTime
	}
	return it.Scheduled
}

func altCode(w *markup.Writer, value, source string) {
	if value == "" {
		return
	}
	if source == "" {
		source = "ticker"
	}
	w.Empty("alt-code", "idsrc", source, "value", value)
}

func bodyHead(w *markup.Writer, it *wire.Item, site format.Site, p locale.Printer) {
	w.Open("body.head")
	if it.Headline != "" {
		w.Open("hedline")
		w.Leaf("hl1", it.Headline, "xml:lang", it.Language)
		for _, s := range it.Subheads {
			w.Leaf("hl2", s, "xml:lang", it.Language)
		}
		w.Close()
	}
	if note := format.EditorsNote(it, p); note != "" {
		w.Open("note", "noteclass", "editorsnote", "type", "std")
		w.Open("body.content")
		w.Leaf("p", note)
		w.Close()
		w.Close()
	}
	if source := format.Source(it); source != "" {
		w.Open("rights")
		w.Leaf("rights.owner", source)
		w.Close()
	}
	w.Open("distributor")
	w.Leaf("org", site.Name)
	w.Close()
	if d := it.Dateline; d.City != "" || d.Date != "" {
		w.Open("dateline")
		if d.City != "" {
			w.Open("location")
			w.Leaf("city", d.City)
			w.Close()
		}
		if t, err := time.Parse(time.DateOnly, d.Date); err == nil {
			w.Leaf("story.date", p.Date(t), "norm", t.Format("20060102"))
		}
		w.Close()
	}
	w.Close()
}

// tagline says where the text comes from.
func tagline(it *wire.Item, p locale.Printer) string {
	credits := format.Credits(it, p)
	line := ""
	for i, c := range credits {
		if i > 0 {
			line += " · "
		}
		line += c
	}
	return line
}

// norm is a time as NITF writes it (ISO 8601 basic), in UTC.
func norm(t time.Time) string { return t.UTC().Format("20060102T150405Z") }
