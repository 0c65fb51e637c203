package pdf_test

import (
	"bytes"
	"compress/zlib"
	"io"
	"os"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/wireroom/wireroom/internal/format"
	"github.com/wireroom/wireroom/internal/format/formattest"
	"github.com/wireroom/wireroom/internal/format/pdf"
	"github.com/wireroom/wireroom/internal/format/typeface"
	"github.com/wireroom/wireroom/internal/wire"
)

// site has the typefaces that are installed; without them nothing can be tested.
func site(t testing.TB) format.Site {
	t.Helper()
	s := formattest.Site()
	s.Typefaces = formattest.Typefaces(t, "en", "ar", "th", "ja")
	return s
}

func encode(t testing.TB, it *wire.Item, s format.Site) []byte {
	t.Helper()
	data, err := pdf.Encode(it, s)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestTheSameItemMakesTheSameBytes(t *testing.T) {
	s := site(t)
	for _, language := range []string{"en", "ar", "th", "ja"} {
		it := formattest.Item(wire.Correct, language)
		if !bytes.Equal(encode(t, it, s), encode(t, it, s)) {
			t.Errorf("%s: they differ", language)
		}
	}
}

// Whatever an item holds, it becomes pages: a character that no typeface has is
// no fault of the item's.
func TestEveryItemBecomesPages(t *testing.T) {
	s := site(t)
	rapid.Check(t, func(t *rapid.T) {
		it := formattest.Draw(t)
		data, err := pdf.Encode(it, s)
		if err != nil || !bytes.HasPrefix(data, []byte("%PDF-1.7")) || !bytes.HasSuffix(data, []byte("%%EOF\n")) {
			t.Fatalf("%v", err)
		}
	})
}

func TestALongStoryHasPages(t *testing.T) {
	it := *formattest.Item(wire.Publish, "en")
	long := wire.P(strings.Repeat("A ferry must be heard by nobody. ", 4000))
	it.Body = []wire.Block{long, {Kind: wire.Table, Rows: [][]wire.Inline{{"a", "b"}, {long.Text, "c"}}}}
	data := encode(t, &it, site(t))
	if n := bytes.Count(data, []byte("/Type /Page ")); n < 20 {
		t.Errorf("%d pages", n)
	}
}

// Every code of a font has two bytes, however many forms a text has.
func TestMoreFormsThanOneFontCountsHaveAnother(t *testing.T) {
	if testing.Short() {
		t.Skip("tens of thousands of forms")
	}
	var text strings.Builder
	for letter := rune(0xc0); letter < 0x250; letter++ {
		for mark := rune(0x300); mark < 0x36f; mark++ {
			text.WriteString(string([]rune{letter, mark, 0x300, letter, mark, 0x301, ' '}))
		}
	}
	it := *formattest.Item(wire.Publish, "en")
	it.Body = []wire.Block{wire.P(text.String())}
	data := encode(t, &it, site(t))
	codes, fonts := 0, bytes.Count(data, []byte("+NotoSans-Regular-Identity-H /Encoding"))
	for rest := data; ; {
		_, after, ok := bytes.Cut(rest, []byte("/FlateDecode"))
		if !ok {
			break
		}
		_, rest, _ = bytes.Cut(after, []byte("stream\n"))
		z, err := zlib.NewReader(bytes.NewReader(rest))
		if err != nil {
			t.Fatal(err)
		}
		stream, err := io.ReadAll(z)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Contains(stream, []byte("beginbfchar")) {
			continue
		}
		for line := range bytes.Lines(stream) {
			if code, _, ok := bytes.Cut(line, []byte("> <")); ok && !bytes.Equal(line, []byte("<0000> <FFFF>\n")) {
				if codes++; len(code) != len("<0000") {
					t.Fatalf("a code that is not two bytes: %s", line)
				}
			}
		}
	}
	if codes < 33_000 || fonts < 2 {
		t.Errorf("%d codes in %d fonts of one typeface", codes, fonts)
	}
}

func TestWithoutATypefaceItSaysWhatToInstall(t *testing.T) {
	for name, faces := range map[string]*typeface.Collection{"none": nil, "an empty folder": typeface.Open(os.DirFS(t.TempDir())), "no folder": typeface.Open(os.DirFS("/nowhere"))} {
		s := formattest.Site()
		s.Typefaces = faces
		if pdf.Carries("ja", s) {
			t.Errorf("%s: it is carried", name)
		}
		if _, err := pdf.Encode(formattest.Item(wire.Publish, "ja"), s); wire.KindOf(err) != wire.Invalid || !strings.Contains(err.Error(), "fonts-noto-cjk") || !strings.Contains(err.Error(), "--fonts") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
