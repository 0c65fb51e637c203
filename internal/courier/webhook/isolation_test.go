package webhook

import (
	"context"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/wireroom/wireroom/internal/wire"
)

// tunnel leads to a server until it swallows what comes over the connections it has. New
// ones lead to the server.
type tunnel struct {
	net.Listener
	mu        sync.Mutex
	swallowed []*atomic.Bool // one for each connection
}

func newTunnel(t *testing.T, to string) *tunnel {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	x := &tunnel{Listener: l}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			s, err := net.Dial("tcp", to)
			if err != nil {
				c.Close()
				continue
			}
			hole := new(atomic.Bool)
			x.mu.Lock()
			x.swallowed = append(x.swallowed, hole)
			x.mu.Unlock()
			go pump(s, c, hole)
			go pump(c, s, hole)
		}
	}()
	return x
}

func pump(to, from net.Conn, hole *atomic.Bool) {
	defer to.Close()
	some := make([]byte, 16<<10)
	for {
		n, err := from.Read(some)
		if err != nil {
			return
		}
		if hole.Load() {
			continue
		}
		if _, err := to.Write(some[:n]); err != nil {
			return
		}
	}
}

// swallow has what comes from now on over the connections there are come to nothing.
func (x *tunnel) swallow() {
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, hole := range x.swallowed {
		hole.Store(true)
	}
}

// A connection may lead nowhere while its other end still takes what is sent: a server
// that hangs behind a balancer, a firewall that has forgotten it.
func TestADeadConnectionIsUsedOnceMoreAndThenClosed(t *testing.T) {
	for _, http2 := range []bool{false, true} {
		srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.Proto) }))
		srv.EnableHTTP2 = http2
		srv.StartTLS()
		defer srv.Close()
		roots := x509.NewCertPool()
		roots.AddCert(srv.Certificate())
		n := NewNetwork(Options{AllowPrivate: true, Roots: roots})
		n.transport.HTTP2 = &http.HTTP2Config{SendPingTimeout: time.Second, PingTimeout: 500 * time.Millisecond}
		x := newTunnel(t, srv.Listener.Addr().String())
		address := "https://" + x.Addr().String()
		if status, proto := send(t, n, address, strings.NewReader("x")); status != 200 || proto[:6] != "HTTP/1" == !http2 {
			t.Fatal(status, proto)
		}
		x.swallow()
		ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		defer cancel()
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader("x"))
		if err != nil {
			t.Fatal(err)
		}
		if resp, err := n.RoundTrip(req); err == nil {
			resp.Body.Close()
			t.Fatal("it was answered")
		}
		for range 3 {
			if status, _ := send(t, n, address, strings.NewReader("x")); status != 200 {
				t.Errorf("HTTP/2 %v: %d over a new connection", http2, status)
			}
		}
		at := place{"https", x.Addr().String()}
		for deadline := time.Now().Add(10 * time.Second); n.open.to(at) != 1 && time.Now().Before(deadline); {
			time.Sleep(10 * time.Millisecond)
		}
		if open, kept := n.open.to(at), n.kept.size(); open != 1 || kept != 1 {
			t.Errorf("HTTP/2 %v: %d open, %d kept", http2, open, kept)
		}
		n.CloseIdleConnections()
	}
}

// Whoever takes a connection and then says nothing needs no work, and takes no place
// from those who shake hands.
func TestSilenceKeepsNobodyFromShakingHands(t *testing.T) {
	srv, n, _ := tlsServer(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}), false)
	const places = 4
	n.shaking.slots = make(chan struct{}, places)
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	ctx, cancel := context.WithCancel(t.Context())
	var ended atomic.Int64
	var all sync.WaitGroup
	for range 2 * places {
		all.Go(func() {
			_, _ = n.connect(ctx, place{"https", silent.Addr().String()}, time.Minute)
			ended.Add(1)
		})
	}
	for len(n.shaking.slots) < places {
		time.Sleep(time.Millisecond)
	}
	if got := post(t, n.Client(), srv.URL); got.Outcome != wire.Accepted || ended.Load() != 0 {
		t.Errorf("%+v after %d had been given up", got, ended.Load())
	}
	cancel()
	all.Wait()
	for deadline := time.Now().Add(10 * time.Second); len(n.shaking.slots) > 0; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("places are lost")
		}
	}
}

// How long is silence depends on how long others take: all are late on a busy machine.
func TestSilenceIsMeasuredByTheOthers(t *testing.T) {
	var h handshakes
	if h.patience() != leastPatience {
		t.Errorf("at first %v", h.patience())
	}
	for range 50 {
		h.note(time.Second)
	}
	if got := h.patience(); got < 3*time.Second || got > longSilence*time.Second {
		t.Errorf("where a second is usual %v", got)
	}
	for range 50 {
		h.note(time.Millisecond)
	}
	if h.patience() != leastPatience {
		t.Errorf("where a millisecond is %v", h.patience())
	}
}

func TestNamesInQuestionFitIntoWhatTheProcessMayHave(t *testing.T) {
	for files, want := range map[int]int{256: 100, 1024: 100, 20_000: 2000, 1 << 20: 16_000} {
		if got := questions(files); got != want {
			t.Errorf("with %d files %d questions, want %d", files, got, want)
		}
	}
}
