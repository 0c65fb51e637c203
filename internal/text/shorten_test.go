package text

import (
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestShortenEndsWhereAReaderWould(t *testing.T) {
	for _, c := range []struct {
		max        int
		text, want string
	}{
		{50, "Short.", "Short."},
		{40, "Halden opens a plant. It will make panels for the north.", "Halden opens a plant. …"},
		{30, "Halden opens a plant that makes 3.5 million panels", "Halden opens a plant that…"},
		{24, "Halden, in the north, opens a plant", "Halden, in the north…"},
		{12, "ハルデンが工場を開く。北国で太陽光パネルを作る。", "ハルデンが工場を開く。…"},
		{8, "ハルデンが工場を開くことになった", "ハルデンが工場…"},
		{6, "กรุงเทพมหานคร", "กรุง…"}, // not after the vowel that is written before its consonant
		{5, "นำน้ำมาก", "นำ…"},        // a mark stays with its letter
		{5, "👩‍🌾👩‍🌾👩‍🌾", "👩‍🌾…"},      // nor inside what is joined
		{20, "أعلنت الشركة اليوم عن افتتاح مصنع", "أعلنت الشركة اليوم…"},
		{12, "Incomprehensibilities", "Incomprehensibilities"[:1] + "…"},
		{20, "The U.S. Congress has decided on it", "The U.S. Congress…"},
	} {
		if got := Shorten(c.text, c.max); got != c.want {
			t.Errorf("%d of %q: %q, want %q", c.max, c.text, got, c.want)
		}
	}
}

func TestShortenIsNeverLongerThanItMayBe(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, max := rapid.String().Draw(t, "text"), rapid.IntRange(2, 60).Draw(t, "max")
		got := Shorten(s, max)
		if n := utf8.RuneCountInString(got); n > max+1 { // a space before the ellipsis behind a sentence
			t.Fatalf("%q has %d characters of %d", got, n, max)
		}
		if got != s && (!strings.HasSuffix(got, "…") || !strings.HasPrefix(s, strings.TrimRight(strings.TrimSuffix(got, "…"), " "))) {
			t.Fatalf("%q is not the beginning of %q", got, s)
		}
	})
}
