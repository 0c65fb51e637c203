package courier

import (
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/wireroom/wireroom/internal/leader"
	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/wire"
)

func TestEveryoneWhoWantsAnItemGetsItOnce(t *testing.T) {
	t.Parallel()
	eachOffice(t, everyoneWhoWantsAnItemGetsItOnce)
}

func everyoneWhoWantsAnItemGetsItOnce(t *testing.T, o *office) {
	o.subscribe(1200, wire.ByMail, "sector:energy")
	o.subscribe(40, wire.ByWebhook, `"opens a plant"`)
	o.subscribe(30, wire.ByMail, "sector:health")
	o.mail.workers = 4
	r := story()
	o.clear(r, wire.Publish)
	c, stop := o.courier()
	report := o.report(c, r.ID, "settled", settled(1))
	want := []ChannelReport{
		{Channel: wire.ByMail, Matched: 1200, Accepted: 1200},
		{Channel: wire.ByWebhook, Matched: 40, Accepted: 40},
	}
	if !slices.Equal(report.Items[0].Channels, want) {
		t.Errorf("report %+v", report.Items[0].Channels)
	}
	stop()
	c, _ = o.courier() // another start finds nothing to do
	o.report(c, r.ID, "settled", settled(1))
	if n := len(o.mail.deliveries()); n != 1200 {
		t.Errorf("%d mails", n)
	}
	if o.mail.made != 1 {
		t.Errorf("one rendering for all, not %d", o.mail.made)
	}
}

func TestOnePersonGetsOneLetterHoweverManySubscriptionsMatch(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	subs := o.subscribe(3, wire.ByMail, "lang:en")
	for i := range subs[1:] {
		subs[i+1].Address = subs[0].Address
		o.write(func(tx *store.Tx) error { return tx.UpdateSubscription(subs[i+1]) })
	}
	r := story()
	o.clear(r, wire.Publish)
	c, _ := o.courier()
	o.report(c, r.ID, "settled", settled(1))
	if got := o.mail.deliveries(); len(got) != 1 {
		t.Errorf("deliveries %v", got)
	}
}

func TestWhatWasUnderWayWhenTheProcessEndedIsTriedAgainAndNothingElse(t *testing.T) {
	t.Parallel()
	eachOffice(t, whatWasUnderWayWhenTheProcessEndedIsTriedAgainAndNothingElse)
}

func whatWasUnderWayWhenTheProcessEndedIsTriedAgainAndNothingElse(t *testing.T, o *office) {
	o.subscribe(50, wire.ByMail, "lang:en")
	r := story()
	o.clear(r, wire.Publish)
	block := make(chan struct{})
	var underWay, asked atomic.Int64
	o.mail.answer = func(_ *wire.Item, s wire.Subscription, _ int) Result {
		if asked.Add(1) == 31 { // one worker asks
			underWay.Store(int64(s.ID))
			<-block // the process dies while this one is under way
		}
		return Result{Outcome: wire.Accepted}
	}
	o.shared = true
	first, stopFirst := o.courier()
	o.report(first, r.ID, "30 accepted", func(r *Report) bool { return len(r.Items[0].Channels) > 0 && r.Items[0].Channels[0].Accepted == 30 })

	// The same database as a killed process leaves it: what was committed.
	other := &office{t: t, mail: &script{}, hook: &script{}, now: o.clock(), url: o.url}
	var err error
	if other.store, err = store.Open(t.Context(), o.url, store.WithClock(other.clock)); err != nil {
		t.Fatal(err)
	}
	defer other.store.Close()
	c, stop := other.courier()
	other.report(c, r.ID, "settled", settled(1))
	stop()
	got := other.mail.deliveries()
	if len(got) != 20 || !slices.Contains(got, fmt.Sprintf("1/%d/1", underWay.Load())) {
		t.Errorf("the second start delivered %d, from %v on", len(got), got[:1])
	}
	// The first was only frozen. What it still knows it may not write: the
	// ledger is the successor's.
	o.frozen.Store(int64(leader.LeaseTime))
	close(block)
	stopFirst()
	if got := o.mail.deliveries(); len(got) != 31 {
		t.Errorf("the former leader went on: %v", got[31:])
	}
	other.report(c, r.ID, "as the successor left it", func(r *Report) bool { return r.Items[0].Channels[0].Accepted == 50 })
	other.read(func(tx *store.Tx) error {
		b := store.Batch{ID: 1}
		if p, err := tx.BatchProgress(&b); p.Blocks != 0 || err != nil {
			t.Errorf("%d blocks of receipts on a sealed batch, %v", p.Blocks, err)
		}
		return nil
	})
}

func TestADeferredDeliveryIsTriedAtItsTimeAndGivenUpInTheEnd(t *testing.T) {
	t.Parallel()
	eachOffice(t, aDeferredDeliveryIsTriedAtItsTimeAndGivenUpInTheEnd)
}

func aDeferredDeliveryIsTriedAtItsTimeAndGivenUpInTheEnd(t *testing.T, o *office) {
	o.subscribe(2, wire.ByMail, "lang:en")
	o.mail.answer = func(_ *wire.Item, s wire.Subscription, attempt int) Result {
		if s.ID == 1 && attempt == 2 {
			return Result{Outcome: wire.Accepted, Code: "250"}
		}
		return Result{Outcome: wire.Deferred, Code: "451 4.7.1 later"}
	}
	r := story()
	o.clear(r, wire.Publish)
	c, stop := o.courier()
	counts := func(accepted, deferred, failed int) func(*Report) bool {
		return func(r *Report) bool {
			if len(r.Items) == 0 || len(r.Items[0].Channels) == 0 {
				return false
			}
			ch := r.Items[0].Channels[0]
			return ch.Accepted == accepted && ch.Deferred == deferred && ch.Failed == failed && ch.Pending == 0
		}
	}
	report := o.report(c, r.ID, "both deferred", counts(0, 2, 0))
	if f := report.Items[0].Failures; len(f) != 2 || f[0].Code != "451 4.7.1 later" || !f[0].Next.Equal(o.clock().Add(time.Minute)) || f[0].Address == "" {
		t.Errorf("failures %+v", f)
	}
	stop() // retries outlive the process
	c, _ = o.courier()
	o.pass(time.Minute)
	o.report(c, r.ID, "one accepted at the second attempt, the other deferred by it", func(r *Report) bool {
		return counts(1, 1, 0)(r) && r.Items[0].Failures[0].Attempt == 2 // whose third is a minute from then
	})
	o.pass(time.Minute)
	report = o.report(c, r.ID, "the other given up after the third", counts(1, 0, 1))
	if f := report.Items[0].Failures; len(f) != 1 || f[0].Attempt != 3 || f[0].Outcome != "failed" {
		t.Errorf("failures %+v", f)
	}
	if got := o.mail.deliveries(); len(got) != 5 {
		t.Errorf("deliveries %v", got)
	}
}

func TestADeliveryThatNobodyPutOffIsTriedAgainAtOnceAndOnce(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	o.subscribe(1, wire.ByMail, "lang:en")
	o.mail.answer = func(*wire.Item, wire.Subscription, int) Result {
		return Result{Outcome: wire.Deferred, Code: "connection lost", After: AtOnce}
	}
	r := story()
	o.clear(r, wire.Publish)
	c, _ := o.courier()
	report := o.report(c, r.ID, "deferred for the second time", func(r *Report) bool {
		return len(r.Items) > 0 && len(r.Items[0].Failures) == 1 && r.Items[0].Failures[0].Attempt == 2
	})
	if f := report.Items[0].Failures[0]; !f.Next.Equal(o.clock().Add(time.Minute)) {
		t.Errorf("the third attempt is at %v, want after the schedule's wait", f.Next)
	}
	o.pass(time.Minute)
	o.report(c, r.ID, "given up after the third", func(r *Report) bool { return r.Items[0].Channels[0].Failed == 1 })
	if got := o.mail.deliveries(); len(got) != 3 {
		t.Errorf("deliveries %v", got)
	}
}

func TestANewerVersionFencesTheOlder(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	o.subscribe(3, wire.ByMail, "lang:en")
	o.mail.answer = func(it *wire.Item, _ wire.Subscription, _ int) Result {
		if it.Action == wire.Publish {
			return Result{Outcome: wire.Deferred, Code: "451"}
		}
		return Result{Outcome: wire.Accepted}
	}
	r := story()
	o.clear(r, wire.Publish)
	c, _ := o.courier()
	o.report(c, r.ID, "deferred", settled(1))
	o.clear(r, wire.Kill)
	o.report(c, r.ID, "killed", settled(2))
	o.pass(time.Hour)
	report := o.report(c, r.ID, "superseded", func(r *Report) bool { return r.Items[0].Channels[0].Superseded == 3 })
	if kill := report.Items[1].Channels[0]; kill.Accepted != 3 {
		t.Errorf("the kill: %+v", kill)
	}
	for _, d := range o.mail.deliveries()[3:] {
		if d[0] != '2' {
			t.Errorf("after the kill the original was sent: %s", d)
		}
	}
}

func TestAKillReachesEveryoneWhoWasServedWhateverTheyWantNow(t *testing.T) {
	t.Parallel()
	eachOffice(t, aKillReachesEveryoneWhoWasServedWhateverTheyWantNow)
}

func aKillReachesEveryoneWhoWasServedWhateverTheyWantNow(t *testing.T, o *office) {
	subs := o.subscribe(4, wire.ByMail, "sector:energy")
	r := story()
	o.clear(r, wire.Publish)
	c, _ := o.courier()
	o.report(c, r.ID, "settled", settled(1))
	if err := c.Unsubscribe(t.Context(), subs[0].Secret); err != nil {
		t.Fatal(err)
	}
	subs[1].Query = "sector:health"
	o.write(func(tx *store.Tx) error { return tx.UpdateSubscription(subs[1]) })
	o.subscribe(2, wire.ByMail, "lang:en") // came later: never served, not told
	o.clear(r, wire.Kill)
	report := o.report(c, r.ID, "settled", settled(2))
	if kill := report.Items[1].Channels[0]; kill.Matched != 4 || kill.Accepted != 4 {
		t.Errorf("the kill: %+v", kill)
	}
	next := story()
	o.clear(next, wire.Publish)
	report = o.report(c, next.ID, "settled", settled(1))
	if ch := report.Items[0].Channels[0]; ch.Matched != 4 { // two of the first and the two who came later
		t.Errorf("the next story: %+v", ch)
	}
}

func TestACorrectionGoesToThoseServedAndToNewMatches(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	o.subscribe(2, wire.ByMail, "plant")
	o.subscribe(3, wire.ByMail, "refinery")
	o.subscribe(2, wire.ByWebhook, "halden") // both versions match
	r := story()
	o.clear(r, wire.Publish)
	c, _ := o.courier()
	o.report(c, r.ID, "settled", settled(1))
	r.Editions[0].Headline = "Halden opens a refinery"
	o.clear(r, wire.Correct)
	report := o.report(c, r.ID, "settled", settled(2))
	if ch := report.Items[1].Channels; ch[0].Matched != 5 || ch[0].Accepted != 5 || ch[1].Matched != 2 || ch[1].Accepted != 2 {
		t.Errorf("the correction: %+v", ch)
	}
}

func TestAReceiverThatIsGoneIsPaused(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	subs := o.subscribe(1, wire.ByWebhook, "lang:en")
	o.hook.answer = func(*wire.Item, wire.Subscription, int) Result {
		return Result{Outcome: wire.Failed, Code: "410", Gone: true}
	}
	r := story()
	o.clear(r, wire.Publish)
	c, _ := o.courier()
	o.report(c, r.ID, "settled", settled(1))
	o.report(c, r.ID, "paused", func(*Report) bool {
		var s wire.Subscription
		err := o.store.Read(t.Context(), func(tx *store.Tx) (err error) { s, err = tx.Subscription(subs[0].ID); return err })
		return err == nil && s.Paused
	})
}

func TestReceiversThatHangDelayNobodyElse(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	o.hook.workers = 64
	o.subscribe(40, wire.ByWebhook, "lang:en")
	hang := make(chan struct{})
	o.hook.answer = func(_ *wire.Item, s wire.Subscription, _ int) Result {
		if s.ID%4 == 0 {
			<-hang
		}
		return Result{Outcome: wire.Accepted}
	}
	first, second := story(), story()
	o.clear(first, wire.Publish)
	o.clear(second, wire.Publish)
	c, _ := o.courier()
	for _, r := range []*wire.Release{first, second} {
		o.report(c, r.ID, "30 healthy ones served", func(r *Report) bool {
			return len(r.Items) > 0 && len(r.Items[0].Channels) > 0 && r.Items[0].Channels[0].Accepted == 30
		})
	}
	if n := len(o.hook.deliveries()); n != 70 { // each hanging one holds one delivery, not two
		t.Errorf("%d deliveries begun, want 70", n)
	}
	close(hang)
	o.report(c, second.ID, "settled", settled(1))
}
