package courier

import (
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/store/storetest"
	"github.com/wireroom/wireroom/internal/wire"
)

const (
	pastReleases = 10_000
	pastBatches  = 12  // of each, with 250 recipients
	bigBatches   = 172 // of the newest, with 500 recipients: 86,000
	bigFailures  = 4   // in each of its batches, and as many deferred
)

// BenchmarkOnTenThousandReleases asks what an operator asks, of a ledger with
// 10,000 past releases of 3,000 deliveries and one of 86,000.
func BenchmarkOnTenThousandReleases(b *testing.B) {
	for _, engine := range []string{"sqlite", "postgres"} {
		b.Run(engine, func(b *testing.B) {
			s, err := store.Open(b.Context(), storetest.URL(b, engine))
			if err != nil {
				b.Fatal(err)
			}
			b.Cleanup(func() { s.Close() })
			c := New(Options{Store: s, Now: time.Now, Log: slog.New(slog.DiscardHandler)})
			big := fillLedger(b, s)
			ask := func(name string, f func() error) {
				b.Run(name, func(b *testing.B) {
					for b.Loop() {
						if err := f(); err != nil {
							b.Fatal(err)
						}
					}
				})
			}
			ask("report", func() error { _, err := c.Report(b.Context(), big); return err })
			ask("progress", func() error { _, err := c.Progress(b.Context(), big); return err })
			ask("exceptions, one domain of many", func() error {
				_, _, err := c.Exceptions(b.Context(), ExceptionFilter{Release: big, Domain: "nowhere.example"}, "", 1000)
				return err
			})
			ask("deliveries to one who gets all", func() error {
				return found(50)(c.DeliveriesTo(b.Context(), Receiver{Subscription: 1}, 0, 50))
			})
			ask("deliveries to one who got the first", func() error {
				before := int64(0)
				for {
					all, next, err := c.DeliveriesTo(b.Context(), Receiver{Subscription: 2}, before, 50)
					if err != nil || next == 0 {
						return found(1)(all, next, err)
					}
					before = next
				}
			})
		})
	}
}

func found(n int) func([]ReceiverDelivery, int64, error) error {
	return func(all []ReceiverDelivery, _ int64, err error) error {
		if err == nil && len(all) < n {
			err = fmt.Errorf("%d deliveries, want %d", len(all), n)
		}
		return err
	}
}

// fillLedger fills a store with past releases; it returns the newest.
func fillLedger(b *testing.B, s *store.Store) wire.ReleaseID {
	b.Helper()
	write := func(f func(tx *store.Tx) error) {
		if err := s.Write(b.Context(), f); err != nil {
			b.Fatal(err)
		}
	}
	subs := make([]wire.Subscription, 90_000)
	for i := range subs {
		subs[i] = wire.Subscription{ID: wire.SubscriptionID(i + 1), Query: "*", Channel: wire.ByMail, Address: fmt.Sprintf("a%d@d%d.example", i, i%500), Secret: wire.NewToken()}
	}
	write(func(tx *store.Tx) error { return tx.AddSubscriptions(subs) })
	var last wire.ReleaseID
	for n := 0; n <= pastReleases; {
		write(func(tx *store.Tx) error {
			for range 500 {
				if n++; n > pastReleases+1 {
					return nil
				}
				batches, size := pastBatches, 250
				if n > pastReleases {
					batches, size = bigBatches, 500
				}
				r := story()
				last = r.ID
				if err := addPast(tx, r, n, batches, size); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return last
}

// addPast adds a release that was delivered: to subscription 1 always, to 2 only
// the first.
func addPast(tx *store.Tx, r *wire.Release, n, count, size int) error {
	it := wire.NewItem(r, &r.Editions[0], wire.Publish, nil, tx.Now(), wire.Amendment{})
	if err := tx.AddItem(&it, func(*wire.Item) {}); err != nil {
		return err
	}
	batches := make([]store.Batch, count)
	for i := range batches {
		ids := make([]wire.SubscriptionID, 0, size)
		if i == 0 {
			ids = append(ids, 1)
		}
		if i == 0 && n == 1 {
			ids = append(ids, 2)
		}
		for id := 3 + (n*size)%7000 + i*size; len(ids) < size; id++ {
			ids = append(ids, wire.SubscriptionID(id))
		}
		batches[i] = store.Batch{Number: it.Number, Release: r.ID, Language: "en", Channel: wire.ByMail, Rank: 3, Shard: i % shards, Recipients: ids}
	}
	if err := tx.AddBatches(batches); err != nil {
		return err
	}
	for i := range batches {
		if err := receive(tx, &batches[i], n > pastReleases); err != nil {
			return err
		}
	}
	return tx.AdvanceConsumer(consumer, it.Number-1, it.Number)
}

// receive gives a batch its receipts, some of them bad if it is of the newest.
func receive(tx *store.Tx, b *store.Batch, bad bool) error {
	outcomes := make([]wire.Outcome, len(b.Recipients))
	var receipts []wire.Receipt
	tally := store.Tally{Matched: len(outcomes)}
	for i := range outcomes {
		outcomes[i] = wire.Accepted
		r := wire.Receipt{Number: b.Number, Subscription: b.Recipients[i], Outcome: wire.Accepted, Attempt: 1, At: tx.Now()}
		if bad && i < 2*bigFailures {
			r.Outcome, r.Code = wire.Failed, "550 5.1.1 no such user"
			if i%2 == 0 {
				r.Outcome = wire.Deferred
			}
			receipts = append(receipts, r)
		}
		tally.Count(r, wire.Pending)
	}
	if err := tx.AppendReceipts(b, 0, receipts, tally); err != nil || bad {
		return err
	}
	return tx.SealBatch(b.ID, outcomes, nil)
}
