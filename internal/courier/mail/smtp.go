package mail

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/url"
	"strconv"
	"sync"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"github.com/wireroom/wireroom/internal/courier"
	"github.com/wireroom/wireroom/internal/wire"
)

// Relays delivers letters to SMTP relays over connections that stay open. It is
// safe for concurrent use.
type Relays struct {
	sender *Sender
	relays []*relay
	conns  int
}

// connections is how many letters are under way at a time.
const connections = 16

// relay is one SMTP server.
type relay struct {
	host, addr  string
	user, pass  string
	tls         bool // TLS from the first byte
	weight      int
	certificate *tls.Config

	mu        sync.Mutex
	idle      []*smtp.Client
	down      time.Time // not asked before
	downFor   time.Duration
	plainOnly bool // it does not offer STARTTLS
}

// OpenRelays reads addresses of relays: smtp://[user:pass@]host[:port] with
// STARTTLS where it is offered, smtps:// with TLS from the first byte;
// ?weight=3 gives one a larger share. Nothing is connected yet.
func OpenRelays(sender *Sender, addresses []string) (*Relays, error) {
	r := &Relays{sender: sender, conns: connections}
	for _, address := range addresses {
		u, err := url.Parse(address)
		if err != nil || u.Hostname() == "" || u.Scheme != "smtp" && u.Scheme != "smtps" {
			return nil, wire.Errorf(wire.Invalid, "smtp", "a relay is written as smtp://[user:password@]host[:port] or smtps://…")
		}
		one := &relay{host: u.Hostname(), tls: u.Scheme == "smtps", weight: 1}
		one.certificate = &tls.Config{ServerName: one.host, MinVersion: tls.VersionTLS12}
		port := u.Port()
		if port == "" {
			port = map[bool]string{false: "25", true: "465"}[one.tls]
		}
		one.addr = net.JoinHostPort(one.host, port)
		if u.User != nil {
			one.user = u.User.Username()
			one.pass, _ = u.User.Password()
		}
		if w := u.Query().Get("weight"); w != "" {
			if one.weight, err = strconv.Atoi(w); err != nil || one.weight < 1 {
				return nil, wire.Errorf(wire.Invalid, "smtp", "the weight of relay %s is not a number from 1 on", one.host)
			}
		}
		r.relays = append(r.relays, one)
	}
	if len(r.relays) == 0 {
		return nil, wire.Errorf(wire.Invalid, "smtp", "there is no relay")
	}
	return r, nil
}

// Workers is how many letters may be under way.
func (r *Relays) Workers() int { return r.conns }

// Wait is the schedule of news: quick at first, over half a day.
func (r *Relays) Wait(attempts int) (time.Duration, bool) { return newsSchedule(attempts) }

var waits = []time.Duration{time.Minute, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute, 20 * time.Minute, 40 * time.Minute, time.Hour, 2 * time.Hour, 4 * time.Hour, 4 * time.Hour}

func newsSchedule(attempts int) (time.Duration, bool) {
	if attempts > len(waits) {
		return 0, false
	}
	w := waits[max(attempts, 1)-1]
	return w + rand.N(w/4), true // jitter, so that those a relay refused do not all come back at once
}

// Prepare writes the letter of an item once.
func (r *Relays) Prepare(_ context.Context, c courier.Consignment) (courier.Shipment, error) {
	return &relayed{r, r.sender.compose(c)}, nil
}

type relayed struct {
	*Relays
	*letters
}

// Deliver hands one letter to a relay. It is accepted when the relay has said
// 250 to the whole of it.
func (s *relayed) Deliver(ctx context.Context, sub wire.Subscription, attempt int) courier.Result {
	message, err := s.message(sub)
	if err != nil {
		return courier.Result{Outcome: wire.Failed, Code: "the letter could not be written"}
	}
	relay := s.pick()
	err = relay.send(ctx, s.Relays.sender.From, sub.Address, message)
	return resultOf(err)
}

// pick chooses a relay by weight among those that are not down; where all are,
// the one that comes back first.
func (r *Relays) pick() *relay {
	now := time.Now()
	total := 0
	var first *relay
	var up []*relay
	for _, one := range r.relays {
		down := one.downUntil()
		if !down.After(now) {
			up = append(up, one)
			total += one.weight
		}
		if first == nil || down.Before(first.downUntil()) {
			first = one
		}
	}
	if total == 0 {
		return first
	}
	n := rand.IntN(total)
	for _, one := range up {
		if n -= one.weight; n < 0 {
			return one
		}
	}
	return first
}

func (r *relay) downUntil() time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.down
}

// resultOf says what an answer means for the delivery. RFC 5321 §4.2.1: 4xx may
// be tried again, 5xx must not.
func resultOf(err error) courier.Result {
	if err == nil {
		return courier.Result{Outcome: wire.Accepted, Code: "250"}
	}
	if e, ok := errors.AsType[*smtp.SMTPError](err); ok {
		code := strconv.Itoa(e.Code)
		if e.EnhancedCode != smtp.EnhancedCodeNotSet && e.EnhancedCode != smtp.NoEnhancedCode {
			code += fmt.Sprintf(" %d.%d.%d", e.EnhancedCode[0], e.EnhancedCode[1], e.EnhancedCode[2]) // RFC 3463
		}
		code += " " + e.Message
		if e.Code >= 500 {
			return courier.Result{Outcome: wire.Failed, Code: code}
		}
		return courier.Result{Outcome: wire.Deferred, Code: code}
	}
	return courier.Result{Outcome: wire.Deferred, Code: "connection: " + plainCause(err)}
}

// plainCause is an error of the connection without addresses and ports, which
// tell nothing a report should hold.
func plainCause(err error) string {
	if e, ok := errors.AsType[*net.OpError](err); ok {
		return e.Op + " failed"
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return "timed out"
	}
	return "lost"
}

// send makes one transaction. A connection on which it ended cleanly is kept; a
// fault on one that had been idle is tried once more on a new one, if nothing
// can have been taken yet.
func (r *relay) send(ctx context.Context, from, to string, message []byte) error {
	c, reused, err := r.get()
	if err != nil {
		return err
	}
	taken, err := transact(ctx, c, from, to, message)
	if err != nil && reused && !taken && !isReply(err) && ctx.Err() == nil {
		c.Close()
		if c, err = r.dial(); err != nil {
			return err
		}
		_, err = transact(ctx, c, from, to, message)
	}
	if err != nil && (!isReply(err) || c.Reset() != nil) {
		c.Close()
		return err
	}
	r.put(c)
	return err
}

func isReply(err error) bool {
	_, ok := errors.AsType[*smtp.SMTPError](err)
	return ok
}

// transact sends one message; taken says that the relay may have it already.
func transact(ctx context.Context, c *smtp.Client, from, to string, message []byte) (taken bool, err error) {
	stop := context.AfterFunc(ctx, func() { c.Close() })
	defer stop()
	if err := c.Mail(from, nil); err != nil {
		return false, err
	}
	if err := c.Rcpt(to, nil); err != nil {
		return false, err
	}
	w, err := c.Data()
	if err != nil {
		return false, err
	}
	if _, err := w.Write(message); err != nil {
		return true, err
	}
	return true, w.Close()
}

func (r *relay) get() (c *smtp.Client, reused bool, err error) {
	r.mu.Lock()
	if n := len(r.idle); n > 0 {
		c = r.idle[n-1]
		r.idle = r.idle[:n-1]
	}
	r.mu.Unlock()
	if c != nil {
		return c, true, nil
	}
	c, err = r.dial()
	return c, false, err
}

func (r *relay) put(c *smtp.Client) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.idle) < connections {
		r.idle = append(r.idle, c)
		return
	}
	c.Close()
}

// dial connects, and leaves the relay alone for a while if it cannot.
func (r *relay) dial() (*smtp.Client, error) {
	c, err := r.connect()
	r.mu.Lock()
	defer r.mu.Unlock()
	if err != nil {
		r.downFor = min(max(2*r.downFor, time.Second), time.Minute)
		r.down = time.Now().Add(r.downFor)
		return nil, err
	}
	r.down, r.downFor = time.Time{}, 0
	return c, nil
}

func (r *relay) connect() (*smtp.Client, error) {
	if r.tls {
		c, err := smtp.DialTLS(r.addr, r.certificate)
		if err != nil {
			return nil, err
		}
		return r.login(c, true)
	}
	r.mu.Lock()
	plain := r.plainOnly
	r.mu.Unlock()
	if !plain {
		c, err := smtp.Dial(r.addr)
		if err != nil {
			return nil, err
		}
		if offered, _ := c.Extension("STARTTLS"); !offered {
			r.mu.Lock()
			r.plainOnly = true
			r.mu.Unlock()
			return r.login(c, false)
		}
		c.Close()
		if c, err = smtp.DialStartTLS(r.addr, r.certificate); err != nil {
			return nil, err
		}
		return r.login(c, true)
	}
	c, err := smtp.Dial(r.addr)
	if err != nil {
		return nil, err
	}
	return r.login(c, false)
}

// login authenticates where a user is given, and never sends a password in the
// clear but to this machine.
func (r *relay) login(c *smtp.Client, encrypted bool) (*smtp.Client, error) {
	c.CommandTimeout, c.SubmissionTimeout = time.Minute, 5*time.Minute
	if r.user == "" {
		return c, nil
	}
	ip := net.ParseIP(r.host)
	if !encrypted && r.host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		c.Close()
		return nil, fmt.Errorf("mail: relay %s offers no TLS, and a password is not sent in the clear", r.host)
	}
	if err := c.Auth(sasl.NewPlainClient("", r.user, r.pass)); err != nil {
		c.Close()
		return nil, fmt.Errorf("mail: relay %s refuses the login", r.host)
	}
	return c, nil
}

// Close ends the idle connections.
func (r *Relays) Close() {
	for _, one := range r.relays {
		one.mu.Lock()
		for _, c := range one.idle {
			c.Quit()
		}
		one.idle = nil
		one.mu.Unlock()
	}
}
