package match

import (
	"math"
	"sync"
	"sync/atomic"
	"unicode/utf8"
)

// frequencies are how many of the last items had a key, about: a sketch of two
// rows of counters, of which the lower one is believed, so that it takes the
// same room whatever the items say. It is safe for concurrent use.
type frequencies struct {
	mu     sync.Mutex
	rows   [2][]uint16
	items  float64      // that were counted
	counts atomic.Int64 // how many items were ever counted
}

// window is after how many items all counts are halved: what was long ago
// weighs less.
const window = 16384

// Counters of a row: at least so many, and at most.
const (
	fewCounters = 1 << 12
	maxCounters = 1 << 22
)

// size makes room for so many queries, with a counter in each row for two of them;
// the counts stay.
func (f *frequencies) size(queries int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := max(len(f.rows[0]), fewCounters)
	for 2*n < queries && n < maxCounters {
		n *= 2
	}
	if n == len(f.rows[0]) {
		return
	}
	for i, row := range f.rows {
		wider := make([]uint16, 0, n)
		for len(row) > 0 && len(wider) < n {
			wider = append(wider, row...) // both places that a counter can now mean
		}
		f.rows[i] = wider[:n]
	}
}

func (f *frequencies) counters(key uint64) (a, b *uint16) {
	mask := uint64(len(f.rows[0]) - 1)
	return &f.rows[0][key&mask], &f.rows[1][key>>32&mask]
}

// count takes note of an item's keys. If another is being counted just now, it
// does not wait.
func (f *frequencies) count(lists ...[]uint64) {
	if !f.mu.TryLock() {
		return
	}
	defer f.mu.Unlock()
	if len(f.rows[0]) == 0 {
		return
	}
	for _, keys := range lists {
		for _, key := range keys {
			a, b := f.counters(key)
			if low := min(*a, *b); low < math.MaxUint16 {
				*a, *b = max(*a, low+1), max(*b, low+1)
			}
		}
	}
	f.counts.Add(1)
	if f.items++; f.items >= 2*window {
		f.items /= 2
		for _, row := range f.rows {
			for i := range row {
				row[i] /= 2
			}
		}
	}
}

// share is which part of the items is expected to have a key: what was counted,
// and, while that is little, what such a key is usually good for.
func (f *frequencies) share(key uint64, usual float64) float64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.rows[0]) == 0 {
		return usual
	}
	const weight = 8 // of what is usual, in items
	a, b := f.counters(key)
	return (float64(min(*a, *b)) + weight*usual) / (f.items + weight)
}

// usualFacets are shares of items that have one value of a field, before any
// were seen.
var usualFacets = map[string]float64{
	"lang": 0.3, "priority": 0.4, "circuit": 0.2, "country": 0.03, "sector": 0.05, "subject": 0.03,
	"provider": 0.05, "org": 0.0005, "ticker": 0.0005, "isin": 0.0003,
}

// usualTerm is the share of items that have a term, before any were seen: short
// words are frequent. Two units of a script without spaces count as a word of
// four letters.
func usualTerm(term string) float64 {
	n := utf8.RuneCountInString(term)
	if len(term) >= 3*n { // Han, Kana, Hangul, Thai
		n *= 2
	}
	return 0.3 * math.Exp2(-float64(min(n, 16))/1.5)
}
