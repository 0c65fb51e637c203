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
	r.health = openHealth(t, r.store, r.now)
	began := time.Now()
	r.courier = courier.New(courier.Options{
		Store: r.store, Channels: map[wire.Channel]courier.Channel{wire.ByWebhook: New(site, Client(true), r.now)}, Health: map[wire.Channel]courier.Health{wire.ByWebhook: r.health},
		Now: r.now, Since: func() time.Duration { return time.Since(began) }, Process: "test", Sole: true, Log: slog.New(slog.DiscardHandler),
	})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); _ = r.courier.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-ended })
	return r
}

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
