package api_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/wireroom/wireroom/internal/format/newsmlg2"
	"github.com/wireroom/wireroom/internal/format/nitf"
	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/wire"
)

// item asks for an item as a program would.
func (f *face) item(path string, accept ...string) *httptest.ResponseRecorder {
	f.t.Helper()
	r := httptest.NewRequest("GET", path, nil)
	for _, a := range accept {
		r.Header.Add("Accept", a)
	}
	w := httptest.NewRecorder()
	f.http.ServeHTTP(w, r)
	return w
}

// live puts a release on the wire and returns its id.
func (f *face) live() string {
	f.t.Helper()
	status, got := f.call("POST", "/v1/releases", f.key(wire.RoleEditor), submission(true))
	if status != http.StatusCreated {
		f.t.Fatal(status, got)
	}
	id := got["id"].(string)
	if _, err := f.desk.Lift(f.t.Context(), wire.Actor{Role: wire.RoleClock}, wire.ReleaseID(id), 0, func(*store.Tx) error { return nil }); err != nil {
		f.t.Fatal(err)
	}
	return id
}

func TestAnItemComesInTheTypeThatIsAskedFor(t *testing.T) {
	f := open(t)
	f.live()
	for _, c := range []struct{ query, accept, kind, begins string }{
		{"", "", "application/json", "{"},
		{"", "*/*", "application/json", "{"},
		{"", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "application/json", "{"}, // a browser
		{"", "application/vnd.iptc.g2.newsitem+xml", "application/vnd.iptc.g2.newsitem+xml", "<?xml"},
		{"", "application/nitf+xml, application/json;q=0.5", "application/nitf+xml", "<?xml"},
		{"", "application/ld+json", "application/ld+json", `{"@context":"https://schema.org"`},
		{"", "text/plain", "text/plain; charset=utf-8", ""},
		{"", "text/plain; charset=iso-8859-1", "text/plain; charset=iso-8859-1", "\x01"},
		{"", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "PK"},
		{"?format=ninjs", "text/plain", "application/json", `{"uri":"https://wire.example/en/r/`},
		{"?format=newsml-1.2", "", "application/xml; charset=utf-8", "<?xml"},
		{"?format=schema.org", "*/*", "application/ld+json", "{"},
	} {
		w := f.item("/v1/items/1"+c.query, c.accept)
		h := w.Header()
		if w.Code != http.StatusOK || h.Get("Content-Type") != c.kind || !strings.HasPrefix(w.Body.String(), c.begins) {
			t.Errorf("%s, Accept %q: %d %s %.80q", c.query, c.accept, w.Code, h.Get("Content-Type"), w.Body)
		}
		if h.Get("Vary") != "Accept" || h.Get("Content-Language") != "en" {
			t.Errorf("%s, Accept %q: %v", c.query, c.accept, h)
		}
	}
	if it, err := newsmlg2.Decode(f.item("/v1/items/1", "application/vnd.iptc.g2.newsitem+xml").Body.Bytes()); err != nil || it.Headline != "Halden opens a plant" {
		t.Errorf("%+v %v", it, err)
	}
}

func TestATypeThatThereIsNotIsRefusedWithThoseThatThereAre(t *testing.T) {
	f := open(t)
	f.live()
	for _, c := range []struct {
		path, accept string
		status       int
		says         string
	}{
		{"/v1/items/1", "image/png", http.StatusNotAcceptable, "application/nitf+xml"},
		{"/v1/items/1", "application/json;q=0", http.StatusNotAcceptable, "application/ld+json"},
		{"/v1/items/1?format=pdf", "", http.StatusNotAcceptable, "PDF cannot carry English here."}, // there are no typefaces
		{"/v1/items/1?format=word", "", http.StatusBadRequest, "newsml-g2-message"},
		{"/v1/items/2?format=nitf", "", http.StatusNotFound, "no item"},
	} {
		w := f.item(c.path, c.accept)
		if w.Code != c.status || !strings.Contains(w.Body.String(), c.says) || w.Header().Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s, Accept %q: %d %s", c.path, c.accept, w.Code, w.Body)
		}
	}
}

// A document stands alone: while its story is held, and once it was killed, there
// is none but that of the hold or kill itself.
func TestADocumentOfAWithdrawnStoryIsNotHandedOut(t *testing.T) {
	f := open(t)
	id, editor := f.live(), f.key(wire.RoleEditor)
	formats := []string{"text", "ninjs", "ninjs-2.2", "ninjs-1.6", "superdesk", "newsml-g2", "newsml-g2-message", "nitf", "nitf-bare", "newsml-1.2", "schema.org", "docx", "iptc7901"}
	for _, c := range []struct {
		verb   string
		number int
		status int
		state  string
	}{{"hold", 2, http.StatusConflict, "withheld"}, {"kill", 3, http.StatusGone, "canceled"}} {
		if status, got := f.call("POST", "/v1/releases/"+id+"/"+c.verb, editor, map[string]any{"reason": "a hoax"}); status != http.StatusOK {
			t.Fatal(status, got)
		}
		for _, name := range formats {
			w := f.item("/v1/items/1?format=" + name)
			if w.Code != c.status || !strings.Contains(w.Body.String(), fmt.Sprintf("see item %d", c.number)) || strings.Contains(w.Body.String(), "opened today") {
				t.Errorf("%s after a %s: %d %s", name, c.verb, w.Code, w.Body)
			}
			w = f.item(fmt.Sprintf("/v1/items/%d?format=%s", c.number, name))
			if w.Code != http.StatusOK || bytes.Contains(w.Body.Bytes(), []byte("opened today")) || bytes.Contains(w.Body.Bytes(), []byte("Halden opens")) {
				t.Errorf("%s of the %s: %d %s", name, c.verb, w.Code, w.Body)
			}
		}
		if w := f.item("/v1/items/1", "application/nitf+xml"); w.Code != c.status {
			t.Errorf("by Accept after a %s: %d", c.verb, w.Code)
		}
		raw := f.item(fmt.Sprintf("/v1/items/%d", c.number), "application/nitf+xml").Body.Bytes()
		if it, err := nitf.Decode(raw); err != nil || !it.Action.Withdraws() || !bytes.Contains(raw, []byte(`management-status="`+c.state+`"`)) {
			t.Errorf("%s: %v\n%s", c.verb, err, raw)
		}
	}
}
