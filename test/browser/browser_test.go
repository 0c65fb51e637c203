package browser

import (
	"bytes"
	"encoding/json"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/wireroom/wireroom/internal/archive"
	"github.com/wireroom/wireroom/internal/format"
	"github.com/wireroom/wireroom/internal/store/storetest"
	"github.com/wireroom/wireroom/internal/web/site"
	"github.com/wireroom/wireroom/internal/web/site/sitetest"
)

// tools finds the programs the tests need and installs the modules of
// package-lock.json where they are missing.
func tools(t *testing.T) (node, chromium string) {
	t.Helper()
	missing := func(what string, err error) {
		if os.Getenv("WIREROOM_BROWSER") == "required" {
			t.Fatalf("%s: %v; this run must have it", what, err)
		}
		t.Skipf("%s: %v", what, err)
	}
	if testing.Short() {
		t.Skip("a browser is not quick")
	}
	node, err := exec.LookPath("node")
	if err != nil {
		missing("node", err)
	}
	chromium, err = exec.LookPath("chromium")
	if err != nil {
		missing("chromium", err)
	}
	if _, err := os.Stat(filepath.Join("node_modules", "axe-core")); err != nil {
		out, err := exec.CommandContext(t.Context(), "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund").CombinedOutput()
		if err != nil {
			t.Logf("%s", out)
			missing("npm ci", err)
		}
	}
	return node, chromium
}

type page struct {
	Name   string `json:"name"`
	Path   string `json:"path"`
	Status int    `json:"status"`
	// Keys are pressed on the page to get to the one that is looked at. "to:" and
	// a selector is Tab until the focus is there.
	Keys []string `json:"keys,omitempty"`
}

// screen is what pages are looked at on. The narrowest is looked at for what
// goes beyond its edges only.
type screen struct {
	Width int    `json:"width"`
	Theme string `json:"theme"`
	Axe   bool   `json:"axe"`
}

// searched is what finds something in each language.
var searched = map[string]string{"en": "halden OR plant OR sectors OR ports", "ar": "ميريديان OR شركة OR طاقة", "ja": "営業利益 OR 北浜 OR ロボット"}

func TestPagesAreAccessibleAndFitInEveryLanguageThemeAndWidth(t *testing.T) {
	node, chromium := tools(t)
	s := storetest.SQLite(t)
	w := sitetest.Fill(t, s)
	sitetest.Index(t, s)
	server := httptest.NewUnstartedServer(nil)
	base := "http://" + server.Listener.Addr().String()
	subscriptions := &sitetest.Subscriptions{}
	pages, err := site.New(site.Options{
		Archive: archive.New(s), Site: format.Site{BaseURL: base, Name: "Wireroom"},
		Subscriptions: subscriptions, Searches: subscriptions, Now: func() time.Time { return sitetest.Now },
	})
	if err != nil {
		t.Fatal(err)
	}
	server.Config.Handler = pages
	server.Start()
	defer server.Close()

	var looks []page
	add := func(name, path string, status int) {
		looks = append(looks, page{Name: name, Path: path, Status: status})
	}
	for _, language := range []string{"en", "ar", "ja"} {
		at := "/" + language + "/"
		add("front-"+language, at, 200)
		add("item-"+language, at+"r/"+string(w.Halden), 200)
		add("tombstone-"+language, at+"r/"+string(w.Killed), 410)
		add("held-"+language, at+"r/"+string(w.Held), 200)
		token := "/u/" + sitetest.Token(language)
		looks = append(looks,
			page{Name: "preference-" + language, Path: token, Status: 200},
			page{Name: "preference-saved-" + language, Path: token, Status: 200, Keys: []string{"to:[name=when]", "ArrowDown", "to:[name=zone]", "ArrowDown", "to:[value=save]", "Enter"}},
			page{Name: "preference-refused-" + language, Path: token, Status: 422, Keys: []string{"to:[name=quiet_from]", "1", "1", "0", "0", "P", "Enter"}},
			page{Name: "preference-tried-" + language, Path: token, Status: 200, Keys: []string{"to:[name=query]", "o", "i", "l", "Enter"}},
			page{Name: "preference-added-" + language, Path: token, Status: 200, Keys: []string{"to:[name=query]", "o", "i", "l", "to:[value=add-search]", "Enter"}},
			page{Name: "preference-removed-" + language, Path: token, Status: 200, Keys: []string{"to:.searches li:last-child [value=remove-search]", "Enter"}},
			page{Name: "preference-unread-" + language, Path: token, Status: 422, Keys: []string{"to:[name=query]", "(", "o", "Enter"}})
		left := sitetest.Token(language + "-001")
		if err := subscriptions.Unsubscribe(t.Context(), left); err != nil {
			t.Fatal(err)
		}
		add("preference-left-"+language, "/u/"+left, 200)
		add("notfound-"+language, at+"r/nothing", 404)
		add("search-found-"+language, at+"search/?q="+url.QueryEscape(searched[language]), 200)
		add("search-preview-"+language, at+"search/?q=*&preview=1", 200)
		add("search-wrong-"+language, at+"search/?q="+url.QueryEscape(searched[language]+" AND (lang:"+language), 400)
	}
	add("search-narrowed-en", "/en/search/?lang=en&sector=technology&until=2026-11-23&order=best", 200)
	add("search-none-en", "/en/search/?q=nowhereatall", 200)
	add("search-like-en", "/en/search/?like="+string(w.Halden)+".en", 200)
	looks = append(looks,
		page{Name: "search-linked-en", Path: "/en/", Status: 200, Keys: []string{"to:.to-search", "Enter"}},
		// On the empty page the box is where one types at once.
		page{Name: "search-asked-en", Path: "/en/search/", Status: 200, Keys: []string{"h", "a", "l", "d", "e", "n", "Enter"}})
	add("sector-en", "/en/s/energy/", 200)
	add("corrected-ar", "/ar/r/"+string(w.Waha), 200)
	add("corrected-en", "/en/r/"+string(w.Waha), 200)
	add("results-ja", "/ja/r/"+string(w.Kitahama), 200)
	add("provider-en", "/en/r/"+string(w.Provider), 200)
	add("item-zh-Hant", "/zh-Hant/r/"+string(w.Halden), 200)
	add("item-th", "/th/r/"+string(w.Halden), 200)
	add("hostile-de", "/de/r/"+string(w.Hostile), 200)

	input, err := json.Marshal(map[string]any{
		"base": base, "pages": looks, "screens": []screen{{1280, "light", true}, {1280, "dark", true}, {360, "light", true}, {360, "dark", true}, {320, "light", false}},
		"shots": os.Getenv("WIREROOM_SHOTS"), "browser": chromium,
	})
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), node, "pages.mjs")
	cmd.Stdin = bytes.NewReader(input)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, &stderr)
	}
	var report struct {
		Looked   int
		Problems []string
	}
	if err := json.Unmarshal(out, &report); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if want := len(looks) * 5; report.Looked != want {
		t.Errorf("%d pages were looked at, not %d", report.Looked, want)
	}
	for _, p := range report.Problems {
		t.Error(p)
	}
	for _, language := range []string{"en", "ar", "ja"} {
		if p, _, err := subscriptions.Preference(t.Context(), sitetest.Token(language)); err != nil || p.Zone == "UTC" || p.Zone == "" {
			t.Errorf("%s: the keyboard saved %s, %v", language, p.Text(), err)
		}
	}
	t.Logf("%d pages looked at", report.Looked)
}
