package webhook

import (
	"context"
	"crypto/tls"
	"net/http"
	"slices"
	"sync"
	"time"
)

// openings count the connections that are open by where they lead to. net/http closes
// some with a lock held that a pool needs, so they are not counted under the lock of
// that. They are safe for concurrent use.
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

// tidyTime is how often a pool looks for what was closed by the other side.
const tidyTime = 15 * time.Second

// pool is what is open and can carry a request, by where it leads to. Once it is full,
// what comes is not kept: were the oldest let go for it, a release to more endpoints
// than there is room for would find none of them. It is safe for concurrent use.
type pool struct {
	most    int // are kept
	mu      sync.Mutex
	lines   map[place][]*line // those without a request
	shared  map[place][]*shared
	total   int  // of both
	tidying bool // a timer sees to that
}

func newPool(most int) *pool {
	return &pool{most: most, lines: map[place][]*line{}, shared: map[place][]*shared{}}
}

// size is how many connections are kept.
func (p *pool) size() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.total
}

// admit counts one more; false if there are too many. The lock is held.
func (p *pool) admit() bool {
	if p.total >= p.most {
		return false
	}
	p.total++
	if !p.tidying {
		p.tidying = true
		time.AfterFunc(tidyTime, p.tidy)
	}
	return true
}

// put keeps a line without a request; false if there are too many.
func (p *pool) put(l *line) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.lines[l.at]) >= maxHost || !p.admit() {
		return false
	}
	p.lines[l.at] = append(p.lines[l.at], l)
	return true
}

// keep keeps a connection of HTTP/2; false if there are too many.
func (p *pool) keep(s *shared) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.shared[s.at]) >= maxHost || !p.admit() {
		return false
	}
	p.shared[s.at] = append(p.shared[s.at], s)
	return true
}

// take gives a connection on which a request can be made to somewhere, and must be;
// nil if there is none.
func (p *pool) take(at place, now time.Time) connection {
	if s := p.reserve(at, now); s != nil {
		return s
	}
	for {
		l := p.last(at)
		if l == nil {
			return nil
		}
		if l.look() {
			return l
		}
		l.conn.Close()
	}
}

// reserve reserves a request on a connection of HTTP/2; nil if none has room for it.
func (p *pool) reserve(at place, now time.Time) *shared {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, s := range slices.Backward(p.shared[at]) {
		if s.conn.Reserve() == nil {
			s.until = now.Add(keptTime)
			return s
		}
	}
	return nil
}

// last takes the line out that carried a request last; nil if there is none.
func (p *pool) last(at place) *line {
	p.mu.Lock()
	defer p.mu.Unlock()
	all := p.lines[at]
	if len(all) == 0 {
		return nil
	}
	l := all[len(all)-1]
	all[len(all)-1] = nil
	p.total--
	if p.lines[at] = all[:len(all)-1]; len(all) == 1 {
		delete(p.lines, at)
	}
	return l
}

// prune closes what has waited long enough, and lets go what the other side has closed.
func (p *pool) prune(now time.Time) {
	p.mu.Lock()
	places := make([]place, 0, len(p.lines))
	for at := range p.lines {
		places = append(places, at)
	}
	over := p.pruneShared(now)
	p.mu.Unlock()
	for _, s := range over {
		s.conn.Close()
	}
	for _, at := range places {
		p.mu.Lock()
		all := p.lines[at]
		delete(p.lines, at)
		p.total -= len(all)
		p.mu.Unlock()
		for _, l := range all {
			if !now.Before(l.until) || !l.look() || !p.put(l) {
				l.conn.Close()
			}
		}
	}
}

// drop no longer keeps a connection on which a request failed. It may be dead, however
// long that takes to be found out; it is closed after what is under way on it.
func (p *pool) drop(s *shared) {
	p.mu.Lock()
	all := p.shared[s.at]
	if i := slices.Index(all, s); i >= 0 {
		p.total--
		if p.shared[s.at] = slices.Delete(all, i, i+1); len(all) == 1 {
			delete(p.shared, s.at)
		}
	}
	p.mu.Unlock()
	s.alone()
}

// pruneShared gives what is to be closed. One that the other side lets end is not: it
// ends with its requests. The lock is held.
func (p *pool) pruneShared(now time.Time) (over []*shared) {
	for at, all := range p.shared {
		left := slices.DeleteFunc(all, func(s *shared) bool {
			busy := s.conn.InFlight() > 0
			if s.conn.Err() == nil && (busy || now.Before(s.until)) {
				return false
			}
			if !busy {
				over = append(over, s)
			}
			p.total--
			return true
		})
		if p.shared[at] = left; len(left) == 0 {
			delete(p.shared, at)
		}
	}
	return over
}

// tidy prunes for as long as there is something kept.
func (p *pool) tidy() {
	p.prune(time.Now())
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.tidying = p.total > 0; p.tidying {
		time.AfterFunc(tidyTime, p.tidy)
	}
}

// close closes everything that is kept, but for what has a request under way.
func (p *pool) close() { p.prune(time.Now().Add(24 * time.Hour)) }

// shared is a connection that carries many requests at a time, by HTTP/2. Its fields are
// the pool's.
type shared struct {
	pool  *pool
	at    place
	conn  *http.ClientConn
	until time.Time // is kept, should it have nothing to carry
}

// roundTrip implements connection, for a request that was reserved.
func (s *shared) roundTrip(req *http.Request) (*http.Response, bool, error) {
	resp, err := s.conn.RoundTrip(req)
	if err != nil {
		s.pool.drop(s)
	}
	return resp, false, err
}

// madeKey is where, in a context, the transport's dialling finds what is connected.
type madeKey struct{}

// newShared has net/http speak HTTP/2 over what is connected. The first request is
// reserved.
func (n *Network) newShared(ctx context.Context, at place, made *tls.Conn, until time.Time) (*shared, error) {
	conn, err := n.transport.NewClientConn(context.WithValue(ctx, madeKey{}, made), at.scheme, at.hostPort)
	if err == nil {
		err = conn.Reserve()
	}
	if err != nil {
		made.Close()
		return nil, err
	}
	return &shared{n.kept, at, conn, until}, nil
}

// alone has the connection, which is not kept, closed after its requests. The hook is
// called at once if there are none.
func (s *shared) alone() {
	s.conn.SetStateHook(func(c *http.ClientConn) {
		if c.InFlight() == 0 {
			c.Close()
		}
	})
}
