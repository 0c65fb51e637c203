package match

import "math/bits"

// A shard is a part of the dictionary, by hash, with the posting lists of its
// keys. There are many, so that growing or sweeping one is short: whoever reads
// waits for it.
type shard struct {
	groups  []group    // a hash table without strings
	upper   [][8]uint8 // beside groups: what is above sixteen bits, once there are so many entries
	entries []entry    // in the order they came; never removed
	lists
}

// group is eight places of the table: a tag of each in the byte of a word, 0 where
// it is free, and the lower half of which entry is there. What is not in the table,
// and most words are not, costs one look at the tags; what is has its place beside
// them.
type group struct {
	tags   uint64
	places [8]uint16
}

// entry is a key and where its list is. Two halves of a key make the entry
// twelve bytes.
type entry struct {
	low, high uint32
	head      uint32
}

func (e *entry) key() uint64 { return uint64(e.high)<<32 | uint64(e.low) }

func (e *entry) is(key uint64) bool { return e.low == uint32(key) && e.high == uint32(key>>32) }

// The head of an entry: nothing (0), one posting of which nothing is left to ask,
// or where in memory the list is; and whether the key is half of a pair that is a
// key.
const (
	soleFlag   = 1 << 31
	pairedFlag = 1 << 30
	headMask   = pairedFlag - 1
)

const (
	shardBits = 7
	shards    = 1 << shardBits
)

func shardOf(key uint64) int { return int(key >> (64 - shardBits)) }

// termID numbers a key in the whole dictionary.
type termID = uint32

func makeID(entry uint32, shard int) termID { return entry<<shardBits | uint32(shard) }

const (
	lowBytes  = 0x0101010101010101
	highBytes = 0x8080808080808080
)

func tagOf(key uint64) uint64 { return key>>40&0x7f | 0x80 }

func (s *shard) groupOf(key uint64) int {
	return int(key & 0xffffffff * uint64(len(s.groups)) >> 32)
}

// entryAt is which entry is at a place of the table, of which the lowest three bits
// are the place in the group.
func (s *shard) entryAt(place uint32) uint32 {
	n := uint32(s.groups[place>>3].places[place&7])
	if s.upper != nil {
		n |= uint32(s.upper[place>>3][place&7]) << 16
	}
	return n
}

// find returns the number of a key's entry, or false.
func (s *shard) find(key uint64) (uint32, bool) {
	if len(s.groups) == 0 {
		return 0, false
	}
	pattern := tagOf(key) * lowBytes
	for g := s.groupOf(key); ; {
		tags := s.groups[g].tags
		x := tags ^ pattern
		for m := (x - lowBytes) &^ x & highBytes; m != 0; m &= m - 1 {
			i := s.entryAt(uint32(g<<3 + bits.TrailingZeros64(m)>>3))
			if s.entries[i].is(key) {
				return i, true
			}
		}
		if tags&highBytes != highBytes {
			return 0, false
		}
		if g++; g == len(s.groups) {
			g = 0
		}
	}
}

// guess returns the place in the table at which a key stands if it stands where
// it was first looked for; whether it may, 0 or 1; and whether it cannot, but can
// stand further on: see find. The table must not be empty.
func (s *shard) guess(key uint64) (place uint32, may, elsewhere int) {
	g := s.groupOf(key)
	tags := s.groups[g].tags
	x := tags ^ tagOf(key)*lowBytes
	m := (x - lowBytes) &^ x & highBytes
	may = one(m != 0)
	return uint32(g<<3 + bits.TrailingZeros64(m)>>3), may, one(tags&highBytes == highBytes) &^ may
}

// add returns the number of a key's entry, making it if it is new.
func (s *shard) add(key uint64) uint32 {
	if i, ok := s.find(key); ok {
		return i
	}
	i := uint32(len(s.entries))
	if len(s.entries) == cap(s.entries) { // by less than append would: there are many shards, and many keys
		grown := make([]entry, len(s.entries), len(s.entries)+len(s.entries)/8+8)
		copy(grown, s.entries)
		s.entries = grown
	}
	s.entries = append(s.entries, entry{uint32(key), uint32(key >> 32), 0})
	switch {
	case len(s.entries) > 7*len(s.groups): // seven of eight would be full
		s.widen(len(s.groups) + len(s.groups)/8 + 2)
	case len(s.entries) == 1<<16+1:
		s.widen(len(s.groups))
	default:
		s.place(key, i)
	}
	return i
}

func (s *shard) place(key uint64, i uint32) {
	g := s.groupOf(key)
	for s.groups[g].tags&highBytes == highBytes {
		if g++; g == len(s.groups) {
			g = 0
		}
	}
	at := bits.TrailingZeros64(^s.groups[g].tags&highBytes) >> 3
	s.groups[g].tags |= tagOf(key) << (8 * at)
	s.groups[g].places[at] = uint16(i)
	if s.upper != nil {
		s.upper[g][at] = uint8(i >> 16)
	}
}

// widen makes the table anew, of so many groups.
func (s *shard) widen(groups int) {
	s.groups, s.upper = make([]group, groups), nil
	if len(s.entries) > 1<<16 {
		s.upper = make([][8]uint8, groups)
	}
	for i := range s.entries {
		s.place(s.entries[i].key(), uint32(i))
	}
}

// settle makes the table one that is looked into more than it grows: five places of
// eight are taken, so that few groups are full, and few keys stand elsewhere.
func (s *shard) settle() { s.widen(len(s.entries)/5 + 1) }

// bytes is what the shard takes.
func (s *shard) bytes() int {
	return 24*cap(s.groups) + 8*cap(s.upper) + 12*cap(s.entries) + s.lists.bytes()
}
