package provider

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"path"
	"strings"
	"time"

	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/wire"
	"github.com/wireroom/wireroom/internal/wire/retryafter"
)

const (
	lookTime     = 30 * time.Second
	maxRedirects = 3
	maxBackOff   = 6 * time.Hour
	maxWait      = 24 * time.Hour // that a Retry-After is obeyed for
)

// unreadable is a look's problem where the document is at fault: what is wrong
// with it may quote a story, so it stands in the note of what was refused alone.
const unreadable = "brings a document that cannot be read; what was refused says why"

// Look fetches a provider's feed now, for an editor, and takes in what is new.
// What the feed's server says is noted in the provider's state and returned as
// Unavailable.
func (x *Intake) Look(ctx context.Context, actor wire.Actor, id wire.ProviderID) ([]wire.Arrival, error) {
	if err := manages(actor); err != nil {
		return nil, err
	}
	return x.look(ctx, id)
}

func (x *Intake) look(ctx context.Context, id wire.ProviderID) ([]wire.Arrival, error) {
	p, state, err := x.standing(ctx, id)
	if err != nil {
		return nil, err
	}
	if p.Pull == nil {
		return nil, wire.Errorf(wire.Conflict, string(id), "the provider has no feed to pull; it hands in by itself")
	}
	if p.Paused {
		return nil, wire.Errorf(wire.Conflict, string(id), "the provider is paused; resume it first")
	}
	arrivals, err := x.pull(ctx, &p, &state)
	if ctx.Err() != nil {
		return arrivals, ctx.Err()
	}
	every := time.Duration(p.Pull.Every) * time.Second
	now := x.Now()
	state.Looked, state.Problem = now, ""
	if err == nil {
		state.Failures, state.Next = 0, now.Add(every)
	} else {
		state.Failures++
		state.Problem = err.Error()
		state.Next = now.Add(max(x.spread(backOff(every, state.Failures)), waitAsked(err)))
		x.Log.Warn("cannot pull a provider's feed", "provider", id, "failures", state.Failures, "next", state.Next, "error", err)
	}
	x.failing.WithLabelValues(string(id)).Set(float64(state.Failures))
	if e := x.keepState(ctx, state); e != nil {
		return arrivals, e
	}
	return arrivals, err
}

// spread adds up to a quarter to a time.
func (x *Intake) spread(d time.Duration) time.Duration {
	return d + time.Duration(x.Spread()*float64(d)/4)
}

// backOff doubles the time between looks with every failure.
func backOff(every time.Duration, failures int) time.Duration {
	return min(max(every<<min(failures, 12), every), max(maxBackOff, every))
}

// asked is an answer that says how long to wait.
type asked struct{ wait time.Duration }

func (asked) Error() string { return "the server asks to wait" }

func waitAsked(err error) time.Duration {
	a, _ := errors.AsType[asked](err)
	return a.wait
}

// standing is a provider and its state.
func (x *Intake) standing(ctx context.Context, id wire.ProviderID) (p wire.Provider, s store.ProviderState, err error) {
	err = x.Store.Read(ctx, func(tx *store.Tx) error {
		if p, err = known(tx, id); err == nil {
			s, err = tx.ProviderState(id)
		}
		return err
	})
	return p, s, err
}

// keepState stores what a look changed; what others change meanwhile stays.
func (x *Intake) keepState(ctx context.Context, s store.ProviderState) error {
	return x.Store.Write(ctx, func(tx *store.Tx) error {
		now, err := tx.ProviderState(s.Provider)
		if err != nil {
			return err
		}
		now.ETag, now.Modified, now.Next, now.Looked, now.Failures, now.Problem = s.ETag, s.Modified, s.Next, s.Looked, s.Failures, s.Problem
		return tx.PutProviderState(now)
	})
}

// pull makes one conditional request (RFC 9110 §13.1) and takes in the answer.
// What it was is noted only once all of it is taken in.
func (x *Intake) pull(ctx context.Context, p *wire.Provider, state *store.ProviderState) ([]wire.Arrival, error) {
	resp, raw, err := x.fetch(ctx, p.Pull.URL, state)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode == http.StatusNotModified {
		x.subscribe(ctx, p, state.Hub, state.Topic)
		return nil, nil
	}
	arrivals, err := x.Take(ctx, p.ID, Delivery{Way: ByPull, Name: path.Base(resp.Request.URL.Path), Raw: raw, known: strings.HasSuffix(state.Problem, unreadable)})
	switch wire.KindOf(err) {
	case "":
	case wire.Invalid, wire.Exhausted:
		return arrivals, wire.Errorf(wire.Invalid, "feed", unreadable)
	default:
		return arrivals, err
	}
	state.ETag, state.Modified = bounded(resp.Header.Get("ETag")), bounded(resp.Header.Get("Last-Modified"))
	hub, topic := discover(resp, raw)
	x.subscribe(ctx, p, hub, topic)
	return arrivals, nil
}

// fetch gets a document, in lookTime. It returns an answer of 200, read to its
// end, or of 304.
func (x *Intake) fetch(ctx context.Context, address string, state *store.ProviderState) (*http.Response, []byte, error) {
	ctx, cancel := context.WithTimeout(ctx, lookTime)
	defer cancel()
	resp, err := x.follow(ctx, address, state)
	if err != nil {
		return nil, nil, err
	}
	defer resp.Body.Close()
	switch {
	case resp.StatusCode == http.StatusNotModified:
		return resp, nil, nil
	case resp.StatusCode == http.StatusTooManyRequests || resp.StatusCode == http.StatusServiceUnavailable:
		return nil, nil, wire.Errorf(wire.Unavailable, "feed", "answers %s: %w", resp.Status, asked{retryafter.Read(resp.Header.Get("Retry-After"), x.Now(), maxWait)})
	case resp.StatusCode == http.StatusGone:
		return nil, nil, wire.Errorf(wire.Unavailable, "feed", "is gone for good (410); ask the provider for its new address")
	case resp.StatusCode != http.StatusOK:
		return nil, nil, wire.Errorf(wire.Unavailable, "feed", "answers %s", resp.Status)
	}
	raw, err := io.ReadAll(io.LimitReader(resp.Body, MaxBytes+1))
	if err != nil {
		return nil, nil, wire.Errorf(wire.Unavailable, "feed", "breaks off: %w", withoutAddress(err))
	}
	if len(raw) > MaxBytes {
		return nil, nil, wire.Errorf(wire.Exhausted, "feed", "is larger than %d bytes; ask the provider for a shorter one", MaxBytes)
	}
	return resp, raw, nil
}

// withoutAddress leaves the address out of an error: it may hold a key, and
// errors end in logs.
func withoutAddress(err error) error {
	if e, ok := errors.AsType[*url.Error](err); ok {
		return e.Err
	}
	return err
}

// bounded is a header that is sent back as it came, unless it is too long to.
func bounded(s string) string {
	if len(s) > 500 {
		return ""
	}
	return s
}

// follow makes the request and follows redirects by itself, so that each goes
// through the guard of the client and none leaves http and https.
func (x *Intake) follow(ctx context.Context, address string, state *store.ProviderState) (*http.Response, error) {
	for range maxRedirects + 1 {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
		if err != nil {
			return nil, wire.Errorf(wire.Invalid, "feed", "leads to what is no address: %w", withoutAddress(err))
		}
		if req.URL.Scheme != "http" && req.URL.Scheme != "https" {
			return nil, wire.Errorf(wire.Invalid, "feed", "leads to an address of the scheme %q, which is neither http nor https", req.URL.Scheme)
		}
		req.Header.Set("User-Agent", "Wireroom")
		req.Header.Set("Accept", "application/vnd.iptc.g2.newsitem+xml, application/atom+xml, application/rss+xml, application/feed+json, application/json;q=0.9, application/xml;q=0.9, */*;q=0.5")
		if state.ETag != "" {
			req.Header.Set("If-None-Match", state.ETag)
		}
		if state.Modified != "" {
			req.Header.Set("If-Modified-Since", state.Modified)
		}
		resp, err := x.Client.Do(req)
		if err != nil {
			return nil, wire.Errorf(wire.Unavailable, "feed", "cannot be reached: %w", withoutAddress(err))
		}
		to := resp.Header.Get("Location")
		if resp.StatusCode < 300 || resp.StatusCode > 399 || resp.StatusCode == http.StatusNotModified || to == "" {
			return resp, nil
		}
		resp.Body.Close()
		next, err := req.URL.Parse(to)
		if err != nil {
			return nil, wire.Errorf(wire.Invalid, "feed", "leads to what is no address: %w", withoutAddress(err))
		}
		address = (&url.URL{Scheme: next.Scheme, Host: next.Host, Path: next.Path, RawPath: next.RawPath, RawQuery: next.RawQuery}).String()
	}
	return nil, wire.Errorf(wire.Unavailable, "feed", "leads on more than %d times", maxRedirects)
}
