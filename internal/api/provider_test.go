package api_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/wireroom/wireroom/internal/wire"
)

const providerStory = `{"uri":"urn:kabar:%d","version":"1","type":"text","language":"en","headline":"Halden opens yard %d","body_text":"The company opened yard %d in the city on Monday, and three hundred people will work there."}`

// handIn sends a document as it is.
func (f *face) handIn(id, key, document string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, "/v1/providers/"+id+"/documents?name=a.json", strings.NewReader(document))
	r.Header.Set("Authorization", "Bearer "+key)
	r.Header.Set("Content-Type", "application/xml") // whatever it says
	w := httptest.NewRecorder()
	f.http.ServeHTTP(w, r)
	return w
}

func TestProvidersAreAddedChangedAndRemoved(t *testing.T) {
	f := open(t)
	editor := f.key(wire.RoleEditor)
	kabar := map[string]any{"id": "kabar", "name": "Kabar", "trust": "desk", "sectors": []string{"energy"}}
	with := func(field string, value any) map[string]any {
		changed := map[string]any{field: value}
		for k, v := range kabar {
			if k != field {
				changed[k] = v
			}
		}
		return changed
	}
	for _, c := range []struct {
		name   string
		body   map[string]any
		header []string
		status int
	}{
		{"added", kabar, []string{"If-None-Match", "*"}, 200},
		{"added again", kabar, []string{"If-None-Match", "*"}, 409},
		{"changed", with("credit", "Kabar News"), nil, 200},
		{"another id than the address", with("id", "other"), nil, 400},
		{"a sector that is none", with("sectors", []string{"enregy"}), nil, 400},
		{"a trust that is none", with("trust", "much"), nil, 400},
		{"a setting that is none", with("credits", "x"), nil, 422},
		{"removed by the way", with("removed", true), nil, 400},
		{"a feed that is a file", with("pull", map[string]any{"url": "file:///etc/passwd", "every": 60}), nil, 400},
	} {
		if status, body := f.call("PUT", "/v1/providers/kabar", editor, c.body, c.header...); status != c.status {
			t.Errorf("%s: %d, want %d: %v", c.name, status, c.status, body)
		}
	}
	status, body := f.call("GET", "/v1/providers/kabar", editor, nil)
	if status != 200 || body["credit"] != "Kabar News" || body["documents_url"] != "https://wire.example/v1/providers/kabar/documents" {
		t.Errorf("%d %v", status, body)
	}
	if status, body := f.call("POST", "/v1/providers/kabar/pause", editor, nil); status != 200 || body["paused"] != true {
		t.Errorf("%d %v", status, body)
	}
	r := httptest.NewRequest("DELETE", "/v1/providers/kabar", nil)
	r.Header.Set("Authorization", "Bearer "+editor)
	w := httptest.NewRecorder()
	if f.http.ServeHTTP(w, r); w.Code != 204 {
		t.Errorf("removed: %d %s", w.Code, w.Body)
	}
	if status, _ := f.call("GET", "/v1/providers/kabar", editor, nil); status != 404 {
		t.Errorf("after that: %d", status)
	}
}

func TestAProvidersKeyHandsInAndDoesNothingElse(t *testing.T) {
	f := open(t)
	editor, operator := f.key(wire.RoleEditor), f.key(wire.RoleOperator)
	keys := map[string]string{}
	for _, id := range []string{"kabar", "other"} {
		if status, body := f.call("PUT", "/v1/providers/"+id, editor, map[string]any{"id": id, "name": id, "trust": "desk"}); status != 200 {
			t.Fatal(status, body)
		}
		if status, _ := f.call("POST", "/v1/providers/"+id+"/key", editor, map[string]any{}); status != 403 {
			t.Errorf("an editor makes keys: %d", status)
		}
		status, body := f.call("POST", "/v1/providers/"+id+"/key", operator, map[string]any{"days": 30})
		if status != 200 {
			t.Fatal(status, body)
		}
		keys[id] = body["key"].(string)
	}
	if w := f.handIn("kabar", keys["kabar"], fmt.Sprintf(providerStory, 1, 1, 1)); w.Code != 200 || !strings.Contains(w.Body.String(), `"verdict":"taken"`) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	for key, want := range map[string]int{keys["other"]: 404, f.key(wire.RoleIssuer): 404, f.key(wire.RoleReader): 404, "wrk_no": 401, editor: 200} {
		if w := f.handIn("kabar", key, fmt.Sprintf(providerStory, 1, 1, 1)); w.Code != want {
			t.Errorf("with another key: %d, want %d: %s", w.Code, want, w.Body)
		}
	}
	for _, route := range []string{"GET /v1/providers", "GET /v1/providers/kabar", "GET /v1/providers/kabar/arrivals", "POST /v1/providers/kabar/pull", "POST /v1/providers/kabar/test", "POST /v1/providers/kabar/pause", "DELETE /v1/providers/kabar", "GET /v1/providers/kabar/arrivals/1/document"} {
		method, path, _ := strings.Cut(route, " ")
		var body any
		if strings.HasSuffix(path, "/test") {
			body = map[string]any{"name": "a.json", "data": []byte("{}")}
		}
		if status, _ := f.call(method, path, keys["kabar"], body); status != 403 {
			t.Errorf("%s with the provider's key: %d", route, status)
		}
	}
	if status, _ := f.call("POST", "/v1/releases", keys["kabar"], submission(false)); status != 403 {
		t.Errorf("it submits past its provider's rules: %d", status)
	}
}

func TestWhatCameIsListedAndWhatWasRefusedIsGivenBack(t *testing.T) {
	f := open(t)
	editor := f.key(wire.RoleEditor)
	if status, body := f.call("PUT", "/v1/providers/kabar", editor, map[string]any{"id": "kabar", "name": "Kabar", "trust": "desk"}); status != 200 {
		t.Fatal(status, body)
	}
	for i := range 5 {
		f.handIn("kabar", editor, fmt.Sprintf(providerStory, i, i, i))
	}
	const broken = `<nitf><body><p>x`
	if w := f.handIn("kabar", editor, broken); w.Code != 400 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	seen, before := 0, 0.0
	for pages := 0; pages < 10; pages++ {
		_, body := f.call("GET", fmt.Sprintf("/v1/providers/kabar/arrivals?limit=4&before=%d", int(before)), editor, nil)
		seen += len(body["arrivals"].([]any))
		next, more := body["next"].(float64)
		if before = next; !more {
			break
		}
	}
	if seen != 6 {
		t.Errorf("%d arrivals over all pages", seen)
	}
	r := httptest.NewRequest("GET", "/v1/providers/kabar/arrivals/6/document", nil)
	r.Header.Set("Authorization", "Bearer "+editor)
	w := httptest.NewRecorder()
	f.http.ServeHTTP(w, r)
	h := w.Header()
	if w.Code != 200 || w.Body.String() != broken || h.Get("Content-Type") != "application/octet-stream" || h.Get("X-Content-Type-Options") != "nosniff" || !strings.HasPrefix(h.Get("Content-Disposition"), "attachment") {
		t.Errorf("%d %v %q", w.Code, h, w.Body)
	}
	status, body := f.call("POST", "/v1/providers/kabar/test", editor, map[string]any{"name": "a.json", "data": fmt.Appendf(nil, providerStory, 9, 9, 9)})
	stories, _ := body["stories"].([]any)
	if status != 200 || len(stories) != 1 || stories[0].(map[string]any)["would"] != "be handed to the desk" {
		t.Errorf("%d %v", status, body)
	}
	if status, body := f.call("POST", "/v1/providers/kabar/pull", editor, nil); status != 409 {
		t.Errorf("pulled without a feed: %d %v", status, body)
	}
}
