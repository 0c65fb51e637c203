package match

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"math/bits"
	"slices"
)

// A posting says that a query is to be looked at if its key is there: the query's
// slot, and what is left to ask then. A list of postings is runs of those that have
// the same left to ask, so that it is kept once and asked once.
//
// A run begins with a byte, the operation of what is left to ask in the lowest bits
// and above them how many slots there are, less one; or manySlots, and then follow
// that number and how many bytes the slots take, with the width in the lowest bits.
// Next is what is left to ask: a key or two, or the number of bytes of what the
// operation covers and those. Then the slots ascend: the first, and of each other
// how many lie between it and the one before. In a long run that is a step of one to
// three bytes, as the widest needs, so that where a step begins is known before the one
// before is read, and nothing is decided by what it says. What is wider is in another
// run.
const manySlots = 1<<(8-opBits) - 1

// maxSlots is how many queries an index can number: a slot must leave room for the
// flags of an entry's head.
const maxSlots = headMask

// run is one as it was read; the slots begin at first.
type run struct {
	op          byte
	more        int // slots, less one
	ask, askEnd int // what is left to ask, from behind the operation on
	body        int // where in it what the operation covers begins
	first       int
	size        int // bytes of the slots; 0 if it was not said
	width       int // of a step; 0 if what lies between is a number
}

// readRun reads what stands before the slots.
func readRun(p []byte, at int) (r run) {
	head := p[at]
	at++
	r.op, r.more = head&opMask, int(head>>opBits)
	if r.more == manySlots {
		var n uint32
		n, at = number(p, at)
		r.more = int(n)
		n, at = number(p, at)
		r.size, r.width = int(n>>widthBits), int(n&widthMask)
	}
	r.ask, r.body = at, at
	switch r.op {
	case sure:
	case has:
		at = past(p, at)
	case either:
		at = past(p, past(p, at))
	default:
		var n uint32
		n, r.body = number(p, at)
		at = r.body + int(n)
	}
	r.askEnd, r.first = at, at
	return r
}

// Bits that say how wide the steps of a long run are, in bytes: at most maxWidth.
const (
	widthBits = 2
	widthMask = 1<<widthBits - 1
	maxWidth  = 3
)

// widest is the largest step of so many bytes.
func widest(width int) uint32 { return 1<<(8*width) - 1 }

// between reads how many slots lie before the next, and where what follows it begins.
func (r *run) between(p []byte, at int) (n uint32, next int) {
	if r.width == 0 {
		return number(p, at)
	}
	return stepAt(p, at) & widest(r.width), at + r.width
}

// stepAt is a step, and what follows it.
func stepAt(p []byte, at int) uint32 { return binary.LittleEndian.Uint32(p[at : at+4]) }

// appendPosting appends a run of one.
func appendPosting(list, ask []byte, slot uint32) []byte {
	return appendNumber(append(list, ask...), slot)
}

// posting is one of a list.
type posting struct {
	op       byte
	from, to int // what is left to ask, in the list
	slot     uint32
}

// each calls f for every posting of a list, which must be padded.
func each(list []byte, f func(posting)) {
	if len(list) == 0 {
		return
	}
	p := padded(list)
	var slot, between uint32
	for at := 0; at < len(list); {
		r := readRun(p, at)
		slot, at = number(p, r.first)
		f(posting{r.op, r.ask, r.askEnd, slot})
		for range r.more {
			between, at = r.between(p, at)
			slot += between + 1
			f(posting{r.op, r.ask, r.askEnd, slot})
		}
	}
}

// gatherer makes of a list one in which each run has all it can have.
type gatherer struct{ postings []posting }

// gather appends to kept those postings of a list that are to be kept. Those that
// are sure come first.
func (g *gatherer) gather(kept, list []byte, keep func(slot uint32) bool) []byte {
	g.postings = g.postings[:0]
	each(list, func(p posting) {
		if keep(p.slot) {
			g.postings = append(g.postings, p)
		}
	})
	same := func(a, b posting) int {
		if c := cmp.Compare(a.op, b.op); c != 0 || a.from == b.from {
			return c
		}
		return bytes.Compare(list[a.from:a.to], list[b.from:b.to])
	}
	slices.SortFunc(g.postings, func(a, b posting) int {
		if c := same(a, b); c != 0 {
			return c
		}
		return cmp.Compare(a.slot, b.slot)
	})
	for rest := g.postings; len(rest) > 0; {
		n := 1
		for n < len(rest) && same(rest[0], rest[n]) == 0 {
			n++
		}
		kept = g.run(kept, list[rest[0].from:rest[0].to], rest[:n])
		rest = rest[n:]
	}
	return kept
}

// run appends one of postings that ask the same, by slot; more than one, if they are
// many and far apart.
func (g *gatherer) run(kept, ask []byte, all []posting) []byte {
	all = slices.CompactFunc(all, func(a, b posting) bool { return a.slot == b.slot })
	for len(all) > 0 {
		n := 1
		for n < len(all) && all[n].slot-all[n-1].slot <= 1+widest(maxWidth) {
			n++
		}
		kept = appendRun(kept, ask, all[:n])
		all = all[n:]
	}
	return kept
}

func appendRun(kept, ask []byte, all []posting) []byte {
	op, more := all[0].op, uint32(len(all)-1)
	if more < manySlots {
		kept = append(kept, op|byte(more<<opBits))
		kept = appendNumber(append(kept, ask...), all[0].slot)
		for i, p := range all[1:] {
			kept = appendNumber(kept, p.slot-all[i].slot-1)
		}
		return kept
	}
	most := uint32(0)
	for i, p := range all[1:] {
		most = max(most, p.slot-all[i].slot-1)
	}
	width := max(1, (bits.Len32(most)+7)/8)
	first := appendNumber(nil, all[0].slot)
	kept = appendNumber(append(kept, op|manySlots<<opBits), more)
	kept = appendNumber(kept, uint32((len(first)+width*int(more))<<widthBits|width))
	kept = append(append(kept, ask...), first...)
	for i, p := range all[1:] {
		step := p.slot - all[i].slot - 1
		kept = append(kept, byte(step), byte(step>>8), byte(step>>16))
		kept = kept[:len(kept)-maxWidth+width]
	}
	return kept
}
