package edge

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"time"

	"github.com/wireroom/wireroom/internal/wire"
)

// ServeHTTP is GET /v1/stream and /v1/ws; the package comment says what it takes
// and gives.
func (e *Edge) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet {
		w.Header().Set("Allow", http.MethodGet)
		refuse(w, http.StatusMethodNotAllowed, wire.Errorf(wire.Invalid, "", "the stream is read with GET"))
		return
	}
	ask, err := e.read(r)
	if err != nil {
		if ask.form.IsSocket() {
			w.Header().Set("Sec-WebSocket-Version", "13")
		}
		refuse(w, http.StatusBadRequest, err)
		return
	}
	s := &session{follower: follower{edge: e, form: ask.form}, request: ask, w: w, r: r}
	visitor, err := e.visit(r)
	if err != nil {
		s.sendAway(e.refusalOf(err))
		return
	}
	s.narrow(&visitor)
	s.told = toldOf(&s.request)
	var refused refusal
	if s.pass, refused = e.admit(&visitor); refused.reason != "" {
		s.sendAway(refused)
		return
	}
	defer func() {
		if !s.handed {
			e.dismiss(s.pass)
		}
	}()
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	defer context.AfterFunc(e.ctx, cancel)()
	s.run(ctx)
}

// session opens one connection and brings it up to the present. Then a shard
// serves it, or goroutines of its own, and only where it cannot be taken from the
// server the session goes on: a server keeps several buffers for a request.
// Everything in it belongs to the goroutine of the handler; conn alone is shared.
type session struct {
	follower
	request
	w http.ResponseWriter
	r *http.Request

	pass   *pass
	tcp    *net.TCPConn // where a shard can serve the connection
	read   []byte       // what the receiver sent beyond the request
	handed bool         // others serve it now

	told told // which seals the receiver has; nil unless it asked for them
}

// run serves the connection to its end, or until others do.
func (s *session) run(ctx context.Context) {
	reset, err := s.begin(ctx)
	if err != nil {
		if ctx.Err() == nil {
			s.edge.o.Log.Error("edge: no connection can be served", "err", err)
			s.sendAway(errHistory())
		}
		return
	}
	if err := s.open(); err != nil {
		return
	}
	if s.tcp == nil {
		s.conn = newConn(s.edge, s.want, s.view, s.pass)
	}
	defer func() {
		if !s.handed || s.tcp != nil {
			s.end() // a shard has a descriptor of its own
		}
	}()
	opening := [][]byte{s.form.Opening(spread(s.edge.o.Retry), s.place)}
	if reset != nil {
		opening = append(opening, reset)
	}
	if s.write(opening...) != nil {
		return
	}
	if err := s.replay(ctx); err != nil {
		if ctx.Err() == nil && !errors.Is(err, errWrite) {
			s.edge.o.Log.Error("edge: replay ended early", "place", s.place, "err", err)
		}
		return
	}
	switch l, ok := s.out.(line); {
	case s.handed:
	case ok:
		s.handed = true
		go s.follower.stay(l, s.pass, listener{s.conn, s.want, s.read})
	default:
		s.follow(ctx.Done())
	}
}

// open begins the answer. All but HTTP/2, where connections are the server's, is taken
// from it.
func (s *session) open() error {
	var err error
	var l line
	each := s.edge.o.WriteTimeout
	switch {
	case s.form.IsSocket():
		l, s.read, err = takeLine(s.w, http.StatusSwitchingProtocols, s.handshake, each)
	case s.r.ProtoMajor == 1:
		l, s.read, err = takeLine(s.w, http.StatusOK, s.form.Header(), each)
	default:
		s.out = newResponse(s.w, s.form.Header())
		return nil
	}
	if err != nil {
		s.failed(err)
		return err
	}
	s.out = l
	if tcp, ok := l.Conn.(*net.TCPConn); ok && s.edge.pollable(s.r) {
		s.tcp = tcp
	}
	return nil
}

// begin finds the place to start from. reset is not nil if it is not the one
// that was asked for.
func (s *session) begin(ctx context.Context) (reset []byte, err error) {
	e := s.edge
	if err := e.ready(ctx); err != nil {
		return nil, err
	}
	newest := e.newest()
	if !s.resume {
		s.place = newest
		return nil, nil
	}
	s.place = s.after
	if oldest := newest - int64(e.o.Reach); s.after < oldest {
		s.place = oldest
		return s.form.Reset(s.after, oldest, e.rest(s.after)), nil
	}
	if s.after <= newest {
		return nil, nil
	}
	// Another edge may be ahead of this one; a number that not even the history
	// has comes from another wire, or from before a restore.
	last, err := e.o.History.Last(ctx)
	if err != nil {
		return nil, err
	}
	if last = max(last, e.newest()); s.after > last {
		s.place = last
		return s.form.Reset(s.after, last, ""), nil
	}
	return nil, nil
}

// rest is the address that has what the stream has no more of, after a place.
func (e *Edge) rest(after int64) string {
	return fmt.Sprintf("%s/v1/items?after=%d", e.o.Site.BaseURL, after)
}

// newest returns the number of the newest item in the ring.
func (e *Edge) newest() int64 {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.ring.last
}

const replayBatch = 64 // entries examined from the ring between two looks at the clock

// replay writes what is wanted after the place, from History as far as the ring
// does not reach back, then from the ring. It returns when the connection has
// joined its group: in the same moment at which nothing newer was in the ring,
// so that nothing is lost or repeated.
func (s *session) replay(ctx context.Context) error {
	e := s.edge
	for ctx.Err() == nil {
		e.mu.Lock()
		if s.pass.ended { // who has joined hears of it from its shard or its queue
			e.mu.Unlock()
			s.goodbye(false)
			return errWrite
		}
		entries, held := e.ring.after(s.place, replayBatch)
		if held && len(entries) == 0 {
			if missing := s.missing(); len(missing) > 0 {
				e.mu.Unlock()
				if err := s.write(missing...); err != nil {
					return err
				}
				continue
			}
			err := s.join()
			e.mu.Unlock()
			return err
		}
		oldest := e.ring.first
		e.mu.Unlock()
		if !held {
			var err error
			if entries, err = s.page(ctx, oldest); err != nil {
				return err
			}
		}
		if err := s.examine(entries); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// join makes the connection one that items are delivered to. The caller holds
// mu.
func (s *session) join() error {
	s.noteReturn()
	if s.tcp != nil {
		if err := s.edge.handOver(s); err != nil {
			return err
		}
		s.handed = true
		return nil
	}
	s.conn.after = s.place
	return s.edge.join(s.conn)
}

// page returns the next entries from History. If those after the place are kept no
// longer, the receiver is told so; oldest is the first number in the ring, which
// is always kept.
func (s *session) page(ctx context.Context, oldest int64) ([]*entry, error) {
	e := s.edge
	p, err := e.holding(ctx, s.place, oldest)
	if err != nil {
		return nil, err
	}
	entries, first := p.rest(s.place, oldest)
	if first != s.place+1 {
		if err := s.write(s.form.Reset(s.place, first-1, e.rest(s.place))); err != nil {
			return nil, err
		}
		s.place = first - 1
	}
	return entries, nil
}

// examine writes those of the entries that are wanted, and moves the place past
// all of them, so that a long search that is cut off need not begin anew.
func (s *session) examine(entries []*entry) error {
	if len(entries) == 0 {
		return nil
	}
	var wanted []*entry
	var frames [][]byte
	for _, en := range entries {
		if !s.edge.fenced(en) && en.concerns(s.want) {
			wanted = append(wanted, en)
			frames = append(frames, en.frame(s.edge, s.view.unsealed()))
		}
	}
	s.place = entries[len(entries)-1].item.Number
	if len(wanted) == 0 || wanted[len(wanted)-1].item.Number != s.place {
		frames = append(frames, s.form.Place(s.place))
	}
	if err := s.write(frames...); err != nil {
		return err
	}
	for _, en := range wanted {
		s.edge.meters.replayed.Inc()
		if en.tally != nil {
			en.tally.replayed.Add(1)
		}
	}
	return nil
}

// away is when a receiver that is sent away is to come back.
func (e *Edge) away() time.Duration { return e.o.Retry + rand.N(e.o.Spread) }
