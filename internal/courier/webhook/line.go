package webhook

import (
	"bufio"
	"context"
	"errors"
	"io"
	"math"
	"net"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
	"syscall"
	"time"
)

const (
	// writeSize is how much of a request is written at a time: most go in one piece,
	// one packet or one record of TLS.
	writeSize = 16 << 10
	// readSize is what thousands of answers, waited for at a time, each take of memory.
	readSize = 1 << 10
	// beside is the size from which a request is written while the answer is waited
	// for: an endpoint may refuse it before it has taken it all.
	beside = 64 << 10
	// graceTime is how long an answer is waited for that came before the connection
	// broke off under a request, and the end of a large request after its answer.
	graceTime = 50 * time.Millisecond
	// hearTime is how long tickets of TLS are waited for.
	hearTime = time.Second
)

// line is a connection that carries a request at a time, by HTTP/1.1 (RFC 9112 §9).
// While it waits for one it has no goroutine and no buffer. It belongs to whoever took
// it from the pool or made it.
type line struct {
	network *Network
	at      place
	socket  *socket
	conn    net.Conn  // the socket, or TLS over it
	tickets *tickets  // nil if none can come unasked
	until   time.Time // is kept, should it have nothing to carry
}

// connection is a line or what is shared.
type connection interface {
	// roundTrip makes a request, and says whether any of its answer came.
	roundTrip(req *http.Request) (resp *http.Response, answered bool, err error)
}

// roundTrip implements connection. The line is kept for others when the body of the
// answer has been read to its end and closed, and closed if it is not read.
func (l *line) roundTrip(req *http.Request) (*http.Response, bool, error) {
	ctx := req.Context()
	x := &exchange{line: l, req: req, in: l.network.reader(l.conn), stop: context.AfterFunc(ctx, func() { l.socket.Close() })}
	failed := x.send()
	resp, err := x.answer()
	if err != nil {
		x.end(false)
		switch {
		case ctx.Err() != nil:
			err = context.Cause(ctx)
		case failed != nil:
			err = failed
		}
		return nil, x.answered, err
	}
	x.keeps = failed == nil && !resp.Close && resp.StatusCode != http.StatusSwitchingProtocols
	if resp.Body == http.NoBody {
		x.end(true)
	} else {
		resp.Body = &body{ReadCloser: resp.Body, exchange: x}
	}
	return resp, true, nil
}

// look reads what came unasked, without waiting: tickets of TLS are taken. It reports
// whether the line can carry a request; not if the other side has closed it or said
// anything.
func (l *line) look() bool {
	l.socket.looking = true
	defer func() { l.socket.looking = false }()
	var one [1]byte
	_, err := l.conn.Read(one[:])
	return errors.Is(err, errNothing)
}

// hear waits for tickets of TLS that a server sends after the handshake, so that
// reading them is no part of the first request. It reports what look does.
func (l *line) hear() bool {
	if l.tickets == nil {
		return true
	}
	l.tickets.came = func() { _ = l.socket.SetReadDeadline(time.Unix(1, 0)) } // others of the same flight are read still
	defer func() { l.tickets.came = nil }()
	_ = l.socket.SetReadDeadline(time.Now().Add(hearTime))
	var one [1]byte
	_, err := l.conn.Read(one[:])
	timeout, ok := errors.AsType[net.Error](err)
	return ok && timeout.Timeout() && l.socket.SetReadDeadline(time.Time{}) == nil
}

// exchange is one request on a line and its answer.
type exchange struct {
	line     *line
	req      *http.Request
	in       *reader
	stop     func() bool   // has the end of the request's context no longer close the line
	answered bool          // something of an answer came
	keeps    bool          // the line is good for another request
	written  chan struct{} // closed when a large request is; nil for others
}

// send writes the request, or has a large one written.
func (x *exchange) send() error {
	if size := x.req.ContentLength; size >= 0 && size <= beside {
		return x.write()
	}
	x.written = make(chan struct{})
	go func() {
		if x.write() == nil {
			close(x.written)
		}
	}()
	return nil
}

func (x *exchange) write() error {
	out := x.line.network.writer(x.line.conn)
	err := x.req.Write(out) // which closes the body
	if err == nil {
		err = out.Flush()
	}
	x.line.network.writers.Put(out)
	if err != nil {
		_ = x.line.socket.SetReadDeadline(time.Now().Add(graceTime))
	}
	return err
}

// answer reads the head of the answer, past informational ones (RFC 9110 §15.2).
func (x *exchange) answer() (*http.Response, error) {
	if _, err := x.in.Peek(1); err != nil {
		return nil, err
	}
	x.answered = true
	if trace := httptrace.ContextClientTrace(x.req.Context()); trace != nil && trace.GotFirstResponseByte != nil {
		trace.GotFirstResponseByte()
	}
	for {
		resp, err := http.ReadResponse(&x.in.Reader, x.req)
		if err != nil {
			return nil, err
		}
		if resp.StatusCode/100 == 1 && resp.StatusCode != http.StatusSwitchingProtocols {
			continue
		}
		x.in.limit.N = math.MaxInt64 // of the body, whoever reads it has bounds
		return resp, nil
	}
}

// end is called once, with whether all of the answer was read.
func (x *exchange) end(whole bool) {
	keeps := x.stop() && whole && x.keeps && x.in.Buffered() == 0
	if whole { // else somebody may be reading still
		x.line.network.readers.Put(x.in)
	}
	if keeps && x.written != nil {
		select {
		case <-x.written:
		case <-time.After(graceTime): // answered before it was sent
			keeps = false
		}
	}
	x.line.until = time.Now().Add(keptTime)
	if !keeps || !x.line.network.kept.put(x.line) {
		x.line.socket.Close()
	}
}

// body is that of an answer.
type body struct {
	io.ReadCloser
	exchange *exchange
	whole    atomic.Bool
	closed   atomic.Bool
}

// Read implements io.Reader. It gives nothing once the request has ended.
func (b *body) Read(p []byte) (int, error) {
	ctx := b.exchange.req.Context()
	if ctx.Err() != nil {
		return 0, context.Cause(ctx)
	}
	n, err := b.ReadCloser.Read(p)
	switch {
	case err == io.EOF:
		b.whole.Store(true)
	case err != nil && ctx.Err() != nil:
		err = context.Cause(ctx)
	}
	return n, err
}

// Close implements io.Closer. It reads nothing: what was not wanted may have no end.
func (b *body) Close() error {
	if b.closed.CompareAndSwap(false, true) {
		b.exchange.end(b.whole.Load())
	}
	return nil
}

// reader is a buffer of what comes in, and the bound of that.
type reader struct {
	bufio.Reader
	limit io.LimitedReader
}

func (n *Network) reader(from io.Reader) *reader {
	r, ok := n.readers.Get().(*reader)
	if !ok {
		r = &reader{Reader: *bufio.NewReaderSize(nil, readSize)}
	}
	r.limit = io.LimitedReader{R: from, N: maxAnswer}
	r.Reset(&r.limit)
	return r
}

func (n *Network) writer(to io.Writer) *bufio.Writer {
	w, ok := n.writers.Get().(*bufio.Writer)
	if !ok {
		return bufio.NewWriterSize(to, writeSize)
	}
	w.Reset(to)
	return w
}

// socket is a connection in the open or below TLS. It can be read without waiting.
type socket struct {
	counted
	raw     syscall.RawConn
	looking bool // nothing is waited for and nothing written
}

// nothing is the error that there is nothing to be read; TLS goes on after it.
type nothing struct{}

var errNothing error = nothing{}

// Error implements error.
func (nothing) Error() string { return "nothing has come" }

// Timeout implements net.Error.
func (nothing) Timeout() bool { return true }

// Temporary implements net.Error.
func (nothing) Temporary() bool { return true }

// Read implements net.Conn.
func (s *socket) Read(p []byte) (int, error) {
	if s.looking {
		return readNow(s.raw, p)
	}
	return s.Conn.Read(p)
}

// Write implements net.Conn. An answer to what came unasked could be waited for.
func (s *socket) Write(p []byte) (int, error) {
	if s.looking {
		return 0, errNothing
	}
	return s.Conn.Write(p)
}
