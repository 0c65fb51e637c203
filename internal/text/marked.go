package text

import "unicode/utf8"

// Marked reports whether a term is another form of what stands at its position,
// or a part of it, and not the word itself, or the pair of units, as it is
// folded. Unmarked terms are what phrases are made of, and what prefixes begin.
func Marked(term []byte) bool {
	r, _ := utf8.DecodeRune(term)
	return r >= 0xe000 && r <= 0xf8ff
}
