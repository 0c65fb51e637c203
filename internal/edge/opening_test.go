package edge

import (
	"bytes"
	"fmt"
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
		test(r, stories)
	})
}

func scheduledStory(headline string) *wire.Release {
	story := story("en", headline)
	story.Schedule.UTC = time.Now().UTC()
	return story
}

func (r *race) schedule(headline string) *sealed { return r.put(scheduledStory(headline)) }

// sync has the edge look at the drawer.
func (r *race) sync() {
	r.t.Helper()
	if _, err := r.edge.syncSeals(r.t.Context()); err != nil {
		r.t.Fatal(err)
	}
}

// deliver has the bus bring items, in another goroutine, and returns when that waits
// for something. The function returns how long it has waited in all.
func (r *race) deliver(items ...wire.Item) (waited func() time.Duration) {
	start, done := time.Now(), make(chan time.Duration, 1)
	go func() {
		for _, it := range items {
			r.edge.Deliver(it)
		}
		done <- time.Since(start)
	}()
	synctest.Wait()
	return func() time.Duration { return <-done }
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

// The key has come and is being opened when the bus brings the item: that waits for
// it, no longer than that takes, and desktops come and go meanwhile.
func TestAnItemDoesNotOvertakeAKeyThatIsBeingOpened(t *testing.T) {
	inRace(t, []string{"Canary"}, func(r *race, stories []*sealed) {
		it, message := lifted(stories[0])
		open := r.edge.TakeKey(message)
		waited := r.deliver(it)
		if n := r.edge.delivered.Load(); n != 0 {
			r.t.Fatalf("item %d went out before its key was open", n)
		}
		r.house.get(r.t, "").opened(0).close()
		time.Sleep(200 * time.Millisecond)
		open()
		r.desk.want(key(1))
		if d := waited(); d != 200*time.Millisecond {
			r.t.Errorf("it waited %s", d)
		}
		r.wantOutcomes(map[string]float64{"opened": 1})
	})
}

// The item is there before the key: it waits for that, too.
func TestAnItemWaitsForTheKeyThatIsOnItsWay(t *testing.T) {
	inRace(t, []string{"Canary", "Finch"}, func(r *race, stories []*sealed) {
		one, firstKey := lifted(stories[0])
		two, secondKey := lifted(stories[1])
		waited := r.deliver(one, two)
		time.Sleep(30 * time.Millisecond)
		openSecond := r.edge.TakeKey(secondKey)
		time.Sleep(30 * time.Millisecond)
		openFirst := r.edge.TakeKey(firstKey)
		go openSecond() // it waits for its turn, and keeps nobody from opening the first
		openFirst()
		r.desk.want(key(1), key(2))
		if d := waited(); d != 60*time.Millisecond {
			r.t.Errorf("they waited %s", d)
		}
		r.house.publish(story("en", "In the open"), wire.Publish)
		r.desk.want(item(3))
		r.wantOutcomes(map[string]float64{"opened": 2})
	})
}

// A key that does not come, or is not opened, delays what is on the bus by its bound,
// and after one such others are not waited for. When it comes after all it is late.
func TestAKeyThatDoesNotComeDelaysNothingBeyondTheBound(t *testing.T) {
	inRace(t, []string{"Canary", "Finch", "Wren"}, func(r *race, stories []*sealed) {
		one, firstKey := lifted(stories[0])
		two, secondKey := lifted(stories[1])
		if d := r.deliver(one, two)(); d != keyTime {
			r.t.Errorf("they waited %s for keys that did not come", d)
		}
		r.desk.want(item(1), item(2))
		r.edge.TakeKey(firstKey)()
		r.edge.TakeKey(secondKey)()
		r.wantOutcomes(map[string]float64{"late": 2})

		three, thirdKey := lifted(stories[2])
		open := r.edge.TakeKey(thirdKey)
		if d := r.deliver(three)(); d != openingTime {
			r.t.Errorf("it waited %s for a key that was not opened", d)
		}
		r.desk.want(item(3))
		open()
		r.wantOutcomes(map[string]float64{"late": 3})
		r.house.publish(story("en", "In the open"), wire.Publish)
		r.desk.want(item(4)) // nothing came twice
	})
}

// Where no key is to be expected nobody waits.
func TestItemsWithoutAKeyToExpectDoNotWait(t *testing.T) {
	for name, c := range map[string]struct {
		prepare func(r *race, held *sealed)
		item    func(r *race) wire.Item
	}{
		"not scheduled": {item: func(r *race) wire.Item {
			return r.tape.clear(story("en", "Now"), wire.Publish, time.Now())
		}},
		"amends": {item: func(r *race) wire.Item {
			return r.tape.clear(scheduledStory("Killed"), wire.Kill, time.Now())
		}},
		"cleared long ago": {item: func(r *race) wire.Item {
			return r.tape.clear(scheduledStory("Old"), wire.Publish, time.Now().Add(-keyAge-1))
		}},
		"all held are opened": {prepare: func(r *race, held *sealed) {
			_, key := lifted(held)
			r.edge.TakeKey(key)()
		}},
		"all held have ended": {prepare: func(r *race, _ *sealed) {
			r.mu.Lock()
			r.rows[0].Ends = time.Now().Add(time.Hour)
			r.mu.Unlock()
			r.sync()
			time.Sleep(keyAge)
		}},
		"all held had an end from the first, as cover has": {prepare: func(r *race, held *sealed) {
			held.end()
			r.sync()
			r.schedule("Cover")
			r.rows[0].Ends = time.Now().Add(time.Hour)
			r.sync()
		}},
	} {
		t.Run(name, func(t *testing.T) {
			inRace(t, []string{"Canary"}, func(r *race, stories []*sealed) {
				if c.prepare != nil {
					c.prepare(r, stories[0])
				}
				make := c.item
				if make == nil {
					make = func(r *race) wire.Item {
						return r.tape.clear(scheduledStory("At short notice"), wire.Publish, time.Now())
					}
				}
				it := make(r)
				if d := r.deliver(it)(); d != 0 {
					r.t.Errorf("it waited %s", d)
				}
				if n := r.edge.delivered.Load(); n != it.Number {
					r.t.Errorf("item %d is the last, not %d", n, it.Number)
				}
			})
		})
	}
}

// A seal of which the edge has just heard that it ended may be that of the lift whose
// key is on its way.
func TestASealThatEndedAMomentAgoMayStillBeOpened(t *testing.T) {
	inRace(t, []string{"Canary"}, func(r *race, stories []*sealed) {
		it, message := lifted(stories[0])
		r.mu.Lock()
		r.rows[0].Ends = time.Now().Add(time.Hour)
		r.mu.Unlock()
		r.sync()
		waited := r.deliver(it)
		r.edge.TakeKey(message)()
		r.desk.want(key(1))
		if d := waited(); d != 0 {
			r.t.Errorf("it waited %s", d)
		}
	})
}

// A key that names an item and does not fit it ends the wait, and does not keep out the
// one that does.
func TestAKeyThatDoesNotFitIsNotWaitedFor(t *testing.T) {
	inRace(t, []string{"Canary"}, func(r *race, stories []*sealed) {
		it, message := lifted(stories[0])
		forged := bytes.Clone(message)
		forged[len(forged)-1] ^= 1 // of the signature
		openForged, open := r.edge.TakeKey(forged), r.edge.TakeKey(message)
		waited := r.deliver(it)
		time.Sleep(10 * time.Millisecond)
		openForged()
		time.Sleep(10 * time.Millisecond)
		open()
		r.desk.want(key(1))
		if d := waited(); d != 20*time.Millisecond {
			r.t.Errorf("it waited %s", d)
		}
		r.wantOutcomes(map[string]float64{"opened": 1, "refused": 1})
	})
	inRace(t, []string{"Canary"}, func(r *race, stories []*sealed) {
		it, message := lifted(stories[0])
		message[len(message)-1] ^= 1
		open := r.edge.TakeKey(message)
		waited := r.deliver(it)
		open()
		r.desk.want(item(1))
		if d := waited(); d != 0 {
			r.t.Errorf("it waited %s", d)
		}
	})
}
