// Package channeltest is the suite that every channel of the courier must pass:
// what an answer means, that attempts carry the same id, that nothing secret is
// said, that a delivery ends with its context. It is used by tests only.
//
// It owns what holds for all channels. What a channel's standard asks for beyond
// that is proved beside the channel.
package channeltest

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wireroom/wireroom/internal/courier"
	"github.com/wireroom/wireroom/internal/wire"
)

// Behaviour is how a receiver answers.
type Behaviour string

// The behaviours. A receiver that cannot have one leaves it out of Can.
const (
	Takes   Behaviour = "takes it"
	Refuses Behaviour = "refuses it for good"
	Delays  Behaviour = "refuses it for now"
	Drops   Behaviour = "cuts the connection before it answers"
	Hangs   Behaviour = "never answers"
)

// Fixture is a channel with a receiver of its own.
type Fixture struct {
	Channel courier.Channel
	// Subscription leads to the receiver; its id is overwritten.
	Subscription wire.Subscription
	// Can is what the receiver can be made to do by Behave.
	Can    []Behaviour
	Behave func(Behaviour)
	// Received returns the ids of what the receiver took, in order; a copy has
	// the id of the original.
	Received func() []string
	// Many is how many deliveries are made at once; 100 unless said. Where they
	// wait for one connection fewer show as much.
	Many int
	// Secrets must appear in no code: passwords, keys, paths of endpoints.
	Secrets []string
}

// meaning is what each behaviour must come to.
var meaning = map[Behaviour]wire.Outcome{Takes: wire.Accepted, Refuses: wire.Failed, Delays: wire.Deferred, Drops: wire.Deferred}

// Run runs the suite; open makes a fresh fixture.
func Run(t *testing.T, open func(t *testing.T) *Fixture) {
	t.Run("an answer means the same on every channel", func(t *testing.T) { answers(t, open(t)) })
	t.Run("every attempt carries the same id", func(t *testing.T) { sameID(t, open(t)) })
	t.Run("many at once each arrive once", func(t *testing.T) { manyAtOnce(t, open(t)) })
	t.Run("a delivery ends with its context", func(t *testing.T) { cancellation(t, open(t)) })
	t.Run("attempts are spread over time and end", func(t *testing.T) { schedule(t, open(t).Channel) })
	t.Run("every action in every direction of script can be carried", func(t *testing.T) { everyItem(t, open(t)) })
}

// Item is an item for a test of a channel.
func Item(action wire.Action, language string) *wire.Item {
	at := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	r := &wire.Release{ID: wire.NewReleaseID(), Facets: wire.Facets{Organisation: "Halden", Priority: wire.Urgent, Sectors: []string{"energy"}}}
	e := &wire.Edition{Language: language, Headline: "Halden eröffnet 工場 مصنع", Body: []wire.Block{wire.P("Text 本文 نص.")}}
	var prior *wire.Item
	if action.Amends() {
		first := wire.NewItem(r, e, wire.Publish, nil, at, wire.Amendment{})
		first.Number, prior = 1, &first
	}
	it := wire.NewItem(r, e, action, prior, at.Add(time.Hour), wire.Amendment{Reason: "A figure was wrong."})
	it.Number = 2
	return &it
}

func prepare(t *testing.T, f *Fixture, it *wire.Item) courier.Shipment {
	t.Helper()
	c := courier.Consignment{Item: it, Headline: "Halden eröffnet 工場 مصنع", Why: func(wire.SubscriptionID) string { return `"Halden"` }}
	if it.Version > 1 {
		c.Earlier = []int{1}
	}
	s, err := f.Channel.Prepare(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (f *Fixture) deliver(t *testing.T, s courier.Shipment, id wire.SubscriptionID, attempt int) courier.Result {
	t.Helper()
	sub := f.Subscription
	sub.ID = id
	r := s.Deliver(t.Context(), sub, attempt)
	for _, secret := range f.Secrets {
		if strings.Contains(r.Code, secret) {
			t.Errorf("the code %q holds the secret %q", r.Code, secret)
		}
	}
	if r.Code == "" || r.After < 0 && r.After != courier.AtOnce {
		t.Errorf("a result that tells nothing: %+v", r)
	}
	flush(t, f.Channel)
	return r
}

func flush(t *testing.T, c courier.Channel) {
	t.Helper()
	if f, ok := c.(courier.Flusher); ok {
		if err := f.Flush(); err != nil {
			t.Error(err)
		}
	}
}

func answers(t *testing.T, f *Fixture) {
	s := prepare(t, f, Item(wire.Publish, "en"))
	for i, b := range f.Can {
		want, ok := meaning[b]
		if !ok {
			continue
		}
		f.Behave(b)
		if got := f.deliver(t, s, wire.SubscriptionID(i+1), 1); got.Outcome != want {
			t.Errorf("the receiver %s: %+v, want %v", b, got, want)
		}
	}
	f.Behave(Takes) // whatever was before, the channel is as good as new
	if got := f.deliver(t, s, 100, 1); got.Outcome != wire.Accepted {
		t.Errorf("afterwards: %+v", got)
	}
}

func sameID(t *testing.T, f *Fixture) {
	f.Behave(Takes)
	it := Item(wire.Publish, "en")
	for attempt := range 3 { // as after a restart: prepared anew
		f.deliver(t, prepare(t, f, it), 7, attempt+1)
	}
	f.deliver(t, prepare(t, f, it), 8, 1)
	distinct := map[string]bool{}
	for _, id := range f.Received() {
		if id == "" {
			t.Error("a delivery without an id")
		}
		distinct[id] = true
	}
	if len(distinct) != 2 {
		t.Errorf("two subscriptions, ids %v", f.Received())
	}
}

func manyAtOnce(t *testing.T, f *Fixture) {
	f.Behave(Takes)
	s := prepare(t, f, Item(wire.Publish, "en"))
	many := f.Many
	if many == 0 {
		many = 100
	}
	var all sync.WaitGroup
	for id := range many {
		all.Go(func() {
			sub := f.Subscription
			sub.ID = wire.SubscriptionID(id + 1)
			if r := s.Deliver(t.Context(), sub, 1); r.Outcome != wire.Accepted {
				t.Errorf("%d: %+v", id, r)
			}
		})
	}
	all.Wait()
	flush(t, f.Channel)
	got := f.Received()
	distinct := map[string]bool{}
	for _, id := range got {
		distinct[id] = true
	}
	if len(got) != many || len(distinct) != many {
		t.Errorf("%d arrived, %d distinct, want %d", len(got), len(distinct), many)
	}
}

func cancellation(t *testing.T, f *Fixture) {
	can := false
	for _, b := range f.Can {
		can = can || b == Hangs
	}
	if !can {
		t.Skip("this receiver cannot hang")
	}
	f.Behave(Hangs)
	s := prepare(t, f, Item(wire.Publish, "en"))
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(50*time.Millisecond, cancel) // whenever: it never answers
	began := time.Now()
	if r := s.Deliver(ctx, f.Subscription, 1); r.Outcome != wire.Deferred {
		t.Errorf("%+v, want deferred: nobody knows", r)
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("went on for %v after its context ended", took)
	}
	f.Behave(Takes)
}

func schedule(t *testing.T, c courier.Channel) {
	if n := c.Workers(); n < 1 || n > 100_000 {
		t.Errorf("%d workers", n)
	}
	b, ok := c.(courier.Backoff)
	if !ok {
		return
	}
	total := time.Duration(0)
	waits := map[time.Duration]bool{}
	for attempt := 1; ; attempt++ {
		wait, again := b.Wait(attempt)
		if !again {
			break
		}
		if attempt > 100 {
			t.Fatal("never gives up")
		}
		if wait < time.Second || wait > 24*time.Hour {
			t.Errorf("waits %v after attempt %d", wait, attempt)
		}
		total += wait
	}
	if total < 6*time.Hour || total > 7*24*time.Hour {
		t.Errorf("gives up after %v", total)
	}
	for range 20 {
		wait, _ := b.Wait(1)
		waits[wait] = true
	}
	if len(waits) < 2 {
		t.Error("no jitter: whoever was refused together comes back together")
	}
}

func everyItem(t *testing.T, f *Fixture) {
	f.Behave(Takes)
	for _, action := range []wire.Action{wire.Publish, wire.Update, wire.Correct, wire.Refile, wire.Hold, wire.Unhold, wire.Kill} {
		for _, language := range []string{"en", "ar", "ja", "th", "zh-Hant"} {
			t.Run(fmt.Sprintf("%s %s", action, language), func(t *testing.T) {
				if r := f.deliver(t, prepare(t, f, Item(action, language)), 1, 1); r.Outcome != wire.Accepted {
					t.Errorf("%+v", r)
				}
			})
		}
	}
}
