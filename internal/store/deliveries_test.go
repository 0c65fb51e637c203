package store_test

import (
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/store/storetest"
	"github.com/wireroom/wireroom/internal/wire"
)

// settle gives every recipient of a batch its receipt, and seals the batch if all
// are final.
func settle(t testing.TB, tx *store.Tx, b *store.Batch, outcome func(wire.SubscriptionID) wire.Outcome) {
	t.Helper()
	tally := store.Tally{Matched: len(b.Recipients)}
	var receipts []wire.Receipt
	var outcomes []wire.Outcome
	final := true
	for _, id := range b.Recipients {
		o := outcome(id)
		outcomes = append(outcomes, o)
		if o == wire.Pending {
			final = false
			continue
		}
		final = final && o.Final()
		r := receipt(id, o, 1)
		r.Number = b.Number
		tally.Count(r, wire.Pending)
		receipts = append(receipts, r)
	}
	if err := tx.AppendReceipts(b, 0, receipts, tally); err != nil {
		t.Fatal(err)
	}
	if final {
		if err := tx.SealBatch(b.ID, outcomes, nil); err != nil {
			t.Fatal(err)
		}
	}
}

func accepted(wire.SubscriptionID) wire.Outcome { return wire.Accepted }

func TestWhatIsSentAgainCountsByItself(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		write(t, s, func(tx *store.Tx) error {
			planned := []store.Batch{batch(1, wire.ByMail, 1, 2), batch(1, wire.ByMail, 3), batch(1, wire.ByWebhook, 4), batch(2, wire.ByMail, 1)}
			again := []store.Batch{batch(1, wire.ByMail, 2)}
			if err := tx.AddBatches(planned); err != nil {
				return err
			}
			if err := tx.AddResends(again); err != nil {
				return err
			}
			settle(t, tx, &planned[0], func(id wire.SubscriptionID) wire.Outcome {
				if id == 2 {
					return wire.Failed
				}
				return wire.Accepted
			})
			settle(t, tx, &again[0], accepted)
			return nil
		})
		read(t, s, func(tx *store.Tx) error {
			got, err := tx.TalliesOf("rel")
			at := noon.Add(time.Second)
			want := []store.ItemTally{
				{Number: 1, Channel: wire.ByMail, Tally: store.Tally{Matched: 3, Accepted: 1, Failed: 1, First: at, Last: at}},
				{Number: 1, Channel: wire.ByMail, Resend: true, Tally: store.Tally{Matched: 1, Accepted: 1, First: at, Last: at}},
				{Number: 1, Channel: wire.ByWebhook, Tally: store.Tally{Matched: 1}},
				{Number: 2, Channel: wire.ByMail, Tally: store.Tally{Matched: 1}},
			}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("%+v", got)
			}
			if got, err := tx.TalliesOf("other"); len(got) != 0 || err != nil {
				t.Errorf("of another release: %+v, %v", got, err)
			}
			standings, err2 := tx.StandingsOf(1)
			if err2 != nil {
				return err2
			}
			wantStandings := map[wire.SubscriptionID]store.Standing{
				1: {Channel: wire.ByMail, Outcome: wire.Accepted}, 2: {Channel: wire.ByMail, Outcome: wire.Accepted},
				3: {Channel: wire.ByMail, UnderWay: true}, 4: {Channel: wire.ByWebhook, UnderWay: true},
			}
			if !reflect.DeepEqual(standings, wantStandings) {
				t.Errorf("standings %+v", standings)
			}
			return err
		})
	})
}

func TestWhatAFormatCannotCarryIsCountedApart(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		write(t, s, func(tx *store.Tx) error {
			planned := []store.Batch{batch(1, wire.ByWebhook, 1, 2)}
			if err := tx.AddBatches(planned); err != nil {
				return err
			}
			settle(t, tx, &planned[0], func(id wire.SubscriptionID) wire.Outcome {
				return []wire.Outcome{wire.Accepted, wire.Unfit}[id-1]
			})
			return nil
		})
		read(t, s, func(tx *store.Tx) error {
			tallies, err := tx.TalliesOf("rel")
			if err != nil || len(tallies) != 1 || tallies[0].Unfit != 1 || tallies[0].Failed != 0 || tallies[0].Pending() != 0 {
				t.Errorf("%+v, %v", tallies, err)
			}
			all, err := tx.ExceptionBatches("rel", 0, 0)
			if want := []store.ExceptionBatch{{ID: 1, Number: 1, Channel: wire.ByWebhook, Unfit: 1}}; err != nil || !reflect.DeepEqual(all, want) {
				t.Errorf("%+v, %v", all, err)
			}
			listed, err := tx.ExceptionsBetween(1, 0, 1, 10)
			if err != nil || len(listed) != 1 || listed[0].Receipt.Outcome != wire.Unfit {
				t.Errorf("%+v, %v", listed, err)
			}
			return err
		})
	})
}

func TestExceptionsAreReadBatchByBatch(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		write(t, s, func(tx *store.Tx) error {
			planned := []store.Batch{batch(1, wire.ByMail, 1, 2, 3), batch(1, wire.ByMail, 4), batch(2, wire.ByWebhook, 5)}
			if err := tx.AddBatches(planned); err != nil {
				return err
			}
			settle(t, tx, &planned[0], func(id wire.SubscriptionID) wire.Outcome {
				return []wire.Outcome{wire.Failed, wire.Accepted, wire.Deferred}[id-1]
			})
			settle(t, tx, &planned[1], accepted)
			settle(t, tx, &planned[2], func(wire.SubscriptionID) wire.Outcome { return wire.Failed })
			return nil
		})
		read(t, s, func(tx *store.Tx) error {
			all, err := tx.ExceptionBatches("rel", 0, 0)
			want := []store.ExceptionBatch{{ID: 1, Number: 1, Channel: wire.ByMail, Failed: 1, Deferred: 1}, {ID: 3, Number: 2, Channel: wire.ByWebhook, Failed: 1}}
			if err != nil || !reflect.DeepEqual(all, want) {
				t.Errorf("%+v, %v", all, err)
			}
			if of2, err := tx.ExceptionBatches("rel", 2, 0); err != nil || !reflect.DeepEqual(of2, want[1:]) {
				t.Errorf("of item 2: %+v, %v", of2, err)
			}
			if from, err := tx.ExceptionBatches("rel", 0, 2); err != nil || !reflect.DeepEqual(from, want[1:]) {
				t.Errorf("from batch 2 on: %+v, %v", from, err)
			}
			if rest, err := tx.ExceptionsBetween(1, 1, 2, 10); err != nil || len(rest) != 1 || rest[0].Receipt.Subscription != 3 || rest[0].Receipt.Number != 1 {
				t.Errorf("after subscription 1, up to batch 2: %+v, %v", rest, err)
			}
			if rest, err := tx.ExceptionsBetween(1, 1, 3, 10); err != nil || len(rest) != 2 || rest[1].Receipt.Subscription != 5 {
				t.Errorf("after subscription 1, up to batch 3: %+v, %v", rest, err)
			}
			if since, err := tx.ExceptionsSince(noon, 2); err != nil || len(since) != 2 {
				t.Errorf("since noon, at most 2: %+v, %v", since, err)
			}
			since, err := tx.ExceptionsSince(noon.Add(time.Hour), 10)
			if len(since) != 0 {
				t.Errorf("since an hour later: %+v", since)
			}
			return err
		})
	})
}

func TestTheDeliveriesToAReceiverAreFoundNewestFirstPageByPage(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		write(t, s, func(tx *store.Tx) error {
			for number := int64(1); number <= 5; number++ {
				planned := []store.Batch{batch(number, wire.ByMail, 1, 3, 9), batch(number, wire.ByMail, 2, 4)}
				if err := tx.AddBatches(planned); err != nil {
					return err
				}
				switch number {
				case 5: // nothing is known yet
				case 4:
					settle(t, tx, &planned[0], func(id wire.SubscriptionID) wire.Outcome {
						if id == 3 {
							return wire.Deferred
						}
						return wire.Accepted
					})
				case 3:
					settle(t, tx, &planned[0], func(wire.SubscriptionID) wire.Outcome { return wire.Failed })
				default:
					settle(t, tx, &planned[0], accepted)
					settle(t, tx, &planned[1], accepted)
				}
			}
			return nil
		})
		read(t, s, func(tx *store.Tx) error {
			var got []string
			before := int64(0)
			for pages := 0; ; pages++ {
				found, next, err := tx.DeliveriesTo([]wire.SubscriptionID{4, 3}, before, 3)
				if err != nil || pages > 9 {
					return fmt.Errorf("page %d: %w", pages, err)
				}
				for _, d := range found {
					got = append(got, fmt.Sprintf("%d/%d %s %s", d.Receipt.Number, d.Receipt.Subscription, d.Receipt.Outcome, d.Receipt.Code))
				}
				if next == 0 {
					break
				}
				before = next
			}
			want := []string{
				"5/4 pending ", "5/3 pending ", "4/4 pending ", "4/3 deferred 451 4.7.1 later", "3/4 pending ", "3/3 failed 550 5.1.1 no such user",
				"2/4 accepted ", "2/3 accepted ", "1/4 accepted ", "1/3 accepted ",
			}
			if !slices.Equal(got, want) {
				t.Errorf("got  %q\nwant %q", got, want)
			}
			found, _, err := tx.DeliveriesTo([]wire.SubscriptionID{5}, 0, 3)
			if len(found) != 0 {
				t.Errorf("to one who was never planned: %+v", found)
			}
			return err
		})
	})
}

func TestHoldingsAreFoundByWhoseTheyAre(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		write(t, s, func(tx *store.Tx) error {
			if err := tx.AddOutlets([]wire.Outlet{{ID: 1, Name: "Der Bote"}, {ID: 2, Name: "Daily"}}); err != nil {
				return err
			}
			if err := tx.AddContacts([]wire.Contact{{ID: 1, Outlet: 1, Name: "Layla Haddad"}, {ID: 2, Name: "Freelance"}}); err != nil {
				return err
			}
			return tx.AddSubscriptions([]wire.Subscription{
				{ID: 1, Outlet: 1, Channel: wire.ByWebhook, Address: "https://bote.example/h"},
				{ID: 2, Contact: 1, Channel: wire.ByMail, Address: "layla@bote.example", Secret: "a", Paused: true},
				{ID: 3, Contact: 2, Channel: wire.ByMail, Address: "free@lance.example", Secret: "b", Paused: true},
				{ID: 4, Channel: wire.ByWebSub, Address: "https://sub.example/", Query: "t"},
			})
		})
		read(t, s, func(tx *store.Tx) error {
			names := func(all []store.Holding, err error) string {
				if err != nil {
					t.Error(err)
				}
				var text string
				for _, h := range all {
					text += fmt.Sprintf("%d %s;", h.ID, h.Holder)
				}
				return text
			}
			if got := names(tx.HoldingsOf(1)); got != "1 Der Bote;2 Layla Haddad;" {
				t.Errorf("of outlet 1: %s", got)
			}
			if got := names(tx.HoldingsOf(0)); got != "" {
				t.Errorf("of no outlet: %s", got)
			}
			if got := names(tx.PausedHoldings(0, 10)); got != "2 Layla Haddad;3 Freelance;" {
				t.Errorf("paused: %s", got)
			}
			if got := names(tx.PausedHoldings(2, 10)); got != "3 Freelance;" {
				t.Errorf("paused after 2: %s", got)
			}
			if h, err := tx.Holding(4); err != nil || h.Holder != "" || h.Channel != wire.ByWebSub {
				t.Errorf("%+v, %v", h, err)
			}
			if _, err := tx.Holding(5); wire.KindOf(err) != wire.NotFound {
				t.Errorf("no such subscription: %v", err)
			}
			if o, err := tx.Outlet(1); err != nil || o.Name != "Der Bote" {
				t.Errorf("%+v, %v", o, err)
			}
			if _, err := tx.Outlet(3); wire.KindOf(err) != wire.NotFound {
				t.Errorf("no such outlet: %v", err)
			}
			return nil
		})
	})
}

func TestAnActIsWrittenOnceForARequest(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		actor := wire.Actor{Name: "Ines", Role: wire.RoleOperator}
		first := store.DeliveryAct{Request: "k", Actor: actor, Verb: "resend", Subject: "release x", Reason: "asked", Amount: 3, Detail: "{}"}
		write(t, s, func(tx *store.Tx) error { return tx.AddDeliveryAct(&first) })
		again := first
		err := s.Write(t.Context(), func(tx *store.Tx) error { return tx.AddDeliveryAct(&again) })
		if wire.KindOf(err) != wire.Conflict {
			t.Errorf("the same request: %v", err)
		}
		for range 2 { // those without a key are never the same
			write(t, s, func(tx *store.Tx) error {
				return tx.AddDeliveryAct(&store.DeliveryAct{Actor: actor, Verb: "suspend", Subject: "subscription 1"})
			})
		}
		read(t, s, func(tx *store.Tx) error {
			got, ok, err := tx.DeliveryActOf("k")
			if err != nil || !ok || got != first {
				t.Errorf("%+v, want %+v; %v", got, first, err)
			}
			if _, ok, err := tx.DeliveryActOf("l"); ok || err != nil {
				t.Errorf("a new key: %v %v", ok, err)
			}
			all, err := tx.DeliveryActs(0, 2)
			if err != nil || len(all) != 2 || all[0].ID != 3 || all[1].ID != 2 {
				t.Errorf("%+v, %v", all, err)
			}
			rest, err := tx.DeliveryActs(2, 10)
			if len(rest) != 1 || rest[0].Request != "k" {
				t.Errorf("%+v", rest)
			}
			return err
		})
	})
}
