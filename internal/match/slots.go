package match

import (
	"encoding/binary"
	"math/bits"
	"slices"

	"github.com/wireroom/wireroom/internal/wire"
)

// slots are the queries of an index by number. A number is used again only when
// no posting is left that means the query before.
type slots struct {
	count   int        // numbers in use or waiting to be used again
	ids     []idChunk  // whose query it is, in chunks: growing copies little
	texts   [][]uint32 // where in the archive of texts the canonical form is
	live    []uint64   // by number: the query is held
	free    []uint32   // numbers that can be used again
	dead    int        // numbers of which postings can be left
	byID    idTable    // of those that live
	queries textStore  // canonical forms
}

const chunkBits = 13

func (s *slots) id(slot uint32) int64 { return s.ids[slot>>chunkBits].get(slot & (1<<chunkBits - 1)) }

// idChunk is the ids of a chunk of slots. Queries come by their ids, mostly, so
// that two bytes say how far each is from the first; a chunk in which they do not
// has them in full. What every match looks up should be small.
type idChunk struct {
	base int64
	near []uint16
	far  []int64
}

func (c *idChunk) get(at uint32) int64 {
	if c.far != nil {
		return c.far[at]
	}
	return c.base + int64(c.near[at])
}

func (c *idChunk) set(at uint32, id int64) {
	switch {
	case c.far != nil:
		c.far[at] = id
		return
	case c.near == nil:
		c.base, c.near = id, make([]uint16, 1<<chunkBits)
	}
	if d := id - c.base; d >= 0 && d < 1<<16 && id >= c.base {
		c.near[at] = uint16(d)
		return
	}
	c.far = make([]int64, 1<<chunkBits)
	for i, d := range c.near {
		c.far[i] = c.base + int64(d)
	}
	c.near = nil
	c.far[at] = id
}

func (s *slots) text(slot uint32) []byte {
	return s.queries.get(s.ref(slot))
}

func (s *slots) isLive(slot uint32) bool { return s.live[slot>>6]>>(slot&63)&1 != 0 }

// take returns a number for a query. The caller has made sure that there is one,
// and occupies it.
func (s *slots) take() uint32 {
	if n := len(s.free); n > 0 {
		slot := s.free[n-1]
		s.free = s.free[:n-1]
		return slot
	}
	return s.open()
}

// open makes another number.
func (s *slots) open() uint32 {
	slot := uint32(s.count)
	s.count++
	if int(slot>>chunkBits) == len(s.ids) {
		s.ids = append(s.ids, idChunk{})
		s.texts = append(s.texts, make([]uint32, 1<<chunkBits))
	}
	if int(slot>>6) == len(s.live) {
		s.live = append(s.live, 0)
	}
	return slot
}

// occupy gives a number that is free to a query, whose text is kept already.
func (s *slots) occupy(slot uint32, id wire.SubscriptionID, text uint32) {
	at := slot & (1<<chunkBits - 1)
	s.ids[slot>>chunkBits].set(at, int64(id))
	s.texts[slot>>chunkBits][at] = text
	s.live[slot>>6] |= 1 << (slot & 63)
}

// drop ends a query. Its number is dead until the postings have been swept.
func (s *slots) drop(slot uint32) {
	s.leave(slot)
	s.queries.remove(s.ref(slot))
}

// leave makes a number dead whose text goes on under another.
func (s *slots) leave(slot uint32) {
	s.live[slot>>6] &^= 1 << (slot & 63)
	s.dead++
}

// ref is where the text of a slot is.
func (s *slots) ref(slot uint32) uint32 {
	return s.texts[slot>>chunkBits][slot&(1<<chunkBits-1)]
}

func (s *slots) bytes() int {
	n := len(s.texts)*(4<<chunkBits) + 8*cap(s.live) + 4*cap(s.free) + s.byID.bytes()
	for i := range s.ids {
		n += 2*cap(s.ids[i].near) + 8*cap(s.ids[i].far)
	}
	return n
}

// textStore keeps texts one after the other in chunks. A chunk of which no text
// is needed any more is given back.
type textStore struct {
	chunks [][]byte
	alive  []int // bytes of each chunk that are needed
	last   int   // the chunk that is being filled
	empty  []int // chunks that were given back
}

const (
	textBits  = 20
	maxText   = 1 << 16 // bytes of one text
	maxChunks = 1 << (32 - textBits)
)

func (t *textStore) put(text string) uint32 {
	need := binary.MaxVarintLen32 + len(text)
	if len(t.chunks) == 0 || len(t.chunks[t.last])+need > 1<<textBits {
		t.open()
	}
	c := t.chunks[t.last]
	at := len(c)
	c = binary.AppendUvarint(c, uint64(len(text)))
	c = append(c, text...)
	t.chunks[t.last] = c
	t.alive[t.last] += len(c) - at
	return uint32(t.last<<textBits | at)
}

// open begins another chunk. The first is small: most indices are.
func (t *textStore) open() {
	if n := len(t.empty); n > 0 {
		t.last, t.empty = t.empty[n-1], t.empty[:n-1]
	} else {
		t.last = len(t.chunks)
		t.chunks, t.alive = append(t.chunks, nil), append(t.alive, 0)
	}
	if t.last > 0 {
		t.chunks[t.last] = make([]byte, 0, 1<<textBits)
	}
}

// full reports that no more can be kept.
func (t *textStore) full() bool { return len(t.chunks) == maxChunks && len(t.empty) == 0 }

func (t *textStore) get(ref uint32) []byte {
	c := t.chunks[ref>>textBits][ref&(1<<textBits-1):]
	n, size := binary.Uvarint(c)
	return c[size : size+int(n)]
}

func (t *textStore) remove(ref uint32) {
	c := int(ref >> textBits)
	n := len(t.get(ref))
	t.alive[c] -= n + (bits.Len(uint(n)|1)+6)/7
	if t.alive[c] == 0 && c != t.last {
		t.chunks[c] = nil
		t.empty = append(t.empty, c)
	}
}

// sparse reports that of a chunk less than half is needed, so that moving the
// texts away is worth the work.
func (t *textStore) sparse(ref uint32) bool {
	c := int(ref >> textBits)
	return c != t.last && 2*t.alive[c] < len(t.chunks[c])
}

func (t *textStore) bytes() (n int) {
	for _, c := range t.chunks {
		n += cap(c)
	}
	return n
}

// idTable finds the slot of an id: open addressing in parts, so that growing one
// is short. It holds no ids; the slots know theirs.
type idTable struct {
	parts [64][]uint32 // 1 + slot
	used  [64]int
}

func homeOf(id int64) (part int, low uint64) {
	h := uint64(id) * mixA
	h ^= h >> 29
	h *= mixB
	return int(h >> 58), h & 0xffffffff
}

func (t *idTable) find(s *slots, id int64) (uint32, bool) {
	part, low := homeOf(id)
	p := t.parts[part]
	if len(p) == 0 {
		return 0, false
	}
	for at := int(low * uint64(len(p)) >> 32); p[at] != 0; at = (at + 1) % len(p) {
		if s.id(p[at]-1) == id {
			return p[at] - 1, true
		}
	}
	return 0, false
}

// put makes an id's slot known, in place of the one before.
func (t *idTable) put(s *slots, id int64, slot uint32) {
	part, low := homeOf(id)
	if 5*(t.used[part]+1) > 4*len(t.parts[part]) {
		old := t.parts[part]
		t.parts[part] = make([]uint32, len(old)+len(old)/2+8)
		for _, v := range old {
			if v != 0 {
				_, low := homeOf(s.id(v - 1))
				t.place(part, low, v)
			}
		}
	}
	p := t.parts[part]
	for at := int(low * uint64(len(p)) >> 32); p[at] != 0; at = (at + 1) % len(p) {
		if s.id(p[at]-1) == id {
			p[at] = slot + 1
			return
		}
	}
	t.place(part, low, slot+1)
	t.used[part]++
}

func (t *idTable) place(part int, low uint64, v uint32) {
	p := t.parts[part]
	at := int(low * uint64(len(p)) >> 32)
	for p[at] != 0 {
		at = (at + 1) % len(p)
	}
	p[at] = v
}

// remove forgets an id. What stands behind it moves up, so that no search ends
// before what it looks for.
func (t *idTable) remove(s *slots, id int64) {
	part, low := homeOf(id)
	p := t.parts[part]
	at := int(low * uint64(len(p)) >> 32)
	for s.id(p[at]-1) != id {
		at = (at + 1) % len(p)
	}
	t.used[part]--
	for next := (at + 1) % len(p); p[next] != 0; next = (next + 1) % len(p) {
		_, low := homeOf(s.id(p[next] - 1))
		home := int(low * uint64(len(p)) >> 32)
		if (next-home+len(p))%len(p) >= (next-at+len(p))%len(p) {
			p[at] = p[next]
			at = next
		}
	}
	p[at] = 0
}

func (t *idTable) bytes() (n int) {
	for _, p := range t.parts {
		n += 4 * cap(p)
	}
	return n
}

// deadSlots returns the numbers of which postings can be left: neither held nor
// free.
func (s *slots) deadSlots() []uint32 {
	free := slices.Sorted(slices.Values(s.free))
	var dead []uint32
	for slot := range uint32(s.count) {
		if len(free) > 0 && free[0] == slot {
			free = free[1:]
		} else if !s.isLive(slot) {
			dead = append(dead, slot)
		}
	}
	return dead
}
