package format

import (
	"github.com/wireroom/wireroom/internal/format/typeface"
	"github.com/wireroom/wireroom/internal/wire"
)

// Site is where a wire is on the web, and what its documents are set in.
type Site struct {
	BaseURL string // https://wire.example, without a slash at the end
	Name    string // of the wire

	Typefaces *typeface.Collection // nil: there are none, and no pages either
}

// PicturesURL begins the addresses of the pictures in the wire's own store.
func (s Site) PicturesURL() string { return s.BaseURL + "/v1/pictures/" }

// ItemURL is the page of an item's edition. It stays the same through all
// versions: pages are found by the id, the slug is for people.
func (s Site) ItemURL(it *wire.Item) string {
	address := s.EditionURL(it.Release, it.Language)
	if it.Slug != "" {
		address += "-" + it.Slug
	}
	return address
}

// EditionURL is the page of an edition without its slug.
func (s Site) EditionURL(release wire.ReleaseID, language string) string {
	return s.BaseURL + "/" + language + "/r/" + string(release)
}

// FormatURL is the edition of an item in a format: "json" is ninjs, "txt" plain
// text.
func (s Site) FormatURL(it *wire.Item, ext string) string {
	return s.EditionURL(it.Release, it.Language) + "." + ext
}

// FrontURL is the front page of a language, or of one of its sectors.
func (s Site) FrontURL(language, sector string) string {
	if sector != "" {
		return s.BaseURL + "/" + language + "/s/" + sector + "/"
	}
	return s.BaseURL + "/" + language + "/"
}

// FeedURL is a feed of a language, or of one of its sectors: kind is rss, atom
// or json. One address has one representation, as WebSub wants (§4).
func (s Site) FeedURL(language, sector, kind string) string {
	return s.FrontURL(language, sector) + "feed." + kind
}

// SearchURL is the page of a search in a language; parameters are "?…".
func (s Site) SearchURL(language, parameters string) string {
	return s.FrontURL(language, "") + "search/" + parameters
}

// SearchFeedURL is a feed of what a search finds; kind is as of FeedURL. It has no
// hub: what can be searched for has no end.
func (s Site) SearchFeedURL(language, kind, parameters string) string {
	return s.FrontURL(language, "") + "search/feed." + kind + parameters
}

// HubURL is the WebSub hub of the feeds.
func (s Site) HubURL() string { return s.BaseURL + "/hub" }

// NewsSitemapURL is the sitemap that news search engines read.
func (s Site) NewsSitemapURL() string { return s.BaseURL + "/news-sitemap.xml" }

// StreamURL is the live stream.
func (s Site) StreamURL() string { return s.BaseURL + "/v1/stream" }

// UnsubscribeURL ends the subscription whose token it carries.
func (s Site) UnsubscribeURL(token string) string { return s.BaseURL + "/u/" + token }

// TopicURL is the IPTC Media Topic of a code, as IPTC itself names it.
func TopicURL(code string) string { return "http://cv.iptc.org/newscodes/mediatopic/" + code }
