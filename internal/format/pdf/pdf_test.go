package pdf_test

import (
	"bytes"
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
	s.Typefaces = typeface.Open(os.DirFS("/usr/share/fonts"))
	for _, language := range []string{"en", "ar", "th", "ja"} {
		if !s.Typefaces.Covers(language) {
			if os.Getenv("WIREROOM_JUDGES") == "required" {
				t.Fatalf("no typeface for %s: apt-get install fonts-noto-core fonts-noto-cjk", language)
			}
			t.Skipf("no typeface for %s is here: apt-get install fonts-noto-core fonts-noto-cjk", language)
		}
	}
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
