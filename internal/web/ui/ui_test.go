package ui

import (
	"bufio"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"golang.org/x/net/html"

	"github.com/wireroom/wireroom/internal/locale"
	"github.com/wireroom/wireroom/internal/vocab"
	"github.com/wireroom/wireroom/internal/wire"
)

func shared(k *Kit) *Kit {
	k.Bundle("icon.svg", Part{Shared, "icon.svg"})
	k.Bundle("site.css", Part{Shared, "tokens.css"}, Part{Shared, "shell.css"})
	return k
}

var bare = Folder{FS: fstest.MapFS{"bare.tmpl": {Data: []byte(`{{define "main"}}<h1>{{.Title}}</h1>{{range .Rows}}{{template "row" .}}{{end}}{{end}}`)}}, Path: "bare"}

type barePage struct {
	Page
	Rows []Row
}

func TestTheShellSpeaksEveryLanguage(t *testing.T) {
	view := shared(NewKit(Options{})).View(bare, "bare.tmpl")
	for _, l := range vocab.Languages() {
		p := barePage{Page: Page{L: locale.For(l.Tag), Site: "Wire & Co", Home: "/" + l.Tag + "/", Title: "<T>", Description: `"D"`, Canonical: "https://wire.example/",
			Languages: LanguageLinks(l.Tag, func(tag string) string { return "/" + tag + "/" }),
			Feeds:     []Link{{Href: "/feed.rss", Text: "RSS", Type: "application/rss+xml"}}, Story: &Story{Published: "2026-11-23T00:00:00Z"}, Graph: map[string]string{"headline": "</script>"}}}
		for _, action := range []wire.Action{wire.Publish, wire.Update, wire.Correct, wire.Refile, wire.Hold, wire.Unhold, wire.Kill} {
			for _, priority := range []wire.Priority{wire.Flash, wire.Urgent, wire.Ordinary} {
				it := &wire.Item{Action: action, Facets: wire.Facets{Organisation: "O", Priority: priority, Sectors: []string{"daily-news", "energy"}}, Edition: wire.Edition{Language: "ar", Headline: "H"}, First: time.Now()}
				p.Rows = append(p.Rows, NewRow(it, p.L, "/x", func(code string) string { return "/s/" + code }))
			}
		}
		out, err := view.Render(p)
		if err != nil {
			t.Fatal(err)
		}
		tree, err := html.Parse(strings.NewReader(string(out)))
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(out), `<html lang="`+l.Tag+`" dir="`+vocab.Direction(l.Tag)+`">`) || strings.Contains(string(out), "ZgotmplZ") || strings.Contains(string(out), "</script>\"") {
			t.Errorf("%s: %s", l.Tag, out)
		}
		current := 0
		for n := range tree.Descendants() {
			if n.Type != html.ElementNode {
				continue
			}
			for _, a := range n.Attr {
				if a.Key == "aria-current" {
					current++
				}
			}
		}
		if current != 1 {
			t.Errorf("%s: %d current languages", l.Tag, current)
		}
	}
}

func TestWithdrawnRowsShowNoHeadline(t *testing.T) {
	for _, action := range []wire.Action{wire.Hold, wire.Kill} {
		it := &wire.Item{Action: action, Facets: wire.Facets{Priority: wire.Flash}, Edition: wire.Edition{Language: "en", Headline: "secret"}}
		row := NewRow(it, locale.For("en"), "/x", nil)
		if row.Headline == "secret" || row.State == "flash" || len(row.Badges) != 1 {
			t.Errorf("%s: %+v", action, row)
		}
	}
}

func TestAPageWithAnErrorIsNotHalfThere(t *testing.T) {
	k := shared(NewKit(Options{}))
	for name, text := range map[string]string{"malformed": `{{define "main"}}{{`, "unknown field": `{{define "main"}}{{.Nothing}}{{end}}`} {
		f := Folder{FS: fstest.MapFS{"x.tmpl": {Data: []byte(text)}}, Path: "x"}
		if out, err := k.View(f, "x.tmpl").Render(Page{}); err == nil || out != nil {
			t.Errorf("%s: %q, %v", name, out, err)
		}
	}
	if _, err := k.View(Folder{FS: fstest.MapFS{}, Path: "x"}, "absent.tmpl").Render(Page{}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("absent: %v", err)
	}
}

func TestAssetsAreKeptForEver(t *testing.T) {
	k := shared(NewKit(Options{}))
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+AssetPath+"{file}", k.ServeAsset)
	address, err := k.Asset("site.css")
	if err != nil || !regexp.MustCompile(`^/assets/site\.[0-9a-f]{12}\.css$`).MatchString(address) {
		t.Fatalf("%s, %v", address, err)
	}
	get := func(path, encoding string) *httptest.ResponseRecorder {
		r := httptest.NewRequest("GET", path, nil)
		r.Header.Set("Accept-Encoding", encoding)
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, r)
		return w
	}
	plain, packed := get(address, ""), get(address, "br, gzip;q=0.8")
	z, err := gzip.NewReader(packed.Body)
	if err != nil {
		t.Fatal(err)
	}
	unpacked, err := io.ReadAll(z)
	if err != nil || string(unpacked) != plain.Body.String() || !strings.Contains(plain.Header().Get("Cache-Control"), "immutable") || !strings.HasPrefix(plain.Header().Get("Content-Type"), "text/css") {
		t.Errorf("%v %v", err, plain.Header())
	}
	if w := get(address, "gzip;q=0"); w.Header().Get("Content-Encoding") != "" {
		t.Error("gzip was refused and sent")
	}
	if w := get("/assets/site.000000000000.css", ""); w.Code != 200 || w.Header().Get("Cache-Control") != "no-cache" {
		t.Errorf("an old hash: %d %v", w.Code, w.Header())
	}
	for _, path := range []string{"/assets/nothing.000000000000.css", "/assets/..%2ftokens.css", "/assets/x"} {
		if w := get(path, ""); w.Code != 404 {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
}

func TestInDevelopmentPagesFollowTheSourceTree(t *testing.T) {
	root := t.TempDir()
	folder := filepath.Join(root, filepath.FromSlash(Shared.Path))
	if err := os.CopyFS(folder, Shared.FS); err != nil {
		t.Fatal(err)
	}
	page := Folder{Path: "page"}
	write := func(text string) {
		if err := errors.Join(os.MkdirAll(filepath.Join(root, "page"), 0o755), os.WriteFile(filepath.Join(root, "page", "page.tmpl"), []byte(text), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	write(`{{define "main"}}one{{end}}`)
	k := shared(NewKit(Options{Dev: true, Root: root}))
	view := k.View(page, "page.tmpl")
	out, err := view.Render(Page{})
	if err != nil || !strings.Contains(string(out), "one") || !strings.Contains(string(out), "<script src=\"/assets/reload.") {
		t.Fatalf("%s, %v", out, err)
	}

	server := httptest.NewServer(http.HandlerFunc(k.ServeReload))
	defer server.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, "GET", server.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := server.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	lines := bufio.NewScanner(answer.Body)
	next := func() string {
		for lines.Scan() {
			if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
				return data
			}
		}
		t.Fatalf("the stream ended: %v", lines.Err())
		return ""
	}
	first := next()
	write(`{{define "main"}}two, and longer{{end}}`)
	if second := next(); second == first {
		t.Error("the change was not told")
	}
	if out, err := view.Render(Page{}); err != nil || !strings.Contains(string(out), "two") {
		t.Errorf("%s, %v", out, err)
	}
}

func TestOutsideDevelopmentThereIsNoReload(t *testing.T) {
	w := httptest.NewRecorder()
	NewKit(Options{}).ServeReload(w, httptest.NewRequest("GET", ReloadPath, nil))
	if w.Code != 404 || strings.Contains(Policy(false), "script-src") {
		t.Errorf("%d", w.Code)
	}
}

func TestKindsBecomeStatusesOnce(t *testing.T) {
	for kind, want := range map[wire.Kind]int{wire.Invalid: 400, wire.NotFound: 404, wire.Conflict: 409, wire.Forbidden: 403, wire.Exhausted: 413, wire.Unavailable: 503, wire.Internal: 500} {
		if got := Status(wire.Errorf(kind, "", "x")); got != want {
			t.Errorf("%s is %d, want %d", kind, got, want)
		}
	}
	if Status(nil) != 200 || Status(errors.New("x")) != 500 {
		t.Error("nil or a plain error")
	}
}

var (
	cssComment  = regexp.MustCompile(`(?s)/\*.*?\*/`)
	cssPhysical = regexp.MustCompile(`(?i)\b(left|right)\b|\b(margin|padding|border|inset)-(top|bottom)\b|[{;]\s*(top|bottom|width|height|min-width|max-width|min-height|max-height)\s*:`)
)

// A page must read as well from either side.
func TestStylesKnowNoLeftAndRight(t *testing.T) {
	seen := 0
	err := filepath.WalkDir("..", func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || filepath.Ext(path) != ".css" {
			return err
		}
		seen++
		style, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for i, line := range strings.Split(cssComment.ReplaceAllStringFunc(string(style), func(c string) string { return strings.Repeat("\n", strings.Count(c, "\n")) }), "\n") {
			if found := cssPhysical.FindString(line); found != "" {
				t.Errorf("%s:%d: %q is physical", path, i+1, found)
			}
		}
		return nil
	})
	if err != nil || seen < 4 {
		t.Errorf("%d styles, %v", seen, err)
	}
}
