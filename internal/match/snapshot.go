package match

import (
	"bufio"
	"encoding/binary"
	"hash/crc32"
	"io"
	"maps"
	"math"
	"slices"
)

// A snapshot is an index as one file, so that a restart need not read millions of
// queries again. It is a cache: whoever has the queries can always make the index
// anew, and must where the snapshot is refused.
//
// After the magic come the stamp and the sections in the order of Save, numbers
// little-endian, every count before what it counts, and at the end CRC-32C of all
// before. Only what lives is written: the file of an index that waits to be swept
// is that of a swept one.
const (
	snapshotMagic   = "wireroom match "
	snapshotVersion = 6
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Save writes the index to w, under a stamp that Restore must be given: it stands
// for the program that made it, since another may split texts another way. Items
// can be held against the index meanwhile; changes wait until all is written.
func (x *Index) Save(w io.Writer, stamp string) error {
	sum := crc32.New(castagnoli)
	s := &snapshotWriter{w: bufio.NewWriterSize(io.MultiWriter(w, sum), 1<<16)}
	x.changing.Lock()
	defer x.changing.Unlock()
	s.bytes([]byte(snapshotMagic))
	s.number(snapshotVersion)
	s.text([]byte(stamp))
	s.slots(&x.slots)
	for i := range x.shards {
		s.number(uint32(len(x.shards[i].entries)))
	}
	var kept []byte
	for i := range x.shards {
		kept = s.shard(x, &x.shards[i], kept)
	}
	kept = x.sift(kept[:0], x.unanchored, 0)
	s.number(uint32(len(kept)))
	s.bytes(kept)
	s.loose(x)
	s.frequencies(&x.seen)
	s.long(uint64(x.upkeep.reanchor.Load()))
	if s.err == nil {
		s.err = s.w.Flush()
	}
	if s.err != nil {
		return s.err
	}
	_, err := w.Write(binary.LittleEndian.AppendUint32(nil, sum.Sum32()))
	return err
}

// snapshotWriter writes numbers until something fails.
type snapshotWriter struct {
	w   *bufio.Writer
	err error
}

func (s *snapshotWriter) bytes(b []byte) {
	if s.err == nil {
		_, s.err = s.w.Write(b)
	}
}

func (s *snapshotWriter) number(n uint32) {
	s.bytes(binary.LittleEndian.AppendUint32(s.w.AvailableBuffer(), n))
}

func (s *snapshotWriter) long(n uint64) {
	s.bytes(binary.LittleEndian.AppendUint64(s.w.AvailableBuffer(), n))
}

func (s *snapshotWriter) text(b []byte) {
	s.bytes(binary.AppendUvarint(s.w.AvailableBuffer(), uint64(len(b))))
	s.bytes(b)
}

// slots writes every slot's id and text, by chunks; the text of what has no query is
// empty.
func (s *snapshotWriter) slots(all *slots) {
	s.number(uint32(len(all.chunks)))
	for i := range all.chunks {
		s.number(uint32(all.chunks[i].used))
		for at := range uint32(all.chunks[i].used) {
			slot := uint32(i)<<chunkBits | at
			if !all.isLive(slot) {
				s.text(nil)
				continue
			}
			s.text(all.text(slot))
			s.long(uint64(all.id(slot)))
		}
	}
}

func (s *snapshotWriter) shard(x *Index, part *shard, kept []byte) []byte {
	var sole soleList
	for i := range part.entries {
		e := &part.entries[i]
		s.number(e.low)
		s.number(e.high)
		kept = x.sift(kept[:0], part.list(e.head, &sole), e.key())
		s.number(uint32(len(kept)) | e.head&pairedFlag)
		s.bytes(kept)
	}
	return kept
}

func (s *snapshotWriter) loose(x *Index) {
	s.number(uint32(len(x.loose)))
	for _, slot := range slices.Sorted(maps.Keys(x.loose)) {
		counts := uint32(0)
		if x.loose[slot] {
			counts = 1
		}
		s.number(slot<<1 | counts)
	}
	s.number(uint32(len(x.prefixes.of)))
	for _, slot := range slices.Sorted(maps.Keys(x.prefixes.of)) {
		s.number(slot)
		s.long(x.prefixes.of[slot])
	}
}

func (s *snapshotWriter) frequencies(f *frequencies) {
	f.mu.Lock()
	defer f.mu.Unlock()
	s.long(math.Float64bits(f.items))
	s.long(uint64(f.counts.Load()))
	s.number(uint32(len(f.rows[0])))
	for _, row := range f.rows {
		for _, n := range row {
			s.bytes(binary.LittleEndian.AppendUint16(s.w.AvailableBuffer(), n))
		}
	}
}
