package webhook

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/wireroom/wireroom/internal/courier"
	"github.com/wireroom/wireroom/internal/format"
	"github.com/wireroom/wireroom/internal/format/ninjs"
	"github.com/wireroom/wireroom/internal/format/offer"
	"github.com/wireroom/wireroom/internal/wire"
)

var at = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// The example of the Standard Webhooks reference libraries.
func TestTheSignatureIsThatOfTheStandard(t *testing.T) {
	got, err := Sign("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", time.Unix(1614265330, 0), []byte(`{"test": 2432232314}`), nil)
	if want := "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="; got != want || err != nil {
		t.Errorf("%s, %v; want %s", got, err, want)
	}
	if both, err := Sign("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw whsec_AAAA", "a", at, nil, nil); err != nil || len(strings.Fields(both)) != 2 {
		t.Errorf("while a secret is being replaced: %s, %v", both, err)
	}
	for _, bad := range []string{"", "whsec_", "whsec_!!!"} {
		if _, err := Sign(bad, "a", at, nil, nil); wire.KindOf(err) != wire.Invalid || strings.Contains(err.Error(), "!!!") {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func shipmentTo(t *testing.T, h http.HandlerFunc) (courier.Shipment, wire.Subscription) {
	t.Helper()
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	channel := New(format.Site{BaseURL: "https://wire.example", Name: "Wire"}, Client(true), func() time.Time { return at })
	it := &wire.Item{Number: 3, ID: "itemid", Release: "rel", Version: 1, Action: wire.Publish, ClearTime: at, First: at,
		Facets: wire.Facets{Priority: wire.Ordinary}, Edition: wire.Edition{Language: "ja", Headline: "見出し", Body: []wire.Block{wire.P("本文")}}}
	s, err := channel.Prepare(t.Context(), courier.Consignment{Item: it})
	if err != nil {
		t.Fatal(err)
	}
	return s, wire.Subscription{ID: 5, Address: srv.URL + "/hook?key=secret", Secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}
}

func TestAnAnswerDecides(t *testing.T) {
	for _, c := range []struct {
		name    string
		handler http.HandlerFunc
		want    courier.Result
	}{
		{"any 2xx", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(202) }, courier.Result{Outcome: wire.Accepted, Code: "202"}},
		{"an error", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) }, courier.Result{Outcome: wire.Deferred, Code: "500"}},
		{"a refusal", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(401) }, courier.Result{Outcome: wire.Deferred, Code: "401"}},
		{"gone", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(410) }, courier.Result{Outcome: wire.Failed, Code: "410", Gone: true}},
		{"asked to wait", func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Retry-After", "120"); w.WriteHeader(429) }, courier.Result{Outcome: wire.Deferred, Code: "429", After: 2 * time.Minute}},
		{"asked to wait until a time", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", at.Add(90*time.Second).Format(http.TimeFormat))
			w.WriteHeader(503)
		}, courier.Result{Outcome: wire.Deferred, Code: "503", After: 90 * time.Second}},
		{"asked to wait for ever", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "99999999")
			w.WriteHeader(503)
		}, courier.Result{Outcome: wire.Deferred, Code: "503", After: remaining(1)}},
		{"too much for it", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(429) }, courier.Result{Outcome: wire.Deferred, Code: "429", After: -1}},
		{"a redirect is not followed", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://127.0.0.1:1/", http.StatusFound)
		}, courier.Result{Outcome: wire.Deferred, Code: "302"}},
		{"cut off", func(w http.ResponseWriter, _ *http.Request) { panic(http.ErrAbortHandler) }, courier.Result{Outcome: wire.Deferred, Code: "connection lost"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, sub := shipmentTo(t, c.handler)
			got := s.Deliver(t.Context(), sub, 1)
			if c.want.After < 0 && got.After >= throttled { // with jitter
				got.After = c.want.After
			}
			if got != c.want {
				t.Errorf("%+v, want %+v", got, c.want)
			}
		})
	}
}

func TestEveryAttemptCarriesTheSameIdAndBody(t *testing.T) {
	var ids, bodies []string
	s, sub := shipmentTo(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		ids, bodies = append(ids, r.Header.Get("Webhook-Id")), append(bodies, string(body))
		want, _ := Sign("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", r.Header.Get("Webhook-Id"), at, body, nil)
		if r.Header.Get("Webhook-Signature") != want || r.Header.Get("Webhook-Timestamp") != "1795435200" || r.Header.Get("Content-Type") != "application/json" {
			t.Errorf("headers %v", r.Header)
		}
		w.WriteHeader(500)
	})
	s.Deliver(t.Context(), sub, 1)
	s.Deliver(t.Context(), sub, 2)
	if ids[0] != "itemid.5" || ids[1] != ids[0] || bodies[1] != bodies[0] {
		t.Errorf("ids %v", ids)
	}
	var payload struct {
		Type string
		Data struct{ Language string }
	}
	if err := json.Unmarshal([]byte(bodies[0]), &payload); err != nil || payload.Type != "item.publish" || payload.Data.Language != "ja" {
		t.Errorf("%+v, %v", payload, err)
	}
}

func TestPrivateAddressesAreRefusedWhereverTheNameLeads(t *testing.T) {
	hit := false
	srv := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { hit = true }))
	defer srv.Close()
	client := Client(false)
	_, port, _ := strings.Cut(strings.TrimPrefix(srv.URL, "http://"), ":")
	for _, address := range []string{srv.URL, "http://localhost:" + port, "http://[::1]:" + port, "http://0.0.0.0:" + port, "http://10.0.0.1/", "http://169.254.169.254/latest/", "http://[::ffff:127.0.0.1]:" + port, "http://100.64.0.1/"} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address, nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := Do(client, req, time.Now); got.Outcome != wire.Failed || got.Code != "the address is not a public one" {
			t.Errorf("%s: %+v", address, got)
		}
	}
	if hit {
		t.Error("a private address was reached")
	}
}

func TestTheScheduleEnds(t *testing.T) {
	total := time.Duration(0)
	for attempt := 1; ; attempt++ {
		wait, again := Schedule(attempt)
		if !again {
			if attempt != len(waits)+1 {
				t.Errorf("gave up after %d attempts", attempt)
			}
			break
		}
		total += wait
	}
	if total < 24*time.Hour {
		t.Errorf("gave up after %v", total)
	}
}

// One shipment serves every format: ninjs within an event, the others as bodies
// of their own with their own type.
func TestAnEndpointGetsTheFormatItAskedFor(t *testing.T) {
	var got *http.Request
	var body []byte
	s, sub := shipmentTo(t, func(_ http.ResponseWriter, r *http.Request) {
		got = r
		body, _ = io.ReadAll(r.Body)
	})
	for _, f := range offer.All() {
		sub.Format = f.Name
		r := s.Deliver(t.Context(), sub, 1)
		if !f.Carries("ja", format.Site{}) {
			if r.Outcome != wire.Unfit || !strings.Contains(r.Code, "cannot carry ja") && !strings.Contains(r.Code, "fonts-noto-cjk") {
				t.Errorf("%s: %+v", f.Name, r)
			}
			continue
		}
		if r.Outcome != wire.Accepted || got.Header.Get("Content-Type") != f.Media || got.Header.Get("Webhook-Id") != "itemid.5" {
			t.Errorf("%s: %+v %v", f.Name, r, got.Header)
		}
		if want, err := Sign(sub.Secret, "itemid.5", at, body, nil); err != nil || got.Header.Get("Webhook-Signature") != want {
			t.Errorf("%s: the signature is not over the body", f.Name)
		}
		if signed := got.Header["X-Superdesk-Signature"] != nil || got.Header[ninjs.PushHeader] != nil; signed != (f.Name == offer.Push) {
			t.Errorf("%s: %v", f.Name, got.Header)
		}
	}
	sub.Format = "word"
	if r := s.Deliver(t.Context(), sub, 1); r.Outcome != wire.Unfit || !strings.Contains(r.Code, "is not a format") {
		t.Errorf("%+v", r)
	}
}

// Newsroom compares hex(HMAC-SHA1(PUSH_KEY, body)) in newsroom/push.
func TestAPushIsSignedAsNewsroomWantsIt(t *testing.T) {
	var header string
	var body []byte
	s, sub := shipmentTo(t, func(_ http.ResponseWriter, r *http.Request) {
		header = r.Header.Get("x-superdesk-signature")
		body, _ = io.ReadAll(r.Body)
	})
	sub.Format = offer.Push
	sub.Secret = "whsec_" + base64.StdEncoding.EncodeToString([]byte("newskey")) + " whsec_AAAA;until=99999999999"
	if r := s.Deliver(t.Context(), sub, 1); r.Outcome != wire.Accepted {
		t.Fatalf("%+v", r)
	}
	mac := hmac.New(sha1.New, []byte("newskey"))
	mac.Write(body)
	if want := "sha1=" + hex.EncodeToString(mac.Sum(nil)); header != want {
		t.Errorf("%s, want %s", header, want)
	}
	sub.Secret = "ed25519"
	if r := s.Deliver(t.Context(), sub, 1); r.Outcome != wire.Failed {
		t.Errorf("without a key: %+v", r)
	}
}
