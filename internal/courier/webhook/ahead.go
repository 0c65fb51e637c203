package webhook

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"runtime"
	"slices"
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

// openings count the connections that are open, made ahead or not, by where they lead
// to. net/http closes some with a lock held that a reserve needs, so they are not
// counted under the lock of that. They are safe for concurrent use.
type openings struct {
	mu  sync.Mutex
	all map[place]int
}

func (o *openings) count(at place, n int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.all[at] += n; o.all[at] <= 0 {
		delete(o.all, at)
	}
}

// to is how many connections lead somewhere now.
func (o *openings) to(at place) int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.all[at]
}

// reserve are connections that were made ahead, by where they lead to. They are ready
// to the last: whatever the protocol has to say first is said, and their goroutines
// wait. It is safe for concurrent use.
type reserve struct {
	most   int // are kept
	mu     sync.Mutex
	kept   map[place][]*early
	total  int  // of them
	pruned bool // a timer sees to that
}

// early is a connection that was made ahead. Its fields are the reserve's.
type early struct {
	conn  *http.ClientConn
	below net.Conn  // what it writes to
	until time.Time // is kept, unless it has another by then
}

// some reports whether any is kept.
func (r *reserve) some() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.total > 0
}

// put keeps a connection; false if there are too many.
func (r *reserve) put(at place, e *early) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.total >= r.most {
		return false
	}
	r.total++
	r.kept[at] = append(r.kept[at], e)
	if !r.pruned {
		r.pruned = true
		time.AfterFunc(aheadTime/4, r.tidy)
	}
	return true
}

// take reserves a request on one of the connections that lead somewhere; nil if none
// has room for one. Whoever has it makes the request.
func (r *reserve) take(at place, now time.Time) *early {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, e := range slices.Backward(r.kept[at]) {
		if e.conn.Reserve() != nil { // it is busy, or closed
			continue
		}
		e.until = now.Add(keptTime)
		return e
	}
	return nil
}

// prune lets go what is closed, and closes what has waited long enough.
func (r *reserve) prune(now time.Time) {
	var over []*http.ClientConn
	r.mu.Lock()
	for at, all := range r.kept {
		left := slices.DeleteFunc(all, func(e *early) bool {
			if e.conn.Err() == nil && (now.Before(e.until) || e.conn.InFlight() > 0) {
				return false
			}
			over = append(over, e.conn)
			return true
		})
		if r.kept[at] = left; len(left) == 0 {
			delete(r.kept, at)
		}
	}
	r.total -= len(over)
	r.mu.Unlock()
	for _, c := range over {
		c.Close()
	}
}

// tidy prunes for as long as there is something kept.
func (r *reserve) tidy() {
	r.prune(time.Now())
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.pruned = r.total > 0; r.pruned {
		time.AfterFunc(aheadTime/4, r.tidy)
	}
}

// close closes everything that is kept, but for what has a request under way.
func (r *reserve) close() { r.prune(time.Now().Add(24 * time.Hour)) }

// roundTrip makes the request for which the connection was taken.
func (e *early) roundTrip(req *http.Request) (*http.Response, error) {
	// A transport would say it. The connection has been found, as far as anyone asks.
	if trace := httptrace.ContextClientTrace(req.Context()); trace != nil && trace.GotConn != nil {
		trace.GotConn(httptrace.GotConnInfo{Conn: e.below, Reused: true, WasIdle: true})
	}
	return e.conn.RoundTrip(req)
}

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
			defer func() { <-slots }()
			n.connectAhead(ctx, t.place, t.count)
		})
	}
}

// belowKey is where, in a context, whoever connects ahead wants to be told what the
// transport's dialling made.
type belowKey struct{}

func tell(ctx context.Context, made net.Conn) {
	if below, ok := ctx.Value(belowKey{}).(*net.Conn); ok {
		*below = made
	}
}

// connectAhead makes connections until so many are open; one is enough where it
// carries many requests.
func (n *Network) connectAhead(ctx context.Context, at place, want int) {
	for n.open.to(at) < want && ctx.Err() == nil {
		e := &early{}
		var err error
		e.conn, err = n.transport.NewClientConn(context.WithValue(ctx, belowKey{}, &e.below), at.scheme, at.hostPort)
		if err != nil {
			return
		}
		e.until = time.Now().Add(aheadTime)
		if !n.ahead.put(at, e) {
			e.conn.Close()
			return
		}
		if _, h2 := e.below.(*tls.Conn); h2 {
			return
		}
	}
}

// early is a connection that was made ahead and has room for a request; nil if there
// is none, and for a request that could not be made once more.
func (n *Network) early(req *http.Request) *early {
	if !n.ahead.some() || req.Body != nil && req.GetBody == nil {
		return nil
	}
	at, ok := placeOf(req.URL)
	if !ok {
		return nil
	}
	return n.ahead.take(at, time.Now())
}
