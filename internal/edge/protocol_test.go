package edge

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/wireroom/wireroom/internal/wire"
)

// protocol is what an edge and its receivers speak. Goroutines serve all of these,
// but for the first over real TCP, which a shard serves.
type protocol string

const (
	plain  protocol = "HTTP/1.1"
	secure protocol = "HTTP/1.1 over TLS"
	second protocol = "HTTP/2"
)

// overEach runs a test in synthetic time over each of the protocols.
func overEach(t *testing.T, test func(t *testing.T, over protocol)) {
	t.Helper()
	for _, over := range []protocol{plain, secure, second} {
		t.Run(string(over), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { test(t, over) })
		})
	}
}

func (p protocol) scheme() string {
	if p == plain {
		return "http"
	}
	return "https"
}

// serve has a server and a client speak the protocol over a listener.
func (p protocol) serve(server *http.Server, client *http.Transport, l net.Listener) {
	if p == plain {
		go server.Serve(l)
		return
	}
	certificate := ownCertificate()
	server.TLSConfig = &tls.Config{Certificates: []tls.Certificate{certificate}, NextProtos: []string{"http/1.1"}}
	roots := x509.NewCertPool()
	roots.AddCert(certificate.Leaf)
	client.TLSClientConfig = &tls.Config{RootCAs: roots}
	if p == second {
		server.HTTP2 = &http.HTTP2Config{WriteByteTimeout: 15 * time.Second}
		server.TLSConfig.NextProtos = []string{"h2"}
		client.ForceAttemptHTTP2, client.DisableKeepAlives = true, false
		// As little as may be on its way to one who does not read.
		client.HTTP2 = &http.HTTP2Config{MaxReceiveBufferPerStream: 64 << 10}
	}
	go server.ServeTLS(l, "", "")
}

// ownCertificate is good in synthetic time, too, which begins in the year 2000.
var ownCertificate = sync.OnceValue(func() tls.Certificate {
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		panic(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "wire.example"}, DNSNames: []string{"wire.example"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		IsCA: true, BasicConstraintsValid: true, NotBefore: time.Date(1999, 1, 1, 0, 0, 0, 0, time.UTC), NotAfter: time.Date(2099, 1, 1, 0, 0, 0, 0, time.UTC),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, public, private)
	if err != nil {
		panic(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		panic(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: private, Leaf: leaf}
})

var silent = log.New(io.Discard, "", 0)

// inTurn is HTTP/1.1 in clear over real TCP, where a shard could serve it and a
// goroutine does, as on other systems.
const inTurn protocol = "HTTP/1.1 by goroutines"

// protocols are all that are tried over real TCP.
var protocols = []protocol{plain, inTurn, secure, second}

// engine sets an edge up for a protocol.
func (p protocol) engine(e *Edge) *Edge {
	if p == inTurn {
		e.width = 0
	}
	return e
}

// sockets reports whether WebSockets are spoken.
func (p protocol) sockets() bool { return p != second }

// listen serves a handler on loopback for the length of a test. Who dials speaks
// HTTP/1.1; before a server of HTTP/2 there is a proxy that passes it on.
func (p protocol) listen(t *testing.T, h http.Handler) (dial func() (net.Conn, error)) {
	t.Helper()
	serve := func(h http.Handler, over protocol, client *http.Transport) net.Addr {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		server := &http.Server{Handler: h, ErrorLog: silent}
		over.serve(server, client, l)
		t.Cleanup(func() { server.Close() })
		return l.Addr()
	}
	client := &http.Transport{DisableCompression: true}
	switch p {
	case plain, inTurn:
		at := serve(h, plain, client).String()
		return func() (net.Conn, error) { return net.Dial("tcp", at) }
	case secure:
		at := serve(h, secure, client).String()
		return func() (net.Conn, error) { return tls.Dial("tcp", at, client.TLSClientConfig) }
	}
	to := &url.URL{Scheme: "https", Host: serve(h, second, client).String()}
	t.Cleanup(client.CloseIdleConnections)
	// What comes is passed on at once, and what a receiver may have in its address
	// and headers is passed on as it is.
	at := serve(&httputil.ReverseProxy{Transport: client, FlushInterval: -1, ErrorLog: silent, Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(to) }}, plain, nil).String()
	return func() (net.Conn, error) { return net.Dial("tcp", at) }
}

// Who does not read one of its streams is cut off after the write timeout, and the
// others on its connection are not; who reads nothing of a connection at all keeps
// nothing open, either.
func TestOverHTTP2WhoDoesNotReadIsCutOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		registry := prometheus.NewRegistry()
		h := openOver(t, second, Options{Queue: 1000, WriteTimeout: 7 * time.Second, Registry: registry})
		quick := h.get(t, "").opened(0)
		h.getSlowly(t, 2, "").opened(0) // of the same connection
		// It reads nothing any more from the moment at which its stream is open.
		var shut atomic.Bool
		gate := make(chan struct{})
		t.Cleanup(func() { close(gate) })
		stuck := h.http.Transport.(*http.Transport).Clone()
		stuck.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
			conn, err := h.line.dial(ctx, network, address)
			return &gatedConn{conn, &shut, gate}, err
		}
		open := h.http
		h.http = &http.Client{Transport: stuck}
		h.get(t, "").opened(0)
		h.http = open
		synctest.Wait()
		shut.Store(true)
		for n := 1; n <= 40; n++ {
			h.publish(story("en", strings.Repeat("Long ", 5000)), wire.Publish)
			quick.want(item(n))
		}
		time.Sleep(30 * time.Second)
		synctest.Wait()
		for label, want := range map[string]float64{"stalled": 2, "overflow": 0} {
			if got := gather(t, registry, "cut_total", label); got != want {
				t.Errorf("%s: %v were cut off, want %v", label, got, want)
			}
		}
		if got := gather(t, registry, "connections", ""); got != 1 {
			t.Errorf("%v are connected", got)
		}
		h.publish(story("en", "News"), wire.Publish)
		for quick.block() != item(41) { // heartbeats before
		}
	})
}

// gatedConn reads nothing while it is shut.
type gatedConn struct {
	net.Conn
	shut *atomic.Bool
	gate chan struct{}
}

func (c *gatedConn) Read(b []byte) (int, error) {
	if c.shut.Load() {
		<-c.gate
	}
	return c.Conn.Read(b)
}
