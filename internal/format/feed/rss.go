package feed

import (
	"cmp"
	"encoding/xml"
	"time"

	"github.com/wireroom/wireroom/internal/format"
	"github.com/wireroom/wireroom/internal/locale"
	"github.com/wireroom/wireroom/internal/wire"
)

type rssLink struct {
	Rel  string `xml:"rel,attr"`
	Href string `xml:"href,attr"`
	Type string `xml:"type,attr,omitempty"`
}

type rssGUID struct {
	Permalink bool   `xml:"isPermaLink,attr"`
	Value     string `xml:",chardata"`
}

type rssItem struct {
	Title       string   `xml:"title"`
	Link        string   `xml:"link"`
	GUID        rssGUID  `xml:"guid"`
	PubDate     string   `xml:"pubDate"`
	Updated     string   `xml:"atom:updated"`
	Language    string   `xml:"dc:language"`
	Creator     string   `xml:"dc:creator"`
	Categories  []string `xml:"category"`
	Description string   `xml:"description"`
	Content     string   `xml:"content:encoded"`

	Media []rssMedia `xml:"media:content"`
}

// rssMedia is a picture (Media RSS 1.5.1); alt text is its description's.
type rssMedia struct {
	URL         string `xml:"url,attr"`
	Type        string `xml:"type,attr"`
	Medium      string `xml:"medium,attr"`
	Width       int    `xml:"width,attr,omitempty"`
	Height      int    `xml:"height,attr,omitempty"`
	Description string `xml:"media:description,omitempty"`
	Credit      string `xml:"media:credit,omitempty"`
}

func rssPictures(it *wire.Item) []rssMedia {
	var all []rssMedia
	for _, p := range it.Pictures {
		all = append(all, rssMedia{p.URL, p.Type, "image", p.Width, p.Height, format.Line(cmp.Or(p.Caption, p.Alt)), format.Line(p.Credit)})
	}
	return all
}

type rssChannel struct {
	Title       string    `xml:"title"`
	Link        string    `xml:"link"`
	Description string    `xml:"description"`
	Language    string    `xml:"language"`
	LastBuild   string    `xml:"lastBuildDate"`
	Links       []rssLink `xml:"atom:link"`
	Items       []rssItem `xml:"item"`
}

type rssDocument struct {
	XMLName xml.Name   `xml:"rss"`
	Version string     `xml:"version,attr"`
	Atom    string     `xml:"xmlns:atom,attr"`
	DC      string     `xml:"xmlns:dc,attr"`
	Content string     `xml:"xmlns:content,attr"`
	Media   string     `xml:"xmlns:media,attr"`
	Channel rssChannel `xml:"channel"`
}

// RSS writes RSS 2.0 with content, Atom, Dublin Core and Media RSS elements.
func RSS(f Feed) ([]byte, error) {
	channel := rssChannel{
		Title: f.title(), Link: f.page(), Description: f.description(), Language: f.Language,
		LastBuild: rfc822(f.updated()),
		Links:     []rssLink{{"self", f.self("rss"), "application/rss+xml"}},
	}
	if hub := f.hub(); hub != "" {
		channel.Links = append(channel.Links, rssLink{"hub", hub, ""})
	}
	for i := range f.Items {
		it := &f.Items[i]
		p := locale.For(it.Language)
		channel.Items = append(channel.Items, rssItem{
			Title: format.Headline(it, p), Link: f.Site.ItemURL(it), GUID: rssGUID{false, ID(it)},
			PubDate: rfc822(it.First), Updated: format.Stamp(it.ClearTime), Language: it.Language, Creator: f.author(it),
			Categories: sectorNames(it), Description: summary(it, p), Content: format.Content(it, p), Media: rssPictures(it),
		})
	}
	return marshal(rssDocument{
		Version: "2.0", Atom: "http://www.w3.org/2005/Atom", DC: "http://purl.org/dc/elements/1.1/",
		Content: "http://purl.org/rss/1.0/modules/content/", Media: "http://search.yahoo.com/mrss/", Channel: channel,
	})
}

// rfc822 is the date of RSS with a four-digit year and a numeric zone.
func rfc822(t time.Time) string { return t.UTC().Format("Mon, 02 Jan 2006 15:04:05 +0000") }
