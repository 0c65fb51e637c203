package api_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/wireroom/wireroom/internal/api"
	"github.com/wireroom/wireroom/internal/archive"
	"github.com/wireroom/wireroom/internal/auth"
	"github.com/wireroom/wireroom/internal/courier"
	"github.com/wireroom/wireroom/internal/desk"
	"github.com/wireroom/wireroom/internal/format"
	"github.com/wireroom/wireroom/internal/ingest/provider"
	"github.com/wireroom/wireroom/internal/media"
	"github.com/wireroom/wireroom/internal/seal"
	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/store/storetest"
	"github.com/wireroom/wireroom/internal/wire"
)

// face is the API over a real house.
type face struct {
	t    *testing.T
	http http.Handler
	keys *auth.Keys
	desk *desk.Desk

	store   *store.Store
	keyring *seal.Keyring
}

func open(t *testing.T) *face {
	t.Helper()
	s := storetest.SQLite(t)
	keyring, err := seal.OpenKeyring(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	originals, err := media.OpenFolder(filepath.Join(t.TempDir(), "media"))
	if err != nil {
		t.Fatal(err)
	}
	quiet := slog.New(slog.DiscardHandler)
	site := format.Site{BaseURL: "https://wire.example", Name: "Wire"}
	f := &face{t: t, store: s, keys: auth.NewKeys(s, time.Now), keyring: keyring, desk: desk.New(desk.Options{Store: s, Keys: keyring, Media: originals, Pictures: site.PicturesURL(), Log: quiet})}
	started := time.Now()
	providers := provider.New(provider.Options{
		Store: s, Keys: keyring, Desk: f.desk, Media: originals, Client: http.DefaultClient, Folder: t.TempDir(),
		Now: time.Now, Since: func() time.Duration { return time.Since(started) }, Process: "test", Sole: true, Log: quiet,
	})
	f.http = api.New(api.Options{Providers: providers, Desk: f.desk, Archive: archive.New(s), Courier: courier.New(courier.Options{Store: s, Log: quiet}), Keys: f.keys, Keyring: keyring, Site: site, Log: quiet})
	return f
}

func (f *face) key(role wire.Role) string {
	f.t.Helper()
	k, _, err := f.keys.Create(f.t.Context(), auth.NewKey{Name: string(role), Role: role})
	if err != nil {
		f.t.Fatal(err)
	}
	return k
}

// call makes a request and returns status and body.
func (f *face) call(method, path, key string, body any, headers ...string) (int, map[string]any) {
	f.t.Helper()
	raw, err := json.Marshal(body)
	if err != nil {
		f.t.Fatal(err)
	}
	r := httptest.NewRequest(method, path, bytes.NewReader(raw))
	r.Header.Set("Content-Type", "application/json")
	if key != "" {
		r.Header.Set("Authorization", "Bearer "+key)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	f.http.ServeHTTP(w, r)
	var out map[string]any
	if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil {
		f.t.Fatalf("%s %s: %d %s", method, path, w.Code, w.Body)
	}
	return w.Code, out
}

func submission(clear bool) map[string]any {
	return map[string]any{"clear": clear, "documents": []map[string]any{{"name": "a.md", "data": []byte("---\nlanguage: en\n---\n# Halden opens a plant\n\nThe plant opened today.\n")}}}
}

func TestAReleaseGoesFromHandInToTheWire(t *testing.T) {
	f := open(t)
	editor := f.key(wire.RoleEditor)
	status, got := f.call("POST", "/v1/releases", editor, submission(true))
	if status != http.StatusCreated || got["state"] != "scheduled" {
		t.Fatal(status, got)
	}
	id := got["id"].(string)
	if status, got := f.call("GET", "/v1/items/1", "", nil); status != http.StatusNotFound {
		t.Errorf("before the lift: %d %v", status, got)
	}
	if _, err := f.desk.Lift(t.Context(), wire.Actor{Role: wire.RoleClock}, wire.ReleaseID(id), 0, func(*store.Tx) error { return nil }); err != nil {
		t.Fatal(err)
	}
	status, got = f.call("GET", "/v1/releases/"+id, editor, nil)
	items := got["items"].([]any)
	if status != http.StatusOK || got["state"] != "live" || items[0].(map[string]any)["url"] != "https://wire.example/en/r/"+id+"-halden-opens-a-plant" {
		t.Errorf("%d %v", status, got)
	}
	if status, got = f.call("GET", "/v1/items?after=0", "", nil); status != http.StatusOK || got["next"] != 1.0 {
		t.Errorf("the wire: %d %v", status, got)
	}
	if status, got = f.call("POST", "/v1/releases/"+id+"/kill", editor, map[string]any{}); status != http.StatusBadRequest || !strings.Contains(got["detail"].(string), "say why") {
		t.Errorf("a kill without a reason: %d %v", status, got)
	}
	if status, got = f.call("POST", "/v1/releases/"+id+"/kill", editor, map[string]any{"reason": "hoax"}); status != http.StatusOK || got["state"] != "killed" {
		t.Errorf("kill: %d %v", status, got)
	}
	for _, path := range []string{"/v1/items?after=0", "/v1/items/1"} {
		if _, got := f.call("GET", path, "", nil); strings.Contains(fmt.Sprint(got), "Halden opens") || strings.Contains(fmt.Sprint(got), "opened today") {
			t.Errorf("%s tells a killed story again: %v", path, got)
		}
	}
	if status, got = f.call("POST", "/v1/releases/"+id+"/hold", editor, map[string]any{"reason": "x"}); status != http.StatusConflict {
		t.Errorf("hold after kill: %d %v", status, got)
	}
	if status, got = f.call("GET", "/v1/releases/"+id+"/audit", editor, nil); status != http.StatusOK || len(got["audit"].([]any)) != 6 {
		t.Errorf("audit: %d %v", status, got)
	}
}

func TestWhoMayWhat(t *testing.T) {
	f := open(t)
	for role, want := range map[wire.Role][3]int{ // submit, clear, list
		wire.RoleReader: {403, 403, 403}, wire.RoleIssuer: {201, 403, 403}, wire.RoleEditor: {201, 201, 200}, wire.RoleOperator: {201, 201, 200},
	} {
		key := f.key(role)
		submit, _ := f.call("POST", "/v1/releases", key, submission(false))
		clear, _ := f.call("POST", "/v1/releases", key, submission(true))
		list, _ := f.call("GET", "/v1/releases?state=submitted", key, nil)
		if got := [3]int{submit, clear, list}; got != want {
			t.Errorf("%s: %v, want %v", role, got, want)
		}
	}
	for _, key := range []string{"", "wrk_x_y", f.keys.Local() + "x"} {
		if status, got := f.call("POST", "/v1/releases", key, submission(false)); status != http.StatusUnauthorized || strings.Contains(got["detail"].(string), key) && key != "" {
			t.Errorf("key %.6q: %d %v", key, status, got)
		}
	}
}

func TestWhatAnActorMayNotSeeLooksLikeWhatDoesNotExist(t *testing.T) {
	f := open(t)
	_, got := f.call("POST", "/v1/releases", f.key(wire.RoleEditor), submission(false))
	hidden, absent := got["id"].(string), strings.Repeat("a", 26)
	issuer := f.key(wire.RoleIssuer)
	for _, path := range []string{"/v1/releases/%", "/v1/releases/%/audit", "/v1/releases/%/report"} {
		s1, b1 := f.call("GET", strings.ReplaceAll(path, "%", hidden), issuer, nil)
		s2, b2 := f.call("GET", strings.ReplaceAll(path, "%", absent), issuer, nil)
		a, _ := json.Marshal(b1)
		b, _ := json.Marshal(b2)
		if s1 != http.StatusNotFound || s2 != s1 || strings.ReplaceAll(string(a), hidden, "") != strings.ReplaceAll(string(b), absent, "") {
			t.Errorf("%s: %d %s and %d %s", path, s1, a, s2, b)
		}
	}
}

func TestTheSameRequestTwiceIsOneRelease(t *testing.T) {
	f := open(t)
	key := f.key(wire.RoleIssuer)
	_, first := f.call("POST", "/v1/releases", key, submission(false), "Idempotency-Key", "k1")
	_, again := f.call("POST", "/v1/releases", key, submission(false), "Idempotency-Key", "k1")
	_, other := f.call("POST", "/v1/releases", f.key(wire.RoleEditor), submission(false), "Idempotency-Key", "k1")
	if first["id"] != again["id"] || first["id"] == other["id"] {
		t.Errorf("%v %v %v", first["id"], again["id"], other["id"])
	}
}

func TestABadDocumentIsExplained(t *testing.T) {
	f := open(t)
	status, got := f.call("POST", "/v1/releases", f.key(wire.RoleIssuer), map[string]any{"documents": []map[string]any{{"name": "x.txt", "data": []byte("\x89PNG\r\n\x1a\n")}}})
	raw, _ := json.Marshal(got)
	if status != http.StatusBadRequest || !strings.Contains(string(raw), "x.txt") {
		t.Errorf("%d %s", status, raw)
	}
}

func TestTheDescriptionIsServed(t *testing.T) {
	f := open(t)
	status, got := f.call("GET", "/v1/openapi.json", "", nil)
	paths, _ := got["paths"].(map[string]any)
	if status != http.StatusOK || !strings.HasPrefix(got["openapi"].(string), "3.1") || paths["/v1/releases/{id}/{verb}"] == nil {
		t.Errorf("%d %v", status, got["openapi"])
	}
}
