package edge

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/wireroom/wireroom/internal/match"
	"github.com/wireroom/wireroom/internal/wire"
)

func query(t *testing.T, text string) *match.Query {
	t.Helper()
	q, err := match.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return q
}

// admitted reads who someone is from a header, as a layer outside would from a
// credential.
func admitted(energy *match.Query) func(*http.Request) (Visitor, error) {
	return func(r *http.Request) (Visitor, error) {
		switch name := r.Header.Get("X-Name"); name {
		case "":
			return Visitor{}, wire.Errorf(wire.Forbidden, "", "the stream needs a key")
		case "broken":
			return Visitor{}, errors.New("the bus is away")
		default:
			return Visitor{Name: name, Desktops: 3, Entitled: energy}, nil
		}
	}
}

func TestAVisitorHasWhatItIsEntitledTo(t *testing.T) {
	energy := query(t, "sector:energy")
	overEach(t, func(t *testing.T, over protocol) {
		h := openOver(t, over, Options{Admit: admitted(energy), Ring: 2})
		all := h.get(t, "", "X-Name", "a").opened(0)
		turbines := h.get(t, "q=turbine+OR+cotton", "X-Name", "a").opened(0)
		synctest.Wait()
		h.publish(story("en", "A turbine", "energy"), wire.Publish)           // 1
		h.publish(story("en", "Cotton turbine", "textiles"), wire.Publish)    // 2
		h.publish(story("en", "A power station", "energy"), wire.Publish)     // 3
		h.publish(story("en", "Cotton for turbines", "energy"), wire.Publish) // 4
		all.want(item(1), item(3), item(4))
		turbines.want(item(1), item(4))
		h.get(t, "after=0", "X-Name", "b").opened(0).want(item(1), item(3), item(4)) // a replay, too
	})
}

func TestWhoIsNobodyIsRefusedAndWhoCannotBeAskedComesBack(t *testing.T) {
	h := open(t, Options{Admit: admitted(nil)})
	for name, want := range map[string]int{"": http.StatusUnauthorized, "broken": http.StatusServiceUnavailable, "broken, in a browser": http.StatusOK} {
		r := httptest.NewRequest(http.MethodGet, "/v1/stream", nil)
		name, browser, _ := strings.Cut(name, ",")
		r.Header.Set("X-Name", name)
		if browser != "" {
			r.Header.Set("Sec-Fetch-Mode", "cors")
		}
		w := httptest.NewRecorder()
		h.edge.ServeHTTP(w, r)
		if w.Code != want || want == 401 && w.Header().Get("WWW-Authenticate") != "Bearer" || want == 503 && w.Header().Get("Retry-After") == "" || want == 200 && !strings.HasPrefix(w.Body.String(), "retry: ") {
			t.Errorf("%q: %d %v %q", name, w.Code, w.Header(), w.Body)
		}
	}
}

func TestAVisitorHasItsOwnLimits(t *testing.T) {
	overEach(t, func(t *testing.T, over protocol) {
		registry := prometheus.NewRegistry()
		h := openOver(t, over, Options{Admit: admitted(nil), MaxPerVisitor: 1, Registry: registry})
		for range 3 {
			h.get(t, "", "X-Name", "a").opened(0)
		}
		h.get(t, "", "X-Name", "b").opened(0)
		if got := h.get(t, "", "X-Name", "a"); got.status != http.StatusTooManyRequests || got.header.Get("Retry-After") == "" || gather(t, registry, "refused_total", "client") != 1 {
			t.Errorf("a fourth: %d %v", got.status, got.header)
		}
	})
}

func TestAVisitorMayConnectAllItsDesktopsAtOnceAndThenAtARate(t *testing.T) {
	for _, c := range []struct{ desktops, atOnce, inTenSeconds int }{{3, joinsAtOnce, 20}, {100, 100, 33}, {3000, 3000, 1000}} {
		var a account
		now := time.Now()
		may := func() (n int) {
			for a.refuses(c.desktops, now).reason == "" {
				a.tokens--
				n++
			}
			return n
		}
		if got := may(); got != c.atOnce {
			t.Errorf("of %d desktops %d connect at once, want %d", c.desktops, got, c.atOnce)
		}
		now = now.Add(10 * time.Second)
		if got := may(); got < c.inTenSeconds-1 || got > c.inTenSeconds+1 {
			t.Errorf("of %d desktops %d connect in ten seconds, want %d", c.desktops, got, c.inTenSeconds)
		}
		now = now.Add(time.Hour)
		if got := may(); got != c.atOnce {
			t.Errorf("of %d desktops %d connect after an hour, want %d", c.desktops, got, c.atOnce)
		}
	}
}

// On a WebSocket neither another filter nor an item asked for goes beyond what a
// visitor is entitled to.
func TestAWebSocketStaysWithinTheEntitlement(t *testing.T) {
	p := &tape{}
	e := New(Options{History: p, Admit: admitted(query(t, "sector:energy"))})
	server := httptest.NewServer(e)
	defer server.Close()
	deliver := func(headline, sector string) {
		e.Deliver(p.clear(story("en", headline, sector), wire.Publish, time.Now()), nil)
	}
	deliver("Cotton", "textiles") // 1
	deliver("Turbine", "energy")  // 2
	conn, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprint(conn, "GET /v1/ws?after=2&format=headline HTTP/1.1\r\nHost: wire.example\r\nX-Name: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
	in := bufio.NewReader(conn)
	if resp, err := http.ReadResponse(in, nil); err != nil || resp.StatusCode != http.StatusSwitchingProtocols {
		t.Fatalf("%v, %v", resp, err)
	}
	next := func(parts ...string) {
		t.Helper()
		text, err := readMessage(in)
		if err != nil {
			t.Fatal(err)
		}
		for _, part := range parts {
			if !strings.Contains(string(text), part) {
				t.Errorf("%s is without %s", text, part)
			}
		}
	}
	say := func(text string) {
		t.Helper()
		if _, err := conn.Write(maskedText([]byte(text))); err != nil {
			t.Fatal(err)
		}
	}
	next(`"hello"`)
	say(`{"get":1}`)
	next(`"error"`, "no such item")
	say(`{"get":2}`)
	next(`"body"`, "Turbine")
	say(`{"get":99}`)
	next(`"error"`, "no such item")
	say(`{"get":-1}`)
	next(`"error"`, "no such item")
	p.fail(errors.New("the store is away"))
	say(`{"get":99}`)
	next(`"error"`, "cannot be read")
	p.fail(nil)
	say(`{"filter":"sector=textiles"}`)
	next(`"filter"`)
	deliver("More cotton", "textiles") // 3
	say(`{"filter":""}`)
	next(`"filter"`, `3`)
	deliver("Yarn", "textiles")   // 4
	deliver("Windmill", "energy") // 5
	next(`"item"`, `5`, "Windmill")
}
