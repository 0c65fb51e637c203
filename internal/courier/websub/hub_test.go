package websub

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/wireroom/wireroom/internal/courier"
	"github.com/wireroom/wireroom/internal/courier/webhook"
	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/store/storetest"
	"github.com/wireroom/wireroom/internal/wire"
)

const topic = "https://wire.example/ar/feed.rss"

var at = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// subscriber is one as the specification describes it.
type subscriber struct {
	server   *httptest.Server
	confirm  func(q url.Values) (int, string)
	verified chan url.Values
	contents chan *http.Request
	bodies   chan string
	answer   int
}

func newSubscriber(t *testing.T) *subscriber {
	t.Helper()
	s := &subscriber{verified: make(chan url.Values, 4), contents: make(chan *http.Request, 4), bodies: make(chan string, 4), answer: 204}
	s.confirm = func(q url.Values) (int, string) { return 200, q.Get("hub.challenge") }
	s.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			status, body := s.confirm(r.URL.Query())
			w.WriteHeader(status)
			io.WriteString(w, body)
			s.verified <- r.URL.Query()
			return
		}
		body, _ := io.ReadAll(r.Body)
		w.WriteHeader(s.answer)
		s.contents <- r
		s.bodies <- string(body)
	}))
	t.Cleanup(s.server.Close)
	return s
}

type hubTest struct {
	*Hub
	t     *testing.T
	store *store.Store
}

func newHub(t *testing.T) *hubTest {
	t.Helper()
	s := storetest.SQLite(t)
	return &hubTest{NewHub(Hub{Store: s, Client: webhook.Client(true), IsTopic: func(x string) bool { return x == topic }, Now: func() time.Time { return at }, Log: slog.New(slog.DiscardHandler)}), t, s}
}

func (h *hubTest) post(form url.Values) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, "/hub", strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// settled waits for every verification that is under way.
func (h *hubTest) settled() {
	for range maxVerifying {
		h.verify <- struct{}{}
	}
	for range maxVerifying {
		<-h.verify
	}
}

func (h *hubTest) subscription(callback string) (s wire.Subscription, err error) {
	err = h.store.Read(h.t.Context(), func(tx *store.Tx) (err error) { s, err = tx.WebSubSubscription(topic, callback); return err })
	return s, err
}

func TestASubscriptionIsVerifiedAndThenInForce(t *testing.T) {
	h, sub := newHub(t), newSubscriber(t)
	callback := sub.server.URL + "/cb?mine=1"
	form := url.Values{"hub.mode": {"subscribe"}, "hub.topic": {topic}, "hub.callback": {callback}, "hub.secret": {"s3"}, "hub.lease_seconds": {"3600"}, "hub.verify": {"sync"}, "foo": {"bar"}}
	if w := h.post(form); w.Code != http.StatusAccepted {
		t.Fatal(w.Code, w.Body)
	}
	h.settled()
	q := <-sub.verified
	if q.Get("mine") != "1" || q.Get("hub.mode") != "subscribe" || q.Get("hub.topic") != topic || q.Get("hub.lease_seconds") != "3600" {
		t.Errorf("verification %v", q)
	}
	s, err := h.subscription(callback)
	if err != nil || s.Paused || s.Secret != "s3" || s.Expires != at.Add(time.Hour).UnixMicro() {
		t.Fatalf("%+v, %v", s, err)
	}
	form.Set("hub.secret", "new") // again: it replaces
	h.post(form)
	h.settled()
	if again, _ := h.subscription(callback); again.ID != s.ID || again.Secret != "new" {
		t.Errorf("%+v", again)
	}
	form.Set("hub.mode", "unsubscribe")
	h.post(form)
	h.settled()
	if ended, _ := h.subscription(callback); !ended.Paused {
		t.Error("still subscribed")
	}
}

func TestWhatIsNotConfirmedChangesNothing(t *testing.T) {
	for name, confirm := range map[string]func(url.Values) (int, string){
		"refused":            func(url.Values) (int, string) { return 404, "" },
		"a wrong challenge":  func(url.Values) (int, string) { return 200, "yes" },
		"more than it":       func(q url.Values) (int, string) { return 200, q.Get("hub.challenge") + "\n" },
		"right but an error": func(q url.Values) (int, string) { return 500, q.Get("hub.challenge") },
	} {
		t.Run(name, func(t *testing.T) {
			h, sub := newHub(t), newSubscriber(t)
			sub.confirm = confirm
			if w := h.post(url.Values{"hub.mode": {"subscribe"}, "hub.topic": {topic}, "hub.callback": {sub.server.URL}}); w.Code != http.StatusAccepted {
				t.Fatal(w.Code) // the answer does not depend on the verification
			}
			h.settled()
			if s, err := h.subscription(sub.server.URL); wire.KindOf(err) != wire.NotFound {
				t.Errorf("%+v, %v", s, err)
			}
		})
	}
}

func TestRequestsThatCannotBeMeantAreRefused(t *testing.T) {
	h := newHub(t)
	good := url.Values{"hub.mode": {"subscribe"}, "hub.topic": {topic}, "hub.callback": {"https://x.example/cb"}}
	for name, spoil := range map[string][2]string{
		"mode": {"hub.mode", "publish"}, "topic": {"hub.topic", "https://other.example/feed"}, "callback": {"hub.callback", "ftp://x.example"}, "no callback": {"hub.callback", ""},
		"secret": {"hub.secret", strings.Repeat("x", 200)}, "lease": {"hub.lease_seconds", "-1"}, "no number": {"hub.lease_seconds", "soon"},
	} {
		form := url.Values{}
		for k, v := range good {
			form[k] = v
		}
		form.Set(spoil[0], spoil[1])
		if w := h.post(form); w.Code != http.StatusBadRequest || w.Body.Len() == 0 {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
	}
}

func TestAFeedIsSentWholeAndSigned(t *testing.T) {
	sub := newSubscriber(t)
	d := NewDeliveries("https://wire.example/hub", webhook.Client(true), func(context.Context, string) (string, []byte, error) {
		return "application/rss+xml", []byte("<rss/>"), nil
	})
	shipment, _ := d.Prepare(t.Context(), courier.Consignment{Item: &wire.Item{ID: "itemid"}})
	s := wire.Subscription{Query: topic, Address: sub.server.URL, Secret: "s3"}
	if r := shipment.Deliver(t.Context(), s, 1); r.Outcome != wire.Accepted {
		t.Fatal(r)
	}
	r, body := <-sub.contents, <-sub.bodies
	mac := hmac.New(sha256.New, []byte("s3"))
	mac.Write([]byte(body))
	if body != "<rss/>" || r.Header.Get("Content-Type") != "application/rss+xml" || r.Header.Get("X-Hub-Signature") != "sha256="+hex.EncodeToString(mac.Sum(nil)) {
		t.Errorf("%s %v", body, r.Header)
	}
	if links := strings.Join(r.Header.Values("Link"), ", "); links != `<https://wire.example/hub>; rel="hub", <`+topic+`>; rel="self"` {
		t.Errorf("links %s", links)
	}
	sub.answer = http.StatusGone
	if r := shipment.Deliver(t.Context(), s, 1); !r.Gone {
		t.Errorf("410: %+v", r)
	}
}
