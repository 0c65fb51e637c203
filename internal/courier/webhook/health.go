package webhook

import (
	"context"
	"log/slog"
	"net/url"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/wireroom/wireroom/internal/courier"
	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/wire"
)

const (
	// suspendAfter is how long an endpoint may take nothing before it is
	// suspended, and suspendFailures how many deliveries that must have been: two
	// items far apart say little.
	suspendAfter    = 120 * time.Hour
	suspendFailures = 8
	// probeEvery is how long after its suspension an endpoint is tried for the
	// first time; each time that fails doubles it, up to probeAtMost.
	probeEvery  = time.Hour
	probeAtMost = 6 * time.Hour
	// flushEvery is how often what was found out is written, and what other
	// processes found out is read. So much of it a crash may lose.
	flushEvery = time.Second
	// maxAddress and maxCode bound what is kept of an endpoint.
	maxAddress = 2048
	maxCode    = 200
)

// Health knows how endpoints are, by address, in all processes on a store and
// over restarts. One that never failed costs nothing. It is safe for concurrent
// use.
type Health struct {
	HealthOptions

	mu      sync.RWMutex
	known   map[string]store.Endpoint // those that are not healthy, or are not written yet
	unsaved map[string]bool
	version int64 // of what was read

	writing sync.Mutex // one at a time writes; taken before mu
}

// HealthOptions are what health is kept with. Store and Now are required.
type HealthOptions struct {
	Store *store.Store
	Now   func() time.Time // UTC
	Log   *slog.Logger
	// Changed, if set, is told of every endpoint that was suspended, resumed or
	// said that it is gone, so that its outlet can be told. It must return soon
	// and not call Health.
	Changed func(store.Endpoint)
}

// OpenHealth reads how endpoints are.
func OpenHealth(ctx context.Context, o HealthOptions) (*Health, error) {
	if o.Log == nil {
		o.Log = slog.Default()
	}
	h := &Health{HealthOptions: o, known: map[string]store.Endpoint{}, unsaved: map[string]bool{}}
	return h, h.Flush(ctx)
}

// Run writes what is found out every second, and a last time when ctx ends.
func (h *Health) Run(ctx context.Context) {
	courier.Lessons{Of: "how endpoints are", Lost: "the last second of it is lost", Every: flushEvery, Write: h.Flush, Log: h.Log}.Keep(ctx)
}

// Note takes what came of a delivery to an address. What never was attempted
// must not be noted.
func (h *Health) Note(address string, r courier.Result, at time.Time) {
	if len(address) > maxAddress || !storable(address) {
		return
	}
	if r.Outcome == wire.Accepted {
		h.mu.RLock()
		_, known := h.known[address]
		h.mu.RUnlock()
		if !known {
			return
		}
	}
	h.mu.Lock()
	e, known := h.known[address]
	if !known {
		if r.Outcome == wire.Accepted {
			h.mu.Unlock()
			return
		}
		e = store.Endpoint{Address: address, State: store.EndpointHealthy}
	}
	was := e.State
	e.At, e.Code = at, shorten(r.Code)
	switch r.Outcome {
	case wire.Accepted:
		succeeded(&e, at)
	case wire.Deferred, wire.Failed:
		failed(&e, r.Gone, at)
	default:
		h.mu.Unlock()
		return
	}
	h.known[address], h.unsaved[address] = e, true
	h.mu.Unlock()
	if e.State != was {
		h.tell(e, was)
	}
}

// succeeded is what a delivery that was taken changes: whoever a person
// suspended stays so.
func succeeded(e *store.Endpoint, at time.Time) {
	e.Failures, e.Failing = 0, time.Time{}
	if e.State != store.EndpointHeld && e.State != store.EndpointHealthy {
		e.State, e.Since, e.Actor, e.Reason, e.Probes, e.Next = store.EndpointHealthy, at, "", "", 0, time.Time{}
	}
}

// failed is what a delivery that was not taken changes.
func failed(e *store.Endpoint, gone bool, at time.Time) {
	if e.Failures == 0 {
		e.Failing = at
	}
	e.Failures++
	switch {
	case gone && e.State != store.EndpointGone && e.State != store.EndpointHeld:
		e.State, e.Since, e.Actor, e.Reason, e.Next = store.EndpointGone, at, "", "answered that it wants nothing more", time.Time{}
	case e.State == store.EndpointHealthy:
		e.State, e.Since, e.Actor, e.Reason = store.EndpointFailing, at, "", ""
	case e.State == store.EndpointFailing && e.Failures >= suspendFailures && at.Sub(e.Failing) >= suspendAfter:
		e.State, e.Since, e.Actor, e.Reason = store.EndpointSuspended, at, "", "took nothing for five days"
		e.Probes, e.Next = 0, at.Add(probeEvery)
	}
}

// Admits reports whether a delivery that is not an amendment may be attempted.
// While an endpoint is suspended, one is as a probe when its time has come, and
// whoever was told so must attempt it.
func (h *Health) Admits(address string, at time.Time) bool {
	if !h.Suspended(address) {
		return true
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	e := h.known[address]
	if e.State != store.EndpointSuspended || at.Before(e.Next) {
		return !suspends(e.State)
	}
	e.Probes++
	e.Next = at.Add(min(probeEvery<<min(e.Probes, 10), probeAtMost))
	h.known[address], h.unsaved[address] = e, true
	return true
}

// Suspended reports whether an address gets nothing new.
func (h *Health) Suspended(address string) bool {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return suspends(h.known[address].State)
}

func suspends(s store.EndpointState) bool {
	return s == store.EndpointSuspended || s == store.EndpointHeld || s == store.EndpointGone
}

// Ill returns the addresses that did not take their last delivery, or are
// suspended.
func (h *Health) Ill() []string {
	h.mu.RLock()
	defer h.mu.RUnlock()
	var ill []string
	for address, e := range h.known {
		if e.State != store.EndpointHealthy {
			ill = append(ill, address)
		}
	}
	return ill
}

// Endpoint is what is known of an address; NotFound if it never failed.
func (h *Health) Endpoint(ctx context.Context, address string) (e store.Endpoint, err error) {
	h.mu.RLock()
	e, known := h.known[address]
	h.mu.RUnlock()
	if known {
		return e, nil
	}
	err = h.Store.Read(ctx, func(tx *store.Tx) error { e, err = tx.Endpoint(address); return err })
	return e, err
}

// Suspend has an address get nothing new until a person resumes it. Nothing that
// it takes meanwhile, as a correction, changes that.
func (h *Health) Suspend(ctx context.Context, actor, address, reason string) error {
	return h.act(ctx, address, func(e *store.Endpoint) {
		e.State, e.Since, e.Actor, e.Reason, e.Probes, e.Next = store.EndpointHeld, h.Now(), actor, shorten(reason), 0, time.Time{}
	})
}

// Resume has an address get what is new again, whatever it was before. What it
// missed is brought by a resend.
func (h *Health) Resume(ctx context.Context, actor, address string) error {
	return h.act(ctx, address, func(e *store.Endpoint) {
		*e = store.Endpoint{Address: e.Address, State: store.EndpointHealthy, Since: h.Now(), At: e.At, Code: e.Code, Actor: actor}
	})
}

// act changes an endpoint at once.
func (h *Health) act(ctx context.Context, address string, change func(*store.Endpoint)) error {
	if address == "" || len(address) > maxAddress || !storable(address) {
		return wire.Errorf(wire.Invalid, "address", "is not the address of an endpoint")
	}
	if err := h.Flush(ctx); err != nil {
		return err
	}
	h.writing.Lock()
	defer h.writing.Unlock()
	var e store.Endpoint
	was := store.EndpointHealthy
	err := h.Store.Write(ctx, func(tx *store.Tx) (err error) {
		if e, err = tx.Endpoint(address); wire.KindOf(err) == wire.NotFound {
			e, err = store.Endpoint{Address: address, State: store.EndpointHealthy}, nil
		}
		if err != nil {
			return err
		}
		was = e.State
		change(&e)
		_, err = tx.PutEndpoints([]store.Endpoint{e})
		return err
	})
	if err != nil {
		return err
	}
	h.mu.Lock()
	h.keep(e)
	delete(h.unsaved, address)
	h.mu.Unlock()
	if e.State != was {
		h.tell(e, was)
	}
	return nil
}

// Flush writes what was found out since the last time, and reads what other
// processes did, which counts where both know something.
func (h *Health) Flush(ctx context.Context) error {
	h.writing.Lock()
	defer h.writing.Unlock()
	h.mu.RLock()
	seen := h.version
	unsaved := make(map[string]store.Endpoint, len(h.unsaved))
	for address := range h.unsaved {
		unsaved[address] = h.known[address]
	}
	h.mu.RUnlock()

	var changed, saved []store.Endpoint
	var version int64
	exchange := func(tx *store.Tx) (err error) {
		if changed, version, err = tx.EndpointsChanged(seen); err != nil || len(unsaved) == 0 {
			return err
		}
		theirs := map[string]bool{}
		for _, e := range changed {
			theirs[e.Address] = true
		}
		saved = saved[:0]
		for address, e := range unsaved {
			if !theirs[address] {
				saved = append(saved, e)
			}
		}
		if len(saved) > 0 {
			version, err = tx.PutEndpoints(saved)
		}
		return err
	}
	use := h.Store.Read
	if len(unsaved) > 0 {
		use = h.Store.Write
	}
	if err := use(ctx, exchange); err != nil {
		return err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.version = version
	for _, e := range changed {
		h.keep(e)
		delete(h.unsaved, e.Address)
	}
	for _, e := range saved {
		if h.known[e.Address] == e { // else it changed meanwhile
			h.keep(e)
			delete(h.unsaved, e.Address)
		}
	}
	return nil
}

// keep remembers an endpoint that is written, if there is need to.
func (h *Health) keep(e store.Endpoint) {
	if e.State == store.EndpointHealthy {
		delete(h.known, e.Address)
		return
	}
	h.known[e.Address] = e
}

// tell says what became of an endpoint, by its host: the rest may be a secret.
func (h *Health) tell(e store.Endpoint, was store.EndpointState) {
	if !suspends(e.State) && !suspends(was) {
		return
	}
	host := ""
	if u, err := url.Parse(e.Address); err == nil {
		host = u.Host
	}
	h.Log.Info("an endpoint changed", "host", host, "from", was, "to", e.State, "failures", e.Failures, "by", e.Actor, "reason", e.Reason)
	if h.Changed != nil {
		h.Changed(e)
	}
}

// storable reports whether both databases take a text.
func storable(s string) bool { return utf8.ValidString(s) && !strings.ContainsRune(s, 0) }

func shorten(code string) string {
	code = strings.ReplaceAll(strings.ToValidUTF8(code, "?"), "\x00", "?")
	if runes := []rune(code); len(runes) > maxCode {
		return string(runes[:maxCode])
	}
	return code
}
