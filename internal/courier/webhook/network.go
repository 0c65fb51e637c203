package webhook

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
	"unicode/utf8"

	"code.dny.dev/ssrf"
	"golang.org/x/net/idna"
)

// Bounds of what the network does at a time, where a process may have as many
// files open as that takes: what is open is at most the connections under way and
// those kept, and a name in question takes up to two.
const (
	maxUnderWay  = 8000
	maxKept      = 8000
	maxQuestions = 1000
	otherFiles   = 2000 // that the process has open for other things, names among them
	// maxHandshakes bounds those of TLS, which are work: made all at once, all of
	// them end late, and those at busy moments too late.
	maxHandshakes = 512
	// maxHost bounds the connections kept to one host, at which many endpoints
	// may lie.
	maxHost = 64
)

// share is how much of a bound there can be where a process may have so many
// files open.
func share(bound, files int) int {
	return min(bound, max((files-otherFiles)*bound/(maxUnderWay+maxKept), 100))
}

// timeout bounds one attempt; the specification advises 15 to 30 s.
const timeout = 15 * time.Second

// dialTime bounds how long it may take to find a name and connect, shakeTime how
// long to shake hands.
const (
	dialTime  = 10 * time.Second
	shakeTime = 5 * time.Second
)

// keptTime is how long a connection is kept after its last request.
const keptTime = 5 * time.Minute

// ports are those that endpoints may listen on.
var ports = []uint16{80, 443, 8080, 8443}

var errRefused = errors.New("the address is not a public one")

// Options are how a Network is made. The zero value is right for endpoints of
// strangers.
type Options struct {
	// AllowPrivate lifts the guard, for receivers in house.
	AllowPrivate bool
	// Resolver finds names; nil for the system's.
	Resolver *net.Resolver
	// Roots are whom certificates must lead to; nil for the system's.
	Roots *x509.CertPool
}

// Network is the way to addresses that strangers chose. It uses no proxy, and
// connects only to public addresses, checked after the name was resolved, for
// the address that is really connected to: no later answer of the name server
// counts. It keeps connections, speaks HTTP/2 where offered, and can connect
// ahead. It is safe for concurrent use.
type Network struct {
	transport *http.Transport
	dialer    *net.Dialer
	tls       *tls.Config
	open      openings
	ahead     reserve
	shaking   chan struct{} // one for each handshake
	buffers   sync.Pool     // of *[copySize]byte
}

// copySize is how much of a request is written at a time, and writeBuffer how much
// each connection keeps memory for.
const (
	copySize    = 16 << 10
	writeBuffer = 1 << 10
)

// NewNetwork makes a network.
func NewNetwork(o Options) *Network {
	kept := share(maxKept, openFiles())
	n := &Network{
		shaking: make(chan struct{}, maxHandshakes),
		dialer:  &net.Dialer{Timeout: dialTime, KeepAlive: 30 * time.Second, Resolver: bounded(o.Resolver)},
		tls: &tls.Config{
			MinVersion: tls.VersionTLS12, RootCAs: o.Roots, NextProtos: []string{"h2", "http/1.1"},
			ClientSessionCache: tls.NewLRUClientSessionCache(kept),
			// Nobody shows the beginning of an item before its end has come, so one
			// write does for what would take six.
			DynamicRecordSizingDisabled: true,
		},
	}
	if !o.AllowPrivate {
		guard := ssrf.New(ssrf.WithPorts(ports...))
		n.dialer.Control = func(network, address string, c syscall.RawConn) error {
			if err := guard.Safe(network, address, c); err != nil {
				return errRefused
			}
			return nil
		}
	}
	n.ahead.most = kept
	n.open.all = map[place]int{}
	n.ahead.kept = map[place][]*early{}
	n.transport = &http.Transport{
		DialContext: n.dial, DialTLSContext: n.dialTLS, TLSClientConfig: n.tls, ForceAttemptHTTP2: true,
		MaxIdleConns: kept, MaxIdleConnsPerHost: maxHost, IdleConnTimeout: keptTime,
		MaxResponseHeaderBytes: maxAnswer, DisableCompression: true, ReadBufferSize: 1 << 10, WriteBufferSize: writeBuffer,
	}
	return n
}

// Client returns an HTTP client for addresses that strangers chose, over a
// Network of its own: it follows no redirect. allowPrivate lifts the guard for
// receivers in house.
func Client(allowPrivate bool) *http.Client {
	return NewNetwork(Options{AllowPrivate: allowPrivate}).Client()
}

// Client returns an HTTP client over the network that follows no redirect.
func (n *Network) Client() *http.Client {
	return &http.Client{
		Timeout: timeout, Transport: n,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// bounded keeps the questions to name servers that are open at a time within
// what a process can have of files, however many connections are made.
func bounded(r *net.Resolver) *net.Resolver {
	asked := &net.Resolver{PreferGo: true}
	dial := (&net.Dialer{Timeout: dialTime}).DialContext
	if r != nil {
		asked.StrictErrors = r.StrictErrors
		if r.Dial != nil {
			dial = r.Dial
		}
	}
	slots := make(chan struct{}, share(maxQuestions, openFiles()))
	asked.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
		select {
		case slots <- struct{}{}:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		c, err := dial(ctx, network, address)
		if err != nil {
			<-slots
			return nil, err
		}
		if packets, ok := c.(net.PacketConn); ok { // the resolver tells UDP from TCP by this
			return &countedPackets{counted{Conn: c, gone: func() { <-slots }}, packets}, nil
		}
		return &counted{Conn: c, gone: func() { <-slots }}, nil
	}
	return asked
}

// counted is a connection that says once that it is closed.
type counted struct {
	net.Conn
	gone   func()
	closed atomic.Bool
}

// Close implements net.Conn.
func (c *counted) Close() error {
	if c.closed.CompareAndSwap(false, true) {
		c.gone()
	}
	return c.Conn.Close()
}

// lean is a connection for HTTP/1.1 whose requests need no large buffer of their
// own: net/http writes what does not fit into its small one through ReadFrom. It
// belongs to the goroutine that writes to it.
type lean struct {
	net.Conn
	buffers *sync.Pool // of *[copySize]byte
	joins   bool       // the beginning of a request waits for what follows
	begun   *[copySize]byte
	size    int // of what waits in begun
}

// join has the request that is written next go in one piece: one record of TLS
// instead of two, and one packet. It must be longer than writeBuffer, so that
// something follows whatever fills that, and nothing may be written meanwhile.
func (c *lean) join() { c.joins = true }

// Write implements net.Conn.
func (c *lean) Write(p []byte) (int, error) {
	if c.joins && len(p) == writeBuffer && c.size+len(p) <= copySize {
		if c.begun == nil {
			c.begun = c.buffer()
		}
		c.size += copy(c.begun[c.size:], p)
		return len(p), nil
	}
	c.joins = false
	if err := c.flush(); err != nil {
		return 0, err
	}
	return c.Conn.Write(p)
}

// flush writes what waits.
func (c *lean) flush() error {
	if c.begun == nil {
		return nil
	}
	_, err := c.Conn.Write(c.begun[:c.size])
	c.release()
	return err
}

func (c *lean) buffer() *[copySize]byte {
	if b, ok := c.buffers.Get().(*[copySize]byte); ok {
		return b
	}
	return new([copySize]byte)
}

func (c *lean) release() {
	c.buffers.Put(c.begun)
	c.begun, c.size, c.joins = nil, 0, false
}

// ReadFrom implements io.ReaderFrom.
func (c *lean) ReadFrom(r io.Reader) (n int64, err error) {
	if c.begun == nil {
		c.begun = c.buffer()
	}
	defer c.release()
	for {
		read, err := r.Read(c.begun[c.size:])
		n += int64(read)
		if c.size += read; c.size > 0 && (err != nil || c.size == copySize || !c.joins) {
			_, failed := c.Conn.Write(c.begun[:c.size])
			if c.size = 0; failed != nil {
				return n, failed
			}
		}
		if err == io.EOF {
			return n, nil
		}
		if err != nil {
			return n, err
		}
	}
}

type countedPackets struct {
	counted
	packets net.PacketConn
}

// ReadFrom implements net.PacketConn.
func (c *countedPackets) ReadFrom(p []byte) (int, net.Addr, error) { return c.packets.ReadFrom(p) }

// WriteTo implements net.PacketConn.
func (c *countedPackets) WriteTo(p []byte, to net.Addr) (int, error) { return c.packets.WriteTo(p, to) }

// RoundTrip implements http.RoundTripper. A connection that was made ahead may
// have been given up by the other side since: then the request is made once
// more, over another.
func (n *Network) RoundTrip(req *http.Request) (*http.Response, error) {
	e := n.early(req)
	if e == nil {
		return n.transport.RoundTrip(req)
	}
	resp, err := e.roundTrip(req)
	if err == nil || req.Context().Err() != nil {
		return resp, err
	}
	again := req.WithContext(req.Context())
	if req.Body != nil {
		if again.Body, err = req.GetBody(); err != nil {
			return nil, err
		}
	}
	return n.transport.RoundTrip(again)
}

// CloseIdleConnections closes what is kept, what was connected ahead included.
func (n *Network) CloseIdleConnections() {
	n.ahead.close()
	n.transport.CloseIdleConnections()
}

func (n *Network) dial(ctx context.Context, network, address string) (net.Conn, error) {
	c, err := n.connect(ctx, network, address)
	tell(ctx, c)
	return c, err
}

func (n *Network) dialTLS(ctx context.Context, network, address string) (net.Conn, error) {
	c, err := n.secure(ctx, network, address)
	tell(ctx, c)
	return c, err
}

// connect makes a connection and counts it as open until it is closed.
func (n *Network) connect(ctx context.Context, network, address string) (net.Conn, error) {
	c, err := n.counted(ctx, network, place{"http", address})
	if err != nil {
		return nil, err
	}
	return &lean{Conn: c, buffers: &n.buffers}, nil
}

func (n *Network) counted(ctx context.Context, network string, at place) (*counted, error) {
	c, err := n.dialer.DialContext(ctx, network, at.hostPort)
	if err != nil {
		return nil, err
	}
	n.open.count(at, 1)
	return &counted{Conn: c, gone: func() { n.open.count(at, -1) }}, nil
}

// secure makes a connection with TLS. One for HTTP/2 is as net/http wants it.
func (n *Network) secure(ctx context.Context, network, address string) (net.Conn, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	raw, err := n.counted(ctx, network, place{"https", address})
	if err != nil {
		return nil, err
	}
	config := n.tls.Clone()
	config.ServerName = host
	c := tls.Client(raw, config)
	select {
	case n.shaking <- struct{}{}:
		defer func() { <-n.shaking }()
	case <-ctx.Done():
		raw.Close()
		return nil, ctx.Err()
	}
	shake, cancel := context.WithTimeout(ctx, shakeTime)
	defer cancel()
	if err := c.HandshakeContext(shake); err != nil {
		raw.Close()
		return nil, err
	}
	if c.ConnectionState().NegotiatedProtocol == "h2" {
		return c, nil
	}
	return &lean{Conn: c, buffers: &n.buffers}, nil
}

// place is where an address leads to, as the transport would write it: connections of
// one place serve for each other.
type place struct{ scheme, hostPort string }

// placeOf is where an address leads to; false if that is nowhere.
func placeOf(u *url.URL) (place, bool) {
	port := u.Port()
	switch {
	case u.Hostname() == "":
		return place{}, false
	case u.Scheme == "http" && port == "":
		port = "80"
	case u.Scheme == "https" && port == "":
		port = "443"
	case u.Scheme != "http" && u.Scheme != "https":
		return place{}, false
	}
	host := u.Hostname()
	if !isASCII(host) { // net/http leaves what is ASCII as it is
		if ascii, err := idna.Lookup.ToASCII(host); err == nil {
			host = ascii
		}
	}
	return place{u.Scheme, net.JoinHostPort(host, port)}, true
}

func isASCII(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r >= utf8.RuneSelf }) < 0
}
