package match

import (
	"sort"
	"sync"
	"unicode/utf8"

	"github.com/wireroom/wireroom/internal/text"
)

// hashed is a document as indices look at it: hashes instead of strings.
type hashed struct {
	terms  []uint64 // each once, in the order of the text
	begins []uint32 // where the places of each begin; one more than terms
	at     []uint32 // positions, ascending for each term

	facets []uint64

	bytes []byte   // the terms, one after the other, for prefixes
	ends  []uint32 // where each ends

	parts []partPlace
}

// partPlace is where a part begins.
type partPlace struct {
	first uint32
	scope Scope
}

func (h *hashed) places(term int) []uint32 { return h.at[h.begins[term]:h.begins[term+1]] }

func (h *hashed) term(i int) []byte {
	if i == 0 {
		return h.bytes[:h.ends[0]]
	}
	return h.bytes[h.ends[i-1]:h.ends[i]]
}

func (h *hashed) scopeAt(position uint32) Scope {
	i := sort.Search(len(h.parts), func(i int) bool { return h.parts[i].first > position })
	return h.parts[i-1].scope
}

// hasher is room to work in.
type hasher struct {
	table  []uint32 // open addressing: 1 + place in terms
	tokens []token64
	counts []uint32
}

type token64 struct{ term, position uint32 }

var hashers = sync.Pool{New: func() any { return &hasher{table: make([]uint32, 4096)} }}

// hashed analyses the document, once.
func (d *Document) hashed() *hashed {
	d.hash.Do(func() {
		w := hashers.Get().(*hasher)
		d.read = w.read(d)
		hashers.Put(w)
	})
	return d.read
}

func (w *hasher) read(d *Document) *hashed {
	h := &hashed{terms: make([]uint64, 0, 1024), ends: make([]uint32, 0, 1024), bytes: make([]byte, 0, 8192)}
	clear(w.table)
	w.tokens, w.counts = w.tokens[:0], w.counts[:0]
	base := 0
	for _, p := range d.parts {
		h.parts = append(h.parts, partPlace{uint32(base), p.Scope})
		last := base
		text.Each(p.language, p.Text, func(term []byte, position, _, _ int) {
			last = base + position
			i := w.number(h, term)
			w.counts[i]++
			w.tokens = append(w.tokens, token64{i, uint32(last)})
		})
		base = last + gap
	}
	w.arrange(h)
	for f := range d.facets {
		h.facets = append(h.facets, hashFacet(f.field, f.folded))
	}
	return h
}

// number returns the place of a term in terms.
func (w *hasher) number(h *hashed, term []byte) uint32 {
	key := hash(termSeed, term)
	mask := uint64(len(w.table) - 1)
	for at := key & mask; ; at = (at + 1) & mask {
		i := w.table[at]
		if i == 0 {
			h.terms = append(h.terms, key)
			h.bytes = append(h.bytes, term...)
			h.ends = append(h.ends, uint32(len(h.bytes)))
			w.counts = append(w.counts, 0)
			w.table[at] = uint32(len(h.terms))
			if 2*len(h.terms) > len(w.table) {
				w.widen(h)
			}
			return uint32(len(h.terms) - 1)
		}
		if h.terms[i-1] == key {
			return i - 1
		}
	}
}

func (w *hasher) widen(h *hashed) {
	w.table = make([]uint32, 2*len(w.table))
	mask := uint64(len(w.table) - 1)
	for i, key := range h.terms {
		at := key & mask
		for w.table[at] != 0 {
			at = (at + 1) & mask
		}
		w.table[at] = uint32(i + 1)
	}
}

// arrange sorts the tokens by term; each term's stay in the order of the text.
func (w *hasher) arrange(h *hashed) {
	h.begins = make([]uint32, len(h.terms)+1)
	sum := uint32(0)
	for i, n := range w.counts {
		h.begins[i] = sum
		w.counts[i] = sum
		sum += n
	}
	h.begins[len(h.terms)] = sum
	h.at = make([]uint32, sum)
	for _, t := range w.tokens {
		h.at[w.counts[t.term]] = t.position
		w.counts[t.term]++
	}
}

// eachPrefix calls f with the beginnings of a term that have the lengths, in
// characters; bit n of lengths stands for n.
func eachPrefix(term []byte, lengths uint64, f func(begin []byte)) {
	n := 0
	for i := 0; i < len(term) && n <= maxPrefix; {
		_, size := utf8.DecodeRune(term[i:])
		i += size
		n++
		if lengths>>n == 0 {
			return
		}
		if lengths>>n&1 != 0 {
			f(term[:i])
		}
	}
}
