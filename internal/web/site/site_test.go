package site

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/wireroom/wireroom/internal/archive"
	"github.com/wireroom/wireroom/internal/format"
	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/store/storetest"
	"github.com/wireroom/wireroom/internal/vocab"
	"github.com/wireroom/wireroom/internal/web/site/sitetest"
	"github.com/wireroom/wireroom/internal/wire"
)

const base = "https://wire.example"

// bench is a site over a small wire.
type bench struct {
	t     testing.TB
	store *store.Store
	wire  sitetest.Wire
	subs  *sitetest.Subscriptions
	site  http.Handler
	now   time.Time
}

func newBench(t testing.TB) *bench {
	t.Helper()
	b := &bench{t: t, store: storetest.SQLite(t), subs: &sitetest.Subscriptions{}, now: sitetest.Now}
	b.wire = sitetest.Fill(t, b.store)
	sitetest.Index(t, b.store)
	b.open(Options{Subscriptions: b.subs})
	return b
}

// open makes a site of its own over the bench's store.
func (b *bench) open(o Options) {
	b.t.Helper()
	o.Archive, o.Site, o.Now = archive.New(b.store), format.Site{BaseURL: base, Name: "Wireroom"}, func() time.Time { return b.now }
	site, err := New(o)
	if err != nil {
		b.t.Fatal(err)
	}
	b.site = site
}

func (b *bench) do(method, path, body string, header ...string) *httptest.ResponseRecorder {
	b.t.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	b.site.ServeHTTP(w, r)
	return w
}

func (b *bench) get(path string, header ...string) *httptest.ResponseRecorder {
	b.t.Helper()
	return b.do("GET", path, "", header...)
}

// page gets a page, following redirects within the site, and wants a status.
func (b *bench) page(path string, status int) (*httptest.ResponseRecorder, *html.Node) {
	b.t.Helper()
	w := b.get(path)
	for w.Code/100 == 3 {
		w = b.get(w.Header().Get("Location"))
	}
	if w.Code != status {
		b.t.Fatalf("%s: status %d, want %d", path, w.Code, status)
	}
	tree, err := html.Parse(bytes.NewReader(w.Body.Bytes()))
	if err != nil {
		b.t.Fatal(err)
	}
	return w, tree
}

// find returns the elements of a name that have all the attributes given as
// name, value pairs; a value of "*" is any.
func find(tree *html.Node, name string, attrs ...string) []*html.Node {
	var found []*html.Node
	for n := range tree.Descendants() {
		ok := n.Type == html.ElementNode && n.Data == name
		for i := 0; ok && i < len(attrs); i += 2 {
			v, has := attr(n, attrs[i])
			ok = has && (attrs[i+1] == "*" || v == attrs[i+1])
		}
		if ok {
			found = append(found, n)
		}
	}
	return found
}

func attr(n *html.Node, name string) (string, bool) {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val, true
		}
	}
	return "", false
}

func text(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

func TestEveryPageHasItsStatusAndItsLanguage(t *testing.T) {
	b := newBench(t)
	for _, c := range []struct {
		path     string
		status   int
		language string
	}{
		{"/en/", 200, "en"}, {"/ar/", 200, "ar"}, {"/zh-Hant/", 200, "zh-Hant"}, {"/th/", 200, "th"},
		{"/ja/s/energy/", 200, "ja"},
		{"/en/r/" + string(b.wire.Halden), 200, "en"}, {"/ar/r/" + string(b.wire.Halden), 200, "ar"},
		{"/zh-Hant/r/" + string(b.wire.Halden), 200, "zh-Hant"}, {"/th/r/" + string(b.wire.Halden), 200, "th"},
		{"/zh-TW/r/" + string(b.wire.Halden), 200, "zh-Hant"},
		{"/ja/r/" + string(b.wire.Held), 200, "ja"},
		{"/ar/r/" + string(b.wire.Killed), 410, "ar"},
		{"/fr/r/" + string(b.wire.Halden), 404, "fr"},
		{"/en/s/nothing/", 404, "en"}, {"/xx/", 404, "en"}, {"/en/feed.exe", 404, "en"}, {"/en/?before=-1", 404, "en"}, {"/en/?before=x", 404, "en"},
		{"/en/r/", 404, "en"}, {"/en/r/../../etc/passwd", 404, "en"}, {"/favicon.ico", 404, "en"}, {"/en/r/" + string(b.wire.Halden) + ".exe", 404, "en"},
	} {
		w, tree := b.page(c.path, c.status)
		root := find(tree, "html")[0]
		lang, _ := attr(root, "lang")
		dir, _ := attr(root, "dir")
		if lang != c.language || dir != vocab.Direction(lang) || w.Header().Get("Content-Language") != lang {
			t.Errorf("%s: lang %q, dir %q, Content-Language %q", c.path, lang, dir, w.Header().Get("Content-Language"))
		}
		if len(find(tree, "h1")) != 1 {
			t.Errorf("%s has %d h1", c.path, len(find(tree, "h1")))
		}
		policy := w.Header().Get("Content-Security-Policy")
		if !strings.HasPrefix(policy, "default-src 'none'; style-src 'self'") || strings.Contains(policy, "unsafe") || strings.Contains(policy, "script-src") || w.Header().Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: policy %q, %v", c.path, policy, w.Header())
		}
		for _, s := range find(tree, "script") {
			if kind, _ := attr(s, "type"); kind != "application/ld+json" {
				t.Errorf("%s holds a script", c.path)
			}
		}
		for n := range tree.Descendants() {
			for _, a := range n.Attr {
				if a.Key == "style" || strings.HasPrefix(a.Key, "on") || strings.Contains(a.Val, "ZgotmplZ") {
					t.Errorf("%s: <%s %s=%q>", c.path, n.Data, a.Key, a.Val)
				}
			}
		}
		if cookies := w.Result().Cookies(); len(cookies) > 0 {
			t.Errorf("%s sets %v", c.path, cookies)
		}
	}
}

func TestRedirectsLeadToTheOneAddress(t *testing.T) {
	b := newBench(t)
	id := string(b.wire.Halden)
	page := "/en/r/" + id + "-" + wire.Slug("Halden Robotics raises full-year guidance after third-quarter orders climb 18%")
	for _, c := range []struct {
		path, accept, to string
		code             int
	}{
		{"/", "ar-EG,ar;q=0.9,en;q=0.5", "/ar/", 302}, {"/", "zh-HK", "/zh-Hant/", 302}, {"/", "", "/en/", 302}, {"/", "tlh", "/en/", 302},
		{"/en", "", "/en/", 301}, {"/zh-TW/", "", "/zh-Hant/", 301}, {"/in/", "", "/id/", 301}, {"/en/s/energy", "", "/en/s/energy/", 301},
		{"/zh/feed.rss", "", "/zh-Hans/feed.rss", 301},
		{"/en/r/" + id, "", page, 302}, {"/en/r/" + id + "-halden-is-broke", "", page, 302},
		{"/zh-TW/r/" + id, "", "/zh-Hant/r/" + id, 301},
	} {
		w := b.get(c.path, "Accept-Language", c.accept)
		if w.Code != c.code || w.Header().Get("Location") != c.to {
			t.Errorf("%s (%s): %d to %q, want %d to %q", c.path, c.accept, w.Code, w.Header().Get("Location"), c.code, c.to)
		}
	}
}

// Nobody may learn that there is something to wait for.
func TestUnreleasedAndUnknownAreTheSame(t *testing.T) {
	b := newBench(t)
	unreleased := &wire.Release{ID: wire.NewReleaseID(), State: wire.Scheduled}
	unknown := wire.NewReleaseID()
	for _, suffix := range []string{"", "-slug", ".json", ".txt"} {
		one, other := b.get("/ar/r/"+string(unreleased.ID)+suffix), b.get("/ar/r/"+string(unknown)+suffix)
		if one.Code != 404 || other.Code != 404 || !bytes.Equal(one.Body.Bytes(), other.Body.Bytes()) || one.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("%q: %d and %d, %v", suffix, one.Code, other.Code, one.Header())
		}
		if strings.Contains(one.Body.String(), string(unreleased.ID)) {
			t.Errorf("%q: the page repeats the address", suffix)
		}
	}
}

func TestAKilledReleaseLeavesNothingOfItsText(t *testing.T) {
	b := newBench(t)
	for _, language := range []string{"en", "ar", "ja"} {
		at := "/" + language + "/r/" + string(b.wire.Killed)
		for _, path := range []string{at, at + "-zinnober-headline", at + ".json", at + ".txt"} {
			w := b.get(path)
			if w.Code != 410 || strings.Contains(w.Body.String(), sitetest.Secret) {
				t.Errorf("%s: status %d: %s", path, w.Code, w.Body)
			}
		}
		w, tree := b.page(at, 410)
		if !strings.Contains(w.Body.String(), "did not send this release") || len(find(tree, "meta", "name", "robots", "content", "noindex")) != 1 {
			t.Errorf("%s: no reason, or search engines may keep it", at)
		}
		for _, path := range []string{"/" + language + "/", "/" + language + "/s/finance/", "/" + language + "/feed.rss", "/" + language + "/feed.atom", "/" + language + "/feed.json", "/news-sitemap.xml"} {
			if w := b.get(path); w.Code != 200 || strings.Contains(w.Body.String(), sitetest.Secret) {
				t.Errorf("%s: status %d, or shows withdrawn text", path, w.Code)
			}
		}
	}
}

func TestAHeldReleaseSaysSoAndShowsNothing(t *testing.T) {
	b := newBench(t)
	w, tree := b.page("/en/r/"+string(b.wire.Held), 200)
	body := w.Body.String()
	if strings.Contains(body, sitetest.Secret) || !strings.Contains(body, "A figure is being checked") || len(find(tree, "div", "class", "banner banner-held")) != 1 {
		t.Error(body)
	}
	if len(find(tree, "script")) != 0 || len(find(tree, "link", "rel", "alternate", "hreflang", "*")) != 0 {
		t.Error("a held release is offered to search engines")
	}
}

func TestMediaOnlyContactsAndNotesStayInside(t *testing.T) {
	b := newBench(t)
	for _, path := range []string{"/en/", "/en/feed.rss", "/en/feed.atom", "/en/feed.json", "/en/r/" + string(b.wire.Halden) + ".json", "/en/r/" + string(b.wire.Halden) + ".txt"} {
		if w := b.get(path); w.Code != 200 || strings.Contains(w.Body.String(), sitetest.MediaOnly) || strings.Contains(w.Body.String(), "call before use") {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
	w, _ := b.page("/en/r/"+string(b.wire.Halden), 200)
	if strings.Contains(w.Body.String(), sitetest.MediaOnly) || !strings.Contains(w.Body.String(), "press@halden.example") {
		t.Error("contacts are wrong")
	}
}

func TestEveryEditionNamesItselfAndAllOthers(t *testing.T) {
	b := newBench(t)
	set := func(path string) (canonical string, all map[string]string) {
		_, tree := b.page(path, 200)
		all = map[string]string{}
		for _, l := range find(tree, "link", "rel", "alternate", "hreflang", "*") {
			tag, _ := attr(l, "hreflang")
			all[tag], _ = attr(l, "href")
		}
		canonical, _ = attr(find(tree, "link", "rel", "canonical")[0], "href")
		return canonical, all
	}
	_, want := set("/en/r/" + string(b.wire.Halden))
	if got := slices.Sorted(maps.Keys(want)); !slices.Equal(got, []string{"ar", "en", "ja", "th", "x-default", "zh-Hant"}) {
		t.Errorf("hreflang %v", got)
	}
	for tag, address := range want {
		u, err := url.Parse(address)
		if err != nil || !strings.HasPrefix(address, base+"/") {
			t.Fatalf("%s: %s", tag, address)
		}
		canonical, got := set(u.Path)
		if canonical != address || !maps.Equal(got, want) {
			t.Errorf("%s: canonical %s, hreflang %v", address, canonical, got)
		}
	}
	if want["x-default"] != want["en"] {
		t.Errorf("x-default is %s, not the source text", want["x-default"])
	}
	for _, path := range []string{"/en/", "/ar/s/energy/"} {
		if canonical, all := set(path); canonical != base+path || len(all) != len(vocab.Languages())+1 {
			t.Errorf("%s: canonical %s, %d alternates", path, canonical, len(all))
		}
	}
}

func TestTheGraphIsSchemaOrgInTheLanguageOfTheText(t *testing.T) {
	b := newBench(t)
	graph := func(path string) map[string]any {
		_, tree := b.page(path, 200)
		scripts := find(tree, "script", "type", "application/ld+json")
		if len(scripts) != 1 {
			t.Fatalf("%s has %d graphs", path, len(scripts))
		}
		var g map[string]any
		if err := json.Unmarshal([]byte(scripts[0].FirstChild.Data), &g); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		return g
	}
	ar := graph("/ar/r/" + string(b.wire.Waha))
	for member, want := range map[string]string{
		"@type": "NewsArticle", "inLanguage": "ar", "dateline": "الرياض، 23 نوفمبر 2026 (WIREROOM) –",
		"headline":      "شركة الواحة للطاقة توقّع عقدًا بقيمة 2.1 مليار دولار لتطوير محطة شمسية بقدرة 1.8 غيغاواط",
		"datePublished": "2026-11-23T10:57:00Z", "dateModified": "2026-11-23T11:35:00Z",
	} {
		if ar[member] != want {
			t.Errorf("%s is %v, want %s", member, ar[member], want)
		}
	}
	if name := ar["author"].(map[string]any)["name"]; name != "شركة الواحة للطاقة" {
		t.Errorf("author %v", name)
	}
	if c := ar["correction"].(map[string]any); c["text"] != "The capacity in the headline was wrong." {
		t.Errorf("correction %v", c)
	}
	translated := ar["workTranslation"].([]any)[0].(map[string]any)
	en := graph(strings.TrimPrefix(translated["@id"].(string), base))
	if en["inLanguage"] != "en" || en["@id"] != translated["@id"] || en["translationOfWork"].(map[string]any)["@id"] != ar["@id"] {
		t.Errorf("the editions are not tied together: %v", en)
	}
	hostile := graph("/de/r/" + string(b.wire.Hostile))
	if hostile["headline"] != sitetest.Hostile {
		t.Errorf("headline %v", hostile["headline"])
	}
}

func TestAHostileHeadlineStaysText(t *testing.T) {
	b := newBench(t)
	for _, path := range []string{"/de/", "/de/r/" + string(b.wire.Hostile)} {
		w, tree := b.page(path, 200)
		if strings.Contains(w.Body.String(), "<script>alert") {
			t.Errorf("%s lets it out", path)
		}
		if got := text(find(tree, "h1")[0]) + text(find(tree, "main")[0]); !strings.Contains(got, sitetest.Hostile) {
			t.Errorf("%s does not show it: %s", path, got)
		}
		if len(find(tree, "i")) != 0 {
			t.Errorf("%s lets markup through", path)
		}
	}
	_, tree := b.page("/de/r/"+string(b.wire.Hostile), 200)
	if got := text(find(tree, "title")[0]); got != sitetest.Hostile+" – Wireroom" {
		t.Errorf("title %q", got)
	}
}

func TestACorrectionSaysWhatChanged(t *testing.T) {
	b := newBench(t)
	_, tree := b.page("/en/r/"+string(b.wire.Waha), 200)
	banner := find(tree, "div", "class", "banner banner-corrected")
	if len(banner) != 1 {
		t.Fatal("no banner")
	}
	for _, want := range []string{"corrected on 23 November 2026, 11:35 UTC", "The capacity in the headline was wrong.", "Headline", "Was 1.6 Now 1.8"} {
		if !strings.Contains(text(banner[0]), want) {
			t.Errorf("the banner does not say %q: %s", want, text(banner[0]))
		}
	}
	if quote := find(tree, "blockquote", "lang", "ar", "dir", "rtl"); len(quote) != 1 {
		t.Error("a quotation in Arabic lost its direction")
	}
}

func TestOldHeadlinesAreReachedPageByPage(t *testing.T) {
	b := newBench(t)
	for i := range 2*perPage + 5 {
		sitetest.Add(t, b.store, "fr", "Nouvelle "+string(rune('A'+i%26)), sitetest.Now.Add(time.Duration(i)*time.Second))
	}
	seen, pages := map[string]bool{}, 0
	for path := "/fr/"; path != ""; pages++ {
		_, tree := b.page(path, 200)
		for _, h := range find(tree, "h3") {
			href, _ := attr(h.FirstChild, "href")
			if seen[href] {
				t.Fatalf("%s is shown twice", href)
			}
			seen[href] = true
		}
		path = ""
		for _, a := range find(tree, "a", "rel", "next") {
			path, _ = attr(a, "href")
		}
	}
	if pages != 3 || len(seen) != 2*perPage+5 {
		t.Errorf("%d headlines on %d pages", len(seen), pages)
	}
}

func TestANewItemShowsAtOnce(t *testing.T) {
	b := newBench(t)
	if w := b.get("/vi/"); strings.Contains(w.Body.String(), "Tin mới") {
		t.Fatal("too early")
	}
	sitetest.Add(t, b.store, "vi", "Tin mới", sitetest.Now)
	if w := b.get("/vi/"); !strings.Contains(w.Body.String(), "Tin mới") {
		t.Error("the page is stale")
	}
}

// The owner of a picture elsewhere would learn who reads what, so a page only
// leads there.
func TestOwnPicturesAreShownAndOthersAreLedTo(t *testing.T) {
	b := newBench(t)
	own, other := base+"/v1/pictures/abc.png", "https://pictures.example/1.jpg"
	it := sitetest.Add(t, b.store, "ar", "صورة", sitetest.Now,
		wire.Picture{URL: own, Type: "image/png", Width: 640, Height: 480, Alt: `الحوض "الثاني"`, Caption: "الحوض", Credit: "Halden"},
		wire.Picture{URL: other, Type: "image/jpeg", Caption: "عبّارة"})
	w, tree := b.page("/ar/r/"+string(it.Release), 200)
	images := find(tree, "img")
	if len(images) != 1 || len(find(tree, "img", "src", own, "alt", `الحوض "الثاني"`, "width", "640", "height", "480", "loading", "lazy")) != 1 {
		t.Errorf("%d images: %s", len(images), w.Body)
	}
	led := find(tree, "a", "href", other, "rel", "nofollow noopener")
	if len(led) != 1 || text(led[0]) != "عبّارة" {
		t.Error("nothing leads to the other picture")
	}
	captions := find(tree, "figcaption", "dir", "rtl")
	if len(captions) != 1 || text(captions[0]) != "الحوض Halden" {
		t.Errorf("%d captions", len(captions))
	}
	if graph := text(find(tree, "script", "type", "application/ld+json")[0]); !strings.Contains(graph, `"contentUrl":"`+own+`"`) {
		t.Error(graph)
	}
}

func TestPagesWeighLessThanTwentyKilobytes(t *testing.T) {
	b := newBench(t)
	_, tree := b.page("/en/", 200)
	href, _ := attr(find(tree, "link", "rel", "stylesheet")[0], "href")
	style := b.get(href, "Accept-Encoding", "gzip")
	if style.Code != 200 || style.Header().Get("Content-Encoding") != "gzip" || !strings.Contains(style.Header().Get("Cache-Control"), "immutable") {
		t.Fatalf("%d %v", style.Code, style.Header())
	}
	for _, path := range []string{"/en/", "/ar/", "/ar/r/" + string(b.wire.Waha), "/ja/s/technology/"} {
		w := b.get(path, "Accept-Encoding", "gzip")
		for w.Code/100 == 3 {
			w = b.get(w.Header().Get("Location"), "Accept-Encoding", "gzip")
		}
		r, err := gzip.NewReader(bytes.NewReader(w.Body.Bytes()))
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		size := w.Body.Len() + style.Body.Len()
		plain, err := io.ReadAll(r)
		if err != nil || size > 20<<10 {
			t.Errorf("%s: %d bytes with its style, %v", path, size, err)
		}
		t.Logf("%s: %d bytes with its style, %d of them HTML (%d uncompressed)", path, size, size-style.Body.Len(), len(plain))
	}
}

// What the front page costs while the wire is quiet: a look at the wire number
// and the bytes.
func BenchmarkFrontPage(b *testing.B) {
	site := newBench(b)
	for b.Loop() {
		if w := site.get("/en/", "Accept-Encoding", "gzip"); w.Code != 200 {
			b.Fatal(w.Code)
		}
	}
}

// What it costs right after an item: everything is made anew.
func BenchmarkFrontPageAfterAnItem(b *testing.B) {
	site := newBench(b)
	for b.Loop() {
		b.StopTimer()
		site.open(Options{})
		b.StartTimer()
		if w := site.get("/en/"); w.Code != 200 {
			b.Fatal(w.Code)
		}
	}
}
