package edge

import (
	"fmt"
	"strings"
	"testing"

	"github.com/wireroom/wireroom/internal/edge/frame"
	"github.com/wireroom/wireroom/internal/match"
	"github.com/wireroom/wireroom/internal/seal/advance"
	"github.com/wireroom/wireroom/internal/wire"
)

// BenchmarkOpening measures, step by step, what an edge does between a key and the
// first frame: all that it cannot do before, for it cannot read the text.
//
//	open    the sealed text is opened and checked against the item's signature
//	analyse words for the filters
//	match   against 10,000 different filters
//	gzip    and the others: the frame that all of one form share
//
// A release of 300 KB is fifteen texts of 20 KB; a text of 300 KB in one language is
// the worst that comes.
func BenchmarkOpening(b *testing.B) {
	for _, kB := range []int{20, 300} {
		s, o := newDrawer(b, &tape{})
		x := s.put(longStory(kB << 10))
		it, _ := x.lift()
		key := x.key(&it)
		e := New(o)
		if _, err := e.syncSeals(b.Context()); err != nil {
			b.Fatal(err)
		}
		for i := range 10_000 {
			q := fmt.Sprintf("lang:en AND (turbines OR word%d)", i)
			parsed, err := match.Parse(q)
			if err != nil {
				b.Fatal(err)
			}
			if err := e.index.Put(wire.SubscriptionID(i+1), parsed); err != nil {
				b.Fatal(err)
			}
		}
		name := func(step string) string { return fmt.Sprintf("%d_KB/%s", kB, step) }
		parsed, err := advance.ParseKey(key)
		if err != nil {
			b.Fatal(err)
		}
		opened := func() *entry {
			en, err := e.held[parsed.ID].open(parsed, key, e.publicKey()) // as unseal does
			if err != nil || en == nil {
				b.Fatalf("%v: %v", en, err)
			}
			return en
		}
		b.Run(name("open"), func(b *testing.B) {
			for b.Loop() {
				opened()
			}
		})
		b.Run(name("analyse"), func(b *testing.B) {
			for b.Loop() {
				d := match.NewDocument(&it)
				d.Prepare()
			}
		})
		d := match.NewDocument(&it)
		d.Prepare()
		b.Run(name("match"), func(b *testing.B) {
			for b.Loop() {
				e.index.Match(d)
			}
		})
		data := opened().encoded(e, ninjsEncoding)
		for _, form := range []struct {
			name string
			form frame.Form
		}{{"events", frame.Events}, {"gzip", frame.EventsGzip}, {"zstd", frame.EventsZstd}, {"socket_deflate", frame.SocketFlate}} {
			b.Run(name(form.name), func(b *testing.B) {
				for b.Loop() {
					form.form.Item(it.Number, data)
				}
			})
		}
		b.Run(name("key"), func(b *testing.B) {
			for b.Loop() {
				frame.Events.Key(it.Number, key)
			}
		})
		e.stop()
	}
}

// longStory is a story of about so many bytes, of words that differ.
func longStory(bytes int) *wire.Release {
	r := story("en", "Turbines for the north")
	for i := 0; bytes > 0; i++ {
		var p strings.Builder
		for j := range 60 {
			fmt.Fprintf(&p, "word%d ", (i*37+j*j)%4000)
		}
		bytes -= p.Len()
		r.Editions[0].Body = append(r.Editions[0].Body, wire.P(p.String()))
	}
	return r
}
