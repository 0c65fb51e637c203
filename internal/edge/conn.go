package edge

import (
	"sync"

	"github.com/wireroom/wireroom/internal/match"
	"github.com/wireroom/wireroom/internal/wire"
)

// group is the connections with the same canonical filter: an item is matched
// once for all of them.
type group struct {
	number  wire.SubscriptionID // in the index
	query   *match.Query
	members map[*conn]struct{} // by Edge.mu
}

// join adds a connection to the group of its filter.
// The caller holds mu.
func (e *Edge) join(c *conn) {
	name := c.query.String()
	g := e.groups[name]
	if g == nil {
		e.next++
		g = &group{number: e.next, query: c.query, members: map[*conn]struct{}{}}
		e.groups[name], e.numbers[g.number] = g, g
		e.index.Put(g.number, g.query)
		e.meters.groups.Set(float64(len(e.groups)))
	}
	g.members[c] = struct{}{}
	c.group = g
}

// leave takes a connection out of its group, if it has joined one, and ends its
// queue.
func (e *Edge) leave(c *conn) {
	e.mu.Lock()
	if g := c.group; g != nil {
		delete(g.members, c)
		if len(g.members) == 0 {
			delete(e.groups, g.query.String())
			delete(e.numbers, g.number)
			e.index.Remove(g.number)
			e.meters.groups.Set(float64(len(e.groups)))
		}
	}
	e.mu.Unlock()
	for _, en := range c.end() {
		en.tally.gone.Add(1)
	}
}

// conn is one receiver as the fan-out sees it: a place and a bounded queue of
// shared entries. Whatever empties the queue into a socket is not its business.
type conn struct {
	edge  *Edge
	query *match.Query
	group *group // by Edge.mu; nil before it joined

	wake chan struct{} // holds one token while there is something to take

	mu    sync.Mutex
	after int64 // entries up to here are not wanted: the receiver has them
	queue []*entry
	state connState
}

type connState int

const (
	connOpen  connState = iota
	connCut             // the queue overflowed: nothing more is to be sent
	connEnded           // the receiver left
)

func newConn(e *Edge, q *match.Query) *conn {
	return &conn{edge: e, query: q, wake: make(chan struct{}, 1)}
}

// offer puts an entry into the queue. If limit entries wait already, the queue
// is dropped and the connection cut: it must resume, for nothing may be missing
// in the middle. offer never waits.
func (c *conn) offer(en *entry, limit int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.state != connOpen || en.item.Number <= c.after {
		return
	}
	en.tally.offered.Add(1)
	c.after = en.item.Number
	if c.queue = append(c.queue, en); len(c.queue) > limit {
		for _, lost := range c.queue {
			lost.tally.cut.Add(1)
		}
		c.queue, c.state = nil, connCut
		c.edge.meters.cut.WithLabelValues("overflow").Inc()
	}
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// take returns what waits and empties the queue.
func (c *conn) take() ([]*entry, connState) {
	c.mu.Lock()
	defer c.mu.Unlock()
	batch := c.queue
	c.queue = nil
	return batch, c.state
}

// end closes the queue and returns what was left in it.
func (c *conn) end() []*entry {
	c.mu.Lock()
	defer c.mu.Unlock()
	left := c.queue
	c.queue, c.state = nil, connEnded
	return left
}
