package store_test

import (
	"slices"
	"testing"
	"time"

	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/store/storetest"
	"github.com/wireroom/wireroom/internal/wire"
)

func TestWhatIsKnownOfEndpointsIsFollowedByVersion(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx, at := t.Context(), time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
		put := func(all ...store.Endpoint) (version int64) {
			t.Helper()
			if err := s.Write(ctx, func(tx *store.Tx) (err error) { version, err = tx.PutEndpoints(all); return err }); err != nil {
				t.Fatal(err)
			}
			return version
		}
		ill := store.Endpoint{Address: "https://a.example/", State: store.EndpointFailing, Since: at, Failures: 3, Failing: at.Add(-time.Hour), At: at, Code: "503"}
		first := put(ill, store.Endpoint{Address: "https://b.example/", State: store.EndpointFailing, Since: at, Failures: 1, Failing: at, At: at, Code: "timed out"})
		held := store.Endpoint{Address: "https://b.example/", State: store.EndpointHeld, Since: at.Add(time.Minute), Actor: "editor", Reason: "moves", Probes: 2, Next: at.Add(time.Hour)}
		second := put(held)
		err := s.Read(ctx, func(tx *store.Tx) error {
			all, version, err := tx.EndpointsChanged(0)
			if err != nil || version != second || len(all) != 2 || all[0] != ill || all[1] != held {
				t.Errorf("all: %+v, %d, %v", all, version, err)
			}
			changed, _, err := tx.EndpointsChanged(first)
			if err != nil || len(changed) != 1 || changed[0] != held {
				t.Errorf("changed: %+v, %v", changed, err)
			}
			if none, version, err := tx.EndpointsChanged(second); len(none) != 0 || version != second || err != nil {
				t.Errorf("nothing new: %+v, %v", none, err)
			}
			if one, err := tx.Endpoint(ill.Address); err != nil || one != ill {
				t.Errorf("%+v, %v", one, err)
			}
			if _, err := tx.Endpoint("https://c.example/"); wire.KindOf(err) != wire.NotFound {
				t.Errorf("an unknown one: %v", err)
			}
			if some, err := tx.Endpoints(store.EndpointHeld, 10); err != nil || len(some) != 1 || some[0] != held {
				t.Errorf("held: %+v, %v", some, err)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

func TestTheBatchesToASubscriptionAreFoundOnceAnItem(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		batch := func(number int64, channel wire.Channel, ids ...wire.SubscriptionID) store.Batch {
			return store.Batch{Number: number, Release: "rel", Language: "en", Channel: channel, Rank: 2, Shard: 5, Recipients: ids}
		}
		err := s.Write(ctx, func(tx *store.Tx) error {
			return tx.AddBatches([]store.Batch{
				batch(1, wire.ByWebhook, 1, 7), batch(2, wire.ByWebhook, 1, 2), batch(2, wire.ByWebhook, 7, 8), batch(2, wire.ByMail, 7),
				batch(3, wire.ByWebhook, 7), batch(4, wire.ByWebhook, 2), batch(5, wire.ByWebhook, 7),
			})
		})
		if err != nil {
			t.Fatal(err)
		}
		find := func(first, last int64) (numbers []int64) {
			t.Helper()
			var found []store.Batch
			err := s.Read(ctx, func(tx *store.Tx) (err error) {
				found, err = tx.BatchesTo(7, wire.ByWebhook, first, last)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			for _, b := range found {
				numbers = append(numbers, b.Number)
				if len(b.Recipients) != 1 || b.Recipients[0] != 7 || b.Shard != 5 || b.ID != 0 {
					t.Errorf("%+v", b)
				}
			}
			return numbers
		}
		if got := find(2, 5); !slices.Equal(got, []int64{2, 3, 5}) {
			t.Errorf("%v", got)
		}
		err = s.Write(ctx, func(tx *store.Tx) error { return tx.AddResends([]store.Batch{batch(3, wire.ByWebhook, 7)}) })
		if err != nil {
			t.Fatal(err)
		}
		if got := find(3, 3); !slices.Equal(got, []int64{3}) {
			t.Errorf("after a resend: %v", got)
		}
		_ = s.Read(ctx, func(tx *store.Tx) error {
			open, err := tx.OpenBatches(5, 7, 1000, 10)
			if err != nil || len(open) != 1 || open[0].Number != 3 {
				t.Errorf("the resend is a batch like every other: %+v, %v", open, err)
			}
			return nil
		})
	})
}

func TestSubscriptionsInForceAreCountedByTheOriginOfTheirCallbacks(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		at := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
		var all []wire.Subscription
		for i, address := range []string{"https://a.example", "https://a.example/x", "https://a.example/y?z", "https://a.example?q", "https://a.example.org/", "https://a.example:8443/", "http://a.example/"} {
			all = append(all, wire.Subscription{Channel: wire.ByWebSub, Query: "t", Address: address, Expires: at.Add(time.Duration(i) * time.Hour).UnixMicro()})
		}
		all[2].Paused = true
		all[3].Expires = 0
		all = append(all, wire.Subscription{Channel: wire.ByWebhook, Address: "https://a.example/"})
		err := s.Write(t.Context(), func(tx *store.Tx) error {
			if err := tx.AddSubscriptions(all); err != nil {
				return err
			}
			if there, total, err := tx.CountWebSub("https://a.example", at); there != 2 || total != 5 || err != nil {
				t.Errorf("%d of %d, %v", there, total, err)
			}
			if there, total, err := tx.CountWebSub("https://nobody.example", at); there != 0 || total != 5 || err != nil {
				t.Errorf("%d of %d, %v", there, total, err)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}
