package api_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/wireroom/wireroom/internal/auth"
	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/wire"
)

func TestATokenIsMadeOfAKeyAndGivesNoMoreThanIt(t *testing.T) {
	f := open(t)
	key, id, err := f.keys.Create(t.Context(), auth.NewKey{Name: "Terminal", Role: wire.RoleReader, Terms: store.Terms{Entitlement: "lang:en", Streams: 7}})
	if err != nil {
		t.Fatal(err)
	}
	none, _, err := f.keys.Create(t.Context(), auth.NewKey{Name: "Hands in", Role: wire.RoleIssuer, Terms: store.Terms{Streams: -1}})
	if err != nil {
		t.Fatal(err)
	}
	make := func(key string, body any, want int) (string, map[string]any) {
		t.Helper()
		status, got := f.call("POST", "/v1/stream/token", key, body)
		if status != want {
			t.Errorf("%v: %d %v, want %d", body, status, got, want)
		}
		token, _ := got["token"].(string)
		return token, got
	}
	token, got := make(key, map[string]any{"within": "sector:energy", "seconds": 60}, http.StatusCreated)
	expires, err := time.Parse(time.RFC3339, got["expires"].(string))
	if left := time.Until(expires); err != nil || left > time.Minute || left < 50*time.Second {
		t.Errorf("it expires at %v, %v", expires, err)
	}
	g, err := auth.ParseToken(f.keyring.PublicKey(), token, time.Now())
	if err != nil || g.Subject != "key:"+id || g.Entitled != "lang:en AND sector:energy" || g.Streams != 7 {
		t.Errorf("%+v, %v", g, err)
	}
	if token, _ = make(key, map[string]any{}, http.StatusCreated); token == "" {
		t.Error("nothing needs to be said")
	}
	make("", map[string]any{}, http.StatusUnauthorized)
	make(token, map[string]any{}, http.StatusUnauthorized) // a token is no key
	make(key, map[string]any{"seconds": 901}, http.StatusUnprocessableEntity)
	make(key, map[string]any{"within": "lang:("}, http.StatusBadRequest)
	make(none, map[string]any{}, http.StatusForbidden)
}
