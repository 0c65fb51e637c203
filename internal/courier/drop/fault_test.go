package drop

import (
	"context"
	"errors"
	"net"
	"sync"
)

// network is what lies between the channel and a server, and can be made to
// fail. The zero value is sound.
type network struct {
	mu   sync.Mutex
	dial func(ctx context.Context, network, address string) (net.Conn, error)
	left int // bytes until every connection is cut; 0 for never
	deaf bool
	open []net.Conn
}

// between puts a network before the servers of a channel.
func between(d *Drops) *network {
	n := &network{dial: d.dial}
	d.dial = n.connect
	return n
}

func (n *network) connect(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := n.dial(ctx, network, address)
	if err != nil {
		return nil, err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.open = append(n.open, conn)
	return &faulty{Conn: conn, n: n, closed: make(chan struct{})}, nil
}

// cutAfter cuts the connections when so many more bytes were sent; 0 mends.
func (n *network) cutAfter(bytes int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.left = bytes
}

// deafen makes every answer stay away, or lets them through again.
func (n *network) deafen(deaf bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.deaf = deaf
}

// connections is how many were opened so far.
func (n *network) connections() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return len(n.open)
}

// hangUp closes all connections at the far end.
func (n *network) hangUp() {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, conn := range n.open {
		_ = conn.Close()
	}
}

// faulty is a connection through the network. It keeps RemoteAddr.
type faulty struct {
	net.Conn
	n      *network
	once   sync.Once
	closed chan struct{}
}

var errCut = errors.New("the cable was cut")

// Write sends what the network still carries, then cuts.
func (f *faulty) Write(b []byte) (int, error) {
	f.n.mu.Lock()
	carried, cut := len(b), false
	switch {
	case f.n.left < 0:
		carried, cut = 0, true
	case f.n.left > 0:
		if f.n.left -= len(b); f.n.left <= 0 {
			carried, cut = len(b)+f.n.left, true
			f.n.left = -1
		}
	}
	f.n.mu.Unlock()
	k, err := f.Conn.Write(b[:carried])
	if cut && err == nil {
		_ = f.Close()
		err = errCut
	}
	return k, err
}

func (f *faulty) Read(b []byte) (int, error) {
	k, err := f.Conn.Read(b)
	f.n.mu.Lock()
	deaf := f.n.deaf
	f.n.mu.Unlock()
	if deaf {
		<-f.closed // the answer never comes
		return 0, net.ErrClosed
	}
	return k, err
}

func (f *faulty) Close() error {
	f.once.Do(func() { close(f.closed) })
	return f.Conn.Close()
}
