package match

import "math/bits"

// A shard is a part of the dictionary, by hash, with the posting lists of its
// keys. There are many, so that growing or sweeping one is short: whoever reads
// waits for it.
type shard struct {
	// A hash table without strings, of groups of eight: a tag of each place in
	// the byte of a word, 0 where it is free, and which entry is there. What is
	// not in the table, and most words are not, costs one look at the tags.
	tags   []uint64
	places []uint32 // eight to a group

	entries []entry // in the order they came; never removed
	memory  []uint32
	free    []uint32 // by class of size: the first free block, each names the next
	spare   int      // words in free blocks
}

// entry is a key and where its list is. Two halves of a key make the entry
// twelve bytes.
type entry struct {
	low, high uint32
	head      uint32
}

func (e *entry) key() uint64 { return uint64(e.high)<<32 | uint64(e.low) }

// The head of an entry: nothing (0), one posting that needs no program, or where
// in memory the list is; and whether the key is half of a pair that is a key.
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
	return int(key & 0xffffffff * uint64(len(s.tags)) >> 32)
}

// find returns the number of a key's entry, or false.
func (s *shard) find(key uint64) (uint32, bool) {
	if len(s.tags) == 0 {
		return 0, false
	}
	pattern := tagOf(key) * lowBytes
	for g := s.groupOf(key); ; {
		tags := s.tags[g]
		x := tags ^ pattern
		for m := (x - lowBytes) &^ x & highBytes; m != 0; m &= m - 1 {
			i := s.places[g<<3+bits.TrailingZeros64(m)>>3]
			if e := &s.entries[i]; e.low == uint32(key) && e.high == uint32(key>>32) {
				return i, true
			}
		}
		if tags&highBytes != highBytes {
			return 0, false
		}
		if g++; g == len(s.tags) {
			g = 0
		}
	}
}

// guess returns the place in the table at which a key stands if it stands where
// it was first looked for; below 0 if nothing there can be it, though it can
// stand further on: see find.
func (s *shard) guess(key uint64) int32 {
	g := s.groupOf(key)
	x := s.tags[g] ^ tagOf(key)*lowBytes
	m := (x - lowBytes) &^ x & highBytes
	if m == 0 {
		return -1
	}
	return int32(g<<3 + bits.TrailingZeros64(m)>>3)
}

// full reports whether the group in which a key belongs has no room, so that the
// key can stand in another.
func (s *shard) full(key uint64) bool { return s.tags[s.groupOf(key)]&highBytes == highBytes }

// add returns the number of a key's entry, making it if it is new.
func (s *shard) add(key uint64) uint32 {
	if i, ok := s.find(key); ok {
		return i
	}
	if len(s.entries) >= 7*len(s.tags) { // seven of eight are full
		s.widen(len(s.tags) + len(s.tags)/4 + 2)
	}
	i := uint32(len(s.entries))
	if len(s.entries) == cap(s.entries) { // by less than append would: there are many shards, and many keys
		grown := make([]entry, len(s.entries), len(s.entries)+len(s.entries)/8+8)
		copy(grown, s.entries)
		s.entries = grown
	}
	s.entries = append(s.entries, entry{uint32(key), uint32(key >> 32), 0})
	s.place(key, i)
	return i
}

func (s *shard) place(key uint64, i uint32) {
	g := s.groupOf(key)
	for s.tags[g]&highBytes == highBytes {
		if g++; g == len(s.tags) {
			g = 0
		}
	}
	at := bits.TrailingZeros64(^s.tags[g]&highBytes) >> 3
	s.tags[g] |= tagOf(key) << (8 * at)
	s.places[g<<3+at] = i
}

func (s *shard) widen(groups int) {
	s.tags, s.places = make([]uint64, groups), make([]uint32, groups<<3)
	for i := range s.entries {
		s.place(s.entries[i].key(), uint32(i))
	}
}

// blockSize is the size of the block that n words are kept in: four sizes to a
// doubling.
func blockSize(n int) int {
	if n <= 8 {
		return n
	}
	step := 1 << (bits.Len(uint(n-1)) - 3)
	return (n + step - 1) &^ (step - 1)
}

// wholeBlock is the largest size of a block that n words have room for.
func wholeBlock(n int) int {
	if n <= 8 {
		return n
	}
	return n &^ (1<<(bits.Len(uint(n))-3) - 1)
}

// classOf numbers the sizes of blocks.
func classOf(size int) int {
	if size <= 8 {
		return size
	}
	b := bits.Len(uint(size - 1))
	return 4*(b-2) + (size-1)>>(b-3) + 1
}

// allocate returns a block for n words; its content is whatever it was.
func (s *shard) allocate(n int) uint32 {
	size := blockSize(n)
	if c := classOf(size); c < len(s.free) && s.free[c] != 0 {
		at := s.free[c]
		s.free[c] = s.memory[at]
		s.spare -= size
		return at
	}
	s.begin()
	return s.extend(size)
}

// extend returns a block for n words behind all others.
func (s *shard) extend(n int) uint32 {
	at := len(s.memory)
	if need := at + n; need > cap(s.memory) {
		grown := make([]uint32, at, need+need/16)
		copy(grown, s.memory)
		s.memory = grown
	}
	s.memory = s.memory[:at+n]
	return uint32(at)
}

// begin makes sure that no list is at 0.
func (s *shard) begin() {
	if len(s.memory) == 0 {
		s.memory = append(s.memory, 0)
	}
}

func (s *shard) release(at uint32, n int) {
	size := blockSize(n)
	c := classOf(size)
	for len(s.free) <= c {
		s.free = append(s.free, 0)
	}
	s.memory[at], s.free[c] = s.free[c], at
	s.spare += size
}

// tight stands beside the length of a list whose block has no room for more: most
// lists of a swept index stay as they are.
const tight = 1 << 31

// length is how many words the list at a place has.
func (s *shard) length(at uint32) uint32 { return s.memory[at] &^ tight }

// list returns the postings under a head. sole is room for the one that stands
// in the head itself.
func (s *shard) list(head uint32, sole *[1]uint32) []uint32 {
	if head&soleFlag != 0 {
		sole[0] = head & headMask
		return sole[:]
	}
	at := head & headMask
	if at == 0 {
		return nil
	}
	return s.memory[at+1 : at+1+s.length(at)]
}

// post appends a posting to an entry's list.
func (s *shard) post(i uint32, posting []uint32) {
	head := s.entries[i].head
	paired := head & pairedFlag
	var sole [1]uint32
	old := s.list(head, &sole)
	if len(old) == 0 && len(posting) == 1 {
		s.entries[i].head = soleFlag | paired | posting[0]
		return
	}
	n := len(old) + len(posting)
	at := head & headMask
	none := head&soleFlag != 0 || at == 0
	full := !none && s.memory[at]&tight != 0
	if none || full || blockSize(1+len(old)) < 1+n {
		to := s.allocate(1 + n) // memory may have moved; old still has the content
		copy(s.memory[to+1:], old)
		switch {
		case full:
			s.release(at, wholeBlock(1+len(old)))
		case !none:
			s.release(at, 1+len(old))
		}
		at = to
	}
	copy(s.memory[at+1+uint32(len(old)):], posting)
	s.memory[at] = uint32(n)
	s.entries[i].head = at | paired
}

// store keeps a list, in no more room than it takes, and returns the head that
// finds it.
func (s *shard) store(list []uint32) (head uint32) {
	switch len(list) {
	case 0:
		return 0
	case 1:
		return soleFlag | list[0]
	}
	s.begin()
	at := s.extend(1 + len(list))
	s.memory[at] = uint32(len(list)) | tight
	copy(s.memory[at+1:], list)
	return at
}

// bytes is what the shard takes.
func (s *shard) bytes() int {
	return 8*cap(s.tags) + 4*cap(s.places) + 12*cap(s.entries) + 4*cap(s.memory) + 4*cap(s.free)
}
