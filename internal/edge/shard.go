package edge

import (
	"net"
	"net/http"

	"github.com/wireroom/wireroom/internal/edge/frame"
	"github.com/wireroom/wireroom/internal/edge/websocket"
	"github.com/wireroom/wireroom/internal/match"
)

// desktop is one receiver that a shard serves. Idle it is this and a socket: no
// goroutine, no buffer, no timer. It belongs to its shard's goroutine.
type desktop struct {
	view
	file     int32  // descriptor of the socket
	wrote    uint32 // tick of the shard at which something was last written; see shard.wrote
	group    *group
	seat     int32  // place in its group's row of this shard
	socket   uint32 // see socketNumber
	place    int32  // place among all of this shard
	pass     *pass
	entitled *match.Query      // nil: to everything
	after    int64             // items up to here it has, where it came further than this edge
	debt     *debt             // nil: it has everything
	in       *websocket.Reader // nil but on a WebSocket
	said     int               // messages in this budgetTicks
}

// seat is a desktop in the row of its group, with all that is needed to write a frame
// to it. The desktop itself lies elsewhere in memory, and need not be looked at.
type seat struct {
	d      *desktop
	file   int32
	socket uint32 // see socketNumber
	view   view
	apart  bool // look at the desktop first: it is owed something, or has items that the shard has not
}

// row is the desktops of a group that one shard serves, in no order or in that of
// their sockets.
type row struct {
	taken int32 // by Edge.mu: how many sit here, or are about to
	seats []seat
	wrote uint32 // tick at which an item last went to the whole row, but for those apart
	moved int32  // how often a seat was taken out of order since the row was sorted
}

// debt is what a slow desktop is owed.
type debt struct {
	frames []owed // the first may be sent in part
	since  uint32 // tick at which something of it was last taken
	last   bool   // the connection ends with it
}

// handOver gives a session's connection to a shard. The caller holds mu; so the
// shard hears of it in one order with items.
func (e *Edge) handOver(s *session) error {
	if len(e.shards) == 0 {
		return net.ErrClosed
	}
	file, err := duplicate(s.tcp, 2*e.o.Heartbeat)
	if err != nil {
		return err
	}
	d := &desktop{view: s.view, file: int32(file), pass: s.pass, entitled: s.entitled, after: s.place}
	if s.form.IsSocket() {
		d.in = &websocket.Reader{Compressed: s.form == frame.SocketFlate}
	}
	if d.group, err = e.groupOf(s.want); err != nil {
		closeFile(d.file)
		return err
	}
	e.turn++
	shard, read := e.shards[e.turn%len(e.shards)], s.read
	d.group.seatTaken(shard.index)
	if !shard.order(func() { shard.join(d, read) }) {
		closeFile(d.file)
		d.group.seatLeft(shard.index)
		e.dissolve(d.group)
		return net.ErrClosed
	}
	return nil
}

// pollable reports whether a shard can serve the connection of a request: plain
// TCP and HTTP/1, which a balancer that ends TLS speaks.
func (e *Edge) pollable(r *http.Request) bool {
	if _, ok := r.Context().Value(http.LocalAddrContextKey).(*net.TCPAddr); !ok || r.TLS != nil || r.ProtoMajor != 1 {
		return false
	}
	e.startShards()
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.shards) > 0
}
