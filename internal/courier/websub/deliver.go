// Package websub is a WebSub hub (W3C Recommendation) for the wire's feeds: it
// verifies what subscribers ask for, and sends them a feed when it changes.
//
// It owns requests and deliveries. Feeds are made elsewhere; who is subscribed
// stands in the directory like every subscription.
package websub

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/wireroom/wireroom/internal/courier"
	"github.com/wireroom/wireroom/internal/courier/webhook"
	"github.com/wireroom/wireroom/internal/wire"
)

// Deliveries is the channel that sends feeds to subscribers. It is safe for
// concurrent use.
type Deliveries struct {
	hub    string
	client *http.Client
	feed   Feed
	now    func() time.Time
	// prepared counts items. What a topic held before the last of them is sent to
	// nobody any more: a subscriber may have had a kill since, and would have the story
	// again.
	prepared atomic.Int64
}

// Feed returns what a topic's address would answer now.
type Feed func(ctx context.Context, topic string) (contentType string, body []byte, err error)

// NewDeliveries makes the channel over a client as webhook.Client returns it; now is
// where it takes its time from.
func NewDeliveries(hub string, client *http.Client, feed Feed, now func() time.Time) *Deliveries {
	return &Deliveries{hub: hub, client: client, feed: feed, now: now}
}

// Workers is how many requests may be under way.
func (d *Deliveries) Workers() int { return 128 }

// Ward is how many callbacks that failed last time are asked at a time.
func (d *Deliveries) Ward() int { return 32 }

// Wait is the schedule of webhooks.
func (d *Deliveries) Wait(attempts int) (time.Duration, bool) { return webhook.Schedule(attempts) }

// Prepare makes a place for the feeds that the item changed; each is made when
// the first of its subscribers has his turn, and anew after another item's.
func (d *Deliveries) Prepare(_ context.Context, c courier.Consignment) (courier.Shipment, error) {
	d.prepared.Add(1)
	return &shipment{Deliveries: d, item: c.Item, made: map[string]made{}}, nil
}

// made is what a topic held after so many items had been prepared.
type made struct {
	kind  string
	body  []byte
	after int64
}

type shipment struct {
	*Deliveries
	item *wire.Item
	mu   sync.Mutex
	made map[string]made // by topic
}

func (s *shipment) content(ctx context.Context, topic string) (made, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	after := s.prepared.Load() // before the feed is looked at
	if m, ok := s.made[topic]; ok && m.after == after {
		return m, nil
	}
	kind, body, err := s.feed(ctx, topic)
	m := made{kind, body, after}
	if err == nil {
		s.made[topic] = m
	}
	return m, err
}

// Deliver posts the whole feed, as WebSub §7 wants it: the topic's own type,
// links to hub and topic, signed if the subscriber gave a secret.
// Who has unsubscribed, or whose lease has ended, is sent nothing, whatever it
// is (§5.3, §7).
func (s *shipment) Deliver(ctx context.Context, sub wire.Subscription, attempt int) courier.Result {
	if sub.Paused || sub.Expires != 0 && sub.Expires <= s.now().UnixMicro() {
		return courier.Result{Outcome: wire.Failed, Code: "the subscription has ended"}
	}
	m, err := s.content(ctx, sub.Query)
	if err != nil {
		return courier.Result{Outcome: wire.Deferred, Code: "the feed could not be made"}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, sub.Address, bytes.NewReader(m.body))
	if err != nil {
		return courier.Result{Outcome: wire.Failed, Code: "the callback cannot be used"}
	}
	req.Header.Set("Content-Type", m.kind)
	req.Header.Set("User-Agent", "Wireroom")
	// WebSub has no id of a delivery; whoever knows this one can drop a copy.
	req.Header.Set("Wire-Delivery", string(s.item.ID)+"."+strconv.FormatInt(int64(sub.ID), 10))
	// In one field, the topic first: there are subscribers that read no further.
	req.Header.Set("Link", fmt.Sprintf(`<%s>; rel="self", <%s>; rel="hub"`, sub.Query, s.hub))
	if sub.Secret != "" {
		mac := hmac.New(sha256.New, []byte(sub.Secret)) // a subscriber must recognise every method of §7.1
		mac.Write(m.body)
		req.Header.Set("X-Hub-Signature", "sha256="+hex.EncodeToString(mac.Sum(nil)))
	}
	return webhook.Within(webhook.Do(s.client, req, s.now), attempt)
}
