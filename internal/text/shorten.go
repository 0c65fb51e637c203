package text

import (
	"strings"
	"unicode"
)

// Shorten returns the beginning of a text that is longer than a number of
// characters (code points), with an ellipsis behind it: whole sentences if one
// ends in its second half, whole words where the script sets spaces, and never a
// part of what is read as one character. A text that is not longer is returned as
// it is. max must be at least 2.
func Shorten(s string, max int) string {
	runes := []rune(s)
	if len(runes) <= max {
		return s
	}
	limit := max - 1 // one for the ellipsis
	for i := limit; i > limit/2; i-- {
		switch {
		case !endsSentence(runes, i):
		case runes[i-1] >= 0x3000: // full-width: it brings its own space
			return string(runes[:i]) + "…"
		case i < limit: // there is room for a space
			return string(runes[:i]) + " …"
		}
	}
	for i := limit; i > limit*3/4; i-- {
		if unicode.IsSpace(runes[i]) {
			return strings.TrimRightFunc(string(runes[:i]), cutsBadly) + "…"
		}
	}
	i := limit
	for i > 1 && !between(runes[i-1], runes[i]) {
		i--
	}
	return strings.TrimRightFunc(string(runes[:i]), cutsBadly) + "…"
}

// endsSentence reports whether a sentence ends before the i-th of some runes.
func endsSentence(runes []rune, i int) bool {
	switch runes[i-1] {
	case '。', '！', '？', '．':
		return true
	case '.', '!', '?', '؟', '।', '۔':
		// What follows a full stop in a number or a name is no space.
		return unicode.IsSpace(runes[i]) && (i < 3 || !unicode.IsUpper(runes[i-2]))
	}
	return false
}

// between reports whether a text may be cut between two runes: what combines
// with the one before stays with it, as does what a Thai or Lao vowel stands
// before.
func between(before, after rune) bool {
	const joiner, lastSelector = '\u200d', '\ufe0f'
	switch {
	case unicode.In(after, unicode.Mn, unicode.Mc, unicode.Me), after == joiner, after == lastSelector, before == joiner,
		after >= 0x1f3fb && after <= 0x1f3ff, // skin tones
		before >= 0xe40 && before <= 0xe44, before >= 0xec0 && before <= 0xec4,
		after == 0xe33, after == 0xeb3, // SARA AM, which is spacing
		before >= 0x1f1e6 && before <= 0x1f1ff && after >= 0x1f1e6 && after <= 0x1f1ff: // flags
		return false
	case unicode.IsLetter(before) && unicode.IsLetter(after):
		return !unicode.In(before, unicode.Latin, unicode.Cyrillic, unicode.Greek, unicode.Arabic, unicode.Hangul)
	}
	return true
}

// cutsBadly is what looks odd before an ellipsis.
func cutsBadly(r rune) bool {
	return unicode.IsSpace(r) || strings.ContainsRune(",;:–—、，；：（(「『“\"'«،؛", r)
}
