package text

import (
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// entry is what folding and classifying a character comes to, if its neighbours
// have no say: the folded character in the low 21 bits, its class above, and how
// far it can be taken by itself.
type entry uint32

const (
	runeBits = 21

	// apart: what stands before never combines with it.
	apart entry = 1 << (24 + iota)
	// simple: apart, and folds to the one character of the entry.
	simple
	// trails: a mark that folds to itself and never composes. After a simple
	// character it stays as it is, as long as the ranks of marks ascend.
	trails
	// drops: folds to nothing.
	drops
	rankShift = iota + 24 // four bits: the order of marks that often stand together
)

func (e entry) rune() rune   { return rune(e & (1<<runeBits - 1)) }
func (e entry) class() class { return class(e >> runeBits & 7) }
func (e entry) rank() int    { return int(e >> rankShift) }
func (e entry) is(flag entry) bool {
	return e&flag != 0
}

func newEntry(r rune, c class, flags entry) entry { return entry(r) | entry(c)<<runeBits | flags }

// tables are what is looked up for each character. They are filled, in a few
// milliseconds, when the first text is analysed: written out they would weigh
// more than the code.
type tables struct {
	entries [1 << 16]entry
	long    map[rune]string // what is apart and folds to several characters, or beyond the table
}

var theTables = sync.OnceValue(func() *tables {
	t := &tables{long: map[rune]string{}}
	classes, composing := classes(), composingMarks()
	for r := range rune(1 << 16) {
		t.entries[r] = t.enter(r, classes, composing)
	}
	return t
})

// composingMarks are the characters that some character before them composes
// with.
func composingMarks() map[rune]bool {
	seconds := map[rune]bool{}
	var b [utf8.UTFMax]byte
	for r := rune(0x80); r < 1<<16; r++ {
		if r >= 0xac00 && r <= 0xd7ff { // Hangul composes by rule; surrogates
			continue
		}
		if d := norm.NFC.Properties(utf8.AppendRune(b[:0], r)).Decomposition(); d != nil {
			last, _ := utf8.DecodeLastRune(d)
			seconds[last] = true
		}
	}
	return seconds
}

// enter makes the entry of a character.
func (t *tables) enter(r rune, classes *[1 << 16]class, composing map[rune]bool) entry {
	c := classes[r]
	switch {
	case r >= 0xd800 && r <= 0xdfff:
		return newEntry(utf8.RuneError, breaks, 0)
	case r >= 0xac00 && r <= 0xd7a3:
		return newEntry(r, single, apart|simple)
	case foldLetter(r) < 0:
		return newEntry(r, breaks, drops)
	}
	p := norm.NFKC.PropertiesString(string(r))
	folded := string(r)
	if p.Decomposition() != nil || unicode.SimpleFold(r) != r || foldLetter(r) != r {
		folded = foldWhole(folded)
	}
	first, size := utf8.DecodeRuneInString(folded)
	switch {
	case size == 0 || !p.BoundaryBefore() || !norm.NFKC.PropertiesString(folded).BoundaryBefore():
		if folded == string(r) && p.CCC() != 0 && !composing[r] {
			return newEntry(r, mark, trails) | entry(rankOf(p.CCC()))<<rankShift
		}
		return newEntry(r, c, 0)
	case size == len(folded) && first < 1<<16:
		return newEntry(first, classes[first], apart|simple)
	}
	t.long[r] = folded
	return newEntry(r, breaks, apart)
}

// rankOf numbers the combining classes of the marks that stand two to a letter
// in ordinary writing: Thai and Lao vowels, then tone marks.
func rankOf(ccc uint8) int {
	switch ccc {
	case 103, 118:
		return 1
	case 107, 122:
		return 2
	}
	return 0
}

func entryOf(r rune) entry { return theTables().of(r) }

func (t *tables) of(r rune) entry {
	if uint32(r) < 1<<16 {
		return t.entries[r]
	}
	switch {
	case r >= 0x20000 && r <= 0x2f7ff, r >= 0x30000 && r <= 0x3ffff: // Han
		return newEntry(r, single, apart|simple)
	case r >= 0x1f300 && r <= 0x1faff: // pictures
		return newEntry(r, breaks, apart|simple)
	case foldLetter(r) < 0:
		return newEntry(r, breaks, drops)
	}
	c := breaks
	switch {
	case unicode.Is(unicode.Han, r):
		c = single
	case unicode.In(r, unicode.Hiragana, unicode.Katakana):
		c = single
	case unicode.IsLetter(r):
		c = letter
	case unicode.Is(unicode.M, r):
		c = mark
	case unicode.IsDigit(r):
		c = digit
	}
	var b [utf8.UTFMax]byte
	if norm.NFKC.Properties(utf8.AppendRune(b[:0], r)).BoundaryBefore() {
		return newEntry(r, c, apart)
	}
	return newEntry(r, c, 0)
}
