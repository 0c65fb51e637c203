package edge

import (
	"errors"
	"math/rand/v2"
	"net/http"
	"os"
	"time"

	"github.com/wireroom/wireroom/internal/edge/frame"
)

// follower serves a receiver whom no shard can: over HTTP/2, over TLS in this process,
// on other systems than Linux. It belongs to one goroutine; conn alone is shared.
type follower struct {
	edge  *Edge
	form  frame.Form
	out   output
	conn  *conn // nil before there is one
	place int64 // the receiver's, after what was written so far
}

// stay serves a connection that was taken from its server, to its end.
func (f follower) stay(l line, p *pass, in listener) {
	// What it says is heard only now: a filter that came before it joined would be
	// one for no items.
	go in.listen(l)
	f.follow(f.edge.ctx.Done())
	f.end()
	f.edge.dismiss(p)
}

// end leaves the group, and closes what was taken from the server.
func (f *follower) end() {
	if f.conn != nil {
		f.edge.leave(f.conn)
	}
	if l, ok := f.out.(line); ok {
		l.Close()
	}
}

// follow writes what the queue brings, and heartbeats, until the receiver leaves,
// is cut off or is sent away, or ended is closed.
func (f *follower) follow(ended <-chan struct{}) {
	e := f.edge
	beat := time.NewTimer(f.silence())
	defer beat.Stop()
	closing := e.closing
	var leave <-chan time.Time
	for due := false; ; {
		// First the place, then the queue: what is in neither the queue nor
		// written by now and is not above this place was not wanted.
		delivered := e.delivered.Load()
		batch, state := f.conn.take()
		switch {
		case state == connCut, state == connEnded:
			return
		case len(batch) > 0:
			if f.send(batch) != nil {
				return
			}
			due = false
			beat.Reset(f.silence())
			continue
		case due:
			f.place = max(f.place, delivered)
			if f.write(f.form.Place(f.place)) != nil {
				return
			}
			due = false
			beat.Reset(f.silence())
		}
		select {
		case <-f.conn.wake:
		case <-beat.C:
			due = true
		case <-closing:
			closing = nil
			leave = time.After(rand.N(e.o.Spread))
		case <-leave:
			f.goodbye(false)
			return
		case <-ended:
			return
		}
	}
}

// silence is how long nothing may be written: up to a quarter less than the
// heartbeat's interval, so that connections that got the same item do not all
// beat at one moment.
func (f *follower) silence() time.Duration {
	return f.edge.o.Heartbeat - rand.N(f.edge.o.Heartbeat/4+1)
}

// send writes what was in the queue and takes the receipts of the items.
func (f *follower) send(batch []owed) error {
	e := f.edge
	frames := make([][]byte, len(batch))
	for i, o := range batch {
		if frames[i] = o.frame; o.frame == nil {
			frames[i] = o.en.frame(e, f.conn.view)
			e.show(f.conn.view)
		}
	}
	if err := f.out.write(e.o.WriteTimeout, frames...); err != nil {
		stalled := f.failed(err)
		for _, o := range batch {
			if stalled {
				o.cut()
			} else {
				o.gone()
			}
		}
		return errWrite
	}
	now := e.o.Now()
	for i, o := range batch {
		if o.en == nil {
			continue
		}
		e.sent(o.en, len(frames[i]), now.Sub(o.en.item.ClearTime))
		f.place = o.en.item.Number
	}
	return nil
}

// errWrite says that the connection takes no more; why has been counted.
var errWrite = errors.New("edge: the connection takes no more")

// write writes frames.
func (f *follower) write(frames ...[]byte) error {
	if err := f.out.write(f.edge.o.WriteTimeout, frames...); err != nil {
		f.failed(err)
		return errWrite
	}
	return nil
}

// failed counts a failed write; stalled means the receiver did not read.
func (f *follower) failed(err error) (stalled bool) {
	if errors.Is(err, http.ErrNotSupported) {
		f.edge.o.Log.Error("edge: a layer outside hides Flush or Hijack; it must have an Unwrap method", "err", err)
	}
	if stalled = errors.Is(err, os.ErrDeadlineExceeded); stalled {
		f.edge.meters.cut.WithLabelValues("stalled").Inc()
	}
	return stalled
}

// goodbye sets a reconnection time before the end, different for everyone.
func (f *follower) goodbye(first bool) {
	_ = f.write(f.form.Goodbye(f.edge.away(), first)) // it ends in any case
}
