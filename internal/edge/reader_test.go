package edge

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wireroom/wireroom/internal/seal/advance"
)

// message is what a receiver was told, in any form.
type message struct {
	Type   string
	Number int64
	Data   json.RawMessage
}

// aheadReader is a desktop that asks for seals.
type aheadReader struct {
	t    *testing.T
	conn net.Conn
	mu   sync.Mutex
	raw  bytes.Buffer // all that came, before it was unpacked
	told chan message
}

// Write implements io.Writer.
func (r *aheadReader) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.raw.Write(p)
}

// bytes is all that came by now.
func (r *aheadReader) bytes() []byte {
	r.mu.Lock()
	defer r.mu.Unlock()
	return bytes.Clone(r.raw.Bytes())
}

var aheadForms = []string{"events", "events gzip", "lines", "lines gzip", "socket"}

func readAhead(t *testing.T, dial func() (net.Conn, error), form, query string) *aheadReader {
	t.Helper()
	conn, err := dial()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	headers := "Accept: " + map[bool]string{true: "text/event-stream", false: "application/jsonl"}[strings.HasPrefix(form, "events")] + "\r\n"
	if form == "socket" {
		headers = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
	} else if strings.HasSuffix(form, "gzip") {
		headers += "Accept-Encoding: gzip\r\n"
	}
	fmt.Fprintf(conn, "GET /v1/stream?%s HTTP/1.1\r\nHost: wire.example\r\n%s\r\n", query, headers)
	r := &aheadReader{t: t, conn: conn, told: make(chan message, 1000)}
	go r.read(form)
	return r
}

func (r *aheadReader) read(form string) {
	defer close(r.told)
	head := bufio.NewReader(io.TeeReader(r.conn, r))
	resp, err := http.ReadResponse(head, nil)
	if err != nil || resp.StatusCode != 200 && resp.StatusCode != 101 {
		return
	}
	if len(resp.TransferEncoding) > 0 {
		head = bufio.NewReader(resp.Body)
	}
	if strings.HasSuffix(form, "gzip") {
		unzipped, err := gzip.NewReader(head)
		if err != nil {
			return
		}
		head = bufio.NewReader(unzipped)
	}
	var m message
	for {
		var text []byte
		var err error
		if form == "socket" {
			text, err = readLongMessage(head)
		} else {
			text, err = head.ReadBytes('\n')
		}
		if err != nil {
			return
		}
		if !strings.HasPrefix(form, "events") {
			m = message{}
			if json.Unmarshal(text, &m) != nil {
				return
			}
			r.told <- m
			continue
		}
		field, value, _ := strings.Cut(strings.TrimSuffix(string(text), "\n"), ": ")
		switch field {
		case "id":
			fmt.Sscan(value, &m.Number)
		case "event":
			m.Type = value
		case "data":
			m.Data = json.RawMessage(value)
		case "":
			r.told <- m
			m = message{Number: m.Number} // the id stays
		}
	}
}

// readLongMessage is readMessage for seals, which are longer than 64 KiB.
func readLongMessage(r *bufio.Reader) ([]byte, error) {
	head, err := r.Peek(2)
	if err != nil || head[1] != 127 {
		return readMessage(r)
	}
	var long [10]byte
	if _, err := io.ReadFull(r, long[:]); err != nil {
		return nil, err
	}
	payload := make([]byte, int(long[6])<<24|int(long[7])<<16|int(long[8])<<8|int(long[9]))
	_, err = io.ReadFull(r, payload)
	return payload, err
}

// next returns the next message of some kinds; others must be openings or places.
func (r *aheadReader) next(kinds ...string) message {
	r.t.Helper()
	deadline := time.After(20 * time.Second)
	for {
		select {
		case m, ok := <-r.told:
			if !ok {
				r.t.Fatalf("the stream ended; waited for %v", kinds)
			}
			for _, k := range kinds {
				if m.Type == k {
					return m
				}
			}
			if m.Type != "" && m.Type != "hello" && m.Type != "place" {
				r.t.Fatalf("%s %d came; waited for %v", m.Type, m.Number, kinds)
			}
		case <-deadline:
			r.t.Fatalf("waited too long for %v", kinds)
		}
	}
}

// desktopBox is what a desktop keeps of seals.
type desktopBox map[advance.ID]struct {
	seal advance.Seal
	text []byte
}

func (b desktopBox) keep(t *testing.T, s *drawer, m message) advance.ID {
	t.Helper()
	var data struct{ Seal, Text []byte }
	if err := json.Unmarshal(m.Data, &data); err != nil {
		t.Fatal(err)
	}
	x, err := advance.ParseSeal(data.Seal, s.keys.PublicKey())
	if err == nil {
		err = x.Holds(data.Text)
	}
	if err != nil {
		t.Fatal(err)
	}
	b[x.ID] = struct {
		seal advance.Seal
		text []byte
	}{x, data.Text}
	return x.ID
}

func (b desktopBox) open(t *testing.T, s *drawer, m message) []byte {
	t.Helper()
	var data struct{ Key []byte }
	if err := json.Unmarshal(m.Data, &data); err != nil {
		t.Fatal(err)
	}
	key, err := advance.ParseKey(data.Key)
	if err != nil {
		t.Fatal(err)
	}
	open, err := key.Open(b[key.ID].seal, b[key.ID].text, s.keys.PublicKey())
	if err != nil || key.Number != m.Number {
		t.Fatalf("key to %d at %d: %v", key.Number, m.Number, err)
	}
	return open.Text
}

// aheadHouse is an edge over TCP, with a drawer.
type aheadHouse struct {
	*drawer
	edge *Edge
	dial func() (net.Conn, error)
	look func()
}

// http speaks to the edge.
func (h *aheadHouse) http() *http.Client {
	return &http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(context.Context, string, string) (net.Conn, error) { return h.dial() }}}
}

// seated waits until so many have joined: who is told something may still be on the
// way to the group, and is sent what comes meanwhile as it stands in the ring.
func (h *aheadHouse) seated(receivers int) {
	for members(h.edge) < receivers {
		time.Sleep(time.Millisecond)
	}
}

func openAhead(t *testing.T, over protocol, change func(*Options)) *aheadHouse {
	t.Helper()
	s, o := newDrawer(t, &tape{})
	o.Heartbeat = 2 * time.Second
	if change != nil {
		change(&o)
	}
	h := &aheadHouse{drawer: s, edge: over.engine(New(o))}
	mux := http.NewServeMux()
	mux.Handle("GET "+StreamPath, h.edge)
	mux.HandleFunc("GET "+ItemPath, h.edge.ServeItem)
	mux.HandleFunc("GET "+KeyPath, h.edge.ServeKey)
	mux.HandleFunc("POST "+ReadyPath, h.edge.ServeReady)
	h.dial = over.listen(t, mux)
	h.look = s.follow(t, h.edge)
	t.Cleanup(h.edge.stop)
	return h
}
