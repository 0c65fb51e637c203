package ingest

import (
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/wireroom/wireroom/internal/wire"
)

const (
	english  = "Halden Marine opens a second yard\nThe company said on Monday that the yard will build ferries for the northern routes.\n"
	keysText = "title, headline, subheads, language, organisation, provider, dateline, sectors, subjects, places, instruments, circuits, priority, embargo, release-at, zone, fold, contacts, pictures, slugline, note and release"
)

func TestBadInputIsRefusedWithFileLineAndWhatToDo(t *testing.T) {
	front := func(s string) string { return "---\n" + s + "\n---\n" + english }
	for _, c := range []struct{ name, file, text, want string }{
		{"nothing", "a.txt", "", "a.txt: is empty; a release needs text"},
		{"space alone", "a.txt", " \n\t\u3000\n\u200f", "a.txt: is empty; a release needs text"},
		{"NUL", "a.txt", "Halden\nopens\x00", "a.txt:2: is binary data (a NUL byte), not text; save it as plain text, Markdown, HTML or DOCX"},
		{"PNG", "a.txt", "\x89PNG\r\n\x1a\n\x00\x00", "a.txt:3: is a PNG picture, not text; save it as plain text, Markdown, HTML or DOCX"},
		{"PDF", "a.txt", "%PDF-1.7\nxyz", "a.txt: is a PDF, not text; save it as plain text, Markdown, HTML or DOCX"},
		{"zip", "a.md", "PK\x03\x04abc", "a.md: is a zip archive or an Office document (docx, odt), not text; save it as plain text, Markdown, HTML or DOCX"},
		{"named PDF", "a.pdf", english, "a.pdf: .pdf files are not read; save it as plain text (.txt), Markdown (.md), HTML (.html) or DOCX, or send it in a format of the trade"},
		{"too large", "a.txt", strings.Repeat("a ", 1_000_001), "a.txt: is larger than 2000000 bytes; send the text alone, without pictures, or in parts"},
		{"half UTF-16", "a.txt", "\xff\xfeA\x00B", "a.txt: is UTF-16 that ends in the middle of a character; send the whole file, as UTF-8"},
		{"unknown encoding", "a.txt", "abc\n\nd\xffe", "a.txt:3: is not UTF-8 and its encoding is not known; save it as UTF-8"},
		{"unknown language", "a.txt", "123 456\n7 8 9", "a.txt: is in a language that cannot be told from the text; say which, for example language: en in the front matter"},
		{"override in headline", "a.txt", "Halden\u202e opens\nSecond line of the text.", "a.txt:1: has the character U+202E in the headline, which may not be carried; take it out"},
		{"override in markup headline", "a.html", "<h1>Halden&#x202e;</h1><p>The text of the release.</p>", "a.html: has the character U+202E in the headline, which may not be carried; take it out"},
		{"long headline", "a.md", "# " + strings.Repeat("x", 501) + "\n\nThe text of the release.", "a.md:1: has a headline of 501 characters; at most 500 fit"},
		{"deep HTML", "a.html", strings.Repeat("<div>", 600) + "the text", "a.html: has elements nested more than 500 deep; send the text of the release alone"},
		{"deep Markdown", "a.md", "The text\n\n" + strings.Repeat("> ", 60) + "x", "a.md:3: has quotes or lists nested more than 50 deep; write it flat"},
		{"bracket bomb", "a.md", strings.Repeat("[a](", 1001), "a.md:1: has more than 1000 brackets or links in one paragraph; part it with empty lines"},
		{"tag bomb", "a.html", strings.Repeat("<b>x</b>\n", 100_001), "a.html:100001: has more than 100000 tags; send the text of the release alone"},

		{"front matter that never ends", "a.txt", "---\ntitle: x\n" + english, "a.txt:1: opens front matter that never ends; close it with a line ---"},
		{"front matter alone", "a.txt", "---\ntitle: x\n---\n\n", "a.txt: has front matter but no text below it"},
		{"broken YAML", "a.txt", front("title: x\nsectors: [a"), "a.txt:3: the front matter cannot be read: sequence end token ']' not found"},
		{"not a mapping", "a.txt", front("- a\n- b"), "a.txt:2: the front matter must be pairs of key: value, with the keys " + keysText},
		{"unknown key", "a.md", front("title: x\ntitel: y"), `a.md:3: the front matter has the unknown key "titel"; the keys are ` + keysText},
		{"key twice", "a.txt", front("title: x\nnote: y\nnote: z"), `a.txt:4: the front matter cannot be read: mapping key "note" already defined at [2:1]`},
		{"override in front matter", "a.txt", front("note: y\ntitle: x\u202ez"), "a.txt:3: has the character U+202E in the front matter, which may not be carried; take it out"},
		{"escaped override", "a.txt", front("note: y\ntitle: \"x\\u202ez\""), "a.txt:3: title has the character U+202E, which may not be carried; take it out"},
		{"title and headline", "a.txt", front("title: x\nheadline: y"), "a.txt:3: title and headline differ; keep one"},
		{"bad language", "a.txt", front("language: x-"), `a.txt:2: language "x-" is not a language tag; use one such as en, ar or zh-Hant`},
		{"unknown language tag", "a.txt", front("language: qzx"), `a.txt:2: language "qzx" is not a known language tag: "qzx" is not registered; use one such as en, ar or zh-Hant`},
		{"bad subject", "a.txt", front("subjects:\n  - medtop:20000170\n  - medtop:99"), `a.txt:4: subject "99" is not an IPTC Media Topic code such as 20000170`},
		{"bad place", "a.txt", front("places: [NO, Atlantis]"), `a.txt:2: place "Atlantis" is not a known country; give its name or ISO 3166 code`},
		{"bad priority", "a.txt", front("priority: asap"), `a.txt:2: priority "asap" is none of flash, urgent and ordinary`},
		{"bad ISIN", "a.txt", front("instruments:\n  - {isin: NO0010063309}"), "a.txt:3: instrument: “NO0010063309” is not an ISIN: twelve characters with a right check digit"},
		{"bad market", "a.txt", front("instruments: ['Oslo Exchange:HAL']"), "a.txt:2: instrument: “OSLO EXCHANGE” is not a market; give its ISO 10383 code (MIC), such as XNYS"},
		{"bad contact key", "a.txt", front("contacts:\n  - name: A\n    mail: a@b.example"), `a.txt:4: a contact has the unknown key "mail"; the keys are name, role, email, phone, organisation and media_only`},
		{"bad contact mail", "a.txt", front("contacts:\n  - name: A\n    email: a at b"), `a.txt:3: contact email "a at b" is not an e-mail address`},
		{"bad provider link", "a.txt", front("provider: {name: N, url: 'javascript:x'}"), `a.txt:2: provider url "javascript:x" is not an absolute http or https address`},
		{"provider without name", "a.txt", front("provider: {url: 'https://n.example'}"), "a.txt:2: provider needs a name"},
		{"bad date", "a.txt", front("dateline:\n  city: Oslo\n  date: soon"), `a.txt:4: dateline date "soon" is not a date; write it as 2026-11-23`},
		{"time without zone", "a.txt", front("release-at: 2026-11-24T08:00"), "a.txt:2: zone: a local time needs an IANA time zone, such as Asia/Singapore or UTC"},
		{"zone without time", "a.txt", front("title: x\nzone: UTC"), "a.txt:3: zone is given without release-at"},
		{"time that is skipped", "a.txt", front("embargo: 2026-03-08T02:30\nzone: America/New_York"), "a.txt:2: release-at: 2026-03-08T02:30 does not exist in America/New_York: the clocks are set forward over it; choose a time before or after"},
		{"time that happens twice", "a.txt", front("zone: America/New_York\nrelease-at: 2026-11-01T01:30"), "a.txt:3: release-at: 2026-11-01T01:30 happens twice in America/New_York: at 05:30:00 and at 06:30:00 UTC; say which with fold: earlier or fold: later"},
		{"two times", "a.txt", front("embargo: 2026-11-24T08:00\nrelease-at: 2026-11-24T09:00\nzone: UTC"), "a.txt:3: embargo and release-at differ; keep one: nothing leaves before it"},
		{"YAML bomb", "a.txt", front("title: " + strings.Repeat("[", 500)), "a.txt:2: has brackets nested more than 8 deep in the front matter; close them"},
		{"alias", "a.txt", front("title: &a x\nnote: *a"), "a.txt:2: title must be a single text; put it in quotes if it holds special characters"},
		{"huge front matter", "a.txt", front("note: " + strings.Repeat("x", 16_001)), "a.txt:1: has front matter of more than 16000 bytes; keep the text below it"},
		{"file name with a line break", "a\nb.txt", "", "a_b.txt: is empty; a release needs text"},
	} {
		t.Run(c.name, func(t *testing.T) {
			began := time.Now()
			r, findings, err := Read(c.file, strings.NewReader(c.text), Options{Now: monday})
			if took := time.Since(began); took > 5*time.Second {
				t.Errorf("took %v", took)
			}
			var known *wire.Error
			if r != nil || findings != nil || !errors.As(err, &known) || err.Error() != c.want {
				t.Errorf("%v, %v\n err %v\nwant %s", r, findings, err, c.want)
			}
		})
	}
}

// endless is a file that never ends and counts what is read of it.
type endless struct{ read int }

func (e *endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'a'
	}
	e.read += len(p)
	return len(p), nil
}

func TestAHugeFileIsNotReadWhole(t *testing.T) {
	e := &endless{}
	if _, _, err := Read("a.txt", e, Options{MaxBytes: 1000}); wire.KindOf(err) != wire.Exhausted {
		t.Errorf("err = %v", err)
	}
	if e.read > 10_000 {
		t.Errorf("read %d bytes", e.read)
	}
}

func TestAReaderThatFailsIsUnavailable(t *testing.T) {
	_, _, err := Read("a.txt", io.MultiReader(strings.NewReader(english), failing{}), Options{})
	if wire.KindOf(err) != wire.Unavailable || err.Error() != "a.txt: could not be read to its end; send it again: connection lost" {
		t.Errorf("err = %v", err)
	}
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, errors.New("connection lost") }

// hostile is long enough to show what grows in the square.
const hostile = 300_000

// Every one of these made a parser take seconds or more when it was tried alone.
func TestHostileNestingTakesLittleTime(t *testing.T) {
	for _, c := range []struct{ file, unit string }{
		{"a.md", "["}, {"a.md", "!["}, {"a.md", "*a "}, {"a.md", "**a *b "}, {"a.md", "> "}, {"a.md", ">"}, {"a.md", "1. "}, {"a.md", "- "}, {"a.md", "[a]("}, {"a.md", "[a]: b\n"},
		{"a.md", "*a\n\n"}, {"a.md", "|a|\n|-|\n"}, {"a.md", "<a "}, {"a.md", "<div>\n\n"}, {"a.md", "* a\n"}, {"a.md", "_a"}, {"a.md", "`"}, {"a.md", "<b>"}, {"a.md", "&"}, {"a.md", "\\["},
		{"a.html", "<a>"}, {"a.html", "<p>"}, {"a.html", "<table>"}, {"a.html", "<table><b>"}, {"a.html", "<b><p>"}, {"a.html", "<a><p>"}, {"a.html", "<td>"}, {"a.html", "<li>x"}, {"a.html", "&"}, {"a.html", "<!--"}, {"a.html", "<select>"}, {"a.html", "<br>"},
		{"a.txt", "a "}, {"a.txt", "a\n"}, {"a.txt", "http://"}, {"a.txt", "(a) - "}, {"a.txt", "https://a.example/(((("}, {"a.txt", "\u202e"}, {"a.txt", "About a\n"}, {"a.txt", "Sectors: a\n"}, {"a.txt", "third party no warranty\n"},
	} {
		t.Run(c.file+" "+c.unit, func(t *testing.T) {
			t.Parallel()
			began := time.Now()
			text := "The headline of the text that is read\n\n" + strings.Repeat(c.unit, hostile/len(c.unit)-100)
			r, _, err := Read(c.file, strings.NewReader(text), Options{Language: "en"})
			if (r == nil) == (err == nil) {
				t.Errorf("%v, %v", r, err)
			}
			if took := time.Since(began); took > 20*time.Second { // the race detector and neighbours slow it tenfold
				t.Errorf("took %v", took)
			} else if took > 500*time.Millisecond {
				t.Logf("took %v: %v", took, err)
			}
		})
	}
}

var monday = time.Date(2026, time.November, 23, 9, 0, 0, 0, time.UTC)
