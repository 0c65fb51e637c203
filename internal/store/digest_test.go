package store_test

import (
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/store/storetest"
	"github.com/wireroom/wireroom/internal/wire"
)

func TestDigestsKnowFromWhereOnTheyGather(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		digests := &wire.Preference{Zone: "Asia/Tokyo", Digest: wire.UsualDigest()}
		subs := []wire.Subscription{
			{Channel: wire.ByMail, Address: "a@x.example", Secret: "a", Preference: digests},
			{Channel: wire.ByMail, Address: "b@x.example", Secret: "b"},
			{Channel: wire.ByMail, Address: "c@x.example", Secret: "c"},
		}
		gathered := func(tx *store.Tx, want map[wire.SubscriptionID]int64) {
			t.Helper()
			if got, err := tx.Gathered(); err != nil || !maps.Equal(got, want) {
				t.Errorf("%v, %v; want %v", got, err, want)
			}
		}
		err := s.Write(t.Context(), func(tx *store.Tx) error {
			if err := tx.AddSubscriptions(subs); err != nil {
				return err
			}
			gathered(tx, map[wire.SubscriptionID]int64{1: 1}) // whoever is added gets what comes from then on
			for _, number := range []int64{7, 9} {            // the second time changes nothing
				if err := tx.BeginDigests(2, number); err != nil {
					return err
				}
			}
			gathered(tx, map[wire.SubscriptionID]int64{1: 1, 2: 8})
			if err := tx.CoverDigests([]wire.SubscriptionID{1, 2}, 20); err != nil {
				return err
			}
			if err := tx.EndDigests(2); err != nil {
				return err
			}
			gathered(tx, map[wire.SubscriptionID]int64{1: 21})
			back, err := tx.Subscription(1)
			if err != nil || back.Preference.Text() != digests.Text() {
				t.Errorf("%+v, %v", back.Preference, err)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

func TestReadersOfADigestWereServedWithItsItems(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		at := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
		d := store.Digest{At: at, Language: "ja", Zone: "Asia/Tokyo", Items: []store.Entry{{Number: 3, Release: "r", Language: "en"}, {Number: 5, Release: "q", Language: "ja"}}}
		err := s.Write(t.Context(), func(tx *store.Tx) error {
			if err := tx.AddDigest(&d); err != nil {
				return err
			}
			back, err := tx.Digest(d.ID)
			if err != nil || !back.At.Equal(at) || back.Language != "ja" || back.Zone != d.Zone || !slices.Equal(back.Items, d.Items) {
				t.Errorf("%+v, %v", back, err)
			}
			if _, err := tx.Digest(d.ID + 1); wire.KindOf(err) != wire.NotFound {
				t.Error(err)
			}
			batches := []store.Batch{
				{Number: 3, Release: "r", Language: "en", Channel: wire.ByMail, Recipients: []wire.SubscriptionID{1}},
				{Number: 3, Release: "r", Language: "en", Channel: wire.ByMail, Recipients: []wire.SubscriptionID{2}, Due: tx.Now().Add(time.Hour)},
				{Number: -d.ID, Release: "digest-1", Language: "ja", Channel: wire.ByMail, Recipients: []wire.SubscriptionID{3, 4}},
			}
			if err := tx.AddBatches(batches); err != nil {
				return err
			}
			served, err := tx.Served("r", "en", 100, tx.Now())
			if want := map[wire.SubscriptionID]bool{1: true, 3: true, 4: true}; err != nil || !maps.Equal(served, want) {
				t.Errorf("%v, %v", served, err)
			}
			tallies, err := tx.TalliesOf("r")
			if err != nil || len(tallies) != 2 || tallies[0].Channel != wire.InDigest || tallies[0].Matched != 2 || tallies[1].Matched != 2 || tallies[1].Waiting != 1 || tallies[1].Pending() != 1 {
				t.Errorf("%+v, %v", tallies, err)
			}
			last := batches[2].ID
			if open, err := tx.OpenBatches(0, 0, last, time.Time{}, 10); err != nil || len(open) != 2 {
				t.Errorf("%+v, %v", open, err)
			}
			if due, err := tx.DueBatches(0, time.Time{}, 0, tx.Now(), last, 10); err != nil || len(due) != 0 {
				t.Errorf("%+v, %v", due, err)
			}
			due, err := tx.DueBatches(0, time.Time{}, 0, tx.Now().Add(2*time.Hour), last, 10)
			if err != nil || len(due) != 1 || due[0].ID != batches[1].ID || !due[0].Due.Equal(batches[1].Due.Truncate(time.Microsecond)) {
				t.Errorf("%+v, %v", due, err)
			}
			if more, err := tx.DueBatches(0, due[0].Due, due[0].ID, tx.Now().Add(2*time.Hour), last, 10); err != nil || len(more) != 0 {
				t.Errorf("%+v, %v", more, err)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}
