package webhook

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"net/http/httptrace"
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
	maxUnderWay   = 8000
	maxKept       = 8000
	maxQuestions  = 2 * maxUnderWay
	someQuestions = 1000 // where the files do not suffice for more
	otherFiles    = 2000 // that the process has open for other things, some names among them
	// maxHost bounds the connections kept to one host, at which many endpoints
	// may lie.
	maxHost = 64
)

// share is how much of a bound there can be where a process may have so many
// files open.
func share(bound, files int) int {
	return min(bound, max((files-otherFiles)*bound/(maxUnderWay+maxKept), 100))
}

// questions is how many questions to name servers may be open, where a process may have
// so many files open: wherever that can be, one for each address of each delivery under
// way, so that names whose servers do not answer never keep others waiting.
func questions(files int) int {
	return min(max(files-otherFiles-maxUnderWay-maxKept, share(someQuestions, files)), maxQuestions)
}

// timeout bounds one attempt; the specification advises 15 to 30 s.
const timeout = 15 * time.Second

// dialTime bounds how long it may take to find a name and connect.
const dialTime = 10 * time.Second

// silentTime is how long a connection of HTTP/2 may say nothing before it is asked
// whether it lives.
const silentTime = time.Minute

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
	dialer    *net.Dialer
	tls       *tls.Config
	transport *http.Transport // speaks HTTP/2 over what is connected
	open      openings
	kept      *pool
	shaking   handshakes
	readers   sync.Pool // of *reader
	writers   sync.Pool // of *bufio.Writer
}

// NewNetwork makes a network.
func NewNetwork(o Options) *Network {
	kept := share(maxKept, openFiles())
	n := &Network{
		kept:    newPool(kept),
		shaking: handshakes{slots: make(chan struct{}, maxHandshakes)},
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
	n.open.all = map[place]int{}
	n.transport = &http.Transport{
		DialContext: func(context.Context, string, string) (net.Conn, error) { return nil, errRefused },
		DialTLSContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			made, ok := ctx.Value(madeKey{}).(*tls.Conn)
			if !ok {
				return nil, errRefused
			}
			return made, nil
		},
		ForceAttemptHTTP2: true, MaxResponseHeaderBytes: maxAnswer, DisableCompression: true,
		// A request that was given up counts as under way until the other side has
		// acknowledged that: one that says nothing any more must end by itself.
		HTTP2: &http.HTTP2Config{SendPingTimeout: silentTime, PingTimeout: timeout},
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
	slots := make(chan struct{}, questions(openFiles()))
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

type countedPackets struct {
	counted
	packets net.PacketConn
}

// ReadFrom implements net.PacketConn.
func (c *countedPackets) ReadFrom(p []byte) (int, net.Addr, error) { return c.packets.ReadFrom(p) }

// WriteTo implements net.PacketConn.
func (c *countedPackets) WriteTo(p []byte, to net.Addr) (int, error) { return c.packets.WriteTo(p, to) }

// RoundTrip implements http.RoundTripper. A connection that was kept may have been
// given up by the other side since: then the request is made once more, over a new one.
// A request that cannot be made twice goes over a new one at once. TLS of the answer
// is not set by HTTP/1.1.
func (n *Network) RoundTrip(req *http.Request) (*http.Response, error) {
	at, ok := placeOf(req.URL)
	if !ok {
		closeBody(req)
		return nil, errNowhere
	}
	ctx := req.Context()
	if req.Body == nil || req.Body == http.NoBody || req.GetBody != nil {
		if kept := n.kept.take(at, time.Now()); kept != nil {
			found(req, true)
			resp, answered, err := kept.roundTrip(req)
			if err == nil || answered || ctx.Err() != nil {
				return resp, err
			}
			if req, err = again(req); err != nil {
				return nil, err
			}
		}
	}
	made, err := n.connect(ctx, at, keptTime)
	if err != nil {
		closeBody(req)
		return nil, err
	}
	found(req, false)
	resp, _, err := made.roundTrip(req)
	return resp, err
}

// found tells whoever traces a request that it has a connection, as a transport would.
// Which one stays ours.
func found(req *http.Request, kept bool) {
	if trace := httptrace.ContextClientTrace(req.Context()); trace != nil && trace.GotConn != nil {
		trace.GotConn(httptrace.GotConnInfo{Reused: kept, WasIdle: kept})
	}
}

var errNowhere = errors.New("the address leads nowhere")

// again is a request to be made once more.
func again(req *http.Request) (*http.Request, error) {
	req = req.WithContext(req.Context())
	if req.GetBody == nil {
		return req, nil
	}
	var err error
	req.Body, err = req.GetBody()
	return req, err
}

func closeBody(req *http.Request) {
	if req.Body != nil {
		req.Body.Close()
	}
}

// CloseIdleConnections closes what is kept, what was connected ahead included.
func (n *Network) CloseIdleConnections() { n.kept.close() }

// connect makes a connection, to be kept for so long should it have nothing to carry.
// One of HTTP/2 is, and a request reserved on it; of several that are made at the same
// time, one serves for all.
func (n *Network) connect(ctx context.Context, at place, kept time.Duration) (connection, error) {
	s, err := n.dial(ctx, at)
	if err != nil {
		return nil, err
	}
	until := time.Now().Add(kept)
	if at.scheme == "http" {
		return &line{network: n, at: at, socket: s, conn: s, until: until}, nil
	}
	c, heard, err := n.shake(ctx, at, s)
	if err != nil {
		s.Close()
		return nil, err
	}
	state := c.ConnectionState()
	if state.NegotiatedProtocol != "h2" {
		l := &line{network: n, at: at, socket: s, conn: c, until: until}
		if state.Version >= tls.VersionTLS13 {
			l.tickets = heard
		}
		return l, nil
	}
	if other := n.kept.reserve(at, time.Now()); other != nil {
		s.Close()
		return other, nil
	}
	made, err := n.newShared(ctx, at, c, until)
	if err != nil {
		return nil, err
	}
	if !n.kept.keep(made) {
		made.alone()
	}
	return made, nil
}

// dial makes a connection and counts it as open until it is closed.
func (n *Network) dial(ctx context.Context, at place) (*socket, error) {
	c, err := n.dialer.DialContext(ctx, "tcp", at.hostPort)
	if err != nil {
		return nil, err
	}
	s := &socket{counted: counted{Conn: c, gone: func() { n.open.count(at, -1) }}}
	if s.raw, err = c.(*net.TCPConn).SyscallConn(); err != nil {
		c.Close()
		return nil, err
	}
	n.open.count(at, 1)
	return s, nil
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
