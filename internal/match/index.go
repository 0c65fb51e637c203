package match

import (
	"slices"
	"sync"

	"github.com/wireroom/wireroom/internal/wire"
)

// Index holds standing queries so that an item meets only those it might match.
// Each query is posted under its cheapest anchors: keys of which an item must
// have at least one for the query to match. It is safe for concurrent use.
type Index struct {
	mu       sync.RWMutex
	queries  map[wire.SubscriptionID]posted
	postings map[string][]wire.SubscriptionID
	always   map[wire.SubscriptionID]bool // those that an item without any key could match
}

type posted struct {
	query   *Query
	anchors []string
}

// NewIndex makes an empty index.
func NewIndex() *Index {
	return &Index{queries: map[wire.SubscriptionID]posted{}, postings: map[string][]wire.SubscriptionID{}, always: map[wire.SubscriptionID]bool{}}
}

// Len returns how many queries are held.
func (x *Index) Len() int {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return len(x.queries)
}

// Put adds a query, or replaces the one held under the id.
func (x *Index) Put(id wire.SubscriptionID, q *Query) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.remove(id)
	anchors, ok := x.anchors(q.root)
	if !ok {
		x.always[id] = true
		anchors = nil
	}
	for _, a := range anchors {
		x.postings[a] = append(x.postings[a], id)
	}
	x.queries[id] = posted{q, anchors}
}

// Remove takes a query out; that there is none is not an error.
func (x *Index) Remove(id wire.SubscriptionID) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.remove(id)
}

func (x *Index) remove(id wire.SubscriptionID) {
	p, ok := x.queries[id]
	if !ok {
		return
	}
	for _, a := range p.anchors {
		list := x.postings[a]
		if i := slices.Index(list, id); i >= 0 {
			list[i] = list[len(list)-1]
			list = list[:len(list)-1]
		}
		if len(list) == 0 {
			delete(x.postings, a)
		} else {
			x.postings[a] = list
		}
	}
	delete(x.always, id)
	delete(x.queries, id)
}

// anchors returns keys of which any matching item has at least one; false if
// there are none such. Of the parts of an AND the one with the fewest queries
// already posted under its keys is taken: rare words gather few.
func (x *Index) anchors(n *Node) ([]string, bool) {
	switch n.Kind {
	case Facet:
		return []string{n.Field + ":" + n.Folded}, true
	case Words:
		var keys [][]string
		for _, s := range n.Steps {
			var any []string
			for _, t := range s.Any {
				any = append(any, termKey(t))
			}
			keys = append(keys, any)
		}
		return x.cheapest(keys), true
	case Or:
		var all []string
		for _, c := range n.Children {
			keys, ok := x.anchors(c)
			if !ok {
				return nil, false
			}
			all = append(all, keys...)
		}
		slices.Sort(all)
		return slices.Compact(all), true
	case And, Near:
		var keys [][]string
		for _, c := range n.Children {
			if k, ok := x.anchors(c); ok {
				keys = append(keys, k)
			}
		}
		return x.cheapest(keys), len(keys) > 0
	}
	return nil, false // everything, not, a prefix
}

func (x *Index) cheapest(sets [][]string) []string {
	if len(sets) == 0 {
		return nil
	}
	cost := func(keys []string) (sum int) {
		for _, k := range keys {
			sum += x.cost(k)
		}
		return sum
	}
	return slices.MinFunc(sets, func(a, b []string) int { return cost(a) - cost(b) })
}

// cost estimates how many candidates a key will bring. Nearly every item has
// one of few languages and priorities, so those are the last resort.
func (x *Index) cost(key string) int {
	n := len(x.postings[key]) + 1
	switch {
	case key[0] == 0: // a term
		return n
	case len(key) > 9 && key[:9] == "priority:", len(key) > 5 && key[:5] == "lang:":
		return 64*n + 1<<20
	}
	return 4 * n
}

// Match returns the subscriptions whose queries want the item, ascending.
func (x *Index) Match(d *Document) []wire.SubscriptionID {
	x.mu.RLock()
	defer x.mu.RUnlock()
	var found []wire.SubscriptionID
	try := func(id wire.SubscriptionID) {
		if x.queries[id].query.Matches(d) {
			found = append(found, id)
		}
	}
	for id := range x.always {
		try(id)
	}
	for _, key := range d.keys() {
		for _, id := range x.postings[key] {
			try(id)
		}
	}
	slices.Sort(found)
	return slices.Compact(found) // a query with several anchors is met several times
}

// Query returns the query held under an id, nil if there is none.
func (x *Index) Query(id wire.SubscriptionID) *Query {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return x.queries[id].query
}
