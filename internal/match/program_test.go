package match

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestANumberIsReadAsItWasWritten(t *testing.T) {
	var all []uint32
	for bit := range 30 {
		all = append(all, 1<<bit-1, 1<<bit)
	}
	all = append(all, maxNumber)
	var b []byte
	for _, n := range all {
		b = appendNumber(b, n)
	}
	p, at := padded(pad(b)), 0
	for _, n := range all {
		skipped := past(p, at)
		var got uint32
		if got, at = number(p, at); got != n || at != skipped {
			t.Fatalf("read %d, want %d; ends at %d or %d", got, n, at, skipped)
		}
	}
	if at != len(b) {
		t.Errorf("read %d bytes of %d", at, len(b))
	}
}

func TestAStepIsReadAsItWasWritten(t *testing.T) {
	for _, keys := range [][]uint64{{9}, {9, maxNumber}, {1, 2, 3}, {1, 2, 3, 4}, make([]uint64, 300)} {
		for _, distance := range []uint32{0, 1, farDistance - 1, farDistance, farDistance + 1, maxText} {
			c := compiler{id: func(key uint64) termID { return termID(key) }}
			c.step(distance, keys)
			end := len(c.code)
			c.step(0, []uint64{7}) // not to be read
			p := padded(pad(c.code))
			gotDistance, n, at := readStep(p, 0)
			var got []uint64
			for range n {
				var id uint32
				id, at = number(p, at)
				got = append(got, uint64(id))
			}
			if gotDistance != distance || !slices.Equal(got, keys) || at != end {
				t.Errorf("%d keys at %d: read %d keys at %d, %d bytes of %d", len(keys), distance, len(got), gotDistance, at, end)
			}
		}
	}
}

// What was posted one by one is the same when it is gathered in runs, but for what
// was not to be kept and what stood there twice.
func TestGatheredPostingsAreThoseThatWerePosted(t *testing.T) {
	type one struct {
		ask  string
		slot uint32
	}
	read := func(list []byte) (all []one) {
		each(list, func(p posting) { all = append(all, one{string(rune(p.op)) + string(list[p.from:p.to]), p.slot}) })
		return all
	}
	rapid.Check(t, func(t *rapid.T) {
		asks := [][]byte{{sure}, appendNumber([]byte{has}, 5), appendNumber([]byte{has}, 70000), append([]byte{some}, 4<<2, 4, 8, 12, 16)}
		slots := rapid.SampledFrom([]uint32{3, 200, 1 << 20, maxSlots}).Draw(t, "slots")
		var list []byte
		want := map[one]bool{}
		for range rapid.SampledFrom([]int{0, 1, 2, 5, 31, 32, 33, 400}).Draw(t, "postings") {
			ask := rapid.SampledFrom(asks).Draw(t, "ask")
			slot := rapid.Uint32Range(0, slots).Draw(t, "slot")
			list = appendPosting(list, ask, slot)
			if slot%7 != 0 {
				want[one{string(ask), slot}] = true
			}
		}
		var g gatherer
		kept := pad(g.gather(nil, pad(list), func(slot uint32) bool { return slot%7 != 0 }))
		got := read(kept)
		if len(got) != len(want) {
			t.Fatalf("%d postings, want %d", len(got), len(want))
		}
		for _, o := range got {
			if !want[o] {
				t.Fatalf("%v was not posted", o)
			}
		}
		if again := g.gather(nil, kept, func(uint32) bool { return true }); !bytes.Equal(again, kept) {
			t.Fatal("gathered again it is another")
		}
	})
}

// A list that fits exactly gives its room back as a block that others fit in.
func TestListsGrowOutOfRoomThatFitsThem(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	var s lists
	const keys = 40
	heads, want := make([]uint32, keys), make([][]byte, keys)
	add := func(k int) []byte {
		one := pad(appendPosting(nil, []byte{sure}, r.Uint32N(maxSlots>>r.IntN(30))))
		want[k] = append(want[k], one...)
		return one
	}
	for k := range want {
		for range k {
			add(k)
		}
		heads[k] = s.store(pad(want[k]))
	}
	for round := range 200 {
		for k := range want {
			heads[k] = s.post(heads[k], add(k))
		}
		var sole soleList
		for k := range want {
			if got := s.list(heads[k], &sole); !bytes.Equal(got, want[k]) {
				t.Fatalf("round %d, key %d: %d bytes, want %d", round, k, len(got), len(want[k]))
			}
		}
	}
	seen := map[int]int{}
	for n := 4; n < 50000; n++ {
		if b := wholeBlock(n); b > n || blockSize(b) != b || n-b >= max(4, n/8) {
			t.Fatalf("%d bytes have room for a block of %d", n, b)
		}
		size := blockSize(n)
		if before, ok := seen[classOf(size)]; size < n || ok && before != size {
			t.Fatalf("%d bytes: a block of %d, class %d is of %d", n, size, classOf(size), before)
		}
		seen[classOf(size)] = size
	}
}

// The table finds as many entries as there can be in sixteen bits, and more.
func TestAShardHasMoreEntriesThanSixteenBitsTell(t *testing.T) {
	var s shard
	key := func(i int) uint64 { return mix(uint64(i)+1, mixA) }
	const keys = 1<<16 + 5000
	for i := range keys {
		if got := s.add(key(i)); got != uint32(i) {
			t.Fatalf("key %d has number %d", i, got)
		}
	}
	for i := range keys {
		if got, ok := s.find(key(i)); !ok || got != uint32(i) {
			t.Fatalf("key %d is found at %d, %v", i, got, ok)
		}
		if _, may, elsewhere := s.guess(key(i)); may+elsewhere != 1 {
			t.Fatalf("key %d: %d, %d", i, may, elsewhere)
		}
		if _, ok := s.find(key(keys + i)); ok {
			t.Fatalf("key %d, which is none, is found", keys+i)
		}
	}
}
