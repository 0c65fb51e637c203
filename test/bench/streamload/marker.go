package streamload

import (
	"bytes"
	"fmt"
	"strconv"
)

// A round is one item that was published. Its headline holds the marker of the
// round, by which desktops know it.
const (
	markerStart  = "@R"
	markerDigits = 4
	markerLength = len(markerStart) + markerDigits + 1
	// MaxRounds is how many rounds the marker can tell apart.
	MaxRounds = 10_000
)

// Marker is what the headline of a round's item must hold, as in @R0007@.
func Marker(round int) string { return fmt.Sprintf("%s%0*d@", markerStart, markerDigits, round) }

// Rounds of events that are no items: an opening or a heartbeat, and a text that
// was sent ahead of its clear time.
const (
	none = -1
	seal = -2
)

// events finds the events of a stream, and in each its marker, in pieces as they
// come. An event ends with two line feeds, as all servers here write it.
type events struct {
	found bool // the marker of the event under way
	round int  // if found

	feed bool                   // the last byte was a line feed
	tail [markerLength - 1]byte // last bytes of the event under way, in which a marker may have begun
	held int                    // how many those are

	head  [32]byte // first bytes of the event under way
	begun int      // how many those are
}

// take looks at the next piece and calls ended with the round of every event
// that ends in it, or none.
func (e *events) take(piece []byte, ended func(round int)) {
	for len(piece) > 0 {
		end := e.end(piece)
		part := piece
		if end >= 0 {
			part = piece[:end]
		}
		if !e.found {
			e.find(part)
		}
		e.begun += copy(e.head[e.begun:], part)
		if end < 0 {
			e.feed = piece[len(piece)-1] == '\n'
			return
		}
		if e.found {
			ended(e.round)
		} else {
			ended(keyed(e.head[:e.begun]))
		}
		*e = events{}
		piece = piece[end:]
	}
}

// end is where the event under way ends in a piece, or -1.
func (e *events) end(piece []byte) int {
	if e.feed && piece[0] == '\n' {
		return 1
	}
	if i := bytes.Index(piece, []byte("\n\n")); i >= 0 {
		return i + 2
	}
	return -1
}

// find looks for the marker in a part of the event and remembers the end of it,
// in case the marker goes on in the next.
func (e *events) find(part []byte) {
	var seam [2 * len(e.tail)]byte
	n := copy(seam[:], e.tail[:e.held])
	n += copy(seam[n:], part[:min(len(part), len(e.tail))])
	if e.held > 0 && e.read(seam[:n]) || e.read(part) {
		return
	}
	if len(part) < len(e.tail) {
		part = seam[:n]
	}
	e.held = copy(e.tail[:], part[max(0, len(part)-len(e.tail)):])
}

// read looks for a whole marker.
func (e *events) read(b []byte) bool {
	for {
		i := bytes.Index(b, []byte(markerStart))
		if i < 0 || len(b)-i < markerLength {
			return false
		}
		if round, ok := number(b[i+len(markerStart) : i+markerLength]); ok {
			e.found, e.round = true, round
			return true
		}
		b = b[i+1:]
	}
}

// number reads the digits of a marker and the sign after them.
func number(b []byte) (int, bool) {
	n := 0
	for _, digit := range b[:markerDigits] {
		if digit < '0' || digit > '9' {
			return 0, false
		}
		n = 10*n + int(digit-'0')
	}
	return n, b[markerDigits] == '@'
}

// keyed is the round of an event that has no marker. That of a key, with which a
// desktop opens what it was sent ahead, is known by its wire number: the first
// round's is 1.
func keyed(head []byte) int {
	if bytes.HasPrefix(head, []byte("event: seal\n")) {
		return seal
	}
	id, rest, _ := bytes.Cut(head, []byte("\n"))
	if digits, ok := bytes.CutPrefix(id, []byte("id: ")); ok && bytes.HasPrefix(rest, []byte("event: key\n")) {
		if n, err := strconv.Atoi(string(digits)); err == nil && n > 0 {
			return n - 1
		}
	}
	return none
}
