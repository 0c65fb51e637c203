package edge

import (
	"bufio"
	"compress/flate"
	"compress/gzip"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/wireroom/wireroom/internal/match"
	"github.com/wireroom/wireroom/internal/wire"
)

// Desktops of every protocol, over real TCP: their lines break, they change their
// filters, edges restart, and stories are corrected, held and killed. In the end
// each has exactly what its filters matched, in order. WIREROOM_DESKTOPS says how
// many; a process here may have some 7,500 connected with both their ends.
func TestDesktopsThatComeAndGoMissAndRepeatNothing(t *testing.T) {
	number := 600
	if n, err := strconv.Atoi(os.Getenv("WIREROOM_DESKTOPS")); err == nil {
		number = n
	}
	f := openFloor(t, 7500)
	var stories []*wire.Release
	random := rand.New(rand.NewPCG(3, 0))
	for range 30 {
		f.deliver(f.tape.clear2(nextItem(random, &stories)))
	}
	var running sync.WaitGroup
	desks := make([]*desk, number)
	for i := range desks {
		desks[i] = newDesk(rand.New(rand.NewPCG(4, uint64(i))), f)
		running.Go(desks[i].run)
	}
	f.await(t, "everyone to have come", func() bool { return f.joins.Load() >= int64(number) })
	for i := range 40 {
		for range 1 + random.IntN(4) {
			f.deliver(f.tape.clear2(nextItem(random, &stories)))
		}
		time.Sleep(time.Duration(number) * 40 * time.Microsecond)
		if i%15 == 7 {
			f.restart()
		}
	}
	last, err := f.tape.Last(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	f.last.Store(last)
	f.calm.Store(true)
	left := func() (n int) {
		for _, d := range desks {
			if d.place.Load() < last {
				n++
			}
		}
		return n
	}
	t.Logf("the last item is out; %d have it still to come", left())
	f.await(t, "everyone to come to the end", func() bool { return left() == 0 })
	running.Wait()
	judge(t, f, desks)
	t.Logf("%d desktops, %d items, %d connections, %d broke, %d filters changed", number, last, f.joins.Load(), f.breaks.Load(), f.changes.Load())
	if f.breaks.Load() < int64(number) || f.changes.Load() < int64(number/10) {
		t.Errorf("only %d connections broke, and %d filters changed", f.breaks.Load(), f.changes.Load())
	}
}

// An edge may be behind another, or behind the history that it reads from: who
// has been told more than it knows is told nothing twice, and sent back nowhere.
func TestADesktopThatIsAheadOfItsEdgeIsToldNothingTwice(t *testing.T) {
	f := openFloor(t, 1)
	for _, kind := range []string{"lines", "socket"} {
		for range 3 {
			f.deliver(f.tape.clear2(story("en", "News"), wire.Publish))
		}
		ahead := f.tape.clear2(story("en", "News"), wire.Publish)
		d := newDesk(rand.New(rand.NewPCG(1, 1)), f)
		for d.kind != kind {
			d = newDesk(d.random, f)
		}
		d.filter = ""
		d.place.Store(ahead.Number)
		gone := make(chan struct{})
		joined := f.joins.Load()
		f.last.Store(1 << 40)
		f.calm.Store(true)
		go func() { d.visit(); close(gone) }()
		f.await(t, "it to join", func() bool {
			e := f.edge.Load()
			e.mu.Lock()
			defer e.mu.Unlock()
			return f.joins.Load() > joined && len(e.groups) == 1
		})
		f.last.Store(ahead.Number + 1)
		f.deliver(ahead)
		f.deliver(f.tape.clear2(story("en", "News"), wire.Publish))
		<-gone
		if len(d.got) != 1 || d.got[0] != ahead.Number+1 {
			t.Errorf("%s: got %v, wanted %d alone", kind, d.got, ahead.Number+1)
		}
		f.await(t, "it to leave", func() bool {
			e := f.edge.Load()
			e.mu.Lock()
			defer e.mu.Unlock()
			return len(e.groups) == 0
		})
	}
}

// judge compares what each has with what it was to have.
func judge(t *testing.T, f *floor, desks []*desk) {
	t.Helper()
	killed := map[edition]int64{}
	entries := make([]*entry, len(f.tape.items))
	for i := range f.tape.items {
		it := &f.tape.items[i]
		if it.Action == wire.Kill {
			killed[editionOf(it)] = it.Number
		}
		en, err := f.edge.Load().newEntry(t.Context(), it, nil)
		if err != nil {
			t.Fatal(err)
		}
		entries[i] = en
	}
	wrong := 0
	for i, d := range desks {
		for _, problem := range d.problems(entries, killed) {
			if wrong++; wrong < 20 {
				t.Errorf("desktop %d (%s): %s", i, d.kind, problem)
			}
		}
	}
	if wrong > 0 {
		t.Errorf("%d things went wrong", wrong)
	}
}

// floor is a newsroom with an edge that restarts.
type floor struct {
	tape                   *tape
	edge                   atomic.Pointer[Edge]
	address                string
	room                   chan struct{} // who may be connected
	calm                   atomic.Bool   // lines break no more
	last                   atomic.Int64  // when calm: who has come this far leaves
	joins, breaks, changes atomic.Int64
}

func openFloor(t *testing.T, room int) *floor {
	t.Helper()
	f := &floor{tape: &tape{}, room: make(chan struct{}, room)}
	f.edge.Store(f.newEdge())
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	f.address = listener.Addr().String()
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { f.edge.Load().ServeHTTP(w, r) })}
	go server.Serve(listener)
	t.Cleanup(func() {
		f.restart()
		server.Close()
	})
	return f
}

func (f *floor) newEdge() *Edge {
	return New(Options{History: f.tape, Ring: 40, Queue: 16, Heartbeat: 3 * time.Second, Spread: 200 * time.Millisecond, Retry: 10 * time.Millisecond})
}

func (f *floor) deliver(it wire.Item) { f.edge.Load().Deliver(it) }

// restart puts another edge in place; the old one sends its desktops away, or
// cuts them off.
func (f *floor) restart() {
	old := f.edge.Swap(f.newEdge())
	ctx, cancel := context.WithTimeout(context.Background(), rand.N(400*time.Millisecond))
	defer cancel()
	old.Shutdown(ctx)
}

func (f *floor) await(t *testing.T, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(8 * time.Minute); !done(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited too long for %s", what)
		}
	}
}

// desk is a desktop on a bad line.
type desk struct {
	floor   *floor
	random  *rand.Rand
	kind    string
	filter  string // what it wants by now
	headers string

	place atomic.Int64
	got   []int64
	rules []rule // by rising number
}

// rule says that a filter holds for what is above a wire number.
type rule struct {
	above  int64
	filter string
}

func newDesk(random *rand.Rand, f *floor) *desk {
	d := &desk{floor: f, random: random, kind: []string{"events", "events gzip", "lines", "lines gzip", "socket", "socket deflate"}[random.IntN(6)]}
	d.filter = d.wish()
	d.place.Store(random.Int64N(31))
	accept := map[bool]string{true: "text/event-stream", false: "application/jsonl"}[strings.HasPrefix(d.kind, "events")]
	d.headers = "Accept: " + accept + "\r\n"
	switch {
	case strings.HasPrefix(d.kind, "socket"):
		d.headers = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
		if d.kind == "socket deflate" {
			d.headers += "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n"
		}
	case strings.HasSuffix(d.kind, "gzip"):
		d.headers += "Accept-Encoding: gzip, zstd\r\n"
	}
	return d
}

func (d *desk) wish() string {
	v := url.Values{}
	if d.random.IntN(2) == 0 {
		v.Set("lang", []string{"en", "ar", "fr"}[d.random.IntN(3)])
	}
	if d.random.IntN(3) == 0 {
		v.Set("sector", []string{"energy", "technology"}[d.random.IntN(2)])
	}
	if q := []string{"", "", "merger", "NOT merger", "turbine"}[d.random.IntN(5)]; q != "" {
		v.Set("q", q)
	}
	return v.Encode()
}

// done reports whether there is nothing left to come.
func (d *desk) done() bool { return d.floor.calm.Load() && d.place.Load() >= d.floor.last.Load() }

// run connects again and again until it has everything.
func (d *desk) run() {
	for !d.done() {
		d.floor.room <- struct{}{}
		d.visit()
		<-d.floor.room
		time.Sleep(time.Duration(d.random.IntN(100)) * time.Millisecond)
	}
}

// visit is one connection, from its place on.
func (d *desk) visit() {
	conn, err := net.Dial("tcp", d.floor.address)
	if err != nil {
		return
	}
	defer conn.Close()
	d.rules = append(d.rules, rule{d.place.Load(), d.filter})
	fmt.Fprintf(conn, "GET /v1/stream?%s&after=%d&format=headline HTTP/1.1\r\nHost: wire.example\r\n%s\r\n", d.filter, d.place.Load(), d.headers)
	left := 1 << 40
	if !d.floor.calm.Load() {
		left = 400 + d.random.IntN(6_000)
	}
	if err := d.listen(conn, &brokenLine{r: conn, left: left}); err == errLineBroke {
		d.floor.breaks.Add(1)
	}
}

func (d *desk) listen(conn net.Conn, line io.Reader) error {
	head := bufio.NewReaderSize(line, 1024)
	resp, err := http.ReadResponse(head, nil)
	switch {
	case err != nil:
		return err
	case resp.StatusCode != 200 && resp.StatusCode != 101:
		panic(resp.Status)
	case len(resp.TransferEncoding) > 0: // it is sent away at once
		head = bufio.NewReaderSize(resp.Body, 1024)
	}
	d.floor.joins.Add(1)
	switch {
	case strings.HasPrefix(d.kind, "socket"):
		return d.socket(conn, head)
	case strings.HasSuffix(d.kind, "gzip"):
		unzipped, err := gzip.NewReader(head)
		if err != nil {
			return err
		}
		head = bufio.NewReaderSize(unzipped, 1024)
	}
	if strings.HasPrefix(d.kind, "events") {
		return d.events(head)
	}
	for !d.done() {
		text, err := head.ReadBytes('\n')
		if err != nil {
			return err
		}
		if err := d.told(text); err != nil {
			return err
		}
	}
	return nil
}

func (d *desk) events(r *bufio.Reader) error {
	id, event := int64(0), ""
	for !d.done() {
		text, err := r.ReadString('\n')
		if err != nil {
			return err
		}
		field, value, _ := strings.Cut(strings.TrimSuffix(text, "\n"), ": ")
		switch field {
		case "id":
			if id, err = strconv.ParseInt(value, 10, 64); err != nil {
				return err
			}
		case "event":
			event = value
		case "":
			if event == "item" {
				d.got = append(d.got, id)
			}
			if d.place.Load() > id {
				panic("the place goes back")
			}
			d.place.Store(id)
			event = ""
		}
	}
	return nil
}

// told takes a message of lines or a socket.
func (d *desk) told(text []byte) error {
	var m struct {
		Type   string
		Number int64
	}
	if err := json.Unmarshal(text, &m); err != nil {
		panic(fmt.Sprintf("%q: %v", text, err))
	}
	switch m.Type {
	case "item":
		d.got = append(d.got, m.Number)
		d.place.Store(m.Number)
	case "hello", "place":
		if d.place.Load() > m.Number {
			panic("the place goes back")
		}
		d.place.Store(m.Number)
	case "filter":
		// What the old filter matched up to here has come, too.
		d.rules = append(d.rules, rule{m.Number, d.filter})
		d.place.Store(m.Number)
		d.floor.changes.Add(1)
	case "bye":
		return io.EOF
	default:
		panic(string(text))
	}
	return nil
}

// socket reads a WebSocket, and now and then changes the filter.
func (d *desk) socket(conn net.Conn, r *bufio.Reader) error {
	waiting := false
	for !d.done() {
		if !waiting && d.random.IntN(4) == 0 && !d.floor.calm.Load() {
			d.filter = d.wish()
			waiting = true
			if _, err := conn.Write(maskedText(fmt.Appendf(nil, `{"filter":%q}`, d.filter))); err != nil {
				return err
			}
		}
		text, err := readMessage(r)
		if err != nil {
			return err
		}
		if err := d.told(text); err != nil {
			return err
		}
		waiting = waiting && !strings.Contains(string(text), `"type":"filter"`)
	}
	return nil
}

func maskedText(text []byte) []byte {
	b := []byte{0x81, 0x80 | byte(len(text)), 1, 2, 3, 4}
	if len(text) > 125 {
		b = binary.BigEndian.AppendUint16([]byte{0x81, 0x80 | 126}, uint16(len(text)))
		b = append(b, 1, 2, 3, 4)
	}
	for i, c := range text {
		b = append(b, c^byte(i%4+1))
	}
	return b
}

func readMessage(r *bufio.Reader) ([]byte, error) {
	var head [4]byte
	if _, err := io.ReadFull(r, head[:2]); err != nil {
		return nil, err
	}
	length := int(head[1])
	if length == 126 {
		if _, err := io.ReadFull(r, head[2:]); err != nil {
			return nil, err
		}
		length = int(binary.BigEndian.Uint16(head[2:]))
	}
	payload := make([]byte, length)
	if _, err := io.ReadFull(r, payload); err != nil {
		return nil, err
	}
	if head[0]&0x40 != 0 {
		text, err := io.ReadAll(flate.NewReader(io.MultiReader(strings.NewReader(string(payload)), strings.NewReader("\x00\x00\xff\xff"))))
		if err != io.ErrUnexpectedEOF {
			return nil, err
		}
		return text, nil
	}
	return payload, nil
}

// brokenLine ends after so many bytes.
type brokenLine struct {
	r    io.Reader
	left int
}

var errLineBroke = fmt.Errorf("the line broke")

func (b *brokenLine) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errLineBroke
	}
	n, err := b.r.Read(p[:min(len(p), b.left)])
	b.left -= n
	return n, err
}

// problems are the differences between what a desktop got and what its filters
// match. What was killed later may have been kept from it.
func (d *desk) problems(entries []*entry, killed map[edition]int64) (found []string) {
	has := map[int64]int{}
	for i, n := range d.got {
		has[n]++
		if i > 0 && d.got[i-1] >= n {
			found = append(found, fmt.Sprintf("%d after %d", n, d.got[i-1]))
		}
	}
	queries := map[string]*match.Query{}
	at := 0
	for _, en := range entries {
		n := en.item.Number
		if n <= d.rules[0].above {
			continue
		}
		for at+1 < len(d.rules) && d.rules[at+1].above < n {
			at++
		}
		q := queries[d.rules[at].filter]
		if q == nil {
			values, err := url.ParseQuery(d.rules[at].filter)
			if err == nil {
				q, err = readFilter(values)
			}
			if err != nil {
				panic(err)
			}
			queries[d.rules[at].filter] = q
		}
		wanted := en.concerns(q)
		fenced := en.item.Action != wire.Kill && killed[editionOf(&en.item)] > n
		switch {
		case has[n] > 0 && !wanted:
			found = append(found, fmt.Sprintf("item %d came, which %q does not match", n, d.rules[at].filter))
		case has[n] == 0 && wanted && !fenced:
			found = append(found, fmt.Sprintf("item %d is missing, which %q matches", n, d.rules[at].filter))
		case has[n] > 1:
			found = append(found, fmt.Sprintf("item %d came %d times", n, has[n]))
		}
	}
	return found
}
