package text

import (
	"encoding/binary"
	"hash/maphash"
	"math/bits"
	"sync/atomic"
	"unicode/utf8"
)

// forms are the terms by which the other forms of a word find it, as what they
// have of the word: their number; then for each from where to where in the word it
// is the same, how many bytes stand before that, in the highest bits of the first,
// and how many behind it; and those bytes.
type forms []byte

const (
	fromBits = 6
	fromMask = 1<<fromBits - 1
	maxLead  = 1<<(8-fromBits) - 1
)

// formsRoom is room for what nearly all words come to.
const formsRoom = 24

func appendForms(f forms, word []byte, found stems) forms {
	f = append(f, 0)
	for _, stem := range found {
		if stem == "" {
			continue
		}
		lead, from, to := shared(word, stem)
		rest := stem[lead+to-from:]
		f = append(f, byte(from|lead<<fromBits), byte(to), byte(len(rest)))
		f = append(append(f, stem[:lead]...), rest...)
		f[0]++
	}
	return f
}

// shared is where in a word the longest part of a stem stands that begins with it, or
// nearly: the first letter of a Malay root may be lost in its verb.
func shared(word []byte, stem string) (lead, from, to int) {
	for skip := range min(maxLead+1, len(stem)) {
		for i := range word {
			n := 0
			for i+n < len(word) && skip+n < len(stem) && word[i+n] == stem[skip+n] {
				n++
			}
			if n > to-from {
				lead, from, to = skip, i, i+n
			}
		}
	}
	return lead, from, to
}

// next appends the first of the forms of a word to b, and returns the others.
func (f forms) next(b, word []byte) (stem []byte, others forms) {
	lead, from, to := f[0]>>fromBits, f[0]&fromMask, f[1]
	end := 3 + lead + f[2]
	b = append(append(b, f[3:3+lead]...), word[from:to]...)
	return append(b, f[3+lead:end]...), f[end:]
}

// emitStems gives the terms that stand beside a word.
func (a *analysis) emitStems(s stemmer, word []byte, offset int, at piece) {
	var room [formsRoom]byte
	f := s.formsOf(&room, word, a.document)
	if f[0] == 0 {
		return
	}
	prefix := utf8.AppendRune(a.scratch[:0], stemPrefix+rune(s))
	for n, rest := f[0], f[1:]; n > 0; n-- {
		a.scratch, rest = rest.next(prefix, word)
		a.emit(a.scratch, a.position+offset, at.start, at.end)
	}
}

// Stemming takes far longer than looking up, and few words make up most of every
// text: what was stemmed is kept in a table of fixed size, eight megabytes once all
// of it is used. A word has two places there, side by side in one line of memory; who
// comes anew takes the first, and who stood there the second.
const (
	keptForms = 1 << 18
	maxKept   = 40 // bytes; longer words are seldom met again, and have no forms
)

// keptEntry is the forms of a word, behind its hash with theirs in it. Whoever reads
// while another writes, or where another word is, finds that it is not the word's:
// so nobody waits. That two words have the same 64 bits nobody can bring about, as
// the seed is the process's own.
type keptEntry [1 + formsRoom/8]atomic.Uint64

var (
	kept     = make([]keptEntry, keptForms)
	keptSeed = maphash.MakeSeed()
)

func (e *keptEntry) load(room *[formsRoom]byte) (hash uint64) {
	hash = e[0].Load()
	for i := range e[1:] {
		w := e[1+i].Load()
		binary.LittleEndian.PutUint64(room[8*i:], w)
		hash ^= sealOf(i, w)
	}
	return hash
}

func (e *keptEntry) store(hash uint64, room *[formsRoom]byte) {
	for i := range e[1:] {
		w := binary.LittleEndian.Uint64(room[8*i:])
		e[1+i].Store(w)
		hash ^= sealOf(i, w)
	}
	e[0].Store(hash)
}

// odd spreads what differs in few bits.
const odd = 0x9e3779b97f4a7c15

// sealOf is what the i-th of the words in an entry adds to the hash.
func sealOf(i int, w uint64) uint64 { return bits.RotateLeft64(w*odd, 21*i) }

func hashOf(s stemmer, word []byte) uint64 { return maphash.Bytes(keptSeed, word) + uint64(s)*odd }

// formsOf returns the forms of a folded word, which may be in room. Those of a text
// are the same as those of a query, and may be more.
func (s stemmer) formsOf(room *[formsRoom]byte, word []byte, document bool) forms {
	if len(word) > maxKept {
		return appendForms(room[:0], nil, stems{})
	}
	if s == inArabic && !document {
		return appendForms(room[:0], word, arabicStems(word, false))
	}
	hash := hashOf(s, word)
	at := hash % keptForms
	first, second := &kept[at], &kept[at^1]
	if first.load(room) == hash || second.load(room) == hash {
		return room[:]
	}
	f := appendForms(room[:0], word, s.stem(string(word)))
	if len(f) <= formsRoom {
		var before [formsRoom]byte
		if of := first.load(&before); of != 0 {
			second.store(of, &before)
		}
		first.store(hash, room)
	}
	return f
}
