package edge

import (
	"fmt"
	"testing"
	"time"

	"github.com/wireroom/wireroom/internal/match"
	"github.com/wireroom/wireroom/internal/wire"
)

// BenchmarkPublishToGroups measures what is fixed for an item where every tenth of
// 10,000 groups wants it: matching, and gathering whom it concerns. Nobody is
// connected.
func BenchmarkPublishToGroups(b *testing.B) {
	const groups = 10_000
	p := &tape{}
	e := New(Options{History: p})
	if _, err := e.Start(b.Context()); err != nil {
		b.Fatal(err)
	}
	for i := range groups {
		q, err := match.FromFilter(match.Filter{Text: fmt.Sprintf("turbine%d OR tisch%d", i%10, i)})
		if err != nil {
			b.Fatal(err)
		}
		e.mu.Lock()
		g, err := e.groupOf(want{query: q})
		e.mu.Unlock()
		if err != nil {
			b.Fatal(err)
		}
		g.seatTaken(0) // of a shard; there are none, so that nothing is sent
	}
	it := p.clear(story("en", "News of turbine3"), wire.Publish, time.Now())
	b.ReportAllocs()
	for b.Loop() {
		e.publish(&entry{item: it})
	}
}
