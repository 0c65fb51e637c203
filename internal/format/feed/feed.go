// Package feed writes lists of items as RSS 2.0, Atom, JSON Feed 1.1 and news
// sitemap. A story that was held or killed stays in its feed under its id, as a
// notice in place of its text: readers do not follow marks of deletion, but
// they do show what changed.
//
// It does no I/O.
package feed

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/xml"
	"time"

	"github.com/wireroom/wireroom/internal/format"
	"github.com/wireroom/wireroom/internal/locale"
	"github.com/wireroom/wireroom/internal/vocab"
	"github.com/wireroom/wireroom/internal/wire"
)

// Feed is what goes into a feed.
type Feed struct {
	Site     format.Site
	Language string      // of every item, but for a search; BCP 47
	Sector   string      // "" for all
	Search   *Search     // what it follows; nil for what a language has
	Items    []wire.Item // the newest version of each edition, the latest story first
}

// Search is a search that a feed follows, in which items are of any language.
type Search struct {
	Query      string // the whole search as one query
	Parameters string // of its addresses: "?…"
}

func (f Feed) printer() locale.Printer { return locale.For(f.Language) }

// self is the address of the feed, page that of the page with the same in it.
func (f Feed) self(kind string) string {
	if f.Search != nil {
		return f.Site.SearchFeedURL(f.Language, kind, f.Search.Parameters)
	}
	return f.Site.FeedURL(f.Language, f.Sector, kind)
}

func (f Feed) page() string {
	if f.Search != nil {
		return f.Site.SearchURL(f.Language, f.Search.Parameters)
	}
	return f.Site.FrontURL(f.Language, f.Sector)
}

// hub tells readers of changes; "" where there is none.
func (f Feed) hub() string {
	if f.Search != nil {
		return ""
	}
	return f.Site.HubURL()
}

// maxTitle bounds a query within a title, in characters.
const maxTitle = 200

func (f Feed) title() string {
	if f.Search != nil {
		query := f.Search.Query
		if runes := []rune(query); len(runes) > maxTitle {
			query = string(runes[:maxTitle]) + "…"
		}
		return f.printer().T("feed.search_title", "name", f.Site.Name, "query", query)
	}
	name := f.Language
	if l, ok := vocab.LookupLanguage(f.Language); ok {
		name = l.Name
	}
	if f.Sector != "" {
		return f.printer().T("feed.sector_title", "name", f.Site.Name, "sector", vocab.SectorName(f.Sector, f.Language), "language", name)
	}
	return f.printer().T("feed.title", "name", f.Site.Name, "language", name)
}

func (f Feed) description() string { return f.printer().T("feed.description", "name", f.Site.Name) }

// updated is when the feed last changed; the epoch for an empty one, so that it
// stays the same until there is something.
func (f Feed) updated() time.Time {
	if t := LastModified(f.Items); !t.IsZero() {
		return t
	}
	return time.Unix(0, 0).UTC()
}

// author is who speaks; a withdrawal speaks for the wire.
func (f Feed) author(it *wire.Item) string {
	if s := format.Source(it); s != "" {
		return s
	}
	return f.Site.Name
}

// ID names an edition in every feed: the same for all its versions and on every
// host, because RFC 4287 §4.2.6 wants an id that never changes.
func ID(it *wire.Item) string { return "urn:wireroom:" + string(it.Release) + ":" + it.Language }

// ETag is a validator for a list of items, quoted as in HTTP. It changes
// whenever an item comes, goes, moves or has a new version, because each of
// them changes the list's wire numbers.
func ETag(items []wire.Item) string {
	numbers := make([]byte, 0, 8*len(items))
	for i := range items {
		numbers = binary.BigEndian.AppendUint64(numbers, uint64(items[i].Number))
	}
	sum := sha256.Sum256(numbers)
	return `"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`
}

// LastModified is the clear time of the item with the highest wire number, in
// whole seconds UTC as HTTP has them; zero for an empty list.
func LastModified(items []wire.Item) time.Time {
	var newest *wire.Item
	for i := range items {
		if newest == nil || items[i].Number > newest.Number {
			newest = &items[i]
		}
	}
	if newest == nil {
		return time.Time{}
	}
	return newest.ClearTime.UTC().Truncate(time.Second)
}

// summary is the notice of an item, or its lead.
func summary(it *wire.Item, p locale.Printer) string {
	switch {
	case it.Action.Withdraws():
		return format.Notice(it, p)
	case len(it.Body) > 0:
		return it.Body[0].PlainText()
	}
	return it.Headline
}

func sectorNames(it *wire.Item) []string {
	var names []string
	for _, s := range it.Sectors {
		names = append(names, vocab.SectorName(s, it.Language))
	}
	return names
}

func marshal(doc any) ([]byte, error) {
	var b bytes.Buffer
	b.WriteString(xml.Header)
	err := xml.NewEncoder(&b).Encode(doc)
	return b.Bytes(), err
}
