package streamload

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// answer takes what a server sends on one connection, as it comes: the head,
// then the stream, in chunks or plain.
type answer struct {
	events  events
	part    part
	chunked bool
	left    int    // bytes of the chunk that are to come
	line    []byte // begun and not ended: the head, or the size of a chunk
}

// part of the answer that comes next.
type part uint8

const (
	inHead  part = iota
	inSize       // of a chunk
	inChunk      // or in a stream that has none
	inGap        // the line end after a chunk
)

// longest line that is held, or head.
const longest = 16 << 10

// errEnded says that the server ended the stream in good order.
var errEnded = errors.New("the server ended the stream")

// take takes the next bytes and calls ended for every event that ends in them.
func (a *answer) take(b []byte, ended func(round int)) (err error) {
	for len(b) > 0 && err == nil {
		switch a.part {
		case inHead:
			b, err = a.head(b)
		case inSize:
			b, err = a.size(b)
		case inChunk:
			n := len(b)
			if a.chunked {
				n = min(n, a.left)
			}
			a.events.take(b[:n], ended)
			b = b[n:]
			if a.left -= n; a.chunked && a.left == 0 {
				a.part, a.left = inGap, len("\r\n")
			}
		case inGap:
			n := min(len(b), a.left)
			b = b[n:]
			if a.left -= n; a.left == 0 {
				a.part = inSize
			}
		}
	}
	return err
}

// until moves bytes to the line, up to a separator that ends in a line feed;
// whole says that it was found.
func (a *answer) until(separator string, b []byte) (rest []byte, whole bool, err error) {
	for len(b) > 0 {
		n := bytes.IndexByte(b, '\n') + 1
		if n == 0 {
			n = len(b)
		}
		if len(a.line)+n > longest {
			return nil, false, fmt.Errorf("the server sends a line of more than %d bytes", longest)
		}
		a.line, b = append(a.line, b[:n]...), b[n:]
		if bytes.HasSuffix(a.line, []byte(separator)) {
			return b, true, nil
		}
	}
	return nil, false, nil
}

func (a *answer) head(b []byte) ([]byte, error) {
	rest, whole, err := a.until("\r\n\r\n", b)
	if err != nil || !whole {
		return rest, err
	}
	head := string(a.line)
	a.line = nil
	first, _, _ := strings.Cut(head, "\r\n")
	if !strings.HasPrefix(first, "HTTP/1.1 200") {
		return nil, fmt.Errorf("the server answers %q: %.300s", first, rest)
	}
	a.chunked = strings.Contains(strings.ToLower(head), "\r\ntransfer-encoding: chunked\r\n")
	a.part = inChunk
	if a.chunked {
		a.part = inSize
	}
	return rest, nil
}

func (a *answer) size(b []byte) ([]byte, error) {
	rest, whole, err := a.until("\r\n", b)
	if err != nil || !whole {
		return rest, err
	}
	n, err := strconv.ParseUint(string(a.line[:len(a.line)-2]), 16, 31)
	if err != nil {
		return nil, fmt.Errorf("the server sends a chunk of size %q", a.line)
	}
	if n == 0 {
		return nil, errEnded
	}
	a.line = a.line[:0]
	a.part, a.left = inChunk, int(n)
	return rest, nil
}
