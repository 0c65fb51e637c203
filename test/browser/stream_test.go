package browser

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/wireroom/wireroom/internal/archive"
	"github.com/wireroom/wireroom/internal/edge"
	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/store/storetest"
	"github.com/wireroom/wireroom/internal/wire"
)

// desktops is an edge that a page can have items from and restart.
type desktops struct {
	t     *testing.T
	store *store.Store
	edge  atomic.Pointer[edge.Edge]
	asked atomic.Pointer[http.Header] // of the last stream
	spoke [2]atomic.Int64             // streams, by the version of HTTP less one
}

func (d *desktops) open() *edge.Edge {
	return edge.New(edge.Options{History: archive.New(d.store), Retry: 50 * time.Millisecond, Spread: 50 * time.Millisecond})
}

// publish clears an item and delivers it.
func (d *desktops) publish(language, headline string) {
	r := &wire.Release{ID: wire.NewReleaseID(), Editions: []wire.Edition{{Language: language, Headline: headline, Body: []wire.Block{wire.P("Text of " + headline + strings.Repeat(" and more", 40))}}}}
	it := wire.NewItem(r, &r.Editions[0], wire.Publish, nil, time.Now(), wire.Amendment{})
	if err := d.store.Write(d.t.Context(), func(tx *store.Tx) error { return tx.AddItem(&it, func(*wire.Item) {}) }); err != nil {
		d.t.Error(err)
	}
	d.edge.Load().Deliver(it, nil)
}

func (d *desktops) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/":
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprint(w, "<!doctype html><html lang=en><title>Desktop</title></html>")
	case "/publish":
		d.publish(r.FormValue("lang"), r.FormValue("headline"))
	case "/restart":
		old := d.edge.Swap(d.open())
		ctx, cancel := context.WithTimeout(r.Context(), 5*time.Second)
		defer cancel()
		if err := old.Shutdown(ctx); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
		}
	case edge.StreamPath, edge.SocketPath:
		asked := r.Header.Clone()
		d.asked.Store(&asked)
		d.spoke[r.ProtoMajor-1].Add(1)
		d.edge.Load().ServeHTTP(w, r)
	default:
		http.NotFound(w, r)
	}
}

func TestDesktopsFollowTheStreamInABrowser(t *testing.T) {
	t.Run("in clear", func(t *testing.T) { followStream(t, false) })
	// Events come over HTTP/2 then; the WebSocket has a connection of its own.
	t.Run("over TLS", func(t *testing.T) { followStream(t, true) })
}

func followStream(t *testing.T, secure bool) {
	node, chromium := tools(t)
	d := &desktops{t: t, store: storetest.SQLite(t)}
	d.edge.Store(d.open())
	d.publish("en", "One")
	server := httptest.NewUnstartedServer(d)
	if server.EnableHTTP2 = secure; secure {
		server.StartTLS()
	} else {
		server.Start()
	}
	defer func() {
		ended, cancel := context.WithCancel(context.Background())
		cancel()
		_ = d.edge.Load().Shutdown(ended) // it cuts everyone off
		server.Close()
	}()
	input, err := json.Marshal(map[string]any{"base": server.URL, "browser": chromium})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, node, "stream.mjs")
	cmd.Stdin = bytes.NewReader(input)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, &stderr)
	}
	var report struct {
		Stream     []struct{ ID, Headline string }
		Said       []string
		Extensions string
		Code       int
	}
	if err := json.Unmarshal(out, &report); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if got := fmt.Sprint(report.Stream); got != "[{1 One} {2 Two} {3 Three}]" {
		t.Errorf("the EventSource got %s", got)
	}
	want := []string{"hello 2", "item 3 Three", "filter 3", "item 5 Five", "body 1", "error 0"}
	if !slices.Equal(report.Said, want) {
		t.Errorf("the WebSocket got %q, want %q", report.Said, want)
	}
	if !strings.HasPrefix(report.Extensions, "permessage-deflate") || report.Code != 1000 {
		t.Errorf("extensions %q, closed with %d", report.Extensions, report.Code)
	}
	if events := d.spoke[1].Load(); secure != (events >= 2) || d.spoke[0].Load() == 0 {
		t.Errorf("%d streams over HTTP/2, %d over HTTP/1.1", events, d.spoke[0].Load())
	}
	if asked := d.asked.Load(); asked == nil || asked.Get("Sec-WebSocket-Extensions") == "" {
		t.Error("the browser offered no compression")
	}
}
