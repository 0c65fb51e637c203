package match

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/wireroom/wireroom/internal/wire"
)

// slotsModel is slots beside a map that says what they must.
type slotsModel struct {
	*slots
	t    *testing.T
	want map[int64]uint32
	used map[uint32]bool // live or stale
}

func (m *slotsModel) put(id int64) {
	m.t.Helper()
	if _, ok := m.want[id]; ok {
		m.drop(id)
	}
	slot := m.take(id)
	if m.used[slot] {
		m.t.Fatalf("id %d gets number %d, which is not free", id, slot)
	}
	m.occupy(slot, m.queries.put("q"))
	m.want[id], m.used[slot] = slot, true
}

func (m *slotsModel) drop(id int64) {
	m.slots.drop(m.want[id])
	delete(m.want, id)
}

func (m *slotsModel) sweep() {
	dead := m.deadSlots()
	m.swept(dead)
	for _, slot := range dead {
		delete(m.used, slot)
	}
	for at := range m.chunks {
		if m.isSparse(uint32(at)) {
			m.mix(uint32(at))
		}
	}
}

func (m *slotsModel) check() {
	m.t.Helper()
	if m.held != len(m.want) {
		m.t.Fatalf("%d held, want %d", m.held, len(m.want))
	}
	for id, slot := range m.want {
		if got, ok := m.find(id); !ok || got != slot || m.id(slot) != id || !m.has(slot) {
			m.t.Fatalf("id %d is at %d, %v, want %d; id there %d", id, got, ok, slot, m.id(slot))
		}
		for _, other := range []int64{id - 1, id + 1} {
			if _, there := m.want[other]; !there {
				if got, ok := m.find(other); ok {
					m.t.Fatalf("id %d is none, and found at %d", other, got)
				}
			}
		}
	}
}

func TestSlotsFindTheirIDsHoweverTheyCome(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for name, next := range map[string]func(i int) int64{
		"one after the other": func(i int) int64 { return int64(i) },
		"with gaps":           func(i int) int64 { return int64(i)*3/2 + int64(i/1000*500) },
		"far apart":           func(i int) int64 { return int64(i) << 40 },
		"from the end":        func(i int) int64 { return math.MaxInt64 - int64(i) },
		"by chance":           func(int) int64 { return r.Int64() - math.MaxInt64/2 },
	} {
		t.Run(name, func(t *testing.T) {
			m := slotsModel{&slots{mixed: -1}, t, map[int64]uint32{}, map[uint32]bool{}}
			var ids []int64
			for i := range 3*chunkSize + 100 {
				ids = append(ids, next(i))
				m.put(ids[i])
			}
			m.check()
			for range 3 {
				for _, id := range ids[:2*chunkSize] { // of the first two chunks most go
					if _, ok := m.want[id]; ok && r.IntN(3) > 0 {
						m.drop(id)
					}
				}
				for range chunkSize { // changed, come back, new
					m.put(ids[r.IntN(len(ids))])
				}
				m.put(next(len(ids)))
				ids = append(ids, next(len(ids)))
				m.check()
				m.sweep()
				m.check()
			}
		})
	}
}

// An index of several chunks, of both kinds, comes back from its snapshot.
func TestASnapshotKeepsChunksOfEitherKind(t *testing.T) {
	x := NewIndex()
	q := parse(t, "*")
	put := func(id int64) {
		if err := x.Put(wire.SubscriptionID(id), q); err != nil {
			t.Fatal(err)
		}
	}
	for id := range int64(2*chunkSize + 10) {
		put(100 + id + id/50)
	}
	for id := range int64(20) {
		put(99 - id)
	}
	for id := range int64(chunkSize / 3) { // leaves gaps
		x.Remove(wire.SubscriptionID(100 + 3*id))
	}
	for range 2 {
		again := roundTrip(t, x)
		if !bytes.Equal(save(t, x), save(t, again)) || len(again.slots.rising) != len(x.slots.rising) {
			t.Fatal("it is another")
		}
		x.slots.each(func(slot uint32) {
			if got, ok := again.slots.find(x.slots.id(slot)); !ok || got != slot {
				t.Fatalf("id %d is at %d, %v, want %d", x.slots.id(slot), got, ok, slot)
			}
		})
		x = again
		put(1)
		put(1 << 30)
	}
}

// Runs are read in pieces, and what lies between their slots can be too large for
// the width that most of it has. Ids go with the slots, near them or far from them.
func TestLongRunsAreFoundWhole(t *testing.T) {
	for _, step := range []int{1, 3, 1 << 20} {
		t.Run(fmt.Sprint("by ", step), func(t *testing.T) { findLongRuns(t, step) })
	}
}

func findLongRuns(t *testing.T, step int) {
	x := NewIndex()
	ask := map[string]*Query{"en": parse(t, "lang:en"), "ar": parse(t, "lang:ar"), "ja": parse(t, "lang:ja free")}
	want := map[string][]wire.SubscriptionID{}
	put := func(language string) {
		id := wire.SubscriptionID(step * (x.Len() + 1))
		if err := x.Put(id, ask[language]); err != nil {
			t.Fatal(err)
		}
		want[language] = append(want[language], id)
	}
	for range 700 { // side by side
		put("en")
	}
	for range 40 { // beyond one byte
		for range 300 {
			put("ja")
		}
		put("en")
		put("ar")
	}
	for range 1<<16 + 10 { // beyond two
		put("ar")
	}
	put("en")
	put("ja")
	for range 2 {
		for language, ids := range want {
			if got := x.Match(NewDocument(item(language, "free trade", ""))); !slices.Equal(got, ids) {
				t.Errorf("%s: %d found, want %d", language, len(got), len(ids))
			}
		}
		x.Settle()
		x = roundTrip(t, x)
	}
}
