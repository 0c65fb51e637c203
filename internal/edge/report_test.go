package edge

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wireroom/wireroom/internal/edge/receipt"
	"github.com/wireroom/wireroom/internal/wire"
)

func TestReceiptsAreToldUntilTheyAreKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, Options{Name: "edge-1"})
		h.get(t, "").opened(0)
		h.get(t, "lang=ar").opened(0)
		synctest.Wait()
		var told []receipt.Receipt
		var down atomic.Bool
		down.Store(true)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() {
			defer close(done)
			h.edge.Report(ctx, func(_ context.Context, r receipt.Receipt) error {
				if down.Load() {
					return errors.New("the bus is away")
				}
				if err := r.Check(); err != nil {
					t.Error(err)
				}
				told = append(told, r)
				return nil
			})
		}()
		h.publish(story("en", "News"), wire.Publish)
		time.Sleep(receiptEvery + time.Millisecond)
		down.Store(false)
		time.Sleep(3 * receiptEvery) // it is told once, for nothing happens
		synctest.Wait()
		if len(told) != 1 || told[0].Edge != "edge-1" || told[0].Number != 1 || told[0].Offered != 1 || told[0].Sent != 1 || told[0].Bytes < 100 {
			t.Fatalf("%+v", told)
		}
		h.get(t, "after=0").opened(0).want(item(1)) // it resumes
		synctest.Wait()
		h.publish(story("fr", "News"), wire.Publish)
		synctest.Wait()
		cancel()
		<-done
		if len(told) != 3 || told[1].Number+told[2].Number != 3 || told[1].Replayed+told[2].Replayed != 1 {
			t.Errorf("%+v", told[1:])
		}
	})
}

// Of an item that was scheduled an edge tells whether it was ready, even if nobody
// there wants it.
func TestReceiptsSayWhetherTheEdgeWasReady(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &tape{}
		s, o := newDrawer(t, p)
		o.Name = "edge-1"
		e := New(o)
		defer e.stop()
		if _, err := e.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		scheduled := func(headline string) *sealed {
			r := story("en", headline)
			r.Schedule.UTC = time.Now().UTC()
			return s.put(r)
		}
		first, second := scheduled("In time"), scheduled("Too late")
		if _, err := e.syncSeals(t.Context()); err != nil {
			t.Fatal(err)
		}
		e.acknowledge([]string{first.seal.ID.String()})
		it, _ := first.lift()
		time.Sleep(3 * time.Millisecond)
		e.TakeKey(first.key(&it))
		e.acknowledge([]string{first.seal.ID.String()}) // too late to count
		it, _ = second.lift()
		e.Deliver(it, nil) // the key is lost
		told := map[int64]receipt.Receipt{}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		e.Report(ctx, func(_ context.Context, r receipt.Receipt) error {
			told[r.Number] = r
			return r.Check()
		})
		if r := told[1]; !r.Scheduled || !r.Ready || r.Kept != 1 || r.Opened != 3*time.Millisecond || r.Sent != 0 {
			t.Errorf("ready: %+v", r)
		}
		if r := told[2]; !r.Scheduled || r.Ready || r.Opened != 0 {
			t.Errorf("not ready: %+v", r)
		}
	})
}
