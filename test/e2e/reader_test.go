package e2e

import (
	"context"
	"encoding/json"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/wireroom/wireroom/client"
	"github.com/wireroom/wireroom/internal/wire"
	"github.com/wireroom/wireroom/test/e2e/rig"
)

// reader is a desktop that follows the wire from a place on.
type reader struct {
	t  *testing.T
	mu sync.Mutex
	// numbers and releases of the items that came, in order.
	numbers  []int64
	releases []wire.ReleaseID
	resets   int
}

func follow(t *testing.T, url, after string) *reader {
	r := &reader{t: t}
	ctx, stop := context.WithCancel(t.Context())
	var ended sync.WaitGroup
	ended.Go(func() {
		s := client.Stream{URL: url, Format: "headline", Last: after}
		_ = s.Run(ctx, func(e client.Event) error { // ends with the context
			r.take(e)
			return nil
		})
	})
	t.Cleanup(func() { stop(); ended.Wait() })
	return r
}

func (r *reader) take(e client.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if e.Type != "item" {
		r.resets++
		return
	}
	var head struct {
		Number  int64          `json:"number"`
		Release wire.ReleaseID `json:"release"`
	}
	if err := json.Unmarshal(e.Data, &head); err != nil || head.Number != e.Number() {
		r.t.Errorf("event %s is not the headline of its item: %v: %s", e.ID, err, e.Data)
	}
	r.numbers = append(r.numbers, head.Number)
	r.releases = append(r.releases, head.Release)
}

// saw reports whether an item of a release came.
func (r *reader) saw(id wire.ReleaseID) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, x := range r.releases {
		if x == id {
			return true
		}
	}
	return false
}

// check waits until the reader has as much as is on the wire, and compares.
func (r *reader) check(items []wire.Item) {
	r.t.Helper()
	rig.Wait(r.t, 15*time.Second, "the reader's last item", func() error {
		r.mu.Lock()
		defer r.mu.Unlock()
		if len(r.numbers) < len(rig.Told(items, r.numbers)) {
			return rig.ErrNotYet
		}
		return nil
	})
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.resets > 0 {
		r.t.Errorf("the stream was reset %d times", r.resets)
	}
	if due := rig.Told(items, r.numbers); !slices.Equal(r.numbers, due) {
		r.t.Errorf("the reader had %v, due were %v", r.numbers, due)
	}
}
