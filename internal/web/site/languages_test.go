package site

import (
	"regexp"
	"strings"
	"testing"

	"github.com/wireroom/wireroom/internal/vocab"
	"github.com/wireroom/wireroom/internal/web/site/sitetest"
)

// untranslated matches a key of the catalogs that stands where its text should,
// and a placeholder without its argument.
var untranslated = regexp.MustCompile(`\b(banner|change|error|feed|front|item|nav|notfound|preference|search|site|state|tombstone|unsubscribe)\.[a-z_]+\b|\{[a-z]+\}`)

func TestEveryPageSpeaksEveryLanguage(t *testing.T) {
	b := newBench(t)
	all := sitetest.FillEverywhere(t, b.store)
	sitetest.Index(t, b.store)
	for _, l := range vocab.Languages() {
		for path, status := range map[string]int{
			"/" + l.Tag + "/":                           200,
			"/" + l.Tag + "/s/energy/":                  200,
			"/" + l.Tag + "/s/retail/":                  200, // empty
			"/" + l.Tag + "/?before=2":                  200,
			"/" + l.Tag + "/search/":                    200,
			"/" + l.Tag + "/search/?q=halden&preview=1": 200,
			"/" + l.Tag + "/search/?q=halden&order=best&sector=energy&since=2026-01-01": 200,
			"/" + l.Tag + "/search/?q=(halden":                                          400,
			"/" + l.Tag + "/search/?q=nowhereatall":                                     200,
			"/" + l.Tag + "/search/?like=" + string(all.Corrected) + "." + l.Tag:        200,
			"/" + l.Tag + "/r/" + string(all.Corrected):                                 200,
			"/" + l.Tag + "/r/" + string(all.Held):                                      200,
			"/" + l.Tag + "/r/" + string(all.Killed):                                    410,
			"/" + l.Tag + "/r/unknown":                                                  404,
			"/u/" + sitetest.Token(l.Tag):                                               200,
		} {
			_, tree := b.page(path, status)
			if found := untranslated.FindString(text(tree)); found != "" {
				t.Errorf("%s shows %s", path, found)
			}
			if lang, _ := attr(find(tree, "html")[0], "lang"); lang != l.Tag {
				t.Errorf("%s speaks %s", path, lang)
			}
			if dir, _ := attr(find(tree, "html")[0], "dir"); dir != vocab.Direction(l.Tag) {
				t.Errorf("%s runs %s", path, dir)
			}
		}
	}
}

func TestInDevelopmentPagesReloadAndOnlyThen(t *testing.T) {
	b := newBench(t)
	if w := b.get("/dev/reload"); w.Code != 404 {
		t.Errorf("reload on a public server: %d", w.Code)
	}
	b.open(Options{Dev: true, Root: "../../.."})
	w, tree := b.page("/en/", 200)
	if !strings.Contains(w.Header().Get("Content-Security-Policy"), "script-src 'self'") || len(find(tree, "script", "src", "*")) != 1 {
		t.Errorf("%v", w.Header())
	}
	if _, err := New(Options{Dev: true, Root: "/nowhere"}); err == nil || !strings.Contains(err.Error(), "start at its root") {
		t.Errorf("without a source tree: %v", err)
	}
}
