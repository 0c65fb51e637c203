package edge

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"time"

	"github.com/wireroom/wireroom/internal/wire"
)

// ServeHTTP is GET /v1/stream; the package comment says what it takes and gives.
func (e *Edge) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet {
		w.Header().Set("Allow", http.MethodGet)
		refuse(w, http.StatusMethodNotAllowed, wire.Errorf(wire.Invalid, "", "the stream is read with GET"))
		return
	}
	ask, err := e.read(r)
	if err != nil {
		refuse(w, http.StatusBadRequest, err)
		return
	}
	s := &session{edge: e, request: ask, conn: newConn(e, ask.query), w: w, rc: http.NewResponseController(w)}
	client := e.o.Client(r)
	if refused := e.admit(client); refused != "" {
		s.sendAway(refused)
		return
	}
	defer e.dismiss(client)
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	defer context.AfterFunc(e.ctx, cancel)()
	s.run(ctx)
}

// session writes one connection. Everything in it belongs to the goroutine of
// the handler; conn alone is shared.
type session struct {
	edge *Edge
	request
	conn *conn
	w    http.ResponseWriter
	rc   *http.ResponseController

	place int64 // the receiver's, after what was written so far
}

// run serves the connection to its end.
func (s *session) run(ctx context.Context) {
	reset, err := s.begin(ctx)
	if err != nil {
		if ctx.Err() == nil {
			s.edge.o.Log.Error("edge: no connection can be served", "err", err)
			s.sendAway("history")
		}
		return
	}
	defer s.edge.leave(s.conn)
	s.header()
	opening := append(retryLine(spread(s.edge.o.Retry)), placeFrame(s.place)...)
	if reset != nil {
		opening = append(opening, reset...)
	}
	if s.write(opening) != nil {
		return
	}
	if err := s.replay(ctx); err != nil {
		if ctx.Err() == nil && !errors.Is(err, errWrite) {
			s.edge.o.Log.Error("edge: replay ended early", "place", s.place, "err", err)
		}
		return
	}
	s.follow(ctx)
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
		return resetFrame(s.after, last), nil
	}
	return nil, nil
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
		entries, held := e.ring.after(s.place, replayBatch)
		if held && len(entries) == 0 {
			s.conn.after = s.place
			e.join(s.conn)
			e.mu.Unlock()
			return nil
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

// page reads the next entries from History. If those after the place are kept no
// longer, the receiver is told so; oldest is the first number in the ring, which
// is always kept.
func (s *session) page(ctx context.Context, oldest int64) ([]*entry, error) {
	e := s.edge
	// The limit covers reading and analysis, not the writing to a receiver who
	// may be slow.
	select {
	case e.replays <- struct{}{}:
		defer func() { <-e.replays }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	items, err := e.o.History.Items(ctx, s.place, pageSize)
	if err != nil {
		return nil, fmt.Errorf("edge: items after %d: %w", s.place, err)
	}
	first := oldest
	if len(items) > 0 {
		first = items[0].Number
	}
	if first != s.place+1 {
		if err := s.write(resetFrame(s.place, first-1)); err != nil {
			return nil, err
		}
		s.place = first - 1
	}
	entries := make([]*entry, 0, len(items))
	for i := range items {
		en, err := e.newEntry(ctx, &items[i])
		if err != nil {
			return nil, err
		}
		en.matchable()
		entries = append(entries, en)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, en := range entries {
		en.tally = e.tallies.of(en.item.Number)
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
	for _, en := range entries {
		if !s.edge.fenced(en) && en.concerns(s.query) {
			wanted = append(wanted, en)
		}
	}
	s.place = entries[len(entries)-1].item.Number
	last := []byte(nil)
	if len(wanted) == 0 || wanted[len(wanted)-1].item.Number != s.place {
		last = placeFrame(s.place)
	}
	if err := s.frames(wanted, last); err != nil {
		s.failed(err)
		return errWrite
	}
	for _, en := range wanted {
		s.edge.meters.replayed.Inc()
		if en.tally != nil {
			en.tally.replayed.Add(1)
		}
	}
	return nil
}

// follow writes what the queue brings, and heartbeats, until the receiver leaves,
// is cut off or is sent away.
func (s *session) follow(ctx context.Context) {
	e := s.edge
	beat := time.NewTimer(s.silence())
	defer beat.Stop()
	closing := e.closing
	var leave <-chan time.Time
	for due := false; ; {
		// First the place, then the queue: what is in neither the queue nor
		// written by now and is not above this place was not wanted.
		delivered := e.delivered.Load()
		batch, state := s.conn.take()
		switch {
		case state != connOpen:
			return
		case len(batch) > 0:
			if s.send(batch) != nil {
				return
			}
			due = false
			beat.Reset(s.silence())
			continue
		case due:
			s.place = max(s.place, delivered)
			if s.write(placeFrame(s.place)) != nil {
				return
			}
			due = false
			beat.Reset(s.silence())
		}
		select {
		case <-s.conn.wake:
		case <-beat.C:
			due = true
		case <-closing:
			closing = nil
			leave = time.After(rand.N(e.o.Spread))
		case <-leave:
			s.goodbye()
			return
		case <-ctx.Done():
			return
		}
	}
}

// silence is how long nothing may be written: up to a quarter less than the
// heartbeat's interval, so that connections that got the same item do not all
// beat at one moment.
func (s *session) silence() time.Duration {
	return s.edge.o.Heartbeat - rand.N(s.edge.o.Heartbeat/4+1)
}

// send writes live entries and takes their receipts.
func (s *session) send(batch []*entry) error {
	e := s.edge
	if err := s.frames(batch, nil); err != nil {
		stalled := s.failed(err)
		for _, en := range batch {
			if stalled {
				en.tally.cut.Add(1)
			} else {
				en.tally.gone.Add(1)
			}
		}
		return errWrite
	}
	now := e.o.Now()
	for _, en := range batch {
		delay := max(0, now.Sub(en.item.ClearTime))
		en.tally.sent.Add(1)
		en.tally.delays.add(delay)
		e.meters.live.Inc()
		e.meters.delay.Observe(delay.Seconds())
	}
	s.place = batch[len(batch)-1].item.Number
	return nil
}

// errWrite says that the connection takes no more; why has been counted.
var errWrite = errors.New("edge: the connection takes no more")

// frames writes entries, each under a deadline of its own, then what comes last,
// and flushes.
func (s *session) frames(entries []*entry, last []byte) error {
	for _, en := range entries {
		s.deadline()
		if _, err := s.w.Write(en.frame(s.edge, s.as)); err != nil {
			return err
		}
	}
	s.deadline()
	if _, err := s.w.Write(last); err != nil {
		return err
	}
	return s.rc.Flush()
}

// write writes and flushes.
func (s *session) write(b []byte) error {
	if err := s.frames(nil, b); err != nil {
		s.failed(err)
		return errWrite
	}
	return nil
}

// deadline gives the next write its time. Where the connection has no deadlines
// the queue's bound still holds.
func (s *session) deadline() {
	s.rc.SetWriteDeadline(time.Now().Add(s.edge.o.WriteTimeout))
}

// failed counts a failed write; stalled means the receiver did not read.
func (s *session) failed(err error) (stalled bool) {
	if errors.Is(err, http.ErrNotSupported) {
		s.edge.o.Log.Error("edge: a layer outside hides Flush; it must have an Unwrap method", "err", err)
	}
	if stalled = errors.Is(err, os.ErrDeadlineExceeded); stalled {
		s.edge.meters.cut.WithLabelValues("stalled").Inc()
	}
	return stalled
}

// header begins the answer.
func (s *session) header() {
	// A server's ReadTimeout would end the stream: the request has been read.
	s.rc.SetReadDeadline(time.Time{})
	h := s.w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no") // nginx would hold frames back
	s.w.WriteHeader(http.StatusOK)
}

// sendAway answers with a stream that holds a reconnection time only.
func (s *session) sendAway(reason string) {
	s.edge.meters.refused.WithLabelValues(reason).Inc()
	s.header()
	s.goodbye()
}

// goodbye sets a reconnection time before the end, different for everyone. No
// empty line follows: on a fresh connection that would set the receiver's place
// to the empty one (WHATWG HTML §9.2.6, dispatch, step 1).
func (s *session) goodbye() {
	s.write(retryLine(s.edge.o.Retry + rand.N(s.edge.o.Spread)))
}
