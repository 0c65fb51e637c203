package mail

import (
	"context"
	"crypto/tls"
	"errors"
	"math/rand/v2"
	"net"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"

	"github.com/wireroom/wireroom/internal/courier"
	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/wire"
)

// Relays delivers letters to SMTP relays over connections that stay open. It is
// safe for concurrent use.
type Relays struct {
	sender  *Sender
	relays  []*relay
	slots   []slot
	next    atomic.Int64 // the slot of the next worker
	domains domains

	store *store.Store                 // where what is learnt is kept; nil: nowhere
	kept  map[limitKey]store.MailLimit // as it stands there; Run's
}

// slot is a worker's connection.
type slot struct {
	relay *relay
	place int
}

// connections is how many letters are under way at a time at one relay, for
// each weight, unless its address says otherwise; maxConnections is the most it
// can say.
const (
	connections    = 32
	maxConnections = 4000
)

// OpenRelays reads addresses of relays: smtp://[user:pass@]host[:port] with
// STARTTLS where it is offered, smtps:// with TLS from the first byte;
// ?weight=3 gives one three times the connections, and so the letters, of
// another; ?connections=100 says how many in so many words; ?warmup=2026-12-01 is
// the first day of a relay that is new (see warmFirst). Nothing is connected yet.
func OpenRelays(sender *Sender, addresses []string) (*Relays, error) {
	r := &Relays{sender: sender}
	for _, address := range addresses {
		one, err := readRelay(address)
		if err != nil {
			return nil, err
		}
		one.name = sender.domain()
		r.relays = append(r.relays, one)
		for place := range one.connections {
			r.slots = append(r.slots, slot{one, place})
		}
	}
	if len(r.relays) == 0 {
		return nil, wire.Errorf(wire.Invalid, "smtp", "there is no relay")
	}
	return r, nil
}

// readRelay reads the address of one relay.
func readRelay(address string) (*relay, error) {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" || u.Scheme != "smtp" && u.Scheme != "smtps" {
		return nil, wire.Errorf(wire.Invalid, "smtp", "a relay is written as smtp://[user:password@]host[:port] or smtps://…")
	}
	one := newRelay()
	one.host, one.tls = u.Hostname(), u.Scheme == "smtps"
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
	weight, err := number(u, "weight", 1, maxConnections/connections)
	if err != nil {
		return nil, err
	}
	if one.connections, err = number(u, "connections", weight*connections, maxConnections); err != nil {
		return nil, err
	}
	one.allowed, one.spared = float64(one.connections), one.mostSpared()
	if first := u.Query().Get("warmup"); first != "" {
		at, err := time.Parse(time.DateOnly, first)
		if err != nil {
			return nil, wire.Errorf(wire.Invalid, "smtp", "warmup of relay %s is not a day such as 2026-12-01", one.host)
		}
		one.warmup = &warmup{relay: one.addr, first: dayOf(at)}
	}
	return one, nil
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
func (r *Relays) Workers() int { return len(r.slots) }

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

// scratches are those of letters signed ahead.
var scratches sync.Pool

// Foresee signs a letter before it is sent.
func (s *relayed) Foresee(to wire.Subscription) ([]byte, error) {
	address, _, err := asciiDomain(to.Address)
	if err != nil {
		return nil, err
	}
	to.Address = address
	x, _ := scratches.Get().(*scratch)
	if x == nil {
		x = &scratch{}
	}
	defer scratches.Put(x)
	return s.foresee(x, &to)
}

// Deliver hands one letter to a relay over a connection of its own: what Carry
// does for one alone. While a relay takes no letters at all the next is asked.
func (s *relayed) Deliver(ctx context.Context, sub wire.Subscription, attempt int) courier.Result {
	asked := slices.Clone(s.relays)
	slices.SortStableFunc(asked, func(a, b *relay) int { return a.downUntil().Compare(b.downUntil()) })
	var result courier.Result
	for _, one := range asked {
		w := s.newCarrier(ctx, one, 0, alone{})
		returned := false
		p := courier.NewParcel(s, sub, attempt, func(r courier.Result) { result = r }, func(time.Duration) { returned = true })
		if w.prepare(p) {
			w.deliver()
		}
		w.hangUp()
		if !returned || ctx.Err() != nil {
			break
		}
		result = courier.Result{Outcome: wire.Deferred, Code: "connection: " + plainCause(w.cause)}
		if errors.Is(w.cause, errSpent) {
			result.Code = errSpent.Error()
		}
		if r, ok := errors.AsType[reply](w.cause); ok {
			result = resultOf(r)
			result.Outcome = wire.Deferred
		}
	}
	return result
}

// alone is a source with nothing more.
type alone struct{}

func (alone) Next(bool) (courier.Parcel, bool) { return courier.Parcel{}, false }
func (alone) Beside() (courier.Parcel, bool)   { return courier.Parcel{}, false }

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
		address = name + "@" + domain
	}
	return address, !ascii(name), nil
}

func ascii(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r >= utf8.RuneSelf }) < 0
}

// resultOf says what a refusal means for the delivery, with the code of
// RFC 3463 where there is one.
func resultOf(r reply) courier.Result {
	outcome := wire.Deferred
	if r.code >= 500 {
		outcome = wire.Failed
	}
	return courier.Result{Outcome: outcome, Code: strings.TrimSpace(r.Error())}
}

// plainCause is an error of the connection without addresses and ports, which
// tell nothing a report should hold.
func plainCause(err error) string {
	if errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, context.DeadlineExceeded) {
		return "timed out"
	}
	if e, ok := errors.AsType[*net.OpError](err); ok {
		return e.Op + " failed"
	}
	return "lost"
}

// noteSpent says in the log that a relay has had its letters of a day, once.
func (r *Relays) noteSpent(one *relay, news bool, err error) {
	switch {
	case r.sender.Log == nil || !news:
	case err != nil:
		r.sender.Log.Error("cannot tell what a relay that is being warmed up may be given; it is asked again in a minute", "relay", one.host, "error", err)
	default:
		r.sender.Log.Warn("a relay that is being warmed up has had its letters of today; the others go by another, or wait", "relay", one.host, "until", one.downUntil())
	}
}

// noteDown says in the log that a relay takes nothing, once while it lasts.
func (r *Relays) noteDown(one *relay, cause error) {
	if r.sender.Log == nil || one.downUntil().After(time.Now()) {
		return
	}
	what := plainCause(cause)
	if said, ok := errors.AsType[reply](cause); ok {
		what = said.Error()
	}
	r.sender.Log.Warn("a mail relay takes no letters; they wait, or go by another", "relay", one.host, "cause", what)
}
