package store_test

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/store/storetest"
	"github.com/wireroom/wireroom/internal/wire"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func batch(number int64, channel wire.Channel, ids ...wire.SubscriptionID) store.Batch {
	return store.Batch{Number: number, Release: "rel", Language: "en", Channel: channel, Rank: 3, Recipients: ids}
}

// plan stores batches and returns them with their ids.
func plan(t testing.TB, s *store.Store, batches ...store.Batch) []store.Batch {
	t.Helper()
	write(t, s, func(tx *store.Tx) error { return tx.AddBatches(batches) })
	return batches
}

func receipt(id wire.SubscriptionID, o wire.Outcome, attempt int) wire.Receipt {
	r := wire.Receipt{Number: 1, Subscription: id, Outcome: o, Attempt: attempt, At: noon.Add(time.Duration(attempt) * time.Second)}
	if o == wire.Deferred {
		r.Code, r.Next = "451 4.7.1 later", r.At.Add(time.Minute)
	}
	if o == wire.Failed {
		r.Code = "550 5.1.1 no such user"
	}
	return r
}

// Statements store several batches at once, so a plan of any length must be cut into
// them without a batch lost, doubled or given another's recipients.
func TestAPlanOfAnyLengthIsStoredWhole(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		last := int64(0)
		for _, n := range []int{0, 1, 4, 5, 6, 19, 20, 21, 26, 47, 185} {
			batches := make([]store.Batch, n)
			for i := range batches {
				batches[i] = batch(int64(n), wire.ByMail, wire.SubscriptionID(i+1), wire.SubscriptionID(1000+i))
			}
			plan(t, s, batches...)
			read(t, s, func(tx *store.Tx) error {
				open, err := tx.OpenBatches(0, last, last+1000, time.Time{}, 1000)
				if err != nil {
					return err
				}
				if len(open) != n {
					t.Fatalf("of %d batches %d are stored", n, len(open))
				}
				for i, b := range open {
					if last++; b.ID != last || b.ID != batches[i].ID || b.Number != int64(n) || !reflect.DeepEqual(b.Recipients, batches[i].Recipients) {
						t.Errorf("batch %d of %d is %+v, planned as %+v", i, n, b, batches[i])
					}
				}
				return nil
			})
		}
	})
}

func TestAPlanAndThePlaceOfItsConsumerAreOneTransaction(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		failure := errors.New("no")
		both := func(from int64, err error) error {
			return s.Write(t.Context(), func(tx *store.Tx) error {
				return errors.Join(tx.AddBatches([]store.Batch{batch(1, wire.ByMail, 1, 2)}), tx.AdvanceConsumer("courier", from, from+1), err)
			})
		}
		if err := both(0, failure); !errors.Is(err, failure) {
			t.Fatal(err)
		}
		if err := both(0, nil); err != nil {
			t.Fatal(err)
		}
		if err := both(0, nil); wire.KindOf(errors.Unwrap(err)) != wire.Conflict && wire.KindOf(err) != wire.Conflict {
			t.Errorf("planned twice: %v", err)
		}
		read(t, s, func(tx *store.Tx) error {
			open, err := tx.OpenBatches(0, 0, 1000, time.Time{}, 10)
			if len(open) != 1 || open[0].ID != 1 || !reflect.DeepEqual(open[0].Recipients, []wire.SubscriptionID{1, 2}) {
				t.Errorf("open: %+v", open)
			}
			return err
		})
	})
}

func TestWhatHasNoReceiptIsKnownAfterACrash(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		b := plan(t, s, batch(1, wire.ByMail, 10, 20, 30, 40))[0]
		tally := store.Tally{Matched: 4}
		for seq, group := range [][]wire.Receipt{{receipt(20, wire.Deferred, 1), receipt(10, wire.Accepted, 1)}, {receipt(20, wire.Deferred, 2)}} {
			for _, r := range group {
				before := wire.Pending
				if r.Attempt == 2 {
					before = wire.Deferred
				}
				tally.Count(r, before)
			}
			write(t, s, func(tx *store.Tx) error { return tx.AppendReceipts(&b, seq, group, tally) })
		}
		read(t, s, func(tx *store.Tx) error {
			p, err := tx.BatchProgress(&b)
			if err != nil || p.Blocks != 2 || len(p.Latest) != 2 {
				t.Fatalf("%+v, %v", p, err)
			}
			if got := p.Latest[20]; got.Outcome != wire.Deferred || got.Attempt != 2 || got.Code == "" || !got.Next.Equal(noon.Add(2*time.Second+time.Minute)) {
				t.Errorf("the deferred one: %+v", got)
			}
			tallies, err := tx.Tallies(1)
			if got := tallies[wire.ByMail]; got.Accepted != 1 || got.Deferred != 1 || got.Pending() != 2 || !got.First.Equal(noon.Add(time.Second)) {
				t.Errorf("tally %+v", got)
			}
			return err
		})
	})
}

func TestASealedBatchIsSmallAndKeepsItsExceptions(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		write(t, s, func(tx *store.Tx) error {
			return errors.Join(
				tx.AddOutlets([]wire.Outlet{{ID: 1, Name: "Der Bote"}}),
				tx.AddContacts([]wire.Contact{{ID: 1, Name: "Layla Haddad"}}),
				tx.AddSubscriptions([]wire.Subscription{
					{ID: 5, Outlet: 1, Channel: wire.ByMail, Address: "desk@bote.example", Secret: "a"},
					{ID: 6, Contact: 1, Channel: wire.ByMail, Address: "layla@press.example", Secret: "b"},
				}))
		})
		b := plan(t, s, batch(1, wire.ByMail, 5, 6, 7))[0]
		tally := store.Tally{Matched: 3}
		receipts := []wire.Receipt{receipt(5, wire.Failed, 1), receipt(6, wire.Failed, 1), receipt(7, wire.Accepted, 1)}
		for _, r := range receipts {
			tally.Count(r, wire.Pending)
		}
		write(t, s, func(tx *store.Tx) error {
			return errors.Join(tx.AppendReceipts(&b, 0, receipts, tally), tx.SealBatch(b.ID, []wire.Outcome{wire.Failed, wire.Failed, wire.Accepted}, nil))
		})
		read(t, s, func(tx *store.Tx) error {
			if open, err := tx.OpenBatches(0, 0, 1000, time.Time{}, 10); len(open) != 0 || err != nil {
				t.Errorf("still open: %v, %v", open, err)
			}
			if p, err := tx.BatchProgress(&b); p.Blocks != 0 || err != nil {
				t.Errorf("blocks left: %+v, %v", p, err)
			}
			found, err := tx.ExceptionsOf(1, 10)
			if err != nil || len(found) != 2 || found[0].Holder != "Der Bote" || found[1].Holder != "Layla Haddad" || found[0].Address != "desk@bote.example" || found[0].Receipt.Code == "" || found[0].Receipt.Number != 1 {
				t.Errorf("exceptions %+v, %v", found, err)
			}
			if few, err := tx.ExceptionsOf(1, 1); len(few) != 1 || err != nil {
				t.Errorf("at most one: %v, %v", few, err)
			}
			return nil
		})
	})
}

func TestEveryoneWithAnIntentIsFoundWhateverCameOfIt(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		other := batch(2, wire.ByMail, 99)
		other.Language = "de"
		all := plan(t, s, batch(1, wire.ByMail, 1, 2), batch(1, wire.ByWebhook, 3), batch(2, wire.ByMail, 2, 4), other)
		write(t, s, func(tx *store.Tx) error {
			return tx.SealBatch(all[0].ID, []wire.Outcome{wire.Accepted, wire.Failed}, nil)
		})
		read(t, s, func(tx *store.Tx) error {
			served, err := tx.Served("rel", "en", 100, tx.Now())
			if want := map[wire.SubscriptionID]bool{1: true, 2: true, 3: true, 4: true}; !reflect.DeepEqual(served, want) {
				t.Errorf("served %v", served)
			}
			return err
		})
	})
}

func TestABatchThatIsNotDueCountsOnceItHasBegun(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		now := time.Now().UTC()
		soon := batch(1, wire.ByMail, 1, 2)
		soon.Due = now.Add(30 * time.Second)
		fenced := batch(1, wire.ByWebhook, 3)
		fenced.Due = soon.Due
		all := plan(t, s, soon, fenced)
		served := func(by time.Time, want ...wire.SubscriptionID) {
			t.Helper()
			read(t, s, func(tx *store.Tx) error {
				got, err := tx.Served("rel", "en", 100, by)
				if ids := slices.Sorted(maps.Keys(got)); !slices.Equal(ids, want) {
					t.Errorf("served %v, not %v", ids, want)
				}
				return err
			})
		}
		served(now)
		served(now.Add(time.Minute), 1, 2, 3) // as a process sees it whose clock is ahead
		write(t, s, func(tx *store.Tx) error {
			if err := tx.AppendReceipts(&all[1], 0, []wire.Receipt{receipt(3, wire.Superseded, 0)}, store.Tally{Matched: 1, Superseded: 1}); err != nil {
				return err
			}
			return tx.AppendReceipts(&all[0], 0, []wire.Receipt{receipt(1, wire.Accepted, 1)}, store.Tally{Matched: 2, Accepted: 1})
		})
		served(now, 1, 2) // the clock of whoever began it was ahead
	})
}

// DueBatches goes on from the last that was due; what is planned behind that is late.
func TestABatchThatIsPlannedLateIsFoundOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		due := func(at time.Duration) store.Batch {
			b := batch(1, wire.ByMail, 1)
			b.Due = noon.Add(at)
			return b
		}
		first := plan(t, s, due(5*time.Minute))[0]
		all := plan(t, s, due(0), due(time.Minute), due(5*time.Minute), due(6*time.Minute), batch(1, wire.ByMail, 1))
		last := all[len(all)-1].ID
		ids := func(found []store.Batch, err error) (ids []int64) {
			for _, b := range found {
				ids = append(ids, b.ID)
			}
			if err != nil {
				t.Error(err)
			}
			return ids
		}
		read(t, s, func(tx *store.Tx) error {
			if got := ids(tx.OpenBatches(0, first.ID, last, first.Due, 10)); !slices.Equal(got, []int64{all[0].ID, all[1].ID, all[4].ID}) {
				t.Errorf("late %v", got)
			}
			if got := ids(tx.OpenBatches(0, all[0].ID, last, first.Due, 10)); !slices.Equal(got, []int64{all[1].ID, all[4].ID}) {
				t.Errorf("late after the first %v", got)
			}
			if got := ids(tx.OpenBatches(0, 0, last, time.Time{}, 10)); !slices.Equal(got, []int64{all[4].ID}) {
				t.Errorf("late where none was due yet %v", got)
			}
			if got := ids(tx.DueBatches(0, first.Due, first.ID, noon.Add(time.Hour), last, 10)); !slices.Equal(got, []int64{all[2].ID, all[3].ID}) {
				t.Errorf("due %v", got)
			}
			if got := ids(tx.DueBatches(0, first.Due, first.ID, noon.Add(time.Hour), all[2].ID, 10)); !slices.Equal(got, []int64{all[2].ID}) {
				t.Errorf("due up to an id %v", got)
			}
			return nil
		})
	})
}

func TestABlockOfReceiptsIsWrittenOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		b := plan(t, s, batch(1, wire.ByMail, 1, 2))[0]
		write(t, s, func(tx *store.Tx) error {
			return tx.AppendReceipts(&b, 0, []wire.Receipt{receipt(1, wire.Accepted, 1)}, store.Tally{Matched: 2, Accepted: 1})
		})
		write(t, s, func(tx *store.Tx) error { // whoever did not hear of it
			return tx.AppendReceipts(&b, 0, []wire.Receipt{receipt(1, wire.Accepted, 1)}, store.Tally{Matched: 2, Accepted: 1})
		})
		err := s.Write(t.Context(), func(tx *store.Tx) error {
			return tx.AppendReceipts(&b, 0, []wire.Receipt{receipt(2, wire.Accepted, 1)}, store.Tally{Matched: 2, Accepted: 1})
		})
		if err == nil {
			t.Error("a block was written over")
		}
	})
}

// However receipts are grouped, what is read after a crash and what the report
// counts is what was written, and nothing else.
func TestTheLedgerSaysWhatWasWrittenHoweverItWasGrouped(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		number := int64(0)
		rapid.Check(t, func(rt *rapid.T) {
			number++
			n := rapid.IntRange(1, 20).Draw(rt, "recipients")
			b := batch(number, wire.ByMail)
			for i := range n {
				b.Recipients = append(b.Recipients, wire.SubscriptionID(1+3*i))
			}
			b = plan(t, s, b)[0]
			latest := map[wire.SubscriptionID]wire.Receipt{}
			tally := store.Tally{Matched: n}
			groups := rapid.IntRange(0, 6).Draw(rt, "groups")
			for seq := range groups {
				var group []wire.Receipt
				for _, id := range b.Recipients {
					if latest[id].Outcome.Final() && latest[id].Attempt > 0 || rapid.Bool().Draw(rt, fmt.Sprintf("skip %d", id)) {
						continue
					}
					r := receipt(id, wire.Outcome(rapid.IntRange(1, 5).Draw(rt, "outcome")), latest[id].Attempt+1)
					r.Number = number
					tally.Count(r, latest[id].Outcome)
					latest[id] = r
					group = append(group, r)
				}
				write(t, s, func(tx *store.Tx) error { return tx.AppendReceipts(&b, seq, group, tally) })
			}
			read(t, s, func(tx *store.Tx) error {
				p, err := tx.BatchProgress(&b)
				if err != nil || p.Blocks != groups || len(p.Latest) != len(latest) {
					rt.Fatalf("%+v, %v; want %d of %d", p, err, len(latest), n)
				}
				counted := store.Tally{Matched: n}
				for id, want := range latest {
					got := p.Latest[id]
					if got.Outcome != want.Outcome || got.Attempt != want.Attempt || !got.At.Equal(want.At) || !got.Next.Equal(want.Next) {
						rt.Fatalf("%d: %+v, want %+v", id, got, want)
					}
					counted.Count(want, wire.Pending)
				}
				all, err := tx.Tallies(number)
				if got := all[wire.ByMail]; err != nil || got.Accepted != counted.Accepted || got.Failed != counted.Failed || got.Deferred != counted.Deferred || got.Pending() != n-len(latest) {
					rt.Fatalf("tally %+v, want %+v, %v", got, counted, err)
				}
				exceptions, err := tx.ExceptionsOf(number, 100)
				if len(exceptions) != counted.Failed+counted.Deferred {
					rt.Fatalf("%d exceptions, want %d", len(exceptions), counted.Failed+counted.Deferred)
				}
				return err
			})
		})
	})
}

// Who may have got something is everyone planned but those of whom the newest
// receipt says that nothing was sent, whether their batch is sealed or not; who
// is in several batches, if one of them may have brought it.
func TestServedIsWhoeverMayHaveGotSomething(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		number := int64(0)
		rapid.Check(t, func(rt *rapid.T) {
			release := string(wire.NewReleaseID())
			first, below := number+1, int64(0)
			may := map[int64][]wire.SubscriptionID{} // by number
			settled := map[wire.SubscriptionID]bool{}
			for range rapid.IntRange(1, 4).Draw(rt, "batches") {
				number++
				b := batch(number, wire.ByMail, 1, 2, 3, 4)
				b.Release = wire.ReleaseID(release)
				b = plan(t, s, b)[0]
				if rapid.Bool().Draw(rt, "one of the versions before") || below == 0 {
					below = number + 1
				}
				seal := rapid.Bool().Draw(rt, "seal")
				outcomes, untried := make([]wire.Outcome, len(b.Recipients)), map[int]bool{}
				var receipts []wire.Receipt
				tally := store.Tally{Matched: len(b.Recipients)}
				for i, id := range b.Recipients {
					r := receipt(id, rapid.SampledFrom([]wire.Outcome{wire.Accepted, wire.Failed, wire.Suppressed, wire.Superseded, wire.Unfit}).Draw(rt, "outcome"), 1)
					r.Number, r.Untried = number, r.Outcome.Spares() && rapid.Bool().Draw(rt, "certainly untried")
					if r.Untried {
						untried[i] = true
					}
					outcomes[i] = r.Outcome
					settled[id] = settled[id] || r.Outcome != wire.Superseded
					if seal || rapid.Bool().Draw(rt, "has a receipt") {
						tally.Count(r, wire.Pending)
						receipts = append(receipts, r)
					} else {
						delete(untried, i) // it may be under way
						settled[id] = true
					}
				}
				write(t, s, func(tx *store.Tx) error {
					err := tx.AppendReceipts(&b, 0, receipts, tally)
					if seal && err == nil {
						err = tx.SealBatch(b.ID, outcomes, untried)
					}
					return err
				})
				for i, id := range b.Recipients {
					if !untried[i] {
						may[number] = append(may[number], id)
					}
				}
				read(t, s, func(tx *store.Tx) error {
					all, _, err := tx.DeliveriesTo(b.Recipients, 0, len(b.Recipients))
					for _, d := range all { // what is told of an outcome does not change
						if i, _ := b.Place(d.Receipt.Subscription); d.Batch == b.ID && seal && d.Receipt.Outcome != outcomes[i] {
							rt.Errorf("%d is told to have ended as %v, not %v", d.Receipt.Subscription, d.Receipt.Outcome, outcomes[i])
						}
					}
					return err
				})
			}
			want := map[wire.SubscriptionID]bool{}
			for n := first; n < below; n++ {
				for _, id := range may[n] {
					want[id] = true
				}
			}
			read(t, s, func(tx *store.Tx) error {
				served, err := tx.Served(wire.ReleaseID(release), "en", below, tx.Now())
				if err != nil || !reflect.DeepEqual(served, want) {
					rt.Errorf("served %v, not %v: %v", served, want, err)
				}
				intended, err := tx.Intended(wire.ReleaseID(release), "en", below)
				for id, part := range settled {
					if intended[id] != part {
						rt.Errorf("%d has a part that is settled: %v, intended %v, %v", id, part, intended, err)
					}
				}
				return err
			})
		})
	})
}
