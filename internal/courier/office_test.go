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
	var last *Report
	for {
		r, err := c.Report(ctx, id)
		if err == nil && ok(r) {
			return r
		}
		if ctx.Err() != nil {
			o.t.Fatalf("never %s; the last report is %+v, and now: %v", what, last, err)
		}
		if err == nil {
			last = r
		}
		c.Wake()
		time.Sleep(2 * time.Millisecond) // yields to the courier; nothing depends on how long
	}
}

func settled(n int) func(*Report) bool {
	return func(r *Report) bool { return len(r.Items) == n && r.Settled() }
}
