// Package offer is the list of formats in which the wire offers an item: what
// subscriptions may ask for by name, and pages and addresses by extension. It is
// the one such list; channels and faces read it.
//
// Lists of items are feeds, which are not here. It does no I/O.
package offer

import (
	"errors"
	"slices"
	"strings"
	"sync"

	"github.com/wireroom/wireroom/internal/format"
	"github.com/wireroom/wireroom/internal/format/docx"
	"github.com/wireroom/wireroom/internal/format/iptc7901"
	"github.com/wireroom/wireroom/internal/format/newsml1"
	"github.com/wireroom/wireroom/internal/format/newsmlg2"
	"github.com/wireroom/wireroom/internal/format/ninjs"
	"github.com/wireroom/wireroom/internal/format/nitf"
	"github.com/wireroom/wireroom/internal/format/pdf"
	"github.com/wireroom/wireroom/internal/format/plain"
	"github.com/wireroom/wireroom/internal/format/schemaorg"
	"github.com/wireroom/wireroom/internal/locale"
	"github.com/wireroom/wireroom/internal/wire"
)

// Format is one of the formats.
type Format struct {
	Name  string // in subscriptions: "newsml-g2"
	Label string // for people; names of formats are not translated
	Ext   string // of files and addresses, its own: up to nine letters and figures
	Media string // MIME type, with the encoding where the type needs it
	Shown bool   // pages lead to it; the others are for those who know them

	encode  func(*wire.Item, format.Site) ([]byte, error)
	carries func(language string, site format.Site) bool // nil: every language
}

// Names of formats that have a meaning elsewhere.
const (
	Ninjs = "ninjs" // the default of every channel
	// Push is the dialect of ninjs that Newsroom takes, signed by a header of its
	// own.
	Push = "superdesk"
)

var formats = []Format{
	{Name: "text", Label: "TXT", Ext: "txt", Media: "text/plain; charset=utf-8", Shown: true, encode: func(it *wire.Item, _ format.Site) ([]byte, error) {
		return plain.Encode(it, locale.For(it.Language)), nil
	}},
	{Name: Ninjs, Label: "ninjs", Ext: "json", Media: "application/json", Shown: true, encode: ninjs.Encode},
	{Name: "ninjs-2.2", Label: "ninjs 2.2", Ext: "ninjs2", Media: "application/json", encode: ninjs.Encode22},
	{Name: "ninjs-1.6", Label: "ninjs 1.6", Ext: "ninjs1", Media: "application/json", encode: ninjs.Encode16},
	{Name: Push, Label: "Superdesk ninjs", Ext: "superdesk", Media: "application/json", encode: ninjs.EncodePush},
	{Name: "newsml-g2", Label: "NewsML-G2", Ext: "xml", Media: "application/vnd.iptc.g2.newsitem+xml", Shown: true, encode: newsmlg2.Encode},
	{Name: "newsml-g2-message", Label: "NewsML-G2 message", Ext: "g2message", Media: "application/vnd.iptc.g2.newsmessage+xml", encode: newsmlg2.EncodeMessage},
	{Name: "nitf", Label: "NITF", Ext: "nitf", Media: "application/nitf+xml", Shown: true, encode: nitf.Encode},
	{Name: "nitf-bare", Label: "NITF without namespace", Ext: "barenitf", Media: "application/nitf+xml", encode: nitf.EncodeBare},
	{Name: "newsml-1.2", Label: "NewsML 1.2", Ext: "newsml", Media: "application/xml; charset=utf-8", encode: newsml1.Encode},
	{Name: "schema.org", Label: "JSON-LD", Ext: "jsonld", Media: "application/ld+json", encode: schemaorg.Encode},
	{Name: "docx", Label: "DOCX", Ext: "docx", Media: "application/vnd.openxmlformats-officedocument.wordprocessingml.document", Shown: true, encode: docx.Encode},
	{Name: "pdf", Label: "PDF", Ext: "pdf", Media: "application/pdf", Shown: true, encode: pdf.Encode, carries: pdf.Carries},
	{Name: "iptc7901", Label: "IPTC 7901", Ext: "7901", Media: "text/plain; charset=iso-8859-1", encode: iptc7901.Encode, carries: func(language string, _ format.Site) bool { return iptc7901.Carries(language) }},
}

// All are the formats, best known first. The list is the caller's.
func All() []Format { return slices.Clone(formats) }

// Lookup finds a format by its name; "" is ninjs. It returns an Invalid error
// that names them all for one that is not offered.
func Lookup(name string) (Format, error) {
	if name == "" {
		name = Ninjs
	}
	var names []string
	for _, f := range formats {
		if f.Name == name {
			return f, nil
		}
		names = append(names, f.Name)
	}
	return Format{}, wire.Errorf(wire.Invalid, "format", "%q is not a format of the wire: %s", name, strings.Join(names, ", "))
}

// ByExt finds a format by its extension.
func ByExt(ext string) (Format, bool) {
	i := slices.IndexFunc(formats, func(f Format) bool { return f.Ext == ext })
	if i < 0 {
		return Format{}, false
	}
	return formats[i], true
}

// ByType are the formats that a client can ask for by a media type: those whose
// type says what they are, the first of each type. JSON and XML of no special type
// are asked for by name, as is NITF without its namespace.
func ByType() []Format {
	taken := map[string]bool{}
	return slices.DeleteFunc(All(), func(f Format) bool {
		kind, _, _ := strings.Cut(f.Media, ";")
		again := taken[f.Media]
		taken[f.Media] = true
		return again || kind == "application/json" || kind == "application/xml"
	})
}

// Carries reports whether a format can write a language at all, with what a site
// has to write it with.
func (f Format) Carries(language string, site format.Site) bool {
	return f.carries == nil || f.carries(language, site)
}

// Encode writes an item. It returns an Invalid error, fit to be shown to whoever
// asked for the format, for an item that the format cannot carry.
func (f Format) Encode(it *wire.Item, site format.Site) ([]byte, error) { return f.encode(it, site) }

// Refusal says in a line why Encode refused an item: of an Invalid error its
// words, of any other that it was no fault of the item's.
func Refusal(err error) string {
	if e, ok := errors.AsType[*wire.Error](err); ok && e.Kind == wire.Invalid {
		return e.Message
	}
	return "the format cannot be written"
}

// Renderings are an item in the formats that were asked for, each made once. It
// is safe for concurrent use.
type Renderings struct {
	item *wire.Item
	site format.Site
	mu   sync.Mutex
	made map[string]rendering
}

type rendering struct {
	data []byte
	err  error
}

// Render returns an item's renderings, of which those in the formats that are
// named are made at once.
func Render(it *wire.Item, site format.Site, names ...string) *Renderings {
	r := &Renderings{item: it, site: site, made: map[string]rendering{}}
	for _, name := range names {
		_, _ = r.In(name) // what went wrong is kept for whoever asks
	}
	return r
}

// In returns the item in a format, by its name. The bytes are shared and must
// not be changed.
func (r *Renderings) In(name string) ([]byte, error) {
	f, err := Lookup(name)
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	made, ok := r.made[f.Name]
	if !ok {
		made.data, made.err = f.Encode(r.item, r.site)
		r.made[f.Name] = made
	}
	return made.data, made.err
}
