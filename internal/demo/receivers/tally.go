package receivers

import (
	"sync"
	"time"
)

// Tally counts deliveries by a key that is the same for every copy of one
// delivery. It is safe for concurrent use.
type Tally struct {
	mu    sync.Mutex
	seen  map[string]int32
	total int
	first time.Time
	last  time.Time
}

// NewTally makes an empty tally.
func NewTally() *Tally { return &Tally{seen: map[string]int32{}} }

// Add counts one delivery and reports how often it has come now.
func (t *Tally) Add(key string) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.last = time.Now()
	if t.total == 0 {
		t.first = t.last
	}
	t.total++
	t.seen[key]++
	return int(t.seen[key])
}

// Count is what a tally has seen.
type Count struct {
	Received int       // deliveries, copies included
	Distinct int       // different ones
	Doubled  int       // copies beyond the first
	First    time.Time // zero if there was none
	Last     time.Time
}

// Count returns the numbers so far.
func (t *Tally) Count() Count {
	t.mu.Lock()
	defer t.mu.Unlock()
	return Count{t.total, len(t.seen), t.total - len(t.seen), t.first, t.last}
}

// Has reports whether a delivery came.
func (t *Tally) Has(key string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.seen[key] > 0
}

// Times returns how often each delivery came.
func (t *Tally) Times() map[string]int32 {
	t.mu.Lock()
	defer t.mu.Unlock()
	times := make(map[string]int32, len(t.seen))
	for k, v := range t.seen {
		times[k] = v
	}
	return times
}
