// Package likeness tells how much two texts are the same: prints of 256 bytes
// that agree in about the share of three-word sequences that the texts have in
// common, and bands by which texts that are much alike are found among millions.
//
// A print is of the story itself: headline, subheads and body. Dateline,
// boilerplate and disclaimer stand in fields of their own and are left out,
// since they are what differs between two who bring the same release. The print
// of an unreleased text tells of its words and is as secret as the text.
//
// It is pure: no I/O, no state. Near is a warning for people, never a decision.
package likeness

import (
	"encoding/binary"
	"math"
	"strconv"

	"github.com/wireroom/wireroom/internal/text"
	"github.com/wireroom/wireroom/internal/wire"
)

// The shape of a print: 64 least hashes of one permutation (Li, Owen and Zhang,
// One Permutation Hashing, 2012), empty places filled from the next
// (Shrivastava and Li, Densifying One Permutation Hashing, 2014), and sixteen
// bands of four of them.
const (
	places = 64
	bands  = 16
	rows   = places / bands
)

// Near is the likeness from which on two texts are worth a person's look.
const Near = 0.4

// shingle is how many words in a row are compared, and fewest how many of such
// sequences a text must have: a print of fewer says nothing.
const (
	shingle = 3
	fewest  = 12
)

// Print is what a text is compared by.
type Print [places]uint32

// Of makes the print of an edition; false if the text is too short for one.
func Of(e *wire.Edition) (Print, bool) {
	h := hasher{}
	for i := range h.least {
		h.least[i] = math.MaxUint32
	}
	h.add(e.Language, e.Headline)
	for _, s := range e.Subheads {
		h.add(e.Language, s)
	}
	for _, b := range e.Body {
		for _, in := range b.Inlines() {
			h.add(e.Language, in.PlainText())
		}
	}
	if h.count < fewest {
		return Print{}, false
	}
	return h.fill(), true
}

// hasher gathers the least hash in each of the 64 parts of the range.
type hasher struct {
	least  Print
	recent [shingle - 1]uint64 // hashes of the terms before
	known  int                 // how many of them there are
	count  int                 // sequences
}

func (h *hasher) add(language, s string) {
	last := -1
	text.Each(language, s, func(term []byte, position, _, _ int) {
		if position == last {
			return // the same word in another form
		}
		last = position
		h.word(hash(term))
	})
}

// word takes the next word; sequences run on over the ends of paragraphs, which
// are often set differently.
func (h *hasher) word(word uint64) {
	if h.known == shingle-1 {
		v := mix((h.recent[0]*3+h.recent[1])*0x9e3779b97f4a7c15 ^ word)
		place := v >> 58
		h.least[place] = min(h.least[place], uint32(v)) // 1 in 4 billion is MaxUint32 and lost
		h.count++
	} else {
		h.known++
	}
	h.recent[0], h.recent[1] = h.recent[1], word
}

func (h *hasher) fill() Print {
	p := h.least
	for i := range p {
		for j := 1; p[i] == math.MaxUint32 && j < places; j++ {
			if v := h.least[(i+j)%places]; v != math.MaxUint32 {
				p[i] = v + uint32(j)*0x9e3779b1 // the distance is part of it, or neighbours would agree by chance
			}
		}
	}
	return p
}

// hash is FNV-1a, 64 bits.
func hash(b []byte) uint64 {
	h := uint64(14695981039346656037)
	for _, c := range b {
		h = (h ^ uint64(c)) * 1099511628211
	}
	return h
}

// mix spreads what differs over all bits (the finaliser of SplitMix64).
func mix(v uint64) uint64 {
	v = (v ^ v>>30) * 0xbf58476d1ce4e5b9
	v = (v ^ v>>27) * 0x94d049bb133111eb
	return v ^ v>>31
}

// Like estimates the share of three-word sequences that two texts have in
// common, 0 to 1, to about ±0.06.
func (p *Print) Like(q *Print) float64 {
	same := 0
	for i := range p {
		if p[i] == q[i] {
			same++
		}
	}
	return float64(same) / places
}

// Bands returns sixteen names. Two texts that are alike by s share at least one
// with a chance of 1-(1-s⁴)¹⁶: 34 % at 0.4, 64 % at 0.5, 99.98 % at 0.8.
func (p *Print) Bands() [bands]string {
	var names [bands]string
	for i := range names {
		h := uint64(i + 1)
		for _, v := range p[i*rows : (i+1)*rows] {
			h = mix(h ^ uint64(v)*0x9e3779b97f4a7c15)
		}
		names[i] = "like:" + strconv.FormatUint(h>>24, 36) // 40 bits: a chance meeting is looked at, and dismissed
	}
	return names
}

// Bytes is the print as it is stored.
func (p *Print) Bytes() []byte {
	b := make([]byte, 0, 4*places)
	for _, v := range p {
		b = binary.LittleEndian.AppendUint32(b, v)
	}
	return b
}

// Parse reads what Bytes gave; false if it is none.
func Parse(b []byte) (p Print, ok bool) {
	if len(b) != 4*places {
		return p, false
	}
	for i := range p {
		p[i] = binary.LittleEndian.Uint32(b[4*i:])
	}
	return p, true
}
