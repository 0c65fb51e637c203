package outbox

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/wireroom/wireroom/internal/bus"
	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/wire"
)

func openStore(t *testing.T) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "wire.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func openBus(t *testing.T, dir string) *bus.Bus {
	t.Helper()
	b, err := bus.Open(t.Context(), bus.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	return b
}

func add(t *testing.T, s *store.Store, n int) {
	t.Helper()
	for range n {
		r := &wire.Release{ID: wire.NewReleaseID(), Editions: []wire.Edition{{Language: "en", Headline: "Headline", Body: []wire.Block{wire.P("x")}}}}
		it := wire.NewItem(r, &r.Editions[0], wire.Publish, nil, time.Now(), wire.Amendment{})
		if err := s.Write(t.Context(), func(tx *store.Tx) error { return tx.AddItem(&it, func(*wire.Item) {}) }); err != nil {
			t.Fatal(err)
		}
	}
}

// run runs an outbox until the stream ends at want.
func run(t *testing.T, s *store.Store, b *bus.Bus, want int64) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	go New(s, b, nil, nil, nil).Run(ctx)
	numbers := int64(0)
	err := b.Follow(ctx, 0, func(from bus.Item) error {
		numbers++
		var it wire.Item
		if err := json.Unmarshal(from.Payload, &it); err != nil || it.Number != from.Number || from.Number != numbers {
			t.Errorf("item %d on the stream is number %d at place %d: %v", from.Number, it.Number, numbers, err)
		}
		if from.Number == want {
			cancel()
		}
		return nil
	})
	if numbers != want {
		t.Errorf("the stream has %d items, want %d: %v", numbers, want, err)
	}
}

func TestEverythingInTheStoreReachesTheStreamOnceAndInOrder(t *testing.T) {
	s, b := openStore(t), openBus(t, t.TempDir())
	add(t, s, 300)
	run(t, s, b, 300)
	add(t, s, 5)
	run(t, s, b, 305)
}

func TestSeveralOutboxesPublishNothingTwice(t *testing.T) {
	s, b := openStore(t), openBus(t, t.TempDir())
	add(t, s, 100)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	for range 3 {
		go New(s, b, nil, nil, nil).Run(ctx)
	}
	run(t, s, b, 100)
}

func TestAStreamThatWasLostIsWrittenAgainFromTheStore(t *testing.T) {
	dir := t.TempDir()
	s, b := openStore(t), openBus(t, dir)
	add(t, s, 20)
	run(t, s, b, 20)
	b.Close()
	if err := os.RemoveAll(filepath.Join(dir, "jetstream")); err != nil {
		t.Fatal(err)
	}
	run(t, s, openBus(t, dir), 20)
}

func TestKeysGoOnTheStreamBesideTheirItems(t *testing.T) {
	s, b := openStore(t), openBus(t, t.TempDir())
	add(t, s, 5)
	keys := func(_ context.Context, items []store.Payload) [][]byte {
		keys := make([][]byte, len(items))
		for i, it := range items {
			if it.Number%2 == 0 {
				keys[i] = fmt.Append(nil, "key to ", it.ID, " of ", it.Release)
			}
		}
		return keys
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	go New(s, b, keys, nil, nil).Run(ctx)
	seen := int64(0)
	err := b.Follow(ctx, 0, func(from bus.Item) error {
		var it wire.Item
		if err := json.Unmarshal(from.Payload, &it); err != nil {
			t.Error(err)
		}
		want := ""
		if seen = it.Number; seen%2 == 0 {
			want = fmt.Sprint("key to ", it.ID, " of ", it.Release)
		}
		if string(from.Key) != want {
			t.Errorf("beside item %d is %q, want %q", it.Number, from.Key, want)
		}
		if seen == 5 {
			cancel()
		}
		return nil
	})
	if seen != 5 {
		t.Errorf("the stream ends at %d: %v", seen, err)
	}
}

func TestAStoreOlderThanTheStreamStopsTheOutbox(t *testing.T) {
	s, b := openStore(t), openBus(t, t.TempDir())
	add(t, s, 3)
	run(t, s, b, 3)
	older := openStore(t)
	add(t, older, 1)
	if err := New(older, b, nil, nil, nil).Run(t.Context()); wire.KindOf(err) != wire.Conflict {
		t.Errorf("an outbox over a restored store: %v", err)
	}
}
