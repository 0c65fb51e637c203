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
	lists  []postingList
	paired []uint64 // facets that are half of a pair
	counts []uint64 // pairs and prefixes that are there
	found  []uint64 // by slot
}

// postingList is where a list is.
type postingList struct{ shard, head uint32 }

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
	for _, l := range m.lists {
		m.look(x.shards[l.shard].list(l.head, nil))
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
	m.lists, m.paired, m.counts = m.lists[:0], m.paired[:0], m.counts[:0]
	if n := len(x.slots.live); len(m.found) < n {
		m.found = make([]uint64, n+n/8)
	}
	for i, key := range doc.terms {
		m.key(x, key, int32(i))
	}
	for _, key := range doc.facets {
		if head := m.key(x, key, -1); head&pairedFlag != 0 {
			m.paired = append(m.paired, key)
		}
	}
	for i, a := range m.paired {
		for _, b := range m.paired[:i] {
			if key := hashPair(a, b); m.key(x, key, -1) != 0 {
				m.counts = append(m.counts, key)
			}
		}
	}
	if x.prefixes.lengths != 0 {
		m.beginnings(x)
	}
}

// key takes note of a key if the dictionary has it, and returns its head.
func (m *meeting) key(x *Index, key uint64, spot int32) uint32 {
	n := shardOf(key)
	s := &x.shards[n]
	i, ok := s.find(key)
	if !ok {
		return 0
	}
	head := s.entries[i].head
	m.add(makeID(i, n), spot)
	switch {
	case head&soleFlag != 0:
		m.candidates++
		slot := head & headMask
		m.found[slot>>6] |= 1 << (slot & 63)
	case head&headMask != 0:
		m.lists = append(m.lists, postingList{uint32(n), head})
	}
	return head
}

// beginnings takes note of the prefixes that are asked for.
func (m *meeting) beginnings(x *Index) {
	for i := range m.doc.terms {
		eachPrefix(m.doc.term(i), x.prefixes.lengths, func(begin []byte) {
			key := hash(prefixSeed, begin)
			n := shardOf(key)
			e, ok := x.shards[n].find(key)
			if !ok {
				return
			}
			at := m.find(makeID(e, n))
			if at < 0 {
				at = len(m.ids)
				m.key(x, key, prefixBase+int32(len(m.prefixes)))
				m.prefixes = append(m.prefixes, nil)
				m.counts = append(m.counts, key)
			}
			list := &m.prefixes[m.spots[at]-prefixBase]
			*list = append(*list, m.doc.places(i)...)
		})
	}
	m.orderPrefixes()
}

// look holds the item against the queries of a list.
func (m *meeting) look(list []uint32) {
	for len(list) > 0 {
		word := list[0]
		slot := word & operandMask
		at, bit := slot>>6, uint64(1)<<(slot&63)
		m.candidates++
		switch word &^ operandMask {
		case sure:
			m.found[at] |= bit
			list = list[1:]
		case ifHas:
			if m.find(list[1]) >= 0 {
				m.found[at] |= bit
			}
			list = list[2:]
		case ifAny:
			n := 2 + list[1]
			if m.found[at]&bit == 0 && m.any(list[2:n]) {
				m.found[at] |= bit
			}
			list = list[n:]
		default:
			n := 2 + list[1]
			if m.found[at]&bit == 0 && m.all(list[2:n]) {
				m.found[at] |= bit
			}
			list = list[n:]
		}
	}
}

// collect returns the ids of what was found and is still held.
func (m *meeting) collect(s *slots, ids []wire.SubscriptionID) []wire.SubscriptionID {
	for w, live := range s.live {
		found := m.found[w]
		if found == 0 {
			continue
		}
		m.found[w] = 0
		for found &= live; found != 0; found &= found - 1 {
			slot := uint32(w<<6 + bits.TrailingZeros64(found))
			ids = append(ids, wire.SubscriptionID(s.id(slot)))
		}
	}
	return ids
}
