package match

import (
	"math/bits"
	"slices"
	"sync"

	"github.com/wireroom/wireroom/internal/wire"
)

// meeting is one document held against one index, and room to work in.
type meeting struct {
	reading
	heads   []postingList
	guesses []int32  // where keys may stand
	paired  []uint64 // facets that are half of a pair
	pairs   []uint64 // of those
	begins  []uint64 // beginnings of the terms
	terms   []int32  // whose they are
	counts  []uint64 // pairs and prefixes that are there
	found   []uint64 // by slot
}

// postingList is where a list is.
type postingList struct{ shard, begin, length uint32 }

var meetings = sync.Pool{New: func() any { return new(meeting) }}

// Match returns the subscriptions whose queries want the item, ascending.
func (x *Index) Match(d *Document) []wire.SubscriptionID {
	ids := x.AppendMatch(nil, d)
	slices.Sort(ids)
	return ids
}

// AppendMatch appends to ids what Match returns, in no particular order.
func (x *Index) AppendMatch(ids []wire.SubscriptionID, d *Document) []wire.SubscriptionID {
	ids, _ = x.meet(ids, d)
	return ids
}

// Candidates returns how many queries an item is held against, beside how many
// match: what the index is worth.
func (x *Index) Candidates(d *Document) (held, matched int) {
	ids, held := x.meet(nil, d)
	return held, len(ids)
}

func (x *Index) meet(ids []wire.SubscriptionID, d *Document) ([]wire.SubscriptionID, int) {
	doc := d.hashed()
	m := meetings.Get().(*meeting)
	x.mu.RLock()
	m.begin(x, doc)
	for _, l := range m.heads {
		end := l.begin + l.length
		m.look(x.shards[l.shard].memory[l.begin : end : end+padding])
	}
	m.look(x.unanchored)
	ids = m.collect(&x.slots, ids)
	x.mu.RUnlock()
	x.seen.count(doc.terms, doc.facets, m.counts)
	looked := m.candidates
	m.doc = nil
	meetings.Put(m)
	if x.reanchoringIsDue() {
		x.tend()
	}
	return ids, looked
}

// begin finds what of the document the dictionary has.
func (m *meeting) begin(x *Index, doc *hashed) {
	m.reset(doc)
	m.heads, m.paired, m.counts = m.heads[:0], m.paired[:0], m.counts[:0]
	if n := len(x.slots.live); len(m.found) < n {
		m.found = make([]uint64, n+n/8)
	}
	m.batch(x, doc.terms, func(i int, key uint64, e uint32, n int) { m.note(x, e, n, int32(i)) })
	m.batch(x, doc.facets, func(_ int, key uint64, e uint32, n int) {
		if m.note(x, e, n, -1)&pairedFlag != 0 {
			m.paired = append(m.paired, key)
		}
	})
	m.pairs = m.pairs[:0]
	for i, a := range m.paired {
		for _, b := range m.paired[:i] {
			m.pairs = append(m.pairs, hashPair(a, b))
		}
	}
	m.batch(x, m.pairs, func(_ int, key uint64, e uint32, n int) {
		if m.note(x, e, n, -1) != 0 {
			m.counts = append(m.counts, key)
		}
	})
	if x.prefixes.lengths != 0 {
		m.beginnings(x)
	}
	m.locate(x)
}

// batch calls known for each of the keys that the dictionary has. Nearly every
// look into a dictionary of millions waits for memory, so all are begun before
// the first is gone on with: the processor waits for many at a time.
func (m *meeting) batch(x *Index, keys []uint64, known func(i int, key uint64, entry uint32, shard int)) {
	m.guesses = slices.Grow(m.guesses[:0], len(keys))[:len(keys)]
	for i, key := range keys {
		s := &x.shards[shardOf(key)]
		m.guesses[i] = -1
		if len(s.groups) > 0 {
			m.guesses[i] = s.guess(key)
		}
	}
	for i, at := range m.guesses {
		if at >= 0 {
			m.guesses[i] = int32(x.shards[shardOf(keys[i])].entryAt(int(at)))
		}
	}
	for i, key := range keys {
		n := shardOf(key)
		s := &x.shards[n]
		if at := m.guesses[i]; at >= 0 {
			if s.entries[at].is(key) {
				known(i, key, uint32(at), n)
				continue
			}
		} else if len(s.groups) == 0 || !s.full(key) {
			continue
		}
		if e, ok := s.find(key); ok {
			known(i, key, e, n)
		}
	}
}

// note takes note of a key that the dictionary has, and returns its head.
func (m *meeting) note(x *Index, entry uint32, shard int, spot int32) uint32 {
	head := x.shards[shard].entries[entry].head
	m.add(makeID(entry, shard), spot)
	switch {
	case head&soleFlag != 0:
		m.candidates++
		slot := head & headMask
		m.found[slot>>6] |= 1 << (slot & 63)
	case head&headMask != 0:
		m.heads = append(m.heads, postingList{uint32(shard), head & headMask, 0})
	}
	return head
}

// locate reads how long the lists are, so that their beginnings are at hand when
// they are looked through.
func (m *meeting) locate(x *Index) {
	for i := range m.heads {
		l := &m.heads[i]
		l.length, l.begin = x.shards[l.shard].length(l.begin)
	}
}

// beginnings takes note of the prefixes that are asked for.
func (m *meeting) beginnings(x *Index) {
	m.begins, m.terms = m.begins[:0], m.terms[:0]
	for i := range m.doc.terms {
		eachPrefix(m.doc.term(i), x.prefixes.lengths, func(begin []byte) {
			m.begins, m.terms = append(m.begins, hash(prefixSeed, begin)), append(m.terms, int32(i))
		})
	}
	m.batch(x, m.begins, func(i int, key uint64, e uint32, n int) {
		at := m.find(makeID(e, n))
		if at < 0 {
			at = len(m.ids)
			m.note(x, e, n, prefixBase+int32(len(m.prefixes)))
			m.prefixes = append(m.prefixes, nil)
			m.counts = append(m.counts, key)
		}
		list := &m.prefixes[m.spots[at]-prefixBase]
		*list = append(*list, m.doc.places(int(m.terms[i]))...)
	})
	m.orderPrefixes()
}

// look holds the item against the queries of a list, which must be padded.
func (m *meeting) look(list []byte) {
	if len(list) == 0 {
		return
	}
	p, found := padded(list), m.found
	for at := 0; at < len(list); {
		r := readRun(p, at)
		m.candidates += r.more + 1
		slot, next := number(p, r.first)
		held := found[slot>>6]>>(slot&63)&1 != 0
		if r.more == 0 && held || !m.asks(&r, p) {
			at = r.skip(p)
			continue
		}
		found[slot>>6] |= 1 << (slot & 63)
		for range r.more {
			var between uint32
			between, next = number(p, next)
			slot += between + 1
			found[slot>>6] |= 1 << (slot & 63)
		}
		at = next
	}
}

// asks reports whether the item has what is left to ask of a run.
func (m *meeting) asks(r *run, p []byte) bool {
	switch r.op {
	case sure:
		return true
	case has:
		id, _ := number(p, r.body)
		return m.find(id) >= 0
	}
	return m.holds(r.op, p, r.body, r.askEnd)
}

// collect appends the ids of what was found and is still held.
func (m *meeting) collect(s *slots, ids []wire.SubscriptionID) []wire.SubscriptionID {
	const perChunk = chunkSize / 64
	for i := range s.chunks {
		live, found := s.live[i*perChunk:(i+1)*perChunk], m.found[i*perChunk:(i+1)*perChunk]
		count := 0
		for w := range found {
			found[w] &= live[w]
			count += bits.OnesCount64(found[w])
		}
		if count > 0 {
			ids = s.chunks[i].appendIDs(slices.Grow(ids, count), found)
			clear(found)
		}
	}
	return ids
}

// appendIDs appends those of a set of a chunk's numbers.
func (c *chunk) appendIDs(ids []wire.SubscriptionID, set []uint64) []wire.SubscriptionID {
	runs := c.runs
	for w, found := range set {
		for ; found != 0; found &= found - 1 {
			at := uint32(w<<6 + bits.TrailingZeros64(found))
			if len(runs) == 0 {
				ids = append(ids, wire.SubscriptionID(c.id(at)))
				continue
			}
			for len(runs) > 1 && runs[1].from <= at {
				runs = runs[1:]
			}
			ids = append(ids, wire.SubscriptionID(runs[0].id+int64(at-runs[0].from)))
		}
	}
	return ids
}
