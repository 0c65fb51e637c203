package conformance

import (
	"encoding/json"
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/wireroom/wireroom/internal/format/formattest"
	"github.com/wireroom/wireroom/internal/format/schemaorg"
)

// notOfSchemaOrg are documents that are no NewsArticle of schema.org, by their
// place, with what is wrong. schema-dts is the whole vocabulary as types, so that
// the compiler knows every property, what it may be on and what it may hold.
func notOfSchemaOrg(t *testing.T, documents []string) map[int]string {
	t.Helper()
	node := nodeJudges(t)
	judges, err := filepath.Abs(filepath.Join("judges", "node_modules"))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	var b strings.Builder
	b.WriteString("import type { NewsArticle, WithContext } from \"schema-dts\"\n")
	for i, d := range documents {
		fmt.Fprintf(&b, "export const a%d: WithContext<NewsArticle> = %s\n", i, strings.ReplaceAll(strings.TrimSpace(d), "\n", " "))
	}
	file(t, dir, "documents.ts", []byte(b.String()))
	config, err := json.Marshal(map[string]any{
		"files":           []string{"documents.ts"},
		"compilerOptions": map[string]any{"strict": true, "noEmit": true, "module": "nodenext", "types": []string{}, "paths": map[string][]string{"schema-dts": {filepath.Join(judges, "schema-dts", "dist", "schema.d.ts")}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	project := file(t, dir, "tsconfig.json", config)
	out, err := exec.CommandContext(t.Context(), node, filepath.Join(judges, "typescript", "bin", "tsc"), "--project", project, "--pretty", "false").CombinedOutput()
	faults := map[int]string{}
	for line := range strings.Lines(string(out)) {
		if m := fault.FindStringSubmatch(line); m != nil {
			at, _ := strconv.Atoi(m[1])
			faults[at-2] += m[2] // the first line is the import
		}
	}
	if (err != nil) != (len(faults) > 0) {
		t.Fatalf("%v\n%s", err, out)
	}
	return faults
}

var fault = regexp.MustCompile(`documents\.ts\((\d+),\d+\): (error .*)`)

// graphs makes sure that the JSON-LD of pages is of schema.org too.
func graphs(t *testing.T, files []string) {
	var documents, names []string
	for _, name := range files {
		if graph := graphOf(t, name); graph != "" {
			documents, names = append(documents, graph), append(names, filepath.Base(name))
		}
	}
	if len(documents) == 0 {
		t.Error("no page has JSON-LD")
	}
	ofSchemaOrg(t, documents, names)
}

// ofSchemaOrg makes sure that documents are of the vocabulary, and have what search
// engines want.
func ofSchemaOrg(t *testing.T, documents, names []string) {
	t.Helper()
	for i, fault := range notOfSchemaOrg(t, documents) {
		t.Errorf("%s: %.600s", names[i], fault)
	}
	for i, d := range documents {
		if missing := withoutRecommended(t, d); missing != "" {
			t.Errorf("%s lacks %s", names[i], missing)
		}
	}
	t.Logf("%d documents", len(documents))
}

func TestJSONLDIsOfTheVocabularyOfSchemaOrg(t *testing.T) {
	var documents, names []string
	for i, it := range formattest.Corpus() {
		data, err := schemaorg.Encode(&it, formattest.Site())
		if err != nil {
			t.Fatal(err)
		}
		documents, names = append(documents, string(data)), append(names, fmt.Sprintf("item %d, %s in %s", i, it.Action, it.Language))
	}
	ofSchemaOrg(t, documents, names)
	good := documents[0]
	var bad, what []string
	for name, change := range map[string][2]string{
		"a property that there is not": {`"headline":`, `"headlin":`},
		"one of another type":          {`"sourceOrganization":{"@type":"Corporation",`, `"sourceOrganization":{"@type":"Corporation","dateline":"x",`},
		"a value of another type":      {`"publisher":{"@type":"Organization"`, `"publisher":{"@type":"Country"`},
		"a type that there is not":     {`"@type":"NewsArticle"`, `"@type":"Pressrelease"`},
		"a number for a text":          {`"inLanguage":"en"`, `"inLanguage":1`},
	} {
		spoilt := strings.Replace(good, change[0], change[1], 1)
		if spoilt == good {
			t.Errorf("%s: nothing was changed", name)
		}
		bad, what = append(bad, spoilt), append(what, name)
	}
	faults := notOfSchemaOrg(t, bad)
	for i, name := range what {
		if faults[i] == "" {
			t.Errorf("%s passes", name)
		}
	}
}

// withoutRecommended is what Google's documentation of Article recommends and a
// document has not: author with a name, publication and change with a zone,
// headline. Pictures are recommended where there are any.
func withoutRecommended(t *testing.T, document string) string {
	t.Helper()
	var a schemaorg.Article
	if err := json.Unmarshal([]byte(document), &a); err != nil {
		t.Fatal(err)
	}
	for name, ok := range map[string]bool{
		"author": a.Author.Name != "" && a.Author.Type != "", "headline": a.Headline != "", "publisher": a.Publisher.Name != "",
		"datePublished": strings.HasSuffix(a.DatePublished, "Z"), "dateModified": strings.HasSuffix(a.DateModified, "Z"),
	} {
		if !ok {
			return name
		}
	}
	return ""
}

// graphOf is the JSON-LD of a page; "" if it has none.
func graphOf(t *testing.T, name string) string {
	t.Helper()
	tree, err := html.Parse(strings.NewReader(string(content(t, name))))
	if err != nil {
		t.Fatal(err)
	}
	for n := range tree.Descendants() {
		if n.Data == "script" && n.FirstChild != nil && len(n.Attr) == 1 && n.Attr[0].Val == "application/ld+json" {
			return n.FirstChild.Data
		}
	}
	return ""
}
