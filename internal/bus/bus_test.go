package bus

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

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
	err := b.Follow(t.Context(), 2, func(n int64, payload []byte) error {
		if n != want || string(payload) != fmt.Sprint("item ", n) {
			t.Errorf("got item %d %q, want %d", n, payload, want)
		}
		want++
		if n == 5 {
			go publish(t, b, 6, 8)
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
	go b.Follow(ctx, 9, func(n int64, _ []byte) error { got <- n; return nil })
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
