package edge

import (
	"math"
	"testing"
)

func TestADrawHasEveryoneOnce(t *testing.T) {
	for _, n := range []int{0, 1, 2, drawBlock - 1, drawBlock, drawBlock + 1, 1000} {
		seen := make([]int, n)
		for i := range draw(n) {
			seen[i]++
		}
		for i, times := range seen {
			if times != 1 {
				t.Fatalf("of %d number %d came %d times", n, i, times)
			}
		}
	}
}

// Over many items nobody's place is better than another's: the mean of each one's
// places is the middle, as far as chance lets it, and who is first differs.
func TestADrawFavoursNobody(t *testing.T) {
	const n, draws = 500, 4000
	places, first := make([]float64, n), make([]int, n)
	for range draws {
		place := 0
		for i := range draw(n) {
			places[i] += float64(place)
			if place == 0 {
				first[i]++
			}
			place++
		}
	}
	// The mean of uniform places has this deviation; five of it happen to one of
	// 500 once in some thousands of runs.
	deviation := float64(n) / math.Sqrt(12*draws)
	for i := range n {
		if off := places[i]/draws - float64(n-1)/2; math.Abs(off) > 5.5*deviation {
			t.Errorf("number %d has a mean place %.1f from the middle; chance allows %.1f", i, off, 5.5*deviation)
		}
		if first[i] > 4*draws/n+20 {
			t.Errorf("number %d was first %d times of %d", i, first[i], draws)
		}
	}
}
