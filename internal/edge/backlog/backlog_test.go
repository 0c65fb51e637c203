package backlog

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/wireroom/wireroom/internal/bus"
	"github.com/wireroom/wireroom/internal/edge"
	"github.com/wireroom/wireroom/internal/wire"
)

// site answers as the archive does, of a wire of so many items.
func site(t *testing.T, wireItems []wire.Item) (*httptest.Server, *atomic.Bool) {
	t.Helper()
	down := &atomic.Bool{}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var after, limit int
		if n, err := fmt.Sscanf(r.URL.RequestURI(), "/v1/items?after=%d&limit=%d", &after, &limit); n != 2 || err != nil {
			t.Errorf("asked for %s", r.URL)
		}
		if down.Load() {
			http.Error(w, "not now", http.StatusServiceUnavailable)
			return
		}
		items := wireItems[min(after, len(wireItems)):]
		if err := json.NewEncoder(w).Encode(map[string]any{"items": items[:min(limit, len(items))]}); err != nil {
			t.Error(err)
		}
	}))
	t.Cleanup(s.Close)
	return s, down
}

func wireOf(n int) (items []wire.Item) {
	for i := range n {
		r := &wire.Release{ID: wire.NewReleaseID(), Editions: []wire.Edition{{Language: "en", Headline: fmt.Sprint("News ", i+1), Body: []wire.Block{wire.P("x")}}}}
		action := wire.Publish
		if i%10 == 4 {
			action = wire.Kill
		}
		it := wire.NewItem(r, &r.Editions[0], action, nil, time.Now().UTC(), wire.Amendment{})
		it.Number = int64(i + 1)
		items = append(items, it)
	}
	return items
}

// open puts a wire on a bus whose stream has forgotten the first items.
func open(t *testing.T, items []wire.Item, forgotten int64) *bus.Bus {
	t.Helper()
	s, err := server.NewServer(&server.Options{
		ServerName: "backlog", Host: "127.0.0.1", Port: server.RANDOM_PORT, NoSigs: true, NoLog: true,
		MaxPayload: 8 << 20, JetStream: true, StoreDir: t.TempDir(),
	})
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
	if !s.ReadyForConnections(20 * time.Second) {
		t.Fatal("the NATS server does not come up")
	}
	b, err := bus.Open(t.Context(), bus.Options{URL: s.ClientURL()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	for i := range items {
		raw, err := json.Marshal(items[i])
		if err != nil {
			t.Fatal(err)
		}
		if err := b.Publish(t.Context(), bus.Item{Number: items[i].Number, ID: string(items[i].ID), Kill: items[i].Action == wire.Kill, Payload: raw}); err != nil {
			t.Fatal(err)
		}
	}
	conn, err := nats.Connect(s.ClientURL())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	js, err := jetstream.New(conn)
	if err != nil {
		t.Fatal(err)
	}
	stream, err := js.Stream(t.Context(), "WIRE")
	if err != nil {
		t.Fatal(err)
	}
	if err := stream.Purge(t.Context(), jetstream.WithPurgeSequence(uint64(forgotten+1))); err != nil {
		t.Fatal(err)
	}
	return b
}

func TestTheBacklogGoesOnFromTheArchiveToTheStream(t *testing.T) {
	items := wireOf(30)
	archive, _ := site(t, items)
	b := New(open(t, items, 20), archive.URL)
	var got []int64
	for after := int64(0); ; {
		page, err := b.Items(t.Context(), after, 7)
		if err != nil {
			t.Fatal(err)
		}
		if len(page) == 0 {
			break
		}
		for _, it := range page {
			if it.Headline != items[it.Number-1].Headline {
				t.Errorf("item %d is %q", it.Number, it.Headline)
			}
			got = append(got, it.Number)
		}
		after = got[len(got)-1]
	}
	for i, n := range got {
		if n != int64(i+1) || len(got) != 30 {
			t.Fatalf("got %v", got)
		}
	}
	if last, err := b.Last(t.Context()); last != 30 || err != nil {
		t.Errorf("last %d, %v", last, err)
	}
	if kills, err := b.Kills(t.Context()); err != nil || len(kills) != 1 || kills[0].Number != 25 {
		t.Errorf("kills on the stream: %v, %v", kills, err)
	}
}

func TestAnArchiveThatDoesNotAnswerIsSaid(t *testing.T) {
	items := wireOf(10)
	archive, down := site(t, items)
	b := New(open(t, items, 5), archive.URL)
	down.Store(true)
	if _, err := b.Items(t.Context(), 2, 10); !errors.Is(err, edge.ErrOlder) {
		t.Errorf("%v", err)
	}
	if page, err := b.Items(t.Context(), 5, 10); err != nil || len(page) != 5 {
		t.Errorf("what is on the stream: %v, %v", page, err)
	}
}

func TestWithoutAnArchiveTheBacklogBeginsWithTheStream(t *testing.T) {
	b := New(open(t, wireOf(10), 5), "")
	if page, err := b.Items(t.Context(), 2, 10); err != nil || len(page) != 5 || page[0].Number != 6 {
		t.Errorf("%v, %v", page, err)
	}
}

func TestAnArchiveOutOfStepIsNotBelieved(t *testing.T) {
	items := wireOf(10)
	items[3].Number = 9
	archive, _ := site(t, items)
	stream := wireOf(10)
	b := New(open(t, stream, 8), archive.URL)
	if _, err := b.Items(t.Context(), 0, 8); !errors.Is(err, edge.ErrOlder) {
		t.Errorf("%v", err)
	}
}
