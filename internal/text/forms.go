package text

import (
	"hash/maphash"
	"sync/atomic"
	"unicode/utf8"
)

// forms are the terms by which the other forms of a word find it. They are read
// for every word of every item, from more memory than a processor keeps at hand:
// what is short, as nearly all are, lies in one piece.
type forms struct {
	bytes []byte                   // the word, then its terms; never copied by value, it may be in room
	ends  [1 + len(stems{})]uint16 // of the word and of each term, in bytes
	terms uint8
	room  [42]byte
}

func newForms(s stemmer, word []byte, found stems) *forms {
	f := new(forms)
	f.bytes = append(f.room[:0], word...)
	f.ends[0] = uint16(len(f.bytes))
	for _, stem := range found {
		if stem != "" {
			f.bytes = append(utf8.AppendRune(f.bytes, stemPrefix+rune(s)), stem...)
			f.terms++
			f.ends[f.terms] = uint16(len(f.bytes))
		}
	}
	return f
}

func (f *forms) isOf(word []byte) bool { return string(f.bytes[:f.ends[0]]) == string(word) }

// term is one of the terms, from 0.
func (f *forms) term(i uint8) []byte { return f.bytes[f.ends[i]:f.ends[i+1]] }

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
	noForms  forms
)

// formsOf returns the forms of a folded word. Those of a text are the same as
// those of a query, and may be more.
func (s stemmer) formsOf(word []byte, document bool) *forms {
	if len(word) > maxKept {
		return &noForms
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
