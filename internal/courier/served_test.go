package courier

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/wire"
)

// pause sets whether a subscription is paused.
func (o *office) pause(s *wire.Subscription, paused bool) {
	o.t.Helper()
	s.Paused = paused
	o.write(func(tx *store.Tx) error { return tx.UpdateSubscription(*s) })
}

// gate is the health of receivers: those that are shut out are suspended.
type gate struct {
	mu   sync.Mutex
	shut map[string]bool
}

func (g *gate) Admits(address string, _ time.Time) bool { return !g.Suspended(address) }

func (g *gate) Suspended(address string) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.shut[address]
}

func (g *gate) Note(string, Result, time.Time) {}

func (g *gate) Ill() []string { return nil }

// suspend sets whether a receiver is suspended.
func (g *gate) suspend(s *wire.Subscription, suspended bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.shut[s.Address] = suspended
}

// sentTo are the subscriptions that a channel was given an item for.
func (c *script) sentTo(number int64) map[wire.SubscriptionID]bool {
	to := map[wire.SubscriptionID]bool{}
	for _, one := range c.deliveries() {
		var n, attempt int64
		var id wire.SubscriptionID
		if _, err := fmt.Sscanf(one, "%d/%d/%d", &n, &id, &attempt); err == nil && n == number {
			to[id] = true
		}
	}
	return to
}

func set(subs ...wire.Subscription) map[wire.SubscriptionID]bool {
	ids := map[wire.SubscriptionID]bool{}
	for _, s := range subs {
		ids[s.ID] = true
	}
	return ids
}

func TestAmendmentsGoToThoseWhoWereServedAndNobodyElse(t *testing.T) {
	t.Parallel()
	eachOffice(t, amendmentsGoToThoseWhoWereServedAndNobodyElse)
}

func amendmentsGoToThoseWhoWereServedAndNobodyElse(t *testing.T, o *office) {
	subs := o.subscribe(5, wire.ByMail, "sector:energy")
	served, spared, tried, back, later := &subs[0], &subs[1], &subs[2], &subs[3], &subs[4]
	o.mail.answer = func(it *wire.Item, s wire.Subscription, attempt int) Result {
		if s.ID == tried.ID && it.Action == wire.Publish {
			return Result{Outcome: wire.Deferred, Code: "451"}
		}
		return Result{Outcome: wire.Accepted}
	}
	suspended := &gate{shut: map[string]bool{}}
	o.health = map[wire.Channel]Health{wire.ByMail: suspended}
	for _, s := range []*wire.Subscription{spared, back, later} {
		suspended.suspend(s, true)
	}
	c, _ := o.courier()
	<-c.Started()
	r := story()
	first := o.clear(r, wire.Publish)
	o.report(c, r.ID, "as far as can be", func(r *Report) bool {
		n := firstMail(r)
		return n.Accepted == 1 && n.Suppressed == 3 && n.Deferred == 1
	})
	suspended.suspend(tried, true) // it was refused, or not: the answer may have been lost
	o.pass(2 * time.Minute)
	o.report(c, r.ID, "settled", settled(1))
	if got := o.mail.sentTo(first.Number); !maps.Equal(got, set(*served, *tried)) {
		t.Fatalf("the story went to %v", got)
	}

	hold := o.clear(r, wire.Hold)
	o.report(c, r.ID, "settled", settled(2))
	if got := o.mail.sentTo(hold.Number); !maps.Equal(got, set(*served, *tried)) {
		t.Errorf("the hold went to %v", got)
	}
	suspended.suspend(back, false) // who is back gets a correction as a story they asked for
	correction := o.clear(r, wire.Correct)
	report := o.report(c, r.ID, "settled", settled(3))
	if got := o.mail.sentTo(correction.Number); !maps.Equal(got, set(*served, *tried, *back)) {
		t.Errorf("the correction went to %v", got)
	}
	if n := report.Items[2].Channels[0]; n.Suppressed != 2 || n.Accepted != 3 {
		t.Errorf("the correction: %+v", n)
	}
	suspended.suspend(later, false)
	kill := o.clear(r, wire.Kill)
	o.report(c, r.ID, "settled", settled(4))
	if got := o.mail.sentTo(kill.Number); !maps.Equal(got, set(*served, *tried, *back)) {
		t.Errorf("the kill went to %v", got)
	}
}

func firstMail(r *Report) ChannelReport {
	if len(r.Items) == 0 || len(r.Items[0].Channels) == 0 {
		return ChannelReport{}
	}
	return r.Items[0].Channels[0]
}

func TestWhoeverWasUnderWayAtACrashAndIsSuppressedAfterItGetsTheKill(t *testing.T) {
	t.Parallel()
	eachOffice(t, whoeverWasUnderWayAtACrash)
}

func whoeverWasUnderWayAtACrash(t *testing.T, o *office) {
	o.shared = true
	subs := o.subscribe(3, wire.ByMail, "sector:energy")
	reached := make(chan wire.SubscriptionID, len(subs))
	o.mail.answer = func(_ *wire.Item, s wire.Subscription, _ int) Result {
		reached <- s.ID
		<-t.Context().Done() // the process dies before it hears the answer
		return Result{Outcome: wire.Deferred}
	}
	r := story()
	o.clear(r, wire.Publish)
	o.courier()
	inFlight := <-reached

	// The same database as a killed process leaves it.
	next := &office{t: t, mail: &script{}, hook: &script{}, now: o.clock(), url: o.url, shared: false}
	var err error
	if next.store, err = store.Open(t.Context(), o.url, store.WithClock(next.clock)); err != nil {
		t.Fatal(err)
	}
	defer next.store.Close()
	suspended := &gate{shut: map[string]bool{}}
	next.health = map[wire.Channel]Health{wire.ByMail: suspended}
	var others []wire.Subscription
	for i := range subs {
		if subs[i].ID == inFlight {
			suspended.suspend(&subs[i], true)
		} else {
			others = append(others, subs[i])
		}
	}
	c, stop := next.courier()
	defer stop()
	report := next.report(c, r.ID, "settled", settled(1))
	if n := firstMail(report); n.Accepted != 2 || n.Suppressed != 1 {
		t.Fatalf("%+v", n)
	}
	second := story() // is all this process's: who is suppressed has nothing of it
	next.clear(second, wire.Publish)
	next.report(c, second.ID, "settled", settled(1))
	for release, want := range map[*wire.Release]map[wire.SubscriptionID]bool{r: set(subs...), second: set(others...)} {
		kill := next.clear(release, wire.Kill)
		next.report(c, release.ID, "settled", settled(2))
		if got := next.mail.sentTo(kill.Number); !maps.Equal(got, want) {
			t.Errorf("the kill of %s went to %v, not %v", release.ID, got, want)
		}
	}
}

// Whatever receivers answer, and whoever pauses when: a kill is attempted to
// exactly those to whom a version before it was.
func TestAKillIsForExactlyThoseToWhomSomethingWasSent(t *testing.T) {
	t.Parallel()
	eachOffice(t, func(t *testing.T, o *office) {
		fate := map[wire.SubscriptionID]wire.Outcome{} // under mail.mu: what a first attempt ends as
		o.mail.answer = func(_ *wire.Item, s wire.Subscription, attempt int) Result {
			o.mail.mu.Lock()
			defer o.mail.mu.Unlock()
			if end := fate[s.ID]; end != wire.Pending && attempt == 1 {
				return Result{Outcome: end, Code: "no"}
			}
			return Result{Outcome: wire.Accepted}
		}
		suspended := &gate{shut: map[string]bool{}}
		o.health = map[wire.Channel]Health{wire.ByMail: suspended}
		c, _ := o.courier()
		<-c.Started()
		rapid.Check(t, func(rt *rapid.T) { killIsForThoseServed(rt, o, c, fate, suspended) })
	})
}

func killIsForThoseServed(rt *rapid.T, o *office, c *Courier, fate map[wire.SubscriptionID]wire.Outcome, suspended *gate) {
	word := strings.ToLower(string(wire.NewReleaseID()))
	subs := o.subscribe(rapid.IntRange(1, 5).Draw(rt, "readers"), wire.ByMail, word)
	r := story()
	r.Editions[0].Headline += " " + word
	change := func() {
		for i := range subs {
			if paused := rapid.Bool().Draw(rt, "paused"); paused != subs[i].Paused {
				o.pause(&subs[i], paused)
			}
			suspended.suspend(&subs[i], rapid.Bool().Draw(rt, "suspended"))
			o.mail.mu.Lock()
			fate[subs[i].ID] = rapid.SampledFrom([]wire.Outcome{wire.Pending, wire.Deferred, wire.Failed}).Draw(rt, "fate")
			o.mail.mu.Unlock()
		}
	}
	sent := map[wire.SubscriptionID]bool{}
	act := func(n int, action wire.Action) map[wire.SubscriptionID]bool {
		change()
		it := o.clear(r, action)
		tried := func(r *Report) bool { // everyone was attempted once, or is not to be
			return len(r.Items) == n && r.Items[n-1].Planned && !slices.ContainsFunc(r.Items[n-1].Channels, func(c ChannelReport) bool { return c.Pending > 0 })
		}
		o.report(c, r.ID, "attempted", tried)
		if rapid.Bool().Draw(rt, "someone changes their mind before the retries") {
			change()
		}
		o.pass(5 * time.Minute)
		o.report(c, r.ID, "settled", settled(n))
		return o.mail.sentTo(it.Number)
	}
	n := 0
	for _, action := range append([]wire.Action{wire.Publish}, rapid.SliceOfN(rapid.SampledFrom([]wire.Action{wire.Update, wire.Correct}), 0, 2).Draw(rt, "amendments")...) {
		n++
		maps.Copy(sent, act(n, action))
	}
	n++
	if killed := act(n, wire.Kill); !maps.Equal(killed, sent) {
		rt.Fatalf("the kill went to %v, versions before it to %v", killed, sent)
	}
}
