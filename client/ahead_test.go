package client

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// script is a wire that says what a test has it say.
type script struct {
	t     *testing.T
	says  []string                             // a stream each, ended by the wire
	items map[string]func(http.ResponseWriter) // beside the stream, by path
	key   []byte

	mu    sync.Mutex
	asked []string // holds and place of each stream
	ready []string
}

func (s *script) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.URL.Path == "/v1/stream":
		if r.FormValue("seal") != "1" {
			s.t.Errorf("asked for %s", r.URL)
		}
		s.mu.Lock() // not while it is written: the reader asks beside it
		s.asked = append(s.asked, r.FormValue("holds")+" "+r.Header.Get("Last-Event-ID"))
		n := len(s.asked)
		s.mu.Unlock()
		if n > len(s.says) {
			w.WriteHeader(http.StatusNoContent)
			return
		}
		stream(w, s.says[n-1])
	case r.URL.Path == "/v1/stream/key":
		fmt.Fprintf(w, `{"protocol":1,"ed25519":%q}`, base64.StdEncoding.EncodeToString(s.key))
	case r.URL.Path == "/v1/stream/ready" && r.Method == http.MethodPost:
		var said struct{ Ready []string }
		if err := json.NewDecoder(r.Body).Decode(&said); err != nil {
			s.t.Error(err)
		}
		s.mu.Lock()
		s.ready = append(s.ready, said.Ready...)
		s.mu.Unlock()
		w.WriteHeader(http.StatusNoContent)
	default:
		answer := s.items[r.URL.Path]
		if answer == nil || r.FormValue("token") != "t" || r.Header.Get("Authorization") != "Bearer wrk_x" {
			s.t.Errorf("asked for %s", r.URL)
			answer = func(w http.ResponseWriter) { w.WriteHeader(http.StatusNotFound) }
		}
		answer(w)
	}
}

// event is one event as the wire writes it; those of seals and voids have no id.
func event(id int, kind string, data []byte) string {
	place := ""
	if id > 0 {
		place = fmt.Sprintf("id: %d\n", id)
	}
	return fmt.Sprintf("%sevent: %s\ndata: %s\n\n", place, kind, data)
}

// follow runs a stream with a box over a script and returns what was handed over,
// an item a string, and the checks that failed.
func (s *script) follow(t *testing.T, b *Box) (items, refusals []string) {
	t.Helper()
	x := &Stream{
		URL: "http://wire.example/?token=t", Key: "wrk_x", Box: b, HTTP: wireAt(t, s.ServeHTTP),
		Refused: func(err error) { refusals = append(refusals, checkOf(err)) },
	}
	err := x.Run(t.Context(), func(e Event) error {
		how := ""
		if e.Ahead {
			how = " ahead"
		}
		items = append(items, fmt.Sprintf("%s %s%s %s", e.ID, e.Type, how, e.Data))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return items, refusals
}

func TestTextsThatCameAheadAreHandedOverWithTheirKeys(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newSealer()
		one, two := x.make(t, 7, 10), x.make(t, 9, 300_000)
		s := &script{t: t, key: x.public()[0], says: []string{
			"id: 5\n\n" + event(0, "seal", one.seal) + event(6, "item", []byte(`{"n":6}`)) + event(0, "seal", two.seal) + event(7, "key", one.key),
			"id: 7\n\n" + event(0, "news", []byte(`{}`)) + event(9, "key", two.key) + event(0, "void", one.void) + "id: 10\n\n",
		}}
		b := &Box{}
		items, refusals := s.follow(t, b)
		want := []string{"6 item " + `{"n":6}`, "7 item ahead " + one.data, "7 news {}", "9 item ahead " + two.data}
		if !slices.Equal(items, want) || len(refusals) > 0 {
			t.Errorf("%.300q, refused %v", items, refusals)
		}
		if want := []string{" ", one.id + "," + two.id + " 7", two.id + " 10"}; !slices.Equal(s.asked, want) {
			t.Errorf("asked %q, want %q", s.asked, want)
		}
		if len(b.Keys) != 1 || !slices.Equal(b.Holds(), []string{two.id}) {
			t.Errorf("%d keys, holds %v", len(b.Keys), b.Holds())
		}
	})
}

func TestTheWireHearsWhatIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newSealer()
		one, two := x.make(t, 7, 10), x.make(t, 8, 10)
		s := &script{t: t}
		hc := wireAt(t, func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/v1/stream" {
				s.ServeHTTP(w, r)
				return
			}
			stream(w, event(0, "seal", one.seal)+event(0, "seal", two.seal)+event(0, "seal", data("seal", []byte{1}, "text", []byte{2})))
			<-r.Context().Done()
		})
		ctx, cancel := context.WithTimeout(t.Context(), readyWait)
		defer cancel()
		err := (&Stream{URL: "http://wire.example", HTTP: hc, Box: &Box{Keys: x.public()}}).Run(ctx, nil)
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Fatal(err)
		}
		if !slices.Equal(s.ready, []string{one.id, two.id}) {
			t.Errorf("ready: %v", s.ready)
		}
	})
}

// What cannot be opened is fetched; what cannot be fetched comes by the next
// connection; the order stays.
func TestWhatCannotBeOpenedIsFetched(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newSealer()
		one, two, three, stranger := x.make(t, 1, 10), x.make(t, 2, 10), x.make(t, 3, 10), x.make(t, 4, 10)
		give := func(text string) func(http.ResponseWriter) {
			return func(w http.ResponseWriter) { fmt.Fprintln(w, text) }
		}
		status := func(code int) func(http.ResponseWriter) {
			return func(w http.ResponseWriter) { w.WriteHeader(code) }
		}
		s := &script{t: t, key: x.public()[0], items: map[string]func(http.ResponseWriter){
			"/v1/stream/items/1": give(one.data), "/v1/stream/items/2": status(http.StatusGone),
			"/v1/stream/items/3": status(http.StatusServiceUnavailable), "/v1/stream/items/5": give(`{"n":5}`),
		}, says: []string{
			// The first has no seal, the second was withdrawn, the third cannot be had.
			event(1, "key", one.key) + event(2, "key", two.key) + event(3, "key", three.key) + event(4, "item", []byte("too early")),
			event(3, "item", []byte(three.data)) + event(0, "seal", stranger.seal) + event(5, "key", stranger.key),
		}}
		items, refusals := s.follow(t, &Box{Keys: x.public()})
		if want := []string{"1 item " + one.data, "3 item " + three.data, `5 item {"n":5}`}; !slices.Equal(items, want) {
			t.Errorf("%q, want %q", items, want)
		}
		if !slices.Equal(refusals, []string{"form"}) { // a key in the place of another item
			t.Errorf("refused for %v", refusals)
		}
		if s.asked[1] != " 2" {
			t.Errorf("came back with %q", s.asked[1])
		}
	})
}

func TestForgeriesAreToldOfAndNotShown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x, v := newSealer(), readVectors(t)
		real := x.make(t, 1, 10)
		forged := []byte(strings.Replace(string(real.key), `{"key":"A`, `{"key":"B`, 1))
		s := &script{t: t, key: x.public()[0], items: map[string]func(http.ResponseWriter){
			"/v1/stream/items/1": func(w http.ResponseWriter) { fmt.Fprint(w, `{"n":1}`) },
		}, says: []string{
			event(0, "seal", v.seal()) + event(0, "void", v.void()) + event(0, "seal", real.seal) + event(1, "key", forged),
		}}
		items, refusals := s.follow(t, &Box{})
		if want := []string{`1 item {"n":1}`}; !slices.Equal(items, want) {
			t.Errorf("%q", items)
		}
		if want := []string{"signature", "signature", "version"}; !slices.Equal(refusals, want) {
			t.Errorf("refused for %v, want %v", refusals, want)
		}
	})
}

func TestAWireThatSendsNothingAhead(t *testing.T) {
	for _, c := range []struct {
		name string
		key  http.HandlerFunc
		want string
	}{
		{"an old one", http.NotFound, "client: the wire answered 404: this wire sends nothing ahead; ask without a Box"},
		{"a newer one", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"protocol":2,"ed25519":""}`) },
			"client: the wire answered 200: with a key of protocol 2; this client speaks 1"},
		{"one that talks on and on", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, strings.Repeat("x", 5000)) }, ErrTooLong.Error()},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &Stream{URL: "http://wire.example", HTTP: wireAt(t, c.key), Box: &Box{}, MaxEvent: 1000}
				if err := s.Run(t.Context(), nil); fmt.Sprint(err) != c.want {
					t.Errorf("%v, want %s", err, c.want)
				}
			})
		})
	}
	// One that is not ready yet is asked again.
	synctest.Test(t, func(t *testing.T) {
		n := 0
		start := time.Now()
		hc := wireAt(t, func(w http.ResponseWriter, r *http.Request) {
			switch n++; {
			case n < 3:
				w.WriteHeader(http.StatusServiceUnavailable)
			case r.URL.Path == "/v1/stream/key":
				fmt.Fprintf(w, `{"protocol":1,"ed25519":%q}`, base64.StdEncoding.EncodeToString(newSealer().public()[0]))
			default:
				w.WriteHeader(http.StatusNoContent)
			}
		})
		if err := (&Stream{URL: "http://wire.example", HTTP: hc, Box: &Box{}}).Run(t.Context(), nil); err != nil || n != 4 || time.Since(start) < 4*time.Second {
			t.Errorf("%v after %d requests in %s", err, n, time.Since(start))
		}
	})
}
