package match

import (
	"slices"
	"sync"

	"github.com/wireroom/wireroom/internal/wire"
)

// Index holds standing queries so that an item meets only those it might match.
// It is sized for millions: an index of hashes, with the queries' text beside
// it. It is safe for concurrent use; items wait for a change no longer than the
// change itself takes, which is microseconds, and now and then the growing of a
// hundredth of the index.
type Index struct {
	// MaxUnanchored is how many queries may be held that ask for nothing in
	// particular, such as NOT lang:en: every item is held against each of them.
	// The query * costs nothing and does not count. 0 means
	// DefaultUnanchored. It is set before the index is used.
	MaxUnanchored int

	// changing is held by whoever changes the index, before mu; with it alone
	// one can read, for as long as one likes, and keeps only changes waiting.
	changing sync.Mutex
	mu       sync.RWMutex

	shards     [shards]shard
	slots      slots
	unanchored []byte          // postings that every item is held against; room for padding behind them
	loose      map[uint32]bool // slots that are there; true if they count
	counted    int             // of them, those that count
	prefixes   prefixes        // that are asked for
	compiler   compiler
	run        []byte   // room for what is posted
	gatherer   gatherer // of whoever changes the index

	// moved are the slots that were posted anew, and under which keys: postings
	// of them elsewhere say the same, and go when lists are next swept.
	moved map[uint32][]uint64

	seen   frequencies
	upkeep upkeep
}

// DefaultUnanchored is how many queries that ask for nothing in particular an
// index holds unless it is told otherwise. So many cost an item about a
// millisecond.
const DefaultUnanchored = 10_000

// Most is how many queries that ask for nothing in particular may be held.
func (x *Index) Most() int {
	if x.MaxUnanchored == 0 {
		return DefaultUnanchored
	}
	return x.MaxUnanchored
}

// NewIndex makes an empty index.
func NewIndex() *Index {
	return &Index{loose: map[uint32]bool{}, prefixes: prefixes{of: map[uint32]uint64{}}, slots: slots{mixed: -1}}
}

// Len returns how many queries are held.
func (x *Index) Len() int {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return x.slots.held
}

// Put adds a query, or replaces the one held under the id. An Exhausted error
// says that there are too many queries already that ask for nothing in
// particular, and an Invalid one that this one is too long; then nothing has
// changed.
func (x *Index) Put(id wire.SubscriptionID, q *Query) error {
	text := q.String()
	if len(text) > maxText {
		return wire.Errorf(wire.Invalid, "query", "takes %d bytes; at most %d are possible", len(text), maxText)
	}
	x.changing.Lock()
	defer x.changing.Unlock()
	before, replaced := x.slots.find(int64(id))
	if replaced && string(x.slots.text(before)) == text {
		return nil
	}
	planner := planner{&x.seen}
	anchored := planner.plan(q.root).ok
	if err := x.admit(anchored, q.root); err != nil {
		return err
	}
	x.seen.size(x.slots.held)
	x.mu.Lock()
	if replaced {
		x.drop(before)
	}
	x.post(id, q.root, x.slots.queries.put(text), anchored)
	x.mu.Unlock()
	if x.sweepIsDue() {
		x.tend()
	}
	return nil
}

func (x *Index) admit(anchored bool, root *Node) error {
	most := x.Most()
	switch {
	case !anchored && root.Kind != All && x.counted >= most:
		return wire.Errorf(wire.Exhausted, "query", "asks for nothing in particular, and %d such queries are held already: add a word or a field that must be there", most)
	case x.slots.queries.full() || x.slots.full():
		return wire.Errorf(wire.Exhausted, "query", "finds no room: the index is full")
	}
	return nil
}

// post gives a query, whose text is kept already, a slot and puts it under its
// anchors. The caller holds mu.
func (x *Index) post(id wire.SubscriptionID, root *Node, text uint32, anchored bool) {
	slot := x.slots.take(int64(id))
	x.slots.occupy(slot, text)
	x.prefixes.add(slot, lengthsOf(root))
	if !anchored {
		c := &x.compiler
		c.id, c.plans, c.known = x.idOf, planner{&x.seen}, [3]uint64{}
		if ask, ok := c.ask([]*Node{root}); ok {
			x.unanchored = pad(appendPosting(x.unanchored, ask, slot))
		}
		counts := root.Kind != All
		x.loose[slot] = counts
		if counts {
			x.counted++
		}
		return
	}
	x.anchor(slot, root, func(uint64) {})
}

// anchor puts the query of a slot under the anchors that are best by what was seen,
// and gives their keys to posted. The caller holds mu.
func (x *Index) anchor(slot uint32, root *Node, posted func(key uint64)) {
	c := &x.compiler
	planner := planner{&x.seen}
	c.id, c.plans = x.idOf, planner
	planner.spread(root, nil, func(a anchor, rest []*Node) {
		c.known = [3]uint64{a.key, a.first, a.second}
		ask, ok := c.ask(rest)
		if !ok {
			return
		}
		if a.second != 0 {
			x.pair(a.first)
			x.pair(a.second)
		}
		s := &x.shards[shardOf(a.key)]
		e := &s.entries[s.add(a.key)]
		x.run = pad(appendPosting(x.run[:0], ask, slot))
		e.head = s.post(e.head, x.run)
		posted(a.key)
	})
}

func (x *Index) idOf(key uint64) termID {
	n := shardOf(key)
	return makeID(x.shards[n].add(key), n)
}

// pair marks a key as half of a pair.
func (x *Index) pair(key uint64) {
	s := &x.shards[shardOf(key)]
	s.entries[s.add(key)].head |= pairedFlag
}

// Remove takes a query out; that there is none is not an error.
func (x *Index) Remove(id wire.SubscriptionID) {
	x.changing.Lock()
	defer x.changing.Unlock()
	slot, ok := x.slots.find(int64(id))
	if !ok {
		return
	}
	x.mu.Lock()
	x.drop(slot)
	x.mu.Unlock()
	if x.sweepIsDue() {
		x.tend()
	}
}

// drop ends the query of a slot; its postings stay until they are swept. The
// caller holds mu.
func (x *Index) drop(slot uint32) {
	x.forget(slot)
	x.slots.drop(slot)
}

// forget takes a slot out of what is kept beside the postings.
func (x *Index) forget(slot uint32) {
	if counts, ok := x.loose[slot]; ok {
		delete(x.loose, slot)
		if counts {
			x.counted--
		}
	}
	x.prefixes.drop(slot)
}

// Text returns the query held under an id in canonical form, "" if there is
// none.
func (x *Index) Text(id wire.SubscriptionID) string {
	x.mu.RLock()
	defer x.mu.RUnlock()
	slot, ok := x.slots.find(int64(id))
	if !ok {
		return ""
	}
	return string(x.slots.text(slot))
}

// Holds reports whether the query held under an id has the canonical form.
func (x *Index) Holds(id wire.SubscriptionID, canonical string) bool {
	x.mu.RLock()
	defer x.mu.RUnlock()
	slot, ok := x.slots.find(int64(id))
	return ok && string(x.slots.text(slot)) == canonical
}

// Held returns the ids that a query is held under, in no particular order.
func (x *Index) Held() []wire.SubscriptionID {
	x.mu.RLock()
	defer x.mu.RUnlock()
	ids := make([]wire.SubscriptionID, 0, x.slots.held)
	x.slots.each(func(slot uint32) { ids = append(ids, wire.SubscriptionID(x.slots.id(slot))) })
	return ids
}

// Unanchored returns the ids of queries that ask for nothing in particular,
// ascending; not those of *.
func (x *Index) Unanchored() []wire.SubscriptionID {
	x.mu.RLock()
	defer x.mu.RUnlock()
	var ids []wire.SubscriptionID
	for slot, counts := range x.loose {
		if counts {
			ids = append(ids, wire.SubscriptionID(x.slots.id(slot)))
		}
	}
	slices.Sort(ids)
	return ids
}

// Query returns the query held under an id, nil if there is none. It is read
// anew from its text.
func (x *Index) Query(id wire.SubscriptionID) *Query {
	text := x.Text(id)
	if text == "" {
		return nil
	}
	q, err := Parse(text)
	if err != nil { // what a query prints can be read: see the fuzzer
		return nil
	}
	return q
}

// Explain returns a function that says why a query of the index matched the
// document; what many ask for in the same words is found out once. It is safe
// for concurrent use.
func (x *Index) Explain(d *Document) func(wire.SubscriptionID) []Reason {
	const most = 4096 // queries that are remembered
	var mu sync.Mutex
	known := map[string][]Reason{}
	return func(id wire.SubscriptionID) []Reason {
		text := x.Text(id)
		mu.Lock()
		why, ok := known[text]
		mu.Unlock()
		if ok || text == "" {
			return why
		}
		q, err := Parse(text)
		if err != nil {
			return nil
		}
		why = q.Why(d)
		mu.Lock()
		defer mu.Unlock()
		if len(known) < most {
			known[text] = why
		}
		return why
	}
}

// Stats are what an index holds.
type Stats struct {
	Queries    int
	Unanchored int // queries that every item is held against, but for *
	Terms      int // words, values and pairs that are known
	Slots      int // numbers of queries; more than queries while some wait to be swept
	Bytes      int // memory, but for the queries' texts
	TextBytes  int // memory of the texts
}

// Stats counts what the index holds.
func (x *Index) Stats() Stats {
	x.mu.RLock()
	defer x.mu.RUnlock()
	s := Stats{Queries: x.slots.held, Unanchored: x.counted, Slots: x.slots.opened, TextBytes: x.slots.queries.bytes()}
	s.Bytes = x.slots.bytes() + cap(x.unanchored) + 4*len(x.seen.rows[0])
	for i := range x.shards {
		s.Terms += len(x.shards[i].entries)
		s.Bytes += x.shards[i].bytes()
	}
	return s
}
