package webhook

import (
	"context"
	"crypto/tls"
	"net"
	"runtime"
	"sync"
	"time"
)

const (
	// aheadTime is how long a connection that was made ahead waits for its
	// request. Servers close those that say nothing after some ten seconds to a
	// minute.
	aheadTime = time.Minute
	// maxAheadHost bounds how many are made to one host, and maxDialling how many
	// are made at a time.
	maxAheadHost = 8
	maxDialling  = 1024
)

// reserve are connections that wait for their first request, by where they lead
// to, and the number of all that are open. It is safe for concurrent use.
type reserve struct {
	most  int // are kept
	mu    sync.Mutex
	open  map[string]int
	kept  map[string][]early
	total int
}

type early struct {
	conn  net.Conn
	until time.Time
}

func (r *reserve) empty() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.total == 0
}

func (r *reserve) count(key string, n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.open[key] += n; r.open[key] <= 0 {
		delete(r.open, key)
	}
}

// opened is how many connections lead somewhere now.
func (r *reserve) opened(key string) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.open[key]
}

// put keeps a connection; false if there are too many.
func (r *reserve) put(key string, c net.Conn, until time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.total >= r.most {
		return false
	}
	r.total++
	r.kept[key] = append(r.kept[key], early{c, until})
	return true
}

// take returns the connection that was made last; nil if there is none.
func (r *reserve) take(key string) net.Conn {
	r.mu.Lock()
	defer r.mu.Unlock()
	all := r.kept[key]
	if len(all) == 0 {
		return nil
	}
	r.total--
	last := all[len(all)-1]
	if all = all[:len(all)-1]; len(all) == 0 {
		delete(r.kept, key)
	} else {
		r.kept[key] = all
	}
	return last.conn
}

// prune closes what has waited long enough.
func (r *reserve) prune(now time.Time) {
	var over []net.Conn
	r.mu.Lock()
	for key, all := range r.kept {
		left := all[:0]
		for _, e := range all {
			if now.Before(e.until) {
				left = append(left, e)
			} else {
				over = append(over, e.conn)
			}
		}
		if r.kept[key] = left; len(left) == 0 {
			delete(r.kept, key)
		}
	}
	r.total -= len(over)
	r.mu.Unlock()
	for _, c := range over { // which counts it, under the lock
		c.Close()
	}
}

// close closes everything that is kept.
func (r *reserve) close() { r.prune(time.Now().Add(24 * time.Hour)) }

// Preconnect connects to addresses ahead of the moment at which there is
// something to bring, through TLS, and keeps the connections for a minute.
// Addresses to which one is open already get none; what cannot be reached is
// left to the delivery. It returns when all were tried or ctx ends, and what that
// left behind in memory is swept up, so that it is not in the midst of a release.
//
// An endpoint sees that it was connected to. Whoever calls this before a clear
// time must do so for all endpoints, not for those that will get something, and
// at other times too: else the connection tells what is to come.
func (n *Network) Preconnect(ctx context.Context, addresses []string) {
	type target struct {
		hostPort, key string
		count         int
	}
	var targets []*target
	byKey := map[string]*target{}
	for _, address := range addresses {
		hostPort, key, ok := place(address)
		if !ok {
			continue
		}
		t := byKey[key]
		if t == nil {
			t = &target{hostPort: hostPort, key: key}
			byKey[key] = t
			targets = append(targets, t)
		}
		t.count = min(t.count+1, maxAheadHost)
	}
	var all sync.WaitGroup
	defer func() {
		all.Wait()
		runtime.GC()
	}()
	slots := make(chan struct{}, maxDialling)
	for _, t := range targets {
		if n.ahead.opened(t.key) >= t.count {
			continue
		}
		select {
		case <-ctx.Done():
			return
		case slots <- struct{}{}:
		}
		all.Go(func() {
			defer func() { <-slots }()
			n.connectAhead(ctx, t.hostPort, t.key, t.count)
		})
	}
}

// connectAhead makes connections until so many are open; one is enough where it
// carries many requests.
func (n *Network) connectAhead(ctx context.Context, hostPort, key string, want int) {
	for n.ahead.opened(key) < want && ctx.Err() == nil {
		dial := n.connect
		if key != hostPort {
			dial = n.secure
		}
		c, err := dial(ctx, "tcp", hostPort)
		if err != nil {
			return
		}
		if !n.ahead.put(key, c, time.Now().Add(aheadTime)) {
			c.Close()
			return
		}
		time.AfterFunc(aheadTime, func() { n.ahead.prune(time.Now()) })
		if _, h2 := c.(*tls.Conn); h2 {
			return
		}
	}
}
