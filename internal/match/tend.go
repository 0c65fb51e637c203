package match

import (
	"slices"
	"sync"
	"sync/atomic"

	"github.com/wireroom/wireroom/internal/wire"
)

// upkeep is what an index does beside its work, in a goroutine that begins when
// there is something to do and ends when it is done.
type upkeep struct {
	busy     sync.Mutex   // held while it is done
	begun    atomic.Bool  // a goroutine is on its way
	reanchor atomic.Int64 // how many items must have been counted before the next time
}

// Sweeping is due when so many numbers are dead, and a quarter of all.
const enoughDead = 4096

// hot is the share of items above which it is worth to look for a better anchor.
const hot = 1.0 / 256

// firstReanchoring is after how many items anchors are looked at for the first
// time; then after eight times as many each, and at last after every window.
const firstReanchoring = 128

func (x *Index) sweepIsDue() bool { // the caller holds changing
	return x.slots.dead >= enoughDead && 4*x.slots.dead > x.slots.opened
}

func (x *Index) reanchoringIsDue() bool {
	return x.seen.counts.Load() >= max(x.upkeep.reanchor.Load(), firstReanchoring)
}

// tend does in the background what is due.
func (x *Index) tend() {
	if x.upkeep.begun.CompareAndSwap(false, true) {
		go func() {
			defer x.upkeep.begun.Store(false)
			x.upkeep.busy.Lock()
			defer x.upkeep.busy.Unlock()
			if x.reanchoringIsDue() {
				x.reanchor()
			}
			x.changing.Lock()
			due := x.sweepIsDue() || len(x.moved) > 0
			x.changing.Unlock()
			if due {
				x.sweep()
			}
		}()
	}
}

// Settle does all upkeep now, whether it is due or not: every query gets the
// anchors that are best by what was seen, and nothing is left of those that were
// removed. Items can be held against the index meanwhile.
func (x *Index) Settle() {
	x.upkeep.busy.Lock()
	defer x.upkeep.busy.Unlock()
	x.reanchor()
	x.sweep()
}

// sweep takes the postings of dead slots out of all lists, shard by shard, and
// then gives their numbers free.
func (x *Index) sweep() {
	x.changing.Lock()
	dead := x.slots.deadSlots()
	x.changing.Unlock()
	for i := range x.shards {
		x.changing.Lock()
		x.sweepShard(&x.shards[i])
		x.changing.Unlock()
	}
	x.changing.Lock()
	defer x.changing.Unlock()
	kept := x.sift(nil, x.unanchored, 0)
	x.moved = nil
	x.mu.Lock()
	x.unanchored = kept
	x.slots.swept(dead)
	x.mu.Unlock()
	for at := range x.slots.chunks {
		if x.slots.isSparse(uint32(at)) {
			x.mu.Lock()
			x.slots.mix(uint32(at))
			x.mu.Unlock()
		}
	}
	x.moveTexts()
}

// sweepShard writes a shard's lists anew, without what is dead, and changes them
// for the old ones in one step. The caller holds changing.
func (x *Index) sweepShard(s *shard) {
	fresh := lists{memory: make([]byte, 0, len(s.memory)-s.spare+padding)}
	heads := make([]uint32, len(s.entries))
	var sole soleList
	var kept []byte
	for i := range s.entries {
		head := s.entries[i].head
		kept = x.sift(kept[:0], s.list(head, &sole), s.entries[i].key())
		heads[i] = head&pairedFlag | fresh.store(kept)
	}
	fresh.fit()
	table := shard{entries: s.entries}
	if c := cap(s.entries); c-len(s.entries) > c/32 {
		table.entries = append(make([]entry, 0, len(s.entries)), s.entries...)
	}
	table.settle()
	x.mu.Lock()
	s.groups, s.upper, s.entries, s.lists = table.groups, table.upper, table.entries, fresh
	for i, h := range heads {
		s.entries[i].head = h
	}
	x.mu.Unlock()
}

// sift appends the postings of a key's list that live, in as few runs as they can
// be kept in, and pads what it returns. Those of queries that have moved to other
// keys are left out.
func (x *Index) sift(kept, list []byte, key uint64) []byte {
	return pad(x.gatherer.gather(kept, list, func(slot uint32) bool {
		if !x.slots.isLive(slot) {
			return false
		}
		keys, moved := x.moved[slot]
		return !moved || slices.Contains(keys, key)
	}))
}

// moveTexts empties chunks of texts of which little is needed, so that they are
// given back. The caller holds changing.
func (x *Index) moveTexts() {
	const atOnce = 256
	store := &x.slots.queries
	for from := uint32(0); from < uint32(len(x.slots.live)<<6); from += atOnce {
		x.mu.Lock()
		for slot := from; slot < from+atOnce; slot++ {
			if !x.slots.isLive(slot) {
				continue
			}
			if ref := x.slots.ref(slot); store.sparse(*ref) {
				text := string(store.get(*ref))
				store.remove(*ref)
				*ref = store.put(text)
			}
		}
		x.mu.Unlock()
	}
}

// candidate is a query that is looked at often.
type candidate struct {
	slot  uint32
	id    wire.SubscriptionID
	text  string
	share float64 // of items that bring it up by one key
}

// reanchor looks through the keys that many items have, for queries that are
// looked at there and could be posted elsewhere by now.
func (x *Index) reanchor() {
	counts := x.seen.counts.Load()
	for i := range x.shards {
		for _, c := range x.hotPostings(i) {
			x.move(c)
		}
	}
	x.upkeep.reanchor.Store(counts + min(max(7*counts, firstReanchoring), window))
}

func (x *Index) hotPostings(i int) []candidate {
	x.changing.Lock()
	defer x.changing.Unlock()
	s := &x.shards[i]
	var found []candidate
	for e := range s.entries {
		head := s.entries[e].head
		if head&soleFlag != 0 || head&headMask == 0 {
			continue
		}
		share := x.seen.share(s.entries[e].key(), 0)
		if share < hot {
			continue
		}
		each(s.list(head, nil), func(p posting) {
			if p.op != sure && x.slots.isLive(p.slot) {
				found = append(found, candidate{p.slot, wire.SubscriptionID(x.slots.id(p.slot)), string(x.slots.text(p.slot)), share})
			}
		})
	}
	return found
}

// move posts a query anew, if that costs less than half of what it costs where it
// is. It is found by both until the next sweep.
func (x *Index) move(c candidate) {
	q, err := Parse(c.text)
	if err != nil {
		return
	}
	planner := planner{&x.seen}
	if p := planner.plan(q.root); !p.ok || 2*p.cost > c.share {
		return
	}
	x.changing.Lock()
	defer x.changing.Unlock()
	slot, ok := x.slots.find(int64(c.id))
	if _, moved := x.moved[c.slot]; moved || !ok || slot != c.slot || string(x.slots.text(slot)) != c.text {
		return
	}
	if x.moved == nil {
		x.moved = map[uint32][]uint64{}
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	var keys []uint64
	x.anchor(slot, q.root, func(key uint64) { keys = append(keys, key) })
	x.moved[slot] = keys
}
