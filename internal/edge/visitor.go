package edge

import (
	"math"
	"net"
	"net/http"
	"time"

	"github.com/wireroom/wireroom/internal/match"
	"github.com/wireroom/wireroom/internal/wire"
)

// Visitor is on whose behalf a connection is asked for. The zero Visitor is
// nobody in particular, who may have everything.
type Visitor struct {
	Name     string       // whose connections are counted together; empty: those of the remote address
	Desktops int          // connections at a time; 0: Options.MaxPerClient
	Entitled *match.Query // what may be had, whatever the filter; nil: everything
}

// both is the query for what two queries want; nil wants everything.
func both(filter, entitled *match.Query) (*match.Query, error) {
	const everything = "*"
	switch {
	case entitled == nil || entitled.String() == everything:
		return filter, nil
	case filter.String() == everything:
		return entitled, nil
	}
	q, err := match.Parse("(" + filter.String() + ") AND (" + entitled.String() + ")")
	if err != nil {
		return nil, wire.Errorf(wire.Invalid, "q", "the filter, together with what you are entitled to, %s", messageOf(err))
	}
	return q, nil
}

// visit asks Options.Admit who a request is from.
func (e *Edge) visit(r *http.Request) (v Visitor, err error) {
	if e.o.Admit != nil {
		if v, err = e.o.Admit(r); err != nil {
			return v, err
		}
	}
	if v.Name == "" {
		v.Name = remoteHost(r)
	}
	if v.Desktops == 0 {
		v.Desktops = e.o.MaxPerClient
	}
	return v, nil
}

// remoteHost is the address of the other side without its port.
func remoteHost(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// account counts what one visitor has. Guarded by Edge.mu.
type account struct {
	open   int
	tokens float64 // connections that may be made at once
	at     time.Time
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

// full is how many connections may be made at once.
func (v *Visitor) full() float64 { return math.Max(joinsAtOnce, float64(v.Desktops)) }

// mayJoin takes one of the connections, if there is one to take.
func (c *account) mayJoin(v *Visitor, now time.Time) bool {
	if c.at.IsZero() {
		c.tokens = v.full()
	}
	c.tokens = math.Min(v.full(), c.tokens+now.Sub(c.at).Seconds()*math.Max(joinsEach, joinsShare*float64(v.Desktops)))
	c.at = now
	if c.tokens < 1 {
		return false
	}
	c.tokens--
	return true
}

// accountOf returns what a visitor has, and forgets those that have had nothing for
// long when there are too many. The caller holds mu.
func (e *Edge) accountOf(name string, now time.Time) *account {
	c := e.accounts[name]
	if c == nil {
		if len(e.accounts) > e.o.MaxConnections {
			for name, old := range e.accounts {
				if old.open == 0 && now.Sub(old.at) > forgetAfter {
					delete(e.accounts, name)
				}
			}
		}
		c = &account{}
		e.accounts[name] = c
	}
	return c
}
