package text

import (
	"sync"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// withoutMarks returns a folded Latin word without the marks on its letters, as
// it is typed where they cannot be.
func withoutMarks(s string) string {
	if isPlainASCII(s) {
		return s
	}
	return string(appendWithoutMarks(nil, []byte(s)))
}

func appendWithoutMarks(b, word []byte) []byte {
	for len(word) > 0 {
		if word[0] < utf8.RuneSelf {
			b, word = append(b, word[0]), word[1:]
			continue
		}
		r, size := utf8.DecodeRune(word)
		if isMarkedLatin(r) {
			b = append(b, plainLetters()[r]...)
		} else if classOf(r) != mark {
			b = utf8.AppendRune(b, r)
		}
		word = word[size:]
	}
	return b
}

// plainLetters are what Latin letters are without their marks, by the letter.
var plainLetters = sync.OnceValue(func() *[lastMarkedLatin + 1]string {
	var plain [lastMarkedLatin + 1]string
	for r := rune(firstMarkedLatin); r <= lastMarkedLatin; r++ {
		if plain[r] = plainLetter(r); plain[r] == "" {
			plain[r] = string(r)
		}
	}
	return &plain
})

// plainLetter is what a letter is without its marks, "" if it has none.
func plainLetter(r rune) string {
	switch r {
	case 'đ', 'ð':
		return "d"
	case 'ı':
		return "i"
	case 'ø':
		return "o"
	case 'ł':
		return "l"
	case 'æ':
		return "ae"
	case 'œ':
		return "oe"
	case 'þ':
		return "th"
	}
	var b [utf8.UTFMax]byte
	d := norm.NFD.Properties(utf8.AppendRune(b[:0], r)).Decomposition()
	for i, c := range d {
		if c >= utf8.RuneSelf {
			return string(d[:i])
		}
	}
	return ""
}

const (
	firstMarkedLatin = 0xc0
	lastMarkedLatin  = 0x1eff
)

func isMarkedLatin(r rune) bool {
	return r >= firstMarkedLatin && r < 0x250 || r >= 0x1e00 && r <= lastMarkedLatin
}
