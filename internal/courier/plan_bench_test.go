package courier

import (
	"fmt"
	"testing"
	"time"

	"github.com/wireroom/wireroom/internal/wire"
)

// BenchmarkBatches is the dividing of an item's recipients into batches, which all
// of them wait for.
func BenchmarkBatches(b *testing.B) {
	const n = 86_000
	c := New(Options{Now: time.Now, Channels: map[wire.Channel]Channel{wire.ByMail: &script{}}})
	matched := make([]wire.SubscriptionID, n)
	for i := range matched {
		id := wire.SubscriptionID(i + 1)
		matched[i] = id
		c.subs[id] = &wire.Subscription{ID: id, Channel: wire.ByMail, Address: fmt.Sprintf("reader%d@desk%d.example", i, i%500)}
	}
	it := &wire.Item{Number: 1, Release: "r", Action: wire.Publish, ClearTime: time.Now()}
	for b.Loop() {
		if batches := c.batches(it, nil, matched); len(batches) < n/batchSize {
			b.Fatalf("%d batches", len(batches))
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/recipient")
}
