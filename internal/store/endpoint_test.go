package store_test

import (
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

func TestWhatIsSentAgainIsOpenLikeTheRest(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		err := s.Write(t.Context(), func(tx *store.Tx) error {
			again := []store.Batch{{Number: 3, Release: "rel", Language: "en", Channel: wire.ByWebhook, Rank: 2, Shard: 5, Recipients: []wire.SubscriptionID{7}}}
			if err := tx.AddResends(again); err != nil {
				return err
			}
			open, err := tx.OpenBatches(5, 0, again[0].ID, time.Time{}, 10)
			if err != nil || len(open) != 1 || open[0].Recipients[0] != 7 {
				t.Errorf("%+v, %v", open, err)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
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
