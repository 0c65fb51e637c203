package courier

import (
	"bytes"
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/wire"
)

// open is a sealer that seals nothing.
type open struct{}

func (open) Seal(_ string, text []byte) ([]byte, error) { return bytes.Clone(text), nil }
func (open) Open(_ string, text []byte) ([]byte, error) { return bytes.Clone(text), nil }

// quiet subscribes a reader who is left alone for some hours; all of them are in one
// shard.
func (o *office) quiet(query string, hours *wire.Hours) wire.Subscription {
	o.t.Helper()
	s := wire.Subscription{Query: query, Channel: wire.ByMail, Secret: wire.NewToken(), Preference: &wire.Preference{Quiet: hours}}
	for shardOf(s.Address) != 3 {
		s.Address = fmt.Sprintf("%s@x.example", wire.NewToken())
	}
	subs := []wire.Subscription{s}
	o.write(func(tx *store.Tx) error { return tx.AddSubscriptions(subs) })
	return subs[0]
}

// planned waits until it is settled who gets what, up to an item.
func (o *office) planned(number int64) {
	o.t.Helper()
	o.until("planned", func() bool {
		n, err := o.store.ConsumerNumber(o.t.Context(), consumer)
		return err == nil && n >= number
	})
}

// What was planned ahead for a time that has gone by is planned anew: quiet hours have
// ended since, or begun.
func TestAReleaseThatIsLiftedLateFindsTheQuietHoursOfItsTime(t *testing.T) {
	t.Parallel()
	o := openOffice(t) // it is 12:00
	o.quiet("lang:en", &wire.Hours{From: "11:00", To: "12:30"})
	o.quiet("lang:en", &wire.Hours{From: "11:00", To: "12:35"})
	o.quiet("lang:en", &wire.Hours{From: "12:38", To: "13:00"})
	r := story()
	r.Schedule.UTC = o.clock().Add(29 * time.Minute)
	var gone atomic.Bool
	c, _ := o.courierWith(func(options *Options) {
		options.Sealer = open{}
		options.Upcoming = func(context.Context, time.Time) ([]wire.Item, error) {
			if gone.Load() {
				return nil, nil
			}
			return []wire.Item{wire.NewItem(r, &r.Editions[0], wire.Publish, nil, r.Schedule.UTC, wire.Amendment{Reason: "because"})}, nil
		}
	})
	o.clear(story(), wire.Publish)
	o.until("planned ahead", func() (planned bool) {
		o.read(func(tx *store.Tx) (err error) { _, planned, err = tx.PlanOf(r.ID, "en"); return err })
		return planned
	})
	o.pass(40 * time.Minute)
	o.letters("1/1/1", "1/2/1", "1/3/1")
	o.clear(r, wire.Publish)
	gone.Store(true)
	o.report(c, r.ID, "two served and one waiting", func(r *Report) bool {
		all := r.Items[0].Channels
		return len(all) == 1 && all[0].Accepted == 2 && all[0].Waiting == 1
	})
	o.letters("1/1/1", "1/2/1", "1/3/1", "2/1/1", "2/2/1")
	o.pass(20 * time.Minute)
	o.letters("1/1/1", "1/2/1", "1/3/1", "2/1/1", "2/2/1", "2/3/1")
}

// A batch may be planned when what was due after it has been fetched already, as by a
// process whose clock is behind.
func TestABatchThatIsPlannedAfterItsTimeIsDelivered(t *testing.T) {
	t.Parallel()
	eachOffice(t, func(t *testing.T, o *office) {
		o.quiet("lang:en", &wire.Hours{From: "11:00", To: "12:35"})
		other := o.quiet("sector:none", nil)
		_, _ = o.courier()
		o.clear(story(), wire.Publish)
		o.planned(1)
		o.pass(40 * time.Minute)
		o.letters("1/1/1")
		second := o.clear(story(), wire.Publish)
		o.letters("1/1/1", "2/1/1")
		late := store.Batch{Number: second.Number, Release: second.Release, Language: "en", Channel: wire.ByMail, Rank: 3, Shard: 3, Due: o.clock().Add(-10 * time.Minute), Recipients: []wire.SubscriptionID{other.ID}}
		o.write(func(tx *store.Tx) error { return tx.AddBatches([]store.Batch{late}) })
		o.letters("1/1/1", "2/1/1", "2/2/1")
	})
}

// A version that waits for the end of quiet hours is overtaken, and brings nobody
// anything: whoever has changed to digests meanwhile gets the next one there.
func TestWhatIsOvertakenInQuietHoursIsInTheDigest(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	reader := o.quiet("lang:en", &wire.Hours{From: "11:00", To: "14:00"})
	c, _ := o.courier()
	o.started()
	r := story()
	o.clear(r, wire.Publish)
	o.planned(1)
	if err := c.SetPreference(t.Context(), reader.Secret, wire.Preference{Digest: []wire.TimeOfDay{"15:00"}}); err != nil {
		t.Fatal(err)
	}
	o.pass(30 * time.Minute)
	o.clear(r, wire.Correct)
	o.planned(2)
	o.pass(100 * time.Minute) // 14:10
	o.report(c, r.ID, "overtaken", func(r *Report) bool {
		all := r.Items[0].Channels
		return len(all) == 1 && all[0].Superseded == 1
	})
	o.pass(time.Hour)
	o.letters("digest+2/1/1")
}

// A person gets a story once, though one subscription waits for the end of quiet hours
// and another for a digest.
func TestWhatWaitsForTheEndOfQuietHoursIsInNoDigest(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	reader := o.quiet("lang:en", &wire.Hours{From: "11:00", To: "14:00"})
	second := wire.Subscription{Query: "sector:energy", Channel: wire.ByMail, Address: reader.Address, Secret: wire.NewToken(), Preference: &wire.Preference{Digest: []wire.TimeOfDay{"13:00"}}}
	o.write(func(tx *store.Tx) error { return tx.AddSubscriptions([]wire.Subscription{second}) })
	_, _ = o.courier()
	o.started()
	o.clear(story(), wire.Publish)
	o.planned(1)
	o.pass(65 * time.Minute)
	o.until("the digests of one o'clock are settled", func() bool {
		n, err := o.store.ConsumerNumber(t.Context(), digestConsumer)
		return err == nil && n >= o.clock().Add(-5*time.Minute).UnixMicro()
	})
	o.pass(time.Hour)
	o.letters("1/1/1")
}
