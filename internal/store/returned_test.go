package store_test

import (
	"testing"
	"time"

	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/store/storetest"
	"github.com/wireroom/wireroom/internal/wire"
)

func TestWhatComesBackStandsBesideWhatTheRelaySaid(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		at := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
		batches := []store.Batch{{Number: 4, Release: "r", Language: "en", Channel: wire.ByMail, Recipients: []wire.SubscriptionID{3, 5, 9}}}
		write := func(do func(tx *store.Tx) error) {
			t.Helper()
			if err := s.Write(t.Context(), do); err != nil {
				t.Fatal(err)
			}
		}
		write(func(tx *store.Tx) error {
			if err := tx.AddBatches(batches); err != nil {
				return err
			}
			return tx.SealBatch(batches[0].ID, []wire.Outcome{wire.Accepted, wire.Accepted, wire.Accepted}, nil)
		})
		note := func(id wire.SubscriptionID, outcome wire.Outcome, code string) (fresh bool) {
			t.Helper()
			write(func(tx *store.Tx) (err error) { fresh, err = tx.Return(4, id, outcome, code, at); return err })
			return fresh
		}
		for _, c := range []struct {
			id      wire.SubscriptionID
			outcome wire.Outcome
			fresh   bool
		}{
			{5, wire.Bounced, true}, {5, wire.Bounced, false}, // told twice
			{5, wire.Complained, true}, {5, wire.Bounced, false}, // a complaint says more
			{9, wire.Bounced, true},
		} {
			if fresh := note(c.id, c.outcome, "5.1.1"); fresh != c.fresh {
				t.Errorf("%d %s: new %v", c.id, c.outcome, fresh)
			}
		}
		err := s.Write(t.Context(), func(tx *store.Tx) error { _, err := tx.Return(4, 4, wire.Bounced, "", at); return err })
		if wire.KindOf(err) != wire.NotFound {
			t.Errorf("a letter that was never sent comes back: %v", err)
		}
		write(func(tx *store.Tx) error {
			tallies, err := tx.TalliesOf("r")
			if err != nil {
				return err
			}
			if got := tallies[0].Tally; got.Bounced != 1 || got.Complained != 1 || got.Matched != 3 {
				t.Errorf("%+v", got)
			}
			exceptions, err := tx.ExceptionsBetween(batches[0].ID, 0, batches[0].ID, 10)
			if err != nil || len(exceptions) != 2 || exceptions[0].Receipt.Outcome != wire.Complained || exceptions[1].Receipt.Outcome != wire.Bounced {
				t.Errorf("%+v, %v", exceptions, err)
			}
			progress, err := tx.BatchProgress(&batches[0])
			if err != nil || len(progress.Latest) != 0 {
				t.Errorf("%+v", progress)
			}
			found, err := tx.ExceptionBatches("r", 0, 0)
			if err != nil || len(found) != 1 || found[0].Returned != 2 {
				t.Errorf("%+v, %v", found, err)
			}
			return nil
		})
	})
}

// The connection broke before the relay said that it has the letter, so a second one
// goes out later; meanwhile the first comes back.
func TestWhatComesBackWhileTheLetterIsDeferredStays(t *testing.T) {
	for _, end := range []wire.Outcome{wire.Accepted, wire.Failed} {
		storetest.Each(t, func(t *testing.T, s *store.Store) {
			b := plan(t, s, batch(5, wire.ByMail, 3))[0]
			next := time.Date(2026, 11, 28, 9, 0, 0, 0, time.UTC)
			deferred := wire.Receipt{Number: 5, Subscription: 3, Outcome: wire.Deferred, Attempt: 2, Code: "connection: lost", At: next.Add(-time.Hour), Next: next}
			write(t, s, func(tx *store.Tx) error {
				return tx.AppendReceipts(&b, 0, []wire.Receipt{deferred}, store.Tally{Matched: 1, Deferred: 1})
			})
			comesBack := func(fresh bool) {
				t.Helper()
				write(t, s, func(tx *store.Tx) error {
					if got, err := tx.Return(5, 3, wire.Bounced, "5.1.1 nobody", next); err != nil || got != fresh {
						t.Errorf("new: %v, %v", got, err)
					}
					return nil
				})
			}
			comesBack(true)
			read(t, s, func(tx *store.Tx) error {
				p, err := tx.BatchProgress(&b)
				if r := p.Latest[3]; r.Outcome != wire.Deferred || r.Attempt != 2 || !r.Next.Equal(next) {
					t.Errorf("after a restart it goes on from %+v", r)
				}
				return err
			})
			deferred.Attempt++
			last := wire.Receipt{Number: 5, Subscription: 3, Outcome: end, Attempt: 4, Code: "550", At: next}
			tally := store.Tally{Matched: 1}
			tally.Count(last, wire.Pending)
			for seq, r := range []wire.Receipt{deferred, last} {
				write(t, s, func(tx *store.Tx) error { return tx.AppendReceipts(&b, 1+seq, []wire.Receipt{r}, tally) })
			}
			comesBack(false) // the second copy
			read(t, s, func(tx *store.Tx) error {
				found, err := tx.ExceptionsOf(5, 10)
				if err != nil || len(found) != 1 || found[0].Receipt.Outcome != wire.Bounced || found[0].Receipt.Code != "5.1.1 nobody" || !found[0].Receipt.Next.IsZero() {
					t.Errorf("%+v, %v", found, err)
				}
				tallies, err := tx.TalliesOf("rel")
				if got := tallies[0].Tally; got.Bounced != 1 || got.Accepted != tally.Accepted || got.Failed != tally.Failed {
					t.Errorf("%+v", got)
				}
				return err
			})
		})
	}
}

func TestSuppressionsAreFollowedByVersion(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		at := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
		err := s.Write(t.Context(), func(tx *store.Tx) error {
			_, first, err := tx.SuppressionsChanged(0)
			if err != nil {
				return err
			}
			one := store.Suppression{Address: "a@x.example", Suppressed: true, Reason: "bounced", Code: "5.1.1", Since: at, At: at}
			if err := tx.PutSuppression(one); err != nil {
				return err
			}
			if err := tx.PutSuppression(store.Suppression{Address: "b@x.example", Failures: 1, At: at}); err != nil {
				return err
			}
			changed, version, err := tx.SuppressionsChanged(first)
			if err != nil || len(changed) != 2 || changed[0] != one || version <= first {
				t.Errorf("%+v, %d, %v", changed, version, err)
			}
			if changed, again, err := tx.SuppressionsChanged(version); err != nil || len(changed) != 0 || again != version {
				t.Errorf("%+v, %d, %v", changed, again, err)
			}
			if list, err := tx.Suppressions("", 10); err != nil || len(list) != 1 || list[0].Address != "a@x.example" {
				t.Errorf("%+v, %v", list, err)
			}
			if none, err := tx.Suppression("c@x.example"); err != nil || none != (store.Suppression{Address: "c@x.example"}) {
				t.Errorf("%+v, %v", none, err)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}
