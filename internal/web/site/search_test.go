package site

import (
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/wireroom/wireroom/internal/archive"
	"github.com/wireroom/wireroom/internal/web/site/sitetest"
)

func (b *bench) searchPage(parameters string, status int) (string, *html.Node) {
	b.t.Helper()
	w, tree := b.page("/en/search/?"+parameters, status)
	if cache := w.Header().Get("Cache-Control"); cache != "no-store" {
		b.t.Errorf("%s may be kept: %q", parameters, cache)
	}
	if len(find(tree, "meta", "name", "robots", "content", "noindex")) != 1 || len(find(tree, "link", "rel", "canonical")) != 0 {
		b.t.Errorf("%s is offered to search engines", parameters)
	}
	return text(tree), tree
}

// headings are the headlines of the hits.
func headings(tree *html.Node) []string {
	var all []string
	for _, row := range find(tree, "li") {
		if class, _ := attr(row, "class"); strings.HasPrefix(class, "row ") {
			all = append(all, text(find(row, "h3")[0]))
		}
	}
	return all
}

func TestReadersSearchTheArchive(t *testing.T) {
	b := newBench(t)
	said, tree := b.searchPage("q="+url.QueryEscape("plant lang:en"), 200)
	if got := headings(tree); len(got) != 2 || got[0] != "Waha Energy signs USD 2.1 billion contract for a 1.8 gigawatt solar plant" {
		t.Errorf("hits %q", got)
	}
	if marks := find(tree, "mark"); len(marks) < 2 || text(marks[0]) != "plant" {
		t.Errorf("marked: %v", marks)
	}
	if !strings.Contains(said, "2 releases") {
		t.Error(said)
	}
	if box := find(tree, "input", "name", "q", "value", "plant lang:en", "accesskey", "/"); len(box) != 1 {
		t.Error("the box does not hold the query")
	}
	// What is narrowed stays so when another query is typed, and one step takes it away.
	_, tree = b.searchPage("q=plant&sector=energy&order=best", 200)
	if got := headings(tree); len(got) == 0 {
		t.Error("nothing in a sector")
	}
	for _, kept := range [][2]string{{"sector", "energy"}, {"order", "best"}} {
		if len(find(tree, "input", "type", "hidden", "name", kept[0], "value", kept[1])) != 1 {
			t.Errorf("%s is not kept", kept)
		}
	}
	if len(find(tree, "a", "href", "/en/search/?order=best&q=plant")) == 0 {
		t.Error("the sector cannot be taken away")
	}
}

func TestEveryLinkOfASearchLeadsOn(t *testing.T) {
	b := newBench(t)
	for i := range 45 {
		sitetest.Add(t, b.store, []string{"en", "ja"}[i%2], "Many plants "+strings.Repeat("x", i), sitetest.Now)
	}
	sitetest.Index(t, b.store)
	seen, open := map[string]bool{}, []string{"/en/search/?q=many"}
	for len(open) > 0 && len(seen) < 150 {
		path := open[0]
		open = open[1:]
		if seen[path] {
			continue
		}
		seen[path] = true
		_, tree := b.page(path, 200)
		for _, a := range find(tree, "a", "href", "*") {
			href, _ := attr(a, "href")
			if _, menu := attr(a, "hreflang"); !menu && strings.HasPrefix(href, "/en/search/?") {
				if rel, _ := attr(a, "rel"); !strings.Contains(rel, "nofollow") {
					t.Errorf("%s invites crawlers to %s", path, href)
				}
				open = append(open, href)
			}
		}
	}
	if len(seen) < 20 {
		t.Errorf("only %d pages were reached", len(seen))
	}
	var pages, hits int
	for path := "/en/search/?q=many"; path != ""; pages++ {
		_, tree := b.page(path, 200)
		hits += len(headings(tree))
		if facets := find(tree, "nav", "aria-label", "Narrow the search"); len(facets) > 0 != (pages == 0) {
			t.Errorf("page %d: facets %v", pages, facets)
		}
		path = ""
		if next := find(tree, "a", "rel", "nofollow next"); len(next) == 1 {
			path, _ = attr(next[0], "href")
		}
	}
	if pages != 3 || hits != 45 {
		t.Errorf("%d hits on %d pages", hits, pages)
	}
}

func TestWhatIsWrongWithASearchIsSaidInItsLanguage(t *testing.T) {
	b := newBench(t)
	for parameters, want := range map[string]string{
		"q=" + url.QueryEscape("plant AND (oil"): "At character 15: A parenthesis or a quotation mark is not closed.",
		"q=" + url.QueryEscape(`a "open`):        "At character 3: A parenthesis",
		"q=" + url.QueryEscape("a OR OR b"):      "At character 6: A word is missing here.",
		"q=" + url.QueryEscape("a ) b"):          "At character 3: AND, OR or the end is expected here.",
		"q=" + url.QueryEscape("lang:"):          "At character 6: A field needs its value",
		"q=" + url.QueryEscape("a NEAR/0 b"):     "At character 3: NEAR joins two",
		"q=" + url.QueryEscape("te*com"):         "At character 1: An asterisk stands",
		"q=" + url.QueryEscape("!!"):             "There is nothing here that can be searched for.",
		"q=" + strings.Repeat("a+", 300):         "The search has too many words or parentheses.",
		"q=%ff":                                  "There is nothing here that can be searched for.",
		"q=plant&cursor=nonsense":                "This address does not lead to a page of results.",
		"q=plant&since=yesterday":                "This address does not lead to a page of results.",
		"like=nothing":                           "This address does not lead to a page of results.",
	} {
		status := 400
		if strings.HasPrefix(parameters, "like") {
			status = 404
		}
		said, tree := b.searchPage(parameters, status)
		if !strings.Contains(said, want) || len(headings(tree)) != 0 {
			t.Errorf("%s: %s", parameters, said)
		}
		if len(find(tree, "div", "role", "alert", "id", "wrong")) != 1 || len(find(tree, "input", "aria-describedby", "wrong")) != 1 {
			t.Errorf("%s: the box does not refer to what is wrong", parameters)
		}
	}
	_, tree := b.page("/ar/search/?q="+url.QueryEscape("نفط OR"), 400)
	if said := text(find(tree, "div", "id", "wrong")[0]); !strings.Contains(said, "عند الحرف 7: تنقص هنا كلمة.") {
		t.Error(said)
	}
}

func TestWhatIsWithdrawnIsNotFound(t *testing.T) {
	b := newBench(t)
	for _, parameters := range []string{"q=" + sitetest.Secret, "q=*", "like=" + string(b.wire.Halden) + ".en", "q=" + sitetest.Secret + "&preview=1"} {
		said, _ := b.searchPage(parameters, 200)
		if strings.Contains(strings.ReplaceAll(said, "q="+sitetest.Secret, ""), sitetest.Secret+" headline") {
			t.Errorf("%s shows what was withdrawn", parameters)
		}
	}
	for _, id := range []string{string(b.wire.Killed), string(b.wire.Held)} {
		if w := b.get("/en/search/?like=" + id + ".en"); w.Code != 404 || strings.Contains(w.Body.String(), sitetest.Secret) {
			t.Errorf("like a withdrawn release: %d", w.Code)
		}
	}
}

func TestASearchTellsWhatItWouldBring(t *testing.T) {
	b := newBench(t)
	said, tree := b.searchPage("q=plant&lang=en&preview=1", 200)
	if !strings.Contains(said, "would have brought 2 releases, about 0.1 a day") || !strings.Contains(said, "lang:en AND plant") {
		t.Error(said)
	}
	if rows := find(tree, "tr"); len(rows) != archive.PreviewDays+1 {
		t.Errorf("%d rows", len(rows))
	}
	// The style's policy forbids inline styles: the chart has none.
	if len(find(tree, "svg", "style", "*"))+len(find(tree, "rect", "style", "*")) != 0 || len(find(tree, "rect")) == 0 {
		t.Error("the chart")
	}
}

func TestASearchThatBringsNothingOrAsksForNothingSaysSo(t *testing.T) {
	b := newBench(t)
	said, _ := b.searchPage("q=zeppelin&preview=1", 200)
	if !strings.Contains(said, "would have brought nothing.") || !strings.Contains(said, "open your preferences") {
		t.Error(said)
	}
	said, _ = b.searchPage("q=*&preview=1", 200)
	if strings.Contains(said, "open your preferences") || !strings.Contains(said, "at least one word or field") {
		t.Error(said)
	}
	w := b.get("/de/search/?q=plant&preview=1")
	if !strings.Contains(w.Body.String(), "etwa 0,1 am Tag") {
		t.Error(w.Body)
	}
}

func TestTheSearchHasOneAddressInEachLanguage(t *testing.T) {
	b := newBench(t)
	for path, want := range map[string]string{
		"/en/search":              "/en/search/",
		"/en/search?q=a+b":        "/en/search/?q=a+b",
		"/zh-hant/search/?q=plan": "/zh-Hant/search/?q=plan",
	} {
		if w := b.get(path); w.Code != 301 || w.Header().Get("Location") != want {
			t.Errorf("%s: %d %s", path, w.Code, w.Header().Get("Location"))
		}
	}
	for path, status := range map[string]int{"/xx/search/": 404, "/en/search/more": 404, "/en/s/energy/search": 404} {
		if w := b.get(path); w.Code != status {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
	_, tree := b.page("/ja/", 200)
	if len(find(tree, "a", "href", "/ja/search/", "accesskey", "/")) != 1 {
		t.Error("no link to the search")
	}
	_, tree = b.page("/en/search/?q=plant", 200)
	if len(find(tree, "a", "href", "/ar/search/?q=plant")) != 1 {
		t.Error("the same search in another language")
	}
	if w := b.get("/robots.txt"); !strings.Contains(w.Body.String(), "Disallow: /*/search/") {
		t.Error(w.Body)
	}
}

// Whatever stands in an address, the page answers with a page.
func FuzzSearchPage(f *testing.F) {
	for _, seed := range []string{"q=plant", "q=%22a&lang=en&lang=ja", "since=2026-01-01&until=2025-01-01", "like=x.y", "q=*&cursor=bjEx&order=best", "q=a&preview=1&org=%3Cb%3E"} {
		f.Add(seed)
	}
	b := newBench(f)
	f.Fuzz(func(t *testing.T, parameters string) {
		r := httptest.NewRequest("GET", "/en/search/", nil)
		r.URL.RawQuery = parameters
		w := httptest.NewRecorder()
		b.site.ServeHTTP(w, r)
		switch w.Code {
		case 200, 400, 404, 413, 503:
		default:
			t.Errorf("%q: %d", parameters, w.Code)
		}
		if strings.Contains(w.Body.String(), "<script") {
			t.Errorf("%q brings a script", parameters)
		}
	})
}
