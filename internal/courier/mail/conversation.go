package mail

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"github.com/emersion/go-sasl"
)

// reply is what a relay says, RFC 5321 §4.2.
type reply struct {
	code int
	text string // of the last line, after the code; only kept of refusals
}

func (r reply) Error() string { return fmt.Sprintf("%d %s", r.code, r.text) }

func (r reply) good() bool { return r.code >= 200 && r.code < 400 }

// Times a relay is given, RFC 5321 §4.5.3.2: it may think long about a letter
// that it has whole, and giving up there doubles it.
const (
	connectTime = 30 * time.Second
	commandTime = time.Minute
	letterTime  = 5 * time.Minute
	idleTime    = time.Minute // after which a connection is not trusted to be alive
)

// maxReply bounds a reply's lines and their length (RFC 5321 §4.5.3.1.5 has 512).
const (
	maxReplyLines = 100
	replyBuffer   = 4096
)

// conversation is a connection to a relay. It belongs to one goroutine; cut may
// be called by any.
type conversation struct {
	conn       net.Conn
	in         *bufio.Reader
	out        flight // not sent yet
	joined     []byte // memory of flights in one piece
	stop       func() bool
	used       time.Time     // when it became idle; zero while it is not
	allowed    time.Time     // when allow last set a deadline
	letters    int           // brought to their end
	flown      int           // by BDAT, how many may be in one flight
	shortest   time.Duration // that a flight took
	wary       int           // full flights before they may grow again
	encrypted  bool
	extensions map[string]string // by name, in capitals
	pipelining bool
	chunking   bool
	utf8       bool
}

// converse connects to a relay, greets it and puts TLS on where it is offered
// or demanded. It ends with ctx.
func converse(ctx context.Context, r *relay) (*conversation, error) {
	dial, cancel := context.WithTimeout(ctx, connectTime)
	defer cancel()
	conn, err := (&net.Dialer{}).DialContext(dial, "tcp", r.addr)
	if err != nil {
		return nil, err
	}
	c := &conversation{flown: 1}
	c.use(conn)
	// What is under way when the work ends is cut off.
	c.stop = context.AfterFunc(ctx, func() { conn.Close() })
	if err := c.open(dial, r); err != nil {
		c.close()
		return nil, err
	}
	return c, nil
}

func (c *conversation) use(conn net.Conn) {
	c.conn, c.in = conn, bufio.NewReaderSize(conn, replyBuffer)
}

func (c *conversation) open(ctx context.Context, r *relay) error {
	if r.tls {
		if err := c.encrypt(ctx, r); err != nil {
			return err
		}
	}
	if _, err := c.ask(""); err != nil {
		return err
	}
	if err := c.hello(r.name); err != nil {
		return err
	}
	_, offered := c.extensions["STARTTLS"]
	if !c.encrypted && (offered || r.mustEncrypt()) {
		// A relay that has offered it once is not believed to have unlearned it.
		r.setEncrypt()
		if _, err := c.ask("STARTTLS"); err != nil {
			return err
		}
		if c.in.Buffered() > 0 { // RFC 3207 §4.2: nothing said in the clear counts
			return errors.New("mail: the relay spoke before TLS began")
		}
		if err := c.encrypt(ctx, r); err != nil {
			return err
		}
		if err := c.hello(r.name); err != nil {
			return err
		}
	}
	return c.login(r)
}

func (c *conversation) encrypt(ctx context.Context, r *relay) error {
	secure := tls.Client(c.conn, r.certificate)
	if err := secure.HandshakeContext(ctx); err != nil {
		return err
	}
	c.use(secure)
	c.encrypted = true
	return nil
}

// hello says who calls and reads what the relay can do.
func (c *conversation) hello(name string) error {
	c.conn.SetDeadline(time.Now().Add(commandTime))
	lines, r, err := c.command("EHLO " + name)
	if err == nil && !r.good() {
		lines, r, err = c.command("HELO " + name)
	}
	if err == nil && !r.good() {
		err = r
	}
	if err != nil {
		return err
	}
	c.extensions = map[string]string{}
	for _, line := range lines[1:] {
		key, value, _ := strings.Cut(line, " ")
		c.extensions[strings.ToUpper(key)] = value
	}
	has := func(name string) bool { _, ok := c.extensions[name]; return ok }
	c.pipelining, c.chunking, c.utf8 = has("PIPELINING"), has("CHUNKING") && has("PIPELINING"), has("SMTPUTF8")
	return nil
}

// login authenticates where a user is given, and never sends a password in the
// clear but to this machine.
func (c *conversation) login(r *relay) error {
	if r.user == "" {
		return nil
	}
	ip := net.ParseIP(r.host)
	if !c.encrypted && r.host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return fmt.Errorf("mail: relay %s offers no TLS, and a password is not sent in the clear", r.host)
	}
	mechanism := sasl.NewPlainClient("", r.user, r.pass)
	if offered := " " + strings.ToUpper(c.extensions["AUTH"]) + " "; !strings.Contains(offered, " PLAIN ") && strings.Contains(offered, " LOGIN ") {
		mechanism = sasl.NewLoginClient(r.user, r.pass)
	}
	if err := c.authenticate(mechanism); err != nil {
		// What it says may hold what it was told.
		return fmt.Errorf("mail: relay %s refuses the login", r.host)
	}
	return nil
}

// authenticate goes through a mechanism, RFC 4954 §4.
func (c *conversation) authenticate(mechanism sasl.Client) error {
	name, first, err := mechanism.Start()
	if err != nil {
		return err
	}
	command := "AUTH " + name
	if first != nil {
		command += " " + orEquals(encode64(first))
	}
	for range 10 {
		_, r, err := c.command(command)
		if err != nil {
			return err
		}
		if r.code != 334 {
			if r.good() {
				return nil
			}
			return r
		}
		challenge, err := decode64(r.text)
		if err != nil {
			return err
		}
		answer, err := mechanism.Next(challenge)
		if err != nil {
			return err
		}
		command = encode64(answer)
	}
	return errors.New("mail: the login does not end")
}

// allow gives the relay some time for what it is asked from now on, to within a
// second: a deadline for each of many letters a second would be work for nothing.
func (c *conversation) allow(d time.Duration) {
	if now := time.Now(); now.Sub(c.allowed) >= time.Second {
		c.allowed = now
		c.conn.SetDeadline(now.Add(d + time.Second))
	}
}

// measure learns from how long the relay took for a flight how many letters there may
// be in the next. The way to a relay is as long for one letter as for many; what a
// flight takes beyond it is time for which who comes later waits, a kill among them.
func (c *conversation) measure(letters int, took time.Duration) {
	if c.shortest == 0 || took < c.shortest {
		c.shortest = took
	}
	switch {
	case took-c.shortest > quickTurn:
		c.flown, c.wary = max(1, letters/2), waryFor
	case letters < c.flown:
	case c.wary > 0:
		c.wary--
	default:
		c.flown = min(c.flown+1, mostFlown)
	}
}

// ask sends one command, or none for "", and wants a good answer.
func (c *conversation) ask(command string) (reply, error) {
	c.conn.SetDeadline(time.Now().Add(commandTime))
	_, r, err := c.command(command)
	if err == nil && !r.good() {
		err = r
	}
	return r, err
}

// command sends one command, or none for "", and returns the lines of the
// answer without their codes.
func (c *conversation) command(command string) ([]string, reply, error) {
	if command != "" {
		c.say(command)
		if err := c.send(); err != nil {
			return nil, reply{}, err
		}
	}
	var lines []string
	for range maxReplyLines {
		line, err := c.in.ReadSlice('\n')
		if err != nil {
			return nil, reply{}, err
		}
		code, last, ok := parseReply(line)
		if !ok {
			return nil, reply{}, errNoSMTP
		}
		lines = append(lines, replyText(line))
		if last {
			return lines, reply{code, lines[len(lines)-1]}, nil
		}
	}
	return nil, reply{}, errNoSMTP
}

var errNoSMTP = errors.New("mail: the relay does not speak SMTP")

// say puts a command in the next flight.
func (c *conversation) say(parts ...string) {
	for _, part := range parts {
		c.out.own = append(c.out.own, part...)
	}
	c.out.own = append(c.out.own, "\r\n"...)
}

// send sends what was said; through TLS in one piece, of which it makes records as
// large as they can be.
func (c *conversation) send() (err error) {
	if c.out.len() == 0 { // the envelope went with the letter before
		return nil
	}
	if c.encrypted {
		c.joined = c.out.appendTo(c.joined[:0])
		_, err = c.conn.Write(c.joined)
	} else {
		err = c.out.writeTo(c.conn)
	}
	c.out.reset()
	return err
}

// hear reads the next reply. The text is kept of refusals only: thousands of
// others say the same.
func (c *conversation) hear() (reply, error) {
	for range maxReplyLines {
		line, err := c.in.ReadSlice('\n')
		if err != nil {
			return reply{}, err
		}
		code, last, ok := parseReply(line)
		if !ok {
			return reply{}, errNoSMTP
		}
		if last {
			r := reply{code: code}
			if !r.good() {
				r.text = replyText(line)
			}
			return r, nil
		}
	}
	return reply{}, errNoSMTP
}

// reset ends a transaction half way, so that nothing of it meets the next.
func (c *conversation) reset() error {
	c.say("RSET")
	if err := c.send(); err != nil {
		return err
	}
	_, err := c.hear()
	return err
}

// parseReply reads the code of one line; last says that it ends the reply.
func parseReply(line []byte) (code int, last, ok bool) {
	line = bytes.TrimRight(line, "\r\n")
	if len(line) < 3 {
		return 0, false, false
	}
	for _, d := range line[:3] {
		if d < '0' || d > '9' {
			return 0, false, false
		}
		code = 10*code + int(d-'0')
	}
	return code, len(line) == 3 || line[3] == ' ', code >= 200 && code < 600 && (len(line) == 3 || line[3] == ' ' || line[3] == '-')
}

func replyText(line []byte) string {
	line = bytes.TrimRight(line, "\r\n")
	return strings.TrimSpace(string(line[min(4, len(line)):]))
}

// quit ends the conversation politely.
func (c *conversation) quit() {
	c.conn.SetDeadline(time.Now().Add(time.Second))
	c.say("QUIT")
	if c.send() == nil {
		_, _ = io.CopyN(io.Discard, c.in, 1)
	}
	c.close()
}

func (c *conversation) close() {
	if c.stop != nil {
		c.stop()
	}
	c.conn.Close()
}
