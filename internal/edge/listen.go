package edge

import (
	"github.com/wireroom/wireroom/internal/edge/frame"
	"github.com/wireroom/wireroom/internal/edge/websocket"
)

// maxNoise is how much of what comes from who has nothing to say, on all but a
// WebSocket, is read, and ignored: by a shard at one time, by a goroutine in all.
const maxNoise = 64 << 10

// listener hears what a receiver sends whom goroutines serve.
type listener struct {
	conn *conn
	want want   // what it asked for first, and what it may have
	read []byte // what it sent beyond the request
}

// listen hears a receiver until it leaves, and says so to its connection.
func (l listener) listen(from line) {
	if l.conn.form.IsSocket() {
		l.converse(from)
		return
	}
	room := make([]byte, 512)
	for noise := len(l.read); noise <= maxNoise; {
		n, err := from.Read(room)
		if err != nil {
			break
		}
		noise += n
	}
	l.conn.hangUp()
}

// converse hears what is said on a WebSocket.
func (l listener) converse(from line) {
	in := websocket.Reader{Compressed: l.conn.form == frame.SocketFlate}
	room := make([]byte, 4<<10)
	for b := l.read; ; {
		if l.hear(&in, b) != nil {
			l.conn.finish() // after what it was told
			return
		}
		n, err := from.Read(room)
		if err != nil {
			l.conn.hangUp()
			return
		}
		b = room[:n]
	}
}

// hear takes what a receiver sent.
func (l listener) hear(in *websocket.Reader, b []byte) error {
	c := l.conn
	return c.edge.hear(in, b, voice{
		form:     c.form,
		entitled: l.want.entitled,
		say:      c.say,
		filter:   func(w want) error { return c.edge.refilter(c, w) },
		fetch:    func(number int64) { c.edge.fetch(number, c.view, l.want, c.say) },
		ready:    c.edge.acknowledge,
	})
}
