package text

import (
	"strings"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// Fold brings text to the form in which it is compared: compatibility forms and
// width unified (NFKC), case folded, Arabic letter forms unified, tashkeel and
// tatweel dropped. Marks of other scripts stay: in Vietnamese they are letters.
// Fold(Fold(s)) == Fold(s).
func Fold(s string) string {
	if isPlainASCII(s) {
		return strings.ToLower(s)
	}
	// Case folding can leave sequences that compose, and composing can yield
	// letters that fold; Unicode's own NFKC_Casefold is normalised twice too.
	s = norm.NFKC.String(cases.Fold().String(norm.NFKC.String(s)))
	return norm.NFKC.String(strings.Map(foldLetter, s))
}

func isPlainASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

// foldLetter unifies what Arabic writers and keyboards use for one letter; -1
// drops the rune. Cherokee, which Unicode folds to its capitals, is brought
// there whichever way the library folded it.
func foldLetter(r rune) rune {
	switch {
	case r >= 0xab70 && r <= 0xabbf:
		return r - 0xab70 + 0x13a0
	case r >= 0x13f8 && r <= 0x13fd:
		return r - 8
	case r < 0x600 || r > 0x6ff:
		return r
	case r == 'أ' || r == 'إ' || r == 'آ' || r == 'ٱ':
		return 'ا'
	case r == 'ى' || r == 'ی': // alef maksura; Farsi yeh
		return 'ي'
	case r == 'ک': // keheh
		return 'ك'
	case r == 'ة':
		return 'ه'
	case r == 0x640: // tatweel
		return -1
	case r >= 0x64b && r <= 0x65f || r == 0x670: // tashkeel
		return -1
	case r >= 0x660 && r <= 0x669: // Arabic-Indic digits
		return '0' + r - 0x660
	case r >= 0x6f0 && r <= 0x6f9: // extended Arabic-Indic digits
		return '0' + r - 0x6f0
	}
	return r
}

// class is how a character takes part in words.
type class uint8

const (
	breaks  class = iota // ends a word
	letter               // of a script that puts spaces between words
	digit                //
	mark                 // belongs to the character before it
	single               // of a script without spaces, each character a unit: Han, Kana, Hangul
	cluster              // of a script without spaces, units of a letter and its marks: Thai, Lao, Khmer, Myanmar
)

func classOf(r rune) class {
	if r < 0x80 {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z':
			return letter
		case r >= '0' && r <= '9':
			return digit
		}
		return breaks
	}
	switch {
	case r >= 0x0e00 && r <= 0x0eff, r >= 0x1000 && r <= 0x109f, r >= 0x1780 && r <= 0x17ff:
		switch {
		case unicode.Is(unicode.M, r):
			return mark
		case unicode.IsLetter(r):
			return cluster
		case unicode.IsDigit(r):
			return digit
		}
		return breaks
	case unicode.Is(unicode.Han, r), unicode.Is(unicode.Hiragana, r), unicode.Is(unicode.Katakana, r), unicode.Is(unicode.Hangul, r),
		r == 0x30fc, r >= 0x3105 && r <= 0x312f: // prolonged sound mark, Bopomofo
		return single
	case unicode.IsLetter(r):
		return letter
	case unicode.Is(unicode.M, r):
		return mark
	case unicode.IsDigit(r):
		return digit
	}
	return breaks
}
