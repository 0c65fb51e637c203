package text

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// Fold brings text to the form in which it is compared: compatibility forms and
// width unified (NFKC), case folded, Arabic letter forms unified; tashkeel,
// tatweel and what is not seen (soft hyphens, joiners, direction marks) dropped.
// Marks of other scripts stay: in Vietnamese they are letters. A byte that is
// not UTF-8 becomes U+FFFD. Fold(Fold(s)) == Fold(s).
func Fold(s string) string {
	if isPlainASCII(s) {
		return strings.ToLower(s)
	}
	b := make([]byte, 0, len(s)+len(s)/8)
	for c := newCursor(s); c.next(); {
		b = utf8.AppendRune(b, c.r)
	}
	return string(b)
}

func isPlainASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// foldWhole is Fold by the book, without the tables. Case folding can leave
// sequences that compose, and composing can yield letters that fold; Unicode's
// own NFKC_Casefold is normalised twice too.
func foldWhole(s string) string {
	s = norm.NFKC.String(cases.Fold().String(norm.NFKC.String(s)))
	return norm.NFKC.String(strings.Map(foldLetter, s))
}

// foldLetter unifies what Arabic writers and keyboards use for one letter; -1
// drops the rune. Cherokee, which Unicode folds to its capitals, is brought
// there whichever way the library folded it.
func foldLetter(r rune) rune {
	switch {
	case r < 0x80:
		return r
	case r >= 0xab70 && r <= 0xabbf:
		return r - 0xab70 + 0x13a0
	case r >= 0x13f8 && r <= 0x13fd:
		return r - 8
	case unseen(r):
		return -1
	case r >= 0xe50 && r <= 0xe59, r >= 0xed0 && r <= 0xed9, r >= 0x17e0 && r <= 0x17e9, r >= 0x1040 && r <= 0x1049: // Thai, Lao, Khmer, Myanmar digits
		return '0' + r&0xf
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
	case r >= 0x64b && r <= 0x65f || r == 0x670 || r >= 0x6d6 && r <= 0x6dc: // tashkeel, Quranic marks
		return -1
	case r >= 0x660 && r <= 0x669: // Arabic-Indic digits
		return '0' + r - 0x660
	case r >= 0x6f0 && r <= 0x6f9: // extended Arabic-Indic digits
		return '0' + r - 0x6f0
	}
	return r
}

// unseen reports what readers do not see and writers do not type: soft hyphens,
// joiners, zero width spaces, direction marks, variation selectors (a part of
// Unicode's Default_Ignorable_Code_Point).
func unseen(r rune) bool {
	switch {
	case r == 0xad, r == 0x34f, r == 0x61c, r == 0xfeff:
	case r >= 0x180b && r <= 0x180f, r >= 0x200b && r <= 0x200f, r >= 0x202a && r <= 0x202e, r >= 0x2060 && r <= 0x206f:
	case r >= 0xfe00 && r <= 0xfe0f, r >= 0xe0100 && r <= 0xe01ef:
	default:
		return false
	}
	return true
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

// classOf is the class of a folded character.
func classOf(r rune) class { return entryOf(r).class() }

// hasClusters reports the blocks of scripts whose units are letters with marks.
func hasClusters(r rune) bool {
	return r >= 0x0e00 && r <= 0x0eff || r >= 0x1000 && r <= 0x109f || r >= 0x1780 && r <= 0x17ff
}

// classes are the classes of the Basic Multilingual Plane, written range by
// range, the more particular over the more general.
func classes() *[1 << 16]class {
	var of [1 << 16]class
	set := func(table *unicode.RangeTable, c class) {
		for _, r := range table.R16 {
			for i := int(r.Lo); i <= int(r.Hi); i += int(r.Stride) {
				of[i] = c
			}
		}
	}
	set(unicode.Nd, digit)
	set(unicode.M, mark)
	set(unicode.L, letter)
	for _, script := range []*unicode.RangeTable{unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul} {
		set(script, single)
	}
	of[0x30fc] = single                 // prolonged sound mark
	for r := 0x3105; r <= 0x312f; r++ { // Bopomofo
		of[r] = single
	}
	for r := range rune(1 << 16) {
		if hasClusters(r) && of[r] == letter {
			of[r] = cluster
		}
	}
	return &of
}
