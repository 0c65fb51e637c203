package text

import (
	"bytes"
	"hash/maphash"
	"sync/atomic"
	"unicode/utf8"
)

// forms are the terms by which the other forms of a word find it. They are read
// for every word of every item, from more memory than a processor keeps at hand:
// what is short, as nearly all are, lies in one line of it, 64 bytes.
type forms struct {
	long  *[]byte                  // the word and its terms, if there is no room for them
	ends  [1 + len(stems{})]uint16 // of the word and of each term, in bytes
	terms uint8
	room  [45]byte
}

func newForms(s stemmer, word []byte, found stems) *forms {
	f := new(forms)
	b := append(make([]byte, 0, 3*maxKept), word...)
	f.ends[0] = uint16(len(b))
	for _, stem := range found {
		if stem != "" {
			b = append(utf8.AppendRune(b, stemPrefix+rune(s)), stem...)
			f.terms++
			f.ends[f.terms] = uint16(len(b))
		}
	}
	if copy(f.room[:], b) < len(b) {
		long := bytes.Clone(b)
		f.long = &long
	}
	return f
}

func (f *forms) bytes() []byte {
	if f.long != nil {
		return *f.long
	}
	return f.room[:]
}

func (f *forms) isOf(word []byte) bool { return string(f.bytes()[:f.ends[0]]) == string(word) }

// term is one of the terms, from 0.
func (f *forms) term(i uint8) []byte { return f.bytes()[f.ends[i]:f.ends[i+1]] }

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
