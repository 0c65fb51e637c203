package match

import (
	"slices"
	"sync"

	"github.com/wireroom/wireroom/internal/text"
	"github.com/wireroom/wireroom/internal/wire"
)

// meeting is one document held against one index, and room to work in.
type meeting struct {
	reading
	heads  []postingList
	near   []place  // where keys may stand
	far    []int32  // keys that can stand elsewhere
	known  []place  // of the dictionary
	paired []uint64 // facets that are half of a pair
	pairs  []uint64 // of those
	begins []uint64 // beginnings of the terms
	terms  []int32  // whose they are
	counts []uint64 // pairs and prefixes that are there

	slots *slots
	found []uint64              // by slot: it was found, or is not to be
	ids   []wire.SubscriptionID // of what was found, of which the first
	count int                   // are there
}

// place is where the key with a number among those that are looked for may stand,
// in the table of its shard or among the entries, and what the entry's head is.
type place struct {
	key  int32
	at   uint32
	head uint32
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
	m.ids, m.count, m.slots = ids[:cap(ids)], len(ids), &x.slots
	m.begin(x, doc)
	for _, l := range m.heads {
		end := l.begin + l.length
		m.look(x.shards[l.shard].memory[l.begin : end : end+padding])
	}
	m.look(x.unanchored)
	x.mu.RUnlock()
	x.seen.count(doc.terms, doc.facets, m.counts)
	ids, looked := m.ids[:m.count], m.candidates
	m.doc, m.ids, m.slots = nil, nil, nil
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
	m.found = slices.Grow(m.found[:0], len(x.slots.live))[:len(x.slots.live)]
	if clear(m.found); x.slots.dead > 0 {
		for i, live := range x.slots.live {
			m.found[i] = ^live
		}
	}
	for _, k := range m.batch(x, doc.terms) {
		m.note(doc.terms[k.key], k, k.key)
	}
	for _, k := range m.batch(x, doc.facets) {
		m.note(doc.facets[k.key], k, -1)
		if k.head&pairedFlag != 0 {
			m.paired = append(m.paired, doc.facets[k.key])
		}
	}
	m.pairs = m.pairs[:0]
	for i, a := range m.paired {
		for _, b := range m.paired[:i] {
			m.pairs = append(m.pairs, hashPair(a, b))
		}
	}
	for _, k := range m.batch(x, m.pairs) {
		m.note(m.pairs[k.key], k, -1)
		if k.head != 0 {
			m.counts = append(m.counts, m.pairs[k.key])
		}
	}
	if x.prefixes.lengths != 0 {
		m.beginnings(x)
	}
	m.locate(x)
}

// batch returns those of the keys that the dictionary has, until the next call.
// Nearly every look into a dictionary of millions waits for memory, so all are begun
// before the first is gone on with: the processor waits for many at a time. For the
// same reason nothing is decided by what is read, but noted and the note kept or
// not: a decision that is guessed wrong ends the waiting for all behind it.
func (m *meeting) batch(x *Index, keys []uint64) []place {
	n := len(keys)
	m.near, m.known = slices.Grow(m.near[:0], n)[:n], slices.Grow(m.known[:0], n)[:n]
	m.far = slices.Grow(m.far[:0], 2*n)[:2*n]
	near, far, known := 0, 0, 0
	for i, key := range keys {
		s := &x.shards[shardOf(key)]
		if len(s.groups) == 0 {
			continue
		}
		at, may, elsewhere := s.guess(key)
		m.near[near], m.far[far] = place{key: int32(i), at: at}, int32(i)
		near, far = near+may, far+elsewhere
	}
	for i := range m.near[:near] {
		p := &m.near[i]
		p.at = x.shards[shardOf(keys[p.key])].entryAt(p.at)
	}
	for _, p := range m.near[:near] {
		key := keys[p.key]
		e := &x.shards[shardOf(key)].entries[p.at]
		is := one(e.is(key))
		m.known[known], m.far[far] = place{p.key, p.at, e.head}, p.key
		known, far = known+is, far+1-is
	}
	m.known = m.known[:known]
	for _, i := range m.far[:far] {
		s := &x.shards[shardOf(keys[i])]
		if at, ok := s.find(keys[i]); ok {
			m.known = append(m.known, place{i, at, s.entries[at].head})
		}
	}
	return m.known
}

// one is 1 for true, made without a decision.
func one(is bool) int {
	if is {
		return 1
	}
	return 0
}

// note takes note of a key that the dictionary has.
func (m *meeting) note(key uint64, k place, spot int32) {
	shard := shardOf(key)
	m.add(makeID(k.at, shard), spot)
	switch {
	case k.head&soleFlag != 0:
		m.candidates++
		m.space(1)
		m.take(k.head & headMask)
	case k.head&headMask != 0:
		m.heads = append(m.heads, postingList{uint32(shard), k.head & headMask, 0})
	}
}

// space makes sure that so many more can be found.
func (m *meeting) space(n int) {
	if m.count+n > len(m.ids) {
		m.ids = slices.Grow(m.ids[:m.count], n+m.count/4+1024)
		m.ids = m.ids[:cap(m.ids)]
	}
}

// take notes that the query of a slot was found, once; there must be space.
func (m *meeting) take(slot uint32) {
	w := &m.found[slot>>6]
	m.ids[m.count] = wire.SubscriptionID(m.slots.id(slot))
	m.count += int(^*w >> (slot & 63) & 1)
	*w |= 1 << (slot & 63)
}

// takeRun does so for the slots of a long run, and returns where it ends. Most of what
// is found is found here, so nothing is decided by a step: a slot that was found before
// is written where the next will be.
func (m *meeting) takeRun(r *run, p []byte) int {
	m.space(r.more + 1)
	slot, at := number(p, r.first)
	m.take(slot)
	found, ids, count := m.found, m.ids[:m.count+r.more], m.count
	bases, most := m.slots.bases, widest(r.width)
	for end := r.first + r.size; at < end; at += r.width {
		slot += stepAt(p, at)&most + 1
		base := bases[slot>>chunkBits]
		if base == noBase {
			base = m.slots.id(slot) - int64(slot)
		}
		ids[count] = wire.SubscriptionID(base + int64(slot))
		w := &found[slot>>6]
		was := *w
		*w = was | 1<<(slot&63)
		count += one(was&(1<<(slot&63)) == 0)
	}
	m.count = count
	return at
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
		term := m.doc.term(i)
		if !text.IsWritten(term) {
			continue
		}
		eachPrefix(term, x.prefixes.lengths, func(begin []byte) {
			m.begins, m.terms = append(m.begins, hash(prefixSeed, begin)), append(m.terms, int32(i))
		})
	}
	for _, k := range m.batch(x, m.begins) {
		id := makeID(k.at, shardOf(m.begins[k.key]))
		if !m.has(id) {
			m.note(m.begins[k.key], k, prefixBase+int32(len(m.prefixes)))
			m.prefixes = slices.Grow(m.prefixes, 1)[:len(m.prefixes)+1]
			last := &m.prefixes[len(m.prefixes)-1]
			*last = (*last)[:0] // room of an item before
			m.counts = append(m.counts, m.begins[k.key])
		}
		at := m.find(id)
		list := &m.prefixes[m.spots[at]-prefixBase]
		*list = append(*list, m.doc.places(int(m.terms[k.key]))...)
	}
	m.orderPrefixes()
}

// look holds the item against the queries of a list, which must be padded.
func (m *meeting) look(list []byte) {
	if len(list) == 0 {
		return
	}
	p := padded(list)
	for at := 0; at < len(list); {
		if p[at]>>opBits == manySlots {
			at = m.lookAtMany(p, at)
		} else {
			at = m.lookAtFew(p, at)
		}
	}
}

// lookAtMany does so for a long run, and returns where it ends.
func (m *meeting) lookAtMany(p []byte, at int) int {
	r := readRun(p, at)
	m.candidates += r.more + 1
	if !m.asks(r.op, p, r.body, r.askEnd) {
		return r.first + r.size
	}
	return m.takeRun(&r, p)
}

// lookAtFew does so for a short run. There are thousands, most of one slot, so each
// byte is read once.
func (m *meeting) lookAtFew(p []byte, at int) int {
	op, more := p[at]&opMask, int(p[at]>>opBits)
	m.candidates += more + 1
	at++
	var is bool
	var slot uint32
	switch op {
	case sure:
		slot, at = number(p, at)
		is = true
	case has:
		var id termID
		id, at = number(p, at)
		slot, at = number(p, at)
		is = m.has(id)
	case either:
		var id, other termID
		id, at = number(p, at)
		other, at = number(p, at)
		slot, at = number(p, at)
		is = m.has(id) || m.has(other)
	default:
		n, body := number(p, at)
		end := body + int(n)
		slot, at = number(p, end)
		is = (more > 0 || !bit(m.found, slot)) && m.asks(op, p, body, end) // not by another key
	}
	if !is {
		for range more {
			at = past(p, at)
		}
		return at
	}
	m.space(more + 1)
	m.take(slot)
	for range more {
		var between uint32
		between, at = number(p, at)
		slot += between + 1
		m.take(slot)
	}
	return at
}

// asks reports whether the item has what is left to ask.
func (m *meeting) asks(op byte, p []byte, body, end int) bool {
	switch op {
	case sure:
		return true
	case has, either, some:
		return m.any(p, body, end)
	case words:
		return m.words(p, body, end)
	}
	return m.nested(op, p, body, end)
}
