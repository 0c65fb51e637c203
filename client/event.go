package client

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strconv"
	"time"
)

// Event is one event of the stream.
type Event struct {
	// ID is the place in the wire after this event; store it to resume. It is
	// the wire number of the item in decimal.
	ID string
	// Type is "item", or "reset" when the place asked for is not in this wire
	// or no longer kept (see the documentation of /v1/stream): what is between
	// it and ID was not sent. Skip types you do not know.
	Type string
	// Data is one JSON document. It belongs to the receiver.
	Data []byte
	// Ahead says that the item was sent ahead of its clear time, sealed, and opened
	// with its key.
	Ahead bool
}

// Number returns the wire number in ID, 0 if it is not one.
func (e Event) Number() int64 {
	n, err := strconv.ParseInt(e.ID, 10, 64)
	if err != nil || n < 0 {
		return 0
	}
	return n
}

// ErrTooLong says that an event is longer than Stream.MaxEvent. Asking again
// would give the same event again, so Run ends with it.
var ErrTooLong = errors.New("client: an event of the stream is longer than allowed; raise MaxEvent")

// maxRetry bounds what a server may set as reconnection time.
const maxRetry = 10 * time.Minute

// parser reads an event stream as WHATWG HTML §9.2.6 says.
type parser struct {
	r     *bufio.Reader
	limit int

	line   []byte
	skipLF bool // the last line ended in CR: an LF now belongs to it
	begun  bool // the first line was read; a byte order mark is text from now on

	// The buffers of the standard's parsing algorithm. lastID survives events.
	name   string
	data   []byte
	lastID string
	retry  time.Duration // reconnection time the server set last; 0 if none
}

func newParser(r io.Reader, limit int) *parser {
	return &parser{r: bufio.NewReaderSize(r, 4<<10), limit: limit}
}

// block is what stood before one empty line.
type block struct {
	Event
	dispatch bool // there was data; without it only the place may have moved
}

// next returns the next block, io.EOF (or the reader's error) at the end of the
// stream, ErrTooLong for a line or event above the limit. What stands after
// the last empty line is dropped, as the standard says: it may be half.
func (p *parser) next() (block, error) {
	var b block
	for {
		if err := p.readLine(); err != nil {
			return block{}, err
		}
		if len(p.line) > 0 {
			if err := p.field(); err != nil {
				return block{}, err
			}
			continue
		}
		b.ID, b.Type, b.Data = p.lastID, p.name, p.data
		p.name, p.data = "", nil
		if len(b.Data) > 0 {
			b.Data = bytes.ToValidUTF8(b.Data[:len(b.Data)-1], []byte("\ufffd"))
			b.dispatch = true
			if b.Type == "" {
				b.Type = "message"
			}
		}
		return b, nil
	}
}

// field takes in one line that is not empty.
func (p *parser) field() error {
	name, value, _ := bytes.Cut(p.line, []byte(":"))
	value = bytes.TrimPrefix(value, []byte(" "))
	switch string(name) {
	case "event":
		p.name = string(bytes.ToValidUTF8(value, []byte("\ufffd")))
	case "data":
		if len(p.data)+len(value)+1 > p.limit {
			return ErrTooLong
		}
		p.data = append(append(p.data, value...), '\n')
	case "id":
		// An id with NUL is ignored (§9.2.6), and so is one that could not be
		// sent back in a header.
		if !bytes.ContainsFunc(value, func(r rune) bool { return r < 0x20 || r == 0x7f }) {
			p.lastID = string(value)
		}
	case "retry":
		for _, c := range value {
			if c < '0' || c > '9' {
				return nil
			}
		}
		if len(value) == 0 {
			return nil
		}
		p.retry = maxRetry
		if ms, err := strconv.ParseInt(string(value), 10, 64); err == nil && ms < maxRetry.Milliseconds() {
			p.retry = max(time.Duration(ms)*time.Millisecond, time.Millisecond)
		}
	}
	return nil
}

// readLine reads one line into p.line without its end: CR, LF or CRLF. It never
// waits for the byte after a CR, which on a live stream may be minutes away.
func (p *parser) readLine() error {
	p.line = p.line[:0]
	for {
		c, err := p.r.ReadByte()
		if err != nil {
			return err
		}
		skip := p.skipLF
		p.skipLF = false
		switch {
		case c == '\n' && skip:
			continue
		case c == '\r':
			p.skipLF = true
			p.endLine()
			return nil
		case c == '\n':
			p.endLine()
			return nil
		}
		if len(p.line) >= p.limit {
			return ErrTooLong
		}
		p.line = append(p.line, c)
	}
}

// endLine drops a byte order mark at the beginning of the stream.
func (p *parser) endLine() {
	if !p.begun {
		p.line = bytes.TrimPrefix(p.line, []byte("\xef\xbb\xbf"))
	}
	p.begun = true
}
