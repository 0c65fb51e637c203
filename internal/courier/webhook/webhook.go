// Package webhook delivers items to outlets' endpoints, signed by the Standard
// Webhooks scheme.
//
// It owns the request and its signature, how endpoints are, and the way to
// addresses that outlets chose, which it refuses to be led by to where they have
// no business. When to try again is its schedule; that it happens is the
// courier's matter. It decides nothing about who gets what.
package webhook

import (
	"bytes"
	"context"
	"crypto"
	"encoding/json"
	"hash/maphash"
	"net/http"
	"net/http/httptrace"
	"runtime"
	"strconv"
	"sync"
	"time"

	"github.com/wireroom/wireroom/internal/courier"
	"github.com/wireroom/wireroom/internal/format"
	"github.com/wireroom/wireroom/internal/format/ninjs"
	"github.com/wireroom/wireroom/internal/format/offer"
	"github.com/wireroom/wireroom/internal/wire"
)

// firstTimeout is how long, once it is connected to, an endpoint that is not
// known to be good may say nothing at the first attempt: what hangs is found out
// early, and tried again with all the time it may take. How long it takes to
// connect to thousands at a time is no fault of theirs.
const firstTimeout = 5 * time.Second

// Webhooks is the channel. It is safe for concurrent use.
type Webhooks struct {
	site  format.Site
	way   http.RoundTripper // no client: it follows no redirect, and there are no cookies
	now   func() time.Time
	key   crypto.Signer
	slots chan struct{} // one for each request under way
	good  goodList
}

// An Option changes how the channel is made.
type Option func(*Webhooks)

// WithKey gives the channel the wire's own Ed25519 key, by which deliveries are
// signed for endpoints that ask for it.
func WithKey(key crypto.Signer) Option { return func(h *Webhooks) { h.key = key } }

// New makes the channel over the transport of a client as Client or
// Network.Client returns it. Each request has bounds of its own.
func New(site format.Site, client *http.Client, now func() time.Time, options ...Option) *Webhooks {
	h := &Webhooks{site: site, way: client.Transport, now: now, slots: make(chan struct{}, share(maxUnderWay, openFiles())), good: goodList{seed: maphash.MakeSeed(), known: map[uint64]struct{}{}}}
	if h.way == nil {
		h.way = http.DefaultTransport
	}
	for _, o := range options {
		o(h)
	}
	return h
}

// PublicKey is what receivers verify v1a signatures with, whpk_ and base64; ""
// if the channel has no such key.
func (h *Webhooks) PublicKey() string { return PublicKey(h.key) }

// Workers is how many take deliveries over. Each hands them on at once, so that
// every endpoint can be asked at the same time: those that hang hold up nobody.
// Under way are up to 8,000, or as many as the process may have open files for.
func (h *Webhooks) Workers() int { return 4 }

// Ward is how many endpoints that failed last time are asked at a time.
func (h *Webhooks) Ward() int { return 128 }

// Wait is the schedule, with jitter.
func (h *Webhooks) Wait(attempts int) (time.Duration, bool) { return Schedule(attempts) }

// Carry implements courier.Carrier: it has each delivery made by itself, as long
// as not too many are under way. There is a goroutine for each of these and none
// for those to come.
func (h *Webhooks) Carry(_, attempt context.Context, from courier.Source) {
	var underWay sync.WaitGroup
	defer underWay.Wait()
	for {
		h.slots <- struct{}{}
		p, ok := from.Next(true)
		if !ok {
			<-h.slots
			return
		}
		underWay.Go(func() {
			defer func() { <-h.slots }()
			growStack()
			p.Done(p.Shipment.(*shipment).Deliver(attempt, p.Subscription, p.Attempt))
		})
	}
}

// growStack makes room on a goroutine's stack for a request, as long as there is nothing
// on it. It would grow twice in the midst of it, and each time all of it is copied, for
// each of thousands of endpoints.
//
//go:noinline
func growStack() {
	var room [requestStack]byte
	runtime.KeepAlive(&room)
}

// requestStack is within what a request takes of a stack, in bytes.
const requestStack = 6 << 10

// Preconnect connects to endpoints ahead of the moment at which there is
// something for them. See Network.Preconnect for whom it must be called, so that
// it tells nobody what is to come. Over another client it does nothing.
func (h *Webhooks) Preconnect(ctx context.Context, to []wire.Subscription) {
	n, ok := h.way.(*Network)
	if !ok {
		return
	}
	addresses := make([]string, 0, len(to))
	for i := range to {
		if to[i].Channel == wire.ByWebhook && !to[i].Paused {
			addresses = append(addresses, to[i].Address)
		}
	}
	n.Preconnect(ctx, addresses)
}

// Prepare renders the body that most endpoints get once for all of them; in
// other formats it is rendered when the first endpoint asks.
func (h *Webhooks) Prepare(_ context.Context, c courier.Consignment) (courier.Shipment, error) {
	rendered := offer.Render(c.Item, h.site)
	data, err := rendered.In(offer.Ninjs)
	if err != nil {
		return nil, err
	}
	body, err := event("item."+string(c.Item.Action), c.Item.ClearTime, data)
	if err != nil {
		return nil, err
	}
	return &shipment{h, c.Item, body, rendered}, nil
}

// event is the body of a request.
func event(kind string, at time.Time, data json.RawMessage) ([]byte, error) {
	return json.Marshal(struct {
		Type      string          `json:"type"`
		Timestamp time.Time       `json:"timestamp"`
		Data      json.RawMessage `json:"data"`
	}{kind, at, data})
}

type shipment struct {
	*Webhooks
	item     *wire.Item
	body     []byte // in ninjs
	rendered *offer.Renderings
}

// Deliver makes one request. Any 2xx is acceptance.
func (s *shipment) Deliver(ctx context.Context, sub wire.Subscription, attempt int) courier.Result {
	m, err := s.message(sub)
	if err != nil {
		return courier.Unwritten(err)
	}
	silence := timeout
	if attempt <= 1 && !s.good.has(sub.Address) {
		silence = firstTimeout
	}
	r := s.post(ctx, sub, m, silence)
	s.good.note(sub.Address, r.Outcome)
	return Within(r, attempt)
}

// message is what one request carries.
type message struct {
	id, mediaType string
	body          []byte
	push          bool // signed as Newsroom wants it, too
}

// message is the item in the format of a subscription: ninjs within an event of
// Standard Webhooks, every other as a body of its own.
func (s *shipment) message(sub wire.Subscription) (message, error) {
	m := message{id: string(s.item.ID) + "." + strconv.FormatInt(int64(sub.ID), 10), mediaType: "application/json", body: s.body}
	f, err := offer.Lookup(sub.Format)
	if err != nil || f.Name == offer.Ninjs {
		return m, err
	}
	m.mediaType, m.push = f.Media, f.Name == offer.Push
	m.body, err = s.rendered.In(f.Name)
	return m, err
}

// post makes one signed request, to an endpoint that may say nothing for so long
// once it is connected to.
func (h *Webhooks) post(ctx context.Context, sub wire.Subscription, m message, silence time.Duration) courier.Result {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	over := time.AfterFunc(timeout, func() { cancel(context.DeadlineExceeded) })
	defer over.Stop()
	if silence < timeout {
		ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
			GotConn:              func(httptrace.GotConnInfo) { over.Reset(silence) },
			GotFirstResponseByte: func() { over.Reset(timeout) },
		})
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, sub.Address, bytes.NewReader(m.body))
	if err != nil {
		return courier.Result{Outcome: wire.Failed, Code: "the address of the endpoint cannot be used"}
	}
	at := h.now()
	signature, err := Sign(sub.Secret, m.id, at, m.body, h.key)
	if err != nil {
		return courier.Result{Outcome: wire.Failed, Code: "the secret of the endpoint cannot be used"}
	}
	req.Header.Set("Content-Type", m.mediaType)
	req.Header.Set("User-Agent", "Wireroom")
	req.Header.Set("Webhook-Id", m.id)
	req.Header.Set("Webhook-Timestamp", strconv.FormatInt(at.Unix(), 10))
	req.Header.Set("Webhook-Signature", signature)
	if m.push {
		if req.Header[ninjs.PushHeader], err = signPush(sub.Secret, at, m.body); err != nil {
			return courier.Result{Outcome: wire.Failed, Code: "the secret of the endpoint cannot be used"}
		}
	}
	if user := req.URL.User; user != nil { // as a client would
		password, _ := user.Password()
		req.SetBasicAuth(user.Username(), password)
	}
	return ask(h.way.RoundTrip, req, h.now, func() { cancel(nil) })
}

// goodList remembers which endpoints took their last delivery, in this process.
// It is safe for concurrent use.
type goodList struct {
	seed  maphash.Seed
	mu    sync.RWMutex
	known map[uint64]struct{}
}

// maxGood bounds how many are remembered.
const maxGood = 1 << 17

func (g *goodList) has(address string) bool {
	g.mu.RLock()
	defer g.mu.RUnlock()
	_, ok := g.known[maphash.String(g.seed, address)]
	return ok
}

func (g *goodList) note(address string, o wire.Outcome) {
	if good := o == wire.Accepted; good == g.has(address) {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	key := maphash.String(g.seed, address)
	switch {
	case o != wire.Accepted:
		delete(g.known, key)
	case len(g.known) < maxGood:
		g.known[key] = struct{}{}
	}
}
