package webhook

import (
	"crypto/ed25519"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wireroom/wireroom/internal/courier"
	"github.com/wireroom/wireroom/internal/courier/channeltest"
	"github.com/wireroom/wireroom/internal/format"
	"github.com/wireroom/wireroom/internal/wire"
	"github.com/wireroom/wireroom/internal/wire/retryafter"
)

var site = format.Site{BaseURL: "https://wire.example", Name: "Wire"}

// endpoints are receivers in memory.
type endpoints func(*http.Request) (*http.Response, error)

func (e endpoints) RoundTrip(r *http.Request) (*http.Response, error) { return e(r) }

func answer(status int) (*http.Response, error) {
	return &http.Response{StatusCode: status, Body: http.NoBody, Header: http.Header{}}, nil
}

func prepared(t *testing.T, h *Webhooks) courier.Shipment {
	t.Helper()
	s, err := h.Prepare(t.Context(), courier.Consignment{Item: channeltest.Item(wire.Publish, "en")})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestWhatHangsIsFoundOutEarlyUnlessItIsKnownToBeGood(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hang := false
		h := New(site, &http.Client{Transport: endpoints(func(r *http.Request) (*http.Response, error) {
			time.Sleep(4 * time.Second) // until it is connected to
			if trace := httptrace.ContextClientTrace(r.Context()); trace != nil {
				trace.GotConn(httptrace.GotConnInfo{})
			}
			if hang {
				<-r.Context().Done()
				return nil, r.Context().Err()
			}
			return answer(204)
		})}, time.Now)
		s := prepared(t, h)
		deliver := func(attempt int) (courier.Result, time.Duration) {
			began := time.Now()
			r := s.Deliver(t.Context(), wire.Subscription{ID: 1, Address: endpoint, Secret: secretText}, attempt)
			return r, time.Since(began)
		}
		hang = true
		for _, c := range []struct {
			attempt int
			good    bool
			want    time.Duration
		}{{1, false, 4*time.Second + firstTimeout}, {2, false, timeout}, {1, true, timeout}, {1, false, 4*time.Second + firstTimeout}} {
			if c.good {
				hang = false
				deliver(1)
				hang = true
			}
			if r, took := deliver(c.attempt); r.Outcome != wire.Deferred || r.Code != "timed out" || took != c.want {
				t.Errorf("attempt %d, known to be good %v: %+v after %v, want %v", c.attempt, c.good, r, took, c.want)
			}
		}
	})
}

func TestRetryAfterDoesNotOutlastTheSchedule(t *testing.T) {
	h := New(site, &http.Client{Transport: endpoints(func(*http.Request) (*http.Response, error) {
		r, err := answer(503)
		r.Header.Set("Retry-After", "999999999")
		return r, err
	})}, time.Now)
	s := prepared(t, h)
	total := time.Duration(0)
	for attempt := 1; ; attempt++ {
		r := s.Deliver(t.Context(), wire.Subscription{ID: 1, Address: endpoint, Secret: secretText}, attempt)
		if r.After > remaining(attempt) {
			t.Errorf("attempt %d: %v", attempt, r.After)
		}
		if _, again := h.Wait(attempt); !again {
			break
		}
		total += r.After
	}
	if total > 7*24*time.Hour {
		t.Errorf("an endpoint drew it out for %v", total)
	}
}

func TestRetryAfterIsReadInBothForms(t *testing.T) {
	for value, want := range map[string]time.Duration{
		"": 0, "soon": 0, "-5": 0, "0": 0, "120": 2 * time.Minute, "1.5": 0, "18446744073709551616": remaining(1), "18446744073709551615": remaining(1).Truncate(time.Second),
		at.Add(time.Hour).Format(http.TimeFormat): time.Hour, at.Add(-time.Hour).Format(http.TimeFormat): 0,
		at.Add(time.Hour).Format(time.RFC850): time.Hour, at.AddDate(50, 0, 0).Format(http.TimeFormat): remaining(1),
	} {
		if got := retryafter.Read(value, at, remaining(1)); got != want {
			t.Errorf("%q: %v, want %v", value, got, want)
		}
	}
}

// queue is a source with so many deliveries.
type queue struct {
	mu       sync.Mutex
	left     int
	shipment courier.Shipment
	done     func(courier.Result)
}

func (q *queue) Beside() (courier.Parcel, bool) { return q.Next(false) }

func (q *queue) Next(bool) (courier.Parcel, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.left == 0 {
		return courier.Parcel{}, false
	}
	q.left--
	sub := wire.Subscription{ID: wire.SubscriptionID(q.left + 1), Address: endpoint, Secret: secretText}
	return courier.NewParcel(q.shipment, sub, 1, q.done, func(time.Duration) {}), true
}

func TestEveryEndpointIsAskedAtTheSameTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var now, most, done atomic.Int64
		h := New(site, &http.Client{Transport: endpoints(func(*http.Request) (*http.Response, error) {
			most.Store(max(most.Load(), now.Add(1)))
			time.Sleep(time.Second)
			now.Add(-1)
			return answer(204)
		})}, time.Now)
		bound := cap(h.slots)
		all := bound + bound/2
		began := time.Now()
		q := &queue{left: all, shipment: prepared(t, h), done: func(r courier.Result) {
			if r.Outcome == wire.Accepted {
				done.Add(1)
			}
		}}
		var workers sync.WaitGroup
		for range h.Workers() {
			workers.Go(func() { h.Carry(t.Context(), t.Context(), q) })
		}
		workers.Wait()
		if done.Load() != int64(all) || most.Load() > int64(bound) || time.Since(began) != 2*time.Second {
			t.Errorf("%d done, up to %d at a time, in %v", done.Load(), most.Load(), time.Since(began))
		}
	})
}

func TestATestSaysThatItIsNoNews(t *testing.T) {
	_, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	var got *http.Request
	var body string
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		raw, _ := io.ReadAll(r.Body)
		got, body = r, string(raw)
		w.WriteHeader(202)
	}))
	defer srv.Close()
	h := New(site, Client(true), func() time.Time { return at }, WithKey(private))
	if h.PublicKey() != PublicKey(private) {
		t.Error("the public key is another one")
	}
	sub := wire.Subscription{ID: 5, Address: srv.URL, Secret: secretText + " " + asymmetric}
	if r := h.Test(t.Context(), sub); r.Outcome != wire.Accepted || r.Code != "202" {
		t.Fatalf("%+v", r)
	}
	var e struct {
		Type string
		Data struct {
			Test     bool
			Headline string
		}
	}
	if err := json.Unmarshal([]byte(body), &e); err != nil || e.Type != "wireroom.test" || !e.Data.Test || !strings.Contains(e.Data.Headline, "do not publish") {
		t.Errorf("%s", body)
	}
	id := got.Header.Get("Webhook-Id")
	want, _ := Sign(sub.Secret, id, at, []byte(body), private)
	if !strings.HasPrefix(id, "test.") || got.Header.Get("Webhook-Signature") != want {
		t.Errorf("headers %v", got.Header)
	}
	if r := h.Test(t.Context(), wire.Subscription{Address: "::", Secret: secretText}); r.Outcome != wire.Failed {
		t.Errorf("an address that cannot be used: %+v", r)
	}
}

func TestPreconnectLeavesOutWhoGetsNothing(t *testing.T) {
	var conns atomic.Int64
	listen := func() string {
		srv := httptest.NewUnstartedServer(http.NotFoundHandler())
		srv.Config.ConnState = func(_ net.Conn, s http.ConnState) {
			if s == http.StateNew {
				conns.Add(1)
			}
		}
		srv.Start()
		t.Cleanup(srv.Close)
		return srv.URL
	}
	n := NewNetwork(Options{AllowPrivate: true})
	t.Cleanup(n.CloseIdleConnections)
	h := New(site, n.Client(), time.Now)
	h.Preconnect(t.Context(), []wire.Subscription{
		{Channel: wire.ByWebhook, Address: listen(), Paused: true}, {Channel: wire.ByWebSub, Address: listen()}, {Channel: wire.ByWebhook, Address: listen()},
	})
	if n.kept.total != 1 {
		t.Errorf("%d connections", n.kept.total)
	}
	New(site, http.DefaultClient, time.Now).Preconnect(t.Context(), []wire.Subscription{{Channel: wire.ByWebhook, Address: "http://[::1]:1"}})
}

func TestAnAddressWithUserAndPasswordIsAskedWithThem(t *testing.T) {
	var user, password string
	h := New(site, &http.Client{Transport: endpoints(func(r *http.Request) (*http.Response, error) {
		user, password, _ = r.BasicAuth()
		return answer(204)
	})}, time.Now)
	address := strings.Replace(endpoint, "://", "://desk:p%40ss@", 1)
	if r := prepared(t, h).Deliver(t.Context(), wire.Subscription{ID: 1, Address: address, Secret: secretText}, 1); r.Outcome != wire.Accepted || user != "desk" || password != "p@ss" {
		t.Errorf("%+v, as %q with %q", r, user, password)
	}
}
