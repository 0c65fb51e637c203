package bus

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/wireroom/wireroom/internal/wire"
)

func openBus(t testing.TB, dir string) *Bus {
	t.Helper()
	b, err := Open(t.Context(), Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	return b
}

func publish(t testing.TB, b *Bus, from, to int64) {
	t.Helper()
	for n := from; n <= to; n++ {
		if err := b.Publish(t.Context(), Item{Number: n, ID: fmt.Sprint("id", n), Payload: fmt.Append(nil, "item ", n)}); err != nil {
			t.Errorf("item %d: %v", n, err)
			return
		}
	}
}

func TestTheStreamTakesEveryNumberOnceAndInOrder(t *testing.T) {
	b := openBus(t, t.TempDir())
	publish(t, b, 1, 3)
	for _, n := range []int64{1, 3, 5, 9} {
		if err := b.Publish(t.Context(), Item{Number: n, ID: fmt.Sprint("again", n)}); !errors.Is(err, ErrOutOfStep) {
			t.Errorf("item %d after 3: %v", n, err)
		}
	}
	if last, err := b.Last(t.Context()); err != nil || last != 3 {
		t.Errorf("Last = %d, %v", last, err)
	}
	publish(t, b, 4, 4)
}

func TestAFollowerGetsWhatWasAndWhatComes(t *testing.T) {
	b := openBus(t, t.TempDir())
	publish(t, b, 1, 5)
	done := errors.New("done")
	want := int64(3)
	var publishing sync.WaitGroup
	defer publishing.Wait() // its answers come after the items
	err := b.Follow(t.Context(), 2, func(it Item) error {
		n := it.Number
		if n != want || string(it.Payload) != fmt.Sprint("item ", n) {
			t.Errorf("got item %d %q, want %d", n, it.Payload, want)
		}
		want++
		if n == 5 {
			publishing.Go(func() { publish(t, b, 6, 8) })
		}
		if n == 8 {
			return done
		}
		return nil
	})
	if !errors.Is(err, done) {
		t.Errorf("Follow = %v", err)
	}
}

// The trap that a durable consumer falls into: it stands ahead of a stream that
// lost its tail and silently delivers nothing.
func TestAStreamThatLostItsTailIsRefilledAndFollowed(t *testing.T) {
	dir := t.TempDir()
	b := openBus(t, dir)
	publish(t, b, 1, 9)
	b.Close()
	if err := os.RemoveAll(filepath.Join(dir, "jetstream")); err != nil {
		t.Fatal(err)
	}
	b = openBus(t, dir)
	if last, _ := b.Last(t.Context()); last != 0 {
		t.Fatalf("the stream still ends at %d", last)
	}
	got := make(chan int64, 1)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go b.Follow(ctx, 9, func(it Item) error { got <- it.Number; return nil })
	publish(t, b, 1, 10)
	select {
	case n := <-got:
		if n != 10 {
			t.Errorf("the follower at 9 got %d, want 10", n)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("the follower heard nothing")
	}
}

// Beside an item comes its key, in whatever bytes; what is no key is left out.
func TestAKeyComesInOneMessageWithItsItem(t *testing.T) {
	b := openBus(t, t.TempDir())
	keys := map[int64][]byte{1: []byte("\x00\n\r\xff key"), 3: bytes.Repeat([]byte{0xfe}, 4<<10)}
	for n := int64(1); n <= 3; n++ {
		if err := b.Publish(t.Context(), Item{Number: n, ID: fmt.Sprint("id", n), Kill: n == 2, Payload: []byte("item"), Key: keys[n]}); err != nil {
			t.Fatal(err)
		}
	}
	foreign := &nats.Msg{Subject: subject, Data: []byte("item"), Header: nats.Header{keyHeader: {"no base64"}}}
	if _, err := b.js.PublishMsg(t.Context(), foreign); err != nil {
		t.Fatal(err)
	}
	done := errors.New("done")
	err := b.Follow(t.Context(), 0, func(it Item) error {
		if !bytes.Equal(it.Key, keys[it.Number]) || (it.Key == nil) != (keys[it.Number] == nil) || string(it.Payload) != "item" || it.Kill != (it.Number == 2) {
			t.Errorf("item %d came as %+v", it.Number, it)
		}
		if it.Number == 4 {
			return done
		}
		return nil
	})
	if !errors.Is(err, done) {
		t.Errorf("Follow = %v", err)
	}
}

func TestItemsSurviveAnotherStart(t *testing.T) {
	dir := t.TempDir()
	b := openBus(t, dir)
	publish(t, b, 1, 4)
	b.Close()
	b = openBus(t, dir)
	if last, err := b.Last(t.Context()); err != nil || last != 4 {
		t.Errorf("Last = %d, %v", last, err)
	}
}

func TestASecondProcessIsRefusedTheSameFolder(t *testing.T) {
	dir := t.TempDir()
	openBus(t, dir)
	if _, err := Open(t.Context(), Options{Dir: dir}); wire.KindOf(err) != wire.Unavailable {
		t.Errorf("a second bus in the same folder: %v", err)
	}
}

func TestAWakeUpReachesWhoListens(t *testing.T) {
	b := openBus(t, t.TempDir())
	woken, stop, err := b.OnWake("clock")
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	b.Wake("other")
	b.Wake("clock")
	select {
	case <-woken:
	case <-time.After(10 * time.Second):
		t.Fatal("not woken")
	}
}
