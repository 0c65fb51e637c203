package text

import (
	"bytes"
	"hash/maphash"
	"sync/atomic"
	"unicode/utf8"
)

// forms are the terms by which the other forms of a word find it.
type forms struct {
	bytes []byte // the word, then its terms
	ends  []int  // of the word and of each term, in bytes
}

func newForms(s stemmer, word []byte, found stems) *forms {
	f := &forms{bytes: append(make([]byte, 0, 2*len(word)+utf8.UTFMax), word...), ends: append(make([]int, 0, 2), len(word))}
	for _, stem := range found {
		if stem != "" {
			f.bytes = append(utf8.AppendRune(f.bytes, stemPrefix+rune(s)), stem...)
			f.ends = append(f.ends, len(f.bytes))
		}
	}
	return f
}

func (f *forms) isOf(word []byte) bool { return bytes.Equal(f.bytes[:f.ends[0]], word) }

// Stemming takes far longer than looking up, and few words make up most of every
// text: what was stemmed is kept in a table of fixed size. A word has two places
// side by side; who comes anew takes the first, and who stood there the second.
const (
	keptForms = 1 << 13
	maxKept   = 40 // bytes; longer words are seldom met again
)

var (
	kept     [stemmers][keptForms]atomic.Pointer[forms]
	keptSeed = maphash.MakeSeed()
)

// formsOf returns the forms of a folded word. Those of a text are the same as
// those of a query, and may be more.
func (s stemmer) formsOf(word []byte, document bool) *forms {
	if len(word) > maxKept {
		return newForms(s, word, stems{})
	}
	if s == inArabic && !document {
		return newForms(s, word, arabicStems(word, false))
	}
	at := maphash.Bytes(keptSeed, word) % keptForms
	first, second := &kept[s][at], &kept[s][at^1]
	before := first.Load()
	if before != nil && before.isOf(word) {
		return before
	}
	if f := second.Load(); f != nil && f.isOf(word) {
		return f
	}
	f := newForms(s, word, s.stem(string(word)))
	first.Store(f)
	if before != nil {
		second.Store(before)
	}
	return f
}
