package webhook

import (
	"bufio"
	"context"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"github.com/wireroom/wireroom/internal/courier"
	"github.com/wireroom/wireroom/internal/wire"
)

// nameServer answers every question for an address with the next of some, and
// counts the answers.
func nameServer(t *testing.T, answers ...net.IP) (*net.Resolver, *atomic.Int64) {
	t.Helper()
	asked := &atomic.Int64{}
	resolver := &net.Resolver{Dial: func(context.Context, string, string) (net.Conn, error) {
		client, server := net.Pipe()
		go func() {
			defer server.Close()
			var size [2]byte // a pipe is no packet connection, so it is asked as over TCP
			if _, err := io.ReadFull(server, size[:]); err != nil {
				return
			}
			question := make([]byte, int(size[0])<<8|int(size[1]))
			if _, err := io.ReadFull(server, question); err != nil {
				return
			}
			var m dnsmessage.Message
			if err := m.Unpack(question); err != nil || len(m.Questions) != 1 {
				return
			}
			m.Response, m.Additionals = true, nil
			q := m.Questions[0]
			ip := answers[min(int(asked.Load()), len(answers)-1)]
			header := dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class}
			if v4 := ip.To4(); q.Type == dnsmessage.TypeA && v4 != nil {
				asked.Add(1)
				m.Answers = []dnsmessage.Resource{{Header: header, Body: &dnsmessage.AResource{A: [4]byte(v4)}}}
			} else if q.Type == dnsmessage.TypeAAAA && v4 == nil {
				asked.Add(1)
				m.Answers = []dnsmessage.Resource{{Header: header, Body: &dnsmessage.AAAAResource{AAAA: [16]byte(ip)}}}
			}
			packed, err := m.Pack()
			if err == nil {
				_, _ = server.Write(append([]byte{byte(len(packed) >> 8), byte(len(packed))}, packed...))
			}
		}()
		return client, nil
	}}
	return resolver, asked
}

func post(t *testing.T, client *http.Client, address string) courier.Result {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address, strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	return Do(client, req, time.Now)
}

// refusal is what an address comes to that endpoints have no business with.
var refusal = courier.Result{Outcome: wire.Failed, Code: "the address is not a public one"}

func TestANameThatLeadsToAPrivateAddressIsRefused(t *testing.T) {
	for _, ip := range []string{
		"127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "255.255.255.255", "224.0.0.1", "198.18.0.1", "192.0.0.8",
		"::1", "::", "fe80::1", "fc00::1", "ff02::1", "64:ff9b::7f00:1", "64:ff9b:1::a00:1", "2002:7f00:1::1", "2001:0:7f00:1::1", "2001:db8::1", "fec0::1", "5f00::1",
	} {
		resolver, _ := nameServer(t, net.ParseIP(ip))
		n := NewNetwork(Options{Resolver: resolver})
		if got := post(t, n.Client(), "http://endpoint.example/hook"); got != refusal {
			t.Errorf("%s: %+v", ip, got)
		}
		n.Preconnect(t.Context(), []string{"http://endpoint.example/hook"})
		if n.kept.size() != 0 {
			t.Errorf("%s: connected ahead", ip)
		}
	}
}

func TestAnAddressIsRefusedHoweverItIsWritten(t *testing.T) {
	hit := atomic.Bool{}
	srv := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { hit.Store(true) }))
	defer srv.Close()
	_, port, _ := net.SplitHostPort(srv.Listener.Addr().String())
	client := Client(false)
	for _, host := range []string{"127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "0.0.0.0", "[::]", "[::1]", "[64:ff9b::127.0.0.1]", "100.64.0.1", "169.254.169.254"} {
		for _, p := range []string{port, "80", "8080"} {
			if got := post(t, client, "http://"+host+":"+p+"/"); got.Outcome == wire.Accepted || got.Outcome == wire.Failed && got != refusal {
				t.Errorf("%s:%s: %+v", host, p, got)
			}
		}
	}
	for _, port := range []string{"22", "25", "5432", "6379", "4222", "9200"} {
		if got := post(t, client, "http://203.0.114.1:"+port+"/"); got != refusal {
			t.Errorf("port %s of a public address: %+v", port, got)
		}
	}
	if hit.Load() {
		t.Error("a private address was reached")
	}
}

// What was checked is what is connected to: no second answer of the name server
// counts.
func TestANameIsAskedForOnce(t *testing.T) {
	hit := atomic.Bool{}
	srv := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { hit.Store(true) }))
	defer srv.Close()
	_, port, _ := net.SplitHostPort(srv.Listener.Addr().String())
	resolver, asked := nameServer(t, net.ParseIP("127.0.0.1"), net.ParseIP("127.0.0.99"))
	n := NewNetwork(Options{AllowPrivate: true, Resolver: resolver})
	if got := post(t, n.Client(), "http://rebind.example:"+port); got.Outcome != wire.Accepted || !hit.Load() || asked.Load() != 1 {
		t.Errorf("%+v after %d answers", got, asked.Load())
	}
	resolver, asked = nameServer(t, net.ParseIP("127.0.0.1"), net.ParseIP("1.1.1.1"))
	n = NewNetwork(Options{Resolver: resolver})
	if got := post(t, n.Client(), "http://rebind.example:8080/"); got != refusal || asked.Load() != 1 {
		t.Errorf("%+v after %d answers", got, asked.Load())
	}
}

func TestARedirectIsNotFollowed(t *testing.T) {
	hit := atomic.Bool{}
	inside := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { hit.Store(true) }))
	defer inside.Close()
	for _, status := range []int{301, 302, 303, 307, 308} {
		bait := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, inside.URL, status) }))
		if got := post(t, Client(true), bait.URL); got.Outcome != wire.Deferred {
			t.Errorf("%d: %+v", status, got)
		}
		bait.Close()
	}
	if hit.Load() {
		t.Error("the bait was taken")
	}
}

func TestNoProxyIsUsed(t *testing.T) {
	t.Setenv("HTTP_PROXY", "http://127.0.0.1:1")
	t.Setenv("HTTPS_PROXY", "http://127.0.0.1:1")
	srv := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer srv.Close()
	if got := post(t, Client(true), srv.URL); got.Outcome != wire.Accepted {
		t.Errorf("%+v", got)
	}
}

func TestAnEndlessAnswerHoldsNobodyUp(t *testing.T) {
	read := atomic.Int64{}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/drip" {
			w.WriteHeader(200)
			w.(http.Flusher).Flush()
			<-r.Context().Done()
			return
		}
		chunk := make([]byte, 32<<10)
		for range 2000 {
			n, err := w.Write(chunk)
			if err != nil {
				return
			}
			read.Add(int64(n))
		}
	}))
	defer srv.Close()
	for _, path := range []string{"/flood", "/drip"} {
		began := time.Now()
		if got := post(t, Client(true), srv.URL+path); got.Outcome != wire.Accepted {
			t.Errorf("%s: %+v", path, got)
		}
		if took := time.Since(began); took > 5*drainTime {
			t.Errorf("%s took %v", path, took)
		}
	}
	if read.Load() > 32<<20 { // what fits into the kernel's buffers, and no more
		t.Errorf("%d bytes were taken", read.Load())
	}
}

func tlsServer(t *testing.T, h http.Handler, http2 bool) (*httptest.Server, *Network, *atomic.Int64) {
	t.Helper()
	srv := httptest.NewUnstartedServer(h)
	srv.EnableHTTP2 = http2
	conns := counting(srv)
	srv.StartTLS()
	t.Cleanup(srv.Close)
	roots := x509.NewCertPool()
	roots.AddCert(srv.Certificate())
	n := NewNetwork(Options{AllowPrivate: true, Roots: roots})
	t.Cleanup(n.CloseIdleConnections)
	return srv, n, conns
}

func TestWhatIsConnectedAheadIsUsed(t *testing.T) {
	for name, http2 := range map[string]bool{"HTTP/1.1": false, "HTTP/2": true} {
		t.Run(name, func(t *testing.T) {
			var proto atomic.Value
			srv, n, conns := tlsServer(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { proto.Store(r.Proto) }), http2)
			addresses := []string{srv.URL + "/a", "ftp://x/", "::", "https://"}
			n.Preconnect(t.Context(), addresses)
			n.Preconnect(t.Context(), addresses) // again: it is open already
			if conns.Load() != 1 {
				t.Fatalf("%d connections", conns.Load())
			}
			for range 3 {
				if got := post(t, n.Client(), srv.URL+"/a"); got.Outcome != wire.Accepted {
					t.Fatalf("%+v", got)
				}
			}
			if conns.Load() != 1 || !strings.HasPrefix(proto.Load().(string), strings.TrimSuffix(name, ".1")) {
				t.Errorf("%d connections, %v", conns.Load(), proto.Load())
			}
			n.kept.prune(time.Now().Add(aheadTime + time.Second))
			if n.kept.size() == 0 {
				t.Error("it was closed as if it had never been used")
			}
			for began := time.Now(); n.kept.size() != 0; runtime.Gosched() { // HTTP/2 takes a moment to be done with a request
				if n.kept.prune(time.Now().Add(keptTime + time.Second)); time.Since(began) > 10*time.Second {
					t.Fatal("it is kept for ever")
				}
			}
			if len(n.open.all) != 0 {
				t.Errorf("open are %v", n.open.all)
			}
		})
	}
}

// Two at a time need two connections, unless one carries both; and whoever comes
// later finds the one that was made ahead again.
func TestABusyConnectionAheadHoldsNobodyUp(t *testing.T) {
	for name, want := range map[string]int64{"HTTP/1.1": 2, "HTTP/2": 1} {
		t.Run(name, func(t *testing.T) {
			asked, on := make(chan struct{}), make(chan struct{})
			srv, n, conns := tlsServer(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
				asked <- struct{}{}
				<-on
			}), name == "HTTP/2")
			n.Preconnect(t.Context(), []string{srv.URL})
			var both sync.WaitGroup
			for range 2 {
				both.Go(func() {
					if got := post(t, n.Client(), srv.URL); got.Outcome != wire.Accepted {
						t.Errorf("%+v", got)
					}
				})
				<-asked
			}
			n.kept.prune(time.Now().Add(keptTime + time.Second)) // not what is under way
			close(on)
			both.Wait()
			both.Go(func() { <-asked })
			if got := post(t, n.Client(), srv.URL); got.Outcome != wire.Accepted || conns.Load() != want {
				t.Errorf("%+v, %d connections, want %d", got, conns.Load(), want)
			}
			both.Wait()
		})
	}
}

// Connections close at any moment, also at the one at which they are looked for.
func TestConnectionsAheadMayCloseWhileTheyAreLookedFor(t *testing.T) {
	var asked atomic.Int64
	srv, n, _ := tlsServer(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if asked.Add(1)%3 == 0 {
			w.Header().Set("Connection", "close")
		}
	}), false)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for i := range 50 {
				if i%10 == 0 {
					n.Preconnect(t.Context(), []string{srv.URL, srv.URL, srv.URL, srv.URL})
				}
				if got := post(t, n.Client(), srv.URL); got.Outcome != wire.Accepted {
					t.Errorf("%+v", got)
				}
			}
		})
	}
	all.Wait()
}

// Whatever the other side says on a connection that was made ahead, before it was
// asked, twice, or in another protocol, the delivery comes to an end.
func TestNonsenseOnAConnectionAheadHarmsNobody(t *testing.T) {
	const fine = "HTTP/1.1 204 No Content\r\n\r\n"
	for name, says := range map[string]struct{ first, then string }{
		"unasked":         {fine, fine},
		"garbage unasked": {"\x16\x03\x01\x00\x00", ""},
		"twice":           {"", fine + fine},
		"switch":          {"", "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n" + fine},
		"hints":           {"", "HTTP/1.1 103 Early Hints\r\n\r\n" + fine},
		"no end":          {"", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n"},
		"too short":       {"", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nx"},
		"close":           {"", "HTTP/1.0 200 OK\r\n\r\nx"},
		"garbage":         {"", "220 smtp.example ESMTP\r\n"},
	} {
		t.Run(name, func(t *testing.T) {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			go func() {
				for {
					c, err := l.Accept()
					if err != nil {
						return
					}
					go func() {
						defer c.Close()
						_, _ = io.WriteString(c, says.first)
						asked := bufio.NewReader(c)
						for range 2 {
							req, err := http.ReadRequest(asked)
							if err != nil {
								return
							}
							_, _ = io.Copy(io.Discard, req.Body)
							_, _ = io.WriteString(c, says.then)
							if strings.HasPrefix(says.then, "HTTP/1.1 200") {
								return
							}
						}
					}()
				}
			}()
			n := NewNetwork(Options{AllowPrivate: true})
			defer n.CloseIdleConnections()
			address := "http://" + l.Addr().String()
			for range 3 {
				n.Preconnect(t.Context(), []string{address})
				ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
				req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader("{}"))
				if err != nil {
					t.Fatal(err)
				}
				if got := Do(n.Client(), req, time.Now); got.Outcome != wire.Accepted && got.Outcome != wire.Deferred {
					t.Errorf("%+v", got)
				}
				cancel()
			}
		})
	}
}

func TestAConnectionAheadThatWasGivenUpIsMadeAnew(t *testing.T) {
	var conns atomic.Int64
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if string(body) != "{}" {
			t.Errorf("body %q", body)
		}
	}))
	closed := make(chan struct{}, 1)
	srv.Config.ConnState = func(c net.Conn, s http.ConnState) {
		if s == http.StateNew && conns.Add(1) == 1 {
			c.Close()
			closed <- struct{}{}
		}
	}
	srv.Start()
	defer srv.Close()
	n := NewNetwork(Options{AllowPrivate: true})
	n.Preconnect(t.Context(), []string{srv.URL})
	<-closed
	if got := post(t, n.Client(), srv.URL); got.Outcome != wire.Accepted || conns.Load() != 2 {
		t.Errorf("%+v, %d connections", got, conns.Load())
	}
}

func TestConnectionsAheadAreNotKeptForEver(t *testing.T) {
	srv := httptest.NewServer(http.NotFoundHandler())
	defer srv.Close()
	n := NewNetwork(Options{AllowPrivate: true})
	many := make([]string, 100) // at one host
	for i := range many {
		many[i] = srv.URL + "/" + strings.Repeat("x", i)
	}
	n.Preconnect(t.Context(), many)
	if at := (place{"http", srv.Listener.Addr().String()}); n.open.to(at) != maxAheadHost {
		t.Errorf("%d connections to one host", n.open.to(at))
	}
	n.kept.prune(time.Now().Add(aheadTime))
	if n.kept.size() != 0 || len(n.open.all) != 0 {
		t.Errorf("%+v", n.kept)
	}
}

func TestPreconnectEndsWithItsContext(t *testing.T) {
	hang, err := net.Listen("tcp", "127.0.0.1:0") // connects, and never shakes hands
	if err != nil {
		t.Fatal(err)
	}
	defer hang.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	n := NewNetwork(Options{AllowPrivate: true})
	began := time.Now()
	n.Preconnect(ctx, []string{"https://" + hang.Addr().String()})
	if took := time.Since(began); took > 5*time.Second || n.kept.size() != 0 {
		t.Errorf("took %v", took)
	}
}

func TestACertificateOfAnotherHostIsRefused(t *testing.T) {
	srv, n, _ := tlsServer(t, http.NotFoundHandler(), false)
	_, port, _ := net.SplitHostPort(srv.Listener.Addr().String())
	if got := post(t, n.Client(), "https://localhost:"+port); got.Outcome != wire.Deferred || got.Code != "the certificate is not valid for the address" {
		t.Errorf("%+v", got)
	}
}

func TestWhatIsOpenAtATimeFitsIntoWhatTheProcessMayHave(t *testing.T) {
	for files, want := range map[int]int{256: 100, 1024: 100, 4096: 1048, 20_000: 8000, 1 << 20: 8000} {
		if got := share(maxUnderWay, files); got != want || files > 2000 && 2*got+otherFiles > files {
			t.Errorf("with %d files %d are under way, want %d", files, got, want)
		}
	}
	if openFiles() < 1 {
		t.Error("no files at all")
	}
}

// What is open to an address is counted under the name that net/http asks for.
func TestPlacesAreWrittenAsByNetHTTP(t *testing.T) {
	for _, address := range []string{"http://例え.テスト/フック", "http://موقع.example/", "http://Outlet.Example:8080/x", "http://[2001:db8::1]/", "http://a.example", "http://münchen.example:80/?q"} {
		var asked string
		transport := &http.Transport{DialContext: func(_ context.Context, _, address string) (net.Conn, error) {
			asked = address
			return nil, errRefused
		}}
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
		if err != nil {
			t.Fatal(err)
		}
		if resp, err := transport.RoundTrip(req); err == nil {
			resp.Body.Close()
		}
		if at, ok := placeOf(req.URL); !ok || at.hostPort != asked {
			t.Errorf("%s: %q, net/http connects to %q", address, at.hostPort, asked)
		}
	}
}
