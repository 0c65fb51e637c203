package match

import (
	"bytes"
	"cmp"
	"slices"
)

// A posting says that a query is to be looked at if its key is there: the query's
// slot, and what is left to ask then. A list of postings is runs of those that have
// the same left to ask, so that it is kept once and asked once.
//
// A run begins with a byte, the operation of what is left to ask in the lowest bits
// and above them how many slots there are, less one; or manySlots, and then follow
// that number and how many bytes the slots take. Next is what is left to ask: a key
// or two, or the number of bytes of what the operation covers and those. Then the
// slots ascend: the first, and of each other how many lie between it and the one
// before.
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
		r.size = int(n)
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

// skip is where the run ends.
func (r *run) skip(p []byte) int {
	if r.size > 0 {
		return r.first + r.size
	}
	at := r.first
	for range r.more + 1 {
		at = past(p, at)
	}
	return at
}

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
	for at := 0; at < len(list); {
		r := readRun(p, at)
		var slot, between uint32
		slot, at = number(p, r.first)
		f(posting{r.op, r.ask, r.askEnd, slot})
		for range r.more {
			between, at = number(p, at)
			slot += between + 1
			f(posting{r.op, r.ask, r.askEnd, slot})
		}
	}
}

// gatherer makes of a list one in which each run has all it can have.
type gatherer struct {
	postings []posting
	slots    []byte
}

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

// run appends one of postings that ask the same, by slot.
func (g *gatherer) run(kept, ask []byte, all []posting) []byte {
	g.slots = appendNumber(g.slots[:0], all[0].slot)
	more, before := uint32(0), all[0].slot
	for _, p := range all[1:] {
		if p.slot == before {
			continue
		}
		g.slots = appendNumber(g.slots, p.slot-before-1)
		more, before = more+1, p.slot
	}
	kept = append(kept, all[0].op|byte(min(more, manySlots)<<opBits))
	if more >= manySlots {
		kept = appendNumber(kept, more)
		kept = appendNumber(kept, uint32(len(g.slots)))
	}
	kept = append(kept, ask...)
	return append(kept, g.slots...)
}
