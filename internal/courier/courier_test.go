package courier

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/wireroom/wireroom/internal/leader"
	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/store/storetest"
	"github.com/wireroom/wireroom/internal/wire"
)

// script is a channel that answers as the test says and notes what it got.
type script struct {
	mu      sync.Mutex
	answer  func(item *wire.Item, s wire.Subscription, attempt int) Result
	got     []string // "number/subscription/attempt", in order
	workers int
	ward    int
	made    int           // how often a shipment was prepared
	hang    chan struct{} // if set, deliveries wait for it or for their context
	flush   func() error
}

func (c *script) Workers() int { return max(c.workers, 1) }

func (c *script) Ward() int { return c.ward }

func (c *script) Flush() error {
	if c.flush != nil {
		return c.flush()
	}
	return nil
}

func (c *script) Prepare(_ context.Context, g Consignment) (Shipment, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.made++
	return scripted{c, g}, nil
}

func (c *script) Wait(attempts int) (time.Duration, bool) { return time.Minute, attempts < 3 }

type scripted struct {
	*script
	g Consignment
}

func (s scripted) Deliver(ctx context.Context, sub wire.Subscription, attempt int) Result {
	s.mu.Lock()
	what := fmt.Sprint(s.g.Item.Number)
	if s.g.Digest != nil {
		what = "digest"
		for i := range s.g.Digest {
			what += fmt.Sprintf("+%d", s.g.Digest[i].Number)
		}
	}
	s.got = append(s.got, fmt.Sprintf("%s/%d/%d", what, sub.ID, attempt))
	hang := s.hang
	s.mu.Unlock()
	if hang != nil {
		select {
		case <-hang:
		case <-ctx.Done():
			return Result{Outcome: wire.Deferred, Code: "cut off"}
		}
	}
	if s.answer == nil {
		return Result{Outcome: wire.Accepted, Code: "ok"}
	}
	return s.answer(s.g.Item, sub, attempt)
}

func (c *script) deliveries() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.got)
}

// office is a courier over a real store, with hands of a clock that the test
// moves.
type office struct {
	t     *testing.T
	store *store.Store
	url   string
	mail  *script
	hook  *script
	// shared says that other processes may be alive; frozen is for how long this
	// one stood still.
	shared bool
	frozen atomic.Int64
	// topics are the feeds that an item changes; nil for none.
	topics func(*wire.Item) []string
	health map[wire.Channel]Health
	door   *door // in place of hook

	mu  sync.Mutex
	now time.Time
}

func openOffice(t *testing.T) *office {
	t.Helper()
	return openOfficeOn(t, "sqlite")
}

// eachOffice runs a test on every engine.
func eachOffice(t *testing.T, f func(t *testing.T, o *office)) {
	t.Helper()
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) { f(t, openOfficeOn(t, engine)) })
	}
}

func openOfficeOn(t *testing.T, engine string) *office {
	t.Helper()
	o := &office{t: t, url: storetest.URL(t, engine), mail: &script{}, hook: &script{workers: 8}, now: time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)}
	var err error
	if o.store, err = store.Open(t.Context(), o.url, store.WithClock(o.clock)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { o.store.Close() })
	return o
}

func (o *office) clock() time.Time { o.mu.Lock(); defer o.mu.Unlock(); return o.now }

func (o *office) pass(d time.Duration) { o.mu.Lock(); o.now = o.now.Add(d); o.mu.Unlock() }

func (o *office) write(f func(*store.Tx) error) {
	o.t.Helper()
	if err := o.store.Write(o.t.Context(), f); err != nil {
		o.t.Fatal(err)
	}
}

func (o *office) read(f func(*store.Tx) error) {
	o.t.Helper()
	if err := o.store.Read(o.t.Context(), f); err != nil {
		o.t.Fatal(err)
	}
}

// subscribe adds n mail subscriptions with a query and returns their ids.
func (o *office) subscribe(n int, channel wire.Channel, query string) []wire.Subscription {
	o.t.Helper()
	subs := make([]wire.Subscription, n)
	for i := range subs {
		subs[i] = wire.Subscription{Query: query, Channel: channel, Address: fmt.Sprintf("a%d.%s@x.example", i, wire.NewToken()), Secret: wire.NewToken()}
	}
	o.write(func(tx *store.Tx) error { return tx.AddSubscriptions(subs) })
	return subs
}

// clear puts an item of a release on the wire.
func (o *office) clear(r *wire.Release, action wire.Action) wire.Item {
	o.t.Helper()
	var it wire.Item
	o.write(func(tx *store.Tx) error {
		newest, err := tx.NewestOf(r.ID)
		if err != nil {
			return err
		}
		var prior *wire.Item
		if n, ok := newest["en"]; ok {
			prior = &n
		}
		it = wire.NewItem(r, &r.Editions[0], action, prior, tx.Now(), wire.Amendment{Reason: "because"})
		return tx.AddItem(&it, func(*wire.Item) {})
	})
	return it
}

func story() *wire.Release {
	return &wire.Release{ID: wire.NewReleaseID(), Facets: wire.Facets{Priority: wire.Ordinary, Sectors: []string{"energy"}},
		Editions: []wire.Edition{{Language: "en", Headline: "Halden opens a plant", Body: []wire.Block{wire.P("Text of the story.")}}}}
}

// courier starts a courier; stop ends it cleanly.
func (o *office) courier() (c *Courier, stop func()) {
	o.t.Helper()
	return o.courierWith(func(*Options) {})
}

// courierWith starts one with other options.
func (o *office) courierWith(change func(*Options)) (c *Courier, stop func()) {
	o.t.Helper()
	start := time.Now()
	var hooks Channel = o.hook
	if o.door != nil {
		hooks = o.door
	}
	options := Options{
		Store: o.store, Channels: map[wire.Channel]Channel{wire.ByMail: o.mail, wire.ByWebhook: hooks, wire.ByWebSub: &script{}}, Preconnect: o.door != nil, Topics: o.topics, Health: o.health,
		Now: o.clock, Since: func() time.Duration { return time.Since(start) + time.Duration(o.frozen.Load()) }, Process: wire.NewToken(), Sole: !o.shared, Log: slog.New(slog.DiscardHandler),
	}
	change(&options)
	c = New(options)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { defer close(ended); c.Run(ctx) }()
	stop = sync.OnceFunc(func() { cancel(); <-ended })
	o.t.Cleanup(stop)
	return c, stop
}

// report waits until the report of a release is as the test wants it.
func (o *office) report(c *Courier, id wire.ReleaseID, what string, ok func(*Report) bool) *Report {
	o.t.Helper()
	ctx, cancel := context.WithTimeout(o.t.Context(), 20*time.Second)
	defer cancel()
	for {
		r, err := c.Report(ctx, id)
		if err == nil && ok(r) {
			return r
		}
		if ctx.Err() != nil {
			o.t.Fatalf("never %s; the report is %+v", what, r)
		}
		c.Wake()
		time.Sleep(2 * time.Millisecond) // yields to the courier; nothing depends on how long
	}
}

func settled(n int) func(*Report) bool {
	return func(r *Report) bool { return len(r.Items) == n && r.Settled() }
}

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
	o.report(c, r.ID, "one accepted at the second attempt", counts(1, 1, 0))
	o.pass(time.Minute)
	report = o.report(c, r.ID, "the other given up after the third", counts(1, 0, 1))
	if f := report.Items[0].Failures; len(f) != 1 || f[0].Attempt != 3 || f[0].Outcome != "failed" {
		t.Errorf("failures %+v", f)
	}
	if got := o.mail.deliveries(); len(got) != 5 {
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
