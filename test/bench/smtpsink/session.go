package smtpsink

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"strconv"
	"time"
)

// Sizes of what a connection holds: a whole letter of the usual length, so that
// it is read at once.
const (
	readSize      = 64 << 10
	writeSize     = 4 << 10
	maxRecipients = 1000
	maxLetter     = 50 << 20
)

// session is one connection. It belongs to one goroutine.
type session struct {
	*Sink
	conn    net.Conn
	in      *bufio.Reader
	out     *bufio.Writer
	secure  bool
	from    bool
	to      []recipient
	letters int
	chunked int    // bytes of the letter that came in chunks so far
	letter  []byte // as it came, if it is kept
	keeping bool
}

type recipient struct {
	address []byte
	number  int // -1: the address has none
}

var errCut = errors.New("smtpsink: the connection is cut")

func (s *Sink) serve(c net.Conn) {
	s.opened.Add(1)
	open := s.open.Add(1)
	defer s.open.Add(-1)
	x := &session{Sink: s, conn: c, in: bufio.NewReaderSize(c, readSize), out: bufio.NewWriterSize(c, writeSize)}
	pause(s.options.DelayGreeting)
	if s.options.MaxConnections > 0 && open > int64(s.options.MaxConnections) {
		s.turnedAway.Add(1)
		x.say("421 4.7.0 too many connections")
		x.out.Flush()
		return
	}
	x.say("220 sink.example ESMTP")
	for {
		if x.in.Buffered() == 0 {
			if x.out.Flush() != nil {
				return
			}
		}
		line, err := x.in.ReadSlice('\n')
		if err != nil {
			return
		}
		if x.in.Buffered() == 0 {
			pause(s.options.DelayCommand)
		}
		if err := x.command(bytes.TrimRight(line, "\r\n")); err != nil {
			x.out.Flush()
			return
		}
	}
}

func pause(d time.Duration) {
	if d > 0 {
		time.Sleep(d)
	}
}

func (x *session) say(line string) {
	x.out.WriteString(line)
	x.out.WriteString("\r\n")
}

// name reads the first four letters of a command as one number, in capitals.
func name(line []byte) uint32 {
	if len(line) < 4 {
		return 0
	}
	return (uint32(line[0])<<24 | uint32(line[1])<<16 | uint32(line[2])<<8 | uint32(line[3])) &^ 0x20202020
}

const (
	ehlo = 'E'<<24 | 'H'<<16 | 'L'<<8 | 'O'
	helo = 'H'<<24 | 'E'<<16 | 'L'<<8 | 'O'
	mail = 'M'<<24 | 'A'<<16 | 'I'<<8 | 'L'
	rcpt = 'R'<<24 | 'C'<<16 | 'P'<<8 | 'T'
	data = 'D'<<24 | 'A'<<16 | 'T'<<8 | 'A'
	bdat = 'B'<<24 | 'D'<<16 | 'A'<<8 | 'T'
	rset = 'R'<<24 | 'S'<<16 | 'E'<<8 | 'T'
	noop = 'N'<<24 | 'O'<<16 | 'O'<<8 | 'P'
	quit = 'Q'<<24 | 'U'<<16 | 'I'<<8 | 'T'
	star = 'S'<<24 | 'T'<<16 | 'A'<<8 | 'R' // STARTTLS
)

// command answers one command; an error ends the connection.
func (x *session) command(line []byte) error {
	switch name(line) {
	case mail:
		return x.mail()
	case rcpt:
		x.rcpt(line)
	case data:
		return x.data()
	case bdat:
		return x.bdat(line)
	case ehlo:
		x.ehlo()
	case helo, noop:
		x.say("250 2.0.0 ok")
	case rset:
		x.forget()
		x.say("250 2.0.0 ok")
	case star:
		return x.starttls()
	case quit:
		x.say("221 2.0.0 bye")
		return errCut
	default:
		x.misunderstood.Add(1)
		x.say("500 5.5.2 what?")
	}
	return nil
}

func (x *session) ehlo() {
	x.say("250-sink.example")
	if !x.options.NoPipelining {
		x.say("250-PIPELINING")
	}
	if !x.options.NoChunking {
		x.say("250-CHUNKING")
	}
	if x.options.TLS != nil && !x.secure {
		x.say("250-STARTTLS")
	}
	x.say("250-8BITMIME")
	x.say("250-SMTPUTF8")
	x.say("250-ENHANCEDSTATUSCODES")
	x.say("250 SIZE " + strconv.Itoa(maxLetter))
}

func (x *session) starttls() error {
	if x.options.TLS == nil || x.secure {
		x.misunderstood.Add(1)
		x.say("503 5.5.1 no TLS here")
		return nil
	}
	x.say("220 2.0.0 go on")
	if err := x.out.Flush(); err != nil {
		return err
	}
	c := tls.Server(x.conn, x.options.TLS)
	if err := c.Handshake(); err != nil {
		x.handshakeFailed.Add(1)
		return err
	}
	x.conn, x.secure = c, true
	x.in.Reset(c) // RFC 3207 §4.2: what was said before counts for nothing
	x.out.Reset(c)
	x.forget()
	return nil
}

// forget ends a transaction.
func (x *session) forget() {
	x.from, x.to, x.chunked, x.letter, x.keeping = false, x.to[:0], 0, x.letter[:0], false
}

func (x *session) mail() error {
	if n := x.options.MaxLetters; n > 0 && x.letters >= n {
		x.turnedAway.Add(1)
		x.say("421 4.7.0 too many letters on this connection")
		return errCut
	}
	x.from = true
	x.say("250 2.1.0 ok")
	return nil
}

func (x *session) rcpt(line []byte) {
	a, z := bytes.IndexByte(line, '<'), bytes.LastIndexByte(line, '>')
	if !x.from || a < 0 || z < a || len(x.to) == maxRecipients {
		x.misunderstood.Add(1)
		x.say("503 5.5.1 bad sequence of commands")
		return
	}
	// The memory of a recipient is used again by the next transaction.
	if n := len(x.to); n < cap(x.to) {
		x.to = x.to[:n+1]
	} else {
		x.to = append(x.to, recipient{})
	}
	r := &x.to[len(x.to)-1]
	r.address = append(r.address[:0], line[a+1:z]...)
	r.number = x.numberOf(r.address)
	faults := &x.options.Faults
	try := x.tried(r)
	switch {
	case faults.refused(r):
		x.refused.Add(1)
		if r.number >= 0 {
			x.nobody[r.number].Store(true)
		}
		x.to = x.to[:len(x.to)-1]
		x.say("550 5.1.1 no such user")
	case faults.deferred(r, try):
		x.deferred.Add(1)
		x.to = x.to[:len(x.to)-1]
		x.say("451 4.2.2 mailbox full")
	default:
		x.say("250 2.1.5 ok")
	}
}

func (x *session) data() error {
	if len(x.to) == 0 {
		x.say("554 5.5.1 no valid recipients")
		return nil
	}
	x.say("354 go on")
	if err := x.out.Flush(); err != nil {
		return err
	}
	x.keeping = x.keeps()
	size, err := x.readLetter()
	if err != nil {
		return err
	}
	if x.keeping {
		x.letter = unstuff(x.letter)
	}
	return x.end(size)
}

var lastLine = []byte("\r\n.\r\n")

// readLetter reads up to the line with a dot alone, RFC 5321 §4.1.1.4, and
// returns how many bytes came. It looks for the end in whatever has arrived, and
// leaves what may be the beginning of one.
func (x *session) readLetter() (size int, err error) {
	first, err := x.in.Peek(3)
	if err != nil {
		return 0, err
	}
	if string(first) == ".\r\n" {
		_, err = x.in.Discard(3)
		return 0, err
	}
	for {
		if _, err := x.in.Peek(len(lastLine)); err != nil {
			return size, err
		}
		all, _ := x.in.Peek(x.in.Buffered())
		n, ended := indexLastLine(all), true
		if n < 0 {
			n, ended = len(all)-len(lastLine)+1, false
		} else {
			n += 2 // the line break before the dot is the letter's
		}
		if x.keeping {
			x.letter = append(x.letter, all[:n]...)
		}
		size += n
		if size > maxLetter {
			return size, errCut
		}
		if ended {
			n += len(lastLine) - 2
		}
		if _, err := x.in.Discard(n); err != nil {
			return size, err
		}
		if ended {
			return size, nil
		}
	}
}

// indexLastLine is bytes.Index for lastLine. It looks at dots, of which letters have
// fewer than line breaks: to look for the end must not be what a letter costs most.
func indexLastLine(all []byte) int {
	for at := 2; at < len(all); at++ {
		dot := bytes.IndexByte(all[at:], '.')
		if dot < 0 {
			break
		}
		at += dot
		if at+2 < len(all) && all[at+1] == '\r' && all[at-1] == '\n' && all[at+2] == '\n' && all[at-2] == '\r' {
			return at - 2
		}
	}
	return -1
}

// unstuff takes away the dots that were put before dots, RFC 5321 §4.5.2.
func unstuff(letter []byte) []byte {
	letter = bytes.TrimPrefix(letter, []byte("."))
	return bytes.ReplaceAll(letter, []byte("\r\n."), []byte("\r\n"))
}

// bdat takes a chunk, RFC 3030 §2. It has come whatever is answered.
func (x *session) bdat(line []byte) error {
	words := bytes.Fields(line)
	if len(words) < 2 {
		x.misunderstood.Add(1)
		x.say("501 5.5.4 how much?")
		return errCut // what follows cannot be told from commands
	}
	n, err := strconv.Atoi(string(words[1]))
	if err != nil || n < 0 || x.chunked+n > maxLetter {
		x.misunderstood.Add(1)
		x.say("501 5.5.4 that is no size")
		return errCut
	}
	last := len(words) > 2 && bytes.EqualFold(words[2], []byte("LAST")) // reading on overwrites the words
	if x.chunked == 0 {
		x.keeping = x.keeps()
	}
	if x.keeping {
		at := len(x.letter)
		x.letter = append(x.letter, make([]byte, n)...)
		_, err = io.ReadFull(x.in, x.letter[at:])
	} else {
		_, err = x.in.Discard(n)
	}
	if err != nil {
		return err
	}
	x.chunked += n
	if len(x.to) == 0 {
		x.say("554 5.5.1 no valid recipients")
		x.chunked, x.letter = 0, x.letter[:0]
		return nil
	}
	if !last {
		x.say("250 2.0.0 go on")
		return nil
	}
	return x.end(x.chunked)
}

// end takes the letter that has come, or cuts the connection if that is its
// recipient's fate.
func (x *session) end(size int) error {
	pause(x.options.DelayLetter)
	first := &x.to[0]
	faults := &x.options.Faults
	cut := (faults.drops(first) || faults.dropsAccepted(first)) && x.cut(first) == 1
	if cut && faults.drops(first) {
		x.dropped.Add(1)
		return x.sever()
	}
	x.take(x.to, size)
	if x.keeping {
		x.keep(x.letter)
	}
	if cut {
		x.droppedTaken.Add(1)
		return x.sever()
	}
	x.letters++
	x.forget()
	x.say("250 2.0.0 taken")
	return nil
}

// sever cuts the connection in place of an answer; those before are given.
func (x *session) sever() error {
	x.out.Flush()
	x.conn.Close()
	return errCut
}
