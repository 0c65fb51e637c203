package drop

import (
	"context"
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// errStalled is why lines are cut on which nothing moves.
var errStalled = errors.New("timed out")

// lines are the network connections of one session. It is safe for concurrent
// use.
type lines struct {
	dialer func(ctx context.Context, network, address string) (net.Conn, error)
	stall  time.Duration
	began  time.Time
	moved  atomic.Int64 // ns after began: when a byte last passed

	mu   sync.Mutex
	now  context.Context // of the delivery under way
	open map[*line]struct{}
	cut  error // why no further line is opened
}

// line is one connection of a session.
type line struct {
	net.Conn
	of *lines
}

func (d *Drops) newLines() *lines {
	return &lines{dialer: d.dial, stall: d.stall, began: time.Now(), open: map[*line]struct{}{}}
}

// dial opens a line, under watch only.
func (l *lines) dial(address string) (net.Conn, error) {
	l.mu.Lock()
	ctx := l.now
	l.mu.Unlock()
	conn, err := l.dialer(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	l.move()
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.cut != nil {
		_ = conn.Close()
		return nil, l.cut
	}
	n := &line{conn, l}
	l.open[n] = struct{}{}
	return n, nil
}

func (l *lines) move() { l.moved.Store(int64(time.Since(l.began))) }

// watch cuts the lines when ctx ends or nothing moves for too long.
func (l *lines) watch(ctx context.Context) (off func() error) {
	l.move()
	l.mu.Lock()
	l.now = ctx
	l.mu.Unlock()
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(l.stall / 8)
		defer tick.Stop()
		for {
			select {
			case <-done:
				return
			case <-ctx.Done():
				l.sever(ctx.Err())
				return
			case <-tick.C:
				if time.Since(l.began)-time.Duration(l.moved.Load()) > l.stall {
					l.sever(errStalled)
					return
				}
			}
		}
	}()
	return func() error {
		close(done)
		<-ended
		l.mu.Lock()
		defer l.mu.Unlock()
		return l.cut
	}
}

// sever closes all lines; no more are opened.
func (l *lines) sever(why error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.cut == nil {
		l.cut = why
	}
	for n := range l.open {
		_ = n.Conn.Close()
	}
	clear(l.open)
}

func (n *line) Read(b []byte) (int, error) {
	k, err := n.Conn.Read(b)
	if k > 0 {
		n.of.move()
	}
	return k, err
}

// Write takes it that what the kernel took has moved: it takes no more when the
// other side takes nothing.
func (n *line) Write(b []byte) (int, error) {
	k, err := n.Conn.Write(b)
	if k > 0 {
		n.of.move()
	}
	return k, err
}

func (n *line) Close() error {
	n.of.mu.Lock()
	delete(n.of.open, n)
	n.of.mu.Unlock()
	return n.Conn.Close()
}
