package edge

import (
	"slices"
	"sync"

	"github.com/wireroom/wireroom/internal/match"
	"github.com/wireroom/wireroom/internal/wire"
)

// group is the connections that want the same: an item is matched once for all of
// them.
type group struct {
	name     string              // of what they want
	entitled *match.Query        // within what; nil: everything
	number   wire.SubscriptionID // in the index; 0 for Edge.whole
	members  map[*conn]struct{}  // by Edge.mu: those that a goroutine serves; nil until there is one
	polled   int                 // by Edge.mu: how many desktops of shards there are
	round    uint64              // by Edge.mu: Edge.round of the last item that concerned it
	rows     []row               // one per shard, each its shard's own but for row.taken
}

// groupNumbers are the numbers of groups in the index. They are used again, so that
// a group is found by its number in a list of those there are.
type groupNumbers struct {
	groups []*group // by number less one; nil: it is free
	free   []wire.SubscriptionID
}

// give gives a group a number.
func (n *groupNumbers) give(g *group) {
	if last := len(n.free) - 1; last >= 0 {
		g.number, n.free = n.free[last], n.free[:last]
	} else {
		n.groups = append(n.groups, nil)
		g.number = wire.SubscriptionID(len(n.groups))
	}
	n.groups[g.number-1] = g
}

// take takes a group's number away.
func (n *groupNumbers) take(g *group) {
	n.groups[g.number-1] = nil
	n.free = append(n.free, g.number)
}

func (n *groupNumbers) of(number wire.SubscriptionID) *group { return n.groups[number-1] }

// any reports whether a group has a number.
func (n *groupNumbers) any() bool { return len(n.free) < len(n.groups) }

// seatTaken counts a desktop into the group, and seatLeft out of it. The caller holds
// Edge.mu.
func (g *group) seatTaken(shard int) { g.polled++; g.rows[shard].taken++ }
func (g *group) seatLeft(shard int)  { g.polled--; g.rows[shard].taken-- }

// groupOf returns the group of what is wanted, making it if it is the first of it.
// An error says that the index does not take the filter. The caller holds mu.
func (e *Edge) groupOf(w want) (*group, error) {
	name := w.name()
	g := e.groups[name]
	if g == nil {
		g = &group{name: name, entitled: w.entitled, rows: make([]row, e.width)}
		if w.query.Everything() {
			e.whole = g
		} else {
			e.numbers.give(g)
			if err := e.index.Put(g.number, w.query); err != nil {
				e.numbers.take(g)
				return nil, err
			}
		}
		e.groups[name] = g
		e.meters.groups.Set(float64(len(e.groups)))
	}
	return g, nil
}

// dissolve forgets a group that nobody is in. The caller holds mu.
func (e *Edge) dissolve(g *group) {
	if len(g.members) > 0 || g.polled > 0 {
		return
	}
	delete(e.groups, g.name)
	if g == e.whole {
		e.whole = nil
	} else {
		e.index.Remove(g.number)
		e.numbers.take(g)
	}
	e.meters.groups.Set(float64(len(e.groups)))
}

// join adds a connection to the group of its filter.
// The caller holds mu.
func (e *Edge) join(c *conn) (err error) {
	if c.group, err = e.groupOf(c.want); err == nil {
		c.group.add(c)
	}
	return err
}

// add puts a connection that a goroutine serves into the group.
func (g *group) add(c *conn) {
	if g.members == nil {
		g.members = map[*conn]struct{}{}
	}
	g.members[c] = struct{}{}
}

// leave takes a connection out of its group, if it has joined one, and ends its
// queue.
func (e *Edge) leave(c *conn) {
	e.mu.Lock()
	if g := c.group; g != nil {
		delete(g.members, c)
		c.group = nil
		e.dissolve(g)
	}
	e.mu.Unlock()
	for _, o := range c.end() {
		o.gone()
	}
}

// refilter gives a connection another filter, for all that is delivered from now
// on. After an error it keeps the one it has; who left gets none.
func (e *Edge) refilter(c *conn, w want) error {
	e.delivering.Lock() // no item is on its way to some now
	defer e.delivering.Unlock()
	e.mu.Lock()
	if before := c.group; before != nil {
		after, err := e.groupOf(w)
		if err != nil {
			e.mu.Unlock()
			return err
		}
		delete(before.members, c)
		c.want, c.group = w, after
		after.add(c)
		e.dissolve(before)
	}
	e.mu.Unlock()
	c.say(c.form.Filter(max(e.delivered.Load(), c.has())))
	return nil
}

// owed is what a connection is still to be sent: an item, or a frame that counts
// for nothing.
type owed struct {
	en    *entry
	frame []byte // what is left of it; nil for the item's own
	begun bool   // a part of it was sent
}

// spared takes out of what a receiver is owed the items of a story that was
// killed, where nothing of them was sent: the kill comes in their place.
func spared(list []owed, kill *entry) []owed {
	if kill.item.Action != wire.Kill {
		return list
	}
	return slices.DeleteFunc(list, func(o owed) bool {
		dead := o.en != nil && !o.begun && editionOf(&o.en.item) == editionOf(&kill.item)
		if dead {
			o.gone()
		}
		return dead
	})
}

func (o owed) gone() {
	if o.en != nil {
		o.en.tally.gone.Add(1)
	}
}

func (o owed) cut() {
	if o.en != nil {
		o.en.tally.cut.Add(1)
	}
}

// conn is one receiver that a goroutine serves, as the fan-out sees it: a place
// and a bounded queue of shared entries. Whatever empties the queue into a socket
// is not its business.
type conn struct {
	edge *Edge
	view
	want  // by Edge.mu after it joined
	pass  *pass
	group *group // by Edge.mu; nil before it joined and after it left

	wake chan struct{} // holds one token while there is something to take

	mu    sync.Mutex
	after int64 // entries up to here are not wanted: the receiver has them
	queue []owed
	state connState
}

type connState int

const (
	connOpen  connState = iota
	connCut             // the queue overflowed: nothing more is to be sent
	connLast            // nothing is taken any more; what waits is sent
	connEnded           // the receiver left
)

func newConn(e *Edge, w want, v view, p *pass) *conn {
	return &conn{edge: e, view: v, want: w, pass: p, wake: make(chan struct{}, 1)}
}

// offer puts an entry into the queue. It never waits.
func (c *conn) offer(en *entry) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.state != connOpen || en.item.Number <= c.after {
		return
	}
	en.tally.offered.Add(1)
	c.after = en.item.Number
	c.queue = spared(c.queue, en)
	c.push(owed{en: en})
}

// has returns the number of the newest item that the receiver has or is owed.
func (c *conn) has() int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.after
}

// say puts a frame of its own into the queue.
func (c *conn) say(frame []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.state == connOpen {
		c.push(owed{frame: frame})
	}
}

// push puts something into the queue. If Options.Queue wait already, the queue is
// dropped and the connection cut: it must resume, for nothing may be missing in
// the middle. The caller holds mu.
func (c *conn) push(o owed) {
	if c.queue = append(c.queue, o); len(c.queue) > c.edge.o.Queue {
		for _, lost := range c.queue {
			lost.cut()
		}
		c.queue, c.state = nil, connCut
		c.edge.meters.cut.WithLabelValues("overflow").Inc()
	}
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// take returns what waits and empties the queue, but for a receiver that has left.
func (c *conn) take() ([]owed, connState) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.state == connEnded {
		return nil, c.state
	}
	batch := c.queue
	c.queue = nil
	if c.state == connLast && len(batch) == 0 {
		c.state = connEnded
	}
	return batch, c.state
}

// finish takes nothing more; what waits is still sent.
func (c *conn) finish() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.state == connOpen {
		c.state = connLast
	}
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// hangUp notes that the receiver has left.
func (c *conn) hangUp() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.state = connEnded
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// sendAway takes nothing more; what waits is still sent, and then when to come back.
func (c *conn) sendAway() {
	c.say(c.form.Goodbye(c.edge.away(), false))
	c.finish()
}

// end closes the queue and returns what was left in it.
func (c *conn) end() []owed {
	c.mu.Lock()
	defer c.mu.Unlock()
	left := c.queue
	c.queue, c.state = nil, connEnded
	return left
}
