package courier

import (
	"flag"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/wireroom/wireroom/internal/match"
	"github.com/wireroom/wireroom/internal/match/matchtest"
	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/store/storetest"
	"github.com/wireroom/wireroom/internal/wire"
)

var standing = flag.Int("standing", 20_000, "subscriptions of BenchmarkStart")

// BenchmarkStart is the time from nothing to an index that has followed the whole
// directory: from the queries alone, and from what was kept. A million:
//
//	go test -run '^$' -bench Start -benchtime 1x ./internal/courier -standing 1000000
func BenchmarkStart(b *testing.B) {
	s := storetest.SQLite(b)
	for first := 0; first < *standing; first += 10_000 {
		subs := make([]wire.Subscription, min(10_000, *standing-first))
		for i := range subs {
			q, err := match.Parse(matchtest.Query(first + i))
			if err != nil {
				b.Fatal(err)
			}
			subs[i] = wire.Subscription{Query: q.String(), Channel: wire.ByMail, Address: fmt.Sprintf("a%d@x.example", first+i), Secret: wire.NewToken()}
		}
		if err := s.Write(b.Context(), func(tx *store.Tx) error { return tx.AddSubscriptions(subs) }); err != nil {
			b.Fatal(err)
		}
	}
	kept := Kept{File: filepath.Join(b.TempDir(), "standing"), Program: "this"}
	start := func(b *testing.B, k Kept) *Courier {
		c := New(Options{Store: s, Now: time.Now, Kept: k, Log: slog.New(slog.DiscardHandler)})
		if err := c.followDirectory(b.Context()); err != nil {
			b.Fatal(err)
		}
		if c.index.Len() != *standing {
			b.Fatalf("%d queries are held", c.index.Len())
		}
		return c
	}
	var c *Courier
	b.Run("from the queries", func(b *testing.B) {
		for b.Loop() {
			c = start(b, Kept{})
		}
	})
	if c == nil {
		c = start(b, Kept{})
	}
	if err := kept.write(c.index); err != nil {
		b.Fatal(err)
	}
	c = nil
	b.Run("from what was kept", func(b *testing.B) {
		for b.Loop() {
			start(b, kept)
		}
		if info, err := os.Stat(kept.File); err == nil {
			b.ReportMetric(float64(info.Size())/float64(*standing), "B/query")
		}
	})
}
