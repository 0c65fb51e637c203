package drop

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wireroom/wireroom/internal/courier/channeltest"
	"github.com/wireroom/wireroom/internal/wire"
)

// talk is a session of nothing.
type talk struct {
	closed atomic.Bool
}

func (s *talk) watch(context.Context) func() error   { return func() error { return nil } }
func (s *talk) stage(context.Context, *file) error   { return nil }
func (s *talk) publish(context.Context, *file) error { return nil }
func (s *talk) close()                               { s.closed.Store(true) }
func (s *talk) work(d time.Duration) func(session) error {
	return func(session) error { time.Sleep(d); return nil }
}
func opening(s *talk) func(context.Context) (session, error) {
	return func(context.Context) (session, error) { return s, nil }
}

func TestASessionIsKeptForAWhileAndThenClosed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, s := newPool(time.Minute), &talk{}
		opened := 0
		open := func(context.Context) (session, error) { opened++; return s, nil }
		for range 3 {
			if err := p.with(t.Context(), "a", open, s.work(time.Second)); err != nil {
				t.Fatal(err)
			}
			time.Sleep(59 * time.Second)
			synctest.Wait()
			if s.closed.Load() || opened != 1 {
				t.Fatalf("closed %v, opened %d times", s.closed.Load(), opened)
			}
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if !s.closed.Load() || len(p.places) > 0 {
			t.Errorf("still open after its idle time; %d places", len(p.places))
		}
	})
}

func TestAnAddressHasOneSessionAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, busy := newPool(time.Minute), 0
		var all sync.WaitGroup
		for i := range 30 {
			all.Go(func() {
				s := &talk{}
				err := p.with(t.Context(), fmt.Sprint("address ", i%2), opening(s), func(session) error {
					if i%2 == 0 {
						if busy++; busy > 1 {
							t.Error("two at a time")
						}
						time.Sleep(time.Second)
						busy--
					}
					if i%3 == 0 {
						return errors.New("broken")
					}
					return nil
				})
				if (err != nil) != (i%3 == 0) {
					t.Errorf("%d: %v", i, err)
				}
			})
		}
		all.Wait()
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		if len(p.places) > 0 {
			t.Errorf("%d places are left", len(p.places))
		}
	})
}

func TestWhoWaitsForATurnCanGiveUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, s := newPool(time.Minute), &talk{}
		go func() { _ = p.with(t.Context(), "a", opening(s), s.work(time.Hour)) }()
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := p.with(ctx, "a", opening(s), s.work(0)); !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
		time.Sleep(2 * time.Hour)
		p.close()
	})
}

func TestOneConnectionServesManyDeliveriesAndAStaleOneIsReplaced(t *testing.T) {
	for _, scheme := range servers[:3] {
		t.Run(scheme.name, func(t *testing.T) {
			o := scheme.open(t)
			d := channel(t, o)
			net := between(d)
			deliver := func(n int64) {
				it := channeltest.Item(wire.Publish, "en")
				it.Number = n
				accepted(t, prepare(t, d, it).Deliver(t.Context(), o.Subscription(""), 1))
			}
			deliver(1)
			first := net.connections()
			deliver(2)
			data := 0
			if scheme.name != "sftp" {
				data = 1
			}
			if got := net.connections() - first; got != data {
				t.Errorf("%d connections for the second delivery, want %d", got, data)
			}
			net.hangUp() // as a server does that is tired of waiting
			deliver(3)
			if got := o.Files(t); len(got) != 3 {
				t.Errorf("files %q", got)
			}
		})
	}
}
