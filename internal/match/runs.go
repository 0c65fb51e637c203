package match

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"slices"
)

// A posting says that a query is to be looked at if its key is there: the query's
// slot, and what is left to ask then. A list of postings is runs of those that have
// the same left to ask, so that it is kept once and asked once.
//
// A run begins with a byte, the operation of what is left to ask in the lowest bits
// and above them how many slots there are, less one; or manySlots, and then follow
// that number and how many bytes the slots take, with the width in the lowest bit.
// Next is what is left to ask: a key or two, or the number of bytes of what the
// operation covers and those. Then the slots ascend: the first, and of each other
// how many lie between it and the one before. In a long run that is one byte or two,
// as it is shorter, so that where the next begins is known before it is read; what
// is too large for the width is a number, after the largest that it has room for.
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
	width       int // of what lies between them; 0 if it is a number
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
		r.size, r.width = int(n>>1), 1+int(n&1)
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

// read reads slots that follow another, and returns where it ends.
func (r *run) read(p []byte, at int, slot uint32, into []uint32) int {
	var between uint32
	switch r.width {
	case 0:
		for i := range into {
			between, at = number(p, at)
			slot += between + 1
			into[i] = slot
		}
	case 1:
		for i := range into {
			between = uint32(p[at])
			if at++; between == 1<<8-1 {
				between, at = number(p, at)
			}
			slot += between + 1
			into[i] = slot
		}
	case 2:
		for i := range into {
			between = uint32(binary.LittleEndian.Uint16(p[at : at+2]))
			if at += 2; between == 1<<16-1 {
				between, at = number(p, at)
			}
			slot += between + 1
			into[i] = slot
		}
	}
	return at
}

// widest is the largest number of so many bytes.
func widest(width int) uint32 { return 1<<(8*width) - 1 }

func appendBetween(b []byte, width int, n uint32) []byte {
	if width == 0 {
		return appendNumber(b, n)
	}
	short := min(n, widest(width))
	if b = append(b, byte(short)); width == 2 {
		b = append(b, byte(short>>8))
	}
	if short == widest(width) {
		b = appendNumber(b, n)
	}
	return b
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
	var slot [1]uint32
	for at := 0; at < len(list); {
		r := readRun(p, at)
		slot[0], at = number(p, r.first)
		f(posting{r.op, r.ask, r.askEnd, slot[0]})
		for range r.more {
			at = r.read(p, at, slot[0], slot[:])
			f(posting{r.op, r.ask, r.askEnd, slot[0]})
		}
	}
}

// gatherer makes of a list one in which each run has all it can have.
type gatherer struct {
	postings []posting
	slots    [2][]byte // of a run, by width
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
	all = slices.CompactFunc(all, func(a, b posting) bool { return a.slot == b.slot })
	op, more := all[0].op, uint32(len(all)-1)
	if more < manySlots {
		kept = append(kept, op|byte(more<<opBits))
		kept = append(kept, ask...)
		return appendSlots(kept, 0, all)
	}
	for i := range g.slots {
		g.slots[i] = appendSlots(g.slots[i][:0], 1+i, all)
	}
	wide := 0
	if len(g.slots[1]) < len(g.slots[0]) {
		wide = 1
	}
	slots := g.slots[wide]
	kept = appendNumber(append(kept, op|manySlots<<opBits), more)
	kept = appendNumber(kept, uint32(len(slots)<<1|wide))
	kept = append(kept, ask...)
	return append(kept, slots...)
}

func appendSlots(b []byte, width int, all []posting) []byte {
	b = appendNumber(b, all[0].slot)
	for i, p := range all[1:] {
		b = appendBetween(b, width, p.slot-all[i].slot-1)
	}
	return b
}
