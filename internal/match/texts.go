package match

import (
	"encoding/binary"
	"math/bits"
)

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
