package streamload

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"golang.org/x/sys/unix"
)

// Options say which desktops there are and what they ask for.
type Options struct {
	Server   netip.AddrPort // on loopback
	Desktops int
	First    int // number of the first of them; other processes may have others

	// Paths are asked for with GET; {desktop} is the desktop's number, {group}
	// that of its group. Several are used in turn within each group.
	Paths   []string
	Headers []string // "Name: value"
	// Groups divide the desktops by the remainder of their number. Those of a
	// group want the rounds with the same remainder, and no others; 0: everyone
	// wants every round.
	Groups int

	Rounds  int     // at most; 0 for 64
	Stall   float64 // share of desktops that never read; they are expected to get nothing
	Threads int     // that read; 0 for 1
	Sources int     // addresses the desktops connect from: 127.0.0.1 and on; 0 for 8
	Joining int     // desktops that may wait for the server at a time; 0 for 500
}

// Load is a number of desktops. It is safe for concurrent use.
type Load struct {
	options  Options
	address  unix.SockaddrInet4
	desktops []desktop
	readers  []*reader
	running  sync.WaitGroup

	rounds  []round
	stalled int // desktops

	joined    atomic.Int64
	seals     atomic.Int64          // texts that were sent ahead
	joinedAt  atomic.Int64          // when the last did, so far
	gone      atomic.Int64          // cut off by the server, or answered with what is no stream
	strange   atomic.Int64          // events of a round that cannot be
	complaint atomic.Pointer[error] // the first reason why one is gone
}

// desktop is one connection.
type desktop struct {
	file    int // descriptor; -1: none; Join sets it and Close closes it
	stalled bool

	// Its reader alone touches these.
	joined bool
	answer answer
}

// round is what desktops got of one item.
type round struct {
	expected int           // desktops that must get it
	complete chan struct{} // closed when they have it

	at      []atomic.Int64 // by desktop: when it had the whole event, 0 for never
	got     atomic.Int64   // desktops that wanted it and have it
	doubled atomic.Int64   // events beyond the first of a desktop
	strange atomic.Int64   // desktops that got it and had not asked for it
}

// Open prepares desktops that have not connected yet; see Join. The caller
// closes it.
func Open(o Options) (*Load, error) {
	for _, d := range []struct{ value, usual *int }{{&o.Rounds, ptr(64)}, {&o.Threads, ptr(1)}, {&o.Sources, ptr(8)}, {&o.Joining, ptr(500)}} {
		if *d.value <= 0 {
			*d.value = *d.usual
		}
	}
	switch {
	case !o.Server.Addr().Is4() || !o.Server.Addr().IsLoopback():
		return nil, fmt.Errorf("streamload: the server is at %v; desktops are for loopback, IPv4", o.Server)
	case o.Desktops < 1 || len(o.Paths) == 0:
		return nil, errors.New("streamload: there must be a desktop, and a path to ask for")
	case o.Rounds > MaxRounds || o.Sources > 250:
		return nil, fmt.Errorf("streamload: at most %d rounds and 250 sources are possible", MaxRounds)
	}
	l := &Load{options: o, desktops: make([]desktop, o.Desktops), rounds: make([]round, o.Rounds)}
	l.address = unix.SockaddrInet4{Port: int(o.Server.Port()), Addr: o.Server.Addr().As4()}
	for i := range l.desktops {
		l.desktops[i].file = -1
		// Spread evenly over the numbers.
		if n := float64(o.First + i); int(o.Stall*(n+1)) > int(o.Stall*n) {
			l.desktops[i].stalled = true
			l.stalled++
		}
	}
	for i := range l.rounds {
		r := &l.rounds[i]
		r.at, r.expected, r.complete = make([]atomic.Int64, o.Desktops), l.expected(i), make(chan struct{})
		if r.expected == 0 {
			close(r.complete)
		}
	}
	for range o.Threads {
		r, err := newReader(l)
		if err != nil {
			return nil, errors.Join(err, l.Close())
		}
		l.readers = append(l.readers, r)
		l.running.Go(r.run)
	}
	return l, nil
}

func ptr(n int) *int { return &n }

// request is what a desktop says.
func (l *Load) request(i int) []byte {
	o := &l.options
	group, turn := 0, o.First+i
	if o.Groups > 0 {
		group, turn = turn%o.Groups, turn/o.Groups
	}
	path := strings.NewReplacer("{desktop}", strconv.Itoa(o.First+i), "{group}", strconv.Itoa(group)).Replace(o.Paths[turn%len(o.Paths)])
	text := "GET " + path + " HTTP/1.1\r\nHost: " + o.Server.String() + "\r\nAccept: text/event-stream\r\n"
	for _, h := range o.Headers {
		text += h + "\r\n"
	}
	return []byte(text + "\r\n")
}

// wants reports whether a desktop must get a round.
func (l *Load) wants(i, round int) bool {
	d := &l.desktops[i]
	return !d.stalled && l.asked(i, round)
}

func (l *Load) asked(i, round int) bool {
	groups := l.options.Groups
	return groups == 0 || (l.options.First+i)%groups == round%groups
}

// expected is how many desktops must get a round.
func (l *Load) expected(round int) int {
	n := 0
	for i := range l.desktops {
		if l.wants(i, round) {
			n++
		}
	}
	return n
}

// receive takes note of an event of a desktop.
func (l *Load) receive(i, number int, at int64) {
	if number >= len(l.rounds) {
		l.strange.Add(1)
		return
	}
	r := &l.rounds[number]
	switch {
	case !r.at[i].CompareAndSwap(0, at):
		r.doubled.Add(1)
	case l.wants(i, number):
		if r.got.Add(1) == int64(r.expected) {
			close(r.complete)
		}
	default:
		r.strange.Add(1)
	}
}

// Close cuts every connection.
func (l *Load) Close() error {
	var errs []error
	for _, r := range l.readers {
		errs = append(errs, r.stop())
	}
	l.running.Wait()
	for i := range l.desktops {
		if d := &l.desktops[i]; d.file >= 0 {
			errs = append(errs, unix.Close(d.file))
			d.file = -1
		}
	}
	for _, r := range l.readers {
		errs = append(errs, r.close())
	}
	return errors.Join(slices.DeleteFunc(errs, func(err error) bool { return err == nil })...)
}
