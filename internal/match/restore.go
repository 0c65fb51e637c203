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
// file makes it panic, or take more memory than a few times the file.
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
	x.unanchored = s.postings(x, s.count())
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

func (s *snapshotReader) slots(x *Index) {
	n := s.count()
	if n > maxSlots {
		s.refuse("is damaged: %d queries", n)
	}
	for i := 0; i < n && s.err == nil; i++ {
		slot := x.slots.open()
		text := s.text(maxText)
		if len(text) == 0 {
			x.slots.free = append(x.slots.free, slot)
			continue
		}
		if !utf8.Valid(text) || x.slots.queries.full() {
			s.refuse("is damaged: the text of query %d", i)
			return
		}
		source := string(text)
		id := wire.SubscriptionID(s.long())
		if _, twice := x.slots.byID.find(&x.slots, int64(id)); twice {
			s.refuse("is damaged: subscription %d is there twice", id)
			return
		}
		x.slots.occupy(slot, id, x.slots.queries.put(source))
		x.slots.byID.put(&x.slots, int64(id), slot)
	}
}

func (s *snapshotReader) shards(x *Index) {
	for i := range s.counts {
		if s.counts[i] = s.number(); s.counts[i] > operandMask>>shardBits {
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
			list := s.postings(x, int(length&^pairedFlag))
			part.entries[e].head = length&pairedFlag | part.store(list)
		}
	}
}

// postings reads a list and makes sure that it can be read without looking.
func (s *snapshotReader) postings(x *Index, n int) []uint32 {
	if n > headMask {
		s.refuse("is damaged: a list of %d words", n)
		return nil
	}
	list := make([]uint32, 0, min(n, atOnce))
	for ; n > 0 && s.err == nil; n-- {
		list = append(list, s.number())
	}
	for rest := list; len(rest) > 0 && s.err == nil; {
		size := s.posting(x, rest)
		if size == 0 {
			s.refuse("is damaged: a posting cannot be read")
			return nil
		}
		rest = rest[size:]
	}
	return list
}

// posting returns the length of the posting that a list begins with; 0 if there
// is none.
func (s *snapshotReader) posting(x *Index, list []uint32) int {
	if slot := list[0] & operandMask; int(slot) >= x.slots.count || !x.slots.isLive(slot) {
		return 0
	}
	op := list[0] &^ operandMask
	switch {
	case op == sure:
		return 1
	case op > ifEither || len(list) < 2:
		return 0
	case op == ifHas:
		if !s.isKey(list[1]) {
			return 0
		}
		return 2
	case op == ifEither:
		if len(list) < 3 || !s.areKeys(list[1:3]) {
			return 0
		}
		return 3
	case op == ifWords:
		size, ok := s.isSequence(opWords|list[1], list[1:])
		if !ok {
			return 0
		}
		return 1 + size
	}
	if uint64(list[1]) > uint64(len(list)-2) || list[1] == 0 {
		return 0
	}
	body := list[2 : 2+list[1]]
	if op == ifAny && !s.areKeys(body) || op == program && !s.isProgram(body, 0) {
		return 0
	}
	return 2 + len(body)
}

func (s *snapshotReader) isKey(id uint32) bool {
	return id>>shardBits < s.counts[id&(shards-1)]
}

func (s *snapshotReader) areKeys(ids []uint32) bool {
	for _, id := range ids {
		if !s.isKey(id) {
			return false
		}
	}
	return true
}

// isProgram reports whether instructions are what a compiler writes, so that they
// end where they say. Queries nest maxDepth deep, a program a little deeper.
func (s *snapshotReader) isProgram(p []uint32, depth int) bool {
	if depth > 4*maxDepth {
		return false
	}
	for len(p) > 0 {
		op, operand := p[0]&^operandMask, p[0]&operandMask
		if op == opHas {
			if !s.isKey(operand) {
				return false
			}
			p = p[1:]
			continue
		}
		if op == opEither {
			if len(p) < 2 || !s.isKey(operand) || !s.isKey(p[1]) {
				return false
			}
			p = p[2:]
			continue
		}
		if op == opWords {
			size, ok := s.isSequence(p[0], p)
			if !ok {
				return false
			}
			p = p[size:]
			continue
		}
		if uint64(operand) > uint64(len(p)-1) {
			return false
		}
		inner := p[1 : 1+operand]
		ok := false
		switch op {
		case opAny:
			ok = s.areKeys(inner)
		case opAnd, opOr, opNot:
			ok = s.isProgram(inner, depth+1)
		case opNear:
			ok = len(inner) > 1 && s.areTwoSequences(inner[1:])
		}
		if !ok {
			return false
		}
		p = p[1+operand:]
	}
	return true
}

// isSequence reports whether words begin with opWords, which is given, and its
// steps, and how many words that is.
func (s *snapshotReader) isSequence(head uint32, p []uint32) (size int, ok bool) {
	n := uint64(head & operandMask >> scopeBits)
	if head&^operandMask != opWords || head&scopeMask > uint32(InBody) || n == 0 || n > uint64(len(p)-1) {
		return 0, false
	}
	for rest := p[1 : 1+n]; len(rest) > 0; {
		step := 1
		switch kind := rest[0] >> operandBits; {
		case kind >= farStep:
			step += int(rest[0] & stepMask)
			ok = step > 1 && step <= len(rest) && s.areKeys(rest[1:step])
		case kind >= twoKeys:
			step = 2
			ok = step <= len(rest) && s.isKey(rest[0]&operandMask) && s.isKey(rest[1])
		default:
			ok = s.isKey(rest[0] & operandMask)
		}
		if !ok {
			return 0, false
		}
		rest = rest[step:]
	}
	return 1 + int(n), true
}

func (s *snapshotReader) areTwoSequences(p []uint32) bool {
	for range 2 {
		if len(p) == 0 {
			return false
		}
		size, ok := s.isSequence(p[0], p)
		if !ok {
			return false
		}
		p = p[size:]
	}
	return len(p) == 0
}

func (s *snapshotReader) loose(x *Index) {
	isSlot := func(slot uint32) bool { return int(slot) < x.slots.count && x.slots.isLive(slot) }
	for n := s.count(); n > 0 && s.err == nil; n-- {
		word := s.number()
		slot, counts := word>>1, word&1 != 0
		if _, twice := x.loose[slot]; twice || !isSlot(slot) {
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
		if x.prefixes.of[slot] != 0 || lengths == 0 || bits.Len64(lengths) > maxPrefix+1 || !isSlot(slot) {
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
