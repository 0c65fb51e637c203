// Package feed writes lists of items as RSS 2.0, Atom, JSON Feed 1.1 and news
// sitemap. A story that was held or killed stays in its feed under its id, as a
// notice in place of its text: readers do not follow marks of deletion, but
// they do show what changed.
//
// It does no I/O.
package feed

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"strconv"
	"strings"
	"time"

	"github.com/wireroom/wireroom/internal/format"
	"github.com/wireroom/wireroom/internal/locale"
	"github.com/wireroom/wireroom/internal/vocab"
	"github.com/wireroom/wireroom/internal/wire"
)

// Feed is what goes into a feed.
type Feed struct {
	Site     format.Site
	Language string      // of every item; BCP 47
	Sector   string      // "" for all
	Items    []wire.Item // the newest version of each edition, the latest story first
}

func (f Feed) printer() locale.Printer { return locale.For(f.Language) }

func (f Feed) title() string {
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
	t := time.Unix(0, 0)
	for i := range f.Items {
		if f.Items[i].ClearTime.After(t) {
			t = f.Items[i].ClearTime
		}
	}
	return t.UTC()
}

// id is the same for all versions of an edition and on every host: RFC 4287
// §4.2.6 wants an id that never changes.
func id(it *wire.Item) string { return "urn:wireroom:" + string(it.Release) + ":" + it.Language }

// content is the whole story as HTML, or the notice that stands in its place.
func content(it *wire.Item, p locale.Printer) string {
	var b strings.Builder
	b.WriteString(`<div lang="` + it.Language + `" dir="` + format.Direction(it) + `">`)
	if n := format.Notice(it, p); n != "" {
		b.WriteString("<p><strong>" + escape(n) + "</strong></p>")
	}
	if !it.Action.Withdraws() {
		if line := format.Dateline(it, p); line != "" {
			b.WriteString("<p>" + escape(line) + "</p>")
		}
		b.WriteString(wire.HTML(it.Body))
		for _, part := range [][]wire.Block{it.Boilerplate, it.Disclaimer} {
			if len(part) > 0 {
				b.WriteString("<hr>" + wire.HTML(part))
			}
		}
	}
	b.WriteString("</div>")
	return b.String()
}

func summary(it *wire.Item, p locale.Printer) string {
	if it.Action.Withdraws() {
		return format.Notice(it, p)
	}
	if len(it.Body) > 0 {
		return it.Body[0].PlainText()
	}
	return it.Headline
}

// author is who speaks; a withdrawal speaks for the wire.
func (f Feed) author(it *wire.Item) string {
	if s := format.Source(it); s != "" {
		return s
	}
	return f.Site.Name
}

func escape(s string) string {
	var b bytes.Buffer
	_ = xml.EscapeText(&b, []byte(s)) // a Buffer does not fail
	return b.String()
}

// RSS writes RSS 2.0 with content, Atom and Dublin Core elements.
func RSS(f Feed) ([]byte, error) {
	p := f.printer()
	type link struct {
		Rel  string `xml:"rel,attr"`
		Href string `xml:"href,attr"`
		Type string `xml:"type,attr,omitempty"`
	}
	type guid struct {
		Permalink bool   `xml:"isPermaLink,attr"`
		Value     string `xml:",chardata"`
	}
	type entry struct {
		Title       string   `xml:"title"`
		Link        string   `xml:"link"`
		GUID        guid     `xml:"guid"`
		PubDate     string   `xml:"pubDate"`
		Updated     string   `xml:"atom:updated"`
		Language    string   `xml:"dc:language"`
		Creator     string   `xml:"dc:creator"`
		Categories  []string `xml:"category"`
		Description string   `xml:"description"`
		Content     string   `xml:"content:encoded"`
	}
	type channel struct {
		Title       string  `xml:"title"`
		Link        string  `xml:"link"`
		Description string  `xml:"description"`
		Language    string  `xml:"language"`
		LastBuild   string  `xml:"lastBuildDate"`
		Links       []link  `xml:"atom:link"`
		Items       []entry `xml:"item"`
	}
	doc := struct {
		XMLName xml.Name `xml:"rss"`
		Version string   `xml:"version,attr"`
		Atom    string   `xml:"xmlns:atom,attr"`
		DC      string   `xml:"xmlns:dc,attr"`
		Content string   `xml:"xmlns:content,attr"`
		Channel channel  `xml:"channel"`
	}{
		Version: "2.0", Atom: "http://www.w3.org/2005/Atom", DC: "http://purl.org/dc/elements/1.1/", Content: "http://purl.org/rss/1.0/modules/content/",
		Channel: channel{
			Title: f.title(), Link: f.Site.FrontURL(f.Language, f.Sector), Description: f.description(), Language: f.Language,
			LastBuild: rfc822(f.updated()),
			Links: []link{
				{"self", f.Site.FeedURL(f.Language, f.Sector, "rss"), "application/rss+xml"},
				{"hub", f.Site.HubURL(), ""},
			},
		},
	}
	for i := range f.Items {
		it := &f.Items[i]
		doc.Channel.Items = append(doc.Channel.Items, entry{
			Title: format.Headline(it, p), Link: f.Site.ItemURL(it), GUID: guid{false, id(it)},
			PubDate: rfc822(it.First), Updated: rfc3339(it.ClearTime), Language: it.Language, Creator: f.author(it),
			Categories: sectorNames(it), Description: summary(it, p), Content: content(it, p),
		})
	}
	return marshal(doc)
}

// Atom writes an Atom feed (RFC 4287). Each entry has exactly one alternate:
// readers take the last of several, which would be a wrong language;
// translations are related.
func Atom(f Feed) ([]byte, error) {
	p := f.printer()
	type link struct {
		Rel      string `xml:"rel,attr"`
		Href     string `xml:"href,attr"`
		Type     string `xml:"type,attr,omitempty"`
		Hreflang string `xml:"hreflang,attr,omitempty"`
	}
	type text struct {
		Type  string `xml:"type,attr"`
		Value string `xml:",chardata"`
	}
	type category struct {
		Term  string `xml:"term,attr"`
		Label string `xml:"label,attr"`
	}
	type person struct {
		Name string `xml:"name"`
	}
	type entry struct {
		Lang       string     `xml:"xml:lang,attr"`
		ID         string     `xml:"id"`
		Title      text       `xml:"title"`
		Published  string     `xml:"published"`
		Updated    string     `xml:"updated"`
		Author     person     `xml:"author"`
		Links      []link     `xml:"link"`
		Categories []category `xml:"category"`
		Summary    text       `xml:"summary"`
		Content    text       `xml:"content"`
	}
	self := f.Site.FeedURL(f.Language, f.Sector, "atom")
	doc := struct {
		XMLName  xml.Name `xml:"http://www.w3.org/2005/Atom feed"`
		Lang     string   `xml:"xml:lang,attr"`
		ID       string   `xml:"id"`
		Title    text     `xml:"title"`
		Subtitle text     `xml:"subtitle"`
		Updated  string   `xml:"updated"`
		Author   person   `xml:"author"`
		Links    []link   `xml:"link"`
		Entries  []entry  `xml:"entry"`
	}{
		Lang: f.Language, ID: self, Title: text{"text", f.title()}, Subtitle: text{"text", f.description()},
		Updated: rfc3339(f.updated()), Author: person{f.Site.Name},
		Links: []link{
			{Rel: "self", Href: self, Type: "application/atom+xml"},
			{Rel: "alternate", Href: f.Site.FrontURL(f.Language, f.Sector), Type: "text/html", Hreflang: f.Language},
			{Rel: "hub", Href: f.Site.HubURL()},
		},
	}
	for i := range f.Items {
		it := &f.Items[i]
		e := entry{
			Lang: it.Language, ID: id(it), Title: text{"text", format.Headline(it, p)},
			Published: rfc3339(it.First), Updated: rfc3339(it.ClearTime), Author: person{f.author(it)},
			Links:   []link{{Rel: "alternate", Href: f.Site.ItemURL(it), Type: "text/html", Hreflang: it.Language}},
			Summary: text{"text", summary(it, p)}, Content: text{"html", content(it, p)},
		}
		for _, other := range it.Editions {
			if other != it.Language {
				e.Links = append(e.Links, link{Rel: "related", Href: f.Site.EditionURL(it.Release, other), Type: "text/html", Hreflang: other})
			}
		}
		for _, s := range it.Sectors {
			e.Categories = append(e.Categories, category{s, vocab.SectorName(s, it.Language)})
		}
		doc.Entries = append(doc.Entries, e)
	}
	return marshal(doc)
}

// JSON writes JSON Feed 1.1.
func JSON(f Feed) ([]byte, error) {
	p := f.printer()
	type author struct {
		Name string `json:"name"`
	}
	type hub struct {
		Type string `json:"type"`
		URL  string `json:"url"`
	}
	type extension struct {
		About      string      `json:"about,omitempty"`
		Number     int64       `json:"wire_number,omitempty"`
		Version    int         `json:"version,omitempty"`
		Action     wire.Action `json:"action,omitempty"`
		Supersedes int64       `json:"supersedes,omitempty"`
	}
	type entry struct {
		ID        string    `json:"id"`
		URL       string    `json:"url"`
		Title     string    `json:"title"`
		Content   string    `json:"content_html"`
		Summary   string    `json:"summary"`
		Published string    `json:"date_published"`
		Modified  string    `json:"date_modified"`
		Authors   []author  `json:"authors"`
		Tags      []string  `json:"tags,omitempty"`
		Language  string    `json:"language"`
		Extension extension `json:"_wireroom"`
	}
	doc := struct {
		Version     string    `json:"version"`
		Title       string    `json:"title"`
		HomePage    string    `json:"home_page_url"`
		FeedURL     string    `json:"feed_url"`
		Description string    `json:"description"`
		Authors     []author  `json:"authors"`
		Language    string    `json:"language"`
		Hubs        []hub     `json:"hubs"`
		Extension   extension `json:"_wireroom"`
		Items       []entry   `json:"items"`
	}{
		Version: "https://jsonfeed.org/version/1.1", Title: f.title(), HomePage: f.Site.FrontURL(f.Language, f.Sector),
		FeedURL: f.Site.FeedURL(f.Language, f.Sector, "json"), Description: f.description(),
		Authors: []author{{f.Site.Name}}, Language: f.Language, Hubs: []hub{{"WebSub", f.Site.HubURL()}},
		Extension: extension{About: "wire_number counts items without gaps; action is publish, update, correct, refile, hold, unhold or kill"},
		Items:     []entry{},
	}
	for i := range f.Items {
		it := &f.Items[i]
		doc.Items = append(doc.Items, entry{
			ID: id(it), URL: f.Site.ItemURL(it), Title: format.Headline(it, p), Content: content(it, p), Summary: summary(it, p),
			Published: rfc3339(it.First), Modified: rfc3339(it.ClearTime), Authors: []author{{f.author(it)}},
			Tags: sectorNames(it), Language: it.Language,
			Extension: extension{Number: it.Number, Version: it.Version, Action: it.Action, Supersedes: it.Supersede},
		})
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(doc)
	return b.Bytes(), err
}

// Bounds of a news sitemap, by the search engines that read them.
const (
	sitemapAge   = 48 * time.Hour
	sitemapItems = 1000
)

// Sitemap writes a news sitemap of the items of the last two days; what was
// held or killed is not in it.
func Sitemap(site format.Site, items []wire.Item, now time.Time) ([]byte, error) {
	type publication struct {
		Name     string `xml:"news:name"`
		Language string `xml:"news:language"`
	}
	type news struct {
		Publication publication `xml:"news:publication"`
		Date        string      `xml:"news:publication_date"`
		Title       string      `xml:"news:title"`
	}
	type url struct {
		Loc  string `xml:"loc"`
		News news   `xml:"news:news"`
	}
	doc := struct {
		XMLName xml.Name `xml:"http://www.sitemaps.org/schemas/sitemap/0.9 urlset"`
		News    string   `xml:"xmlns:news,attr"`
		URLs    []url    `xml:"url"`
	}{News: "http://www.google.com/schemas/sitemap-news/0.9"}
	for i := range items {
		it := &items[i]
		if it.Action.Withdraws() || now.Sub(it.First) > sitemapAge || len(doc.URLs) == sitemapItems {
			continue
		}
		doc.URLs = append(doc.URLs, url{site.ItemURL(it), news{publication{site.Name, sitemapLanguage(it.Language)}, rfc3339(it.First), it.Headline}})
	}
	return marshal(doc)
}

// sitemapLanguage is ISO 639, but for the two Chinese writings, which have tags
// of their own there.
func sitemapLanguage(tag string) string {
	switch tag {
	case "zh-Hans":
		return "zh-cn"
	case "zh-Hant":
		return "zh-tw"
	}
	base, _, _ := strings.Cut(tag, "-")
	return base
}

// ETag changes whenever an item of the list does. It is quoted, as in HTTP.
func ETag(items []wire.Item) string {
	var newest int64
	for i := range items {
		newest = max(newest, items[i].Number)
	}
	return `"` + strconv.FormatInt(newest, 10) + "-" + strconv.Itoa(len(items)) + `"`
}

func sectorNames(it *wire.Item) []string {
	var names []string
	for _, s := range it.Sectors {
		names = append(names, vocab.SectorName(s, it.Language))
	}
	return names
}

// rfc822 is the date of RSS with a four-digit year and a numeric zone.
func rfc822(t time.Time) string { return t.UTC().Format("Mon, 02 Jan 2006 15:04:05 +0000") }

func rfc3339(t time.Time) string { return t.UTC().Truncate(time.Second).Format(time.RFC3339) }

func marshal(doc any) ([]byte, error) {
	body, err := xml.Marshal(doc)
	return append([]byte(xml.Header), body...), err
}
