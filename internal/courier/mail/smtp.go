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
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/emersion/go-smtp"
	"golang.org/x/net/idna"

	"github.com/wireroom/wireroom/internal/courier"
	"github.com/wireroom/wireroom/internal/wire"
)

// Relays delivers letters to SMTP relays over connections that stay open. It is
// safe for concurrent use.
type Relays struct {
	sender *Sender
	relays []*relay
}

// connections is how many letters are under way at a time at one relay, unless
// its address says otherwise; maxConnections is the most it can say.
const (
	connections    = 16
	maxConnections = 1000
)

// OpenRelays reads addresses of relays: smtp://[user:pass@]host[:port] with
// STARTTLS where it is offered, smtps:// with TLS from the first byte;
// ?weight=3 gives one a larger share, ?connections=32 more or fewer of them.
// Nothing is connected yet.
func OpenRelays(sender *Sender, addresses []string) (*Relays, error) {
	r := &Relays{sender: sender}
	for _, address := range addresses {
		u, err := url.Parse(address)
		if err != nil || u.Hostname() == "" || u.Scheme != "smtp" && u.Scheme != "smtps" {
			return nil, wire.Errorf(wire.Invalid, "smtp", "a relay is written as smtp://[user:password@]host[:port] or smtps://…")
		}
		one := &relay{host: u.Hostname(), tls: u.Scheme == "smtps"}
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
		if one.weight, err = number(u, "weight", 1, 1_000_000); err != nil {
			return nil, err
		}
		if one.connections, err = number(u, "connections", connections, maxConnections); err != nil {
			return nil, err
		}
		r.relays = append(r.relays, one)
	}
	if len(r.relays) == 0 {
		return nil, wire.Errorf(wire.Invalid, "smtp", "there is no relay")
	}
	return r, nil
}

// number reads a parameter of a relay's address.
func number(u *url.URL, name string, usual, most int) (int, error) {
	value := u.Query().Get(name)
	if value == "" {
		return usual, nil
	}
	n, err := strconv.Atoi(value)
	if err != nil || n < 1 || n > most {
		return 0, wire.Errorf(wire.Invalid, "smtp", "%s of relay %s is not a number from 1 to %d", name, u.Hostname(), most)
	}
	return n, nil
}

// Workers is how many letters may be under way.
func (r *Relays) Workers() int {
	all := 0
	for _, one := range r.relays {
		all += one.connections
	}
	return all
}

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
// 250 to the whole of it. While a relay takes no letters at all the next is
// asked, at once.
func (s *relayed) Deliver(ctx context.Context, sub wire.Subscription, _ int) courier.Result {
	to, utf8, err := asciiDomain(sub.Address)
	if err != nil {
		return courier.Result{Outcome: wire.Failed, Code: "the address cannot be written to"}
	}
	sub.Address = to
	message, err := s.message(sub)
	if err != nil {
		return courier.Result{Outcome: wire.Failed, Code: "the letter could not be written"}
	}
	asked := map[*relay]bool{}
	for range s.relays {
		one := s.pick(asked)
		asked[one] = true
		err = one.send(ctx, envelope{s.Relays.sender.From, to, utf8, message})
		if _, closed := errors.AsType[*closedError](err); !closed || ctx.Err() != nil {
			break
		}
	}
	return resultOf(err)
}

// asciiDomain writes the domain of an address as RFC 5890 wants it in a letter.
// utf8 says that the name before it needs SMTPUTF8 (RFC 6531).
func asciiDomain(address string) (to string, utf8 bool, err error) {
	at := strings.LastIndexByte(address, '@')
	if at <= 0 || strings.IndexFunc(address, unicode.IsControl) >= 0 {
		return "", false, wire.Errorf(wire.Invalid, "address", "is not an e-mail address")
	}
	name, domain := address[:at], address[at+1:]
	if !ascii(domain) {
		if domain, err = idna.Lookup.ToASCII(domain); err != nil {
			return "", false, err
		}
	}
	return name + "@" + domain, !ascii(name), nil
}

func ascii(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r >= utf8.RuneSelf }) < 0
}

// pick chooses a relay by weight among those not asked yet that are not down;
// where all are, the one that comes back first.
func (r *Relays) pick(asked map[*relay]bool) *relay {
	now := time.Now()
	total := 0
	var first *relay
	var up []*relay
	for _, one := range r.relays {
		if asked[one] {
			continue
		}
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

// resultOf says what an answer means for the delivery. RFC 5321 §4.2.1: 4xx may
// be tried again, 5xx must not; but what a relay says before it knows for whom a
// letter is, it says of us, and that can be mended.
func resultOf(err error) courier.Result {
	if err == nil {
		return courier.Result{Outcome: wire.Accepted, Code: "250"}
	}
	if errors.Is(err, errNoUTF8) { // the code of RFC 6531 §3.5
		return courier.Result{Outcome: wire.Failed, Code: "553 5.6.7 the relay takes no addresses outside ASCII"}
	}
	_, closed := errors.AsType[*closedError](err)
	if e, ok := errors.AsType[*smtp.SMTPError](err); ok {
		code := strconv.Itoa(e.Code)
		if e.EnhancedCode != smtp.EnhancedCodeNotSet && e.EnhancedCode != smtp.NoEnhancedCode {
			code += fmt.Sprintf(" %d.%d.%d", e.EnhancedCode[0], e.EnhancedCode[1], e.EnhancedCode[2]) // RFC 3463
		}
		code += " " + e.Message
		if e.Code >= 500 && !closed {
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

// Close ends the idle connections.
func (r *Relays) Close() {
	for _, one := range r.relays {
		one.close()
	}
}
