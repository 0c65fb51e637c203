package match

import (
	"bufio"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"math"
	"math/bits"
	"unicode/utf8"

	"github.com/wireroom/wireroom/internal/wire"
)

// Restore reads an index that Save wrote under the same stamp. What is cut off,
// altered, of another format or of another stamp is refused with an Invalid
// error that says so; then the index is to be made of the queries. Nothing in a
// file makes it panic, or take memory out of all proportion to the file.
func Restore(r io.Reader, stamp string) (*Index, error) {
	sum := crc32.New(castagnoli)
	s := &snapshotReader{r: bufio.NewReaderSize(r, 1<<16), sum: sum}
	if got := string(s.take(len(snapshotMagic))); s.err == nil && got != snapshotMagic {
		s.refuse("is no snapshot of standing queries")
	}
	if got := s.number(); s.err == nil && got != snapshotVersion {
		s.refuse("has format %d; this program reads %d", got, snapshotVersion)
	}
	if got := s.text(1 << 10); s.err == nil && string(got) != stamp {
		s.refuse("was made by another program than this one")
	}
	x := NewIndex()
	s.slots(x)
	s.shards(x)
	x.unanchored = s.list(x, s.count())
	s.loose(x)
	s.frequencies(&x.seen)
	x.upkeep.reanchor.Store(int64(s.long()))
	want := sum.Sum32()
	if got := s.number(); s.err == nil && got != want {
		s.refuse("is damaged: its checksum is not that of its content")
	}
	if s.err != nil {
		return nil, s.err
	}
	return x, nil
}

// snapshotReader reads until something is wrong.
type snapshotReader struct {
	r      *bufio.Reader
	sum    io.Writer
	buffer []byte
	err    error
	counts [shards]uint32 // entries of each shard
}

func (s *snapshotReader) refuse(format string, args ...any) {
	if s.err == nil {
		s.err = wire.Errorf(wire.Invalid, "snapshot", format, args...)
	}
}

// take returns the next n bytes, until the next call; zeros once something was
// wrong. n is small.
func (s *snapshotReader) take(n int) []byte {
	if cap(s.buffer) < n {
		s.buffer = make([]byte, n)
	}
	b := s.buffer[:n]
	if s.err == nil {
		if _, err := io.ReadFull(s.r, b); errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			s.refuse("is cut off")
		} else if err != nil {
			s.err = err
		}
	}
	if s.err != nil {
		clear(b)
		return b
	}
	s.sum.Write(b)
	return b
}

func (s *snapshotReader) number() uint32 { return binary.LittleEndian.Uint32(s.take(4)) }
func (s *snapshotReader) long() uint64   { return binary.LittleEndian.Uint64(s.take(8)) }

func (s *snapshotReader) text(most int) []byte {
	var n uint64
	for shift := 0; ; shift += 7 {
		b := s.take(1)[0]
		n |= uint64(b&0x7f) << shift
		if b < 0x80 {
			break
		}
		if shift > 21 {
			s.refuse("is damaged: a length is out of bounds")
			return nil
		}
	}
	if n > uint64(most) {
		s.refuse("is damaged: a text of %d bytes", n)
		return nil
	}
	return s.take(int(n))
}

// count is how many of something follow.
func (s *snapshotReader) count() int { return int(s.number()) }

// atOnce is how much is made room for before it was read.
const atOnce = 1 << 14

// maxPartial is how many chunks of slots a file may have that are not full: there
// are two, as a rule.
const maxPartial = 64

// restored is a slot as it is read; without a text it has no query.
type restored struct {
	id   int64
	held bool
	text uint32
}

func (s *snapshotReader) slots(x *Index) {
	partial, n := 0, s.count()
	if n > maxSlots>>chunkBits {
		s.refuse("is damaged: %d times %d queries", n, chunkSize)
	}
	for ; n > 0 && s.err == nil; n-- {
		used := s.count()
		if used < chunkSize {
			partial++
		}
		if used == 0 || used > chunkSize || partial > maxPartial || x.slots.full() {
			s.refuse("is damaged: %d queries where %d are possible", used, chunkSize)
			return
		}
		all := make([]restored, used)
		for i := 0; i < used && s.err == nil; i++ {
			text := s.text(maxText)
			if len(text) == 0 {
				continue
			}
			if !utf8.Valid(text) || x.slots.queries.full() {
				s.refuse("is damaged: the text of a query")
				return
			}
			source := string(text)
			all[i] = restored{int64(s.long()), true, x.slots.queries.put(source)}
		}
		s.chunk(&x.slots, all)
	}
}

// chunk makes a chunk of slots as they were read.
func (s *snapshotReader) chunk(to *slots, all []restored) {
	rising := to.rise(all)
	at := to.open(rising)
	for _, r := range all {
		to.next(at, r.id)
	}
	if rising {
		to.rising = append(to.rising, at)
	} else if len(all) < chunkSize {
		to.mixed = int(at)
	}
	for i, r := range all {
		slot := at<<chunkBits | uint32(i)
		if r.held {
			if _, twice := to.find(r.id); twice {
				s.refuse("is damaged: subscription %d is there twice", r.id)
				return
			}
			to.occupy(slot, r.text)
		} else if !rising {
			to.free = append(to.free, slot)
		}
	}
}

// rise reports whether slots can be a rising chunk behind the last one that there
// is. Then it gives those without a query ids that they could have had.
func (s *slots) rise(all []restored) bool {
	before := int64(math.MinInt64)
	if n := len(s.rising); n > 0 {
		last := &s.chunks[s.rising[n-1]]
		if last.used < chunkSize {
			return false
		}
		before = last.last()
	}
	first, held := -1, 0
	for i, r := range all {
		if !r.held {
			continue
		}
		if first < 0 {
			first = i
		}
		held++
		if r.id <= before {
			return false
		}
		before = r.id
	}
	if first < 0 || len(all) == chunkSize && 2*held < len(all) || before > math.MaxInt64-chunkSize {
		return false
	}
	id := all[first].id - int64(first) - 1
	if n := len(s.rising); id > all[first].id || n > 0 && id < s.chunks[s.rising[n-1]].last() {
		return false
	}
	for i := range all {
		if id++; !all[i].held {
			all[i].id = id
		} else if all[i].id < id {
			return false
		}
		id = all[i].id
	}
	return true
}

func (s *snapshotReader) shards(x *Index) {
	for i := range s.counts {
		if s.counts[i] = s.number(); s.counts[i] > maxNumber>>shardBits {
			s.refuse("is damaged: %d keys", s.counts[i])
		}
	}
	for i := range x.shards {
		part := &x.shards[i]
		for n := s.counts[i]; n > 0 && s.err == nil; n-- {
			low, high := s.number(), s.number()
			key := uint64(high)<<32 | uint64(low)
			if _, twice := part.find(key); twice || shardOf(key) != i {
				s.refuse("is damaged: a key is where it cannot be")
				return
			}
			if len(part.entries) == cap(part.entries) { // never beyond what the file says, nor far beyond what it has
				grown := make([]entry, len(part.entries), min(len(part.entries)+int(n), 2*len(part.entries)+atOnce))
				copy(grown, part.entries)
				part.entries = grown
			}
			e := part.add(key)
			length := s.number()
			list := s.list(x, int(length&^pairedFlag))
			part.entries[e].head = length&pairedFlag | part.store(list)
		}
		part.settle()
	}
}

// list reads a list and makes sure that it can be read without looking.
func (s *snapshotReader) list(x *Index, n int) []byte {
	if n > headMask {
		s.refuse("is damaged: a list of %d bytes", n)
		return nil
	}
	list := make([]byte, 0, min(n, atOnce)+padding)
	for n > len(list) && s.err == nil {
		list = append(list, s.take(min(n-len(list), atOnce))...)
	}
	list = pad(list)
	c := listCheck{p: padded(list), x: x, counts: &s.counts}
	if s.err == nil && !c.isList(len(list)) {
		s.refuse("is damaged: a list of postings cannot be read")
	}
	if s.err != nil { // nobody may look into it
		return nil
	}
	return list
}

func (s *snapshotReader) loose(x *Index) {
	for n := s.count(); n > 0 && s.err == nil; n-- {
		word := s.number()
		slot, counts := word>>1, word&1 != 0
		if _, twice := x.loose[slot]; twice || !x.slots.has(slot) {
			s.refuse("is damaged: a query that asks for nothing in particular")
			return
		}
		x.loose[slot] = counts
		if counts {
			x.counted++
		}
	}
	for n := s.count(); n > 0 && s.err == nil; n-- {
		slot, lengths := s.number(), s.long()
		if x.prefixes.of[slot] != 0 || lengths == 0 || bits.Len64(lengths) > maxPrefix+1 || !x.slots.has(slot) {
			s.refuse("is damaged: the prefixes of a query")
			return
		}
		x.prefixes.add(slot, lengths)
	}
}

func (s *snapshotReader) frequencies(f *frequencies) {
	f.items = math.Float64frombits(s.long())
	f.counts.Store(int64(s.long()))
	n := s.count()
	if !(f.items >= 0 && f.items <= 2*window) || f.counts.Load() < 0 || n > maxCounters || n&(n-1) != 0 {
		s.refuse("is damaged: what it has counted")
		return
	}
	for i := range f.rows {
		row := make([]uint16, 0, min(n, atOnce))
		for range n {
			if s.err != nil {
				return
			}
			row = append(row, binary.LittleEndian.Uint16(s.take(2)))
		}
		f.rows[i] = row
	}
}
