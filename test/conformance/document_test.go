package conformance

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"unicode"

	"github.com/wireroom/wireroom/internal/format/docx"
	"github.com/wireroom/wireroom/internal/format/formattest"
	"github.com/wireroom/wireroom/internal/format/pdf"
	"github.com/wireroom/wireroom/internal/locale"
	"github.com/wireroom/wireroom/internal/wire"
)

// documents are what judges of documents for people are shown: the story
// published, corrected and killed, in every language.
func documents(t *testing.T, dir, ext string, encode func(*wire.Item) ([]byte, error)) (items []wire.Item, files []string) {
	t.Helper()
	for _, it := range formattest.Items() {
		if it.Action != wire.Publish && it.Action != wire.Correct && it.Action != wire.Kill {
			continue
		}
		data, err := encode(&it)
		if err != nil {
			t.Fatalf("%s in %s: %v", it.Action, it.Language, err)
		}
		items = append(items, it)
		files = append(files, file(t, dir, string(it.Action)+"-"+it.Language+"."+ext, data))
	}
	return items, files
}

// saysAll makes sure that a judge read all of an item, in order.
func saysAll(t *testing.T, it *wire.Item, text string) {
	t.Helper()
	text = formattest.Fold(strings.NewReplacer("\u2068", "", "\u2069", "", "\ufeff", "").Replace(text))
	texts := formattest.Texts(it)
	if it.Action == wire.Kill { // the notice with the reason stands first
		texts = []string{it.Reason, locale.For(it.Language).T("tombstone.title")}
	}
	if missing := formattest.Missing(text, texts); missing != "" {
		t.Errorf("%s in %s: %q is not in its place in\n%s", it.Action, it.Language, missing, text)
	}
}

func TestLibreOfficeReadsEveryDocument(t *testing.T) {
	program := tool(t, "soffice", "libreoffice-writer-nogui")
	dir := t.TempDir()
	items, files := documents(t, dir, "docx", func(it *wire.Item) ([]byte, error) { return docx.Encode(it, formattest.Site()) })
	out := filepath.Join(dir, "out")
	cmd := exec.Command(program, append([]string{"-env:UserInstallation=file://" + filepath.Join(dir, "profile"), "--headless", "--norestore", "--convert-to", "txt:Text (encoded):UTF8", "--outdir", out}, files...)...)
	cmd.Env = append(os.Environ(), "HOME="+dir)
	if report, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, report)
	}
	for i, it := range items {
		text, err := os.ReadFile(filepath.Join(out, strings.TrimSuffix(filepath.Base(files[i]), "docx")+"txt"))
		if err != nil {
			t.Errorf("%s in %s: %v", it.Action, it.Language, err)
			continue
		}
		saysAll(t, &it, string(text))
	}
	t.Logf("%d documents", len(items))
}

// pages are the items as PDFs, set in the typefaces that are installed.
func pages(t *testing.T, dir string) (items []wire.Item, files []string) {
	t.Helper()
	site := formattest.Site()
	site.Typefaces = formattest.Typefaces(t, formattest.Languages()...)
	return documents(t, dir, "pdf", func(it *wire.Item) ([]byte, error) { return pdf.Encode(it, site) })
}

// The tags of a page hold the text in the order in which it is to be read, the
// links where they stand, in every script.
func TestPagesAreTaggedAndReadInOrder(t *testing.T) {
	info, qpdf, fonts := tool(t, "pdfinfo", "poppler-utils"), tool(t, "qpdf", "qpdf"), tool(t, "pdffonts", "poppler-utils")
	items, files := pages(t, t.TempDir())
	for i, it := range items {
		said(t, qpdf, "--check", files[i])
		about := said(t, info, files[i])
		for _, want := range []string{"Tagged:          yes", "Title: ", "Suspects:        no"} {
			if !strings.Contains(about, want) {
				t.Errorf("%s in %s: there is no %q in\n%s", it.Action, it.Language, want, about)
			}
		}
		for line := range strings.Lines(said(t, fonts, files[i])) {
			if f := strings.Fields(line); strings.Contains(line, "Noto") && !strings.Contains(strings.Join(f, " "), "Identity-H yes yes yes") {
				t.Errorf("%s in %s: a font is not embedded, or its text is not known: %s", it.Action, it.Language, line)
			}
		}
		tags := said(t, info, "-struct-text", files[i])
		if it.Action != wire.Kill {
			for _, tag := range []string{"H1 (block)", "H2 (block)", "L (block)", "LBody (block)", "TH:", "/Scope /Column", "BlockQuote", "Link (inline)"} {
				if !strings.Contains(tags, tag) {
					t.Errorf("%s in %s: there is no %s", it.Action, it.Language, tag)
				}
			}
		}
		saysAll(t, &it, tagged(tags))
	}
	t.Logf("%d documents", len(items))
}

// tagged is the text in poppler's account of the structure, an element after the
// other.
func tagged(account string) string {
	var b strings.Builder
	for line := range strings.Lines(account) {
		line = strings.TrimSpace(line)
		switch text, ok := strings.CutPrefix(line, `"`); {
		case ok:
			b.WriteString(strings.TrimSuffix(text, `"`))
		case strings.Contains(line, "(inline)"), strings.HasPrefix(line, "Object"), strings.HasPrefix(line, "/"):
		default:
			b.WriteByte(' ')
		}
	}
	return b.String()
}

// pdftotext gives back the text in the order of the page's operators, in every
// script; and by where it stands, as search engines take it. Where lines run from
// the right, poppler then has an order of its own for what runs from the left in
// them: the letters of the script are in theirs.
func TestTextIsTakenFromPages(t *testing.T) {
	program := tool(t, "pdftotext", "poppler-utils")
	items, files := pages(t, t.TempDir())
	for i, it := range items {
		var all, right []string
		for _, s := range formattest.Texts(&it) {
			all, right = append(all, unspaced(s)), append(right, fromTheRight(s))
		}
		// At the end of a line there may have been a space or not.
		if raw := unspaced(said(t, program, "-raw", "-nopgbrk", files[i], "-")); formattest.Missing(raw, all) != "" {
			t.Errorf("%s in %s: %q is not in its place in\n%s", it.Action, it.Language, formattest.Missing(raw, all), raw)
		}
		if placed := fromTheRight(said(t, program, "-nopgbrk", files[i], "-")); formattest.Missing(placed, right) != "" {
			t.Errorf("%s in %s: %q is not in its place in\n%s", it.Action, it.Language, formattest.Missing(placed, right), placed)
		}
	}
	t.Logf("%d documents", len(items))
}

// unspaced is a text without spaces and without the marks of direction that
// poppler adds.
func unspaced(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || r >= 0x202a && r <= 0x202e {
			return -1
		}
		return r
	}, s)
}

// fromTheRight are the letters and marks of scripts that run from the right.
func fromTheRight(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.In(r, unicode.Arabic, unicode.Hebrew) && (unicode.IsLetter(r) || unicode.Is(unicode.Mn, r)) {
			return r
		}
		return -1
	}, s)
}
