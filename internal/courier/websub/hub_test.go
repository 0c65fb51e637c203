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
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/wireroom/wireroom/internal/courier"
	"github.com/wireroom/wireroom/internal/courier/sealed"
	"github.com/wireroom/wireroom/internal/courier/webhook"
	"github.com/wireroom/wireroom/internal/seal"
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
	h.Wait()
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
	h.Wait()
	if again, _ := h.subscription(callback); again.ID != s.ID || again.Secret != "new" {
		t.Errorf("%+v", again)
	}
	form.Set("hub.mode", "unsubscribe")
	h.post(form)
	h.Wait()
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
			h.Wait()
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
		"name and password": {"hub.callback", "https://a:b@x.example/cb"}, "fragment": {"hub.callback", "https://x.example/cb#a"}, "no text": {"hub.secret", "\xff"}, "zero byte": {"hub.callback", "https://x.example/\x00"},
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
	}, time.Now)
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
	if links := strings.Join(r.Header.Values("Link"), ", "); links != `<`+topic+`>; rel="self", <https://wire.example/hub>; rel="hub"` {
		t.Errorf("links %s", links)
	}
	sub.answer = http.StatusGone
	if r := shipment.Deliver(t.Context(), s, 1); !r.Gone {
		t.Errorf("410: %+v", r)
	}
}

// Deliveries of another item may go on for long, and each brings the whole feed: none
// may bring a story again that a subscriber has heard is killed.
func TestAFeedFromBeforeAKillIsSentToNobodyAfterIt(t *testing.T) {
	x, y := newSubscriber(t), newSubscriber(t)
	now, made := "A and B", 0
	d := NewDeliveries("https://wire.example/hub", webhook.Client(true), func(context.Context, string) (string, []byte, error) {
		made++
		return "application/rss+xml", []byte(now), nil
	}, time.Now)
	prepare := func(id wire.ItemID) courier.Shipment {
		shipment, err := d.Prepare(t.Context(), courier.Consignment{Item: &wire.Item{ID: id}})
		if err != nil {
			t.Fatal(err)
		}
		return shipment
	}
	deliver := func(shipment courier.Shipment, to *subscriber, want string) {
		t.Helper()
		if r := shipment.Deliver(t.Context(), wire.Subscription{Query: topic, Address: to.server.URL}, 1); r.Outcome != wire.Accepted {
			t.Fatal(r)
		}
		<-to.contents
		if <-to.bodies != want {
			t.Errorf("is not sent %q", want)
		}
	}
	a := prepare("A")
	deliver(a, y, "A and B")
	deliver(a, y, "A and B")
	now = "A, B killed"
	kill := prepare("kill of B")
	deliver(kill, x, now)
	deliver(a, x, now)
	deliver(kill, y, now)
	if made != 3 {
		t.Errorf("the feed was made %d times, want once for each item and once more after the kill", made)
	}
}

func TestWhoseLeaseHasEndedIsSentNothing(t *testing.T) {
	sub := newSubscriber(t)
	feed := func(context.Context, string) (string, []byte, error) {
		return "application/rss+xml", []byte("<rss/>"), nil
	}
	d := NewDeliveries("https://wire.example/hub", webhook.Client(true), feed, func() time.Time { return at })
	shipment, _ := d.Prepare(t.Context(), courier.Consignment{Item: &wire.Item{ID: "itemid", Action: wire.Kill}})
	for name, s := range map[string]wire.Subscription{"ended": {Expires: at.UnixMicro()}, "unsubscribed": {Paused: true, Expires: at.Add(time.Hour).UnixMicro()}} {
		s.Query, s.Address = topic, sub.server.URL
		if r := shipment.Deliver(t.Context(), s, 1); r.Outcome != wire.Failed || len(sub.contents) != 0 {
			t.Errorf("%s: %+v", name, r)
		}
	}
	if r := shipment.Deliver(t.Context(), wire.Subscription{Query: topic, Address: sub.server.URL, Expires: at.Add(time.Microsecond).UnixMicro()}, 1); r.Outcome != wire.Accepted {
		t.Errorf("in force: %+v", r)
	}
}

func TestADenialIsTold(t *testing.T) {
	h, sub := newHub(t), newSubscriber(t)
	form := url.Values{"hub.mode": {"subscribe"}, "hub.topic": {topic}, "hub.callback": {sub.server.URL + "/?mine=1"}}
	h.post(form)
	h.Wait()
	<-sub.verified
	if err := h.Deny(t.Context(), topic, sub.server.URL+"/?mine=1", "the feed ends"); err != nil {
		t.Fatal(err)
	}
	q := <-sub.verified
	if q.Get("hub.mode") != "denied" || q.Get("hub.topic") != topic || q.Get("hub.reason") != "the feed ends" || q.Get("mine") != "1" || q.Has("hub.challenge") {
		t.Errorf("%v", q)
	}
	if s, err := h.subscription(sub.server.URL + "/?mine=1"); err != nil || !s.Paused {
		t.Errorf("%+v, %v", s, err)
	}
	if err := h.Deny(t.Context(), topic, "https://nobody.example/", ""); wire.KindOf(err) != wire.NotFound {
		t.Errorf("nobody: %v", err)
	}
}

func TestOneOriginCannotFillTheHub(t *testing.T) {
	h, sub := newHub(t), newSubscriber(t)
	var there []wire.Subscription
	for i := range maxThere {
		there = append(there, wire.Subscription{Channel: wire.ByWebSub, Query: topic, Address: sub.server.URL + "/" + strconv.Itoa(i), Expires: at.Add(time.Hour).UnixMicro()})
	}
	if err := h.store.Write(t.Context(), func(tx *store.Tx) error { return tx.AddSubscriptions(there) }); err != nil {
		t.Fatal(err)
	}
	h.post(url.Values{"hub.mode": {"subscribe"}, "hub.topic": {topic}, "hub.callback": {sub.server.URL + "/one-more"}})
	h.Wait()
	<-sub.verified
	if q := <-sub.verified; q.Get("hub.mode") != "denied" {
		t.Errorf("%v", q)
	}
	if _, err := h.subscription(sub.server.URL + "/one-more"); wire.KindOf(err) != wire.NotFound {
		t.Errorf("%v", err)
	}
	h.post(url.Values{"hub.mode": {"subscribe"}, "hub.topic": {topic}, "hub.callback": {there[7].Address}, "hub.lease_seconds": {"86400"}}) // renewed
	h.Wait()
	if s, err := h.subscription(there[7].Address); err != nil || s.Expires != at.Add(24*time.Hour).UnixMicro() {
		t.Errorf("%+v, %v", s, err)
	}
}

func TestWhoeverLetsTheHubWaitDoesNotKeepItFromOthers(t *testing.T) {
	h, other := newHub(t), newSubscriber(t)
	release := make(chan struct{})
	hangs := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release }))
	defer hangs.Close()
	defer close(release)
	ask := func(callback string) int {
		return h.post(url.Values{"hub.mode": {"subscribe"}, "hub.topic": {topic}, "hub.callback": {callback}}).Code
	}
	slow := strings.Replace(hangs.URL, "127.0.0.1", "localhost", 1)
	for i := range maxVerifyingAt + 1 {
		want := http.StatusAccepted
		if i == maxVerifyingAt {
			want = http.StatusServiceUnavailable
		}
		if got := ask(slow + "/" + strconv.Itoa(i)); got != want {
			t.Errorf("request %d: %d", i, got)
		}
	}
	if got := ask(other.server.URL); got != http.StatusAccepted {
		t.Errorf("another host: %d", got)
	}
	<-other.verified
}

func TestSecretsAreSealedInTheStore(t *testing.T) {
	h, sub := newHub(t), newSubscriber(t)
	keys, err := seal.OpenKeyring(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	h.Sealer = keys
	h.post(url.Values{"hub.mode": {"subscribe"}, "hub.topic": {topic}, "hub.callback": {sub.server.URL}, "hub.secret": {"plugh"}})
	h.Wait()
	s, err := h.subscription(sub.server.URL)
	if err != nil || strings.Contains(s.Secret, "plugh") || sealed.Open(keys, &s) != nil || s.Secret != "plugh" {
		t.Errorf("%+v, %v", s, err)
	}
}

func FuzzRequest(f *testing.F) {
	for _, seed := range []string{"hub.mode=subscribe&hub.topic=https%3A%2F%2Fwire.example%2Far%2Ffeed.rss&hub.callback=https%3A%2F%2Fx.example%2Fcb&hub.lease_seconds=60", "hub.mode=unsubscribe&hub.callback=%00", "hub.callback=http://[::1]:80/&hub.lease_seconds=99999999999999999999"} {
		f.Add(seed)
	}
	h := &Hub{IsTopic: func(string) bool { return true }}
	f.Fuzz(func(t *testing.T, form string) {
		values, err := url.ParseQuery(form)
		if err != nil {
			return
		}
		q, err := h.read(values)
		if err != nil {
			return
		}
		if q.lease < minLease || q.lease > maxLease || q.host == "" || len(q.callback) > maxAddress || len(q.secret) > maxSecret || !strings.HasPrefix(q.callback, strings.ToLower(q.origin[:4])) && !strings.EqualFold(q.callback[:4], q.origin[:4]) {
			t.Errorf("%q is read as %+v", form, q)
		}
	})
}
