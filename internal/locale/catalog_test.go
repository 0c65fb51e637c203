package locale

import (
	"bytes"
	"encoding/json"
	"flag"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"
	"golang.org/x/text/unicode/norm"

	"github.com/wireroom/wireroom/internal/vocab"
)

// -update writes golden files anew and brings catalogs to their sorted form.
var update = flag.Bool("update", false, "write golden files and sort catalogs")

func texts(t *testing.T, name string) map[string]string {
	t.Helper()
	found, err := read(name)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestCatalogsAreThoseOfTheWireLanguages(t *testing.T) {
	var want []string
	for _, l := range vocab.Languages() {
		want = append(want, l.Tag)
		if got := For(l.Tag).Direction(); got != vocab.Direction(l.Tag) {
			t.Errorf("%s is written %s here, %s in vocab", l.Tag, got, vocab.Direction(l.Tag))
		}
		if got := For(l.Tag).Language(); got != l.Tag {
			t.Errorf("For(%q) speaks %s", l.Tag, got)
		}
		if formats[l.Tag].date == "" {
			t.Errorf("%s has no date format", l.Tag)
		}
	}
	if !slices.Equal(tags, want) {
		t.Errorf("catalogs %v, wire languages %v", tags, want)
	}
}

func TestEveryCatalogHasTheKeysOfTheEnglishOne(t *testing.T) {
	english := texts(t, "en")
	for _, name := range append(slices.Clone(tags), "notes") {
		other := texts(t, name)
		for key := range english {
			if other[key] == "" {
				t.Errorf("catalog/%s.json lacks %s", name, key)
			}
		}
		for key := range other {
			if _, ok := english[key]; !ok {
				t.Errorf("catalog/%s.json has %s, which English lacks", name, key)
			}
		}
	}
}

func TestEveryTextIsCleanAndCompiles(t *testing.T) {
	for _, tag := range tags {
		for key, text := range texts(t, tag) {
			if _, err := compile(text); err != nil {
				t.Errorf("%s %s: %v", tag, key, err)
			}
			switch {
			case strings.TrimSpace(text) != text, strings.Contains(text, "  "), strings.Contains(text, "\n"):
				t.Errorf("%s %s: superfluous space in %q", tag, key, text)
			case !norm.NFC.IsNormalString(text):
				t.Errorf("%s %s: %q is not in normal form NFC", tag, key, text)
			case strings.ContainsAny(text, "<>"):
				t.Errorf("%s %s: catalogs hold plain text, not %q", tag, key, text)
			}
		}
	}
}

// arguments collects the names a message refers to, and its plurals' branches.
func arguments(m message, names map[string]bool, plurals *[]*choice) {
	for _, p := range m {
		if p.argument != "" {
			names[p.argument] = true
		}
		if p.choice != nil {
			names[p.choice.argument] = true
			*plurals = append(*plurals, p.choice)
			for _, branch := range p.choice.forms {
				arguments(branch, names, plurals)
			}
			for _, branch := range p.choice.exact {
				arguments(branch, names, plurals)
			}
		}
	}
}

func TestPlaceholdersAreTheSameInEveryLanguage(t *testing.T) {
	collect := func(text string) []string {
		m, _ := compile(text)
		names := map[string]bool{}
		arguments(m, names, new([]*choice))
		return slices.Sorted(maps.Keys(names))
	}
	english := texts(t, "en")
	for _, tag := range tags {
		for key, text := range texts(t, tag) {
			if got, want := collect(text), collect(english[key]); !slices.Equal(got, want) {
				t.Errorf("%s %s: placeholders %v, English has %v", tag, key, got, want)
			}
		}
	}
}

// required returns the plural categories that whole numbers of a language fall
// into.
func required(tag string) map[plural.Form]bool {
	forms := map[plural.Form]bool{plural.Other: true}
	for n := int64(0); n <= 1000; n++ {
		forms[form(language.Make(tag), n)] = true
	}
	forms[form(language.Make(tag), 1_000_000)] = true
	return forms
}

func TestEveryPluralHasTheCategoriesItsLanguageNeeds(t *testing.T) {
	if n := len(required("ar")); n != 6 {
		t.Fatalf("Arabic has six categories, not %d", n)
	}
	for _, tag := range tags {
		want := required(tag)
		for key, text := range texts(t, tag) {
			m, _ := compile(text)
			var plurals []*choice
			arguments(m, map[string]bool{}, &plurals)
			for _, ch := range plurals {
				for name, f := range formNames {
					if _, has := ch.forms[f]; want[f] && !has {
						t.Errorf("%s %s: the plural of %s lacks %s", tag, key, ch.argument, name)
					} else if has && !want[f] {
						t.Errorf("%s %s: the plural of %s has %s, which no number takes", tag, key, ch.argument, name)
					}
				}
			}
		}
	}
}

func TestCatalogFilesAreFlatAndSorted(t *testing.T) {
	for _, name := range append(slices.Clone(tags), "notes") {
		path := filepath.Join("catalog", name+".json")
		got, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var want bytes.Buffer
		e := json.NewEncoder(&want) // maps are written by sorted key
		e.SetEscapeHTML(false)
		e.SetIndent("", "  ")
		var flat map[string]string
		if err := json.Unmarshal(got, &flat); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		if err := e.Encode(flat); err != nil {
			t.Fatal(err)
		}
		if bytes.Equal(got, want.Bytes()) {
			continue
		}
		if !*update {
			t.Errorf("%s is not sorted by key, one to a line, each once; run this test with -update", path)
		} else if err := os.WriteFile(path, want.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// keyUse finds .T "key" of templates and .T("key" of Go code.
var keyUse = regexp.MustCompile("\\.T\\s*\\(?\\s*[\"`]([a-z0-9_.]+)[\"`]")

func TestEveryKeyUsedByPagesAndFormatsExists(t *testing.T) {
	english := texts(t, "en")
	used := map[string]bool{}
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && filepath.Base(path) == "locale" {
			return fs.SkipDir
		}
		switch filepath.Ext(path) {
		case ".go", ".tmpl", ".html", ".txt", ".js":
		default:
			return nil
		}
		if d.IsDir() || strings.HasSuffix(path, "_test.go") || strings.Contains(path, "testdata") {
			return nil
		}
		source, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, m := range keyUse.FindAllSubmatch(source, -1) {
			key := string(m[1])
			used[key] = true
			if _, ok := english[key]; !ok {
				t.Errorf("%s uses %s, which no catalog has", strings.TrimPrefix(path, "../"), key)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range slices.Sorted(maps.Keys(english)) {
		if !used[key] { // keys are also put together at run time, such as state.*
			t.Logf("no use of %s found", key)
		}
	}
}

func TestKeysAreFoundInTemplatesAndCode(t *testing.T) {
	for source, want := range map[string]string{
		`{{.L.T "nav.skip"}}`:                      "nav.skip",
		`{{$.L.T "item.version" "n" .Number}}`:     "item.version",
		"p.T(\"mail.why\",\n\"why\", why)":         "mail.why",
		"p.T(`front.empty`)":                       "front.empty",
		`{{template "x" (.Printer.T "nav.menu")}}`: "nav.menu",
	} {
		m := keyUse.FindStringSubmatch(source)
		if m == nil || m[1] != want {
			t.Errorf("%s: found %q", source, m)
		}
	}
}
