package docx_test

import (
	"archive/zip"
	"bytes"
	"io"
	"strings"
	"testing"

	"golang.org/x/text/unicode/bidi"
	"pgregory.net/rapid"

	"github.com/wireroom/wireroom/internal/format/docx"
	"github.com/wireroom/wireroom/internal/format/formattest"
	intake "github.com/wireroom/wireroom/internal/format/intake/docx"
	"github.com/wireroom/wireroom/internal/wire"
)

func encode(t testing.TB, it *wire.Item) []byte {
	t.Helper()
	data, err := docx.Encode(it, formattest.Site())
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// unzip returns a part of a document.
func unzip(t testing.TB, data []byte, name string) string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	f, err := z.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	text, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestEveryItemReadsBackAsItWas(t *testing.T) {
	formattest.ReadsBack(t, docx.Encode, docx.Decode, formattest.Flat)
}

func TestWhatIsNotForThePublicIsNotCarried(t *testing.T) {
	it := formattest.Item(wire.Publish, "ar")
	data := encode(t, it)
	for _, name := range []string{"word/document.xml", "docProps/core.xml", "docProps/custom.xml"} {
		for _, secret := range []string{"Newsroom only", "5550 0199", "not for publication", "a person", "engine"} {
			if strings.Contains(unzip(t, data, name), secret) {
				t.Errorf("%s holds %q", name, secret)
			}
		}
	}
}

func TestTheSameItemMakesTheSameBytes(t *testing.T) {
	it := formattest.Item(wire.Correct, "th")
	if !bytes.Equal(encode(t, it), encode(t, it)) {
		t.Error("they differ")
	}
}

// What the wire reads from strangers it reads from itself: the text comes in as
// it went out, block by block.
func TestOurOwnIntakeReadsIt(t *testing.T) {
	check := func(t *testing.T, it *wire.Item) {
		t.Helper()
		articles, err := intake.Read(encode(t, it))
		if err != nil || len(articles) != 1 {
			t.Fatalf("%s in %s: %v", it.Action, it.Language, err)
		}
		a := articles[0]
		if a.Language != it.Language || (a.Direction == "rtl") != (it.Language == "ar") {
			t.Errorf("%s: language %q, direction %q", it.Language, a.Language, a.Direction)
		}
		words := strings.NewReplacer("\u2068", "", "\u2069", "").Replace(formattest.Words(a.Body)) // around a bdi
		if missing := formattest.Missing(words, formattest.Texts(it)); missing != "" {
			t.Errorf("%s in %s: %q is not in its place in\n%s", it.Action, it.Language, missing, a.Body)
		}
	}
	for _, it := range formattest.Items() {
		check(t, &it)
	}
	read, err := formattest.Read("<div>" + mustRead(t, formattest.Item(wire.Publish, "en")) + "</div>")
	if err != nil {
		t.Fatal(err)
	}
	var kinds []string
	for _, b := range read.Blocks {
		kinds = append(kinds, string(b.Kind))
	}
	const want = "p h2 ul table quote p"
	if got := strings.Join(kinds, " "); !strings.Contains(got, want) {
		t.Errorf("the blocks are %q, want %q among them", got, want)
	}
}

// mustRead is the body that the intake makes of an item, without its title,
// which is no block.
func mustRead(t *testing.T, it *wire.Item) string {
	articles, err := intake.Read(encode(t, it))
	if err != nil {
		t.Fatal(err)
	}
	_, body, _ := strings.Cut(articles[0].Body, "</h1>")
	return body
}

func TestWhatTheWireDidNotWriteIsRefused(t *testing.T) {
	good := encode(t, formattest.Item(wire.Publish, "en"))
	for name, change := range map[string][3]string{
		"another part":          {"word/document.xml", `w:val="body"`, `w:val="corpus"`},
		"a number that is none": {"docProps/custom.xml", "<vt:lpwstr>1</vt:lpwstr>", "<vt:lpwstr>x</vt:lpwstr>"},
		"no version":            {"docProps/core.xml", "<cp:version>1</cp:version>", ""},
		"no time":               {"docProps/core.xml", "2026-", "26-"},
		"no body":               {"word/document.xml", "w:body", "w:corpus"},
		"broken XML":            {"word/numbering.xml", "</w:numbering>", ""},
		"a picture too many":    {"docProps/custom.xml", "wireroom picture 2", "wireroom pictures"},
	} {
		if _, err := docx.Decode(spoil(t, good, change[0], change[1], change[2])); wire.KindOf(err) != wire.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := docx.Decode([]byte("PK")); wire.KindOf(err) != wire.Invalid {
		t.Error(err)
	}
}

// spoil puts a text in place of another in one part.
func spoil(t *testing.T, data []byte, part, old, by string) []byte {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, f := range z.File {
		text := unzip(t, data, f.Name)
		if f.Name == part {
			changed := strings.ReplaceAll(text, old, by)
			if changed == text {
				t.Fatalf("%s has no %q", part, old)
			}
			text = changed
		}
		to, err := w.Create(f.Name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(to, text); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// Word takes the direction of a run's neutral characters from the run: in none
// may strong characters of the other direction stand.
func TestNoRunHoldsTwoDirections(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		paragraph := rapid.Bool().Draw(t, "rtl")
		text := formattest.Text(t, "text") + rapid.SampledFrom([]string{"", "(", " …", "عقد"}).Draw(t, "end")
		var whole strings.Builder
		for _, p := range docx.Directions(text, paragraph) {
			whole.WriteString(p.Text)
			for _, r := range p.Text {
				properties, _ := bidi.LookupRune(r)
				if c := properties.Class(); c == bidi.L && p.RTL || (c == bidi.R || c == bidi.AL) && !p.RTL {
					t.Fatalf("%q has %q", p.Text, r)
				}
			}
			if p.Text == "" {
				t.Fatal("a piece is empty")
			}
		}
		if whole.String() != text {
			t.Fatalf("%q became %q", text, whole.String())
		}
	})
}

func FuzzDecode(f *testing.F) { formattest.FuzzReadBack(f, docx.Encode, docx.Decode) }
