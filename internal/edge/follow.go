package edge

import (
	"context"
	"math/rand/v2"
	"time"
)

// follow writes what the queue brings, and heartbeats, until the receiver leaves,
// is cut off or is sent away. It serves those whom no shard can: over HTTP/2,
// over TLS in this process, on other systems than Linux.
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
		case state == connCut, state == connEnded:
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
			if s.write(s.form.Place(s.place)) != nil {
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
			s.goodbye(false)
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

// send writes what was in the queue and takes the receipts of the items.
func (s *session) send(batch []owed) error {
	e := s.edge
	frames := make([][]byte, len(batch))
	for i, o := range batch {
		if frames[i] = o.frame; o.frame == nil {
			frames[i] = o.en.frame(e, s.view)
			e.show(s.view)
		}
	}
	if err := s.out.write(e.o.WriteTimeout, frames...); err != nil {
		stalled := s.failed(err)
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
		s.place = o.en.item.Number
	}
	return nil
}
