package bus

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/wireroom/wireroom/internal/wire"
)

// serve runs a NATS server with JetStream on loopback, as in a region.
func serve(t *testing.T, o server.Options) *server.Server {
	t.Helper()
	o.Host, o.Port, o.NoSigs, o.NoLog, o.MaxPayload, o.JetStream, o.StoreDir = "127.0.0.1", server.RANDOM_PORT, true, true, maxPayload, true, t.TempDir()
	s, err := server.NewServer(&o)
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
	if !s.ReadyForConnections(20 * time.Second) {
		t.Fatal("the NATS server does not come up")
	}
	return s
}

func openAt(t *testing.T, o Options) *Bus {
	t.Helper()
	b, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	return b
}

// freePort is one that nobody listens on: the server does not say which it chose
// for leaf nodes.
func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

func numbers(items []Item) (all []int64) {
	for _, it := range items {
		all = append(all, it.Number)
	}
	return all
}

func TestItemsAreReadByNumber(t *testing.T) {
	b := openBus(t, t.TempDir())
	for _, c := range []struct{ after, want int64 }{{0, 0}, {5, 0}} {
		if items, err := b.Items(t.Context(), c.after, 10); err != nil || len(items) != 0 {
			t.Errorf("of an empty stream: %v, %v", items, err)
		}
	}
	publish(t, b, 1, 300)
	for _, c := range []struct {
		after       int64
		limit       int
		first, last int64
	}{{0, 256, 1, 256}, {256, 256, 257, 300}, {0, 1, 1, 1}, {299, 1, 300, 300}, {298, 2, 299, 300}, {150, 10, 151, 160}} {
		items, err := b.Items(t.Context(), c.after, c.limit)
		if err != nil || len(items) != int(c.last-c.first+1) || items[0].Number != c.first || string(items[0].Payload) != fmt.Sprint("item ", c.first) {
			t.Errorf("%d after %d: %v, %v", c.limit, c.after, numbers(items), err)
		}
	}
	if items, err := b.Items(t.Context(), 300, 10); err != nil || len(items) != 0 {
		t.Errorf("after the last: %v, %v", items, err)
	}
}

func TestAStreamThatForgetsBeginsAtItsOldest(t *testing.T) {
	s := serve(t, server.Options{ServerName: "forgetful"})
	b := openAt(t, Options{URL: s.ClientURL()})
	publish(t, b, 1, 9)
	config := b.stream.CachedInfo().Config
	config.MaxMsgs = 4
	if _, err := b.js.UpdateStream(t.Context(), config); err != nil {
		t.Fatal(err)
	}
	if first, err := b.First(t.Context()); first != 6 || err != nil {
		t.Fatalf("first %d, %v", first, err)
	}
	for _, limit := range []int{1, 3} {
		if items, err := b.Items(t.Context(), 2, limit); err != nil || len(items) != limit || items[0].Number != 6 {
			t.Errorf("%v, %v", numbers(items), err)
		}
	}
	if items, err := b.Items(t.Context(), 0, 100); err != nil || len(items) != 4 {
		t.Errorf("%v, %v", numbers(items), err)
	}
}

func TestKillsAreFoundWithoutReadingEverything(t *testing.T) {
	b := openBus(t, t.TempDir())
	if kills, err := b.Kills(t.Context()); err != nil || len(kills) != 0 {
		t.Errorf("of an empty stream: %v, %v", kills, err)
	}
	for n := int64(1); n <= 40; n++ {
		if err := b.Publish(t.Context(), Item{Number: n, ID: fmt.Sprint(n), Kill: n%10 == 3, Payload: fmt.Append(nil, "item ", n)}); err != nil {
			t.Fatal(err)
		}
	}
	kills, err := b.Kills(t.Context())
	if err != nil || fmt.Sprint(numbers(kills)) != "[3 13 23 33]" || string(kills[1].Payload) != "item 13" {
		t.Errorf("%v, %v", numbers(kills), err)
	}
	items, err := b.Items(t.Context(), 0, 100)
	if err != nil || len(items) != 40 || !items[2].Kill || items[3].Kill {
		t.Errorf("%v, %v", numbers(items), err)
	}
}

// A region has a leaf node with a mirror of the stream: the numbers are the same
// there, items come to it by themselves, and wake-ups and questions cross it.
func TestARegionFollowsAMirror(t *testing.T) {
	port := freePort(t)
	hub := serve(t, server.Options{ServerName: "hub", JetStreamDomain: "hub", LeafNode: server.LeafNodeOpts{Host: "127.0.0.1", Port: port}})
	at := &url.URL{Scheme: "nats", Host: fmt.Sprint("127.0.0.1:", port)}
	leaf := serve(t, server.Options{ServerName: "eu", JetStreamDomain: "eu", LeafNode: server.LeafNodeOpts{Remotes: []*server.RemoteLeafOpts{{URLs: []*url.URL{at}}}}})
	home := openAt(t, Options{URL: hub.ClientURL()})
	publish(t, home, 1, 3)
	eu := openAt(t, Options{URL: leaf.ClientURL(), Reader: true, MirrorOf: "hub"})
	done := errors.New("done")
	want := int64(1)
	err := eu.Follow(t.Context(), 0, func(it Item) error {
		n := it.Number
		if n != want || string(it.Payload) != fmt.Sprint("item ", n) {
			t.Errorf("item %d %q, want %d", n, it.Payload, want)
		}
		if want++; n == 3 {
			go publish(t, home, 4, 6)
		}
		if n == 6 {
			return done
		}
		return nil
	})
	if !errors.Is(err, done) {
		t.Fatal(err)
	}
	if items, err := eu.Items(t.Context(), 1, 10); err != nil || len(items) != 5 {
		t.Errorf("%v, %v", numbers(items), err)
	}
	if stream, err := eu.js.Stream(t.Context(), streamName); err != nil || stream.CachedInfo().Config.Mirror == nil {
		t.Errorf("the region has no mirror: %v", err)
	}
	again := openAt(t, Options{URL: leaf.ClientURL(), Reader: true, MirrorOf: "hub"}) // another edge there
	if last, err := again.Last(t.Context()); last != 6 || err != nil {
		t.Errorf("%d, %v", last, err)
	}

	asked := make(chan string, 1)
	stop, err := home.Answer("receipt", func(p []byte) error {
		if string(p) == "bad" {
			return errors.New("cannot be read")
		}
		asked <- string(p)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	// The interest crosses to the leaf node a moment later.
	for err = eu.Ask(t.Context(), "receipt", []byte("one")); err != nil; err = eu.Ask(t.Context(), "receipt", []byte("one")) {
		if t.Context().Err() != nil {
			t.Fatal(err)
		}
	}
	if got := <-asked; got != "one" {
		t.Errorf("asked %q", got)
	}
	if err := eu.Ask(t.Context(), "receipt", []byte("bad")); wire.KindOf(err) != wire.Unavailable {
		t.Errorf("a failed answer: %v", err)
	}
	stop()
}

func TestAReaderMakesNoStream(t *testing.T) {
	s := serve(t, server.Options{ServerName: "alone"})
	if _, err := Open(t.Context(), Options{URL: s.ClientURL(), Reader: true}); wire.KindOf(err) != wire.Unavailable || !errors.Is(err, jetstream.ErrStreamNotFound) {
		t.Errorf("%v", err)
	}
}
