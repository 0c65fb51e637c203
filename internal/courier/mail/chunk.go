package mail

import (
	"errors"
	"time"
)

// Letters by BDAT (RFC 3030) wait for no leave, so several travel in one flight, each
// behind its envelope. That is for a relay that takes them at once: where it takes its
// time, those behind would wait for those before, while other connections are free.
const (
	mostFlown  = 16                    // letters in a flight
	fullFlight = 256 << 10             // bytes after which no other letter boards
	quickTurn  = 10 * time.Millisecond // that a flight may take beyond the shortest turn; else the next is half as long
	waryFor    = 16                    // full flights after that before they grow again
)

// fly brings the letter whose envelope was said to its end by BDAT, with others that
// are there at once, and reports whether another's envelope was said behind them.
func (w *carrier) fly() bool {
	if !w.board() {
		return w.talk != nil && w.another(w.atOnce)
	}
	t, began := w.talk, time.Now()
	w.await()
	err := t.send()
	last := w.fleet[len(w.fleet)-1]
	for i, p := range w.fleet {
		if err == nil {
			t.allow(letterTime)
			err = w.land(p, i > 0)
		} else {
			p.course.err = err
			p.course.sent = p.course.sent && !errors.Is(err, errClosing) // what stands behind that it has not looked at
		}
		if p == last { // before the receipt, which may have to wait
			w.landed(err == nil, time.Since(began))
		}
		w.ended(p)
	}
	w.fleet = w.fleet[:0]
	if err == nil && !last.course.end.good() { // RFC 3030 §2: what is left of the transaction is undefined
		err = t.reset()
	}
	if err != nil {
		w.drop()
		return false
	}
	return w.another(w.atOnce)
}

// await has the relay take note if what begins takes longer than promptTurn.
func (w *carrier) await() {
	if w.alarm == nil {
		w.alarm = time.AfterFunc(promptTurn, w.relay.late)
	} else {
		w.alarm.Reset(promptTurn)
	}
}

// landed learns from a flight that came to its end.
func (w *carrier) landed(well bool, took time.Duration) {
	if w.alarm.Stop() && well {
		w.relay.prompt()
	}
	w.talk.measure(len(w.fleet), took)
}

// errClosing says that the relay closes the connection, RFC 5321 §3.8.
var errClosing = errors.New("mail: the relay closes the connection")

// board makes a flight of the letter whose envelope was said and of others; false if
// it came to its end here.
func (w *carrier) board() bool {
	t := w.talk
	t.allow(letterTime)
	idle := t.letters > 0 && !t.used.IsZero()
	if idle && !w.knock() {
		return false
	}
	if !w.load(mark{}) {
		if idle { // the relay has the envelope, and waits for the letter
			w.drop()
		}
		return false
	}
	for len(w.fleet) < t.flown && t.out.len() < fullFlight {
		here := t.out.end()
		t.say("RSET") // RFC 3030 §2: should the letter before be refused
		if !w.another(w.from.Beside) {
			t.out.cut(here)
			break
		}
		w.load(here)
	}
	return true
}

// knock sends the envelope ahead over a connection that was idle, which may be gone:
// what follows cannot be taken back. It returns false if that was the end of it.
func (w *carrier) knock() bool {
	t, c := w.talk, &w.now.course
	t.used = time.Time{}
	c.err = w.hearEnvelope(&c.mail, &c.rcpt)
	if c.err == nil && c.mail.good() && c.rcpt.good() {
		return true
	}
	if c.err == nil {
		c.err = t.reset()
	}
	p := w.aside()
	w.ended(p)
	if p.course.lost() {
		w.drop()
	}
	return false
}

// load puts the letter itself behind its envelope. One that cannot be written comes to
// its end, and leaves the flight as it was.
func (w *carrier) load(before mark) bool {
	t, p := w.talk, w.aside()
	t.out.own = append(t.out.own, "BDAT 0000000000 LAST\r\n"...) // the size is filled in below
	begins, digit := t.out.len(), len(t.out.own)-len(" LAST\r\n")-1
	if p.letters.write(&t.out, &w.x, &p.to, p.Foreseen) != nil {
		t.out.cut(before)
		p.course.err = errUnwritten
		w.ended(p)
		return false
	}
	for n := t.out.len() - begins; n > 0; n, digit = n/10, digit-1 {
		t.out.own[digit] = byte('0' + n%10)
	}
	p.course.sent = true
	w.fleet = append(w.fleet, p)
	return true
}

// land hears what becomes of a letter. It returns an error if nothing more can be said
// over the connection.
func (w *carrier) land(p *parcel, reset bool) error {
	c := &p.course
	hear := func(r *reply) error {
		if *r, c.err = w.talk.hear(); c.err == nil && r.code == 421 {
			return errClosing
		}
		return c.err
	}
	if reset {
		var r reply
		if err := hear(&r); err != nil {
			c.err, c.sent = err, !errors.Is(err, errClosing)
			return err
		}
	}
	for _, r := range []*reply{&c.mail, &c.rcpt, &c.end} {
		if r.code != 0 {
			continue // it was asked ahead
		}
		if err := hear(r); err != nil {
			return err
		}
	}
	return nil
}
