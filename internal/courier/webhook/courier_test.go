package webhook

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/wireroom/wireroom/internal/courier"
	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/store/storetest"
	"github.com/wireroom/wireroom/internal/wire"
)

// room is a courier with one endpoint, and a clock that the test moves.
type room struct {
	t        *testing.T
	store    *store.Store
	courier  *courier.Courier
	health   *Health
	stop     func()
	sub      wire.Subscription
	moved    atomic.Int64
	ill      atomic.Bool
	mu       sync.Mutex
	requests []string // webhook ids
}

func openRoom(t *testing.T) *room {
	t.Helper()
	r := &room{t: t}
	r.store = storetest.SQLite(t, store.WithClock(r.now))
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		r.mu.Lock()
		r.requests = append(r.requests, q.Header.Get("Webhook-Id"))
		r.mu.Unlock()
		if r.ill.Load() {
			w.WriteHeader(500)
		}
	}))
	t.Cleanup(srv.Close)
	subs := []wire.Subscription{{Query: "*", Channel: wire.ByWebhook, Address: srv.URL, Secret: secretText, Outlet: 1}}
	if err := r.store.Write(t.Context(), func(tx *store.Tx) error { return tx.AddSubscriptions(subs) }); err != nil {
		t.Fatal(err)
	}
	r.sub = subs[0]
	r.start()
	t.Cleanup(func() { r.stop() })
	return r
}

// start sets a courier to work that knows what is in the store.
func (r *room) start() {
	r.health = openHealth(r.t, r.store, r.now)
	began := time.Now()
	r.courier = courier.New(courier.Options{
		Store: r.store, Channels: map[wire.Channel]courier.Channel{wire.ByWebhook: New(site, Client(true), r.now)}, Health: map[wire.Channel]courier.Health{wire.ByWebhook: r.health},
		Now: r.now, Since: func() time.Duration { return time.Since(began) }, Process: "test", Sole: true, Log: slog.New(slog.DiscardHandler),
	})
	ctx, cancel := context.WithCancel(context.Background())
	var parts sync.WaitGroup
	parts.Go(func() { _ = r.courier.Run(ctx) })
	parts.Go(func() { r.health.Run(ctx) })
	r.stop = func() { cancel(); parts.Wait() }
}

// restart ends the courier, and another goes on in its place.
func (r *room) restart() { r.stop(); r.start() }

func (r *room) now() time.Time { return at.Add(time.Duration(r.moved.Load())) }

// item puts an item on the wire and returns how many requests it came to so far
// and how its delivery stands, once that is settled for now.
func (r *room) item(release *wire.Release, prior *wire.Item, action wire.Action) (wire.Item, store.Tally) {
	r.t.Helper()
	e := &wire.Edition{Language: "en", Headline: "A headline", Body: []wire.Block{wire.P("Text.")}}
	it := wire.NewItem(release, e, action, prior, r.now(), wire.Amendment{Reason: "A figure was wrong."})
	if err := r.store.Write(r.t.Context(), func(tx *store.Tx) error { return tx.AddItem(&it, func(*wire.Item) {}) }); err != nil {
		r.t.Fatal(err)
	}
	r.courier.Wake()
	var t store.Tally
	r.await("an item is not settled", func() bool {
		err := r.store.Read(r.t.Context(), func(tx *store.Tx) error {
			all, err := tx.Tallies(it.Number)
			t = all[wire.ByWebhook]
			return err
		})
		if err != nil {
			r.t.Fatal(err)
		}
		return t.Matched == 1 && t.Pending() == 0
	})
	return it, t
}

// await waits for what other goroutines do.
func (r *room) await(otherwise string, done func() bool) {
	r.t.Helper()
	for over := time.Now().Add(20 * time.Second); !done(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(over) {
			r.t.Fatal(otherwise)
		}
	}
}

func (r *room) asked() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.requests)
}

func newRelease() *wire.Release {
	return &wire.Release{ID: wire.NewReleaseID(), Facets: wire.Facets{Organisation: "Halden", Priority: wire.Urgent, Sectors: []string{"energy"}}}
}

func TestTheCourierSparesASuspendedEndpointWhatIsNew(t *testing.T) {
	r := openRoom(t)
	first := newRelease()
	published, tally := r.item(first, nil, wire.Publish)
	if tally.Accepted != 1 {
		t.Fatalf("%+v", tally)
	}
	r.ill.Store(true)
	for i := range suspendFailures {
		r.moved.Store(int64(time.Duration(i) * suspendAfter / (suspendFailures - 1)))
		if _, tally = r.item(newRelease(), nil, wire.Publish); tally.Deferred+tally.Suppressed != 1 {
			t.Fatalf("failure %d: %+v", i, tally)
		}
	}
	if !r.health.Suspended(r.sub.Address) {
		t.Fatal("not suspended")
	}
	before := r.asked()
	missed, tally := r.item(newRelease(), nil, wire.Publish)
	if tally.Suppressed != 1 || r.asked() != before {
		t.Errorf("what is new: %+v, asked %d times", tally, r.asked()-before)
	}
	if _, tally = r.item(first, &published, wire.Correct); tally.Deferred != 1 || r.asked() != before+1 {
		t.Errorf("a correction of what it has: %+v, asked %d times", tally, r.asked()-before)
	}

	r.ill.Store(false)
	r.moved.Add(int64(probeEvery))
	r.item(newRelease(), nil, wire.Publish) // the probe, if nothing that was due again is
	r.await("it took a probe, and is still suspended", func() bool { return !r.health.Suspended(r.sub.Address) })
	if _, tally = r.item(newRelease(), nil, wire.Publish); tally.Accepted != 1 {
		t.Errorf("afterwards: %+v", tally)
	}

	// What it missed is brought when it is sent again.
	operator := wire.Actor{Name: "Ines", Role: wire.RoleOperator}
	again := courier.Resend{First: missed.Number, Last: missed.Number, To: r.sub.ID}
	if done, err := r.courier.Resend(t.Context(), operator, again, ""); err != nil || done.Deliveries != 1 {
		t.Fatalf("%+v, %v", done, err)
	}
	r.courier.Wake()
	r.await("nothing brought what it missed", func() bool {
		r.mu.Lock()
		defer r.mu.Unlock()
		return slices.Contains(r.requests, string(missed.ID)+".1")
	})
}

// Days pass, and with them processes: what the wire knows of an endpoint, since
// when it fails, that it is suspended, when it is probed next, goes on in each.
func TestTheSuspensionOfAnEndpointOutlivesEveryRestart(t *testing.T) {
	r := openRoom(t)
	r.ill.Store(true)
	for i := range suspendFailures {
		if r.health.Suspended(r.sub.Address) {
			t.Fatalf("suspended after %d failures", i)
		}
		r.moved.Store(int64(time.Duration(i) * suspendAfter / (suspendFailures - 1)))
		r.item(newRelease(), nil, wire.Publish)
		r.restart()
	}
	suspension, err := r.health.Endpoint(t.Context(), r.sub.Address)
	if err != nil || suspension.State != store.EndpointSuspended || suspension.Failures < suspendFailures || !suspension.Failing.Equal(at) {
		t.Fatalf("%+v, %v", suspension, err)
	}
	spared := func(when string) {
		t.Helper()
		before := r.asked()
		if _, tally := r.item(newRelease(), nil, wire.Publish); tally.Suppressed != 1 || r.asked() != before {
			t.Errorf("%s: %+v, asked %d times", when, tally, r.asked()-before)
		}
	}
	spared("after a restart")

	// The first probe fails; what follows from it is known after the next restart.
	before := r.asked()
	r.moved.Store(int64(suspension.Next.Sub(at)))
	r.item(newRelease(), nil, wire.Publish)
	r.await("no probe was made", func() bool { return r.asked() > before })
	if n := r.asked() - before; n != 1 {
		t.Errorf("probed %d times", n)
	}
	r.restart()
	spared("after a probe and a restart")
	e, err := r.health.Endpoint(t.Context(), r.sub.Address)
	if err != nil || e.State != store.EndpointSuspended || e.Probes != 1 || !e.Next.Equal(suspension.Next.Add(2*probeEvery)) || !e.Since.Equal(suspension.Since) {
		t.Errorf("after the first probe: %+v, %v", e, err)
	}

	// The second is taken.
	r.ill.Store(false)
	r.moved.Store(int64(e.Next.Sub(at)))
	r.item(newRelease(), nil, wire.Publish)
	r.await("it took a probe, and is still suspended", func() bool { return !r.health.Suspended(r.sub.Address) })
	r.restart()
	if _, tally := r.item(newRelease(), nil, wire.Publish); tally.Accepted != 1 {
		t.Errorf("after it took a probe and a restart: %+v", tally)
	}
}
