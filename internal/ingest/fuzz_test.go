package ingest

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/wireroom/wireroom/internal/wire"
	"pgregory.net/rapid"
)

// seeds adds the documents of testdata with an extension, and what broke
// readers before.
func seeds(f *testing.F, extension string, more ...string) {
	paths, _ := filepath.Glob("testdata/*" + extension)
	for _, path := range paths {
		raw, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(raw))
	}
	for _, s := range more {
		f.Add(s)
	}
}

// wholeOrNothing is what holds for every input.
func wholeOrNothing(t *testing.T, name, text string) (*wire.Release, []Finding) {
	began := time.Now()
	r, findings, err := Read(name, strings.NewReader(text), Options{Language: "en", Now: monday, MaxBytes: 100_000})
	if took := time.Since(began); took > 10*time.Second {
		t.Fatalf("took %v", took)
	}
	if err != nil {
		var known *wire.Error
		if r != nil || findings != nil || !errors.As(err, &known) || known.Kind == wire.Internal || known.Message == "" {
			t.Fatalf("%v, %v, %v", r, findings, err)
		}
		return nil, nil
	}
	if err := r.Check(); err != nil || r.State != wire.Draft || r.ID != "" || len(r.Editions) != 1 {
		t.Fatalf("%+v: %v", r, err)
	}
	return r, findings
}

func FuzzReadText(f *testing.F) {
	seeds(f, ".txt", "---\ntitle: x\n---\ny", "(A) – b\nc", "\xff\xfea\x00", "A, May 1 --\n\nb", "About a\na", "Sectors: a\nb\nSectors: c")
	f.Fuzz(func(t *testing.T, text string) {
		r, findings := wholeOrNothing(t, "a.txt", text)
		if r != nil && !strings.HasPrefix(text, "---") && find(findings, "format-guessed") == nil && find(findings, "encoding-converted") == nil {
			if lost := lost(text, r, findings); lost != "" {
				t.Fatalf("%q lost %q: %+v", text, lost, r.Editions[0])
			}
		}
	})
}

func FuzzReadMarkdown(f *testing.F) {
	seeds(f, ".md", "# a\n\n<b>x</b> y <script>z</script> w", "- a\n  - b\n    > c", "|a|b|\n|-|-|\n|c|", "[a](javascript:b) ![c](d) <e@f.example>", "&#x202e; \\&amp; `a\nb`", "1. <p>a", "---\npictures: [{url: \"https://x.example/a.png\", alt: a}, {file: b}]\n---\n![a *b*](b \"c\")")
	f.Fuzz(func(t *testing.T, text string) { wholeOrNothing(t, "a.md", text) })
}

// What a page becomes is a page that becomes the same: nothing that reading it
// once more would change is left in it.
func FuzzReadHTML(f *testing.F) {
	seeds(f, ".html", "<h1>a<p>b<ul><li>c<ol><li>d", "<table><tr><td>a<td>b<tr><td><table><tr><td>c", "<svg><style><img src=x onerror=alert(1)>", "<a href='java&#10;script:x'>a</a>", "<p>a<br><br>b<pre>\n c\n d</pre>", "<bdo dir=rtl>a</bdo><span dir=rtl>b</span>")
	f.Fuzz(func(t *testing.T, text string) {
		wholeOrNothing(t, "a.html", text)
		once, ok := blocksOfPage(text)
		if !ok {
			return
		}
		html := wire.HTML(once)
		twice, ok := blocksOfPage(html)
		if !ok || !reflect.DeepEqual(once, twice) {
			t.Fatalf("%q\nbecame %q\nand then %q", text, html, wire.HTML(twice))
		}
	})
}

func blocksOfPage(page string) ([]wire.Block, bool) {
	d := &document{name: "a.html"}
	if d.readHTML(page, 1) != nil {
		return nil, false
	}
	d.dropEmpty()
	for i := range d.blocks {
		d.blocks[i].title = false
	}
	d.language = ""
	return d.domain(d.blocks, "en"), true
}

// lost returns the visible characters of a plain text that a release does not
// account for: in its text, or in a finding that quotes what was read out.
func lost(text string, r *wire.Release, findings []Finding) string {
	e := r.Editions[0]
	var all strings.Builder
	all.WriteString(e.Headline + e.Note)
	for _, part := range [][]wire.Block{e.Body, e.Boilerplate, e.Disclaimer} {
		all.WriteString(wire.PlainText(part))
	}
	for _, f := range findings {
		if f.Code == "dateline-read" || f.Code == "sectors-read" || f.Code == "sector-unknown" {
			all.WriteString(f.Message)
		}
	}
	have := map[rune]int{}
	for _, c := range all.String() {
		have[c]++
	}
	var missing strings.Builder
	for _, c := range strings.TrimPrefix(text, "\ufeff") {
		if blank(c) {
			continue
		}
		if have[c]--; have[c] < 0 {
			missing.WriteRune(c)
		}
	}
	return missing.String()
}

func TestNothingOfAPlainTextIsLost(t *testing.T) {
	pieces := []string{
		"(Northwire) – ", "OSLO, Nov. 23, 2026 /NORTHWIRE/ -- ", "東京、2026年11月23日 (Northwire) – ", "PARIS, 3 mai –", "\n", "\n\n", "Sectors: Transport, Nothing known", "القطاعات: الطاقة، غير معروف",
		"The article is provided by a third party.", "It carries no warranty.", "Northwire offers press release distribution to newsrooms.", "About Halden", "Halden builds ferries.", "https://halden.example/a_(b)?c=d&e", "Halden AS (Oslo: HAL) said. ", "<b>&amp;</b>", "  \t", "\r\n", "\u3000", "\u200f", "\u202e", "。", "- item", "Ж",
	}
	rapid.Check(t, func(t *rapid.T) {
		var b strings.Builder
		for range rapid.IntRange(1, 20).Draw(t, "pieces") {
			if rapid.IntRange(0, 3).Draw(t, "own") == 0 {
				b.WriteString(rapid.String().Draw(t, "text"))
			} else {
				b.WriteString(rapid.SampledFrom(pieces).Draw(t, "piece"))
			}
		}
		text := b.String()
		r, findings, err := Read("a.txt", strings.NewReader(text), Options{Language: "en", Now: monday})
		if err != nil || strings.HasPrefix(text, "---") || find(findings, "format-guessed") != nil {
			return
		}
		if lost := lost(text, r, findings); lost != "" {
			t.Fatalf("%q lost %q: %+v", text, lost, r.Editions[0])
		}
	})
}

// formats are the documents of testdata/samples in a format.
func formats(f *testing.F, kinds ...string) {
	for _, kind := range kinds {
		paths, _ := filepath.Glob("testdata/samples/*" + kind)
		if len(paths) == 0 {
			f.Fatalf("no sample of %s", kind)
		}
		for _, path := range paths {
			raw, err := os.ReadFile(path)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(raw)
		}
	}
}

// wholeStories is what holds for every document with several stories: each is a
// release that passes its check, or an error for who sent it.
func wholeStories(t *testing.T, name string, raw []byte) {
	stories, _, err := ReadStories(name, bytes.NewReader(raw), Options{Language: "en", Now: monday, MaxBytes: 100_000})
	known := func(err error) bool {
		var e *wire.Error
		return errors.As(err, &e) && e.Kind != wire.Internal && e.Message != ""
	}
	if err != nil && (stories != nil || !known(err)) {
		t.Fatalf("%v, %v", stories, err)
	}
	for _, s := range stories {
		switch {
		case s.Err != nil:
			if s.Release != nil || !known(s.Err) {
				t.Fatalf("%+v, %v", s.Release, s.Err)
			}
		case s.Release == nil:
			if !s.Article.Withdrawn() {
				t.Fatalf("neither release nor error nor withdrawal: %+v", s.Article)
			}
		default:
			if err := s.Release.Check(); err != nil || s.Release.Supplied == nil && s.Article.ID != "" {
				t.Fatalf("%+v: %v", s.Release, err)
			}
		}
	}
}

func FuzzReadNewsML(f *testing.F) {
	formats(f, ".g2.xml", ".newsml.xml")
	f.Fuzz(func(t *testing.T, raw []byte) { wholeStories(t, "a.xml", raw) })
}

func FuzzReadNITF(f *testing.F) {
	formats(f, ".nitf.xml")
	f.Fuzz(func(t *testing.T, raw []byte) { wholeStories(t, "a.xml", raw) })
}

func FuzzReadNINJS(f *testing.F) {
	formats(f, ".ninjs.json", ".ninjs1.json")
	f.Fuzz(func(t *testing.T, raw []byte) { wholeStories(t, "a.json", raw) })
}

func FuzzReadFeed(f *testing.F) {
	formats(f, ".rss.xml", ".atom.xml", ".feed.json")
	f.Fuzz(func(t *testing.T, raw []byte) { wholeStories(t, "", raw) })
}

func FuzzReadIPTC7901(f *testing.F) {
	formats(f, ".iptc")
	f.Fuzz(func(t *testing.T, raw []byte) { wholeStories(t, "a.iptc", raw) })
}

func FuzzReadMessage(f *testing.F) {
	formats(f, ".eml")
	f.Fuzz(func(t *testing.T, raw []byte) { wholeStories(t, "a.eml", raw) })
}

func FuzzReadDOCX(f *testing.F) {
	formats(f, ".docx")
	f.Fuzz(func(t *testing.T, raw []byte) { wholeStories(t, "a.docx", raw) })
}

// The text of a document is what is fuzzed where a zip would stand in the way.
func FuzzReadDOCXText(f *testing.F) {
	f.Add(paragraphOf("Halden opens a yard."))
	f.Add(`<w:document xmlns:w="x"><w:body><w:tbl><w:tr><w:tc><w:p><w:pPr><w:bidi/><w:numPr><w:numId w:val="1"/></w:numPr></w:pPr><w:r><w:rPr><w:b/></w:rPr><w:t>a</w:t><w:br/></w:r></w:p></w:tc></w:tr></w:tbl></w:body></w:document>`)
	f.Fuzz(func(t *testing.T, text string) {
		wholeStories(t, "a.docx", []byte(archive(t, map[string]string{"word/document.xml": text})))
	})
}

func FuzzRecognise(f *testing.F) {
	formats(f, ".xml", ".json", ".eml", ".iptc", ".docx")
	f.Fuzz(func(t *testing.T, raw []byte) {
		if g := Recognise("", raw); g.Why == "" || g.Confidence <= 0 || g.Confidence > 1 {
			t.Fatalf("%+v", g)
		}
	})
}
