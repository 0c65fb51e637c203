package mail

import (
	"math/rand/v2"
	"regexp"
	"sync"
	"sync/atomic"
	"time"
)

// domains are the limits of receivers' domains, as learnt from their refusals.
// A domain nobody complained of has none and costs nothing. It is safe for
// concurrent use.
type domains struct {
	troubled atomic.Int32 // how many have limits
	mu       sync.Mutex
	all      map[string]*domain
}

// domain is one with limits.
type domain struct {
	window   int // letters that may be under way at a time
	underWay int
	refusals int // in a row
	rest     time.Duration
	until    time.Time // it rests before
}

// The limits begin at firstWindow letters at a time, are halved by each refusal
// and raised by each success, and are forgotten beyond lastWindow. After
// restAfter refusals in a row the domain rests, longer each time.
const (
	firstWindow = 8
	lastWindow  = 64
	restAfter   = 3
	firstRest   = 30 * time.Second
	longestRest = 15 * time.Minute
)

// verdict is what a letter's end says of its domain.
type verdict int

const (
	nothing  verdict = iota
	took             // it takes letters
	burdened         // it is asked too much
)

var (
	// oneReader are words, and tooMuch others, by which a refusal without a code that
	// tells means one recipient or all of a domain. Greylisting (RFC 6647) is about one
	// and wants nothing but another attempt.
	oneReader = regexp.MustCompile(`(?i)\b(gr[ea]y-?list\w*|mailbox|quota)\b`)
	tooMuch   = regexp.MustCompile(`(?i)\b(rate|too (many|much)|throttl\w*|unusual|unexpected volume|limits?|busy|slow down|temporarily deferred|try again later)\b`)
	enhanced  = regexp.MustCompile(`^4\.(\d{1,3})\.(\d{1,3})\b`)
)

// verdictOf reads a refusal: by its code (RFC 3463), where that tells whom it means, or
// else by its words.
func verdictOf(r reply) verdict {
	if r.code >= 500 {
		return nothing
	}
	if code := enhanced.FindStringSubmatch(r.text); code != nil {
		switch about, detail := code[1], code[2]; {
		case about == "1", about == "2", about == "6": // an address, a mailbox, a letter
			return nothing
		case about == "3" && (detail == "1" || detail == "2"), about == "4" && detail == "5", about == "5" && detail == "3": // full, closed, congested, too many at a time
			return burdened
		}
	}
	if !oneReader.MatchString(r.text) && tooMuch.MatchString(r.text) {
		return burdened
	}
	return nothing
}

// enter asks to send a letter to a domain: how long to wait first, or 0 and
// whether it is counted until it leaves.
func (d *domains) enter(name string) (wait time.Duration, counted bool) {
	if d.troubled.Load() == 0 {
		return 0, false
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	one := d.all[name]
	if one == nil {
		return 0, false
	}
	if rest := time.Until(one.until); rest > 0 {
		return rest + rand.N(time.Second), false
	}
	if one.underWay >= one.window {
		return time.Second/2 + rand.N(time.Second/2), false
	}
	one.underWay++
	return 0, true
}

// leave says what came of a letter to a domain.
func (d *domains) leave(name string, counted bool, v verdict) {
	if v != burdened && d.troubled.Load() == 0 {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	one := d.all[name]
	if one == nil {
		if v != burdened {
			return
		}
		if d.all == nil {
			d.all = map[string]*domain{}
		}
		one = &domain{window: 2 * firstWindow}
		d.all[name] = one
		d.troubled.Add(1)
	}
	if counted {
		one.underWay--
	}
	switch v {
	case took:
		one.refusals = 0
		if one.window++; one.window > lastWindow {
			delete(d.all, name)
			d.troubled.Add(-1)
		}
	case burdened:
		one.window = max(1, one.window/2)
		if one.refusals++; one.refusals >= restAfter && !one.until.After(time.Now()) {
			one.rest = min(max(2*one.rest, firstRest), longestRest)
			one.until = time.Now().Add(one.rest)
			one.refusals = 0
		}
	}
}
