package streamload

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wireroom/wireroom/test/bench/process"
)

// hub is a small server, which can be made to err.
type hub struct {
	server *httptest.Server

	mu       sync.Mutex
	desktops map[string]chan string // by path
	asked    []*http.Request
}

func openHub(t *testing.T) *hub {
	t.Helper()
	h := &hub{desktops: map[string]chan string{}}
	h.server = httptest.NewServer(http.HandlerFunc(h.serve))
	t.Cleanup(func() {
		h.server.CloseClientConnections()
		h.server.Close()
	})
	return h
}

func (h *hub) serve(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.URL.Path, "/refuse") {
		http.Error(w, "there is no such stream", http.StatusNotFound)
		return
	}
	texts := make(chan string, 100)
	h.mu.Lock()
	h.desktops[r.URL.Path] = texts
	h.asked = append(h.asked, r)
	h.mu.Unlock()
	w.Header().Set("Content-Type", "text/event-stream")
	fmt.Fprint(w, "retry: 1000\n\n")
	for {
		w.(http.Flusher).Flush()
		select {
		case text, more := <-texts:
			if !more {
				return
			}
			fmt.Fprint(w, text)
		case <-r.Context().Done():
			return
		}
	}
}

// desktop is where a desktop's events are put in.
func (h *hub) desktop(number int) chan string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.desktops[fmt.Sprintf("/desk/%d", number)]
}

// send sends an event of a round to a desktop, in two pieces.
func (h *hub) send(desktop, round int) {
	texts := h.desktop(desktop)
	marker := Marker(round)
	texts <- "id: 1\ndata: {\"headline\":\"" + marker[:3]
	texts <- marker[3:] + strings.Repeat("x", 3000) + "\"}\n\n"
}

// check looks at how so many desktops have asked.
func (h *hub) check(t *testing.T, desktops int) {
	t.Helper()
	h.mu.Lock()
	defer h.mu.Unlock()
	sources := map[string]bool{}
	for _, r := range h.asked {
		host, _, err := net.SplitHostPort(r.RemoteAddr)
		if err != nil || r.Header.Get("X-Colour") != "blue" {
			t.Fatalf("%q asked with %v: %v", r.RemoteAddr, r.Header, err)
		}
		sources[host] = true
	}
	if len(h.desktops) != desktops || len(sources) != 8 {
		t.Errorf("%d desktops asked from %d addresses", len(h.desktops), len(sources))
	}
}

// open starts desktops and has them join.
func (h *hub) open(t *testing.T, o Options) *Load {
	t.Helper()
	o.Server = netip.MustParseAddrPort(h.server.Listener.Addr().String())
	o.Paths = []string{"/desk/{desktop}"}
	l, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	joined, err := l.Join(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if joined.Joined != o.Desktops-joined.Stalled || joined.Last <= joined.Began {
		t.Fatalf("joined: %+v", joined)
	}
	return l
}

// receive waits until so many events of a round have come.
func receive(t *testing.T, l *Load, round, events int) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(time.Millisecond) {
		r := &l.rounds[round]
		n := r.got.Load() + r.doubled.Load() + r.strange.Load()
		if n == int64(events) {
			return
		}
		if n > int64(events) || time.Now().After(deadline) {
			t.Fatalf("%d events of round %d came, want %d", n, round, events)
		}
	}
}

// awaitBriefly asks for receipts of a round in which somebody gets nothing.
func awaitBriefly(t *testing.T, l *Load, round int) Receipts {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	l.Await(ctx, round)
	return l.Receipts(round)
}

func TestEveryDesktopGetsItsReceipt(t *testing.T) {
	h := openHub(t)
	l := h.open(t, Options{Desktops: 300, First: 1000, Threads: 2, Headers: []string{"X-Colour: blue"}})
	h.check(t, 300)
	for round := range 3 {
		before := process.Now()
		for i := range 300 {
			h.send(1000+i, round)
		}
		l.Await(t.Context(), round)
		got := l.Receipts(round)
		if got.Expected != 300 || len(got.Times) != 300 || len(got.Missing) != 0 {
			t.Fatalf("round %d: %d of %d, missing %v", round, len(got.Times), got.Expected, got.Missing)
		}
		for _, at := range got.Times {
			if at < before || at > process.Now() {
				t.Fatalf("round %d: received at %d, between %d and now", round, at, before)
			}
		}
	}
	if got := l.Count(3); got != (Count{Expected: 900}) {
		t.Errorf("%+v", got)
	}
}

func TestLostDoubledAndStrangeEventsAreFound(t *testing.T) {
	h := openHub(t)
	l := h.open(t, Options{Desktops: 10, Rounds: 5})
	for i := range 10 {
		if i != 3 && i != 7 {
			h.send(i, 0)
		}
	}
	h.send(5, 0)
	h.send(5, 0)
	receive(t, l, 0, 10)
	got := awaitBriefly(t, l, 0)
	if got.Expected != 10 || len(got.Times) != 8 || fmt.Sprint(got.Missing) != "[3 7]" {
		t.Errorf("%d of %d, missing %v", len(got.Times), got.Expected, got.Missing)
	}
	if got := l.Count(1); got != (Count{Expected: 10, Lost: 2, Doubled: 2}) {
		t.Errorf("%+v", got)
	}
	h.send(1, 4) // not published yet
	receive(t, l, 4, 1)
	h.send(1, 5) // cannot be
	h.send(1, 3)
	receive(t, l, 3, 1)
	if got := l.Count(1); got != (Count{Expected: 10, Lost: 2, Doubled: 2, Strange: 3}) {
		t.Errorf("%+v", got)
	}
}

func TestGroupsGetTheirRoundsOnly(t *testing.T) {
	h := openHub(t)
	l := h.open(t, Options{Desktops: 10, First: 20, Groups: 5})
	for _, i := range []int{21, 26, 22} { // 22 has not asked for round 1
		h.send(i, 1)
	}
	h.send(22, 2)
	receive(t, l, 1, 3)
	receive(t, l, 2, 1)
	if got := awaitBriefly(t, l, 1); got.Expected != 2 || len(got.Times) != 2 {
		t.Errorf("%+v", got)
	}
	if got := awaitBriefly(t, l, 2); got.Expected != 2 || len(got.Times) != 1 || fmt.Sprint(got.Missing) != "[27]" {
		t.Errorf("%+v", got)
	}
	if got := l.Count(3); got != (Count{Expected: 6, Lost: 3, Strange: 1}) {
		t.Errorf("%+v", got)
	}
}

func TestDesktopsThatStallAreExpectedToGetNothing(t *testing.T) {
	h := openHub(t)
	l := h.open(t, Options{Desktops: 200, Stall: .01})
	if l.stalled != 2 {
		t.Fatalf("%d desktops stall", l.stalled)
	}
	for i := range 200 {
		if !l.desktops[i].stalled {
			h.send(i, 0)
		}
	}
	l.Await(t.Context(), 0)
	if got := l.Receipts(0); got.Expected != 198 || len(got.Times) != 198 {
		t.Errorf("%d of %d", len(got.Times), got.Expected)
	}
	if got := l.Count(1); got != (Count{Expected: 198}) {
		t.Errorf("%+v", got)
	}
}

func TestDesktopsThatAreCutOffAreCounted(t *testing.T) {
	h := openHub(t)
	l := h.open(t, Options{Desktops: 3})
	close(h.desktop(1))
	for deadline := time.Now().Add(10 * time.Second); l.gone.Load() == 0 && time.Now().Before(deadline); {
		time.Sleep(time.Millisecond)
	}
	if got := l.Count(0); got.Gone != 1 || !strings.Contains(got.Complaint, "desktop 1: the server ended the stream") {
		t.Errorf("%+v", got)
	}
}

func TestARefusedDesktopEndsTheJoining(t *testing.T) {
	h := openHub(t)
	l, err := Open(Options{Server: netip.MustParseAddrPort(h.server.Listener.Addr().String()), Desktops: 5, Paths: []string{"/refuse"}})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if _, err := l.Join(t.Context()); err == nil || !strings.Contains(err.Error(), "there is no such stream") {
		t.Errorf("Join: %v", err)
	}
}

func TestPathsAreUsedInTurnWithinEachGroup(t *testing.T) {
	l, err := Open(Options{
		Server: netip.MustParseAddrPort("127.0.0.1:9"), Desktops: 8, First: 4, Groups: 2,
		Paths: []string{"/a/{group}?n={desktop}", "/b/{group}?n={desktop}"},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for i, want := range []string{"/a/0?n=4", "/a/1?n=5", "/b/0?n=6", "/b/1?n=7", "/a/0?n=8"} {
		if got := string(l.request(i)); !strings.HasPrefix(got, "GET "+want+" HTTP/1.1\r\n") {
			t.Errorf("desktop %d: %q, want %s", i, got, want)
		}
	}
}

func TestWhatCannotBeIsRefused(t *testing.T) {
	good := netip.MustParseAddrPort("127.0.0.1:9")
	for name, o := range map[string]Options{
		"elsewhere":  {Server: netip.MustParseAddrPort("192.0.2.1:9"), Desktops: 1, Paths: []string{"/"}},
		"no desktop": {Server: good, Paths: []string{"/"}},
		"no path":    {Server: good, Desktops: 1},
		"rounds":     {Server: good, Desktops: 1, Paths: []string{"/"}, Rounds: MaxRounds + 1},
	} {
		if l, err := Open(o); err == nil {
			l.Close()
			t.Errorf("%s: no error", name)
		}
	}
}

func TestTheControlTellsTheSame(t *testing.T) {
	h := openHub(t)
	l, err := Open(Options{Server: netip.MustParseAddrPort(h.server.Listener.Addr().String()), Desktops: 4, Paths: []string{"/desk/{desktop}"}})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	server := httptest.NewServer(l.Control())
	defer server.Close()
	control := process.Control(server.URL)
	var joined Joined
	if err := control.Post(t.Context(), "/join", &joined); err != nil || joined.Joined != 4 {
		t.Fatalf("%+v: %v", joined, err)
	}
	for i := range 4 {
		h.send(i, 0)
	}
	var receipts Receipts
	if err := control.Get(t.Context(), "/await?round=0&wait=10s", &struct{}{}); err != nil {
		t.Fatal(err)
	}
	if err := control.Get(t.Context(), "/receipts?round=0", &receipts); err != nil || len(receipts.Times) != 4 {
		t.Fatalf("%+v: %v", receipts, err)
	}
	var count Count
	if err := control.Get(t.Context(), "/count?rounds=1", &count); err != nil || count != (Count{Expected: 4}) {
		t.Errorf("%+v: %v", count, err)
	}
	var used process.Usage
	if err := control.Get(t.Context(), "/usage", &used); err != nil || used.CPU <= 0 || used.Resident <= 0 || used.Peak < used.Resident {
		t.Errorf("%+v: %v", used, err)
	}
	if err := control.Get(t.Context(), "/count?rounds=many", &count); err == nil || !strings.Contains(err.Error(), `"many"`) {
		t.Errorf("a wrong question: %v", err)
	}
}

func TestKeysAndSealsAreKnownByTheirFirstLines(t *testing.T) {
	const stream = "retry: 2000\nid: 0\n\nevent: seal\ndata: {\"seal\":\"AAAA\"}\n\nid: 1\nevent: key\ndata: {\"key\":\"AAAA\"}\n\nid: 7\n\nid: 12\nevent: key\ndata: {}\n\nid: 12\nevent: keyed\ndata: {}\n\n"
	want := []int{none, seal, 0, none, 11, none}
	for size := 1; size <= len(stream); size++ {
		var e events
		var got []int
		for piece := range slices.Chunk([]byte(stream), size) {
			e.take(piece, func(round int) { got = append(got, round) })
		}
		if !slices.Equal(got, want) {
			t.Errorf("in pieces of %d: %v, want %v", size, got, want)
		}
	}
}
