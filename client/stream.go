package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Filter says which items are wanted; it has the same meaning as that of a
// subscription. Values within a field are alternatives, fields are all
// demanded; the zero Filter wants everything.
type Filter struct {
	Languages     []string // BCP 47: en, ar, zh-Hans …
	Countries     []string // ISO 3166-1 alpha-2
	Sectors       []string // codes such as technology
	Subjects      []string // IPTC Media Topic codes
	Organisations []string // names of issuers
	Tickers       []string
	Priorities    []string // flash, urgent, ordinary
	Text          string   // a standing query, such as: "free trade" AND NOT sport
}

// Values returns the filter as parameters of /v1/stream.
func (f Filter) Values() url.Values {
	v := url.Values{}
	for name, values := range map[string][]string{
		"lang": f.Languages, "country": f.Countries, "sector": f.Sectors, "subject": f.Subjects,
		"org": f.Organisations, "ticker": f.Tickers, "priority": f.Priorities,
	} {
		for _, value := range values {
			v.Add(name, value)
		}
	}
	if f.Text != "" {
		v.Set("q", f.Text)
	}
	return v
}

// Stream follows one wire. Set the fields, then call Run once at a time; only
// Run writes to it.
type Stream struct {
	URL    string // address of the wire (https://wire.example) or of its stream (…/v1/stream)
	Key    string // API key, sent as Bearer; may be empty
	Filter Filter
	Format string // "ninjs" (the whole item) or "headline"; "" for the wire's default

	// Last is the place to resume at: everything wanted after that wire number
	// comes first, oldest first. "" is live only, from now on; "0" is all the
	// wire has. Run keeps it at the place after the last event that was handled,
	// so that a later Run, with Last stored in between, misses and repeats
	// nothing.
	Last string

	// Box, if set, has texts sent ahead of their clear time, sealed, and at it only
	// keys, which are much shorter (docs/embargo.md). handle is given the same items,
	// in the same order; what cannot be opened is fetched. Format must be ninjs. The
	// box may outlive the stream; only one stream may use it at a time.
	Box *Box
	// Refused, if set, is told of everything sent ahead that failed a check: a
	// *SealError, worth a report.
	Refused func(error)

	HTTP     *http.Client  // nil for one of its own; must have no total Timeout
	Idle     time.Duration // silence after which a connection counts as dead; 0 for 45 s, three heartbeats
	MaxWait  time.Duration // longest pause before a new attempt when the wire cannot be reached; 0 for 1 min
	MaxEvent int           // longest event in bytes; 0 for 16 MiB, 24 with a Box

	// Dropped, if set, is told why each connection ended and how long Run waits
	// before the next one.
	Dropped func(err error, wait time.Duration)
}

// StatusError is an answer of the wire that asking again will not change.
type StatusError struct {
	Status int
	Title  string // of the problem details (RFC 9457); may be empty
	Detail string
}

func (e *StatusError) Error() string {
	words := []string{fmt.Sprintf("client: the wire answered %d", e.Status)}
	for _, w := range []string{e.Title, e.Detail} {
		if w != "" {
			words = append(words, w)
		}
	}
	return strings.Join(words, ": ")
}

// errRetry is an answer worth asking again after, at the earliest after wait.
type errRetry struct {
	status int
	wait   time.Duration
}

func (e *errRetry) Error() string { return fmt.Sprintf("client: the wire answered %d", e.status) }

// errHandler wraps what the caller's function returned.
type errHandler struct{ err error }

func (e *errHandler) Error() string { return e.err.Error() }

const defaultRetry = 2 * time.Second

// Run follows the stream until the context ends (its error), handle returns an
// error (that error), the wire answers that it never will serve this request
// (*StatusError), an event is too long (ErrTooLong), or the wire asks to stop
// with 204 (nil). Everything else, a lost connection or a restarted server, it
// rides out: it connects again, waiting at least what the wire asked for, longer
// and longer while nothing answers, and resumes at Last.
//
// handle is called for one event at a time, in the order of the wire.
func (s *Stream) Run(ctx context.Context, handle func(Event) error) error {
	run := &run{Stream: s, handle: handle, http: s.HTTP, retry: defaultRetry, ready: make(chan string, readyMost)}
	if err := run.locate(); err != nil {
		return err
	}
	if run.http == nil {
		transport := http.DefaultTransport.(*http.Transport).Clone()
		defer transport.CloseIdleConnections()
		run.http = &http.Client{Transport: transport}
	}
	if s.Box != nil {
		announcing, stop := context.WithCancel(ctx)
		var done sync.WaitGroup
		defer done.Wait()
		defer stop()
		done.Go(func() { run.announce(announcing) })
	}
	return run.keepOn(ctx)
}

// keepOn connects again and again, as Run says.
func (r *run) keepOn(ctx context.Context) error {
	for failures := 0; ; {
		r.alive = false
		err := r.connect(ctx)
		var status *StatusError
		var handler *errHandler
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err == nil:
			return nil
		case errors.As(err, &handler):
			return handler.err
		case errors.As(err, &status), errors.Is(err, ErrTooLong):
			return err
		}
		if failures++; r.alive {
			failures = 0
		}
		if err := r.pause(ctx, err, failures); err != nil {
			return err
		}
	}
}

// locate finds out the URL of the stream, with the filter.
func (r *run) locate() error {
	u, err := url.Parse(r.URL)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
		return fmt.Errorf("client: %q is not the address of a wire; it looks like https://wire.example", r.URL)
	}
	if !strings.HasSuffix(u.Path, "/v1/stream") {
		u.Path = strings.TrimSuffix(u.Path, "/") + "/v1/stream"
	}
	r.query = u.RawQuery
	q := u.Query()
	for name, values := range r.Filter.Values() {
		q[name] = append(q[name], values...)
	}
	if r.Format != "" {
		q.Set("format", r.Format)
	}
	if r.Box != nil {
		q.Set("seal", "1")
	}
	u.RawQuery = q.Encode()
	r.address = u.String()
	return nil
}

// asking is the address to ask now: with the seals that are held at this moment.
func (r *run) asking() string {
	if r.Box == nil {
		return r.address
	}
	holds := r.Box.Holds()
	if len(holds) == 0 {
		return r.address
	}
	return r.address + "&holds=" + strings.Join(holds, ",")
}

// maxEvent is MaxEvent, or what holds without it.
func (r *run) maxEvent() int {
	switch {
	case r.MaxEvent > 0:
		return r.MaxEvent
	case r.Box != nil:
		return maxSealEvent
	}
	return 16 << 20
}

// authorize says who asks.
func (r *run) authorize(req *http.Request) {
	if r.Key != "" {
		req.Header.Set("Authorization", "Bearer "+r.Key)
	}
}

// run is the state of one call of Run.
type run struct {
	*Stream
	address string // of the stream, with the filter
	query   string // parameters of Stream.URL
	handle  func(Event) error
	http    *http.Client
	retry   time.Duration // reconnection time the wire asked for
	alive   bool          // the present connection gave at least one block
	ready   chan string   // seals that the wire is to hear of
}

// connect makes one connection and follows it to its end. It returns nil only
// if the wire asks to stop.
func (r *run) connect(ctx context.Context) error {
	idle := r.Idle
	if idle == 0 {
		idle = 45 * time.Second
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	watch := time.AfterFunc(idle, func() { cancel(errors.New("client: the connection fell silent")) })
	defer watch.Stop()

	if r.Box != nil {
		if err := r.learnKey(ctx); err != nil {
			return because(ctx, err)
		}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, r.asking(), nil)
	if err != nil {
		return err
	}
	req.Header.Set("Accept", "text/event-stream")
	req.Header.Set("Cache-Control", "no-store")
	// A compressed stream is held back in blocks; items must come as they are sent.
	req.Header.Set("Accept-Encoding", "identity")
	r.authorize(req)
	if r.Last != "" {
		req.Header.Set("Last-Event-ID", r.Last)
	}
	resp, err := r.http.Do(req)
	if err != nil {
		return because(ctx, err)
	}
	defer resp.Body.Close()
	if stop, err := answer(resp); stop || err != nil {
		return err
	}
	return because(ctx, r.follow(ctx, resp.Body, watch, idle))
}

// because prefers the reason a connection was given up to the error that made.
func because(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); cause != nil && errors.Is(err, context.Canceled) {
		return cause
	}
	return err
}

// follow hands on the events of one connection until it ends. Every read that
// brings something, heartbeats included, sets watch anew; it stands still while
// the caller works.
func (r *run) follow(ctx context.Context, body io.Reader, watch *time.Timer, idle time.Duration) error {
	p := newParser(watched{body, watch, idle}, r.maxEvent())
	p.lastID = r.Last
	for {
		b, err := p.next()
		if p.retry > 0 { // it holds from its line on, whatever follows
			r.retry = p.retry
		}
		if err != nil {
			return err
		}
		r.alive = true
		if b.dispatch {
			watch.Stop()
			if err := r.take(ctx, b.Event); err != nil {
				return err
			}
			watch.Reset(idle)
		}
		r.Last = b.ID
	}
}

// take hands an event on, or deals with it.
func (r *run) take(ctx context.Context, e Event) error {
	if r.Box != nil {
		item, err := r.ahead(ctx, &e)
		if err != nil || !item {
			return err
		}
	}
	if err := r.handle(e); err != nil {
		return &errHandler{err}
	}
	return nil
}

// watched sets a timer anew with every read that brought something.
type watched struct {
	io.Reader
	watch *time.Timer
	idle  time.Duration
}

func (w watched) Read(p []byte) (int, error) {
	n, err := w.Reader.Read(p)
	if n > 0 {
		w.watch.Reset(w.idle)
	}
	return n, err
}

// answer judges status and type: stop means the wire asks to stop.
func answer(resp *http.Response) (stop bool, err error) {
	switch code := resp.StatusCode; {
	case code == http.StatusOK:
		kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
		if kind != "text/event-stream" {
			return false, &StatusError{Status: code, Detail: fmt.Sprintf("with %q instead of an event stream; check the address", kind)}
		}
		return false, nil
	case code == http.StatusNoContent:
		return true, nil
	case code == http.StatusRequestTimeout, code == http.StatusTooEarly, code == http.StatusTooManyRequests, code >= 500:
		wait := time.Duration(0)
		if seconds, err := strconv.Atoi(resp.Header.Get("Retry-After")); err == nil && seconds > 0 {
			wait = maxRetry
			if seconds < int(maxRetry/time.Second) {
				wait = time.Duration(seconds) * time.Second
			}
		}
		return false, &errRetry{status: code, wait: wait}
	}
	problem := struct{ Title, Detail string }{}
	body, _ := io.ReadAll(io.LimitReader(resp.Body, 64<<10))
	if json.Unmarshal(body, &problem) != nil {
		problem.Title = http.StatusText(resp.StatusCode)
	}
	return false, &StatusError{Status: resp.StatusCode, Title: problem.Title, Detail: problem.Detail}
}

// pause waits before the next attempt: what the wire asked for, doubled with
// every failure up to MaxWait, and spread by half of it, so that a thousand
// clients cut off at one moment do not come back at one moment.
func (r *run) pause(ctx context.Context, why error, failures int) error {
	limit := r.MaxWait
	if limit <= 0 {
		limit = time.Minute
	}
	wait := r.retry
	for range failures {
		if wait >= limit {
			break
		}
		wait = min(2*wait, limit)
	}
	var retry *errRetry
	if errors.As(why, &retry) {
		wait = max(wait, retry.wait)
	}
	wait += rand.N(wait/2 + 1)
	if r.Dropped != nil {
		r.Dropped(why, wait)
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
