package edge

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/wireroom/wireroom/internal/match"
	"github.com/wireroom/wireroom/internal/seal/advance"
	"github.com/wireroom/wireroom/internal/wire"
)

func TestSealsAreAskedForProperly(t *testing.T) {
	e := New(Options{History: &tape{}})
	id := anySeal().String()
	for query, want := range map[string]string{
		"seal=1": "", "seal=0": "", "seal=1&format=ninjs": "", "seal=1&holds=" + id + "," + id: "", "holds=" + id: "",
		"seal=2": "seal", "seal=yes": "seal", "seal=1&format=headline": "seal", "seal=1&holds=x": "holds",
		"seal=1&holds=" + strings.Repeat(",", 3) + strings.Join(manyIDs(maxHolds+1), ","): "holds",
	} {
		_, err := e.read(httptest.NewRequest("GET", "/v1/stream?"+query, nil))
		got := ""
		if said, ok := errors.AsType[*wire.Error](err); ok {
			got = said.Field
		}
		if got != want {
			t.Errorf("%s: %v", query, err)
		}
	}
}

// anySeal is the id of a seal that nobody holds.
func anySeal() (id advance.ID) {
	rand.Read(id[:])
	return id
}

func manyIDs(n int) (ids []string) {
	for range n {
		ids = append(ids, anySeal().String())
	}
	return ids
}

func TestWhatDoesNotComeOnTheStreamIsFetched(t *testing.T) {
	h := openAhead(t, plain, nil)
	get := func(path string) (int, string) {
		t.Helper()
		resp, err := h.http().Get("http://wire.example" + path)
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
	killed := story("en", "Canary")
	for _, action := range []wire.Action{wire.Publish, wire.Kill} {
		h.edge.Deliver(h.tape.clear(killed, action, time.Now()), nil)
	}
	x := h.put(story("en", "Finch"))
	it, text := x.lift()
	h.edge.Deliver(it, nil)
	for path, want := range map[string]int{"/v1/stream/items/3": 200, "/v1/stream/items/2": 200, "/v1/stream/items/1": 410, "/v1/stream/items/4": 404, "/v1/stream/items/0": 400, "/v1/stream/items/x": 400} {
		status, body := get(path)
		if status != want || strings.Contains(body, "Canary") {
			t.Errorf("%s: %d %.200s", path, status, body)
		}
		if it.Number == 3 && strings.HasSuffix(path, "/3") && body != string(text) {
			t.Errorf("%s is not what the stream says", body)
		}
	}
	var key struct {
		Protocol int
		Ed25519  []byte
	}
	if _, body := get("/v1/stream/key"); json.Unmarshal([]byte(body), &key) != nil || key.Protocol != 1 || !bytes.Equal(key.Ed25519, h.keys.PublicKey()) {
		t.Errorf("key: %s", body)
	}
}

func TestWhatIsFetchedIsWhatOneIsEntitledTo(t *testing.T) {
	english, err := match.Parse("lang:en")
	if err != nil {
		t.Fatal(err)
	}
	h := openAhead(t, plain, func(o *Options) {
		o.Admit = func(r *http.Request) (Visitor, error) {
			switch r.Header.Get("Authorization") {
			case "":
				return Visitor{}, wire.Errorf(wire.Forbidden, "", "a key is needed")
			case "Bearer english":
				return Visitor{Entitled: english}, nil
			}
			return Visitor{}, nil
		}
	})
	h.edge.Deliver(h.tape.clear(story("en", "Finch"), wire.Publish, time.Now()), nil)
	h.edge.Deliver(h.tape.clear(story("ar", "كناري"), wire.Publish, time.Now()), nil)
	for _, c := range []struct {
		key    string
		number int
		want   int
	}{{"", 1, 401}, {"english", 1, 200}, {"english", 2, 404}, {"all", 2, 200}} {
		r := httptest.NewRequest("GET", "/", nil)
		r.SetPathValue("number", fmt.Sprint(c.number))
		if c.key != "" {
			r.Header.Set("Authorization", "Bearer "+c.key)
		}
		w := httptest.NewRecorder()
		h.edge.ServeItem(w, r)
		if w.Code != c.want {
			t.Errorf("%q gets %d for item %d, not %d", c.key, w.Code, c.number, c.want)
		}
	}
}

func TestWhoKeepsASealSaysSo(t *testing.T) {
	h := openAhead(t, plain, nil)
	x := h.put(story("en", "Canary"))
	h.look()
	h.look()
	id := x.seal.ID.String()
	socket := readAhead(t, h.dial, "socket", "seal=1")
	socket.next("seal")
	if _, err := socket.conn.Write(maskedText(fmt.Appendf(nil, `{"ready":[%q]}`, id))); err != nil {
		t.Fatal(err)
	}
	post := func(body string) int {
		t.Helper()
		resp, err := h.http().Post("http://wire.example"+ReadyPath, "application/json", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		return resp.StatusCode
	}
	for body, want := range map[string]int{
		fmt.Sprintf(`{"ready":[%q,%q,"x"]}`, id, anySeal()): 204, `{"ready":[]}`: 400, `{`: 400, `{"ready":["` + strings.Repeat("x", 9000) + `"]}`: 400,
	} {
		if got := post(body); got != want {
			t.Errorf("%.80s: %d", body, got)
		}
	}
	// The socket's message has been heard when what is asked after it is answered.
	if _, err := socket.conn.Write(maskedText([]byte(`{"get":99}`))); err != nil {
		t.Fatal(err)
	}
	socket.next("error")
	// Desktops that come back name what they hold, from here or from elsewhere.
	for range 3 {
		back := readAhead(t, h.dial, "socket", "seal=1&holds="+id+","+anySeal().String())
		if _, err := back.conn.Write(maskedText([]byte(`{"get":99}`))); err != nil {
			t.Fatal(err)
		}
		back.next("error")
	}
	it, _ := x.lift()
	h.edge.TakeKey(x.key(&it))
	if s, ok := h.edge.Stats(1); !ok || s.Kept != 2 || s.Returned != 3 {
		t.Errorf("%d keep it, %d came back with it, %v", s.Kept, s.Returned, ok)
	}
}
