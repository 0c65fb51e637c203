package courier

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/wire"
)

var operator = wire.Actor{Name: "Ines", Role: wire.RoleOperator}

// again sends again and waits until everyone has a receipt.
func (o *office) again(c *Courier, r Resend, request string) *Resent {
	o.t.Helper()
	done, err := c.Resend(o.t.Context(), operator, r, request)
	if err != nil {
		o.t.Fatal(err)
	}
	for _, it := range done.Items {
		o.report(c, it.Release, "settled", func(r *Report) bool { return r.Settled() })
	}
	return done
}

// since returns the deliveries made after the first n.
func since(s *script, n int) []string {
	got := s.deliveries()[n:]
	slices.Sort(got)
	return got
}

func TestWhatFailedIsSentAgainAndCountsByItself(t *testing.T) {
	t.Parallel()
	eachOffice(t, func(t *testing.T, o *office) {
		o.subscribe(5, wire.ByMail, "lang:en")
		o.mail.answer = mixed // 3 and 5 fail, 4 is deferred
		r := story()
		o.clear(r, wire.Publish)
		c, _ := o.courier()
		o.report(c, r.ID, "settled", settled(1))
		o.mail.mu.Lock()
		o.mail.answer = nil
		o.mail.mu.Unlock()
		n := len(o.mail.deliveries())
		dry := o.again(c, Resend{Release: r.ID, Failed: true, DryRun: true}, "")
		if dry.Deliveries != 2 || dry.Act != 0 || !dry.DryRun || len(since(o.mail, n)) != 0 {
			t.Errorf("dry run: %+v", dry)
		}
		done := o.again(c, Resend{Release: r.ID, Failed: true, AtMost: 2, Reason: "their server was down"}, "k")
		if got := since(o.mail, n); !slices.Equal(got, []string{"1/3/1", "1/5/1"}) || done.Deliveries != 2 || done.Act != 1 {
			t.Errorf("sent %v, %+v", got, done)
		}
		report, err := c.Report(t.Context(), r.ID)
		if err != nil {
			t.Fatal(err)
		}
		ch := report.Items[0].Channels[0]
		if ch.Matched != 5 || ch.Failed != 2 || ch.Accepted != 2 || ch.Resent.Matched != 2 || ch.Resent.Accepted != 2 {
			t.Errorf("report %+v", ch)
		}
		if done := o.again(c, Resend{Release: r.ID, Failed: true}, "l"); done.Deliveries != 0 || done.Act != 0 {
			t.Errorf("nobody is left: %+v", done)
		}
		if done := o.again(c, Resend{Release: r.ID, Channel: wire.ByMail, DryRun: true}, ""); done.Deliveries != 4 || done.UnderWay != 1 {
			t.Errorf("all of mail, but who will be tried again: %+v", done)
		}
		acts, err := c.Acts(t.Context(), 0, 10)
		if err != nil || len(acts) != 1 || acts[0].Actor != "Ines" || acts[0].Amount != 2 || acts[0].Reason != "their server was down" || acts[0].Subject != "release "+string(r.ID)+" to those that failed" {
			t.Errorf("acts %+v, %v", acts, err)
		}
	})
}

func TestTheSameRequestIsOneResendHoweverOftenItComes(t *testing.T) {
	t.Parallel()
	eachOffice(t, func(t *testing.T, o *office) {
		o.subscribe(20, wire.ByMail, "lang:en")
		r := story()
		o.clear(r, wire.Publish)
		c, _ := o.courier()
		o.report(c, r.ID, "settled", settled(1))
		var clicks sync.WaitGroup
		results := make([]*Resent, 6)
		for i := range results {
			clicks.Go(func() {
				var err error
				if results[i], err = c.Resend(context.Background(), operator, Resend{Release: r.ID, Channel: wire.ByMail}, "key"); err != nil {
					t.Error(err)
				}
			})
		}
		clicks.Wait()
		if t.Failed() {
			return
		}
		made := 0
		for _, done := range results {
			if !done.Repeated {
				made++
			}
			if done.Deliveries != 20 || done.Act != results[0].Act || len(done.Items) != 1 {
				t.Errorf("%+v", done)
			}
		}
		report := o.report(c, r.ID, "settled", settled(1))
		if made != 1 || report.Items[0].Channels[0].Resent.Matched != 20 {
			t.Errorf("made %d times, %+v", made, report.Items[0].Channels[0])
		}
		if _, err := c.Resend(t.Context(), operator, Resend{Release: r.ID, To: 1}, "key"); wire.KindOf(err) != wire.Conflict {
			t.Errorf("the key of another resend: %v", err)
		}
	})
}

func TestOnlyTheNewestVersionIsSentAgain(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	o.subscribe(2, wire.ByMail, "lang:en")
	corrected, killed, other := story(), story(), story()
	o.clear(corrected, wire.Publish) // 1
	o.clear(killed, wire.Publish)    // 2
	o.clear(other, wire.Publish)     // 3
	o.clear(corrected, wire.Correct) // 4
	o.clear(killed, wire.Kill)       // 5
	c, _ := o.courier()
	for _, r := range []*wire.Release{corrected, killed} {
		o.report(c, r.ID, "settled", settled(2))
	}
	o.report(c, other.ID, "settled", settled(1))
	n := len(o.mail.deliveries())
	done := o.again(c, Resend{First: 1, Last: 2, To: 2}, "")
	if got := since(o.mail, n); !slices.Equal(got, []string{"4/2/1", "5/2/1"}) {
		t.Errorf("sent %v, %+v", got, done)
	}
	if it := done.Items[1]; it.Action != wire.Kill || it.Version != 2 {
		t.Errorf("%+v", it)
	}
	n = len(o.mail.deliveries())
	o.again(c, Resend{First: 1, Last: 5, Channel: wire.ByMail}, "")
	if got := since(o.mail, n); !slices.Equal(got, []string{"3/1/1", "3/2/1", "4/1/1", "4/2/1", "5/1/1", "5/2/1"}) {
		t.Errorf("sent %v", got)
	}
}

func TestWhoIsPausedOrSuspendedIsLeftOutButForAnAmendment(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	subs := o.subscribe(3, wire.ByMail, "lang:en")
	suspended := &gate{shut: map[string]bool{}}
	o.health = map[wire.Channel]Health{wire.ByMail: suspended}
	r := story()
	o.clear(r, wire.Publish)
	c, _ := o.courier()
	o.report(c, r.ID, "settled", settled(1))
	if err := c.Unsubscribe(t.Context(), subs[0].Secret); err != nil {
		t.Fatal(err)
	}
	suspended.suspend(&subs[1], true)
	if done := o.again(c, Resend{Release: r.ID, Channel: wire.ByMail}, ""); done.Deliveries != 1 || done.Paused != 2 {
		t.Errorf("%+v", done)
	}
	o.clear(r, wire.Correct)
	o.report(c, r.ID, "settled", settled(2))
	if done := o.again(c, Resend{Release: r.ID, Channel: wire.ByMail}, ""); done.Deliveries != 3 || done.Paused != 0 {
		t.Errorf("%+v", done)
	}
}

func TestAnOutletGetsAgainWhatItsContactsHadAndNothingElse(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	o.write(func(tx *store.Tx) error {
		if err := tx.AddOutlets([]wire.Outlet{{ID: 7, Name: "Der Bote"}}); err != nil {
			return err
		}
		if err := tx.AddContacts([]wire.Contact{{ID: 9, Outlet: 7, Name: "Layla"}}); err != nil {
			return err
		}
		return tx.AddSubscriptions([]wire.Subscription{
			{ID: 1, Outlet: 7, Channel: wire.ByWebhook, Address: "https://bote.example/", Query: "lang:en"},
			{ID: 2, Contact: 9, Channel: wire.ByMail, Address: "layla@bote.example", Secret: "t", Query: "lang:en"},
			{ID: 3, Contact: 9, Channel: wire.ByMail, Address: "l@bote.example", Secret: "v", Query: "sector:health"},
			{ID: 4, Channel: wire.ByMail, Address: "other@x.example", Secret: "u", Query: "lang:en"},
		})
	})
	r := story()
	o.clear(r, wire.Publish)
	c, _ := o.courier()
	o.report(c, r.ID, "settled", settled(1))
	n, m := len(o.mail.deliveries()), len(o.hook.deliveries())
	o.again(c, Resend{Release: r.ID, Outlet: 7}, "")
	if got := append(since(o.mail, n), since(o.hook, m)...); !slices.Equal(got, []string{"1/2/1", "1/1/1"}) {
		t.Errorf("sent %v", got)
	}
	if done := o.again(c, Resend{Release: r.ID, To: 3}, ""); done.Deliveries != 0 {
		t.Errorf("to one who never had it: %+v", done)
	}
}

func TestAResendThatIsNotClearIsRefused(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	o.subscribe(2, wire.ByMail, "lang:en")
	r := story()
	o.clear(r, wire.Publish)
	c, _ := o.courier()
	o.report(c, r.ID, "settled", settled(1))
	for _, one := range []struct {
		resend Resend
		kind   wire.Kind
	}{
		{Resend{Failed: true}, wire.Invalid}, {Resend{Release: r.ID}, wire.Invalid}, {Resend{Release: r.ID, First: 1, Last: 1, Failed: true}, wire.Invalid},
		{Resend{Release: r.ID, Failed: true, To: 1}, wire.Invalid}, {Resend{First: 2, Last: 1, Failed: true}, wire.Invalid},
		{Resend{First: 1, Last: MaxResendItems + 1, Failed: true}, wire.Exhausted}, {Resend{First: 9, Last: 9, Failed: true}, wire.NotFound},
		{Resend{Release: wire.NewReleaseID(), Failed: true}, wire.NotFound}, {Resend{Release: r.ID, To: 99}, wire.NotFound}, {Resend{Release: r.ID, Outlet: 99}, wire.NotFound},
		{Resend{Release: r.ID, Channel: wire.ByMail, AtMost: 1}, wire.Conflict}, {Resend{Release: r.ID, Failed: true, Reason: strings.Repeat("x", maxReason+1)}, wire.Exhausted},
	} {
		if _, err := c.Resend(t.Context(), operator, one.resend, ""); wire.KindOf(err) != one.kind {
			t.Errorf("%+v: %v, want %s", one.resend, err, one.kind)
		}
	}
	for _, role := range []wire.Role{wire.RoleReader, wire.RoleIssuer, wire.RoleEditor} {
		actor := wire.Actor{Name: "x", Role: role}
		if _, err := c.Resend(t.Context(), actor, Resend{Release: r.ID, Channel: wire.ByMail}, ""); wire.KindOf(err) != wire.Forbidden {
			t.Errorf("%s: %v", role, err)
		}
		if _, err := c.SuspendSubscription(t.Context(), actor, 1, true, ""); wire.KindOf(err) != wire.Forbidden {
			t.Errorf("%s: %v", role, err)
		}
		if err := c.SuspendEndpoint(t.Context(), actor, "https://x.example", true, ""); wire.KindOf(err) != wire.Forbidden {
			t.Errorf("%s: %v", role, err)
		}
	}
}

func TestASuspendedSubscriptionGetsNothingNewUntilItIsResumed(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	o.subscribe(2, wire.ByMail, "lang:en")
	c, _ := o.courier()
	publish := func() ChannelReport {
		t.Helper()
		r := story()
		o.clear(r, wire.Publish)
		return o.report(c, r.ID, "settled", settled(1)).Items[0].Channels[0]
	}
	steer := func(suspended bool, reason string) {
		t.Helper()
		s, err := c.SuspendSubscription(t.Context(), operator, 1, suspended, reason)
		if err != nil || s.Suspended != suspended || s.Address != "a…@x.example" {
			t.Fatalf("%+v, %v", s, err)
		}
	}
	steer(true, "")
	steer(true, "") // a double click
	if ch := publish(); ch.Matched != 1 {
		t.Errorf("suspended: %+v", ch)
	}
	found, endpoints, next, err := c.Suspended(t.Context(), 0, 1)
	if err != nil || len(found) != 1 || found[0].Subscription != 1 || len(endpoints) != 0 || next != 0 {
		t.Errorf("%+v, %+v, %d, %v", found, endpoints, next, err)
	}
	if _, err := c.SuspendSubscription(t.Context(), operator, 1, false, " "); wire.KindOf(err) != wire.Invalid {
		t.Errorf("resumed without a reason: %v", err)
	}
	steer(false, "asked by mail")
	if ch := publish(); ch.Matched != 2 {
		t.Errorf("resumed: %+v", ch)
	}
	if _, err := c.SuspendSubscription(t.Context(), operator, 99, true, ""); wire.KindOf(err) != wire.NotFound {
		t.Errorf("no such subscription: %v", err)
	}
	acts, err := c.Acts(t.Context(), 0, 10)
	if err != nil || len(acts) != 2 || acts[0].Verb != "resume" || acts[0].Reason != "asked by mail" || acts[1].Subject != "subscription 1" {
		t.Errorf("%+v, %v", acts, err)
	}
}

func TestWhoGetsNothingNewIsListedWithSinceWhenByWhomAndWhy(t *testing.T) {
	t.Parallel()
	eachOffice(t, func(t *testing.T, o *office) {
		subs := o.subscribe(4, wire.ByMail, "lang:en")
		o.mail.answer = func(_ *wire.Item, s wire.Subscription, _ int) Result {
			if s.ID == subs[2].ID {
				return Result{Outcome: wire.Failed, Code: "410", Gone: true}
			}
			return Result{Outcome: wire.Accepted}
		}
		c, _ := o.courier()
		began := o.clock()
		if _, err := c.SuspendSubscription(t.Context(), operator, subs[0].ID, true, "asked by phone"); err != nil {
			t.Fatal(err)
		}
		if err := c.Unsubscribe(t.Context(), subs[1].Secret); err != nil {
			t.Fatal(err)
		}
		o.write(func(tx *store.Tx) error { // as before it was noted
			subs[3].Paused = true
			return tx.UpdateSubscription(subs[3])
		})
		o.clear(story(), wire.Publish)
		var found []SuspendedSubscription
		o.until("all are paused", func() (done bool) {
			var err error
			if found, _, _, err = c.Suspended(t.Context(), 0, 10); err != nil {
				t.Fatal(err)
			}
			return len(found) == 4
		})
		for i, want := range []struct{ by, reason string }{{"Ines", "asked by phone"}, {"its holder", ""}, {"", "its receiver said that it is gone"}, {}} {
			s := found[i]
			if s.By != want.by || s.Reason != want.reason || s.Since.IsZero() != (i == 3) || i < 3 && s.Since.Before(began) {
				t.Errorf("%+v, want %+v", s, want)
			}
		}
		if s, err := c.SuspendSubscription(t.Context(), operator, subs[0].ID, false, "back"); err != nil || s.By != "" || s.Reason != "" || !s.Since.IsZero() {
			t.Errorf("resumed: %+v, %v", s, err)
		}
	})
}

// keeper notes what it was told, in the store as the real one does.
type keeper struct {
	Health
	s   *store.Store
	now func() time.Time
}

func (k keeper) put(ctx context.Context, e store.Endpoint) error {
	e.Since = k.now()
	return k.s.Write(ctx, func(tx *store.Tx) error { _, err := tx.PutEndpoints([]store.Endpoint{e}); return err })
}

func (k keeper) Suspend(ctx context.Context, actor, address, reason string) error {
	return k.put(ctx, store.Endpoint{Address: address, State: store.EndpointHeld, Actor: actor, Reason: reason})
}

func (k keeper) Resume(ctx context.Context, actor, address string) error {
	return k.put(ctx, store.Endpoint{Address: address, State: store.EndpointHealthy, Actor: actor})
}

func TestAnEndpointIsSuspendedByItsAddress(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	const address = "https://hooks.example/secret"
	o.write(func(tx *store.Tx) error {
		return tx.AddSubscriptions([]wire.Subscription{{Channel: wire.ByWebhook, Address: address, Query: "*"}, {Channel: wire.ByMail, Address: "a@x.example", Secret: "s", Query: "*"}})
	})
	c := New(Options{Store: o.store, Now: o.clock, Log: slog.New(slog.DiscardHandler), Health: map[wire.Channel]Health{wire.ByWebhook: keeper{s: o.store, now: o.clock}}})
	if err := c.SuspendEndpoint(t.Context(), operator, address, true, "too slow"); err != nil {
		t.Fatal(err)
	}
	_, endpoints, _, err := c.Suspended(t.Context(), 0, 10)
	if err != nil || len(endpoints) != 1 || endpoints[0] != (SuspendedEndpoint{Channel: wire.ByWebhook, Address: "https://hooks.example", Since: o.clock(), By: "Ines", Reason: "too slow"}) {
		t.Errorf("%+v, %v", endpoints, err)
	}
	if err := c.SuspendEndpoint(t.Context(), operator, address, false, "mended"); err != nil {
		t.Fatal(err)
	}
	if _, endpoints, _, err := c.Suspended(t.Context(), 0, 10); err != nil || len(endpoints) != 0 {
		t.Errorf("%+v, %v", endpoints, err)
	}
	for _, other := range []string{"https://hooks.example/", "a@x.example"} {
		if err := c.SuspendEndpoint(t.Context(), operator, other, true, ""); wire.KindOf(err) != wire.NotFound || strings.Contains(fmt.Sprint(err), "secret") {
			t.Errorf("%s: %v", other, err)
		}
	}
	acts, err := c.Acts(t.Context(), 0, 10)
	if err != nil || len(acts) != 2 || acts[1].Subject != "endpoint https://hooks.example" {
		t.Errorf("%+v, %v", acts, err)
	}
}
