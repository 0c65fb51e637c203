package wiresearch

import (
	"github.com/wireroom/wireroom/internal/match"
	"github.com/wireroom/wireroom/internal/wire"
	"github.com/wireroom/wireroom/test/bench/past"
)

// Tally counts what each of some queries must find, from the other side: as
// standing queries to which each item of the wire is brought. One goroutine uses
// it.
type Tally struct {
	index  *match.Index
	counts []int
	items  int64
}

// NewTally makes a tally before the first item.
func NewTally(queries []past.Query) (*Tally, error) {
	t := &Tally{index: match.NewIndex(), counts: make([]int, len(queries))}
	for i := range queries {
		q, err := match.Parse(queries[i].Text)
		if err == nil {
			err = t.index.Put(wire.SubscriptionID(i+1), q)
		}
		if err != nil {
			return nil, err
		}
	}
	return t, nil
}

// Add counts an item.
func (t *Tally) Add(it *wire.Item) {
	t.items++
	for _, id := range t.index.Match(match.NewDocument(it)) {
		t.counts[id-1]++
	}
}

// Items is how many were counted.
func (t *Tally) Items() int64 { return t.items }

// Count is how many of them a query, by its place, must find.
func (t *Tally) Count(query int) int { return t.counts[query] }
