package client

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// wireAt serves handler in memory, so that time can be synthetic, and returns
// a client that reaches it whatever the host.
func wireAt(t *testing.T, handler http.HandlerFunc) *http.Client {
	t.Helper()
	l := &pipeListener{conns: make(chan net.Conn), closed: make(chan struct{})}
	server := &http.Server{Handler: handler}
	go server.Serve(l)
	transport := &http.Transport{DialContext: l.dial, DisableKeepAlives: true}
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		server.Close()
	})
	return &http.Client{Transport: transport}
}

type pipeListener struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func (l *pipeListener) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	near, far := net.Pipe()
	select {
	case l.conns <- far:
		return near, nil
	case <-l.closed:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *pipeListener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return nil
}

func (l *pipeListener) Addr() net.Addr { return &net.UnixAddr{Name: "memory", Net: "pipe"} }

func stream(w http.ResponseWriter, text string) {
	w.Header().Set("Content-Type", "text/event-stream")
	fmt.Fprint(w, text)
	http.NewResponseController(w).Flush()
}

var errEnough = errors.New("enough")

func TestACutConnectionIsResumedAfterTheLastEvent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var asked []string
		hc := wireAt(t, func(w http.ResponseWriter, r *http.Request) {
			asked = append(asked, r.Header.Get("Last-Event-ID"))
			switch len(asked) {
			case 1: // two events, the second cut in half
				stream(w, "retry: 3000\nid: 4\n\nid: 5\nevent: item\ndata: {\"n\":5}\n\nid: 6\nevent: item\ndata: {\"n\"")
			case 2: // a heartbeat only
				stream(w, "id: 8\n\n")
			default:
				stream(w, "id: 9\nevent: item\ndata: {\"n\":9}\n\n")
			}
		})
		var got []string
		var waits []time.Duration
		s := &Stream{URL: "http://wire.example", HTTP: hc, Dropped: func(_ error, wait time.Duration) { waits = append(waits, wait) }}
		err := s.Run(t.Context(), func(e Event) error {
			got = append(got, e.ID+" "+e.Type+" "+string(e.Data))
			if e.Number() == 9 {
				return errEnough
			}
			return nil
		})
		if err != errEnough {
			t.Fatal(err)
		}
		if g := strings.Join(got, "; "); g != `5 item {"n":5}; 9 item {"n":9}` {
			t.Errorf("events: %s", g)
		}
		if a := fmt.Sprintf("%q", asked); a != `["" "5" "8"]` {
			t.Errorf("asked after %s", a)
		}
		if s.Last != "8" {
			t.Errorf("an event whose handling failed counts as handled: %s", s.Last)
		}
		for _, w := range waits {
			if w < 3*time.Second || w > 4500*time.Millisecond {
				t.Errorf("waited %v, asked for were 3 s", w)
			}
		}
	})
}

func TestPausesGrowWhileNothingAnswersAndShrinkAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := 0
		hc := wireAt(t, func(w http.ResponseWriter, r *http.Request) {
			switch n++; {
			case n == 7:
				stream(w, "id: 1\n\n")
			case n == 8:
				w.Header().Set("Retry-After", "300")
				w.WriteHeader(http.StatusTooManyRequests)
			default:
				w.WriteHeader(http.StatusServiceUnavailable)
			}
		})
		var waits []time.Duration
		ctx, cancel := context.WithCancel(t.Context())
		s := &Stream{URL: "http://wire.example/", HTTP: hc, MaxWait: 30 * time.Second, Dropped: func(_ error, wait time.Duration) {
			if waits = append(waits, wait); len(waits) == 8 {
				cancel()
			}
		}}
		if err := s.Run(ctx, nil); !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		for i, least := range []time.Duration{4, 8, 16, 30, 30, 30, 2, 300} {
			least *= time.Second
			if waits[i] < least || waits[i] > least+least/2 {
				t.Errorf("pause %d is %v, want %v and up to half of it more", i+1, waits[i], least)
			}
		}
	})
}

func TestASilentConnectionIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := 0
		hc := wireAt(t, func(w http.ResponseWriter, r *http.Request) {
			if n++; n > 1 {
				w.WriteHeader(http.StatusNoContent)
				return
			}
			stream(w, "id: 1\n\n")
			select {
			case <-time.After(44 * time.Second):
			case <-r.Context().Done():
			}
			stream(w, "id: 2\nevent: item\ndata: x\n\n")
			<-r.Context().Done()
		})
		start, why := time.Now(), error(nil)
		s := &Stream{URL: "http://wire.example", HTTP: hc, Dropped: func(err error, _ time.Duration) { why = err }}
		err := s.Run(t.Context(), func(Event) error {
			time.Sleep(2 * time.Minute) // a slow reader is not a silent wire
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if why == nil || !strings.Contains(why.Error(), "silent") {
			t.Errorf("dropped because: %v", why)
		}
		if took := time.Since(start); took < 209*time.Second || took > 213*time.Second {
			t.Errorf("took %v: 44 s + 120 s + 45 s of silence + a pause expected", took)
		}
	})
}

func TestAnswersThatEndTheStream(t *testing.T) {
	for _, c := range []struct {
		name   string
		answer http.HandlerFunc
		want   string
	}{
		{"a problem", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/problem+json")
			w.WriteHeader(400)
			fmt.Fprint(w, `{"title":"Bad Request","detail":"lang: xx-bad is no language"}`)
		}, "client: the wire answered 400: Bad Request: lang: xx-bad is no language"},
		{"a refusal without words", func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(401) }, "client: the wire answered 401: Unauthorized"},
		{"a page", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			fmt.Fprint(w, "<!doctype html>")
		}, `client: the wire answered 200: with "text/html" instead of an event stream; check the address`},
		{"204", func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(204) }, "<nil>"},
		{"an event without end", func(w http.ResponseWriter, r *http.Request) { stream(w, "data: "+strings.Repeat("x", 2000)) }, ErrTooLong.Error()},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &Stream{URL: "http://wire.example", HTTP: wireAt(t, c.answer), MaxEvent: 1000}
				if err := s.Run(t.Context(), func(Event) error { return nil }); fmt.Sprint(err) != c.want {
					t.Errorf("got  %v\nwant %s", err, c.want)
				}
			})
		})
	}
}

func TestTheRequestSaysWhatIsWanted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hc := wireAt(t, func(w http.ResponseWriter, r *http.Request) {
			want := "GET /base/v1/stream?country=SG&format=headline&lang=ar&lang=en&org=A+%26+B&priority=flash&q=%22free+trade%22&sector=energy&subject=04000000&ticker=ABC" +
				" Bearer wrk_x 41 text/event-stream identity"
			got := strings.Join([]string{r.Method, r.URL.RequestURI(), r.Header.Get("Authorization"), r.Header.Get("Last-Event-ID"), r.Header.Get("Accept"), r.Header.Get("Accept-Encoding")}, " ")
			if got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
			w.WriteHeader(http.StatusNoContent)
		})
		s := &Stream{URL: "https://wire.example/base/", HTTP: hc, Key: "wrk_x", Last: "41", Format: "headline", Filter: Filter{
			Languages: []string{"ar", "en"}, Countries: []string{"SG"}, Sectors: []string{"energy"}, Subjects: []string{"04000000"},
			Organisations: []string{"A & B"}, Tickers: []string{"ABC"}, Priorities: []string{"flash"}, Text: `"free trade"`,
		}}
		s.URL = strings.Replace(s.URL, "https", "http", 1)
		if err := s.Run(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
	})
}

func TestAnAddressThatIsNone(t *testing.T) {
	for _, u := range []string{"", "wire.example", "ftp://wire.example", "http://", "http://a b"} {
		if err := (&Stream{URL: u}).Run(t.Context(), nil); err == nil || !strings.Contains(err.Error(), "https://wire.example") {
			t.Errorf("%q: %v", u, err)
		}
	}
}
