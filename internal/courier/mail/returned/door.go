package returned

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// RFC 5321 §4.5.1: whoever takes mail takes it for Postmaster without a domain,
// which package smtp refuses as no address. So that it is taken, a visit to the
// server goes through here: the one recipient that needs no domain is given the
// server's, and everything else is handed on as it came. To read commands beside
// the server means to be where TLS ends, so STARTTLS is answered here too, and
// what is said after it is a visit of its own at a server that offers no TLS.

// doors are the listeners of both servers.
type doors struct {
	net.Listener // of whoever comes
	domain       string
	config       *tls.Config
	secure       chan net.Conn // visits under TLS
	closed       chan struct{}
	close        func()
}

func newDoors(l net.Listener, domain string, config *tls.Config) *doors {
	d := &doors{Listener: l, domain: domain, config: config, secure: make(chan net.Conn), closed: make(chan struct{})}
	d.close = sync.OnceFunc(func() { close(d.closed) })
	return d
}

// Accept implements net.Listener for the server that speaks in the clear.
func (d *doors) Accept() (net.Conn, error) {
	c, err := d.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return d.visit(c, d.encrypt), nil
}

// inner is the listener of the server that speaks under TLS.
type inner struct{ *doors }

// Accept implements net.Listener.
func (i inner) Accept() (net.Conn, error) {
	select {
	case c := <-i.secure:
		return c, nil
	case <-i.closed:
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener.
func (i inner) Close() error { i.close(); return nil }

func (d *doors) visit(c net.Conn, starttls func(net.Conn)) *visit {
	v := &visit{Conn: c, domain: d.domain, starttls: starttls, begins: true}
	v.in = bufio.NewReaderSize(pieces{v}, visitBuffer)
	return v
}

// encrypt answers STARTTLS, and hands on what comes under it.
func (d *doors) encrypt(c net.Conn) {
	_ = c.SetDeadline(time.Now().Add(shakeTime))
	if _, err := io.WriteString(c, "220 2.0.0 Ready to start TLS\r\n"); err != nil {
		c.Close()
		return
	}
	secure := tls.Server(c, d.config)
	ctx, cancel := context.WithTimeout(context.Background(), shakeTime)
	defer cancel()
	if err := secure.HandshakeContext(ctx); err != nil {
		c.Close()
		return
	}
	_ = c.SetDeadline(time.Time{})
	v := d.visit(secure, nil)
	v.silent = true // the greeting was said already
	select {
	case d.secure <- v:
	case <-d.closed:
		secure.Close()
	}
}

// visitBuffer bounds the part of a line that is looked at: RFC 5321 §4.5.3.1.4
// has commands of 512 bytes, with extensions of RFC 6531 some more.
const visitBuffer = 4 << 10

// visit is a connection as package smtp sees it. It is read by one goroutine,
// which has answered a command before it reads on.
type visit struct {
	net.Conn
	in       *bufio.Reader
	domain   string
	starttls func(net.Conn) // nil: it is answered by the server, which has none

	rest   []byte // of what was read, not handed on yet
	begins bool   // a line does
	cr     bool   // the last byte was one
	asked  bool   // DATA was handed on: the answer says whether a letter follows
	letter bool
	chunk  uint64    // bytes that follow a BDAT
	until  time.Time // when the letter that comes must be whole; zero before its first piece
	broken bool      // it did not come whole: what follows is no command
	silent bool      // the next answer is the greeting, which is not said again

	handedOn atomic.Bool // the connection is another visit's
}

// Close implements net.Conn.
func (v *visit) Close() error {
	if v.handedOn.Load() {
		return nil
	}
	return v.Conn.Close()
}

// Write implements net.Conn.
func (v *visit) Write(b []byte) (int, error) {
	if v.handedOn.Load() { // nothing is said in the clear where TLS is spoken
		return 0, net.ErrClosed
	}
	if v.silent {
		v.silent = false
		return len(b), nil
	}
	if v.asked {
		v.letter = bytes.HasPrefix(b, []byte("354"))
	}
	return v.Conn.Write(b)
}

// errBroken is said of a letter of which nothing more comes, and ends the visit.
var errBroken = again("the letter did not come whole")

// Read implements net.Conn: at most a line at a time.
func (v *visit) Read(p []byte) (int, error) {
	if v.broken || v.handedOn.Load() {
		return 0, io.EOF
	}
	n, err := v.read(p)
	if err != nil && v.brings() {
		v.broken, err = true, errBroken
	}
	return n, err
}

// brings reports whether what comes next is of a letter.
func (v *visit) brings() bool { return v.letter || v.chunk > 0 }

// pieces is what comes, with time for each piece of a letter.
type pieces struct{ *visit }

// Read implements io.Reader.
func (p pieces) Read(b []byte) (int, error) {
	if p.brings() {
		now := time.Now()
		if p.until.IsZero() {
			p.until = now.Add(letterTime)
		}
		piece := now.Add(pieceTime)
		if p.until.Before(piece) {
			piece = p.until
		}
		if err := p.Conn.SetReadDeadline(piece); err != nil {
			return 0, err
		}
	}
	return p.Conn.Read(b)
}

// read is Read, whatever comes.
func (v *visit) read(p []byte) (n int, err error) {
	if len(v.rest) == 0 {
		v.asked = false // it was answered
	}
	if v.chunk > 0 && len(v.rest) == 0 {
		n, err = v.in.Read(p[:min(uint64(len(p)), v.chunk)])
		v.chunk -= uint64(n)
		return n, err
	}
	if len(v.rest) == 0 {
		line, err := v.in.ReadSlice('\n')
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) && len(line) == 0 {
			return 0, err
		}
		if v.rest = v.look(line); v.rest == nil {
			return 0, io.EOF
		}
	}
	n = copy(p, v.rest)
	v.rest = v.rest[n:]
	return n, nil
}

// look says what of a line, or of a part of one, is handed on; nil if the visit
// ends here. What is returned is good until the next.
func (v *visit) look(line []byte) []byte {
	begins := v.begins
	ended := line[len(line)-1] == '\n'
	crlf := ended && (len(line) > 1 && line[len(line)-2] == '\r' || len(line) == 1 && v.cr)
	v.cr = line[len(line)-1] == '\r'
	if v.letter { // it ends as package smtp sees its end: CRLF, a dot, CRLF
		v.begins = crlf
		if begins && string(line) == ".\r\n" {
			v.letter = false
		}
		return line
	}
	if v.begins = ended; !begins || !ended {
		return line
	}
	verb, argument, _ := strings.Cut(strings.TrimRight(string(line), "\r\n"), " ")
	switch strings.ToUpper(verb) {
	case "STARTTLS":
		if v.starttls == nil {
			return line
		}
		v.handedOn.Store(true)
		if v.in.Buffered() > 0 { // RFC 3207 §6: nothing said in the clear counts afterwards
			v.Conn.Close()
			return nil
		}
		v.starttls(v.Conn)
		return nil
	case "MAIL":
		v.until = time.Time{}
	case "DATA":
		v.asked = true
	case "BDAT":
		size, _, _ := strings.Cut(strings.TrimSpace(argument), " ")
		if n, err := strconv.ParseUint(size, 10, 32); err == nil {
			v.chunk = n
		}
	case "RCPT":
		return v.recipient(line, argument)
	}
	return line
}

// recipient gives Postmaster without a domain the server's.
func (v *visit) recipient(line []byte, argument string) []byte {
	const to, bare = "TO:", "<" + Postmaster + ">"
	argument = strings.TrimSpace(argument)
	if len(argument) < len(to) || !strings.EqualFold(argument[:len(to)], to) {
		return line
	}
	path := strings.TrimSpace(argument[len(to):])
	if len(path) < len(bare) || !strings.EqualFold(path[:len(bare)], bare) {
		return line
	}
	return []byte("RCPT TO:<" + Postmaster + "@" + v.domain + ">" + path[len(bare):] + "\r\n")
}
