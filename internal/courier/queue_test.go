package courier

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wireroom/wireroom/internal/leader"
	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/wire"
)

// listing is a directory where every subscription leads where it says.
type listing struct {
	address func(wire.SubscriptionID) string
	changes int64
	asked   int // times
}

func (l *listing) find(list []*wire.Subscription, ids ...wire.SubscriptionID) []*wire.Subscription {
	l.asked++
	for _, id := range ids {
		list = append(list, &wire.Subscription{ID: id, Address: l.address(id)})
	}
	return list
}

func (l *listing) edition() int64 { return l.changes }

// byID is a directory where everyone has an address of their own.
func byID() *listing {
	return &listing{address: func(id wire.SubscriptionID) string { return fmt.Sprint(id) }}
}

// job is a batch of one item for some subscriptions.
func job(number int64, action wire.Action, p wire.Priority, to ...wire.SubscriptionID) *work {
	it := wire.Item{Number: number, Action: action, Facets: wire.Facets{Priority: p}}
	return &work{Batch: store.Batch{ID: number, Number: number, Rank: lane(&it), Recipients: to}}
}

// order takes n deliveries, ends each at once, and names their items.
func order(q *queue, n int) []int64 {
	var got []int64
	for range n {
		t, _ := q.take(true)
		got = append(got, t.work.Number)
		q.done(t, wire.Accepted)
	}
	return got
}

func TestWhatWithdrawsAStoryGoesFirst(t *testing.T) {
	t.Parallel()
	q := newQueue(0, byID())
	q.add(job(1, wire.Publish, wire.Ordinary, 1), []int{0})
	q.add(job(2, wire.Publish, wire.Flash, 2), []int{0})
	q.add(job(3, wire.Publish, wire.Ordinary, 3), []int{0})
	q.add(job(4, wire.Kill, wire.Ordinary, 4), []int{0})
	q.add(job(5, wire.Publish, wire.Urgent, 5), []int{0})
	if got, want := order(q, 5), []int64{4, 2, 5, 1, 3}; !slices.Equal(got, want) {
		t.Errorf("order %v, want %v", got, want)
	}
}

func TestFirstAttemptsGoBeforeRetriesAndARetriedKillBeforeBoth(t *testing.T) {
	t.Parallel()
	q := newQueue(0, byID())
	now := time.Unix(0, 0)
	q.postpone(task{work: job(1, wire.Publish, wire.Flash, 1)}, now)
	q.postpone(task{work: job(2, wire.Kill, wire.Ordinary, 2)}, now.Add(1))
	q.postpone(task{work: job(3, wire.Publish, wire.Flash, 3)}, now.Add(time.Hour))
	q.add(job(4, wire.Publish, wire.Ordinary, 4), []int{0})
	q.ripen(now.Add(time.Second))
	if got, want := order(q, 3), []int64{2, 4, 1}; !slices.Equal(got, want) {
		t.Errorf("order %v, want %v", got, want)
	}
	if _, ok := q.pick(); ok {
		t.Error("a retry was handed out before its time")
	}
}

func TestOneAddressGetsOneDeliveryAtATimeAndTheKillFirst(t *testing.T) {
	t.Parallel()
	q := newQueue(0, &listing{address: func(wire.SubscriptionID) string { return "the same" }})
	q.add(job(1, wire.Publish, wire.Ordinary, 1), []int{0})
	q.add(job(2, wire.Publish, wire.Ordinary, 2), []int{0})
	first, _ := q.take(true)
	if _, ok := q.pick(); ok {
		t.Fatal("two deliveries to one address")
	}
	q.add(job(3, wire.Kill, wire.Ordinary, 1), []int{0})
	if _, ok := q.pick(); ok {
		t.Fatal("two deliveries to one address")
	}
	q.done(first, wire.Accepted)
	if got, want := order(q, 2), []int64{3, 2}; !slices.Equal(got, want) {
		t.Errorf("order %v, want %v", got, want)
	}
}

func TestAilingReceiversNeverTakeThePlaceOfOthers(t *testing.T) {
	t.Parallel()
	q := newQueue(2, byID())
	for id := range wire.SubscriptionID(10) {
		q.unwell(id)
	}
	w := job(1, wire.Publish, wire.Ordinary, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11)
	q.add(w, []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11})
	var well, sick []task
	for {
		t, ok := q.pick()
		if !ok {
			break
		}
		q.busy[t.key] = true
		if t.ward {
			sick = append(sick, t)
		} else {
			well = append(well, t)
		}
	}
	if len(well) != 2 || len(sick) != 2 {
		t.Fatalf("%d well and %d ailing under way, want 2 and 2", len(well), len(sick))
	}
	q.done(sick[0], wire.Accepted) // one recovers; the next of the ward has its turn
	next, ok := q.pick()
	if !ok || !next.ward || q.ailing[sick[0].key] {
		t.Errorf("%+v, %v", next, ok)
	}
}

// However many are found at a time, each is handed out as the directory has it then.
func TestADeliveryGoesWhereItsReaderIsWhenItsTurnComes(t *testing.T) {
	t.Parallel()
	const readers = 2*lookAhead + 3
	moved := map[wire.SubscriptionID]string{}
	d := &listing{address: func(id wire.SubscriptionID) string { return cmp.Or(moved[id], fmt.Sprint(id)) }}
	q := newQueue(0, d)
	w := job(1, wire.Publish, wire.Ordinary)
	var places []int
	for i := range readers {
		w.Recipients = append(w.Recipients, wire.SubscriptionID(i))
		places = append(places, i)
	}
	q.add(w, places)
	for i := range readers {
		if i == lookAhead/2 { // found already
			moved[wire.SubscriptionID(i)] = "elsewhere"
			d.changes++
		}
		task, _ := q.take(true)
		if want := d.address(wire.SubscriptionID(i)); task.key != want || task.to.ID != wire.SubscriptionID(i) {
			t.Errorf("place %d: %d at %s, want %s", i, task.to.ID, task.key, want)
		}
	}
	if want := 3; d.asked != want { // for those up to the 16th, from the 9th, which moved, and from the 25th
		t.Errorf("the directory was asked %d times, want %d", d.asked, want)
	}
}

func TestAClosedQueueHandsOutNothing(t *testing.T) {
	t.Parallel()
	q := newQueue(0, byID())
	q.add(job(1, wire.Publish, wire.Ordinary, 1), []int{0})
	q.close()
	if _, ok := q.take(true); ok {
		t.Error("handed out after the end")
	}
}

// A process that stood still for longer than the lease cannot know whether it
// was replaced; it attempts nothing until it does.
func TestAProcessThatWasFrozenWaitsForABeat(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		since := func() time.Duration { return time.Since(start) }
		held := newTerm(store.Lease{Term: 1}, false, since, since())
		if !held.holds(t.Context()) {
			t.Error("does not lead at the beginning")
		}
		time.Sleep(leader.LeaseTime)
		answer := make(chan bool)
		go func() { answer <- held.holds(t.Context()) }()
		synctest.Wait()
		select {
		case <-answer:
			t.Error("went on without a beat")
		default:
		}
		held.beaten(held.since())
		if !<-answer {
			t.Error("did not go on after the beat")
		}
	})
}

// Nor does one whose lease came late: another may have it since.
func TestALeaseIsAsOldAsItsQuestion(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		since := func() time.Duration { return time.Since(start) }
		asked := since()
		time.Sleep(leader.LeaseTime) // until the answer
		held := newTerm(store.Lease{Term: 1}, false, since, asked)
		ctx, cancel := context.WithTimeout(t.Context(), leader.BeatEvery)
		defer cancel()
		if held.holds(ctx) {
			t.Error("leads without having shown it")
		}
	})
}
