package webhook

import (
	"context"
	"net/url"
	"runtime"
	"sync"
	"time"
)

const (
	// aheadTime is how long a connection that was made ahead waits for its first
	// request. Servers close those that say nothing after some ten seconds to a
	// minute.
	aheadTime = time.Minute
	// maxAheadHost bounds how many are made to one host, and maxDialling how many
	// are made at a time.
	maxAheadHost = 8
	maxDialling  = 1024
)

// Preconnect connects to addresses ahead of the moment at which there is something to
// bring, through TLS, and keeps the connections for a minute, or for as long as others
// once they have had a request. Addresses to which one is open already get none; what
// cannot be reached is left to the delivery. It returns when all were tried or ctx
// ends, and what that left behind in memory is swept up, so that it is not in the midst
// of a release.
//
// An endpoint sees that it was connected to. Whoever calls this before a clear
// time must do so for all endpoints, not for those that will get something, and
// at other times too: else the connection tells what is to come.
func (n *Network) Preconnect(ctx context.Context, addresses []string) {
	n.kept.prune(time.Now()) // what is closed by now is not open
	type target struct {
		place
		count int
	}
	var targets []*target
	byPlace := map[place]*target{}
	for _, address := range addresses {
		u, err := url.Parse(address)
		if err != nil {
			continue
		}
		at, ok := placeOf(u)
		if !ok {
			continue
		}
		t := byPlace[at]
		if t == nil {
			t = &target{place: at}
			byPlace[at] = t
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
		if n.open.to(t.place) >= t.count {
			continue
		}
		select {
		case <-ctx.Done():
			return
		case slots <- struct{}{}:
		}
		all.Go(func() {
			made := n.connectAhead(ctx, t.place, t.count)
			<-slots
			for _, l := range made {
				if !l.hear() || !n.kept.put(l) {
					l.conn.Close()
				}
			}
		})
	}
}

// connectAhead makes connections until so many are open; one is enough where it
// carries many requests. It gives those that carry one at a time.
func (n *Network) connectAhead(ctx context.Context, at place, want int) (made []*line) {
	for n.open.to(at) < want && ctx.Err() == nil {
		c, err := n.connect(ctx, at, aheadTime)
		if err != nil {
			break
		}
		l, ok := c.(*line)
		if !ok {
			c.(*shared).conn.Release()
			break
		}
		made = append(made, l)
	}
	return made
}
