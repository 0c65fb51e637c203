package api_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/wireroom/wireroom/internal/api"
	"github.com/wireroom/wireroom/internal/archive"
	"github.com/wireroom/wireroom/internal/auth"
	"github.com/wireroom/wireroom/internal/courier"
	"github.com/wireroom/wireroom/internal/courier/subscribe"
	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/store/storetest"
	"github.com/wireroom/wireroom/internal/wire"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// mute is a channel that nobody delivers on: the test writes the receipts.
type mute struct{}

func (mute) Workers() int { return 1 }

func (mute) Prepare(context.Context, courier.Consignment) (courier.Shipment, error) { return nil, nil }

// ledger is the API over a store with one release that was delivered: to an
// outlet's webhook, to a contact that has no mailbox any more, to one that is
// tried again.
type ledger struct {
	*face
	store   *store.Store
	release wire.ReleaseID
	batches []store.Batch
	closing chan struct{}
}

func openLedger(t *testing.T) *ledger {
	t.Helper()
	s := storetest.SQLite(t, store.WithClock(func() time.Time { return noon }))
	quiet := slog.New(slog.DiscardHandler)
	clock := func() time.Time { return noon.Add(time.Minute) }
	c := courier.New(courier.Options{Store: s, Now: clock, Log: quiet, Channels: map[wire.Channel]courier.Channel{wire.ByMail: mute{}, wire.ByWebhook: mute{}}})
	l := &ledger{face: &face{t: t, keys: auth.NewKeys(s, time.Now)}, store: s, release: wire.NewReleaseID(), closing: make(chan struct{})}
	l.http = api.New(api.Options{Archive: archive.New(s), Courier: c, Keys: l.keys, Log: quiet, Closing: l.closing, Subscriptions: &subscribe.Book{Store: s, Courier: c}})
	l.write(l.seed)
	return l
}

func (l *ledger) write(f func(*store.Tx) error) {
	l.t.Helper()
	if err := l.store.Write(l.t.Context(), f); err != nil {
		l.t.Fatal(err)
	}
}

func (l *ledger) seed(tx *store.Tx) error {
	if err := tx.AddOutlets([]wire.Outlet{{ID: 7, Name: "Der Bote"}}); err != nil {
		return err
	}
	if err := tx.AddContacts([]wire.Contact{{ID: 1, Outlet: 7, Name: "Layla Haddad"}, {ID: 2, Name: "Tom Ruiz"}}); err != nil {
		return err
	}
	err := tx.AddSubscriptions([]wire.Subscription{
		{ID: 1, Outlet: 7, Channel: wire.ByWebhook, Address: "https://bote.example/secret", Query: "*"},
		{ID: 2, Contact: 1, Channel: wire.ByMail, Address: "layla@bote.example", Secret: "a", Query: "*"},
		{ID: 3, Contact: 2, Channel: wire.ByMail, Address: "tom@press.example", Secret: "b", Query: "*"},
	})
	if err != nil {
		return err
	}
	r := &wire.Release{ID: l.release, Facets: wire.Facets{Priority: wire.Ordinary}, Editions: []wire.Edition{{Language: "en", Headline: "Halden opens a plant", Body: []wire.Block{wire.P("Text.")}}}}
	it := wire.NewItem(r, &r.Editions[0], wire.Publish, nil, noon, wire.Amendment{})
	if err := tx.AddItem(&it, func(*wire.Item) {}); err != nil {
		return err
	}
	of := func(channel wire.Channel, ids ...wire.SubscriptionID) store.Batch {
		return store.Batch{Number: 1, Release: l.release, Language: "en", Channel: channel, Rank: 3, Recipients: ids}
	}
	l.batches = []store.Batch{of(wire.ByWebhook, 1), of(wire.ByMail, 2, 3)}
	if err := tx.AddBatches(l.batches); err != nil {
		return err
	}
	if err := tx.AdvanceConsumer("courier", 0, 1); err != nil {
		return err
	}
	at := noon.Add(40 * time.Millisecond)
	if err := l.receive(tx, 0, wire.Receipt{Subscription: 1, Outcome: wire.Accepted, Attempt: 1, At: at}); err != nil {
		return err
	}
	if err := tx.SealBatch(l.batches[0].ID, []wire.Outcome{wire.Accepted}, nil); err != nil {
		return err
	}
	return l.receive(tx, 1,
		wire.Receipt{Subscription: 2, Outcome: wire.Failed, Attempt: 1, At: at, Code: "550 5.1.1 no such user"},
		wire.Receipt{Subscription: 3, Outcome: wire.Deferred, Attempt: 2, At: at, Next: at.Add(time.Minute), Code: "451 4.7.1 greylisted"})
}

func (l *ledger) receive(tx *store.Tx, batch int, receipts ...wire.Receipt) error {
	b := &l.batches[batch]
	t := store.Tally{Matched: len(b.Recipients)}
	for i := range receipts {
		receipts[i].Number = 1
		t.Count(receipts[i], wire.Pending)
	}
	return tx.AppendReceipts(b, 0, receipts, t)
}

// text is an answer as JSON.
func text(v any) string { raw, _ := json.Marshal(v); return string(raw) }

func TestWhatFailedIsListedAndFiltered(t *testing.T) {
	l := openLedger(t)
	editor := l.key(wire.RoleEditor)
	path := "/v1/releases/" + string(l.release) + "/exceptions"
	for query, want := range map[string]int{
		"": 2, "?outcome=failed": 1, "?outcome=deferred": 1, "?domain=press.example": 1, "?code=USER": 1, "?channel=webhook": 0, "?channel=mail&domain=x": 0,
	} {
		status, got := l.call("GET", path+query, editor, nil)
		if n := len(got["exceptions"].([]any)); status != http.StatusOK || n != want {
			t.Errorf("%s: %d %v", query, status, got)
		}
	}
	status, got := l.call("GET", path+"?limit=1", editor, nil)
	next, _ := got["next"].(string)
	if status != http.StatusOK || next == "" || !strings.Contains(text(got), `"holder":"Layla Haddad"`) || strings.Contains(text(got), "layla@") {
		t.Errorf("%d %v", status, got)
	}
	status, got = l.call("GET", "/v1/items/1/exceptions?limit=1&after="+next, editor, nil)
	if status != http.StatusOK || !strings.Contains(text(got), "451 4.7.1 greylisted") {
		t.Errorf("the next page: %d %v", status, got)
	}
	for query, want := range map[string]int{"?after=x": 400, "?outcome=accepted": 422, "?channel=fax": 422, "?limit=0": 422} {
		if status, got := l.call("GET", path+query, editor, nil); status != want {
			t.Errorf("%s: %d %v", query, status, got)
		}
	}
	if status, got := l.call("GET", "/v1/items/1/report", editor, nil); status != http.StatusOK || !strings.Contains(text(got), `"matched":2`) || !strings.Contains(text(got), `"first_ms":40`) {
		t.Errorf("report: %d %v", status, got)
	}
	if status, _ := l.call("GET", "/v1/items/2/report", editor, nil); status != http.StatusNotFound {
		t.Errorf("no such item: %d", status)
	}
}

func TestTheDeliveriesToAReceiverAreFoundByOutletOrAddress(t *testing.T) {
	l := openLedger(t)
	editor := l.key(wire.RoleEditor)
	for body, want := range map[string]string{
		`{"outlet":7}`:                                `"outcome":"failed"`,
		`{"address":"LAYLA@bote.example"}`:            `"code":"550 5.1.1 no such user"`,
		`{"address":"https://bote.example/secret"}`:   `"by":"2026-11-23T12:00:00.04Z"`,
		`{"subscription":3,"limit":1}`:                `"next":"2026-11-23T12:01:00.04Z"`,
		`{"subscription":3,"before":1}`:               `"deliveries":[]`,
		`{"outlet":8}`:                                `no outlet 8`,
		`{"address":"https://bote.example/s"}`:        `no subscription of the directory`,
		`{}`:                                          `say whose deliveries`,
		`{"subscription":1,"limit":5000}`:             `<= 1000`,
		`{"subscription":1,"name":"is not a filter"}`: `unexpected property`,
	} {
		var in any
		if err := json.Unmarshal([]byte(body), &in); err != nil {
			t.Fatal(err)
		}
		status, got := l.call("POST", "/v1/deliveries/find", editor, in)
		raw := strings.ReplaceAll(text(got), `\u003c`, "<")
		if !strings.Contains(raw, want) || strings.Contains(raw, "/secret") {
			t.Errorf("%s: %d %s, want %s", body, status, raw, want)
		}
	}
}

func TestAResendIsAnOperatorsOnceARequest(t *testing.T) {
	l := openLedger(t)
	editor, operator := l.key(wire.RoleEditor), l.key(wire.RoleOperator)
	const path = "/v1/deliveries/resend"
	body := map[string]any{"release": l.release, "failed": true, "dry_run": true}
	if status, got := l.call("POST", path, editor, body); status != http.StatusForbidden || !strings.Contains(text(got), "operator") {
		t.Errorf("an editor: %d %v", status, got)
	}
	if status, got := l.call("POST", path, operator, body); status != http.StatusOK || got["deliveries"] != 1.0 || got["act"] != nil {
		t.Errorf("dry run: %d %v", status, got)
	}
	body["dry_run"], body["at_most"] = false, 1
	status, first := l.call("POST", path, operator, body, "Idempotency-Key", "k")
	if status != http.StatusOK || first["act"] != 1.0 || first["repeated"] != nil {
		t.Errorf("first: %d %v", status, first)
	}
	if status, again := l.call("POST", path, operator, body, "Idempotency-Key", "k"); status != http.StatusOK || again["act"] != 1.0 || again["repeated"] != true || again["deliveries"] != 1.0 {
		t.Errorf("again: %d %v", status, again)
	}
	if status, third := l.call("POST", path, operator, body, "Idempotency-Key", "l"); status != http.StatusOK || third["deliveries"] != 0.0 || third["under_way"] != 1.0 {
		t.Errorf("another request, while the first is under way: %d %v", status, third)
	}
	if _, got := l.call("GET", "/v1/items/1/report", editor, nil); !strings.Contains(text(got), `"resent":{`) || !strings.Contains(text(got), `"pending":1`) {
		t.Errorf("report %v", got)
	}
	if status, got := l.call("GET", "/v1/deliveries/acts", editor, nil); status != http.StatusOK || len(got["acts"].([]any)) != 1 || !strings.Contains(text(got), `"actor":"operator"`) {
		t.Errorf("acts: %d %v", status, got)
	}
	for body, want := range map[string]int{
		`{"release":"x"}`: 400, `{"first":1,"last":5000,"failed":true}`: 413, `{"release":"x","failed":true}`: 404, `{"release":"x","all_of":"fax"}`: 422,
	} {
		var in any
		if err := json.Unmarshal([]byte(body), &in); err != nil {
			t.Fatal(err)
		}
		if status, got := l.call("POST", path, operator, in); status != want {
			t.Errorf("%s: %d %v", body, status, got)
		}
	}
}

func TestSuspendedOnesAreListed(t *testing.T) {
	l := openLedger(t)
	editor, operator := l.key(wire.RoleEditor), l.key(wire.RoleOperator)
	if status, _ := l.call("POST", "/v1/subscriptions/3/suspend", editor, map[string]any{}); status != http.StatusForbidden {
		t.Errorf("an editor: %d", status)
	}
	if status, got := l.call("POST", "/v1/subscriptions/3/suspend", operator, map[string]any{"reason": "holiday"}); status != http.StatusOK || got["suspended"] != true {
		t.Errorf("%d %v", status, got)
	}
	if status, got := l.call("GET", "/v1/deliveries/suspended", editor, nil); status != http.StatusOK || !strings.Contains(text(got), "t…@press.example") {
		t.Errorf("%d %v", status, got)
	}
	if status, got := l.call("POST", "/v1/subscriptions/3/resume", operator, map[string]any{}); status != http.StatusBadRequest || !strings.Contains(text(got), "say why") {
		t.Errorf("without a reason: %d %v", status, got)
	}
	if status, got := l.call("POST", "/v1/subscriptions/3/resume", operator, map[string]any{"reason": "back"}); status != http.StatusOK || got["suspended"] != false {
		t.Errorf("%d %v", status, got)
	}
	if status, got := l.call("POST", "/v1/endpoints/suspend", operator, map[string]any{"address": "https://nobody.example/"}); status != http.StatusNotFound || !strings.Contains(text(got), "no webhook and no mail leads") {
		t.Errorf("no such endpoint: %d %v", status, got)
	}
	if status, got := l.call("GET", "/v1/deliveries/health", editor, nil); status != http.StatusOK || !strings.Contains(text(got), `"receiver":"bote.example"`) {
		t.Errorf("health: %d %v", status, got)
	}
}

func TestDeliveriesAreForTheDeskAndOperators(t *testing.T) {
	l := openLedger(t)
	for _, key := range []string{"", l.key(wire.RoleReader), l.key(wire.RoleIssuer)} {
		want := http.StatusNotFound
		if key == "" {
			want = http.StatusUnauthorized
		}
		for _, path := range []string{"/v1/items/1/report", "/v1/items/1/exceptions", "/v1/releases/" + string(l.release) + "/exceptions", "/v1/releases/" + string(l.release) + "/progress", "/v1/deliveries/health", "/v1/deliveries/acts", "/v1/deliveries/suspended"} {
			if status, got := l.call("GET", path, key, nil); status != want {
				t.Errorf("%s: %d %v", path, status, got)
			}
		}
		if status, _ := l.call("POST", "/v1/deliveries/find", key, map[string]any{"outlet": 7}); status != want {
			t.Errorf("find: %d", status)
		}
	}
}

// events reads the progress of a release from a server.
func (l *ledger) events(ctx context.Context) *bufio.Scanner {
	l.t.Helper()
	server := httptest.NewServer(l.http)
	l.t.Cleanup(server.Close)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, server.URL+"/v1/releases/"+string(l.release)+"/progress", nil)
	if err != nil {
		l.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+l.key(wire.RoleEditor))
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		l.t.Fatal(err)
	}
	l.t.Cleanup(func() { resp.Body.Close() })
	if resp.StatusCode != http.StatusOK || resp.Header.Get("Content-Type") != "text/event-stream" {
		l.t.Fatalf("%d %s", resp.StatusCode, resp.Header.Get("Content-Type"))
	}
	return bufio.NewScanner(resp.Body)
}

func TestAProgressIsAStreamThatEndsWhenSettled(t *testing.T) {
	l := openLedger(t)
	l.write(func(tx *store.Tx) error {
		again := []store.Batch{{Number: 1, Release: l.release, Language: "en", Channel: wire.ByMail, Recipients: []wire.SubscriptionID{2}}}
		l.batches = append(l.batches, again...)
		return tx.AddResends(l.batches[2:])
	})
	lines := l.events(t.Context())
	var got []string
	for lines.Scan() {
		data, ok := strings.CutPrefix(lines.Text(), "data: ")
		if !ok {
			continue
		}
		var p courier.Progress
		if err := json.Unmarshal([]byte(data), &p); err != nil {
			t.Fatal(err)
		}
		got = append(got, fmt.Sprint(p.Settled, p.Items[0].Channels[0].Resent.Accepted))
		if len(got) == 1 {
			l.write(func(tx *store.Tx) error {
				return l.receive(tx, 2, wire.Receipt{Subscription: 2, Outcome: wire.Accepted, Attempt: 1, At: noon.Add(time.Second)})
			})
		}
	}
	if strings.Join(got, ",") != "false 0,true 1" || lines.Err() != nil {
		t.Errorf("%v, %v", got, lines.Err())
	}
}

func TestAProgressEndsWhenTheHouseCloses(t *testing.T) {
	l := openLedger(t)
	l.write(func(tx *store.Tx) error {
		return tx.AddBatches([]store.Batch{{Number: 1, Release: l.release, Language: "en", Channel: wire.ByMail, Recipients: []wire.SubscriptionID{9}}})
	})
	lines := l.events(t.Context())
	if !lines.Scan() || lines.Text() != "event: progress" {
		t.Fatalf("%q, %v", lines.Text(), lines.Err())
	}
	close(l.closing)
	for lines.Scan() {
	}
	if err := lines.Err(); err != nil {
		t.Error(err)
	}
}

func TestTheDescriptionOfDeliveriesIsComplete(t *testing.T) {
	l := openLedger(t)
	_, got := l.call("GET", "/v1/openapi.json", "", nil)
	paths := got["paths"].(map[string]any)
	for _, at := range []string{
		"get /v1/items/{number}/report", "get /v1/items/{number}/exceptions", "get /v1/releases/{id}/exceptions", "get /v1/releases/{id}/progress", "post /v1/deliveries/find",
		"get /v1/deliveries/health", "post /v1/deliveries/resend", "get /v1/deliveries/acts", "get /v1/deliveries/suspended",
		"post /v1/subscriptions/{id}/suspend", "post /v1/subscriptions/{id}/resume", "post /v1/endpoints/suspend", "post /v1/endpoints/resume",
	} {
		method, path, _ := strings.Cut(at, " ")
		operations, _ := paths[path].(map[string]any)
		o, _ := operations[method].(map[string]any)
		if o == nil || o["summary"] == "" || o["description"] == "" || o["security"] == nil || o["responses"].(map[string]any)["401"] == nil {
			t.Errorf("%s: %v", at, o)
		}
	}
	if raw := text(paths["/v1/releases/{id}/progress"]); !strings.Contains(raw, "text/event-stream") || !strings.Contains(text(got["components"]), `"Progress"`) {
		t.Error(raw)
	}
}
