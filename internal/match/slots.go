package match

import (
	"math"
	"math/bits"
	"slices"
	"sort"
)

// slots are the queries of an index by number. A number is used again only when
// no posting is left that means the query before.
//
// Queries come by their ids, mostly: a directory is read in their order, and whoever
// joins has the next. So chunks of numbers are of two kinds. In a rising one ids
// rise with the numbers, beyond all that stood in one before; then no way from an id
// to its number need be kept. What fits in no rising chunk is in a mixed one, and
// its number in a table.
type slots struct {
	chunks []chunk
	bases  []int64  // by chunk whose ids go step by step with the slots: an id, less its slot
	live   []uint64 // by number: the query is held
	stale  []uint64 // by number: it is not, and postings can be left of it
	held   int
	dead   int // that are stale
	opened int // numbers in use, or that were and wait to be used again

	rising []uint32 // chunks, in the order of their ids
	mixed  int      // the chunk that is being filled; below 0 if there is none
	free   []uint32 // numbers of mixed chunks that can be used again
	byID   idTable  // of those that live in mixed chunks

	queries textStore // canonical forms
}

// A chunk is of so many numbers: growing copies little.
const (
	chunkBits = 13
	chunkSize = 1 << chunkBits
)

// noBase is the base of a chunk whose ids do not.
const noBase = math.MinInt64

// chunk is a range of numbers. What every match looks up should be small: as long
// as ids go step by step with the numbers only the first is kept, then two bytes of
// each, and where that is not enough all.
type chunk struct {
	base int64
	near []uint16
	far  []int64

	rising bool
	used   int
	texts  []uint32 // where in the archive of texts the canonical form is
}

func (c *chunk) id(at uint32) int64 {
	switch {
	case c.near != nil:
		return c.base + int64(c.near[at])
	case c.far != nil:
		return c.far[at]
	}
	return c.base + int64(at)
}

func (c *chunk) set(at uint32, id int64) {
	if c.near == nil && c.far == nil {
		if id == c.base+int64(at) {
			return
		}
		c.near = make([]uint16, chunkSize)
		for i := range c.near {
			c.near[i] = uint16(i)
		}
	}
	if c.far == nil {
		if d := id - c.base; d >= 0 && d < 1<<16 && id >= c.base {
			c.near[at] = uint16(d)
			return
		}
		c.far = make([]int64, chunkSize)
		for i, d := range c.near {
			c.far[i] = c.base + int64(d)
		}
		c.near = nil
	}
	c.far[at] = id
}

// last is the largest id that a rising chunk has a number for.
func (c *chunk) last() int64 { return c.id(uint32(c.used - 1)) }

func (s *slots) id(slot uint32) int64 {
	if base := s.bases[slot>>chunkBits]; base != noBase {
		return base + int64(slot)
	}
	return s.chunks[slot>>chunkBits].id(slot & (chunkSize - 1))
}

// give gives a slot to an id.
func (s *slots) give(slot uint32, id int64) {
	at := slot >> chunkBits
	c := &s.chunks[at]
	c.set(slot&(chunkSize-1), id)
	if s.bases[at] = noBase; c.near == nil && c.far == nil {
		s.bases[at] = c.base - int64(at<<chunkBits)
	}
}

func (s *slots) text(slot uint32) []byte { return s.queries.get(*s.ref(slot)) }

// ref is where the text of a slot is.
func (s *slots) ref(slot uint32) *uint32 {
	return &s.chunks[slot>>chunkBits].texts[slot&(chunkSize-1)]
}

func bit(set []uint64, slot uint32) bool { return set[slot>>6]>>(slot&63)&1 != 0 }

// isLive reports whether a number, of those that are in use, has a query.
func (s *slots) isLive(slot uint32) bool { return bit(s.live, slot) }

// has reports whether there is such a number, and a query that has it.
func (s *slots) has(slot uint32) bool { return int(slot>>6) < len(s.live) && s.isLive(slot) }

// full reports that there are no more numbers.
func (s *slots) full() bool { return len(s.free) == 0 && len(s.chunks) >= maxSlots>>chunkBits-1 }

// each calls f for every number that has a query, ascending.
func (s *slots) each(f func(slot uint32)) {
	for w, live := range s.live {
		for ; live != 0; live &= live - 1 {
			f(uint32(w<<6 + bits.TrailingZeros64(live)))
		}
	}
}

// find returns the number of the query that is held under an id.
func (s *slots) find(id int64) (uint32, bool) {
	if slot, ok := s.reserved(id); ok && s.isLive(slot) {
		return slot, true
	}
	return s.byID.find(s, id)
}

// reserved returns the number that an id has in a rising chunk. Who is gone leaves
// one.
func (s *slots) reserved(id int64) (uint32, bool) {
	i := sort.Search(len(s.rising), func(i int) bool { return s.chunks[s.rising[i]].id(0) > id }) - 1
	if i < 0 {
		return 0, false
	}
	c := &s.chunks[s.rising[i]]
	at := sort.Search(c.used, func(at int) bool { return c.id(uint32(at)) >= id })
	return s.rising[i]<<chunkBits | uint32(at), at < c.used && c.id(uint32(at)) == id
}

// take returns a number for the query of an id. The caller has made sure that there
// is one, and occupies it.
func (s *slots) take(id int64) uint32 {
	if slot, ok := s.reserved(id); ok && !s.isLive(slot) && !bit(s.stale, slot) {
		return slot
	}
	n := len(s.rising)
	if n > 0 && id <= s.chunks[s.rising[n-1]].last() {
		return s.takeMixed(id)
	}
	if n == 0 || s.chunks[s.rising[n-1]].used == chunkSize {
		s.rising = append(s.rising, s.open(true))
	}
	return s.next(s.rising[len(s.rising)-1], id)
}

func (s *slots) takeMixed(id int64) uint32 {
	if n := len(s.free); n > 0 {
		slot := s.free[n-1]
		s.free = s.free[:n-1]
		s.give(slot, id)
		return slot
	}
	if s.mixed < 0 || s.chunks[s.mixed].used == chunkSize {
		s.mixed = int(s.open(false))
	}
	return s.next(uint32(s.mixed), id)
}

// next gives the next number of a chunk to an id.
func (s *slots) next(at uint32, id int64) uint32 {
	c := &s.chunks[at]
	slot := at<<chunkBits | uint32(c.used)
	if c.used == 0 {
		c.base = id
	}
	c.used++
	s.opened++
	s.give(slot, id)
	return slot
}

// open makes another chunk.
func (s *slots) open(rising bool) uint32 {
	s.chunks = append(s.chunks, chunk{rising: rising, texts: make([]uint32, chunkSize)})
	s.bases = append(s.bases, noBase)
	s.live = append(s.live, make([]uint64, chunkSize/64)...)
	s.stale = append(s.stale, make([]uint64, chunkSize/64)...)
	return uint32(len(s.chunks) - 1)
}

// occupy gives a number that an id took to its query, whose text is kept already.
func (s *slots) occupy(slot uint32, text uint32) {
	*s.ref(slot) = text
	s.live[slot>>6] |= 1 << (slot & 63)
	s.held++
	if !s.chunks[slot>>chunkBits].rising {
		s.byID.put(s, s.id(slot), slot)
	}
}

// drop ends a query. Its number is dead until the postings have been swept.
func (s *slots) drop(slot uint32) {
	if !s.chunks[slot>>chunkBits].rising {
		s.byID.remove(s, s.id(slot))
	}
	s.live[slot>>6] &^= 1 << (slot & 63)
	s.stale[slot>>6] |= 1 << (slot & 63)
	s.held--
	s.dead++
	s.queries.remove(*s.ref(slot))
}

// deadSlots returns the numbers of which postings can be left.
func (s *slots) deadSlots() []uint32 {
	var dead []uint32
	for w, stale := range s.stale {
		for ; stale != 0; stale &= stale - 1 {
			dead = append(dead, uint32(w<<6+bits.TrailingZeros64(stale)))
		}
	}
	return dead
}

// swept gives dead numbers free, of which no posting is left.
func (s *slots) swept(dead []uint32) {
	for _, slot := range dead {
		s.stale[slot>>6] &^= 1 << (slot & 63)
		if !s.chunks[slot>>chunkBits].rising {
			s.free = append(s.free, slot)
		}
	}
	s.dead -= len(dead)
}

// isSparse reports whether of a rising chunk, but the last, so little is left that
// it is better mixed.
func (s *slots) isSparse(at uint32) bool {
	c := &s.chunks[at]
	if !c.rising || at == s.rising[len(s.rising)-1] {
		return false
	}
	live := 0
	for _, w := range s.live[at<<(chunkBits-6) : (at+1)<<(chunkBits-6)] {
		live += bits.OnesCount64(w)
	}
	return 2*live < c.used
}

// mix makes a rising chunk a mixed one, whose numbers are for everyone.
func (s *slots) mix(at uint32) {
	c := &s.chunks[at]
	c.rising = false
	s.rising = slices.DeleteFunc(s.rising, func(other uint32) bool { return other == at })
	for i := range uint32(c.used) {
		switch slot := at<<chunkBits | i; {
		case s.isLive(slot):
			s.byID.put(s, c.id(i), slot)
		case !bit(s.stale, slot):
			s.free = append(s.free, slot)
		}
	}
}

func (s *slots) bytes() int {
	n := 8*cap(s.live) + 8*cap(s.stale) + 8*cap(s.bases) + 4*cap(s.free) + s.byID.bytes()
	for i := range s.chunks {
		c := &s.chunks[i]
		n += 4*cap(c.texts) + 2*cap(c.near) + 8*cap(c.far)
	}
	return n
}
