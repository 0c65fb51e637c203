package match

import (
	"slices"
	"testing"
)

func TestAStepIsReadAsItWasWritten(t *testing.T) {
	for _, keys := range [][]uint64{{9}, {9, operandMask}, {1, 2, 3}, make([]uint64, stepMask)} {
		for _, distance := range []uint32{0, 1, 2, 3, 4, 5, 6, 7, 8, maxText} {
			c := compiler{id: func(key uint64) termID { return termID(key) }}
			c.step(distance, keys)
			c.step(0, []uint64{7}) // not to be read
			gotDistance, got, size := stepOf(c.words)
			masked := make([]uint64, len(got))
			for i, k := range got {
				masked[i] = uint64(k & operandMask)
			}
			if gotDistance != distance || !slices.Equal(masked, keys) || size != len(c.words)-1 {
				t.Errorf("%d keys at %d: read %d keys at %d, %d words of %d", len(keys), distance, len(got), gotDistance, size, len(c.words)-1)
			}
		}
	}
}

// A list that fits exactly gives its room back as a block that others fit in.
func TestListsGrowOutOfRoomThatFitsThem(t *testing.T) {
	var s shard
	const keys = 40
	want := make([][]uint32, keys)
	for k := range want {
		for n := range k {
			want[k] = append(want[k], uint32(1+1000*k+n))
		}
		i := s.add(uint64(k) << 20)
		s.entries[i].head = s.store(want[k])
	}
	for round := range 50 {
		for k := range want {
			posting := uint32(1 + 1000*k + 500 + round)
			want[k] = append(want[k], posting)
			s.post(uint32(k), []uint32{posting})
		}
		var sole [1]uint32
		for k := range want {
			if got := s.list(s.entries[k].head, &sole); !slices.Equal(got, want[k]) {
				t.Fatalf("round %d, key %d: %d postings, want %d", round, k, len(got), len(want[k]))
			}
		}
	}
	for n := 2; n < 5000; n++ {
		if b := wholeBlock(n); b > n || blockSize(b) != b || n-b >= max(1, n/4) {
			t.Fatalf("%d words have room for a block of %d", n, b)
		}
	}
}
