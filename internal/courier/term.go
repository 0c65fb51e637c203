package courier

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/wireroom/wireroom/internal/leader"
	"github.com/wireroom/wireroom/internal/store"
)

// errLost says that another process leads now.
var errLost = errors.New("courier: no longer leads")

// term is the time for which this process leads. A process that was frozen and
// replaced must neither attempt nor write: attempts ask holds, and every
// transaction asks the store (store.Tx.HoldLease). It is safe for concurrent
// use.
type term struct {
	lease store.Lease
	sole  bool // no other process can be alive
	since func() time.Duration

	mu   sync.Mutex
	at   time.Duration // when the last beat that succeeded was begun
	next chan struct{} // closed by the next beat
}

func newTerm(lease store.Lease, sole bool, since func() time.Duration) *term {
	return &term{lease: lease, sole: sole, since: since, at: since(), next: make(chan struct{})}
}

// keep shows that this process lives until ended is closed, and calls lost when
// another one leads. It goes on while the work comes to its end, which may take
// longer than the lease: what is under way must not be begun by a successor.
func (t *term) keep(ctx context.Context, l *leader.Leader, ended <-chan struct{}, lost func()) {
	timer := time.NewTicker(leader.BeatEvery)
	defer timer.Stop()
	for {
		select {
		case <-ended:
			return
		case <-timer.C:
		}
		began := t.since()
		beat, cancel := context.WithTimeout(context.WithoutCancel(ctx), leader.LeaseTime)
		leads := l.Leads(beat)
		cancel()
		if !leads {
			if l.Held().Term == 0 {
				lost()
				return
			}
			continue // nobody can tell; attempts wait for a beat
		}
		t.mu.Lock()
		t.at = began
		close(t.next)
		t.next = make(chan struct{})
		t.mu.Unlock()
	}
}

// holds reports whether this process certainly still leads, by the monotonic
// clock. Where it cannot know, because it was frozen or the store is slow, it
// waits for a beat; false when ctx ends before.
func (t *term) holds(ctx context.Context) bool {
	for {
		t.mu.Lock()
		fresh, next := t.sole || t.since()-t.at < leader.LeaseTime, t.next
		t.mu.Unlock()
		if fresh {
			return ctx.Err() == nil
		}
		select {
		case <-ctx.Done():
			return false
		case <-next:
		}
	}
}
