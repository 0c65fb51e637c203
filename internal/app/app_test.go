package app

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/wireroom/wireroom/internal/courier"
	"github.com/wireroom/wireroom/internal/courier/mail"
	"github.com/wireroom/wireroom/internal/courier/webhook"
	"github.com/wireroom/wireroom/internal/desk"
	"github.com/wireroom/wireroom/internal/wire"
)

func TestAConfigurationThatCannotWorkIsRefused(t *testing.T) {
	for name, c := range map[string]Config{
		"role": {Roles: []Role{"king"}}, "address": {HTTP: "8080"}, "base": {BaseURL: "wire.example"}, "scheme": {BaseURL: "ftp://wire.example"},
		"seals that hold nothing, too often": {Cover: time.Minute},
	} {
		if err := c.Complete(); wire.KindOf(err) != wire.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	c := Config{BaseURL: "https://wire.example/"}
	if err := c.Complete(); err != nil || c.BaseURL != "https://wire.example" || c.Database != "sqlite:wireroom-data/wire.db" || c.Keys != "wireroom-data/keys" || len(c.Roles) != 4 {
		t.Errorf("%+v, %v", c, err)
	}
}

// start runs a whole wire on a data folder.
func start(t *testing.T, data string) (a *App, stop func()) {
	t.Helper()
	return run(t, Config{Data: data, HTTP: "127.0.0.1:0", Mail: Mail{DKIM: []string{"ed25519"}}})
}

func run(t *testing.T, c Config) (a *App, stop func()) {
	t.Helper()
	c.Log = slog.New(slog.DiscardHandler)
	a, err := Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- a.Run(ctx) }()
	return a, func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	}
}

func get(t *testing.T, url string) (int, string) {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(body)
}

func TestAWireComesUpServesAndIsFoundAgain(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	a, stop := start(t, data)
	release := &wire.Release{Editions: []wire.Edition{{Language: "en", Headline: "Halden opens a plant", Body: []wire.Block{wire.P("Text.")}}}, Facets: wire.Facets{Sectors: []string{"energy"}}}
	done, err := a.Desk.Publish(t.Context(), wire.Actor{Name: "e", Role: wire.RoleEditor}, release, desk.Submission{})
	if err != nil {
		t.Fatal(err)
	}
	// What is lifted is counted a moment after it is on the wire.
	lifted := func() bool {
		_, body := get(t, a.LocalURL()+"/metrics")
		return strings.Contains(body, "wireroom_lifted_total 1")
	}
	page := a.LocalURL() + "/en/r/" + string(done.ID) + "-halden-opens-a-plant"
	for {
		if status, _ := get(t, page); status == http.StatusOK && lifted() {
			break
		}
	}
	for path, want := range map[string]string{
		"/healthz": "ok", "/readyz": "ready", "/en/feed.rss": "Halden opens a plant", "/en/": "Halden opens a plant",
		"/v1/items?after=0": "Halden opens a plant", "/v1/openapi.json": "3.1", "/news-sitemap.xml": "Halden opens a plant", "/robots.txt": "Sitemap:",
	} {
		if status, body := get(t, a.LocalURL()+path); status != http.StatusOK || !strings.Contains(body, want) {
			t.Errorf("%s: %d without %q", path, status, want)
		}
	}
	if local, err := ReadLocal(data); err != nil || local.URL != a.LocalURL() || local.PID != os.Getpid() {
		t.Errorf("local: %+v, %v", local, err)
	}
	if info, err := os.Stat(filepath.Join(data, "local.json")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("local.json: %v, %v", info, err)
	}
	if _, err := Open(t.Context(), Config{Data: data, HTTP: "127.0.0.1:0", Log: slog.New(slog.DiscardHandler)}); wire.KindOf(err) != wire.Unavailable {
		t.Errorf("a second process on the folder: %v", err)
	}
	stop()
	if _, err := ReadLocal(data); wire.KindOf(err) != wire.NotFound {
		t.Errorf("word was left behind: %v", err)
	}
	a, stop = start(t, data)
	defer stop()
	if status, _ := get(t, a.LocalURL()+"/en/r/"+string(done.ID)+"-halden-opens-a-plant"); status != http.StatusOK {
		t.Errorf("after another start: %d", status)
	}
}

func TestMetricsAreForOperatorsAndThisMachine(t *testing.T) {
	a, stop := start(t, filepath.Join(t.TempDir(), "data"))
	defer stop()
	handler := a.operatorsOnly(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) }))
	for _, c := range []struct {
		name, from, forwarded, key string
		want                       int
	}{
		{"this machine", "127.0.0.1:5", "", "", 200}, {"another", "203.0.113.9:5", "", "", 404}, {"through a proxy here", "127.0.0.1:5", "203.0.113.9", "", 404},
		{"with a key", "203.0.113.9:5", "", a.auth.Local(), 200}, {"with a wrong one", "203.0.113.9:5", "", "wrk_x_y", 404},
	} {
		r := httptest.NewRequest("GET", "/metrics", nil)
		r.RemoteAddr = c.from
		if c.forwarded != "" {
			r.Header.Set("X-Forwarded-For", c.forwarded)
		}
		if c.key != "" {
			r.Header.Set("Authorization", "Bearer "+c.key)
		}
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		if w.Code != c.want {
			t.Errorf("%s: %d", c.name, w.Code)
		}
	}
}

func TestTopicsAreTheFeedsOfTheWire(t *testing.T) {
	a, stop := start(t, filepath.Join(t.TempDir(), "data"))
	defer stop()
	kinds := map[string]string{".rss": "application/rss+xml; charset=utf-8", ".atom": "application/atom+xml; charset=utf-8", ".json": "application/feed+json; charset=utf-8"}
	seen := map[string]int{}
	for _, topic := range a.topics(&wire.Item{Edition: wire.Edition{Language: "ar"}, Facets: wire.Facets{Sectors: []string{"energy"}}}) {
		if !a.isTopic(topic) {
			t.Errorf("%s is none", topic)
		}
		kind, body, err := a.feed(t.Context(), topic)
		ext := filepath.Ext(topic)
		if err != nil || len(body) == 0 || kind != kinds[ext] {
			t.Errorf("%s: %s, %v", topic, kind, err)
		}
		seen[ext]++
	}
	if seen[".rss"] != 2 || seen[".atom"] != 2 || seen[".json"] != 2 {
		t.Errorf("of the language and of the sector: %v", seen)
	}
	for _, topic := range []string{"", a.site.BaseURL + "/ar/", a.site.BaseURL + "/xx/feed.rss", "https://other.example/ar/feed.rss", a.site.BaseURL + "/ar/s/nosuch/feed.rss"} {
		if a.isTopic(topic) {
			t.Errorf("%s is one", topic)
		}
	}
}

// What the courier asks of a channel by an interface that it may or may not have
// must not get lost in silence.
var (
	_ courier.Carrier      = (*mail.Relays)(nil)
	_ courier.Preconnecter = (*webhook.Webhooks)(nil)
	_ courier.Health       = (*webhook.Health)(nil)
)
