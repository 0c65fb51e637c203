package text

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// Marked reports whether a term is another form of what stands at its position,
// or a part of it, and not the word itself, or the pair of units, as it is
// folded. Unmarked terms are what phrases are made of, and what prefixes begin.
func Marked(term []byte) bool {
	r, _ := utf8.DecodeRune(term)
	return r >= 0xe000 && r <= 0xf8ff
}

// Joined returns the term that stands for two Hangul syllables whether or not
// there is a space between them, for one that stands for them with or for them
// without: a query by their forms takes either. It is marked, and no text gives
// it by itself: an index that knows a text by it has such a query as a phrase.
func Joined(term []byte) (joined string, ok bool) {
	pair := bytes.TrimPrefix(term, []byte(spacedPrefix))
	first, size := utf8.DecodeRune(pair)
	second, rest := utf8.DecodeRune(pair[size:])
	if !isHangul(first) || !isHangul(second) || size+rest != len(pair) {
		return "", false
	}
	return joinedPrefix + string(pair), true
}

// Units returns the units that a term of a script without spaces is made of: the
// two of a pair, or one that stands by itself, marked or not. Of any other term
// there are none.
func Units(term string) (units []string) {
	Each("", strings.TrimPrefix(term, unitPrefix), func(t []byte, _, _, _ int) {
		if unit, ok := bytes.CutPrefix(t, []byte(unitPrefix)); ok {
			units = append(units, string(unit))
		}
	})
	return units
}
