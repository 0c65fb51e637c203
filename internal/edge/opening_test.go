package edge

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/wireroom/wireroom/internal/wire"
)

// race is an edge in synthetic time to which keys and items come in any order, and a
// desktop that asks for seals.
type race struct {
	*drawer
	t       *testing.T
	house   *house
	edge    *Edge
	figures *prometheus.Registry
	desk    *reader
}

// inRace puts scheduled stories into the drawer, has the edge hold them, and runs a
// test.
func inRace(t *testing.T, headlines []string, test func(r *race, stories []*sealed)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		p := &tape{}
		s, o := newDrawer(t, p)
		figures := prometheus.NewRegistry()
		o.Registry, o.Heartbeat = figures, time.Hour
		r := &race{drawer: s, t: t, house: openOver(t, plain, o), figures: figures}
		r.edge, r.house.tape = r.house.edge, p
		var stories []*sealed
		for _, headline := range headlines {
			stories = append(stories, r.schedule(headline))
		}
		r.sync()
		r.desk = r.house.get(t, "seal=1").opened(0)
		for range stories {
			r.desk.want("event: seal|data")
		}
		synctest.Wait() // it has joined: a replay would bring items
		test(r, stories)
	})
}

func (r *race) schedule(headline string) *sealed {
	story := story("en", headline)
	story.Schedule.UTC = time.Now().UTC()
	return r.put(story)
}

// sync has the edge look at the drawer.
func (r *race) sync() {
	r.t.Helper()
	if _, err := r.edge.syncSeals(r.t.Context()); err != nil {
		r.t.Fatal(err)
	}
}

// lifted is a story after its lift, with its key.
func lifted(x *sealed) (it wire.Item, key []byte) {
	it, _ = x.lift()
	return it, x.key(&it)
}

func (r *race) wantOutcomes(want map[string]float64) {
	r.t.Helper()
	synctest.Wait()
	families, err := r.figures.Gather()
	r.must(err)
	got := map[string]float64{}
	for _, family := range families {
		if family.GetName() == "wireroom_edge_opened_total" {
			for _, m := range family.GetMetric() {
				got[m.GetLabel()[0].GetValue()] = m.GetCounter().GetValue()
			}
		}
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		r.t.Errorf("outcomes of keys: %v, want %v", got, want)
	}
}

func key(n int) string { return fmt.Sprintf("id: %d|event: key|data", n) }

// The bus brings the item, and no key came by itself before: the one beside it opens the
// seal, and when the other comes after all it says nothing new.
func TestAnItemThatOvertakesItsKeyBringsItAlong(t *testing.T) {
	inRace(t, []string{"Canary"}, func(r *race, stories []*sealed) {
		it, message := lifted(stories[0])
		r.edge.Deliver(it, message)
		r.desk.want(key(1))
		r.edge.TakeKey(message)
		r.edge.Deliver(it, message)
		r.house.publish(story("en", "In the open"), wire.Publish)
		r.desk.want(item(2))
		r.wantOutcomes(map[string]float64{"opened": 1})
	})
}

// Keys come by themselves and beside their items, in whatever order and at one moment:
// each item goes out once, as a key, in its turn.
func TestKeysAndItemsComeInAnyOrder(t *testing.T) {
	var headlines []string
	for i := range 40 {
		headlines = append(headlines, fmt.Sprint("Canary ", i))
	}
	inRace(t, headlines, func(r *race, stories []*sealed) {
		var items []wire.Item
		var keys [][]byte
		for _, x := range stories {
			it, key := lifted(x)
			items, keys = append(items, it), append(keys, key)
		}
		var running sync.WaitGroup
		for _, i := range rand.Perm(len(keys)) {
			running.Go(func() { r.edge.TakeKey(keys[i]) })
		}
		for i := range items {
			r.edge.Deliver(items[i], keys[i])
		}
		running.Wait()
		for i := range items {
			r.desk.want(key(i + 1))
		}
		r.house.publish(story("en", "In the open"), wire.Publish)
		r.desk.want(item(len(items) + 1))
		r.wantOutcomes(map[string]float64{"opened": float64(len(items))})
	})
}

// Without a key an item goes out as it came, at once, and a key after it is late.
func TestAnItemWithoutAKeyWaitsForNone(t *testing.T) {
	inRace(t, []string{"Canary"}, func(r *race, stories []*sealed) {
		it, message := lifted(stories[0])
		r.edge.Deliver(it, nil)
		r.desk.want(item(1))
		r.edge.TakeKey(message)
		r.wantOutcomes(map[string]float64{"late": 1})
	})
}

// What does not fit is refused, the item goes out as it came, and the key that fits is
// not kept out.
func TestAKeyThatDoesNotFitIsRefused(t *testing.T) {
	forged := func(message []byte) []byte {
		b := bytes.Clone(message)
		b[len(b)-1] ^= 1 // of the signature
		return b
	}
	for name, c := range map[string]struct {
		come     func(r *race, it wire.Item, message, other []byte)
		want     string
		outcomes map[string]float64
	}{
		"by itself": {
			func(r *race, it wire.Item, message, _ []byte) {
				r.edge.TakeKey(forged(message))
				r.edge.Deliver(it, message)
			},
			key(1), map[string]float64{"opened": 1, "refused": 1},
		},
		"beside the item": {
			func(r *race, it wire.Item, message, _ []byte) { r.edge.Deliver(it, forged(message)) },
			item(1), map[string]float64{"refused": 1},
		},
		"beside the item, after the one that fits": {
			func(r *race, it wire.Item, message, _ []byte) {
				r.edge.TakeKey(message)
				r.edge.Deliver(it, forged(message))
			},
			key(1), map[string]float64{"opened": 1},
		},
		"to another item": {
			func(r *race, it wire.Item, _, other []byte) { r.edge.Deliver(it, other) },
			item(1), map[string]float64{"refused": 1},
		},
		"no message at all": {
			func(r *race, it wire.Item, _, _ []byte) { r.edge.Deliver(it, []byte("no key")) },
			item(1), map[string]float64{"refused": 1},
		},
	} {
		t.Run(name, func(t *testing.T) {
			inRace(t, []string{"Canary", "Finch"}, func(r *race, stories []*sealed) {
				it, message := lifted(stories[0])
				next, other := lifted(stories[1])
				c.come(r, it, message, other)
				r.desk.want(c.want)
				r.wantOutcomes(c.outcomes)
				r.edge.Deliver(next, other)
				r.desk.want(key(2))
			})
		})
	}
}
