package courier

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/wireroom/wireroom/internal/match"
	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/wire"
)

func TestAnAmendmentComesUnderTheSubscriptionThatBroughtTheOriginal(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	subs := o.subscribe(2, wire.ByMail, "refinery")
	subs[1].Query, subs[1].Address = "plant", strings.ToUpper(subs[0].Address)
	o.write(func(tx *store.Tx) error { return tx.UpdateSubscription(subs[1]) })
	r := story()
	o.clear(r, wire.Publish)
	c, _ := o.courier()
	o.report(c, r.ID, "settled", settled(1))
	r.Editions[0].Headline = "Halden opens a refinery"
	o.clear(r, wire.Correct)
	o.report(c, r.ID, "settled", settled(2))
	if got := o.mail.deliveries(); !slices.Equal(got, []string{"1/2/1", "2/2/1"}) {
		t.Errorf("deliveries %v: one person, one subscription", got)
	}
}

// An amendment that no longer has the word somebody asks for is still wanted by
// one who came after the original and would have wanted that.
func TestAnAmendmentIsWantedByWhoeverWantedAVersionBefore(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	r := story()
	o.clear(r, wire.Publish)
	c, _ := o.courier()
	o.report(c, r.ID, "settled", settled(1))
	o.subscribe(1, wire.ByMail, `"opens a plant"`)
	r.Editions[0].Headline = "Halden opens nothing"
	o.clear(r, wire.Correct)
	report := o.report(c, r.ID, "settled", settled(2))
	if ch := report.Items[1].Channels; len(ch) != 1 || ch[0].Accepted != 1 {
		t.Errorf("the correction: %+v", ch)
	}
}

func TestAilingEndpointsThatHangDelayNobodyElse(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	o.hook.workers, o.hook.ward = 4, 1
	o.subscribe(40, wire.ByWebhook, "lang:en")
	hang := make(chan struct{})
	o.hook.answer = func(it *wire.Item, s wire.Subscription, _ int) Result {
		switch {
		case s.ID%2 == 0:
			return Result{Outcome: wire.Accepted}
		case it.Number == 1:
			return Result{Outcome: wire.Deferred, Code: "503"}
		}
		<-hang // 20 that hang, for 4 workers
		return Result{Outcome: wire.Accepted}
	}
	first, second := story(), story()
	o.clear(first, wire.Publish)
	c, _ := o.courier()
	o.report(c, first.ID, "settled", settled(1))
	o.clear(second, wire.Publish)
	o.report(c, second.ID, "20 healthy ones served", func(r *Report) bool {
		return len(r.Items[0].Channels) > 0 && r.Items[0].Channels[0].Accepted == 20
	})
	close(hang)
	o.report(c, second.ID, "settled", settled(1))
}

// After a failed fsync nobody knows what is on disk: nothing of it counts, all
// of it is delivered again.
func TestWhatMayNotBeOnDiskDoesNotCount(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	o.subscribe(3, wire.ByMail, "lang:en")
	var flushes atomic.Int32
	o.mail.flush = func() error {
		if flushes.Add(1) == 1 {
			return errors.New("input/output error")
		}
		return nil
	}
	r := story()
	o.clear(r, wire.Publish)
	c, _ := o.courier()
	report := o.report(c, r.ID, "settled", settled(1))
	if ch := report.Items[0].Channels[0]; ch.Accepted != 3 {
		t.Errorf("report %+v", ch)
	}
	if got := o.mail.deliveries(); len(got) < 4 || !slices.Contains(got[1:], got[0]) {
		t.Errorf("what was before the fault was not delivered again: %v", got)
	}
}

func TestAtTheEndWhatIsUnderWayEndsAndIsReceipted(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	o.subscribe(1, wire.ByMail, "lang:en")
	begun, hang := make(chan struct{}), make(chan struct{})
	o.mail.answer = func(*wire.Item, wire.Subscription, int) Result {
		close(begun)
		<-hang
		return Result{Outcome: wire.Accepted}
	}
	r := story()
	o.clear(r, wire.Publish)
	c, stop := o.courier()
	<-begun
	ended := make(chan struct{})
	go func() { defer close(ended); stop() }()
	time.AfterFunc(20*time.Millisecond, func() { close(hang) }) // whenever: stop waits for it
	<-ended
	report, err := c.Report(context.Background(), r.ID)
	if err != nil || report.Items[0].Channels[0].Accepted != 1 {
		t.Errorf("%+v, %v", report, err)
	}
}

func TestNothingIsKeptOfWhatIsDone(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	o.subscribe(3, wire.ByMail, "plant")
	r := story()
	o.clear(r, wire.Publish)
	o.clear(r, wire.Kill) // both are there before the courier is
	nobody := story()
	nobody.Editions[0] = wire.Edition{Language: "en", Headline: "Something else", Body: []wire.Block{wire.P("x")}}
	o.clear(nobody, wire.Publish)
	c, _ := o.courier()
	o.report(c, nobody.ID, "planned", settled(1))
	o.report(c, r.ID, "settled", settled(2))
	o.report(c, r.ID, "cleaned up", func(*Report) bool { return c.fences.count() == 0 })
	if got := o.mail.deliveries(); len(got) != 3 || got[0][0] != '2' {
		t.Errorf("deliveries %v: after the kill nobody gets the story", got)
	}
}

func TestAFeedsSubscribersAreToldOfAWithdrawalToo(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	sub := []wire.Subscription{{Channel: wire.ByWebSub, Query: "https://wire.example/en/feed.rss", Address: "https://x.example/cb", Expires: o.clock().Add(time.Hour).UnixMicro()}}
	r := story()
	o.clear(r, wire.Publish)
	o.topics = func(*wire.Item) []string { return []string{sub[0].Query} }
	c, _ := o.courier()
	o.report(c, r.ID, "settled", settled(1))
	o.write(func(tx *store.Tx) error { return tx.AddSubscriptions(sub) })
	o.clear(r, wire.Kill)
	report := o.report(c, r.ID, "settled", settled(2))
	if ch := report.Items[1].Channels; len(ch) != 1 || ch[0].Channel != wire.ByWebSub || ch[0].Accepted != 1 {
		t.Errorf("the kill: %+v", ch)
	}
	o.pass(2 * time.Hour) // the lease is over
	other := story()
	o.clear(other, wire.Publish)
	report = o.report(c, other.ID, "settled", settled(1))
	if ch := report.Items[0].Channels; len(ch) != 0 {
		t.Errorf("after the lease: %+v", ch)
	}
}

// WebSub §5: a hub sends nothing after the end of a lease or of a subscription,
// not even a kill; the feed says it to whoever still asks. It is no failure of
// anyone.
func TestWhoLeftAFeedIsSentNothingOfIt(t *testing.T) {
	t.Parallel()
	for name, leave := range map[string]func(*office, *wire.Subscription){
		"the lease has ended": func(o *office, _ *wire.Subscription) { o.pass(2 * time.Hour) },
		"unsubscribed": func(o *office, s *wire.Subscription) {
			s.Paused = true
			o.write(func(tx *store.Tx) error { return tx.UpdateSubscription(*s) })
		},
	} {
		t.Run(name, func(t *testing.T) {
			o := openOffice(t)
			subs := []wire.Subscription{{Channel: wire.ByWebSub, Query: "https://wire.example/en/feed.rss", Address: "https://x.example/cb", Expires: o.clock().Add(time.Hour).UnixMicro()}}
			o.write(func(tx *store.Tx) error { return tx.AddSubscriptions(subs) })
			o.topics = func(*wire.Item) []string { return []string{subs[0].Query} }
			o.write(func(tx *store.Tx) (err error) { subs, _, err = tx.Subscriptions(); return err })
			c, _ := o.courier()
			r := story()
			o.clear(r, wire.Publish)
			report := o.report(c, r.ID, "settled", settled(1))
			if ch := report.Items[0].Channels; len(ch) != 1 || ch[0].Accepted != 1 {
				t.Fatalf("while it was in force: %+v", ch)
			}
			leave(o, &subs[0])
			o.clear(r, wire.Kill)
			report = o.report(c, r.ID, "settled", settled(2))
			if ch := report.Items[1].Channels; len(ch) != 1 || ch[0].Suppressed != 1 || ch[0].Accepted != 0 || ch[0].Failed != 0 {
				t.Errorf("the kill: %+v", ch)
			}
		})
	}
}

func TestAReportNamesWhomToAskAndOpensNothing(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		channel       wire.Channel
		address, want string
	}{
		{wire.ByMail, "layla@press.example", "l…@press.example"},
		{wire.ByMail, "丽@press.example", "丽…@press.example"},
		{wire.ByMail, "@x", ""},
		{wire.ByWebhook, "https://user:pw@hooks.example:8443/services/T0/B0/secret?key=1#f", "https://hooks.example:8443"},
		{wire.ByWebSub, "not an address", ""},
	} {
		if got := Mask(c.channel, c.address); got != c.want {
			t.Errorf("%s: %q, want %q", c.address, got, c.want)
		}
	}
}

func TestMetricsBelongToTheInstance(t *testing.T) {
	t.Parallel()
	for range 2 { // a second courier in one process has a registry of its own
		registry := prometheus.NewRegistry()
		New(Options{Registry: registry})
		if got, err := registry.Gather(); err != nil || len(got) != 6 { // vectors show nothing before their first label
			t.Errorf("%v, %v", got, err)
		}
	}
}

// Several processes share the work, and when one ends the others have its part
// at once: a shard that was given up is not waited out.
func TestSeveralCouriersShareTheWorkAndTakeOver(t *testing.T) {
	t.Parallel()
	eachOffice(t, func(t *testing.T, o *office) {
		o.shared = true
		o.subscribe(200, wire.ByMail, "lang:en")
		var couriers []*Courier
		var stops []func()
		for range 3 {
			c, stop := o.courier()
			couriers, stops = append(couriers, c), append(stops, stop)
		}
		held := func(c *Courier) int { return int(c.parts.Load()) }
		until(t, "every courier has its part", func() bool {
			return held(couriers[0])+held(couriers[1])+held(couriers[2]) == shards && held(couriers[0]) > 1 && held(couriers[1]) > 1 && held(couriers[2]) > 1
		})
		before, after := story(), story()
		o.clear(before, wire.Publish)
		o.report(couriers[0], before.ID, "settled", settled(1))
		stops[0]()
		until(t, "the others have its part", func() bool { return held(couriers[1])+held(couriers[2]) == shards })
		o.clear(after, wire.Publish)
		o.report(couriers[1], after.ID, "settled without the first", settled(1))
		if got := o.mail.deliveries(); len(got) != 400 || len(slices.Compact(slices.Sorted(slices.Values(got)))) != 400 {
			t.Errorf("%d deliveries, want 400, each once", len(got))
		}
	})
}

// until waits for something that couriers do by themselves.
func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("never came about: %s", what)
		}
	}
}

// A kill overtakes the story on its way to the same reader, whoever delivers.
func TestAReaderNeverGetsAStoryAfterItsKillFromAnyCourier(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	o.shared = true
	o.subscribe(120, wire.ByMail, "lang:en")
	o.mail.answer = func(*wire.Item, wire.Subscription, int) Result {
		time.Sleep(time.Millisecond) // so that the kill finds letters under way
		return Result{Outcome: wire.Accepted}
	}
	for range 3 {
		o.courier()
	}
	r := story()
	o.clear(r, wire.Publish)
	c, _ := o.courier()
	o.report(c, r.ID, "some served", func(r *Report) bool {
		return len(r.Items[0].Channels) > 0 && r.Items[0].Channels[0].Accepted > 10
	})
	o.clear(r, wire.Kill)
	o.report(c, r.ID, "settled", settled(2))
	last := map[string]string{} // reader → item
	for _, d := range o.mail.deliveries() {
		number, rest, _ := strings.Cut(d, "/")
		reader, _, _ := strings.Cut(rest, "/")
		if last[reader] > number {
			t.Errorf("reader %s got item %s after item %s", reader, number, last[reader])
		}
		last[reader] = number
	}
	if len(last) != 120 {
		t.Errorf("%d readers heard of it, want all", len(last))
	}
}

// book is a health that the test writes.
type book struct {
	mu      sync.Mutex
	closed  map[string]bool
	noted   []string
	illness []string
}

func (b *book) Admits(address string, _ time.Time) bool { return !b.Suspended(address) }

func (b *book) Suspended(address string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.closed[address]
}

func (b *book) Note(address string, r Result, _ time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.noted = append(b.noted, address+" "+r.Outcome.String())
}

func (b *book) Ill() []string { return b.illness }

// Who is suspended gets nothing new, and hears all the same of what becomes of a
// story that it has.
func TestASuspendedReceiverIsSparedWhatIsNew(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	subs := o.subscribe(2, wire.ByWebhook, "lang:en")
	b := &book{closed: map[string]bool{}}
	o.health = map[wire.Channel]Health{wire.ByWebhook: b}
	c, _ := o.courier()
	first, second := story(), story()
	o.clear(first, wire.Publish)
	o.report(c, first.ID, "settled", settled(1))
	b.mu.Lock()
	b.closed[subs[0].Address] = true
	b.mu.Unlock()
	o.clear(second, wire.Publish)
	report := o.report(c, second.ID, "settled", settled(1))
	if ch := report.Items[0].Channels[0]; ch.Accepted != 1 || ch.Suppressed != 1 {
		t.Errorf("something new: %+v", ch)
	}
	o.clear(first, wire.Kill)
	report = o.report(c, first.ID, "settled", settled(2))
	if ch := report.Items[1].Channels[0]; ch.Accepted != 2 {
		t.Errorf("the kill of what it has: %+v", ch)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.noted) != 5 {
		t.Errorf("noted %v: every attempt, and nothing that was none", b.noted)
	}
}

// door notes to whom connections are opened before there is anything to send.
type door struct {
	*script
	opened chan []wire.Subscription
}

func (d *door) Preconnect(_ context.Context, to []wire.Subscription) { d.opened <- to }

// Connections are opened to everyone, at the same times every day: they tell
// nothing of what is scheduled, nor for whom.
func TestConnectionsAreOpenedAheadOfEveryQuarterOfAnHour(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	o.subscribe(3, wire.ByWebhook, "lang:en")
	o.subscribe(2, wire.ByWebhook, `"nobody writes of this"`)
	d := &door{o.hook, make(chan []wire.Subscription, 10)}
	o.door = d
	at := o.clock()
	o.pass(at.Truncate(15 * time.Minute).Add(15*time.Minute - 21*time.Second).Sub(at))
	c, _ := o.courier()
	r := story()
	o.clear(r, wire.Publish)
	o.report(c, r.ID, "settled", settled(1))
	if len(d.opened) != 0 {
		t.Error("before it was time")
	}
	o.pass(2 * time.Second)
	select {
	case to := <-d.opened:
		if len(to) != 5 {
			t.Errorf("to %d of 5", len(to))
		}
	case <-time.After(20 * time.Second):
		t.Error("never")
	}
}

// Why says which words of which version stand where, and tells nothing of the text
// of a story that was killed.
func TestWhyAnItemIsWanted(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	sub := o.subscribe(1, wire.ByMail, "sector:energy halden")[0]
	c := o.opened(Kept{}, 0)
	r := story()
	first := o.clear(r, wire.Publish)
	r.Editions[0].Headline = "The plant opens"
	second := o.clear(r, wire.Correct)
	why := func(number int64, query string) *Why {
		t.Helper()
		q, err := match.Parse(query)
		if err != nil {
			t.Fatal(err)
		}
		w, err := c.Why(t.Context(), number, q)
		if err != nil {
			t.Fatal(err)
		}
		return w
	}
	w, err := c.WhyTo(t.Context(), second.Number, sub.ID)
	if err != nil || !w.Wanted || len(w.Reasons) != 2 || w.Reasons[0].Field != "sector" || w.Reasons[0].Value != "energy" {
		t.Fatalf("%+v, %v", w, err)
	}
	if got, want := w.Reasons[1].Places, []Place{{first.Number, "headline", 0, 6, "Halden"}}; !slices.Equal(got, want) {
		t.Errorf("%+v; want %+v", got, want)
	}
	if w := why(second.Number, "plants -war"); len(w.Reasons) != 1 || len(w.Reasons[0].Places) != 2 || w.Reasons[0].Places[1] != (Place{second.Number, "headline", 4, 9, "plant"}) {
		t.Errorf("%+v", w)
	}
	if w := why(second.Number, "lang:ar OR war"); w.Wanted || len(w.Reasons) != 0 {
		t.Errorf("%+v", w)
	}
	o.clear(r, wire.Kill)
	if w := why(first.Number, "halden"); !w.Wanted || len(w.Reasons) != 1 || w.Reasons[0].Places != nil {
		t.Errorf("of a killed story: %+v", w)
	}
}
