package site

import (
	"encoding/xml"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mmcdole/gofeed"

	"github.com/wireroom/wireroom/internal/web/site/sitetest"
	"github.com/wireroom/wireroom/internal/wire"
)

func TestFeedsAreReadByAReader(t *testing.T) {
	b := newBench(t)
	for _, path := range []string{"/ar/feed.rss", "/ar/feed.atom", "/ar/feed.json", "/en/s/energy/feed.rss", "/en/s/energy/feed.atom", "/en/s/energy/feed.json"} {
		w := b.get(path)
		if w.Code != 200 {
			t.Fatalf("%s: %d", path, w.Code)
		}
		parsed, err := gofeed.NewParser().ParseString(w.Body.String())
		if err != nil || len(parsed.Items) == 0 || parsed.Items[0].Title == "" {
			t.Errorf("%s: %v, %v", path, parsed, err)
		}
		if want := "<" + base + path + `>; rel="self", <` + base + `/hub>; rel="hub"`; w.Header().Get("Link") != want {
			t.Errorf("%s: Link %q", path, w.Header().Get("Link"))
		}
		kinds := map[string]string{"rss": "application/rss+xml", "atom": "application/atom+xml", "json": "application/feed+json"}
		if kind := kinds[path[strings.LastIndexByte(path, '.')+1:]]; !strings.HasPrefix(w.Header().Get("Content-Type"), kind) {
			t.Errorf("%s: %s", path, w.Header().Get("Content-Type"))
		}
	}
}

func TestPagesLinkToTheirFeeds(t *testing.T) {
	b := newBench(t)
	for path, prefix := range map[string]string{"/ja/": "/ja/", "/ja/s/energy/": "/ja/s/energy/", "/ja/r/" + string(b.wire.Kitahama): "/ja/"} {
		_, tree := b.page(path, 200)
		for _, kind := range []string{"rss", "atom", "json"} {
			if len(find(tree, "link", "rel", "alternate", "href", prefix+"feed."+kind)) != 1 {
				t.Errorf("%s does not link to its %s feed", path, kind)
			}
		}
	}
}

func TestWhoHasItIsToldSo(t *testing.T) {
	b := newBench(t)
	for _, path := range []string{"/en/feed.rss", "/en/feed.atom", "/en/feed.json", "/en/", "/en/r/" + string(b.wire.Halden) + ".json", "/news-sitemap.xml"} {
		w := b.get(path)
		tag, modified := w.Header().Get("ETag"), w.Header().Get("Last-Modified")
		if w.Code != 200 || tag == "" {
			t.Fatalf("%s: %d, %v", path, w.Code, w.Header())
		}
		for _, sent := range []string{tag, strings.TrimPrefix(tag, "W/"), `"other", ` + tag, "*"} {
			if again := b.get(path, "If-None-Match", sent); again.Code != 304 || again.Body.Len() != 0 || again.Header().Get("ETag") != tag {
				t.Errorf("%s with If-None-Match %s: %d, %d bytes", path, sent, again.Code, again.Body.Len())
			}
		}
		if again := b.get(path, "If-None-Match", `"other"`, "If-Modified-Since", modified); again.Code != 200 {
			t.Errorf("%s: the date counted though the tag did not fit", path)
		}
		if modified != "" {
			if again := b.get(path, "If-Modified-Since", modified); again.Code != 304 {
				t.Errorf("%s with If-Modified-Since: %d", path, again.Code)
			}
		} else if strings.Contains(path, "feed") {
			t.Errorf("%s tells no date", path)
		}
	}
	w := b.get("/en/feed.rss")
	sitetest.Add(t, b.store, "en", "Something new", sitetest.Now)
	if again := b.get("/en/feed.rss", "If-None-Match", w.Header().Get("ETag")); again.Code != 200 || !strings.Contains(again.Body.String(), "Something new") {
		t.Errorf("a new item is answered with %d", again.Code)
	}
}

// Dates of HTTP are whole seconds, and a wire can clear twice in one.
func TestTwoItemsInOneSecondAreBothSeen(t *testing.T) {
	b := newBench(t)
	b.now = sitetest.Now.Add(200 * time.Millisecond)
	sitetest.Add(t, b.store, "vi", "một", sitetest.Now.Add(100*time.Millisecond))
	if date := b.get("/vi/feed.rss").Header().Get("Last-Modified"); date != "" {
		t.Fatalf("the second is not over and %s is told already", date)
	}
	sitetest.Add(t, b.store, "vi", "hai", sitetest.Now.Add(300*time.Millisecond))
	if again := b.get("/vi/feed.rss", "If-Modified-Since", sitetest.Now.Format(http.TimeFormat)); again.Code != 200 {
		t.Errorf("the second item is answered with %d", again.Code)
	}
	b.now = sitetest.Now.Add(3 * time.Second)
	w := b.get("/vi/feed.rss")
	if again := b.get("/vi/feed.rss", "If-Modified-Since", w.Header().Get("Last-Modified")); again.Code != 304 {
		t.Errorf("later: %d", again.Code)
	}
}

func TestTheSitemapListsWhatMayBeUsed(t *testing.T) {
	b := newBench(t)
	var doc struct {
		URLs []string `xml:"url>loc"`
	}
	w := b.get("/news-sitemap.xml")
	if err := xml.Unmarshal(w.Body.Bytes(), &doc); err != nil {
		t.Fatal(err)
	}
	has := func(id string) bool {
		return slices.ContainsFunc(doc.URLs, func(u string) bool { return strings.Contains(u, id) })
	}
	if !has(string(b.wire.Halden)) || has(string(b.wire.Killed)) || has(string(b.wire.Held)) {
		t.Errorf("%v", doc.URLs)
	}
	robots := b.get("/robots.txt")
	if robots.Code != 200 || !strings.Contains(robots.Body.String(), "Sitemap: "+base+"/news-sitemap.xml") || !strings.Contains(robots.Body.String(), "Disallow: /u/") {
		t.Error(robots.Body)
	}
}

func TestReleasesCanBeTakenAway(t *testing.T) {
	b := newBench(t)
	for ext, kind := range map[string]string{"json": "application/json", "txt": "text/plain; charset=utf-8"} {
		w := b.get("/ar/r/" + string(b.wire.Waha) + "." + ext)
		if w.Code != 200 || w.Header().Get("Content-Type") != kind || !strings.Contains(w.Body.String(), "الواحة") || !strings.Contains(w.Header().Get("Link"), `rel="canonical"`) {
			t.Errorf("%s: %d %v", ext, w.Code, w.Header())
		}
	}
	_, tree := b.page("/ar/r/"+string(b.wire.Waha), 200)
	for _, ext := range []string{"json", "txt"} {
		if len(find(tree, "a", "href", "/ar/r/"+string(b.wire.Waha)+"."+ext)) != 1 {
			t.Errorf("the page does not offer .%s", ext)
		}
	}
}

// At the address of a page there are its formats too, for those who want one
// more than a page; what is kept of one is not given out as the other.
func TestAPageComesInTheTypeThatIsAskedFor(t *testing.T) {
	b := newBench(t)
	page := "/en/r/" + string(b.wire.Halden)
	const browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
	slug := b.get(page).Header().Get("Location")
	for _, c := range []struct{ path, accept, kind, place string }{
		{slug, "", typeHTML, ""}, {slug, browser, typeHTML, ""}, {slug, "image/png", typeHTML, ""}, {slug, "application/json;q=0.5, text/*", typeHTML, ""},
		{slug, "application/json", "application/json", page + ".json"},
		{page, "application/vnd.iptc.g2.newsitem+xml", "application/vnd.iptc.g2.newsitem+xml", page + ".xml"},
		{slug, "application/ld+json", "application/ld+json", page + ".jsonld"},
		{slug, "text/plain, text/html;q=0.9", "text/plain; charset=utf-8", page + ".txt"},
		{slug, browser, typeHTML, ""}, // again
	} {
		w := b.get(c.path, "Accept", c.accept)
		h := w.Header()
		if w.Code != 200 || h.Get("Content-Type") != c.kind || h.Get("Content-Location") != c.place || h.Get("Vary") != "Accept, Accept-Encoding" {
			t.Errorf("%s, Accept %q: %d %v", c.path, c.accept, w.Code, h)
		}
	}
	if w := b.get(page, "Accept", browser); w.Code != 302 || w.Header().Get("Vary") != "Accept, Accept-Encoding" {
		t.Errorf("%d %v", w.Code, w.Header())
	}
	for id, status := range map[wire.ReleaseID]int{b.wire.Killed: 410, b.wire.Held: 200} {
		for _, kind := range []string{"application/json", "application/ld+json", "application/nitf+xml", "text/plain"} {
			w := b.get("/en/r/"+string(id), "Accept", kind)
			if w.Code != status || strings.Contains(w.Body.String(), sitetest.Secret) {
				t.Errorf("%s of a withdrawn story: %d %s", kind, w.Code, w.Body)
			}
		}
	}
	_, tree := b.page(page, 200)
	for _, l := range []struct{ kind, href string }{{"application/pdf", ""}, {"application/nitf+xml", page + ".nitf"}, {"application/json", page + ".json"}, {"application/rss+xml", "/en/feed.rss"}, {"application/atom+xml", "/en/feed.atom"}, {"application/feed+json", "/en/feed.json"}} {
		want := 1
		if l.href == "" { // there are no typefaces here
			want, l.href = 0, "*"
		}
		if found := find(tree, "link", "rel", "alternate", "type", l.kind, "href", l.href); len(found) != want {
			t.Errorf("%d links to %s", len(found), l.kind)
		}
	}
}

func TestAddressesOfTheSiteAreThoseOfTheFormats(t *testing.T) {
	b := newBench(t)
	s := &site{Options: Options{}}
	s.Site.BaseURL = base
	for _, sector := range []string{"", "energy"} {
		if got, want := s.absolute(sectorPath("zh-Hant", sector)), s.Site.FrontURL("zh-Hant", sector); got != want {
			t.Errorf("%s, formats say %s", got, want)
		}
	}
	if w := b.get(s.path(s.Site.UnsubscribeURL(sitetest.Token("en")))); w.Code != 200 {
		t.Errorf("the unsubscribe link is answered with %d", w.Code)
	}
}
