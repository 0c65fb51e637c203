package api_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/wireroom/wireroom/internal/auth"
	"github.com/wireroom/wireroom/internal/wire"
)

func TestASubscriptionIsAddedChangedAndEnded(t *testing.T) {
	l := openLedger(t)
	operator, editor := l.key(wire.RoleOperator), l.key(wire.RoleEditor)
	order := map[string]any{"query": "hydrogen lang:en", "channel": "webhook", "outlet": 7, "address": "https://bote.example/in"}
	status, got := l.call("POST", "/v1/subscriptions", operator, order)
	if status != http.StatusCreated || got["subscription"] != 4.0 || got["query"] != "hydrogen AND lang:en" || got["holder"] != "Der Bote" || !strings.HasPrefix(got["secret"].(string), "whsec_") {
		t.Fatalf("%d %v", status, got)
	}
	status, got = l.call("GET", "/v1/subscriptions/4", editor, nil)
	if status != http.StatusOK || got["secret"] != nil || got["address"] != "https://bote.example" {
		t.Errorf("%d %v", status, got)
	}
	status, got = l.call("PATCH", "/v1/subscriptions/4", operator, map[string]any{"query": "wind", "format": "text"})
	if status != http.StatusOK || got["query"] != "wind" || got["format"] != "text" {
		t.Errorf("%d %v", status, got)
	}
	status, got = l.call("DELETE", "/v1/subscriptions/4?reason=Enough.", operator, nil)
	if status != http.StatusOK || got["suspended"] != true {
		t.Errorf("%d %v", status, got)
	}
	for path, want := range map[string]int{"/v1/subscriptions": 3, "/v1/subscriptions?suspended=true": 4, "/v1/subscriptions?contact=1": 1, "/v1/subscriptions?limit=2": 2} {
		status, got := l.call("GET", path, editor, nil)
		if all, _ := got["subscriptions"].([]any); status != http.StatusOK || len(all) != want {
			t.Errorf("%s: %d %v", path, status, got)
		}
	}
}

func TestARequestKeyIsOfOneActAndOfOneActor(t *testing.T) {
	l := openLedger(t)
	operator := l.key(wire.RoleOperator)
	order := map[string]any{"query": "wind", "channel": "webhook", "outlet": 7, "address": "https://bote.example/in"}
	add := func(key string) (int, map[string]any) {
		return l.call("POST", "/v1/subscriptions", key, order, "Idempotency-Key", "k")
	}
	if status, got := add(operator); status != http.StatusCreated || got["subscription"] != 4.0 || got["repeated"] != nil {
		t.Errorf("first: %d %v", status, got)
	}
	if status, got := add(operator); status != http.StatusCreated || got["subscription"] != 4.0 || got["repeated"] != true || got["secret"] != nil {
		t.Errorf("again: %d %v", status, got)
	}
	resend := map[string]any{"release": l.release, "failed": true}
	if status, got := l.call("POST", "/v1/deliveries/resend", operator, resend, "Idempotency-Key", "k"); status != http.StatusConflict || !strings.Contains(text(got), "something else") {
		t.Errorf("another act: %d %v", status, got)
	}
	other, _, err := l.keys.Create(t.Context(), auth.NewKey{Name: "another operator", Role: wire.RoleOperator})
	if err != nil {
		t.Fatal(err)
	}
	if status, got := add(other); status != http.StatusCreated || got["subscription"] != 5.0 || got["repeated"] != nil {
		t.Errorf("another actor: %d %v", status, got)
	}
}

func TestWhoMaySubscribeAndWhatIsWrong(t *testing.T) {
	l := openLedger(t)
	operator := l.key(wire.RoleOperator)
	order := map[string]any{"query": "war AND (peace", "channel": "webhook", "outlet": 7, "address": "https://bote.example/in"}
	status, got := l.call("POST", "/v1/subscriptions", operator, order)
	if said := text(got); status != http.StatusBadRequest || !strings.Contains(said, `"value":{"at":15,"code":"open"}`) || !strings.Contains(said, `"location":"query"`) {
		t.Errorf("a faulty query: %d %s", status, said)
	}
	if status, got := l.call("GET", "/v1/search?q=(war", "", nil); status != http.StatusBadRequest || !strings.Contains(text(got), `"code":"open"`) {
		t.Errorf("a faulty search: %d %v", status, got)
	}
	order["query"] = "*"
	for role, want := range map[wire.Role]int{wire.RoleEditor: 403, wire.RoleIssuer: 403, wire.RoleReader: 403} {
		key := l.key(role)
		for method, path := range map[string]string{"POST": "/v1/subscriptions", "PATCH": "/v1/subscriptions/1", "DELETE": "/v1/subscriptions/1"} {
			body := order
			if method != "POST" {
				body = map[string]any{}
			}
			if status, got := l.call(method, path, key, body); status != want {
				t.Errorf("%s as %s: %d %v", method, role, status, got)
			}
		}
	}
	if status, _ := l.call("GET", "/v1/subscriptions", l.key(wire.RoleReader), nil); status != http.StatusNotFound {
		t.Errorf("a reader lists: %d", status)
	}
	if status, _ := l.call("GET", "/v1/subscriptions", "", nil); status != http.StatusUnauthorized {
		t.Errorf("nobody lists: %d", status)
	}
	for path, body := range map[string]any{"/v1/subscriptions/99": map[string]any{"query": "*"}} {
		if status, got := l.call("PATCH", path, operator, body); status != http.StatusNotFound {
			t.Errorf("%s: %d %v", path, status, got)
		}
	}
}
