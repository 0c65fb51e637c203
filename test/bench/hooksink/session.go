package hooksink

import (
	"bufio"
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
	"io"
	"net"
	"strconv"
	"sync"
	"time"
)

// maxBody bounds a delivery.
const maxBody = 4 << 20

var (
	taken   = []byte("HTTP/1.1 204 No Content\r\n\r\n")
	failed  = []byte("HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n")
	unknown = []byte("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
)

// request is what of one counts here. Its slices are valid until the next.
type request struct {
	endpoint  int
	length    int
	id        string
	timestamp string
	signature string
	body      []byte
}

// bodies is memory of deliveries that were taken: thousands of endpoints, each of which
// is a machine of its own, share this one's.
var bodies sync.Pool // of *[]byte

func body(length int) []byte {
	if b, ok := bodies.Get().(*[]byte); ok && cap(*b) >= length {
		return (*b)[:length]
	}
	return make([]byte, length)
}

// serve answers the requests of one connection.
func (s *Sink) serve(raw net.Conn) {
	c := raw
	if s.options.TLS != nil {
		secure := tls.Server(raw, s.options.TLS)
		if secure.Handshake() != nil {
			return
		}
		c = secure
	}
	in := bufio.NewReaderSize(c, 4<<10)
	var r request
	for {
		if err := r.read(in); err != nil {
			return
		}
		if r.endpoint < 0 || r.endpoint >= len(s.endpoints) {
			s.strange.Add(1)
			_, _ = c.Write(unknown)
			return
		}
		s.bytes.Add(int64(r.length))
		on := s.answer(&s.endpoints[r.endpoint], &r, c, raw, in)
		read := r.body
		bodies.Put(&read)
		if !on {
			return
		}
	}
}

// answer does as the endpoint's condition is; false ends the connection.
func (s *Sink) answer(e *endpoint, r *request, c, raw net.Conn, in io.Reader) bool {
	n := e.requests.Add(1)
	ill := s.options.Recover == 0 || n <= int64(s.options.Recover)
	switch {
	case e.condition == Hanging:
		_, _ = io.Copy(io.Discard, in) // until the client has had enough
		return false
	case e.condition == Failing && ill:
		_, err := c.Write(failed)
		return err == nil
	case e.condition == Resetting && ill:
		if t, ok := raw.(*net.TCPConn); ok {
			_ = t.SetLinger(0)
		}
		return false
	}
	if s.options.Delay > 0 {
		time.Sleep(s.options.Delay)
	}
	if !r.signed(e.key) {
		e.forged.Add(1)
	}
	now := time.Now().UnixNano()
	e.first.CompareAndSwap(0, now)
	e.last.Store(now)
	e.taken.Add(1)
	e.mu.Lock()
	if e.newest == r.id {
		e.repeated++
	}
	e.newest = r.id
	e.mu.Unlock()
	_, err := c.Write(taken)
	return err == nil
}

// read reads a request: its line, the headers that count, the body.
func (r *request) read(in *bufio.Reader) error {
	r.endpoint, r.length, r.id, r.timestamp, r.signature = -1, 0, "", "", ""
	line, err := in.ReadSlice('\n')
	if err != nil {
		return err
	}
	if _, rest, ok := bytes.Cut(line, []byte(" /h/")); ok {
		number, _, _ := bytes.Cut(rest, []byte(" "))
		if n, err := strconv.Atoi(string(number)); err == nil {
			r.endpoint = n
		}
	}
	for {
		if line, err = in.ReadSlice('\n'); err != nil {
			return err
		}
		line = bytes.TrimRight(line, "\r\n")
		if len(line) == 0 {
			break
		}
		name, value, _ := bytes.Cut(line, []byte(":"))
		value = bytes.TrimSpace(value)
		switch {
		case bytes.EqualFold(name, []byte("Content-Length")):
			if r.length, err = strconv.Atoi(string(value)); err != nil || r.length < 0 || r.length > maxBody {
				return strconv.ErrRange
			}
		case bytes.EqualFold(name, []byte("Webhook-Id")):
			r.id = string(value)
		case bytes.EqualFold(name, []byte("Webhook-Timestamp")):
			r.timestamp = string(value)
		case bytes.EqualFold(name, []byte("Webhook-Signature")):
			r.signature = string(value)
		}
	}
	r.body = body(r.length)
	_, err = io.ReadFull(in, r.body)
	return err
}

// signed checks the signature: one of those given, separated by spaces, is
// HMAC-SHA256 over id.timestamp.body.
func (r *request) signed(key []byte) bool {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(r.id + "." + r.timestamp + "."))
	mac.Write(r.body)
	want := []byte("v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	for given := range bytes.FieldsSeq([]byte(r.signature)) {
		if hmac.Equal(given, want) {
			return r.id != ""
		}
	}
	return false
}
