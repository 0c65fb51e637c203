package provider_test

import (
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/wireroom/wireroom/internal/auth"
	"github.com/wireroom/wireroom/internal/wire"
)

// broken is a document that nothing can be made of.
const broken = `<nitf><body><body.content><p>A secret takeover</p>`

func TestARefusedFileIsKeptSealedAndANoteSaysWhy(t *testing.T) {
	onEngines(t, func(t *testing.T, r *room) {
		p := wire.Provider{ID: "kabar", Name: "Kabar", Trust: wire.TrustDesk, Push: wire.Push{Folder: true}}
		r.put(t, p)
		folder := filepath.Join(r.Folder, "kabar")
		if err := os.WriteFile(filepath.Join(folder, "a.xml"), []byte(broken), 0o600); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if err := r.Sweep(t.Context(), &p); err != nil {
				t.Fatal(err)
			}
		}
		all, err := r.Arrivals(t.Context(), editor, "kabar", wire.WasRefused, 0, 10)
		if err != nil || len(all) != 1 || !all[0].Kept || all[0].Name != "a.xml" {
			t.Fatalf("%+v, %v", all, err)
		}
		note, err := os.ReadFile(filepath.Join(folder, "refused", "a.xml.txt"))
		for _, want := range []string{"a.xml was refused on 2026-11-23 12:00:00 UTC", "ends in the middle", fmt.Sprintf("wireroom provider refused kabar %d", all[0].Number)} {
			if err != nil || !strings.Contains(string(note), want) {
				t.Errorf("the note lacks %q: %s (%v)", want, note, err)
			}
		}
		err = filepath.WalkDir(r.Folder, func(path string, e fs.DirEntry, err error) error {
			if raw, _ := os.ReadFile(path); strings.Contains(string(raw), "secret") {
				t.Errorf("%s tells what is not public", path)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
		if _, raw, err := r.Refused(t.Context(), editor, "kabar", all[0].Number); err != nil || string(raw) != broken {
			t.Errorf("%q, %v", raw, err)
		}
		if _, _, err := r.Refused(t.Context(), wire.Actor{Name: "kabar", Role: wire.RoleProvider}, "kabar", all[0].Number); wire.KindOf(err) != wire.Forbidden {
			t.Errorf("%v", err)
		}
	})
}

// What an error quotes of a document must not lie in the folder.
func TestANoteQuotesNothingOfTheDocument(t *testing.T) {
	onEngines(t, func(t *testing.T, r *room) {
		p := wire.Provider{ID: "kabar", Name: "Kabar", Trust: wire.TrustDesk, Push: wire.Push{Folder: true}}
		r.put(t, p)
		file := filepath.Join(r.Folder, "kabar", "a.json")
		if err := os.WriteFile(file, []byte(`{"uri":"urn:x:1","version":"1","type":"text","pubstatus":"A secret \"status\"","language":"en","headline":"H","body_text":"`+sentence+`"}`), 0o600); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if err := r.Sweep(t.Context(), &p); err != nil {
				t.Fatal(err)
			}
		}
		all, err := r.Arrivals(t.Context(), editor, "kabar", wire.WasRefused, 0, 10)
		if err != nil || len(all) != 1 || !strings.Contains(all[0].Reason, "secret") {
			t.Fatalf("an editor must see what it quotes: %+v, %v", all, err)
		}
		if note, err := os.ReadFile(filepath.Join(r.Folder, "kabar", "refused", "a.json.txt")); err != nil || strings.Contains(string(note), "secret") || !strings.Contains(string(note), "pubStatus “…”") {
			t.Errorf("%s, %v", note, err)
		}
	})
}

func (r *room) documents(t *testing.T) int {
	t.Helper()
	n := 0
	err := filepath.WalkDir(r.media, func(_ string, e fs.DirEntry, err error) error {
		if err == nil && e.Type().IsRegular() {
			n++
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestRefusedDocumentsAreKeptForAWhile(t *testing.T) {
	onEngines(t, func(t *testing.T, r *room) {
		r.put(t, wire.Provider{Trust: wire.TrustReject})
		hand := func(entries string) {
			t.Helper()
			if _, err := r.HandIn(t.Context(), editor, "kabar", "feed.xml", feed(entries)); err != nil {
				t.Fatal(err)
			}
		}
		hand(entry("1", "2026-11-23T08:00:00Z", "One", sentence) + entry("2", "2026-11-23T08:00:00Z", "Two", sentence))
		if n := r.documents(t); n != 1 {
			t.Errorf("a document with two refused stories is kept %d times", n)
		}
		first, err := r.Arrivals(t.Context(), editor, "kabar", "", 0, 10)
		if err != nil || len(first) != 2 {
			t.Fatal(first, err)
		}
		if testing.Short() {
			return // hundreds of documents
		}
		for i := range 200 {
			hand(entry(fmt.Sprint("x", i), "2026-11-23T08:00:00Z", fmt.Sprint("Story ", i), sentence))
		}
		if n := r.documents(t); n != 200 {
			t.Errorf("%d documents are kept", n)
		}
		if _, _, err := r.Refused(t.Context(), editor, "kabar", first[0].Number); wire.KindOf(err) != wire.NotFound {
			t.Errorf("%v", err)
		}
		r.now = r.now.Add(90*24*time.Hour + time.Second)
		if err := r.Forget(t.Context()); err != nil {
			t.Fatal(err)
		}
		all, err := r.Arrivals(t.Context(), editor, "kabar", "", 0, 10)
		if n := r.documents(t); err != nil || len(all) != 0 || n != 0 {
			t.Errorf("%d notes and %d documents are left after 90 days (%v)", len(all), n, err)
		}
	})
}

func TestWhoIsRemovedIsKnownNoMoreAndNothingComesTwice(t *testing.T) {
	onEngines(t, func(t *testing.T, r *room) {
		r.put(t, wire.Provider{Trust: wire.TrustDesk})
		keys := auth.NewKeys(r.store, func() time.Time { return r.now })
		key, _, err := keys.Create(t.Context(), auth.NewKey{Name: "kabar", Role: wire.RoleProvider, For: time.Hour})
		if err != nil {
			t.Fatal(err)
		}
		actor, err := keys.Actor(t.Context(), key)
		if err != nil {
			t.Fatal(err)
		}
		document := feed(entry("1", "2026-11-23T08:00:00Z", "Halden opens a yard", sentence))
		if all, err := r.HandIn(t.Context(), actor, "kabar", "feed.xml", document); err != nil || all[0].Verdict != wire.TookIn {
			t.Fatal(all, err)
		}
		if _, err := r.HandIn(t.Context(), wire.Actor{Name: "other", Role: wire.RoleProvider}, "kabar", "feed.xml", document); wire.KindOf(err) != wire.NotFound {
			t.Errorf("with another's key: %v", err)
		}
		if err := r.Remove(t.Context(), editor, "kabar"); err != nil {
			t.Fatal(err)
		}
		if _, err := keys.Actor(t.Context(), key); wire.KindOf(err) != wire.Forbidden {
			t.Errorf("its key is valid still: %v", err)
		}
		if _, err := r.HandIn(t.Context(), editor, "kabar", "feed.xml", document); wire.KindOf(err) != wire.NotFound {
			t.Errorf("%v", err)
		}
		if all, err := r.List(t.Context(), editor); err != nil || len(all) != 0 {
			t.Errorf("%+v, %v", all, err)
		}
		if err := r.Remove(t.Context(), editor, "kabar"); wire.KindOf(err) != wire.NotFound {
			t.Errorf("removed twice: %v", err)
		}
		r.put(t, wire.Provider{Trust: wire.TrustAuto})
		if all, err := r.HandIn(t.Context(), editor, "kabar", "feed.xml", document); err != nil || all[0].Verdict != wire.WasKnown {
			t.Errorf("%+v, %v", all, err)
		}
	})
}

func TestAPausedProviderTakesNothingIn(t *testing.T) {
	onEngines(t, func(t *testing.T, r *room) {
		r.put(t, wire.Provider{Trust: wire.TrustDesk, Push: wire.Push{Mail: []string{"desk@kabar.example"}}})
		if err := r.Pause(t.Context(), editor, "kabar", true); err != nil {
			t.Fatal(err)
		}
		document := feed(entry("1", "2026-11-23T08:00:00Z", "Halden opens a yard", sentence))
		if _, err := r.HandIn(t.Context(), editor, "kabar", "feed.xml", document); wire.KindOf(err) != wire.Conflict {
			t.Errorf("%v", err)
		}
		letter := "From: desk@kabar.example\r\nSubject: Halden opens a yard\r\n\r\n" + sentence + "\r\n"
		if err := r.TakeMail(t.Context(), "kabar", []byte(letter)); wire.KindOf(err) != wire.Conflict {
			t.Errorf("a letter must come again: %v", err)
		}
		if shown, err := r.Try(t.Context(), editor, "kabar", "feed.xml", document); err != nil || len(shown) != 1 {
			t.Errorf("it can be tried: %v, %v", shown, err)
		}
		all, err := r.List(t.Context(), editor)
		if err != nil || len(all) != 1 || !all[0].Paused || all[0].Mailbox != "provider-kabar@back.wire.example" {
			t.Errorf("%+v, %v", all, err)
		}
		if err := r.Pause(t.Context(), editor, "kabar", false); err != nil {
			t.Fatal(err)
		}
		if err := r.TakeMail(t.Context(), "kabar", []byte(letter)); err != nil {
			t.Error(err)
		}
	})
}

func TestAFeedIsAskedAsHTTPSays(t *testing.T) {
	onEngines(t, func(t *testing.T, r *room) {
		var asked []http.Header
		well := func(w http.ResponseWriter) {
			w.Header().Set("Last-Modified", "Mon, 23 Nov 2026 08:00:00 GMT")
			_, _ = w.Write(feed(entry("1", "2026-11-23T08:00:00Z", "Halden opens a yard", sentence)))
		}
		answer := well
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
			asked = append(asked, q.Header)
			answer(w)
		}))
		defer server.Close()
		r.put(t, wire.Provider{Trust: wire.TrustDesk, Pull: &wire.Pull{URL: server.URL + "/feed?key=hunter2", Every: 60}})
		for range 2 {
			if _, err := r.Look(t.Context(), editor, "kabar"); err != nil {
				t.Fatal(err)
			}
		}
		if asked[0].Get("If-Modified-Since") != "" || asked[1].Get("If-Modified-Since") != "Mon, 23 Nov 2026 08:00:00 GMT" {
			t.Errorf("asked with %v", asked)
		}
		for name, c := range map[string]struct {
			after string
			next  time.Duration
		}{
			"a date":              {"Mon, 23 Nov 2026 15:00:00 GMT", 3 * time.Hour},
			"a date that is past": {"Mon, 23 Nov 2026 11:00:00 GMT", 2 * time.Minute},
			"longer than a day":   {"864000", 24 * time.Hour},
			"nonsense":            {"soon", 2 * time.Minute},
		} {
			for _, answer = range []func(http.ResponseWriter){well, func(w http.ResponseWriter) {
				w.Header().Set("Retry-After", c.after)
				w.WriteHeader(http.StatusTooManyRequests)
			}} {
				_, _ = r.Look(t.Context(), editor, "kabar")
			}
			if s, err := r.Status(t.Context(), editor, "kabar"); err != nil || s.Failures != 1 || s.Next.Sub(r.now) != c.next {
				t.Errorf("%s: next in %s after %d failures, want %s (%v)", name, s.Next.Sub(r.now), s.Failures, c.next, err)
			}
		}
		server.Close()
		_, err := r.Look(t.Context(), editor, "kabar")
		if s, _ := r.Status(t.Context(), editor, "kabar"); err == nil || strings.Contains(err.Error(), "hunter2") || strings.Contains(s.Problem, "hunter2") {
			t.Errorf("the key of the address is told: %v; %s", err, s.Problem)
		}
	})
}
