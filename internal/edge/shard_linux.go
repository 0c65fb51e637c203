package edge

import (
	"math/rand/v2"
	"os"
	"slices"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"github.com/wireroom/wireroom/internal/edge/frame"
	"github.com/wireroom/wireroom/internal/edge/websocket"
)

// shard serves a part of the desktops from one goroutine: it writes what is
// ready to sockets that take it at once, and hears of the others from epoll
// (epoll(7), edge-triggered). Everything in it but orders belongs to that
// goroutine.
type shard struct {
	edge  *Edge
	index int
	poll  *os.File // of epoll, itself waited for by the runtime's poller
	wake  int      // eventfd(2): there are orders

	mu     sync.Mutex
	orders []func() // guarded by mu
	closed bool     // guarded by mu: nobody obeys any more
	ended  bool

	byFile  []*desktop // by descriptor
	all     []*desktop
	debtors map[*desktop]struct{}

	delivered int64  // every desktop that wants items up to here has or is owed them
	tick      uint32 // ticks since the beginning
	sweep     int    // place among all that is looked at next
	leaving   int    // ticks of Shutdown that are left; 0 if it has not begun
	turn      []seat
	unsorted  map[*group]struct{} // whose rows are not in the order of sockets
	delays    delayCounts
	room      []byte  // to read into
	tours     []*tour // seals on their way
}

// order has f run in the shard's goroutine, after all that was ordered before. It
// reports false if the shard has ended.
func (s *shard) order(f func()) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	if s.orders = append(s.orders, f); len(s.orders) == 1 {
		s.rouse()
	}
	return true
}

// obey runs what was ordered.
func (s *shard) obey() {
	s.mu.Lock()
	orders := s.orders
	s.orders = nil
	s.mu.Unlock()
	for _, f := range orders {
		f()
	}
}

// clock orders a tick in every interval, until it is stopped or the edge ends.
func (s *shard) clock() (stop func()) {
	done := make(chan struct{})
	go func() {
		t := time.NewTicker(s.edge.tick)
		defer t.Stop()
		for {
			select {
			case <-t.C:
				s.order(s.pulse)
			case <-s.edge.ctx.Done():
				s.order(func() { s.ended = true })
				return
			case <-done:
				return
			}
		}
	}()
	return func() { close(done) }
}

// ready handles what epoll says of a socket.
func (s *shard) ready(ev *unix.EpollEvent) {
	if int(ev.Fd) == s.wake {
		var b [8]byte
		_, _ = unix.Read(s.wake, b[:])
		return
	}
	if int(ev.Fd) >= len(s.byFile) || s.byFile[ev.Fd] == nil {
		return // it was dropped a moment ago
	}
	d := s.byFile[ev.Fd]
	if ev.Events&unix.EPOLLOUT != 0 && d.debt != nil && !s.pay(d) {
		return
	}
	if ev.Events&(unix.EPOLLIN|unix.EPOLLRDHUP|unix.EPOLLHUP|unix.EPOLLERR) != 0 {
		s.read(d)
	}
}

// join takes a desktop in, with what was read of it.
func (s *shard) join(d *desktop, read []byte) {
	ev := unix.EpollEvent{Events: unix.EPOLLIN | unix.EPOLLOUT | unix.EPOLLRDHUP | unix.EPOLLET, Fd: d.file}
	for int(d.file) >= len(s.byFile) {
		s.byFile = append(s.byFile, nil)
	}
	s.byFile[d.file] = d
	d.place, s.all = int32(len(s.all)), append(s.all, d)
	d.wrote, d.socket = s.tick, socketNumber(d.file)
	s.enter(d)
	if err := s.control(unix.EPOLL_CTL_ADD, d, &ev); err != nil {
		s.edge.o.Log.Error("edge: a connection cannot be waited for", "err", err)
		s.drop(d, owed.gone)
		return
	}
	if d.in != nil && len(read) > 0 {
		s.heard(d, read)
	}
}

// drop ends a connection; fate is that of what it was still owed.
func (s *shard) drop(d *desktop, fate func(owed)) {
	if s.byFile[d.file] != d {
		return // it has ended
	}
	s.byFile[d.file] = nil
	if d.debt != nil {
		for _, o := range d.debt.frames {
			fate(o)
		}
		d.debt = nil
		delete(s.debtors, d)
	}
	s.exit(d)
	s.skip(d)
	last := len(s.all) - 1
	s.all[d.place] = s.all[last]
	s.all[d.place].place = d.place
	s.all[last] = nil
	s.all = s.all[:last]
	unix.Close(int(d.file)) // which takes it out of epoll, too
	s.edge.left(s, d)
}

// left counts a desktop out.
func (e *Edge) left(s *shard, d *desktop) {
	e.mu.Lock()
	d.group.seatLeft(s.index)
	e.dissolve(d.group)
	e.mu.Unlock()
	e.dismiss(d.pass)
}

// clockFrames is for how many frames of an item the clock is read once, after the
// last of them: no delay is told shorter than it was.
const clockFrames = 8

// publish sends an item to everyone in the groups, in an order of its own.
func (s *shard) publish(en *entry, groups []*group) {
	e := s.edge
	s.gather(en, groups)
	en.tally.offered.Add(int64(len(s.turn)))
	var frames [encodings][frame.Forms][]byte
	var written, bytes int64 // since the clock was read
	for i := range draw(len(s.turn)) {
		t := &s.turn[i]
		v := t.view
		if v.as == sealedEncoding && s.lacks(t.d, en) {
			v = v.unsealed()
		}
		f := &frames[v.as][v.form]
		if *f == nil {
			*f = en.frame(e, v)
			e.show(v)
		}
		o := owed{en: en, frame: *f}
		if t.apart && t.d.debt != nil {
			s.owe(t.d, o)
			continue
		}
		n, err := write(t.file, *f)
		if n != len(*f) {
			s.unsent(t.d, o, n, err)
			continue
		}
		if t.apart {
			s.seatOf(t.d).apart = false // it has what the others have
			t.d.wrote = s.tick
		}
		if written, bytes = written+1, bytes+int64(n); written == clockFrames {
			s.delays.add(written, bytes, e.o.Now().Sub(en.item.ClearTime))
			written, bytes = 0, 0
		}
	}
	if written > 0 {
		s.delays.add(written, bytes, e.o.Now().Sub(en.item.ClearTime))
	}
	clear(s.turn)
	s.delivered = en.item.Number
	e.sentTo(en, &s.delays)
}

// send writes a frame of no item, as far as the socket takes it at once; the rest is
// owed.
func (s *shard) send(d *desktop, f []byte) {
	o := owed{frame: f}
	if d.debt != nil {
		s.owe(d, o)
		return
	}
	n, err := write(d.file, f)
	if n != len(f) {
		s.unsent(d, o, n, err)
		return
	}
	d.wrote = s.tick
}

// unsent goes on with a frame that the socket of a desktop, which was owed nothing,
// took n bytes of.
func (s *shard) unsent(d *desktop, o owed, n int, err error) {
	if err != nil && err != unix.EAGAIN {
		s.drop(d, owed.gone)
		o.gone()
		return
	}
	d.debt = &debt{since: s.tick}
	s.debtors[d] = struct{}{}
	s.seatOf(d).apart = true
	o.frame, o.begun = o.frame[max(n, 0):], n > 0
	s.owe(d, o)
}

// owe puts off a frame, or cuts off a desktop that is owed too many: it must
// resume, for nothing may be missing in the middle.
func (s *shard) owe(d *desktop, o owed) {
	if d.debt.last {
		o.gone()
		return
	}
	if o.en != nil {
		d.debt.frames = spared(d.debt.frames, o.en)
	}
	d.debt.frames = append(d.debt.frames, o)
	if len(d.debt.frames) > s.edge.o.Queue {
		s.edge.meters.cut.WithLabelValues("overflow").Inc()
		s.drop(d, owed.cut)
	}
}

// pay sends what a desktop is owed, as far as its socket takes it. It reports
// whether the connection is still there.
func (s *shard) pay(d *desktop) bool {
	for len(d.debt.frames) > 0 {
		o := &d.debt.frames[0]
		n, err := write(d.file, o.frame)
		if n > 0 {
			o.frame, o.begun = o.frame[n:], true
			d.debt.since, d.wrote = s.tick, s.tick
		}
		if len(o.frame) > 0 {
			if err == nil || err == unix.EAGAIN {
				return true // epoll tells when it takes more
			}
			s.drop(d, owed.gone)
			return false
		}
		if o.en != nil {
			s.edge.sent(o.en, len(o.en.frame(s.edge, d.view)), s.edge.o.Now().Sub(o.en.item.ClearTime))
		}
		d.debt.frames = d.debt.frames[1:]
	}
	if d.debt.last {
		s.drop(d, owed.gone)
		return false
	}
	d.debt = nil
	delete(s.debtors, d)
	s.seatOf(d).apart = d.after > s.delivered
	return true
}

// say writes a frame of no item.
func (s *shard) say(d *desktop, f []byte) {
	if s.byFile[d.file] == d {
		s.send(d, f)
	}
}

// finish ends a connection after what it is owed.
func (s *shard) finish(d *desktop) {
	switch {
	case s.byFile[d.file] != d:
	case d.debt == nil:
		s.drop(d, owed.gone)
	default:
		d.debt.last = true
	}
}

// read takes what a receiver sent: its messages on a WebSocket, otherwise that it
// has left.
func (s *shard) read(d *desktop) {
	for noise := 0; s.byFile[d.file] == d; {
		n, err := unix.Read(int(d.file), s.room)
		switch {
		case n > 0 && d.in != nil:
			s.heard(d, s.room[:n])
		case n > 0:
			if noise += n; noise > maxNoise {
				s.drop(d, owed.gone)
			}
		case err == unix.EAGAIN:
			return
		case err == unix.EINTR:
		default:
			s.drop(d, owed.gone)
		}
	}
}

// Messages that a receiver may send in a time: it changes its mind as often as a
// person types.
const (
	budget      = 100
	budgetTicks = 40
)

// heard takes what a receiver sent on its WebSocket.
func (s *shard) heard(d *desktop, b []byte) {
	if d.said += 1 + len(b)/1024; d.said > budget {
		s.say(d, websocket.Close(websocket.PolicyViolation, "too many messages"))
		s.finish(d)
		return
	}
	err := s.edge.hear(d.in, b, voice{
		form:     d.form,
		entitled: d.entitled,
		say:      func(f []byte) { s.say(d, f) },
		filter: func(w want) error {
			return s.edge.regroup(s, d, w)
		},
		ready: s.edge.acknowledge,
		fetch: func(number int64) {
			s.edge.fetch(number, d.view, want{entitled: d.entitled}, func(f []byte) { s.order(func() { s.say(d, f) }) })
		},
	})
	if err != nil {
		s.finish(d)
	}
}

// regroup gives a desktop another filter, for all items after those that are in
// its shard's orders by now.
func (e *Edge) regroup(s *shard, d *desktop, w want) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	g, err := e.groupOf(w)
	if err != nil {
		return err
	}
	g.seatTaken(s.index)
	s.order(func() {
		if s.byFile[d.file] != d {
			e.mu.Lock()
			g.seatLeft(s.index)
			e.dissolve(g)
			e.mu.Unlock()
			return
		}
		before := d.group
		s.exit(d)
		d.group = g
		s.enter(d)
		e.mu.Lock()
		before.seatLeft(s.index)
		e.dissolve(before)
		e.mu.Unlock()
		s.say(d, d.form.Filter(max(s.delivered, d.after)))
	})
	return nil
}

// expel sends everyone under some passes away.
func (s *shard) expel(ended []*pass) {
	for i := len(s.all) - 1; i >= 0; i-- { // who is dropped is replaced by the last
		if d := s.all[i]; slices.Contains(ended, d.pass) {
			s.say(d, d.form.Goodbye(s.edge.away(), false))
			s.finish(d)
		}
	}
}

// pulse does what is to be done in every tick: heartbeats, the end of those who
// do not read, the way out when the edge ends.
func (s *shard) pulse() {
	s.tick++
	if s.tick%budgetTicks == 0 {
		for _, d := range s.all {
			d.said = 0
		}
	}
	stalled := uint32(s.edge.o.WriteTimeout / s.edge.tick)
	for d := range s.debtors {
		if s.tick-d.debt.since > stalled {
			s.edge.meters.cut.WithLabelValues("stalled").Inc()
			s.drop(d, owed.cut)
		}
	}
	s.sort()
	s.beat()
	s.tour()
	if s.edge.shuttingDown() {
		s.sendAway()
	}
}

// beat looks at a part of the desktops, at each three times in the heartbeat's
// interval, and moves the place of those that got nothing for two thirds of it.
func (s *shard) beat() {
	silent := uint32(s.edge.o.Heartbeat * 2 / 3 / s.edge.tick)
	var frames [frame.Forms][]byte
	sweep := int(s.edge.o.Heartbeat / 3 / s.edge.tick)
	for range (len(s.all) + sweep - 1) / sweep {
		if len(s.all) == 0 {
			return
		}
		s.sweep = (s.sweep + 1) % len(s.all)
		d := s.all[s.sweep]
		if s.tick-d.wrote < silent || d.debt != nil {
			continue
		}
		if d.wrote = s.wrote(d); s.tick-d.wrote < silent {
			continue
		}
		if d.after > s.delivered {
			s.send(d, d.form.Place(d.after))
			continue
		}
		f := &frames[d.form]
		if *f == nil {
			*f = d.form.Place(s.delivered)
		}
		s.send(d, *f)
	}
}

// sendAway sends some away, by lot, so that all have left in Options.Spread.
func (s *shard) sendAway() {
	if s.leaving == 0 {
		s.leaving = int(s.edge.o.Spread/s.edge.tick) + 1
	}
	for range (len(s.all) + s.leaving - 1) / s.leaving {
		d := s.all[rand.IntN(len(s.all))]
		s.say(d, d.form.Goodbye(s.edge.away(), false))
		s.finish(d)
	}
	s.leaving = max(1, s.leaving-1)
}
