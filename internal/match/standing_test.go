package match_test

import (
	"slices"
	"testing"

	"github.com/wireroom/wireroom/internal/match"
	"github.com/wireroom/wireroom/internal/match/matchtest"
	"github.com/wireroom/wireroom/internal/wire"
)

// The same workload as the benchmark's, smaller: the index finds what asking
// every query would, before and after it has learnt from items, and after
// changes.
func TestStandingQueriesAreFoundAsByBruteForce(t *testing.T) {
	queries, items := 8000, 30
	if testing.Short() {
		queries, items = 2000, 15
	}
	x := match.NewIndex()
	all := make([]*match.Query, queries)
	put := func(i, number int) {
		q, err := match.Parse(matchtest.Query(number))
		if err == nil {
			err = x.Put(wire.SubscriptionID(i+1), q)
		}
		if err != nil {
			t.Fatalf("%s: %v", matchtest.Query(number), err)
		}
		all[i] = q
	}
	for i := range all {
		put(i, i)
	}
	found := 0
	compare := func(when string) {
		t.Helper()
		for i := range items {
			d := match.NewDocument(matchtest.Item(i))
			var want []wire.SubscriptionID
			for j, q := range all {
				if q != nil && q.Matches(d) {
					want = append(want, wire.SubscriptionID(j+1))
				}
			}
			found += len(want)
			if got := x.Match(d); !slices.Equal(got, want) {
				t.Fatalf("%s, item %d: %d found, %d by brute force", when, i, len(got), len(want))
			}
		}
	}
	compare("new")
	for i := range 200 {
		x.Match(match.NewDocument(matchtest.Item(-1 - i)))
	}
	x.Settle()
	compare("settled")
	for i := range queries / 4 {
		put(4*i, queries+i)
		x.Remove(wire.SubscriptionID(4*i + 2))
		all[4*i+1] = nil
	}
	compare("changed")
	x.Settle()
	compare("swept")
	if found < items {
		t.Errorf("only %d matches: that says nothing", found)
	}
}
