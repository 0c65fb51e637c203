package feed

import (
	"encoding/xml"
	"strings"
	"time"

	"github.com/wireroom/wireroom/internal/format"
	"github.com/wireroom/wireroom/internal/wire"
)

// Bounds of a news sitemap, by the search engines that read them.
const (
	sitemapAge   = 48 * time.Hour
	sitemapItems = 1000
)

type sitemapPublication struct {
	Name     string `xml:"news:name"`
	Language string `xml:"news:language"`
}

type sitemapNews struct {
	Publication sitemapPublication `xml:"news:publication"`
	Date        string             `xml:"news:publication_date"`
	Title       string             `xml:"news:title"`
}

type sitemapURL struct {
	Loc  string      `xml:"loc"`
	News sitemapNews `xml:"news:news"`
}

type sitemapDocument struct {
	XMLName xml.Name     `xml:"http://www.sitemaps.org/schemas/sitemap/0.9 urlset"`
	News    string       `xml:"xmlns:news,attr"`
	URLs    []sitemapURL `xml:"url"`
}

// Sitemap writes a news sitemap of the items first cleared in the two days
// before now, at most a thousand; what was held or killed is not in it.
func Sitemap(site format.Site, items []wire.Item, now time.Time) ([]byte, error) {
	doc := sitemapDocument{News: "http://www.google.com/schemas/sitemap-news/0.9"}
	for i := range items {
		it := &items[i]
		if it.Action.Withdraws() || now.Sub(it.First) > sitemapAge || len(doc.URLs) == sitemapItems {
			continue
		}
		doc.URLs = append(doc.URLs, sitemapURL{site.ItemURL(it), sitemapNews{
			sitemapPublication{site.Name, sitemapLanguage(it.Language)}, format.Stamp(it.First), it.Headline,
		}})
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
