package courier

import (
	"errors"
	"time"

	"github.com/wireroom/wireroom/internal/wire"
)

// source hands out the deliveries of a channel to one worker and takes their
// results.
type source struct {
	d *delivery
	q *queue
	// kept is for how many receipts it has room. Whichever comes first takes it: who
	// waits for room while holding some might wait for himself.
	kept int
}

// work attempts deliveries of one channel until the work stops.
func (d *delivery) work(q *queue, channel Channel) {
	from := &source{d: d, q: q}
	if carrier, ok := channel.(Carrier); ok {
		carrier.Carry(d.ctx, d.attempt, from)
		return
	}
	for {
		p, ok := from.Next(true)
		if !ok {
			return
		}
		p.Done(p.Shipment.Deliver(d.attempt, p.Subscription, p.Attempt))
	}
}

// Next implements Source. What needs no attempt gets its receipt on the way.
func (s *source) Next(wait bool) (Parcel, bool) {
	for {
		p, instead, ok := s.take(wait)
		if !ok || instead.Outcome == wire.Pending {
			return p, ok
		}
		s.receipt(&p, instead)
	}
}

// Beside implements Source. What needs no attempt is left for Next: its receipt might
// have to wait for room.
func (s *source) Beside() (Parcel, bool) {
	if !s.d.commit.keep() {
		return Parcel{}, false
	}
	s.kept++
	p, instead, ok := s.take(false)
	if ok && instead.Outcome == wire.Pending {
		p.beside = true
		return p, true
	}
	if ok {
		p.task.work.claim.add(-1)
		s.q.putBack(p.task)
	}
	s.spare()
	return Parcel{}, false
}

// take returns the next delivery that is this process's, ready to be attempted; or what
// its receipt says instead, where that is not Pending.
func (s *source) take(wait bool) (p Parcel, instead Result, ok bool) {
	for {
		t, ok := s.q.take(wait)
		if !ok {
			return Parcel{}, Result{}, false
		}
		if t.work.claim.holds(s.d.ctx) {
			t.work.claim.add(1)
			p := Parcel{task: t, from: s, Attempt: t.work.attempts[t.place] + 1}
			return p, s.ready(&p), true
		}
		if s.d.ctx.Err() != nil {
			s.q.putBack(t)
			return Parcel{}, Result{}, false
		}
		s.first(&Parcel{task: t}) // another process delivers it
		s.q.done(t, wire.Pending)
	}
}

// ready makes a parcel ready to be attempted, and is Pending; else it is what the receipt
// says of one that must not be, or cannot be yet.
func (s *source) ready(p *Parcel) Result {
	w := p.task.work
	if outcome, code := s.d.check(p.task, &p.Subscription); outcome != wire.Pending {
		return Result{Outcome: outcome, Code: code}
	}
	shipment, err := w.cargo.prepare(s.d.attempt)
	if errors.Is(err, errNothing) {
		return Result{Outcome: wire.Superseded}
	}
	if err != nil {
		s.d.c.Log.Error("cannot prepare a delivery; will be tried again", "item", w.Number, "channel", w.Channel, "error", err)
		return Result{Outcome: wire.Deferred, Code: codeNotReady, After: 5 * time.Second}
	}
	p.Shipment = shipment
	if _, ok := shipment.(Foreseer); ok && !p.task.retry {
		p.Foreseen = w.ahead.get(s.d, p.task)
	}
	return Result{Outcome: wire.Pending}
}

// check returns the outcome of a delivery that must not be attempted, Pending
// for one that may, and fills in whom it is for.
func (d *delivery) check(t task, to *wire.Subscription) (wire.Outcome, string) {
	c, w, s := d.c, t.work, t.to
	// Whoever was served gets what amends it whatever they want by now.
	owed := w.item.Action.Amends() && !w.strangers[t.place]
	switch {
	case c.fences.overtaken(w.item):
		return wire.Superseded, ""
	case s == nil:
		return wire.Failed, "no such subscription"
	case (!owed || w.Channel == wire.ByWebSub) && (s.Paused || s.Expires != 0 && s.Expires <= c.Now().UnixMicro()):
		// WebSub §5: whoever unsubscribed, or let the lease end, gets nothing more;
		// what changes a feed is in the feed.
		return wire.Suppressed, ""
	case !owed && s.Preference.AwayAt(c.Now()):
		return wire.Suppressed, "away"
	}
	if h := c.Health[w.Channel]; h != nil && !owed && !h.Admits(receiver(s), c.Now()) {
		return wire.Suppressed, "suspended"
	}
	*to = *s
	return wire.Pending, ""
}

// spare gives up room for a receipt, unless it was taken.
func (s *source) spare() {
	if s.kept > 0 {
		s.kept--
		s.d.commit.release()
	}
}

// done takes the result of an attempt. When the work was cut off before the
// receiver answered, nothing is known, and nothing is written.
func (s *source) done(p *Parcel, r Result) {
	p.task.work.cargo.release()
	if s.d.attempt.Err() != nil && r.Outcome != wire.Accepted {
		if p.beside {
			s.spare()
		}
		p.task.work.claim.add(-1)
		s.first(p)
		s.q.done(p.task, wire.Pending)
		return
	}
	if h := s.d.c.Health[p.task.work.Channel]; h != nil {
		h.Note(receiver(&p.Subscription), r, s.d.c.Now())
	}
	p.task.work.attempts[p.task.place] = p.Attempt
	r.Code = shorten(r.Code)
	s.receipt(p, r)
}

// later takes a parcel back that was not attempted.
func (s *source) later(p *Parcel, after time.Duration) {
	if p.beside {
		s.spare()
	}
	p.task.work.cargo.release()
	p.task.work.claim.add(-1)
	if after <= 0 {
		s.q.putBack(p.task)
		return
	}
	s.first(p)
	s.q.done(p.task, wire.Pending)
	s.q.postpone(p.task, s.d.c.Now().Add(after))
}

// first counts a first attempt as made.
func (s *source) first(p *Parcel) {
	if !p.task.retry {
		p.task.work.cargo.count(-1, 0)
		p.task.work.ahead.used()
	}
}

// receipt writes the receipt of a delivery and plans the next attempt of one
// that is deferred.
func (s *source) receipt(p *Parcel, result Result) {
	w := p.task.work
	r := wire.Receipt{Number: w.Number, Subscription: p.task.subscription(), Attempt: p.Attempt, Outcome: result.Outcome, Code: result.Code, At: s.d.c.Now()}
	r.Untried = r.Outcome.Spares() && r.Attempt == 1 && !w.inherited
	if r.Outcome == wire.Deferred {
		s.d.reschedule(w.cargo.channel, &r, result.After)
	}
	s.first(p)
	kept := s.kept > 0
	if kept {
		s.kept--
	}
	s.d.commit.receipt(p.task, r, result.Gone, kept)
	s.q.done(p.task, r.Outcome)
	if r.Outcome == wire.Deferred {
		s.q.postpone(p.task, r.Next)
	}
}
