package match

import (
	"encoding/binary"
	"math/bits"
)

// lists are the posting lists of a shard, in blocks of one piece of memory. A list
// begins with its length, of which the lowest two bits say how it is written: as
// what is swept is, in a block that it fills, or as what still grows.
type lists struct {
	memory []byte   // with room for padding behind it
	free   []uint32 // by class of size: the first free block, each names the next
	spare  int      // bytes in free blocks
}

// How the length of a list is written. Most lists of a swept index stay as they
// are, and are short.
const (
	tightShort = iota // in one byte
	tightLong         // in two
	tightVast         // in four
	growing           // in four; the block has the room that blockSize says
)

var (
	lengthSizes = [4]uint32{1, 2, 4, 4}
	lengthMasks = [4]uint32{1<<6 - 1, 1<<14 - 1, maxNumber, maxNumber}
)

const growingHead = 4 // bytes of a length

// length is how many bytes the list at a place has, and where they begin.
func (l *lists) length(at uint32) (length, begin uint32) {
	v := binary.LittleEndian.Uint32(l.memory[at : at+4])
	return v >> 2 & lengthMasks[v&3], at + lengthSizes[v&3]
}

// soleList is room for a list of one.
type soleList [8]byte

// list returns the postings under a head, padded. sole is room for the one that
// stands in the head itself.
func (l *lists) list(head uint32, sole *soleList) []byte {
	at := head & headMask
	if head&soleFlag != 0 {
		return appendPosting(sole[:0], []byte{sure}, at)
	}
	if at == 0 {
		return nil
	}
	length, begin := l.length(at)
	return l.memory[begin : begin+length : begin+length+padding]
}

// isSole reports whether a list is one posting that can stand in a head.
func isSole(list []byte) bool { return len(list) > 0 && list[0] == sure && past(list, 1) == len(list) }

// post appends a list to the one under a head and returns the head that finds it.
func (l *lists) post(head uint32, more []byte) uint32 {
	flags := head & pairedFlag
	var sole soleList
	old := l.list(head, &sole)
	if len(old) == 0 && isSole(more) {
		slot, _ := number(padded(more), 1)
		return flags | soleFlag | slot
	}
	n := len(old) + len(more)
	at := head & headMask
	none := head&soleFlag != 0 || at == 0
	grows := !none && l.memory[at]&3 == growing
	if !grows || blockSize(growingHead+len(old)) < growingHead+n {
		to := l.allocate(growingHead + n) // memory may have moved; old still has the content
		copy(l.memory[to+growingHead:], old)
		switch {
		case grows:
			l.release(at, blockSize(growingHead+len(old)))
		case !none:
			l.release(at, wholeBlock(len(old)+int(lengthSizes[l.memory[at]&3])))
		}
		at = to
	}
	copy(l.memory[at+growingHead+uint32(len(old)):], more)
	binary.LittleEndian.PutUint32(l.memory[at:], uint32(n)<<2|growing)
	return flags | at
}

// store keeps a list, in no more room than it takes, and returns the head that
// finds it.
func (l *lists) store(list []byte) (head uint32) {
	n := uint32(len(list))
	switch {
	case n == 0:
		return 0
	case isSole(list):
		slot, _ := number(padded(list), 1)
		return soleFlag | slot
	}
	l.begin()
	kind := uint32(tightVast)
	if n <= lengthMasks[tightShort] {
		kind = tightShort
	} else if n <= lengthMasks[tightLong] {
		kind = tightLong
	}
	size := lengthSizes[kind]
	at := l.extend(int(size + n))
	var length [4]byte
	binary.LittleEndian.PutUint32(length[:], n<<2|kind)
	copy(l.memory[at:], length[:size])
	copy(l.memory[at+size:], list)
	return at
}

// fit gives back the room that is not needed.
func (l *lists) fit() {
	if c := cap(l.memory); c-len(l.memory)-padding > c/32 {
		l.memory = append(make([]byte, 0, len(l.memory)+padding), l.memory...)
	}
}

func (l *lists) bytes() int { return cap(l.memory) + 4*cap(l.free) }

// blockSize is the size of the block that n bytes are kept in: eight sizes to a
// doubling.
func blockSize(n int) int {
	step := 4
	if n > 64 {
		step = 1 << (bits.Len(uint(n-1)) - 4)
	}
	return (n + step - 1) &^ (step - 1)
}

// wholeBlock is the largest size of a block that n bytes have room for.
func wholeBlock(n int) int {
	if n < 64 {
		return n &^ 3
	}
	return n &^ (1<<(bits.Len(uint(n))-4) - 1)
}

// classOf numbers the sizes of blocks.
func classOf(size int) int {
	if size <= 32 {
		return size / 4
	}
	b := bits.Len(uint(size - 1))
	return 8*(b-5) + (size-1)>>(b-4)&7 + 1
}

// allocate returns a block for n bytes; its content is whatever it was.
func (l *lists) allocate(n int) uint32 {
	size := blockSize(n)
	if c := classOf(size); c < len(l.free) && l.free[c] != 0 {
		at := l.free[c]
		l.free[c] = binary.LittleEndian.Uint32(l.memory[at:])
		l.spare -= size
		return at
	}
	l.begin()
	return l.extend(size)
}

// extend returns a block of n bytes behind all others.
func (l *lists) extend(n int) uint32 {
	at := len(l.memory)
	if need := at + n + padding; need > cap(l.memory) {
		grown := make([]byte, at, need+need/16)
		copy(grown, l.memory)
		l.memory = grown
	}
	l.memory = l.memory[:at+n]
	return uint32(at)
}

// begin makes sure that no list is at 0.
func (l *lists) begin() {
	if len(l.memory) == 0 {
		l.extend(1)
	}
}

// release gives a block back. What is too small to be one waits for the next
// sweep.
func (l *lists) release(at uint32, size int) {
	if size == 0 {
		return
	}
	c := classOf(size)
	for len(l.free) <= c {
		l.free = append(l.free, 0)
	}
	binary.LittleEndian.PutUint32(l.memory[at:], l.free[c])
	l.free[c] = at
	l.spare += size
}
