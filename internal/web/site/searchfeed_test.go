package site

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/mmcdole/gofeed"

	"github.com/wireroom/wireroom/internal/web/site/sitetest"
)

func TestASearchIsFollowedByAReader(t *testing.T) {
	b := newBench(t)
	const parameters = "?lang=en&lang=ar&q=plant"
	_, tree := b.page("/en/search/"+parameters+"&order=best", 200)
	for _, kind := range []string{"rss", "atom", "json"} {
		path := "/en/search/feed." + kind + parameters
		if len(find(tree, "link", "rel", "alternate", "href", path)) != 1 || len(find(tree, "a", "rel", "nofollow", "href", path)) != 1 {
			t.Errorf("the page does not lead to %s", path)
		}
		w := b.get(path)
		parsed, err := gofeed.NewParser().ParseString(w.Body.String())
		if err != nil || w.Code != 200 {
			t.Fatalf("%s: %d, %v", path, w.Code, err)
		}
		if len(parsed.Items) != 2 || !strings.HasPrefix(parsed.Items[0].Title, "Waha Energy signs USD 2.1 billion") {
			t.Errorf("%s: %v", path, parsed.Items)
		}
		if parsed.FeedLink != base+path || parsed.Link != base+"/en/search/"+parameters || !strings.HasSuffix(parsed.Title, "(lang:en OR lang:ar) AND plant") {
			t.Errorf("%s is %q at %s of %s", path, parsed.Title, parsed.FeedLink, parsed.Link)
		}
		h := w.Header()
		if h.Get("Link") != "<"+base+path+`>; rel="self"` || strings.Contains(w.Body.String(), "/hub") || h.Get("X-Robots-Tag") != "noindex" {
			t.Errorf("%s: %v", path, h)
		}
		for _, sent := range [][2]string{{"If-None-Match", h.Get("ETag")}, {"If-Modified-Since", h.Get("Last-Modified")}} {
			if again := b.get(path, sent[0], sent[1]); again.Code != 304 || again.Body.Len() != 0 {
				t.Errorf("%s with %s %q: %d", path, sent[0], sent[1], again.Code)
			}
		}
	}
	// The index follows the wire: what is not in it yet is there the next time.
	before := b.get("/en/search/feed.atom?q=harbour")
	sitetest.Add(t, b.store, "en", "A harbour opens", sitetest.Now.Add(-time.Minute))
	sitetest.Index(t, b.store)
	if after := b.get("/en/search/feed.atom?q=harbour", "If-None-Match", before.Header().Get("ETag")); after.Code != 200 || !strings.Contains(after.Body.String(), "A harbour opens") {
		t.Errorf("a new release: %d", after.Code)
	}
}

// Who was told of a story is told that it was withdrawn, and nobody is told what
// was in it.
func TestASearchThatIsFollowedTellsWhatWasWithdrawn(t *testing.T) {
	b := newBench(t)
	for _, kind := range []string{"rss", "atom", "json"} {
		w := b.get("/en/search/feed." + kind + "?q=lang:en+" + sitetest.Secret)
		parsed, err := gofeed.NewParser().ParseString(w.Body.String())
		if err != nil || len(parsed.Items) != 2 {
			t.Fatalf("%s: %d, %v: %s", kind, w.Code, err, w.Body)
		}
		for i, id := range []string{string(b.wire.Held), string(b.wire.Killed)} {
			if parsed.Items[i].GUID != "urn:wireroom:"+id+":en" {
				t.Errorf("%s: %s, want %s", kind, parsed.Items[i].GUID, id)
			}
		}
		said := strings.ReplaceAll(w.Body.String(), "lang:en AND "+sitetest.Secret, "")
		said = strings.ReplaceAll(said, "q=lang%3Aen+"+sitetest.Secret, "")
		if strings.Contains(said, sitetest.Secret) {
			t.Errorf("%s shows what was withdrawn: %s", kind, w.Body)
		}
	}
}

func TestAFeedSaysWhatIsWrongWithItsSearch(t *testing.T) {
	b := newBench(t)
	for path, want := range map[string]string{
		"/en/search/feed.rss?q=" + url.QueryEscape("plant AND (oil"): "At character 15: A parenthesis or a quotation mark is not closed.",
		"/ar/search/feed.atom?q=" + url.QueryEscape("نفط OR"):        "عند الحرف 7: تنقص هنا كلمة.",
		"/en/search/feed.json":                         "Please enter what you are looking for.",
		"/en/search/feed.json?q=plant&since=yesterday": "This address does not lead to a page of results.",
	} {
		w, tree := b.page(path, 400)
		if said := text(tree); !strings.Contains(said, want) || w.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %s", path, said)
		}
	}
	for path, status := range map[string]int{
		"/en/search/feed.opml?q=plant": 404, "/xx/search/feed.rss?q=plant": 404, "/en/search/feed.rss?like=" + string(b.wire.Halden) + ".en": 404, "/en/search/rss?q=plant": 404,
	} {
		if w := b.get(path); w.Code != status {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
	if w := b.get("/zh-hant/search/feed.rss?q=plant"); w.Code != 301 || w.Header().Get("Location") != "/zh-Hant/search/feed.rss?q=plant" {
		t.Errorf("another spelling: %d %s", w.Code, w.Header().Get("Location"))
	}
}

func TestASearchTellsHowToFollowItLive(t *testing.T) {
	b := newBench(t)
	_, tree := b.searchPage("q="+url.QueryEscape(`org:"Ta'izz Oil"`)+"&lang=en&preview=1", 200)
	said := text(tree)
	if address := base + "/v1/stream?q=lang%3Aen+AND+org%3A%22Ta%27izz+Oil%22"; len(find(tree, "a", "href", address)) != 1 {
		t.Errorf("no stream %s: %s", address, said)
	}
	if !strings.Contains(said, `wireroom tail --query 'lang:en AND org:"Ta'\''izz Oil"'`) {
		t.Error(said)
	}
}

func TestReleasesLeadToThoseLikeThem(t *testing.T) {
	b := newBench(t)
	_, tree := b.page("/ja/r/"+string(b.wire.Halden), 200)
	links := find(tree, "a", "rel", "nofollow", "href", "/ja/search/?like="+string(b.wire.Halden)+".ja")
	if len(links) != 1 || text(links[0]) != "類似のリリース" {
		t.Fatalf("links %v", links)
	}
	href, _ := attr(links[0], "href")
	b.page(href, 200)
	for id, status := range map[string]int{string(b.wire.Held): 200, string(b.wire.Killed): 410} {
		_, tree := b.page("/en/r/"+id, status)
		for _, a := range find(tree, "a", "href", "*") {
			if href, _ := attr(a, "href"); strings.Contains(href, "like=") {
				t.Errorf("a withdrawn release leads to %s", href)
			}
		}
	}
}
