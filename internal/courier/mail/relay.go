package mail

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"math"
	"sync"
	"time"
)

// relay is one SMTP server with what was learnt of it. It is safe for
// concurrent use.
type relay struct {
	name        string // by which we call ourselves
	host, addr  string
	user, pass  string
	tls         bool // TLS from the first byte
	connections int  // most that are open at a time
	certificate *tls.Config
	warmup      *warmup // nil: it is warm

	mu      sync.Mutex
	secure  bool      // it has offered STARTTLS
	down    time.Time // not asked before
	downFor time.Duration
	// allowed is how many connections it bears, learnt from its refusals: half of
	// those in use after each, and one more for as many letters as there are connections.
	allowed float64
	halved  time.Time
	spared  int           // connections that need not be used (see inUse)
	prompts int           // flights that were taken promptly
	spent   time.Time     // it has had its letters of the warm-up before
	changed chan struct{} // closed when one of these changed
}

func newRelay() *relay { return &relay{changed: make(chan struct{})} }

// bears is how many connections the relay bears. The mutex is held.
func (r *relay) bears() int { return int(math.Ceil(r.allowed)) }

func (r *relay) mustEncrypt() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.secure
}

func (r *relay) setEncrypt() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.secure = true
}

// ready waits until the relay may be asked over its nth connection; false if
// ctx ended before.
func (r *relay) ready(ctx context.Context, n int) bool {
	for {
		r.mu.Lock()
		wait := max(time.Until(r.down), time.Until(r.spent))
		if n >= r.inUse() {
			wait = time.Hour // until it bears more, or needs them
		}
		changed := r.changed
		r.mu.Unlock()
		if wait <= 0 {
			return ctx.Err() == nil
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			return false
		case <-changed:
			timer.Stop()
		case <-timer.C:
		}
	}
}

// downUntil is when the relay may be asked again; the zero time if it may.
func (r *relay) downUntil() time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.spent.After(r.down) {
		return r.spent
	}
	return r.down
}

// resting reports whether the nth connection must not be used now.
func (r *relay) resting(n int) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := time.Now()
	return n >= r.inUse() || r.down.After(now) || r.spent.After(now)
}

// draw takes a letter from what the relay may be given today; false if that is
// used up, or nobody can tell, and whether that is news.
func (r *relay) draw(ctx context.Context) (ok, news bool, err error) {
	if r.warmup == nil {
		return true, false, nil
	}
	again, err := r.warmup.draw(ctx, time.Now())
	if again.IsZero() {
		return true, false, nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	news = again.After(r.spent)
	r.spent = again
	return false, news, err
}

// undraw takes a letter back that was not sent.
func (r *relay) undraw() {
	if r.warmup != nil {
		r.warmup.giveBack(time.Now())
	}
}

func (r *relay) tell() {
	close(r.changed)
	r.changed = make(chan struct{})
}

// rest leaves the relay alone for a while, longer each time.
func (r *relay) rest() {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := time.Now()
	if r.down.After(now) {
		return // another connection has found out the same
	}
	r.downFor = min(max(2*r.downFor, time.Second/4), time.Minute)
	r.down = now.Add(r.downFor)
	r.tell()
}

// burdened takes note that the relay says it is asked too much.
func (r *relay) burdened() {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := time.Now()
	if now.Sub(r.halved) < time.Second {
		return // what was under way then is refused too
	}
	r.halved = now
	r.allowed = max(1, min(r.allowed, float64(r.inUse()))/2)
	r.tell()
}

// took takes note that the relay is well and bears this much.
func (r *relay) took() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.downFor != 0 {
		r.down, r.downFor = time.Time{}, 0
		r.tell()
	}
	if r.allowed < float64(r.connections) {
		before := r.bears()
		r.allowed = min(r.allowed+1/r.allowed, float64(r.connections))
		if r.bears() > before {
			r.tell()
		}
	}
}

func encode64(b []byte) string { return base64.StdEncoding.EncodeToString(b) }

func decode64(s string) ([]byte, error) { return base64.StdEncoding.DecodeString(s) }

// orEquals writes an empty initial response, RFC 4954 §4.
func orEquals(s string) string {
	if s == "" {
		return "="
	}
	return s
}
