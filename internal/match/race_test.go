package match_test

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/wireroom/wireroom/internal/match"
	"github.com/wireroom/wireroom/internal/match/matchtest"
	"github.com/wireroom/wireroom/internal/wire"
)

// directory is queries as they are held, beside the index that holds them.
type directory struct {
	index   *match.Index
	queries []*match.Query // by id, less one; nil where there is none
}

func (d *directory) put(t *testing.T, i, number int) {
	source := matchtest.Query(number)
	if number%29 == 0 {
		source = "NOT " + source[:strings.IndexByte(source+" ", ' ')]
	}
	q, err := match.Parse(source)
	if err != nil {
		q, err = match.Parse("*")
	}
	if err == nil {
		err = d.index.Put(wire.SubscriptionID(i+1), q)
	}
	if err != nil {
		t.Errorf("%s: %v", source, err)
	}
	d.queries[i] = q
}

func (d *directory) remove(i int) {
	d.index.Remove(wire.SubscriptionID(i + 1))
	d.queries[i] = nil
}

// agrees holds items against the index and against each query by itself.
func (d *directory) agrees(t *testing.T, when string, x *match.Index, first, items int) (found int) {
	t.Helper()
	for i := range items {
		doc := match.NewDocument(matchtest.Item(first + i))
		var want []wire.SubscriptionID
		for j, q := range d.queries {
			if q != nil && q.Matches(doc) {
				want = append(want, wire.SubscriptionID(j+1))
			}
		}
		if got := x.Match(doc); !slices.Equal(got, want) {
			t.Fatalf("%s, item %d: %d found, %d by brute force", when, first+i, len(got), len(want))
		}
		found += len(want)
	}
	return found
}

// While some hold items against the index, others add, change and remove queries,
// sweep and anchor anew, and write snapshots. Whatever nobody changes is found all
// the while; and whenever all stand still the index, and each snapshot that was
// written, say what asking every query would.
func TestAnIndexIsUsedWhileItChanges(t *testing.T) {
	queries, rounds, changes := 1800, 3, 700
	if testing.Short() {
		queries, rounds, changes = 500, 2, 150
	}
	const steady = 3 // each so many-th query is left alone
	d := &directory{match.NewIndex(), make([]*match.Query, queries)}
	for i := range queries {
		d.put(t, i, i)
	}
	items := make([]*match.Document, 8)
	kept := make([][]wire.SubscriptionID, len(items)) // of the steady ones
	for i := range items {
		items[i] = match.NewDocument(matchtest.Item(i))
		for j := 0; j < queries; j += steady {
			if d.queries[j].Matches(items[i]) {
				kept[i] = append(kept[i], wire.SubscriptionID(j+1))
			}
		}
	}
	isSteady := func(id wire.SubscriptionID) bool { return (int(id)-1)%steady == 0 }
	found := 0
	for round := range rounds {
		var working, changing sync.WaitGroup
		var done atomic.Bool
		for reader := range 2 {
			working.Go(func() {
				for n := reader; !done.Load(); n++ {
					i := n % len(items)
					got := slices.DeleteFunc(d.index.Match(items[i]), func(id wire.SubscriptionID) bool { return !isSteady(id) })
					if !slices.Equal(got, kept[i]) {
						t.Errorf("item %d: %d of the queries that nobody changes were found; %d want it", i, len(got), len(kept[i]))
						return
					}
					d.index.Match(match.NewDocument(matchtest.Item(1000 + n))) // what is learnt from
					for _, id := range got[:min(len(got), 2)] {
						if q := d.index.Query(id); len(d.index.Explain(items[i])(id)) == 0 && !q.Unanchored() && !q.Everything() {
							t.Errorf("no reason for %d: %s", id, q)
						}
					}
					d.index.Stats()
				}
			})
		}
		working.Go(func() {
			for !done.Load() {
				d.index.Settle()
			}
		})
		working.Go(func() {
			for !done.Load() {
				var b bytes.Buffer
				err := d.index.Save(&b, "this")
				if err == nil {
					_, err = match.Restore(&b, "this")
				}
				if err != nil {
					t.Error(err)
					return
				}
			}
		})
		for writer := range 2 { // each has queries of its own
			changing.Go(func() {
				r := rand.New(rand.NewPCG(uint64(round), uint64(writer)))
				for range changes {
					i := steady*r.IntN(queries/steady) + 1 + writer
					if r.IntN(3) == 0 {
						d.remove(i)
					} else {
						d.put(t, i, queries+r.IntN(4*queries))
					}
				}
			})
		}
		changing.Wait()
		done.Store(true)
		working.Wait()
		found += d.agrees(t, "after changes", d.index, 20*round, 6)
		var b bytes.Buffer
		if err := d.index.Save(&b, "this"); err != nil {
			t.Fatal(err)
		}
		again, err := match.Restore(&b, "this")
		if err != nil {
			t.Fatal(err)
		}
		found += d.agrees(t, "restored", again, 20*round, 6)
		d.index = again // and on with what was kept
	}
	if found < rounds {
		t.Errorf("only %d matches: that says nothing", found)
	}
}
