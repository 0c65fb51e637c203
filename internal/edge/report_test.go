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
