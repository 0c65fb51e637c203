package webhook

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/wireroom/wireroom/internal/courier/sealed"
	"github.com/wireroom/wireroom/internal/format"
	"github.com/wireroom/wireroom/internal/seal"
	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/store/storetest"
	"github.com/wireroom/wireroom/internal/wire"
)

func TestAnOperatorTriesAnEndpointAndChangesItsSecret(t *testing.T) {
	var got *http.Request
	var body []byte
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		got = r
		body, _ = io.ReadAll(r.Body)
	}))
	defer server.Close()
	keys, err := seal.OpenKeyring(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	own, err := keys.Webhooks()
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	clock := func() time.Time { return now }
	first := NewSecret()
	subs := []wire.Subscription{
		{Outlet: 1, Channel: wire.ByWebhook, Address: server.URL, Secret: first + " " + asymmetric},
		{Contact: 1, Channel: wire.ByMail, Address: "a@x.example", Secret: "token"},
	}
	s := storetest.SQLite(t)
	err = s.Write(t.Context(), func(tx *store.Tx) error {
		if err := tx.AddSubscriptions(subs); err != nil {
			return err
		}
		_, err := sealed.All(tx, keys)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	e := &Endpoints{Store: s, Sealer: keys, Now: clock, Webhooks: New(format.Site{Name: "Example Wire"}, Client(true), clock, WithKey(own))}
	operator, editor := wire.Actor{Name: "Ines", Role: wire.RoleOperator}, wire.Actor{Name: "Emil", Role: wire.RoleEditor}

	// signs reports whether the endpoint's last request is signed with a secret.
	signs := func(secret string) bool {
		t.Helper()
		want, err := Sign(secret, got.Header.Get("Webhook-Id"), now, body, nil)
		return err == nil && strings.Contains(got.Header.Get("Webhook-Signature"), want)
	}
	try := func() {
		t.Helper()
		if r, err := e.Try(t.Context(), operator, 1); err != nil || r.Outcome != wire.Accepted {
			t.Fatalf("%+v, %v", r, err)
		}
	}
	try()
	if !signs(first) || !strings.Contains(got.Header.Get("Webhook-Signature"), "v1a,") || !strings.Contains(string(body), `"type":"wireroom.test"`) {
		t.Errorf("%s\n%s", got.Header.Get("Webhook-Signature"), body)
	}
	second, err := e.Rotate(t.Context(), operator, 1, false, "")
	if err != nil || second == first {
		t.Fatal(err)
	}
	if try(); !signs(first) || !signs(second) {
		t.Error("for a day both sign")
	}
	now = now.Add(Overlap + time.Second)
	if try(); signs(first) || !signs(second) {
		t.Error("after a day the old one does not sign any more")
	}
	third, err := e.Rotate(t.Context(), operator, 1, true, "it was in a log")
	if err != nil {
		t.Fatal(err)
	}
	if try(); signs(second) || !signs(third) {
		t.Error("after a leak the old one signs no more")
	}
	for name, err := range map[string]error{
		"forbidden": func() error { _, err := e.Rotate(t.Context(), editor, 1, false, ""); return err }(),
		"invalid":   func() error { _, err := e.Try(t.Context(), operator, 2); return err }(),
		"not-found": func() error { _, err := e.Try(t.Context(), operator, 3); return err }(),
	} {
		if strings.ReplaceAll(string(wire.KindOf(err)), "_", "-") != name {
			t.Errorf("%s: %v (%s)", name, err, wire.KindOf(err))
		}
	}
	err = s.Read(t.Context(), func(tx *store.Tx) error {
		kept, err := tx.Subscription(1)
		if strings.Contains(kept.Secret, "whsec_") {
			t.Error("the secret is in the clear")
		}
		acts, _ := tx.DeliveryActs(0, 10)
		if len(acts) != 2 || acts[0].Verb != "rotate" || acts[0].Reason != "it was in a log" {
			t.Errorf("%+v", acts)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
