package conformance

import (
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"net/url"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wireroom/wireroom/internal/archive"
	"github.com/wireroom/wireroom/internal/format"
	"github.com/wireroom/wireroom/internal/store/storetest"
	"github.com/wireroom/wireroom/internal/vocab"
	"github.com/wireroom/wireroom/internal/web/site"
	"github.com/wireroom/wireroom/internal/web/site/sitetest"
)

// sitePages writes every kind of page in every language into a folder, and the
// pages of a small wire of real texts, and returns the files.
func sitePages(t *testing.T, dir string) []string {
	t.Helper()
	s := storetest.SQLite(t)
	sitetest.Fill(t, s)
	all := sitetest.FillEverywhere(t, s)
	sitetest.Index(t, s)
	a, readers := archive.New(s), &sitetest.Subscriptions{}
	pages, err := site.New(site.Options{Archive: a, Subscriptions: readers, Searches: readers, Site: format.Site{BaseURL: "https://wire.example", Name: "Wireroom"}, Now: func() time.Time { return sitetest.Now }})
	if err != nil {
		t.Fatal(err)
	}
	var paths []string
	for _, l := range vocab.Languages() {
		for _, path := range []string{
			"/%s/", "/%s/s/energy/", "/%s/s/retail/", "/%s/?before=2", "/%s/search/", "/%s/search/?q=halden&preview=1", "/%s/search/?q=(halden", "/%s/search/?q=nowhereatall",
			"/%s/search/?like=" + string(all.Corrected) + ".%[1]s", "/%s/r/" + string(all.Corrected), "/%s/r/" + string(all.Held), "/%s/r/" + string(all.Killed), "/%s/r/unknown",
		} {
			paths = append(paths, fmt.Sprintf(path, l.Tag))
		}
		paths = append(paths, "/u/"+sitetest.Token(l.Tag))
	}
	items, err := a.Items(t.Context(), 0, 1000)
	if err != nil {
		t.Fatal(err)
	}
	for i := range items {
		path := "/" + items[i].Language + "/r/" + string(items[i].Release)
		if !slices.Contains(paths, path) {
			paths = append(paths, path)
		}
	}
	var files []string
	for i, path := range paths {
		for range 3 { // an address leads on to the one with a slug
			w := httptest.NewRecorder()
			pages.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
			if next := w.Header().Get("Location"); next != "" {
				path = next
				continue
			}
			if !strings.HasPrefix(w.Header().Get("Content-Type"), "text/html") {
				t.Fatalf("%s: %d %s", path, w.Code, w.Header().Get("Content-Type"))
			}
			files = append(files, file(t, dir, fmt.Sprintf("%03d-%s.html", i, strings.Trim(url.PathEscape(path), "%2F")), w.Body.Bytes()))
			break
		}
	}
	return files
}

// aBrokenPage has a fault of each kind that the judges are there for.
const aBrokenPage = `<!doctype html><html lang="zh_CN"><head><title>x</title></head><body><img src="a.png"><p dir="sideways"><ul><li>a</ul></p><a href="x"></a></body></html>`

// validated are the faults that html-validate finds.
func validated(t *testing.T, files []string) map[string][]string {
	t.Helper()
	var seen []struct {
		File   string
		Faults []string
	}
	askNode(t, &seen, "html.mjs", files...)
	faults := map[string][]string{}
	for _, s := range seen {
		faults[s.File] = s.Faults
	}
	if len(faults) != len(files) {
		t.Fatalf("%d pages of %d", len(faults), len(files))
	}
	return faults
}

func TestJudgesFindNoFaultInPages(t *testing.T) {
	files := sitePages(t, t.TempDir())
	t.Logf("%d pages", len(files))
	t.Run("html-validate", func(t *testing.T) { htmlValidate(t, files) })
	t.Run("Nu Html Checker", func(t *testing.T) { nuHTMLChecker(t, files) })
	t.Run("schema.org", func(t *testing.T) { graphs(t, files) })
}

func htmlValidate(t *testing.T, files []string) {
	for name, faults := range validated(t, files) {
		if len(faults) > 0 {
			t.Errorf("%s: %.800q", filepath.Base(name), faults)
		}
	}
	broken := file(t, t.TempDir(), "broken.html", []byte(aBrokenPage))
	if faults := validated(t, []string{broken})[broken]; len(faults) < 3 {
		t.Errorf("it lets a broken page pass: %q", faults)
	}
}

// checked are the errors and warnings that the Nu Html Checker finds, by file.
func checked(t *testing.T, files []string) map[string][]string {
	t.Helper()
	java := tool(t, "java", "default-jre-headless")
	nodeJudges(t)
	jar := filepath.Join("judges", "node_modules", "vnu-jar", "build", "dist", "vnu.jar")
	cmd := exec.CommandContext(t.Context(), java, append([]string{"-Xss4m", "-jar", jar, "--format", "json", "--exit-zero-always", "--stdout"}, files...)...)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	var report struct {
		Messages []struct {
			Type, SubType, URL, Message string
			LastLine                    int
		}
	}
	if err := json.Unmarshal(out, &report); err != nil {
		t.Fatalf("%v\n%.2000s", err, out)
	}
	faults := map[string][]string{}
	for _, m := range report.Messages {
		if m.Type == "error" || m.SubType == "warning" {
			name := filepath.Base(m.URL)
			faults[name] = append(faults[name], fmt.Sprintf("%d %s", m.LastLine, m.Message))
		}
	}
	return faults
}

func nuHTMLChecker(t *testing.T, files []string) {
	for name, faults := range checked(t, files) {
		t.Errorf("%s: %.800q", name, faults)
	}
	if faults := checked(t, []string{file(t, t.TempDir(), "broken.html", []byte(aBrokenPage))})["broken.html"]; len(faults) < 3 {
		t.Errorf("it lets a broken page pass: %q", faults)
	}
}
