package edge

import (
	"bufio"
	"compress/flate"
	"compress/gzip"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/wireroom/wireroom/internal/match"
	"github.com/wireroom/wireroom/internal/wire"
)

// desk is a desktop on a bad line.
type desk struct {
	floor   *floor
	random  *rand.Rand
	kind    string
	may     *match.Query // what it is entitled to; nil: everything
	filter  string       // what it wants by now
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
	d := &desk{floor: f, random: random}
	kinds := []string{"events", "events gzip", "lines", "lines gzip", "socket", "socket deflate"}
	if !f.over.sockets() {
		kinds = kinds[:4]
	}
	d.kind = kinds[random.IntN(len(kinds))]
	d.filter = d.wish()
	d.place.Store(random.Int64N(31))
	text := []string{"", "sector:energy OR lang:ar", "lang:en NOT merger"}[random.IntN(3)]
	if text != "" {
		var err error
		if d.may, err = match.Parse(text); err != nil {
			panic(err)
		}
	}
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

func (d *desk) entitlement() string {
	if d.may == nil {
		return ""
	}
	return "X-Entitled: " + d.may.String() + "\r\n"
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
	conn, err := d.floor.dial()
	if err != nil {
		return
	}
	defer conn.Close()
	d.rules = append(d.rules, rule{d.place.Load(), d.filter})
	fmt.Fprintf(conn, "GET /v1/stream?%s&after=%d&format=headline HTTP/1.1\r\nHost: wire.example\r\n%s%s\r\n", d.filter, d.place.Load(), d.headers, d.entitlement())
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
	case resp.StatusCode == 503: // the edge is closing
		return io.EOF
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
		wanted := en.concerns(wantOf(q, d.may))
		fenced := en.item.Action != wire.Kill && killed[editionOf(&en.item)] > n
		switch {
		case has[n] > 0 && !wanted:
			found = append(found, fmt.Sprintf("item %d came, which %q within %v does not match", n, d.rules[at].filter, d.may))
		case has[n] == 0 && wanted && !fenced:
			found = append(found, fmt.Sprintf("item %d is missing, which %q within %v matches", n, d.rules[at].filter, d.may))
		case has[n] > 1:
			found = append(found, fmt.Sprintf("item %d came %d times", n, has[n]))
		}
	}
	return found
}
