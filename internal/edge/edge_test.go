package edge

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wireroom/wireroom/internal/format"
	"github.com/wireroom/wireroom/internal/wire"
)

// tape is a History in memory, for tests in synthetic time. An item is on it
// before it is delivered, as it is in the store before it is on the bus.
type tape struct {
	mu     sync.Mutex
	items  []wire.Item // items[n-1] has number n
	pruned int64       // numbers up to this are kept no longer
	err    error       // what every read returns, if set
	reads  int
}

func (p *tape) Items(_ context.Context, after int64, limit int) ([]wire.Item, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.reads++
	from := min(max(after, p.pruned), int64(len(p.items)))
	return slices.Clone(p.items[from:min(from+int64(limit), int64(len(p.items)))]), p.err
}

func (p *tape) Last(context.Context) (int64, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return int64(len(p.items)), p.err
}

func (p *tape) Kills(context.Context) ([]wire.Item, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	var found []wire.Item
	for _, it := range p.items {
		if it.Action == wire.Kill {
			found = append(found, it)
		}
	}
	return found, p.err
}

func (p *tape) fail(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.err = err
}

// clear puts an item on the tape, as the desk does.
func (p *tape) clear(r *wire.Release, action wire.Action, at time.Time) wire.Item {
	p.mu.Lock()
	defer p.mu.Unlock()
	var prior *wire.Item
	for i := range p.items {
		if p.items[i].Release == r.ID {
			prior = &p.items[i]
		}
	}
	it := wire.NewItem(r, &r.Editions[0], action, prior, at, wire.Amendment{})
	it.Number = int64(len(p.items)) + 1
	it.Hash = it.ContentHash()
	p.items = append(p.items, it)
	return it
}

// story is a release in one language.
func story(language, headline string, sectors ...string) *wire.Release {
	return &wire.Release{
		ID:       wire.NewReleaseID(),
		Facets:   wire.Facets{Organisation: "Halden Power", Priority: wire.Ordinary, Sectors: sectors},
		Editions: []wire.Edition{{Language: language, Headline: headline, Body: []wire.Block{wire.P(headline)}}},
	}
}

// house is an edge behind a server in memory.
type house struct {
	tape *tape
	edge *Edge
	http *http.Client
	over protocol
	line *pipeListener
}

func open(t *testing.T, o Options) *house { return openOver(t, plain, o) }

// openOver is open with a protocol between the edge and its receivers.
func openOver(t *testing.T, over protocol, o Options) *house {
	t.Helper()
	h := &house{tape: &tape{}, over: over, line: &pipeListener{conns: make(chan net.Conn), closed: make(chan struct{})}}
	if o.History == nil {
		o.History = h.tape
	}
	o.Site = format.Site{BaseURL: "https://wire.example", Name: "Example Wire"}
	h.edge = New(o)
	h.serve(t, h.edge)
	return h
}

func (h *house) serve(t *testing.T, handler http.Handler) {
	server := &http.Server{Handler: handler, ReadTimeout: time.Second, ErrorLog: silent}
	transport := &http.Transport{DialContext: h.line.dial, DisableKeepAlives: true, DisableCompression: true}
	h.over.serve(server, transport, h.line)
	h.http = &http.Client{Transport: transport}
	t.Cleanup(func() {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		h.edge.Shutdown(ctx)
		// Before the server closes: it holds its lock while it says goodbye, which over
		// TLS nobody reads by now, and synthetic time does not go on for the goroutines
		// that wait for the lock.
		h.line.hangUp()
		server.Close()
		transport.CloseIdleConnections()
	})
}

// publish clears a story and delivers it.
func (h *house) publish(r *wire.Release, action wire.Action) wire.Item {
	it := h.tape.clear(r, action, time.Now())
	h.edge.Deliver(it, nil)
	return it
}

// reader is a raw receiver.
type reader struct {
	t      *testing.T
	status int
	header http.Header
	lines  chan string // closed at the end
	close  func()
}

func (h *house) get(t *testing.T, query string, header ...string) *reader {
	t.Helper()
	return h.getSlowly(t, 100_000, query, header...)
}

// getSlowly is get with a receiver that reads so many lines ahead only.
func (h *house) getSlowly(t *testing.T, ahead int, query string, header ...string) *reader {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, h.over.scheme()+"://wire.example/v1/stream?"+query, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := h.http.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	r := &reader{t: t, status: resp.StatusCode, header: resp.Header, lines: make(chan string, ahead), close: cancel}
	t.Cleanup(r.close)
	go func() {
		defer resp.Body.Close()
		defer close(r.lines)
		for body := bufio.NewReader(resp.Body); ; {
			line, err := body.ReadString('\n')
			if err != nil && !errors.Is(err, io.EOF) {
				line += err.Error()
			}
			if line != "" {
				select {
				case r.lines <- line:
				case <-ctx.Done():
					return
				}
			}
			if err != nil {
				return
			}
		}
	}()
	return r
}

// block returns the lines up to the next empty one, joined by "|", data only by
// its beginning; "end" at the end of the stream.
func (r *reader) block() string {
	r.t.Helper()
	var lines []string
	for line := range r.lines {
		if line == "\n" {
			return strings.Join(lines, "|")
		}
		if line = strings.TrimSuffix(line, "\n"); strings.HasPrefix(line, "data: ") && !strings.Contains(line, `"last"`) {
			line = "data"
		}
		lines = append(lines, line)
	}
	return strings.Join(append(lines, "end"), "|")
}

func (r *reader) want(blocks ...string) {
	r.t.Helper()
	for _, want := range blocks {
		if got := r.block(); got != want {
			r.t.Fatalf("got  %q\nwant %q", got, want)
		}
	}
}

// opened reads the opening and checks the place.
func (r *reader) opened(place int64) *reader {
	r.t.Helper()
	got := r.block()
	var retry, id int64
	if n, err := fmt.Sscanf(got, "retry: %d|id: %d", &retry, &id); n != 2 || err != nil || id != place || retry < 2000 || retry > 3000 {
		r.t.Fatalf("opening %q, want the place %d", got, place)
	}
	return r
}

func item(n int) string  { return fmt.Sprintf("id: %d|event: item|data", n) }
func place(n int) string { return fmt.Sprintf("id: %d", n) }

type pipeListener struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once

	mu    sync.Mutex
	pipes []net.Conn
}

// hangUp ends all connections.
func (l *pipeListener) hangUp() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range l.pipes {
		c.Close()
	}
}

func (l *pipeListener) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	near, far := net.Pipe()
	l.mu.Lock()
	l.pipes = append(l.pipes, near)
	l.mu.Unlock()
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

func TestReceiversGetWhatTheirFilterMatches(t *testing.T) {
	overEach(t, func(t *testing.T, over protocol) {
		h := openOver(t, over, Options{})
		h.publish(story("en", "Old news"), wire.Publish)
		all := h.get(t, "").opened(1)
		arabic := h.get(t, "lang=ar&format=headline").opened(1)
		energy := h.get(t, "sector=technology,energy&lang=en").opened(1)
		synctest.Wait()
		h.publish(story("en", "Turbine", "energy"), wire.Publish)
		h.publish(story("ar", "توربين", "energy"), wire.Publish)
		all.want(item(2), item(3))
		arabic.want(item(3))
		energy.want(item(2), place(3)) // the place after at most 15 s of silence
		for name, want := range map[string]string{"Content-Type": "text/event-stream", "Cache-Control": "no-store", "X-Accel-Buffering": "no", "Content-Encoding": ""} {
			if got := all.header.Get(name); got != want {
				t.Errorf("%s: %q", name, got)
			}
		}
	})
}

func TestHeartbeatsMoveThePlaceAtTheLatestEvery15Seconds(t *testing.T) {
	overEach(t, func(t *testing.T, over protocol) {
		h := openOver(t, over, Options{})
		r := h.get(t, "lang=th").opened(0)
		for n := range 20 {
			synctest.Wait()
			start := time.Now()
			h.publish(story("en", "Not in Thai"), wire.Publish)
			r.want(place(n + 1))
			if d := time.Since(start); d > 15*time.Second || d < 11*time.Second {
				t.Errorf("heartbeat after %v", d)
			}
		}
	})
}

func TestAResumedReceiverGetsWhatItMissed(t *testing.T) {
	overEach(t, func(t *testing.T, over protocol) {
		h := openOver(t, over, Options{Ring: 5})
		for i := range 20 {
			h.publish(story([]string{"en", "fr"}[i%2], "News"), wire.Publish)
		}
		h.get(t, "after=16").opened(16).want(item(17), item(18), item(19), item(20))
		reads := h.tape.reads
		h.get(t, "after=16").opened(16)
		if h.tape.reads != reads {
			t.Error("what is in memory was read from the history")
		}
		h.get(t, "after=1&lang=fr", "Last-Event-ID", "17").opened(17).want(item(18), item(20)) // the header is newer
		from := h.get(t, "after=0&lang=en").opened(0)
		for n := 1; n < 20; n += 2 {
			from.want(item(n))
		}
		from.want(place(20))
	})
}

func TestAnUnknownPlaceIsSaidAndNeverASilentGap(t *testing.T) {
	overEach(t, func(t *testing.T, over protocol) {
		h := openOver(t, over, Options{Ring: 3})
		for range 10 {
			h.publish(story("en", "News"), wire.Publish)
		}
		h.tape.pruned = 4
		h.get(t, "after=11").opened(10).want(`id: 10|event: reset|data: {"after":11,"last":10}`)
		h.get(t, "after=2").opened(2).want(`id: 4|event: reset|data: {"after":2,"last":4,"rest":"https://wire.example/v1/items?after=2"}`, item(5))
		h.get(t, "after=4").opened(4).want(item(5))
		h.tape.pruned = 10
		time.Sleep(pageRest) // what was read a moment ago is still told
		h.get(t, "after=4").opened(4).want(`id: 7|event: reset|data: {"after":4,"last":7,"rest":"https://wire.example/v1/items?after=4"}`, item(8))
		// Another edge was ahead: the place is in the history, so it is good.
		next := h.tape.clear(story("en", "News"), wire.Publish, time.Now())
		r := h.get(t, "after=11").opened(11)
		synctest.Wait()
		h.edge.Deliver(next, nil)
		h.publish(story("en", "News"), wire.Publish)
		r.want(item(12))
	})
}

func TestAmendmentsReachWhomAnEarlierVersionReached(t *testing.T) {
	overEach(t, func(t *testing.T, over protocol) {
		h := openOver(t, over, Options{Ring: 2})
		merger := story("en", "Merger of A and B")
		h.publish(merger, wire.Publish)
		one := h.get(t, "q=merger").opened(1)
		two := h.get(t, "q=purchase").opened(1)
		not := h.get(t, "q="+"NOT+merger").opened(1)
		synctest.Wait()
		merger.Editions[0].Headline, merger.Editions[0].Body = "Purchase of B by A", []wire.Block{wire.P("Purchase")}
		h.publish(merger, wire.Correct) // 2
		h.publish(merger, wire.Hold)    // 3
		h.publish(merger, wire.Unhold)  // 4
		for _, r := range []*reader{one, two, not} {
			r.want(item(2), item(3), item(4))
		}
		h.publish(merger, wire.Kill)                       // 5
		h.publish(story("en", "Something"), wire.Publish)  // 6
		h.publish(story("en", "A merger!"), wire.Publish)  // 7
		h.publish(story("fr", "A purchase"), wire.Publish) // 8
		one.want(item(5), item(7))
		two.want(item(5), item(8))
		not.want(item(5), item(6), item(8))
		// A replay tells of a killed story that it was killed, and nothing else.
		h.get(t, "after=0&q=purchase").opened(0).want(item(5), item(8))
		killed := story("en", "Merger")
		h.publish(killed, wire.Publish) // 9
		h.publish(killed, wire.Kill)    // 10: without text, but not for those who never had the story
		not.want(place(10))
	})
}

func TestWhatIsMissingIsFetchedBeforeGoingOn(t *testing.T) {
	overEach(t, func(t *testing.T, over protocol) {
		h := openOver(t, over, Options{})
		r := h.get(t, "").opened(0)
		synctest.Wait()
		var items []wire.Item
		for range 300 {
			items = append(items, h.tape.clear(story("en", "News"), wire.Publish, time.Now()))
		}
		h.edge.Deliver(items[1], nil) // 1 is missing
		h.edge.Deliver(items[0], nil) // a repeat by now
		h.tape.fail(errors.New("the store is away"))
		h.edge.Deliver(items[299], nil)
		h.tape.fail(nil)
		time.Sleep(fetchAgain) // by itself, though the bus brings nothing more
		for n := range 300 {
			r.want(item(n + 1))
		}
		h.edge.Deliver(items[299], nil)
		h.publish(story("en", "News"), wire.Publish)
		r.want(item(301))
	})
}

func TestAnAmendmentWaitsForItsEarlierVersions(t *testing.T) {
	overEach(t, func(t *testing.T, over protocol) {
		h := openOver(t, over, Options{})
		s := story("en", "Merger")
		h.publish(s, wire.Publish)
		r := h.get(t, "q=merger").opened(1)
		synctest.Wait()
		h.tape.fail(errors.New("the store is away"))
		h.publish(s, wire.Kill)
		h.publish(story("en", "Another merger"), wire.Publish)
		time.Sleep(3 * time.Second)
		h.tape.fail(nil)
		r.want(item(2), item(3))
	})
}

func TestAnEdgeWithoutHistorySendsReceiversAway(t *testing.T) {
	overEach(t, func(t *testing.T, over protocol) {
		h := openOver(t, over, Options{})
		h.tape.fail(errors.New("the store is away"))
		if r := h.get(t, ""); r.status != http.StatusServiceUnavailable || r.header.Get("Retry-After") == "" {
			t.Errorf("a program: %d %v", r.status, r.header)
		}
		r := h.get(t, "", "Sec-Fetch-Mode", "cors")
		if got := r.block(); r.status != 200 || !strings.HasPrefix(got, "retry: ") || !strings.HasSuffix(got, "|end") || strings.Contains(got, "id") {
			t.Errorf("%d %q", r.status, got)
		}
		h.tape.fail(nil)
		h.get(t, "").opened(0)
	})
}
