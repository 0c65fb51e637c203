package site

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/wireroom/wireroom/internal/archive"
	"github.com/wireroom/wireroom/internal/format/feed"
	"github.com/wireroom/wireroom/internal/format/offer"
	"github.com/wireroom/wireroom/internal/web/ui"
	"github.com/wireroom/wireroom/internal/wire"
)

// makeFormat prints an item in one of the formats. Search engines are led to
// the page.
func (s *site) makeFormat(it *wire.Item, ext string) (*sheet, error) {
	f, ok := offer.ByExt(ext)
	if !ok || !f.Carries(it.Language, s.Site) {
		return nil, errNothing()
	}
	body, err := f.Encode(it, s.Site)
	if wire.KindOf(err) == wire.Invalid { // a character that it has not
		return nil, errNothing()
	}
	status := http.StatusOK
	if it.Action == wire.Kill {
		status = http.StatusGone
	}
	link := "<" + s.Site.ItemURL(it) + `>; rel="canonical"`
	return &sheet{Status: status, Type: f.Media, Language: it.Language, Link: link, Modified: it.ClearTime, Place: s.formatPath(it, ext), Open: true, Body: body}, err
}

// feedKind is a kind of feed.
type feedKind struct {
	kind, name, media string
	encode            func(feed.Feed) ([]byte, error)
}

// perFeed is how many releases a feed carries.
const perFeed = 50

// feedKinds are the kinds of feed, best known first.
var feedKinds = []feedKind{
	{"rss", "RSS", "application/rss+xml", feed.RSS},
	{"atom", "Atom", "application/atom+xml", feed.Atom},
	{"json", "JSON Feed", "application/feed+json", feed.JSON},
}

// kindOfFeed is the kind that the last part of an address names, "feed.KIND".
func kindOfFeed(name string) (feedKind, error) {
	for _, k := range feedKinds {
		if name == "feed."+k.kind {
			return k, nil
		}
	}
	return feedKind{}, errNothing()
}

// feeds links to the feeds of a language or of one of its sectors.
func (s *site) feeds(language, sector string) []ui.Link {
	var links []ui.Link
	for _, k := range feedKinds {
		links = append(links, ui.Link{Href: s.path(s.Site.FeedURL(language, sector, k.kind)), Text: k.name, Type: k.media})
	}
	return links
}

// feed answers for /{lang}/feed.KIND and /{lang}/s/{sector}/feed.KIND, with the
// links that WebSub subscribers look for (W3C WebSub §4).
func (s *site) feed(w http.ResponseWriter, r *http.Request) error {
	language, err := wireLanguage(r)
	if err != nil {
		return err
	}
	sector, err := knownSector(r)
	if err != nil {
		return err
	}
	if r.PathValue("feed") == "search" && r.PathValue("sector") == "" { // a pattern of its own would meet that of /u/{token}
		return s.search(w, r)
	}
	k, err := kindOfFeed(r.PathValue("feed"))
	if err != nil {
		return err
	}
	self := s.Site.FeedURL(language.Tag, sector, k.kind)
	if path := s.path(self); r.URL.Path != path {
		http.Redirect(w, r, path, http.StatusMovedPermanently)
		return nil
	}
	return s.send(w, r, r.URL.Path, func(ctx context.Context) (*sheet, error) {
		items, err := s.Archive.Current(ctx, archive.Query{Language: language.Tag, Sector: sector, Limit: perFeed})
		if err != nil {
			return nil, err
		}
		sh, err := k.sheet(feed.Feed{Site: s.Site, Language: language.Tag, Sector: sector, Items: items})
		sh.Link = fmt.Sprintf(`<%s>; rel="self", <%s>; rel="hub"`, self, s.Site.HubURL())
		return sh, err
	})
}

// sheet prints a feed.
func (k feedKind) sheet(f feed.Feed) (*sheet, error) {
	body, err := k.encode(f)
	return &sheet{Status: http.StatusOK, Type: k.media + "; charset=utf-8", Language: f.Language, Modified: latest(f.Items), Open: true, Body: body}, err
}

// latest is when a list last changed; zero for an empty one.
func latest(items []wire.Item) time.Time {
	var t time.Time
	for i := range items {
		if items[i].ClearTime.After(t) {
			t = items[i].ClearTime
		}
	}
	return t
}

// sitemapItems is how many entries news search engines take in one sitemap.
const sitemapItems = 1000

// sitemap lists the releases of the last two days. What is in it depends on the
// time too, so it is made anew every ten minutes even on a quiet wire.
func (s *site) sitemap(w http.ResponseWriter, r *http.Request) error {
	now := s.Now().UTC()
	key := r.URL.Path + "?" + now.Truncate(10*time.Minute).Format(time.RFC3339)
	return s.send(w, r, key, func(ctx context.Context) (*sheet, error) {
		items, err := s.Archive.Current(ctx, archive.Query{Limit: sitemapItems})
		if err != nil {
			return nil, err
		}
		body, err := feed.Sitemap(s.Site, items, now)
		return &sheet{Status: http.StatusOK, Type: "application/xml; charset=utf-8", Body: body}, err
	})
}

// robots lets everyone read everything but the addresses that are credentials,
// and searches, of which there is no end.
func (s *site) robots(w http.ResponseWriter, _ *http.Request) error {
	h := w.Header()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("Cache-Control", "public, max-age=3600")
	var b bytes.Buffer
	fmt.Fprintf(&b, "User-agent: *\nDisallow: /u/\nDisallow: /*/search/\n\nSitemap: %s\n", s.absolute("/news-sitemap.xml"))
	w.Write(b.Bytes())
	return nil
}

// absolute is a path of this site with the public address before it.
func (s *site) absolute(path string) string { return strings.TrimSuffix(s.Site.BaseURL, "/") + path }

// path is what an address of this site looks like to its own pages: without
// scheme and host, so that a page served under another name leads on there.
func (s *site) path(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	return u.EscapedPath()
}

func (s *site) itemPath(it *wire.Item) string { return s.path(s.Site.ItemURL(it)) }

func (s *site) formatPath(it *wire.Item, ext string) string {
	return s.path(s.Site.FormatURL(it, ext))
}

func frontPath(language string) string { return "/" + language + "/" }

// sectorPath is the address of a sector's list; without a sector, of the front.
func sectorPath(language, sector string) string {
	if sector == "" {
		return frontPath(language)
	}
	return frontPath(language) + "s/" + sector + "/"
}

// idLength is the length of a release id in an address.
const idLength = 26

// splitName takes the last part of a release's address apart: ID, ID-SLUG or
// ID.EXT.
func splitName(name string) (id wire.ReleaseID, slug, ext string, ok bool) {
	if len(name) < idLength || !wire.ValidToken(name[:idLength]) {
		return "", "", "", false
	}
	id, rest := wire.ReleaseID(name[:idLength]), name[idLength:]
	switch {
	case rest == "":
		return id, "", "", true
	case rest[0] == '-':
		return id, rest[1:], "", true
	case rest[0] == '.' && len(rest) > 1:
		return id, "", rest[1:], true
	}
	return "", "", "", false
}
