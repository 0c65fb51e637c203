package app

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wireroom/wireroom/internal/auth"
	"github.com/wireroom/wireroom/internal/desk"
	"github.com/wireroom/wireroom/internal/edge"
	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/wire"
)

// ask makes a request with a key, and returns status and, of what is no stream, body.
func ask(t *testing.T, method, address, key, body string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if key != "" {
		r.Header.Set("Authorization", "Bearer "+key)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	r.Header.Set("Accept", "application/jsonl")
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.Header.Get("Content-Type") == "application/jsonl" {
		return resp.StatusCode, ""
	}
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

// A wire that is for keys alone, and an edge of it that has no database: both let in
// who has a key, or a token made of one, to what that gives, and nobody else.
func TestOnlyKeysAndTheirTokensOpenStreamsWhereTheWireSaysSo(t *testing.T) {
	bus, data := nats(t), t.TempDir()
	home, stopHome := run(t, Config{Data: filepath.Join(data, "home"), HTTP: "127.0.0.1:0", NATS: bus, Stream: StreamKeys, Mail: Mail{DKIM: []string{"ed25519"}}})
	defer stopHome()
	editor := wire.Actor{Name: "e", Role: wire.RoleEditor}
	for _, sector := range []string{"energy", "finance"} {
		r := &wire.Release{Editions: []wire.Edition{{Language: "en", Headline: "News of " + sector, Body: []wire.Block{wire.P("Text.")}}}, Facets: wire.Facets{Sectors: []string{sector}}}
		if _, err := home.Desk.Publish(t.Context(), editor, r, desk.Submission{}); err != nil {
			t.Fatal(err)
		}
	}
	key, id, err := home.auth.Create(t.Context(), auth.NewKey{Name: "Energy desk", Role: wire.RoleReader, Terms: store.Terms{Entitlement: "sector:energy"}})
	if err != nil {
		t.Fatal(err)
	}
	free, _, err := home.auth.Create(t.Context(), auth.NewKey{Name: "All", Role: wire.RoleReader})
	if err != nil {
		t.Fatal(err)
	}
	region, stopRegion := run(t, Config{Data: filepath.Join(data, "region"), HTTP: "127.0.0.1:0", NATS: bus, Origin: home.LocalURL(), Roles: []Role{Edge}, Stream: StreamKeys})
	defer stopRegion()

	status, body := ask(t, http.MethodPost, home.LocalURL()+"/v1/stream/token", key, `{"seconds":60}`)
	var token struct{ Token string }
	if err := json.Unmarshal([]byte(body), &token); status != http.StatusCreated || err != nil {
		t.Fatalf("%d %s", status, body)
	}
	inAddress := url.Values{"token": {token.Token}}.Encode()
	for name, a := range map[string]*App{"home": home, "the region": region} {
		for status := 0; status != http.StatusOK; { // the bus brings them a moment after the clear
			status, _ = ask(t, http.MethodGet, a.LocalURL()+"/v1/stream/items/2", free, "")
		}
		for _, c := range []struct {
			path, key string
			want      int
		}{
			{"/v1/stream", "", 401}, {"/v1/stream", key, 200}, {"/v1/stream", key + "x", 401}, {"/v1/stream?" + inAddress, "", 200}, {"/v1/stream", token.Token, 200},
			{"/v1/stream?" + inAddress + "x", "", 401}, {"/v1/stream?token=" + key, "", 401}, {"/v1/stream?" + inAddress, key, 400},
			{"/v1/stream/items/1", "", 401}, {"/v1/stream/items/1", key, 200}, {"/v1/stream/items/2", key, 404}, {"/v1/stream/items/2", free, 200}, {"/v1/stream/items/2?" + inAddress, "", 404},
			{"/v1/stream", a.auth.Local(), 200},
		} {
			if status, body := ask(t, http.MethodGet, a.LocalURL()+c.path, c.key, ""); status != c.want {
				t.Errorf("%s: %.30s with %.10s: %d %s, want %d", name, c.path, c.key, status, body, c.want)
			} else if strings.Contains(body, token.Token) || c.key != "" && strings.Contains(body, c.key) {
				t.Errorf("%s: the answer shows the credential: %s", name, body)
			}
		}
		g, err := a.door.Keys.Grant(t.Context(), key)
		if err != nil {
			t.Fatal(err)
		}
		list := []edge.Right{{Name: g.Subject, Terms: g.Terms}, {Name: "key:nosuch", Terms: "x"}}
		if ended, err := a.ended(t.Context(), list); err != nil || len(ended) != 1 || ended[0] != list[1] {
			t.Errorf("%s: ended %v, %v", name, ended, err)
		}
	}
	if err := home.Store.Write(t.Context(), func(tx *store.Tx) error { return tx.RevokeKey(id) }); err != nil {
		t.Fatal(err)
	}
	if status, _ := ask(t, http.MethodGet, home.LocalURL()+"/v1/stream", key, ""); status != http.StatusUnauthorized {
		t.Errorf("a revoked key: %d", status)
	}
}

func TestAPublicStreamStillChecksWhatItIsGiven(t *testing.T) {
	a, stop := run(t, Config{Data: t.TempDir(), HTTP: "127.0.0.1:0", Mail: Mail{DKIM: []string{"ed25519"}}})
	defer stop()
	for key, want := range map[string]int{"": 200, "wrk_abc_def": 401, a.auth.Local(): 200} {
		if status, body := ask(t, http.MethodGet, a.LocalURL()+"/v1/stream", key, ""); status != want {
			t.Errorf("with %q: %d %s", key, status, body)
		}
	}
}

func TestTheDoorIsConfigured(t *testing.T) {
	for name, c := range map[string]Config{"access": {Stream: "friends"}, "proxies": {Limits: Limits{Proxies: []string{"10.0.0"}}}} {
		if err := c.Complete(); wire.KindOf(err) != wire.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}
