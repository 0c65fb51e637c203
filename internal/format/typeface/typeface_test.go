package typeface_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/wireroom/wireroom/internal/format/formattest"
	"github.com/wireroom/wireroom/internal/format/typeface"
	"github.com/wireroom/wireroom/internal/wire"
)

// A Chinese character is written otherwise in Japan, Korea, Taiwan and the
// mainland: each language has its own typeface.
func TestACharacterIsSetInTheTypefaceOfItsLanguage(t *testing.T) {
	c := formattest.Typefaces(t, "ja", "ar", "th")
	for _, x := range []struct {
		language string
		r        rune
		want     string
	}{
		{"ja", '直', "NotoSansCJKJP-Regular"}, {"ko", '직', "NotoSansCJKKR-Regular"}, {"zh-Hans", '直', "NotoSansCJKSC-Regular"}, {"zh-Hant", '直', "NotoSansCJKTC-Regular"},
		{"ar", 'م', "NotoSansArabic-Regular"}, {"ar", 'A', "NotoSans-Regular"}, {"th", 'ก', "NotoSansThai-Regular"}, {"vi", 'ộ', "NotoSans-Regular"}, {"ru", 'Ж', "NotoSans-Regular"},
		{"en", 'م', "NotoSansArabic-Regular"}, {"de", 'ג', "NotoSansHebrew-Regular"}, {"en", '直', "NotoSansCJKSC-Regular"}, {"ja", 'é', "NotoSansCJKJP-Regular"},
	} {
		s, err := c.Set(x.language)
		if err != nil {
			t.Fatal(err)
		}
		face := s.ResolveFace(x.r)
		if got := s.Regular(face).Name; got != x.want {
			t.Errorf("%c in %s: %s, want %s", x.r, x.language, got, x.want)
		}
		bold := s.Bold(face)
		if want := strings.Replace(x.want, "Regular", "Bold", 1); bold.Name != want {
			t.Errorf("%c in %s: bold is %s", x.r, x.language, bold.Name)
		}
		if _, has := bold.NominalGlyph(x.r); !has {
			t.Errorf("%s has no %c", bold.Name, x.r)
		}
	}
}

func TestAFontThatIsNoneIsToldByItsName(t *testing.T) {
	c := typeface.Open(fstest.MapFS{"a/NotoSans-Regular.ttf": {Data: []byte("x")}, "b/NotoSans-Bold.ttf": {Data: []byte("x")}})
	if !c.Covers("en") || c.Covers("ar") {
		t.Error("the files are found in folders below")
	}
	if _, err := c.Set("en"); wire.KindOf(err) != wire.Unavailable || !strings.Contains(err.Error(), "a/NotoSans-Regular.ttf") {
		t.Error(err)
	}
}
