package mail

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/wireroom/wireroom/internal/courier"
	"github.com/wireroom/wireroom/internal/wire"
)

// Carry delivers over one connection, which is opened when there is something
// to deliver. By DATA each flight takes the end of one letter and the envelope of the
// next (RFC 2920), so that a letter costs one turn; by BDAT several letters (see fly).
func (r *Relays) Carry(work, attempt context.Context, from courier.Source) {
	slot := r.slots[int(r.next.Add(1)-1)%len(r.slots)]
	w := r.newCarrier(attempt, slot.relay, slot.place, from)
	defer w.hangUp()
	for w.relay.ready(work, w.place) {
		p, ok := from.Next(true)
		if !ok {
			return
		}
		if w.prepare(p) {
			w.deliver()
		}
	}
}

// carrier is one worker with its connection. It belongs to one goroutine.
type carrier struct {
	relays *Relays
	relay  *relay
	place  int // among the relay's connections
	from   courier.Source
	ctx    context.Context
	talk   *conversation // nil: not connected
	x      scratch
	now    *parcel     // to be sent
	idle   []*parcel   // that nothing is in
	fleet  []*parcel   // under way in one flight
	alarm  *time.Timer // for what takes longer than promptTurn; nil before the first
	cause  error       // why the relay took no letters
}

func (r *Relays) newCarrier(ctx context.Context, one *relay, place int, from courier.Source) *carrier {
	return &carrier{relays: r, relay: one, place: place, from: from, ctx: ctx, now: &parcel{}}
}

// parcel is a letter to be sent.
type parcel struct {
	courier.Parcel
	letters *letters
	to      wire.Subscription // with the domain in ASCII
	utf8    bool
	domain  string
	counted bool // among those under way to its domain
	course  course
}

// prepare takes a parcel over as the one to be sent; false if it came to its
// end here.
func (w *carrier) prepare(p courier.Parcel) bool {
	now := w.now
	*now = parcel{Parcel: p, letters: p.Shipment.(*relayed).letters, to: p.Subscription}
	var err error
	if now.to.Address, now.utf8, err = asciiDomain(p.Subscription.Address); err != nil {
		now.Done(courier.Result{Outcome: wire.Failed, Code: "the address cannot be written to"})
		return false
	}
	now.domain = now.to.Address[strings.LastIndexByte(now.to.Address, '@')+1:]
	var wait time.Duration
	if wait, now.counted = w.relays.domains.enter(now.domain); wait > 0 {
		now.Later(wait)
		return false
	}
	ok, news, err := w.relay.draw(w.ctx)
	if !ok {
		w.cause = errSpent
		w.relays.noteSpent(w.relay, news, err)
		w.relays.domains.leave(now.domain, now.counted, nothing)
		now.Later(0) // another relay may take it
	}
	return ok
}

// errSpent says that a relay was given what its warm-up allows for a day.
var errSpent = errors.New("the relay is being warmed up and has had its letters of today")

// deliver sends the parcel and those that follow at once.
func (w *carrier) deliver() {
	if !w.connect() {
		return
	}
	for more := w.begin(w.atOnce); more; {
		if w.talk.chunking {
			more = w.fly()
		} else {
			more = w.transact()
		}
	}
	if w.talk != nil {
		w.talk.used = time.Now()
	}
}

// connect makes sure that there is a connection. While there is none to be had
// the parcel goes back: another relay may take it, at once.
func (w *carrier) connect() bool {
	if w.talk != nil && time.Since(w.talk.used) > idleTime {
		w.hangUp()
	}
	if w.talk != nil {
		return true
	}
	w.await()
	talk, err := converse(w.ctx, w.relay)
	w.alarm.Stop()
	if err != nil {
		w.refused(w.now, err)
		return false
	}
	w.talk = talk
	if !talk.chunking {
		w.relay.unchunked()
	}
	return true
}

func (w *carrier) hangUp() {
	if w.talk != nil {
		w.talk.quit()
		w.talk = nil
	}
}

// drop ends a connection that cannot be used any more.
func (w *carrier) drop() {
	w.talk.close()
	w.talk = nil
}

// refused gives a parcel back when the relay takes no letters at all, and lets
// the relay rest.
func (w *carrier) refused(p *parcel, cause error) {
	w.cause = cause
	if w.ctx.Err() == nil {
		if r, ok := errors.AsType[reply](cause); ok && r.code == 421 {
			w.relay.burdened()
		}
		w.relays.noteDown(w.relay, cause)
		w.relay.rest()
	}
	w.relays.domains.leave(p.domain, p.counted, nothing)
	w.relay.undraw()
	p.Later(0)
}

// begin says the envelope of the parcel; false if it came to its end instead,
// and no other followed from where they are taken.
func (w *carrier) begin(more func() (courier.Parcel, bool)) bool {
	for w.now.utf8 && !w.talk.utf8 {
		w.relays.domains.leave(w.now.domain, w.now.counted, nothing)
		w.relay.undraw()
		w.now.Done(courier.Result{Outcome: wire.Failed, Code: "553 5.6.7 the relay takes no addresses outside ASCII"}) // RFC 6531 §3.5
		if !w.take(more) {
			return false
		}
	}
	w.envelope()
	return true
}

// atOnce takes the next parcel from the source, if there is one.
func (w *carrier) atOnce() (courier.Parcel, bool) { return w.from.Next(false) }

// another takes one more parcel, if there is one, and says its envelope.
func (w *carrier) another(more func() (courier.Parcel, bool)) bool {
	return w.take(more) && w.begin(more)
}

func (w *carrier) take(more func() (courier.Parcel, bool)) bool {
	for !w.relay.resting(w.place) { // preparing one may have used up what the relay may be given
		p, ok := more()
		if !ok {
			return false
		}
		if w.prepare(p) {
			return true
		}
	}
	return false
}

// envelope says whom the letter is from and for.
func (w *carrier) envelope() {
	t := w.talk
	b := append(t.out.own, "MAIL FROM:<"...)
	b = w.now.letters.sender.AppendReturnPath(b, w.now.letters.item.Number, w.now.to.ID)
	b = append(b, '>')
	if w.now.utf8 {
		b = append(b, " SMTPUTF8"...)
	}
	b = append(append(append(b, "\r\nRCPT TO:<"...), w.now.to.Address...), ">\r\n"...)
	if !t.chunking {
		b = append(b, "DATA\r\n"...)
	}
	t.out.own = b
}

// course is how far a letter came, and what the relay said on the way.
type course struct {
	mail, rcpt, data, end reply
	sent                  bool // the relay may have the whole letter
	err                   error
}

// aside lets the next parcel be taken before this one has come to its end.
func (w *carrier) aside() *parcel {
	this := w.now
	if n := len(w.idle); n > 0 {
		w.now, w.idle = w.idle[n-1], w.idle[:n-1]
	} else {
		w.now = &parcel{}
	}
	return this
}

// ended takes note of what came of a parcel that was set aside.
func (w *carrier) ended(p *parcel) {
	w.conclude(p, p.course)
	w.talk.letters++
	w.idle = append(w.idle, p)
}

// transact brings the letter whose envelope was said to its end by DATA, and reports
// whether another's envelope was said behind it.
func (w *carrier) transact() bool {
	this := w.aside()
	w.talk.allow(letterTime)
	var more bool
	this.course, more = w.data(this)
	lost := this.course.lost()
	w.ended(this)
	if lost {
		w.drop()
	}
	if !more && !lost {
		more = w.another(w.atOnce)
	}
	if more && lost { // the next one's envelope went with the connection
		return w.connect() && w.begin(w.atOnce)
	}
	return more
}

// data sends a letter by DATA, and behind it the next envelope.
func (w *carrier) data(this *parcel) (c course, more bool) {
	t := w.talk
	if c.err = w.hearEnvelope(&c.mail, &c.rcpt, &c.data); c.err != nil {
		return c, false
	}
	if c.data.code != 354 {
		if c.mail.good() {
			c.err = t.reset()
		}
		return c, false
	}
	if c.mail.good() && c.rcpt.good() {
		if this.letters.write(&t.out, &w.x, &this.to, this.Foreseen) != nil {
			c.err = errUnwritten
			return c, false
		}
		c.sent = true
	}
	// RFC 2920 §3.1: where nobody is left to send it to, an empty letter ends it.
	t.out.own = append(t.out.own, ".\r\n"...)
	more = t.pipelining && w.another(w.atOnce)
	if c.err = t.send(); c.err == nil {
		c.end, c.err = t.hear()
	}
	return c, more
}

// hearEnvelope sends the envelope and hears the answers: in one flight, or
// command by command up to a refusal.
func (w *carrier) hearEnvelope(heard ...*reply) (err error) {
	t := w.talk
	if t.pipelining {
		if err = t.send(); err != nil {
			return err
		}
		for _, r := range heard {
			if *r, err = t.hear(); err != nil {
				return err
			}
		}
		return nil
	}
	commands := slices.Clone(t.out.own)
	t.out.reset()
	for _, r := range heard {
		command, rest, _ := strings.Cut(string(commands), "\n")
		commands = []byte(rest)
		t.out.own = append(append(t.out.own, command...), '\n')
		if err = t.send(); err != nil {
			return err
		}
		if *r, err = t.hear(); err != nil || !r.good() {
			return err
		}
	}
	return nil
}

// errUnwritten says that a letter could not be written; the relay waits for it
// and is left alone.
var errUnwritten = errors.New("the letter could not be written")

// refusal is the first answer that was not good.
func (c *course) refusal() reply {
	for _, r := range []reply{c.mail, c.rcpt, c.end, c.data} {
		if r.code != 0 && !r.good() {
			return r
		}
	}
	return reply{}
}

// lost reports whether nothing more can be said over the connection. RFC 5321 §3.8:
// a relay that says 421 is about to close it.
func (c *course) lost() bool { return c.err != nil || c.refusal().code == 421 }

// conclude says what came of a letter. RFC 5321 §4.2.1: 4xx may be tried again,
// 5xx must not; but what a relay says before it knows for whom a letter is, it
// says of us, and that can be mended.
func (w *carrier) conclude(p *parcel, c course) {
	domains := &w.relays.domains
	switch {
	case errors.Is(c.err, errUnwritten):
		domains.leave(p.domain, p.counted, nothing)
		p.Done(courier.Result{Outcome: wire.Failed, Code: errUnwritten.Error()})
	case c.end.good() && c.end.code != 0 && c.sent:
		domains.leave(p.domain, p.counted, took)
		w.relay.took()
		p.Done(courier.Result{Outcome: wire.Accepted, Code: "250"})
	case c.mail.code != 0 && !c.mail.good():
		w.refused(p, c.mail)
	case c.refusal().code != 0:
		r := c.refusal()
		if r.code == 421 {
			w.relay.burdened()
		}
		domains.leave(p.domain, p.counted, verdictOf(r))
		result := resultOf(r)
		if r.code == 421 {
			result.After = courier.AtOnce
		}
		p.Done(result)
	case !c.sent && w.talk.letters > 0 && w.ctx.Err() == nil: // a connection that had been idle
		domains.leave(p.domain, p.counted, nothing)
		w.relay.undraw()
		p.Later(0)
	case !c.sent && c.mail.code == 0:
		w.refused(p, c.err)
	default:
		// The relay may have it, where the letter was sent whole: then a second one
		// is a copy, under the same Message-ID, and would be one later too. To wait
		// helps nobody. It was an attempt, so that a letter at which relays break
		// does not break them for ever.
		domains.leave(p.domain, p.counted, nothing)
		p.Done(courier.Result{Outcome: wire.Deferred, Code: "connection: " + plainCause(c.err), After: courier.AtOnce})
	}
}
