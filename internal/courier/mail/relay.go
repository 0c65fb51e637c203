package mail

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// relay is one SMTP server with the connections that are open to it. It is safe
// for concurrent use.
type relay struct {
	host, addr  string
	user, pass  string
	tls         bool // TLS from the first byte
	weight      int
	connections int // most that are kept
	certificate *tls.Config

	mu      sync.Mutex
	idle    []*smtp.Client
	down    time.Time // not asked before
	downFor time.Duration
	secure  bool // it has offered STARTTLS, and is not believed to have unlearned it
}

// envelope is one letter as SMTP sees it.
type envelope struct {
	from, to string
	utf8     bool // to needs SMTPUTF8
	message  []byte
}

// closedError says that a relay takes no letters now, whoever they are for:
// nothing of this one has reached it.
type closedError struct{ cause error }

func (e *closedError) Error() string { return e.cause.Error() }
func (e *closedError) Unwrap() error { return e.cause }

var errNoUTF8 = errors.New("mail: the relay takes no addresses outside ASCII")

func (r *relay) downUntil() time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.down
}

// rest leaves the relay alone for a while, longer each time.
func (r *relay) rest(cause error) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.downFor = min(max(2*r.downFor, time.Second), time.Minute)
	r.down = time.Now().Add(r.downFor)
	return &closedError{cause}
}

// send makes one transaction. A connection on which it ended cleanly is kept; a
// fault on one that had been idle is tried once more on a new one, if nothing
// can have been taken yet. A closedError says that another relay can be asked.
func (r *relay) send(ctx context.Context, e envelope) error {
	c, reused, err := r.get(ctx)
	if err != nil {
		return r.rest(err)
	}
	at, err := transact(ctx, c, e)
	if err != nil && reused && at < dataSent && !isReply(err) && ctx.Err() == nil {
		c.Close()
		if c, err = r.connect(ctx); err != nil {
			return r.rest(err)
		}
		at, err = transact(ctx, c, e)
	}
	switch {
	case err == nil:
		r.keep(c)
		return nil
	case isReply(err) && c.Reset() == nil, errors.Is(err, errNoUTF8):
		r.keep(c)
	default:
		c.Close()
	}
	if at < senderNamed && !errors.Is(err, errNoUTF8) {
		return r.rest(err)
	}
	return err
}

func isReply(err error) bool {
	_, ok := errors.AsType[*smtp.SMTPError](err)
	return ok
}

// stage is how far a transaction came.
type stage int

const (
	greeted     stage = iota
	senderNamed       // the relay has taken our name; what follows is about the recipient
	dataSent          // the relay may have the letter
)

// transact sends one message and says how far it came.
func transact(ctx context.Context, c *smtp.Client, e envelope) (stage, error) {
	stop := context.AfterFunc(ctx, func() { c.Close() })
	defer stop()
	var options smtp.MailOptions
	if e.utf8 {
		if ok, _ := c.Extension("SMTPUTF8"); !ok {
			return greeted, errNoUTF8
		}
		options.UTF8 = true
	}
	if err := c.Mail(e.from, &options); err != nil {
		return greeted, err
	}
	if err := c.Rcpt(e.to, nil); err != nil {
		return senderNamed, err
	}
	w, err := c.Data()
	if err != nil {
		return senderNamed, err
	}
	if _, err := w.Write(e.message); err != nil {
		return dataSent, err
	}
	return dataSent, w.Close()
}

// get returns an idle connection, or a new one.
func (r *relay) get(ctx context.Context) (c *smtp.Client, reused bool, err error) {
	r.mu.Lock()
	if n := len(r.idle); n > 0 {
		c = r.idle[n-1]
		r.idle = r.idle[:n-1]
	}
	r.mu.Unlock()
	if c != nil {
		return c, true, nil
	}
	c, err = r.connect(ctx)
	return c, false, err
}

// keep puts a connection by for the next letter; the relay is well.
func (r *relay) keep(c *smtp.Client) {
	r.mu.Lock()
	r.down, r.downFor = time.Time{}, 0
	kept := len(r.idle) < r.connections
	if kept {
		r.idle = append(r.idle, c)
	}
	r.mu.Unlock()
	if !kept {
		c.Close()
	}
}

// connectTime bounds how long a connection may take to be ready for letters.
const connectTime = 30 * time.Second

func (r *relay) connect(ctx context.Context) (*smtp.Client, error) {
	ctx, cancel := context.WithTimeout(ctx, connectTime)
	defer cancel()
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", r.addr)
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	r.mu.Lock()
	secure := r.secure
	r.mu.Unlock()
	switch {
	case r.tls:
		return r.login(smtp.NewClient(tls.Client(conn, r.certificate)), true)
	case secure:
		c, err := smtp.NewClientStartTLS(conn, r.certificate)
		if err != nil {
			conn.Close()
			return nil, err
		}
		return r.login(c, true)
	}
	c := smtp.NewClient(conn)
	if err := c.Hello("localhost"); err != nil {
		c.Close()
		return nil, err
	}
	if offered, _ := c.Extension("STARTTLS"); !offered {
		return r.login(c, false)
	}
	c.Close()
	r.mu.Lock()
	r.secure = true
	r.mu.Unlock()
	return r.connect(ctx)
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

// close ends the idle connections.
func (r *relay) close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range r.idle {
		_ = c.Quit()
	}
	r.idle = nil
}
