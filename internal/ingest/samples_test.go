package ingest

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"
	"unicode"

	"github.com/wireroom/wireroom/internal/format"
	"github.com/wireroom/wireroom/internal/format/formattest"
	"github.com/wireroom/wireroom/internal/format/iptc7901"
	"github.com/wireroom/wireroom/internal/format/offer"
	"github.com/wireroom/wireroom/internal/wire"
)

// whole are the formats that carry a whole story: what goes out in one of them
// comes in again as what it was. Of the others, plain text, IPTC 7901,
// the push of Newsroom and the Word document, the headline and the words of the
// text come back; of the PDF, to pdftotext.
var whole = []string{"ninjs", "ninjs-2.2", "ninjs-1.6", "newsml-g2", "newsml-g2-message", "nitf", "nitf-bare", "newsml-1.2"}

// Every sample goes in, goes out in every format that carries a whole story, and
// comes in again as what it was. The samples of agencies are not ours to keep:
// WIREROOM_SAMPLES names a folder of them. Those in testdata/samples are ours,
// in the dialects of the trade.
func TestSamplesGoInOutAndInAgainWithoutLoss(t *testing.T) {
	var table bytes.Buffer
	w := tabwriter.NewWriter(&table, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "sample\tread as\tstories\tlanguages\tblocks\tletters\tsubjects\tpictures\tkept\tout and in again")
	folders := []string{"testdata/samples"}
	if folder := os.Getenv("WIREROOM_SAMPLES"); folder != "" {
		folders = append(folders, folder)
	}
	read, refused := 0, 0
	for _, folder := range folders {
		err := filepath.WalkDir(folder, func(path string, e fs.DirEntry, err error) error {
			if err != nil || e.IsDir() || !isSample(path) || filepath.Base(filepath.Dir(path)) == "golden" {
				return err
			}
			raw, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			name, _ := filepath.Rel(folder, path)
			stories, guess, err := ReadStories(filepath.Base(path), bytes.NewReader(raw), Options{Now: monday, Language: ""})
			if err != nil {
				if folder == folders[0] {
					t.Errorf("%s: %v", name, err)
				}
				refused++
				fmt.Fprintf(w, "%s\t%s\trefused: %s\n", name, guess.Kind, err)
				return nil
			}
			for _, row := range rows(t, name, stories) {
				fmt.Fprintf(w, "%s\t%s\t%s\n", name, stories[0].Article.Format, row)
			}
			read++
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	w.Flush()
	t.Logf("%d documents read, %d refused\n%s", read, refused, table.String())
}

// isSample leaves out schemas, catalogues and what is about the samples.
func isSample(path string) bool {
	for _, part := range []string{"/schema/", "/xsd/", "/catalog/", "/languages/", "/mediatopics/", "/opencc/", "schema.org", "/sitemap/", "/webhooks/", "/websub/", "/testcases/", "checkers-package"} {
		if strings.Contains(path, part) {
			return false
		}
	}
	switch filepath.Ext(path) {
	case ".xml", ".json", ".html", ".txt", ".eml", ".docx", ".md", ".iptc":
		return true
	}
	return false
}

// rows tells of the stories of one document, one row if there is one.
func rows(t *testing.T, name string, stories []Story) []string {
	var all []string
	for i, s := range stories {
		if s.Err != nil {
			all = append(all, fmt.Sprintf("%d\trefused: %v", i+1, s.Err))
			continue
		}
		if s.Release == nil {
			all = append(all, fmt.Sprintf("%d\twithdrawn: %s %s", i+1, s.Article.Status, s.Article.ID))
			continue
		}
		e := s.Release.Editions[0]
		kept := 0
		if s.Release.Supplied != nil {
			kept = len(s.Release.Supplied.Fields)
		}
		text := e.Headline + wire.PlainText(slices.Concat(e.Body, e.Boilerplate, e.Disclaimer))
		all = append(all, fmt.Sprintf("%d\t%s\t%d\t%d\t%d\t%d\t%d\t%s", i+1, e.Language, len(e.Body)+len(e.Boilerplate)+len(e.Disclaimer),
			len([]rune(text)), len(s.Release.Subjects), len(s.Article.Pictures), kept, again(t, name, s.Release)))
	}
	return all
}

// again sends a release out and reads it in; what differs is a failure.
func again(t *testing.T, name string, r *wire.Release) string {
	site := format.Site{BaseURL: "https://wire.example", Name: "Wire"}
	var same []string
	for _, f := range whole {
		out, err := offer.Lookup(f)
		if err != nil {
			t.Fatal(err)
		}
		it := wire.NewItem(r, &r.Editions[0], wire.Publish, nil, monday, wire.Amendment{})
		it.Number = 1
		raw, err := out.Encode(&it, site)
		if err != nil {
			t.Errorf("%s as %s: %v", name, out.Name, err)
			continue
		}
		stories, _, err := ReadStories("a."+out.Ext, bytes.NewReader(raw), Options{Now: monday})
		if err != nil || len(stories) != 1 || stories[0].Err != nil {
			t.Errorf("%s as %s cannot be read again: %v, %+v", name, out.Name, err, stories)
			continue
		}
		if lost := difference(r, stories[0].Release); lost != "" {
			t.Errorf("%s as %s: %s", name, out.Name, lost)
			same = append(same, out.Name+" LOST")
			continue
		}
		same = append(same, out.Name)
	}
	for _, f := range []string{"text", "iptc7901", "superdesk", "docx"} {
		out, err := offer.Lookup(f)
		if err != nil {
			t.Fatal(err)
		}
		it := wire.NewItem(r, &r.Editions[0], wire.Publish, nil, monday, wire.Amendment{})
		it.Number = 1
		raw, err := out.Encode(&it, site)
		if wire.KindOf(err) == wire.Invalid && f == "iptc7901" { // letters that it does not have
			continue
		}
		if err != nil {
			t.Errorf("%s as %s: %v", name, f, err)
			continue
		}
		stories, _, err := ReadStories("a."+out.Ext, bytes.NewReader(raw), Options{Now: monday, Language: it.Language})
		if err != nil || len(stories) != 1 || stories[0].Err != nil {
			t.Errorf("%s as %s cannot be read again: %v, %+v", name, f, err, stories)
			continue
		}
		headline, text := it.Headline, wire.PlainText(it.Body)
		if f == "iptc7901" {
			headline, text = iptc7901.Latin(headline), iptc7901.Latin(text)
		}
		if missing := missingWord(headline, stories[0].Release) + missingWord(text, stories[0].Release); missing != "" {
			t.Errorf("%s as %s lost %s", name, f, missing)
			continue
		}
		same = append(same, f)
	}
	if program, err := exec.LookPath("pdftotext"); err == nil && printed(t, name, program, r) {
		same = append(same, "pdf")
	}
	return strings.Join(same, ", ")
}

// printed sends a release out as a PDF and reports whether a reader finds its
// text there, line ends and the isolates that poppler adds aside.
func printed(t *testing.T, name, pdftotext string, r *wire.Release) bool {
	it := wire.NewItem(r, &r.Editions[0], wire.Publish, nil, monday, wire.Amendment{})
	site := format.Site{BaseURL: "https://wire.example", Name: "Wire", Typefaces: formattest.Typefaces(t)}
	out, err := offer.Lookup("pdf")
	if err != nil {
		t.Fatal(err)
	}
	if !out.Carries(it.Language, site) {
		return false
	}
	raw, err := out.Encode(&it, site)
	if err != nil {
		t.Errorf("%s as PDF: %v", name, err)
		return false
	}
	file := filepath.Join(t.TempDir(), "a.pdf")
	if err := os.WriteFile(file, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	read, err := exec.Command(pdftotext, "-raw", file, "-").Output()
	if err != nil {
		t.Errorf("%s as PDF: %v", name, err)
		return false
	}
	solid := func(s string) string {
		return strings.Map(func(r rune) rune {
			if unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) {
				return -1
			}
			return r
		}, s)
	}
	var b strings.Builder
	for page := range strings.SplitSeq(string(read), "\f") {
		lines := strings.Split(strings.TrimSpace(page), "\n")
		b.WriteString(solid(strings.Join(lines[:len(lines)-1], ""))) // the last is the foot of the page
	}
	text, at := b.String(), 0
	for _, s := range []string{it.Headline, wire.PlainText(it.Body), wire.PlainText(it.Boilerplate), wire.PlainText(it.Disclaimer)} {
		for word := range strings.FieldsSeq(s) {
			if word = solid(word); word == "-" { // before items of lists, where a page has a bullet
				continue
			}
			found := strings.Index(text[at:], word)
			if found < 0 {
				t.Errorf("%s as PDF lost %q", name, word)
				return false
			}
			at += found + len(word)
		}
	}
	return true
}

// missingWord is the first word of a text that does not come in its place in
// what a release says, with those before it.
func missingWord(text string, r *wire.Release) string {
	e := r.Editions[0]
	read := strings.Join(strings.Fields(e.Headline+"\n"+strings.Join(e.Subheads, "\n")+"\n"+wire.PlainText(slices.Concat(e.Body, e.Boilerplate, e.Disclaimer))), "")
	words := strings.Fields(text)
	at := 0
	for i, w := range words {
		found := strings.Index(read[at:], w)
		if found < 0 {
			return fmt.Sprintf("%q after %q", w, words[max(0, i-6):i])
		}
		at += found + len(w)
	}
	return ""
}

// difference names what two releases do not have in common of what a reader is
// told: text, language, dateline, contacts, what it is about.
func difference(a, b *wire.Release) string {
	one, two := a.Editions[0], b.Editions[0]
	for _, c := range []struct{ what, a, b string }{
		{"language", one.Language, two.Language}, {"headline", one.Headline, two.Headline},
		{"subheads", strings.Join(one.Subheads, "|"), strings.Join(two.Subheads, "|")},
		{"text", wire.HTML(one.Body), wire.HTML(two.Body)},
		{"boilerplate", wire.HTML(one.Boilerplate), wire.HTML(two.Boilerplate)},
		{"disclaimer", wire.HTML(one.Disclaimer), wire.HTML(two.Disclaimer)},
		{"dateline", fmt.Sprint(one.Dateline), fmt.Sprint(two.Dateline)},
		{"contacts", fmt.Sprint(one.Contacts), fmt.Sprint(two.Contacts)},
		{"subjects", fmt.Sprint(a.Subjects), fmt.Sprint(b.Subjects)}, {"places", fmt.Sprint(a.Places), fmt.Sprint(b.Places)},
		{"sectors", fmt.Sprint(a.Sectors), fmt.Sprint(b.Sectors)}, {"instruments", fmt.Sprint(a.Instruments), fmt.Sprint(b.Instruments)},
		{"pictures", pictures(one), pictures(two)}, {"translation", fmt.Sprint(one.Translation != nil), fmt.Sprint(two.Translation != nil)},
		{"organisation", a.Organisation, b.Organisation}, {"priority", string(a.Priority), string(b.Priority)},
	} {
		was, is := spacing(c.a), spacing(c.b)
		if was != is {
			at := 0
			for at < min(len(was), len(is)) && was[at] == is[at] {
				at++
			}
			at = max(0, at-40)
			return fmt.Sprintf("%s was\n%.160q\nand came back as\n%.160q", c.what, was[at:], is[at:])
		}
	}
	return ""
}

func pictures(e wire.Edition) string {
	var all []string
	for _, p := range e.Pictures {
		all = append(all, fmt.Sprintf("%+v", p))
	}
	return strings.Join(all, "|")
}

// spacing makes runs of spaces, and those beside line breaks, what HTML makes of
// them.
func spacing(s string) string {
	return strings.ReplaceAll(strings.Join(strings.Fields(s), " "), "<br> ", "<br>")
}

// What is read out of each of our own samples is exactly what is written in
// testdata/samples/golden.
func TestSamplesAreReadToTheGoldenStories(t *testing.T) {
	paths, err := filepath.Glob("testdata/samples/*.*")
	if err != nil || len(paths) < 15 {
		t.Fatalf("%d samples, %v", len(paths), err)
	}
	for _, path := range paths {
		t.Run(filepath.Base(path), func(t *testing.T) {
			raw, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			stories, guess, err := ReadStories(filepath.Base(path), bytes.NewReader(raw), Options{Now: monday})
			if err != nil {
				t.Fatal(err)
			}
			type told struct {
				ID, Version string
				Status      string `json:",omitempty"`
				Signal      string `json:",omitempty"`
				Release     *wire.Release
				Findings    []Finding
			}
			out := struct {
				Guess   Guess
				Stories []told
			}{Guess: guess}
			for _, s := range stories {
				if s.Err != nil {
					t.Fatal(s.Err)
				}
				out.Stories = append(out.Stories, told{s.Article.ID, s.Article.Version, string(s.Article.Status), string(s.Article.Signal), s.Release, s.Findings})
			}
			golden(t, filepath.Join("testdata/samples/golden", filepath.Base(path)+".json"), out)
		})
	}
}
