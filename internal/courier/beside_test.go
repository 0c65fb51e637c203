package courier

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wireroom/wireroom/internal/wire"
)

// convoy is a channel whose workers have several deliveries under way at once. Each is
// brought to a random end.
type convoy struct {
	*script
	from sync.Map // *source → nothing
	mu   sync.Mutex
	sent int // since the test began: that a crash could make unknown
	most int // under way at once by one worker
}

func (c *convoy) Carry(_, ctx context.Context, from Source) {
	c.from.Store(from, nil)
	for {
		p, ok := from.Next(true)
		if !ok {
			return
		}
		under := []Parcel{p}
		for len(under) < 8 {
			p, ok := from.Beside()
			if !ok {
				break
			}
			under = append(under, p)
		}
		c.mu.Lock()
		c.sent += len(under)
		c.most = max(c.most, len(under))
		c.mu.Unlock()
		for i := range under {
			if p := &under[i]; p.Attempt == 1 && rand.N(10) == 0 {
				c.mu.Lock()
				c.sent--
				c.mu.Unlock()
				p.Later(0) // it never left
			} else {
				p.Done(p.Shipment.Deliver(ctx, p.Subscription, p.Attempt))
			}
		}
	}
}

// However many deliveries a worker has under way, a crash makes at most as many unknown
// as there are workers, and a hundred: what waits for room, and what has some.
func TestWhatACrashCanRepeatIsBounded(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	const letters, workers = 2000, 6
	o.subscribe(letters, wire.ByMail, "sector:energy")
	held := make(chan struct{})
	o.mail.workers = workers
	o.mail.flush = func() error { <-held; return nil } // nothing comes to disk
	fleet := &convoy{script: o.mail}
	c, stop := o.courierWith(func(options *Options) { options.Channels[wire.ByMail] = fleet })
	r := story()
	o.clear(r, wire.Publish)
	waiting := func() (n int) {
		fleet.from.Range(func(from, _ any) bool {
			m := from.(*source).d.commit
			m.mu.Lock()
			defer m.mu.Unlock()
			n = m.waiting
			return false
		})
		return n
	}
	for deadline := time.Now().Add(20 * time.Second); waiting() < workers; {
		if time.Now().After(deadline) {
			t.Fatalf("%d of %d workers wait for room", waiting(), workers)
		}
		c.Wake()
		time.Sleep(2 * time.Millisecond) // yields to the courier; nothing depends on how long
	}
	fleet.mu.Lock()
	if fleet.sent != workers+maxUnwritten {
		t.Errorf("%d deliveries left that are not on disk, want %d", fleet.sent, workers+maxUnwritten)
	}
	fleet.mu.Unlock()
	close(held)
	o.report(c, r.ID, "settled", settled(1))
	stop()
	if fleet.most < 2 {
		t.Error("no worker ever had two under way")
	}
	fleet.keepsNothing(t)
	if got := len(o.mail.deliveries()); got != letters {
		t.Errorf("%d deliveries of %d", got, letters)
	}
}

// keepsNothing checks that no room is kept for receipts once there are none to come.
func (c *convoy) keepsNothing(t *testing.T) {
	t.Helper()
	c.from.Range(func(from, _ any) bool {
		s := from.(*source)
		s.d.commit.mu.Lock()
		defer s.d.commit.mu.Unlock()
		if s.kept != 0 || s.d.commit.beside != 0 || s.d.commit.unwritten != 0 {
			t.Errorf("room is kept for nothing: a worker %d, all %d, of %d", s.kept, s.d.commit.beside, s.d.commit.unwritten)
		}
		return true
	})
}

// A flight ends at what was overtaken, which gets its receipt without being sent.
func TestWhatWasOvertakenIsNotSentBesideOthers(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	const letters = 50
	o.subscribe(letters, wire.ByMail, "sector:energy")
	r := story()
	o.clear(r, wire.Publish)
	corrected := o.clear(r, wire.Correct)
	fleet := &convoy{script: o.mail}
	c, stop := o.courierWith(func(options *Options) { options.Channels[wire.ByMail] = fleet })
	report := o.report(c, r.ID, "settled", settled(2))
	stop()
	if a, b := report.Items[0].Channels[0], report.Items[1].Channels[0]; a.Superseded != letters || b.Accepted != letters {
		t.Errorf("%+v\n%+v", a, b)
	}
	if got := o.mail.deliveries(); len(got) != letters || !strings.HasPrefix(got[0], fmt.Sprint(corrected.Number, "/")) {
		t.Errorf("%d deliveries of %d: %v", len(got), letters, got)
	}
	fleet.keepsNothing(t)
}
