package edge

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/wireroom/wireroom/internal/wire"
)

// BenchmarkFanOut measures one item of 2 KB to 2,000 connections on the loopback
// interface, from Deliver to the last receiver's last byte. The receivers run in
// the same process and on the same processors.
func BenchmarkFanOut(b *testing.B) {
	const connections = 2000
	p := &tape{}
	e := New(Options{History: p})
	e.render = func(_ encoding, it *wire.Item) ([]byte, error) {
		return fmt.Appendf(nil, `{"number":%d,"text":"%s"}`, it.Number, strings.Repeat("x", 2000)), nil
	}
	server := httptest.NewServer(e)
	defer server.Close()
	var joined, got atomic.Int64
	var all sync.WaitGroup
	done := make(chan struct{}, 1)
	for i := range connections {
		conn, err := net.Dial("tcp", server.Listener.Addr().String())
		if err != nil {
			b.Fatal(err)
		}
		defer conn.Close()
		all.Go(func() {
			fmt.Fprintf(conn, "GET /v1/stream?lang=%s HTTP/1.1\r\nHost: wire.example\r\n\r\n", []string{"en", "en,fr", "en,ar"}[i%3])
			for lines := bufio.NewReaderSize(conn, 4<<10); ; {
				line, err := lines.ReadSlice('\n')
				switch {
				case err != nil:
					return
				case strings.HasPrefix(string(line[:min(len(line), 6)]), "data: "):
					if got.Add(1)%connections == 0 {
						done <- struct{}{}
					}
				case strings.HasPrefix(string(line[:min(len(line), 6)]), "retry:"):
					joined.Add(1)
				}
			}
		})
	}
	for joined.Load() < connections || members(e) < connections {
		time.Sleep(time.Millisecond)
	}
	var medians, lasts []time.Duration
	b.ReportAllocs()
	for b.Loop() {
		it := p.clear(story("en", "News"), wire.Publish, time.Now())
		e.Deliver(it, nil)
		<-done
		s, _ := e.Stats(it.Number)
		medians, lasts = append(medians, s.Median), append(lasts, s.Last)
	}
	slices.Sort(medians)
	slices.Sort(lasts)
	b.ReportMetric(float64(medians[len(medians)/2].Microseconds())/1000, "ms-median")
	b.ReportMetric(float64(lasts[len(lasts)/2].Microseconds())/1000, "ms-last")
	b.ReportMetric(float64(connections*len(lasts))/b.Elapsed().Seconds(), "frames/s")
	over, cancel := context.WithCancel(b.Context())
	cancel()
	_ = e.Shutdown(over) // it cuts everyone off
	all.Wait()
}

// members counts the connections that have joined.
func members(e *Edge) int {
	e.mu.Lock()
	defer e.mu.Unlock()
	n := 0
	for _, g := range e.groups {
		n += len(g.members) + g.polled
	}
	return n
}

// BenchmarkResume measures a connection that resumes over the ring, of which it
// wants nothing.
func BenchmarkResume(b *testing.B) {
	p := &tape{}
	e := New(Options{History: p})
	for range 1000 {
		e.Deliver(p.clear(story("en", "News about turbines"), wire.Publish, time.Now()), nil)
	}
	for b.Loop() {
		w := httptest.NewRecorder()
		s := &session{follower: follower{edge: e, out: newResponse(w, nil)}, w: w}
		ask, err := e.read(httptest.NewRequest(http.MethodGet, "/v1/stream?after=0&lang=fr&q=cotton", nil))
		if err != nil {
			b.Fatal(err)
		}
		s.request, s.form, s.conn = ask, ask.form, newConn(e, ask.want, ask.view, &pass{})
		if err := s.replay(b.Context()); err != nil {
			b.Fatal(err)
		}
		e.leave(s.conn)
	}
}
