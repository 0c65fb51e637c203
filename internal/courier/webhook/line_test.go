package webhook

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/wireroom/wireroom/internal/wire"
)

// counting counts the connections that a server has had.
func counting(srv *httptest.Server) *atomic.Int64 {
	conns := &atomic.Int64{}
	srv.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			conns.Add(1)
		}
	}
	return conns
}

// plainServer is a server in the open, a network for it, and how many connections it
// had.
func plainServer(t *testing.T, h http.HandlerFunc) (*httptest.Server, *Network, *atomic.Int64) {
	t.Helper()
	srv := httptest.NewUnstartedServer(h)
	conns := counting(srv)
	srv.Start()
	t.Cleanup(srv.Close)
	n := NewNetwork(Options{AllowPrivate: true})
	t.Cleanup(n.CloseIdleConnections)
	return srv, n, conns
}

// send makes a request of a body, and reads the answer to its end.
func send(t *testing.T, n *Network, address string, body io.Reader) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address, body)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := n.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(answer)
}

// Bodies of every size, of known length or none, and answers of every size go over one
// connection, one after the other.
func TestALineCarriesBodiesOfEverySize(t *testing.T) {
	srv, n, conns := plainServer(t, func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		_, _ = w.Write(body)
	})
	for _, size := range []int{0, 1, readSize, writeSize - 1, writeSize, beside, beside + 1, 3 << 20} {
		body := strings.Repeat("x", size)
		for range 2 {
			if status, answer := send(t, n, srv.URL, strings.NewReader(body)); status != 200 || answer != body {
				t.Errorf("%d bytes: %d, %d back", size, status, len(answer))
			}
		}
		if conns.Load() != 1 {
			t.Fatalf("%d bytes: %d connections", size, conns.Load())
		}
	}
	// What cannot be sent twice goes over a new one, lest the old has been closed.
	if _, answer := send(t, n, srv.URL, io.LimitReader(strings.NewReader("of no length"), 100)); answer != "of no length" || conns.Load() != 2 {
		t.Errorf("%q, %d connections", answer, conns.Load())
	}
}

// An endpoint may refuse what it has not taken, and close or go on.
func TestAnEarlyAnswerToALargeBodyIsHeard(t *testing.T) {
	for name, close := range map[string]bool{"closes": true, "goes on": false} {
		t.Run(name, func(t *testing.T) {
			srv, n, _ := plainServer(t, func(w http.ResponseWriter, _ *http.Request) {
				c, _, err := w.(http.Hijacker).Hijack()
				if err != nil {
					t.Error(err)
					return
				}
				_, _ = io.WriteString(c, "HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\n\r\n")
				if close {
					time.AfterFunc(10*time.Millisecond, func() { c.Close() })
				} else {
					t.Cleanup(func() { c.Close() })
				}
			})
			for range 2 {
				if status, _ := send(t, n, srv.URL, strings.NewReader(strings.Repeat("x", 32<<20))); status != 413 {
					t.Errorf("status %d", status)
				}
			}
			if n.kept.size() != 0 {
				t.Error("a line is kept on which a request was not sent whole")
			}
		})
	}
}

// The head of an answer has a bound, however it is spread.
func TestAHeadWithoutEndIsNotReadForEver(t *testing.T) {
	for name, says := range map[string]string{
		"one header": "HTTP/1.1 200 OK\r\nX: " + strings.Repeat("x", 2*maxAnswer) + "\r\nContent-Length: 0\r\n\r\n",
		"many":       "HTTP/1.1 200 OK\r\n" + strings.Repeat("X: y\r\n", maxAnswer/2) + "Content-Length: 0\r\n\r\n",
		"hints":      strings.Repeat("HTTP/1.1 103 Early Hints\r\n\r\n", maxAnswer/10) + "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			srv, n, _ := plainServer(t, func(w http.ResponseWriter, _ *http.Request) {
				c, _, err := w.(http.Hijacker).Hijack()
				if err != nil {
					t.Error(err)
					return
				}
				defer c.Close()
				_, _ = io.WriteString(c, says)
			})
			if got := post(t, n.Client(), srv.URL); got.Outcome != wire.Deferred || n.kept.size() != 0 {
				t.Errorf("%+v, %d connections kept", got, n.kept.size())
			}
		})
	}
}

func TestAnAnswerThatIsNotReadClosesItsLine(t *testing.T) {
	srv, n, conns := plainServer(t, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, strings.Repeat("x", 1<<20))
	})
	ask := func(ctx context.Context) *http.Response {
		t.Helper()
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, srv.URL, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := n.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		return resp
	}
	resp := ask(t.Context())
	resp.Body.Close()
	resp.Body.Close() // twice
	if n.kept.size() != 0 || len(n.open.all) != 0 {
		t.Errorf("%d kept, open are %v", n.kept.size(), n.open.all)
	}
	why := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	resp = ask(ctx)
	defer resp.Body.Close()
	cancel(why)
	if _, err := io.Copy(io.Discard, resp.Body); !errors.Is(err, why) {
		t.Errorf("%v, want the reason why the request ended", err)
	}
	if conns.Load() != 2 {
		t.Errorf("%d connections", conns.Load())
	}
}

// A line that the other side has closed while it was idle is not counted as open, and
// no request is lost on it.
func TestALineThatWasClosedWhileIdleIsNoticed(t *testing.T) {
	quiet := func(http.ResponseWriter, *http.Request) {}
	for name, made := range map[string]func() (*httptest.Server, *Network, *atomic.Int64){
		"in the open": func() (*httptest.Server, *Network, *atomic.Int64) { return plainServer(t, quiet) },
		"TLS": func() (*httptest.Server, *Network, *atomic.Int64) {
			return tlsServer(t, http.HandlerFunc(quiet), false)
		},
	} {
		t.Run(name, func(t *testing.T) {
			srv, n, conns := made()
			for range 2 {
				if got := post(t, n.Client(), srv.URL); got.Outcome != wire.Accepted {
					t.Fatalf("%+v", got)
				}
			}
			srv.CloseClientConnections()
			for began := time.Now(); conns.Load() == 1; runtime.Gosched() { // the end takes a moment to arrive
				if n.Preconnect(t.Context(), []string{srv.URL}); time.Since(began) > 10*time.Second {
					t.Fatal("it counts as open")
				}
			}
			if conns.Load() != 2 || n.kept.size() != 1 {
				t.Errorf("%d connections, %d kept", conns.Load(), n.kept.size())
			}
			srv.CloseClientConnections()
			if status, _ := send(t, n, srv.URL, io.LimitReader(strings.NewReader("once"), 4)); status != 200 {
				t.Errorf("status %d of what cannot be sent twice", status)
			}
		})
	}
}

// What TLS says after the handshake is heard before there is a request, so that the
// next connection to the same host is quicker made.
func TestTicketsAreHeardAhead(t *testing.T) {
	srv, n, _ := tlsServer(t, http.NotFoundHandler(), false)
	n.Preconnect(t.Context(), []string{srv.URL})
	if _, heard := n.tls.ClientSessionCache.Get("127.0.0.1"); !heard {
		t.Error("no ticket was heard")
	}
	if got := post(t, n.Client(), srv.URL); got.Code != "404" {
		t.Errorf("%+v", got)
	}
}

// What there is no room for is not kept, and serves all the same.
func TestAFullPoolKeepsNothingMore(t *testing.T) {
	for name, http2 := range map[string]bool{"HTTP/1.1": false, "HTTP/2": true} {
		t.Run(name, func(t *testing.T) {
			srv, n, conns := tlsServer(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}), http2)
			n.kept.most = 0
			n.Preconnect(t.Context(), []string{srv.URL})
			for range 2 {
				if got := post(t, n.Client(), srv.URL); got.Outcome != wire.Accepted {
					t.Errorf("%+v", got)
				}
			}
			if conns.Load() != 3 || n.kept.size() != 0 {
				t.Errorf("%d connections, %d kept", conns.Load(), n.kept.size())
			}
			at := place{"https", srv.Listener.Addr().String()}
			for began := time.Now(); n.open.to(at) != 0; runtime.Gosched() { // HTTP/2 takes a moment to be done
				if time.Since(began) > 10*time.Second {
					t.Fatalf("%d stay open", n.open.to(at))
				}
			}
		})
	}
}

// Several may connect to the same server at a time. Nothing stays open of that but what
// is kept.
func TestNoSharedConnectionStaysOpenBesideThoseKept(t *testing.T) {
	srv, n, _ := tlsServer(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}), true)
	done := make(chan struct{})
	for range 20 {
		go func() {
			defer func() { done <- struct{}{} }()
			if got := post(t, n.Client(), srv.URL); got.Outcome != wire.Accepted {
				t.Errorf("%+v", got)
			}
		}()
	}
	for range 20 {
		<-done
	}
	if got := n.open.to(place{"https", srv.Listener.Addr().String()}); got != n.kept.size() || got == 0 {
		t.Errorf("%d are open, %d kept", got, n.kept.size())
	}
}
