package command

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/wireroom/wireroom/internal/app"
	"github.com/wireroom/wireroom/internal/wire"
)

// What goes out is the wire's own work: whoever publishes on one that runs is
// told the numbers at once, and does not wait for a relay that is down.
func TestPublishDoesNotWaitForReceiversOfAWireThatRuns(t *testing.T) {
	t.Parallel()
	const view = `{"id":"` + release + `","state":"live","items":[{"number":7,"language":"en","version":1,"action":"publish","headline":"A dock","url":"http://wire.example/7"}]}`
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var reports atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if strings.HasSuffix(r.URL.Path, "/report") {
			reports.Add(1)
			cancel() // nobody was served, nor will be
			_, _ = w.Write([]byte(`{"release":"` + release + `","items":[{"number":7,"planned":true,"channels":[{"channel":"mail","matched":1,"pending":1}]}]}`))
			return
		}
		_, _ = w.Write([]byte(view))
	}))
	defer server.Close()
	file := filepath.Join(t.TempDir(), "release.en.txt")
	if err := os.WriteFile(file, []byte("A dock\n\nIt opened.\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	p := &Publish{Remote: Remote{Server: server.URL, Key: "key"}, Files: []string{file}}
	if err := p.Run(ctx, app.Config{}, &out); err != nil {
		t.Fatal(err)
	}
	if reports.Load() != 0 || !strings.Contains(out.String(), "item     7  en  A dock") {
		t.Errorf("asked %d times who was served, and printed:\n%s", reports.Load(), out.String())
	}
}

// What a document says of its time holds as what the call says: the clock has it,
// and nobody waits for days at a terminal.
func TestPublishDoesNotWaitForWhatADocumentSchedules(t *testing.T) {
	t.Parallel()
	var asked atomic.Int64
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if asked.Add(1) > 2 {
			cancel()
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"id":"` + release + `","state":"scheduled","release":{"schedule":{"local":"2026-12-01T09:00","zone":"UTC","utc":"2026-12-01T09:00:00Z"}}}`))
	}))
	defer server.Close()
	file := filepath.Join(t.TempDir(), "release.en.txt")
	if err := os.WriteFile(file, []byte("---\nembargo: 2026-12-01T09:00\nzone: UTC\n---\nA dock\n\nIt opened.\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	p := &Publish{Remote: Remote{Server: server.URL, Key: "key"}, Files: []string{file}}
	if err := p.Run(ctx, app.Config{}, &out); err != nil || out.String() != "release  "+release+"  scheduled\n" {
		t.Errorf("%q, %v", out.String(), err)
	}
}

func TestWordsOfAPictureGoWithOnePicture(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name, text string) string {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	text, yard, dock := write("en.txt", "A dock\n\nIt opened.\n"), write("yard.gif", "GIF89a"), write("dock.gif", "GIF89a")
	words := Words{Caption: map[string]string{"en": "The yard"}, Credit: "Ingrid Moe"}
	all, err := documents([]string{text, yard}, words)
	if err != nil || len(all) != 2 || all[0].Credit != "" || all[1].Name != "yard.gif" || all[1].Caption["en"] != "The yard" || all[1].Credit != "Ingrid Moe" {
		t.Errorf("%+v, %v", all, err)
	}
	for _, files := range [][]string{{text}, {text, yard, dock}} {
		if _, err := documents(files, words); wire.KindOf(err) != wire.Invalid {
			t.Errorf("%d files: %v", len(files), err)
		}
		if all, err := documents(files, Words{}); err != nil || len(all) != len(files) {
			t.Errorf("%d files without words: %v", len(files), err)
		}
	}
}
