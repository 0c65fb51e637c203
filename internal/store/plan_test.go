package store_test

import (
	"bytes"
	"reflect"
	"testing"

	"pgregory.net/rapid"

	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/store/storetest"
	"github.com/wireroom/wireroom/internal/wire"
)

func TestAPlanTakesThePlaceOfTheOneBefore(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		for i, print := range []string{"first", "second"} {
			write(t, s, func(tx *store.Tx) error {
				return tx.PutPlan(store.Plan{Release: "rel", Language: "en", Print: print, Directory: int64(i + 7), Batches: []byte{byte(i)}})
			})
		}
		read(t, s, func(tx *store.Tx) error {
			p, ok, err := tx.PlanOf("rel", "en")
			if !ok || p.Print != "second" || p.Directory != 8 || p.Batches[0] != 1 {
				t.Errorf("%+v, %v", p, ok)
			}
			if _, ok, _ := tx.PlanOf("rel", "de"); ok {
				t.Error("another edition has it too")
			}
			return err
		})
	})
}

func TestWhatWasMadeAheadIsFoundForABatchAndForgottenWithItsRelease(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		row := func(seq, shard int, low, high wire.SubscriptionID) store.Foreseen {
			return store.Foreseen{Release: "rel", Language: "en", Channel: wire.ByMail, Seq: seq, Shard: shard, Low: low, High: high, Print: "p", Parts: []byte{byte(seq)}}
		}
		write(t, s, func(tx *store.Tx) error {
			for _, f := range []store.Foreseen{row(0, 3, 1, 500), row(1, 3, 501, 900), row(2, 4, 1, 900), row(3, 3, 450, 450), row(0, 3, 1, 500)} {
				if err := tx.AddForeseen(f); err != nil {
					return err
				}
			}
			return tx.PutPlan(store.Plan{Release: "rel", Language: "en", Batches: []byte{}})
		})
		read(t, s, func(tx *store.Tx) error {
			b := store.Batch{Release: "rel", Language: "en", Channel: wire.ByMail, Shard: 3, Recipients: []wire.SubscriptionID{440, 460}}
			var found, all []store.Foreseen
			note := func(to *[]store.Foreseen) func(*store.Foreseen) error {
				return func(f *store.Foreseen) error {
					one := *f
					one.Parts = bytes.Clone(f.Parts)
					*to = append(*to, one)
					return nil
				}
			}
			err := tx.ForeseenFor(&b, note(&found))
			if err != nil || len(found) != 2 || found[0].Seq != 0 || found[1].Seq != 3 {
				t.Errorf("for a batch: %+v, %v", found, err)
			}
			err = tx.ForeseenOf("rel", "en", wire.ByMail, note(&all))
			if err != nil || len(all) != 4 || !reflect.DeepEqual(all[2], row(2, 4, 1, 900)) {
				t.Errorf("of the edition: %+v, %v", all, err)
			}
			prepared, err := tx.Prepared()
			if len(prepared) != 1 || prepared[0] != "rel" {
				t.Errorf("prepared %v", prepared)
			}
			return err
		})
		write(t, s, func(tx *store.Tx) error { return tx.DropPrepared("rel") })
		read(t, s, func(tx *store.Tx) error {
			if prepared, err := tx.Prepared(); len(prepared) != 0 || err != nil {
				t.Errorf("still there: %v, %v", prepared, err)
			}
			return nil
		})
	})
}

func TestPlannedBatchesComeBackAsTheyWent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var batches []store.Batch
		for range rapid.IntRange(0, 5).Draw(t, "batches") {
			b := store.Batch{Channel: wire.Channel(rapid.StringMatching(`[a-z]{1,8}`).Draw(t, "channel")), Shard: rapid.IntRange(0, 7).Draw(t, "shard")}
			last := wire.SubscriptionID(0)
			for range rapid.IntRange(1, 20).Draw(t, "recipients") {
				last += wire.SubscriptionID(rapid.Int64Range(1, 1<<40).Draw(t, "step"))
				b.Recipients = append(b.Recipients, last)
			}
			batches = append(batches, b)
		}
		got, ok := store.UnpackBatches(store.PackBatches(batches))
		if !ok || !reflect.DeepEqual(got, batches) {
			t.Fatalf("%v became %v", batches, got)
		}
	})
}

func FuzzDamagedPlans(f *testing.F) {
	f.Add(store.PackBatches([]store.Batch{{Channel: wire.ByMail, Shard: 2, Recipients: []wire.SubscriptionID{1, 9}}}))
	f.Add([]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01})
	f.Fuzz(func(t *testing.T, packed []byte) {
		batches, ok := store.UnpackBatches(packed)
		if !ok && batches != nil {
			t.Error("something was read of a damaged plan")
		}
	})
}

func TestMembersOfAGroupShowThatTheyLive(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		for _, member := range []string{"b", "a", "b"} {
			write(t, s, func(tx *store.Tx) error { return tx.Show("couriers", member) })
		}
		write(t, s, func(tx *store.Tx) error { return tx.Show("couriersandmore", "c") })
		beats := func() map[string]int64 {
			all := map[string]int64{}
			read(t, s, func(tx *store.Tx) error {
				members, err := tx.Members("couriers")
				for _, m := range members {
					all[m.Holder] = m.Beat
				}
				return err
			})
			return all
		}
		if got := beats(); !reflect.DeepEqual(got, map[string]int64{"a": 1, "b": 2}) {
			t.Errorf("members %v", got)
		}
		write(t, s, func(tx *store.Tx) error { return tx.Leave("couriers", "b") })
		if got := beats(); !reflect.DeepEqual(got, map[string]int64{"a": 1}) {
			t.Errorf("after one left: %v", got)
		}
	})
}
