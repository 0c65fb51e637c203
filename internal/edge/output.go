package edge

import (
	"bytes"
	"fmt"
	"net"
	"net/http"
	"os"
	"time"
)

// output is where a goroutine writes a connection's frames.
type output interface {
	// write writes frames, each within a time of its own, and all of them have
	// left when it returns.
	write(each time.Duration, frames ...[]byte) error
}

// response is an output over whatever the server speaks, HTTP/2 for one.
type response struct {
	w  http.ResponseWriter
	rc *http.ResponseController
}

// newResponse begins an answer.
func newResponse(w http.ResponseWriter, fields http.Header) *response {
	r := &response{w, http.NewResponseController(w)}
	// A server's ReadTimeout would end the stream: the request has been read.
	// Where the connection has no deadlines the queue's bound still holds.
	_ = r.rc.SetReadDeadline(time.Time{})
	merge(w.Header(), fields)
	w.WriteHeader(http.StatusOK)
	return r
}

func (r *response) write(each time.Duration, frames ...[]byte) error {
	for i, f := range frames {
		until := time.Now().Add(each)
		_ = r.rc.SetWriteDeadline(until)
		_, err := r.w.Write(f)
		if err == nil && i == len(frames)-1 {
			err = r.rc.Flush()
		}
		if err != nil && !time.Now().Before(until) {
			// HTTP/2 says of its own that the stream was closed.
			return fmt.Errorf("%w: %w", os.ErrDeadlineExceeded, err)
		}
		if err != nil {
			return err
		}
	}
	// HTTP/2 resets a stream when a deadline passes, though nothing is being written.
	_ = r.rc.SetWriteDeadline(time.Time{})
	return nil
}

// line is an output over a connection that was taken from the server.
type line struct{ net.Conn }

func (l line) write(each time.Duration, frames ...[]byte) error {
	for _, f := range frames {
		if err := l.SetWriteDeadline(time.Now().Add(each)); err != nil {
			return err
		}
		if _, err := l.Write(f); err != nil {
			return err
		}
	}
	return nil
}

// takeLine takes a connection from its server, with what was read of it beyond
// the request, and begins the answer. The frames that follow are its body, which
// ends with the connection: so the same bytes suit everyone.
func takeLine(w http.ResponseWriter, status int, fields http.Header, each time.Duration) (l line, read []byte, err error) {
	head := w.Header()
	merge(head, fields)
	if status == http.StatusOK {
		head.Set("Connection", "close")
	}
	head.Set("Date", time.Now().UTC().Format(http.TimeFormat))
	var b bytes.Buffer
	fmt.Fprintf(&b, "HTTP/1.1 %d %s\r\n", status, http.StatusText(status))
	if err := head.Write(&b); err != nil {
		return line{}, nil, err
	}
	b.WriteString("\r\n")
	conn, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return line{}, nil, err
	}
	l = line{conn}
	if n := buffered.Reader.Buffered(); n > 0 {
		peeked, err := buffered.Reader.Peek(n)
		if err != nil {
			conn.Close()
			return line{}, nil, err
		}
		read = bytes.Clone(peeked)
	}
	if err := conn.SetReadDeadline(time.Time{}); err != nil {
		conn.Close()
		return line{}, nil, err
	}
	if err := l.write(each, b.Bytes()); err != nil {
		conn.Close()
		return line{}, nil, err
	}
	return l, read, nil
}

// merge puts fields into a header.
func merge(header, fields http.Header) {
	for name, values := range fields {
		header[name] = values
	}
}
