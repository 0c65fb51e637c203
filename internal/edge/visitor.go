package edge

import (
	"math"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/wireroom/wireroom/internal/match"
	"github.com/wireroom/wireroom/internal/wire"
)

// Visitor is on whose behalf a connection is asked for. The zero Visitor is nobody
// in particular, who may have everything.
type Visitor struct {
	Name     string       // whose connections are counted together; empty: those of the address
	Desktops int          // connections at a time; 0: Options.MaxPerVisitor, or MaxPerAddress without a name; negative: none
	House    string       // whose connections, of several visitors, are counted together as well; empty: nobody's
	Shared   int          // connections of the house at a time; 0: no limit; negative: none
	Entitled *match.Query // what may be had, whatever the filter; nil: everything
	// Terms tell the rights of this visitor from others that it had or will have.
	// Options.Ended is asked about them as long as something is open; empty: never.
	Terms string
}

// want is what a connection is to be sent: what its filter matches within what its
// visitor is entitled to.
type want struct {
	query    *match.Query // both together
	entitled *match.Query // nil: to everything
}

// wantOf is what a filter wants of what a visitor may have.
func wantOf(filter, entitled *match.Query) want {
	if entitled == nil || entitled.Everything() {
		return want{query: filter}
	}
	return want{match.Both(filter, entitled), entitled}
}

// name is the same for connections that are to be sent the same.
func (w want) name() string {
	if w.entitled == nil {
		return w.query.String()
	}
	return w.query.String() + "\x00" + w.entitled.String()
}

// visit asks Options.Admit who a request is from.
func (e *Edge) visit(r *http.Request) (v Visitor, err error) {
	if e.o.Admit != nil {
		if v, err = e.o.Admit(r); err != nil {
			return v, err
		}
	}
	if v.Name == "" {
		v.Name = "from " + e.o.Client(r)
		if v.Desktops == 0 {
			v.Desktops = e.o.MaxPerAddress
		}
	} else if v.Desktops == 0 {
		v.Desktops = e.o.MaxPerVisitor
	}
	return v, nil
}

// knock asks who a request is from and answers it if it is turned away.
func (e *Edge) knock(w http.ResponseWriter, r *http.Request) (v Visitor, ok bool) {
	v, err := e.visit(r)
	if err != nil {
		e.turnAway(w, r, e.refusalOf(err))
		return v, false
	}
	return v, true
}

// remoteHost is the address of the other side without its port.
func remoteHost(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// refusal is why nothing is opened: what the operator counts, and what is answered
// to programs.
type refusal struct {
	reason string
	status int
	err    error
	wait   time.Duration // until it is worth asking again; 0: as long as any
}

// refusalOf is that of an error of Options.Admit. Only Forbidden means that
// somebody is nobody; that nobody could look is our fault.
func (e *Edge) refusalOf(err error) refusal {
	switch wire.KindOf(err) {
	case wire.Forbidden:
		return refusal{reason: "unknown", status: http.StatusUnauthorized, err: err}
	case wire.Invalid:
		return refusal{reason: "invalid", status: http.StatusBadRequest, err: err}
	}
	e.o.Log.Error("edge: nobody can be admitted", "err", err)
	return unavailable("admission", "who you are cannot be looked up at this moment; try again")
}

func unavailable(reason, words string) refusal {
	return refusal{reason: reason, status: http.StatusServiceUnavailable, err: wire.Errorf(wire.Unavailable, "", "%s", words)}
}

func tooMany(reason, words string, wait time.Duration) refusal {
	return refusal{reason: reason, status: http.StatusTooManyRequests, err: wire.Errorf(wire.Exhausted, "", "%s", words), wait: wait}
}

// seesNoStatus reports whether a request comes from what cannot be told by a status
// to come back: an EventSource takes any but 200 for final (WHATWG HTML §9.2.2), and
// a page's WebSocket is told none at all. They are let in, told when to come back,
// and sent away.
func (s *session) seesNoStatus() bool {
	if s.form.IsSocket() {
		return s.r.Header.Get("Origin") != ""
	}
	browser := s.r.Header.Get("Sec-Fetch-Mode") != "" || strings.HasPrefix(s.r.UserAgent(), "Mozilla/")
	return browser && s.form.IsEvents()
}

// pass is what the connections of one visitor under the same rights have in common.
type pass struct {
	passKey
	accounts []*account // by Edge.mu: the visitor's, and its house's
	open     int        // by Edge.mu: connections
	ended    bool       // by Edge.mu: the rights are none any more
}

type passKey struct{ name, terms, house string }

// account counts what one visitor, or one house, has. Guarded by Edge.mu.
type account struct {
	name   string
	open   int
	bucket // of connections that may be made; untouched where there is no limit
}

// bucket is how much may be done at once: it fills by and by, up to a size.
type bucket struct {
	tokens float64
	at     time.Time // zero: it is full
}

// fill brings the bucket up to now.
func (b *bucket) fill(size, rate float64, now time.Time) {
	if b.at.IsZero() {
		b.tokens = size
	} else {
		b.tokens = math.Min(size, b.tokens+now.Sub(b.at).Seconds()*rate)
	}
	b.at = now
}

// A visitor may connect this often: all its desktops at once, and then, each second,
// a part of them, so that a whole floor that lost its line comes back in a minute
// and a program gone wild does not take the edge's time.
const (
	joinsAtOnce = 20        // at the least
	joinsShare  = 1. / 30.  // of Desktops, a second
	joinsEach   = 2.        // a second, at the least
	forgetAfter = time.Hour // since the last connection
)

// refill lets an account of so many desktops connect again.
func (c *account) refill(desktops int, now time.Time) {
	c.fill(math.Max(joinsAtOnce, float64(desktops)), math.Max(joinsEach, joinsShare*float64(desktops)), now)
}

// admit counts a connection in. The refusal has no reason if it is.
func (e *Edge) admit(v *Visitor) (*pass, refusal) {
	e.mu.Lock()
	defer e.mu.Unlock()
	now := time.Now()
	switch {
	case v.Desktops < 0, v.Shared < 0:
		return nil, refusal{reason: "forbidden", status: http.StatusForbidden, err: wire.Errorf(wire.Forbidden, "", "this key has no live streams")}
	case e.shuttingDown():
		return nil, unavailable("closing", "this edge is closing; others are open")
	case e.open >= e.o.MaxConnections:
		return nil, unavailable("full", "this edge is full; try again, or another edge")
	}
	if rate := float64(e.o.MaxRate); rate > 0 {
		if e.pace.fill(rate, rate, now); e.pace.tokens < 1 {
			return nil, unavailable("busy", "too many connect to this edge at this moment; try again")
		}
	}
	accounts := []*account{e.accountOf(v.Name, now)}
	if v.House != "" {
		accounts = append(accounts, e.accountOf("house "+v.House, now))
	}
	limits := []int{v.Desktops, v.Shared}
	for i, c := range accounts {
		if refused := c.refuses(limits[i], now); refused.reason != "" {
			return nil, refused
		}
	}
	for i, c := range accounts {
		if c.open++; limits[i] > 0 {
			c.tokens--
		}
	}
	e.pace.tokens--
	p := e.passOf(v, accounts)
	p.open++
	e.open++
	e.rush.joined()
	e.meters.connections.Set(float64(e.open))
	return p, refusal{}
}

// refuses says why an account of so many desktops has no room for another; the
// reason is empty if it has.
func (c *account) refuses(desktops int, now time.Time) refusal {
	if desktops == 0 {
		return refusal{}
	}
	c.refill(desktops, now)
	switch {
	case c.open >= desktops:
		return tooMany("client", "you have as many streams open as you may; close one", 0)
	case c.tokens < 1:
		return tooMany("rate", "you connect too often; wait", time.Duration((1-c.tokens)/joinsEach*float64(time.Second)))
	}
	return refusal{}
}

// passOf returns the pass of a visitor's rights. The caller holds mu.
func (e *Edge) passOf(v *Visitor, accounts []*account) *pass {
	key := passKey{v.Name, v.Terms, v.House}
	p := e.passes[key]
	if p == nil || p.ended {
		p = &pass{passKey: key, accounts: accounts}
		e.passes[key] = p
	}
	return p
}

// dismiss counts a connection out.
func (e *Edge) dismiss(p *pass) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.open--
	if p.open--; p.open == 0 && e.passes[p.passKey] == p {
		delete(e.passes, p.passKey)
	}
	for _, c := range p.accounts {
		if c.open--; c.open == 0 && c.at.IsZero() { // there is no limit to remember
			delete(e.accounts, c.name)
		}
	}
	e.meters.connections.Set(float64(e.open))
	if e.open == 0 && e.shuttingDown() {
		close(e.idle)
	}
}

// accountOf returns what a visitor has, and forgets those that have had nothing for
// long when there are too many. The caller holds mu.
func (e *Edge) accountOf(name string, now time.Time) *account {
	c := e.accounts[name]
	if c == nil {
		if len(e.accounts) > e.accountRoom {
			for name, old := range e.accounts {
				if old.open == 0 && now.Sub(old.at) > forgetAfter {
					delete(e.accounts, name)
				}
			}
			// Where nothing can be forgotten looking again at once is no use.
			e.accountRoom = max(e.o.MaxConnections, 2*len(e.accounts))
		}
		c = &account{name: name}
		e.accounts[name] = c
	}
	return c
}

// Right is a visitor's name with the terms under which it was admitted.
type Right struct{ Name, Terms string }

// rights are those under which something is open, and can end.
func (e *Edge) rights() []Right {
	e.mu.Lock()
	defer e.mu.Unlock()
	var list []Right
	for key, p := range e.passes {
		if key.terms != "" && !p.ended {
			list = append(list, Right{key.name, key.terms})
		}
	}
	return list
}

// revoke sends the connections under a right away, each with its own time to come
// back: then it is admitted anew, or not.
func (e *Edge) revoke(right Right) (streams int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	var ended []*pass
	for key, p := range e.passes {
		if key.name == right.Name && key.terms == right.Terms && !p.ended {
			p.ended = true
			streams += p.open
			ended = append(ended, p)
			delete(e.passes, key)
		}
	}
	if len(ended) == 0 {
		return 0
	}
	for _, g := range e.groups {
		for c := range g.members {
			if slices.Contains(ended, c.pass) {
				c.sendAway()
			}
		}
	}
	for _, s := range e.shards {
		s.order(func() { s.expel(ended) })
	}
	return streams
}
