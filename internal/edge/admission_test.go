package edge

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/wireroom/wireroom/internal/match"
	"github.com/wireroom/wireroom/internal/wire"
)

// allowed are the items that may be told to who is entitled to a query: those of
// which it matches a version up to this one, and withdrawals of which nobody knows
// any more what they withdraw.
func allowed(p *tape, q *match.Query) map[int64]bool {
	ok := map[int64]bool{}
	for i := range p.items {
		it := &p.items[i]
		mine := !it.Action.Withdraws() && q.Matches(match.NewDocument(it))
		for n := it.Supersede; n > 0 && !mine; n = p.items[n-1].Supersede {
			mine = !p.items[n-1].Action.Withdraws() && q.Matches(match.NewDocument(&p.items[n-1])) ||
				it.Action.Withdraws() && n <= p.pruned
		}
		ok[it.Number] = mine
	}
	return ok
}

// Whatever a visitor asks for, in whatever way, and whatever of the past is kept no
// longer: nothing is told that it is not entitled to.
func TestNothingOutsideTheEntitlementIsEverSent(t *testing.T) {
	entitlements := []string{"sector:energy", "lang:en NOT merger", "turbine OR lang:ar", "NOT sector:energy", "headline:cotton"}
	for seed := range uint64(25) {
		overEach(t, func(t *testing.T, over protocol) {
			random := rand.New(rand.NewPCG(11, seed))
			h := openOver(t, over, Options{Admit: entitled, Ring: 3, MaxConnections: 1000})
			var stories []*wire.Release
			for range 20 {
				h.publish(nextItem(random, &stories))
			}
			h.tape.pruned = int64(random.IntN(15))
			type watch struct {
				*reader
				may string
			}
			var watches []watch
			come := func() {
				may := entitlements[random.IntN(len(entitlements))]
				query := []string{"", "after=0", fmt.Sprintf("after=%d", random.IntN(20)), "after=3&lang=en&format=headline", "q=NOT+harbour", "seal=1"}[random.IntN(6)]
				r := h.get(t, query, "X-Entitled", may, "Accept", "application/jsonl")
				watches = append(watches, watch{r, may})
			}
			for range 30 {
				come()
				synctest.Wait()
				h.publish(nextItem(random, &stories))
			}
			synctest.Wait()
			told := 0
			for _, w := range watches {
				ok := allowed(h.tape, query(t, w.may))
				w.close()
				for line := range w.lines {
					var m struct {
						Type   string
						Number int64
					}
					if json.Unmarshal([]byte(line), &m) != nil || m.Type != "item" {
						continue
					}
					if told++; !ok[m.Number] {
						t.Errorf("seed %d: item %d was told to who is entitled to %s", seed, m.Number, w.may)
					}
				}
			}
			if told < 100 {
				t.Errorf("seed %d: only %d items were told", seed, told)
			}
			for _, may := range entitlements {
				ok := allowed(h.tape, query(t, may))
				for n := int64(1); n <= int64(len(h.tape.items)); n++ {
					r := httptest.NewRequest(http.MethodGet, "/v1/stream/items/1", nil)
					r.SetPathValue("number", fmt.Sprint(n))
					r.Header.Set("X-Entitled", may)
					w := httptest.NewRecorder()
					h.edge.ServeItem(w, r)
					if w.Code == http.StatusOK && !ok[n] {
						t.Errorf("seed %d: item %d was given to who is entitled to %s", seed, n, may)
					}
				}
			}
		})
	}
}

// Seals go to everyone who asks: so not to who may have only a part.
func TestWhoMayHaveAPartIsSentNoSeals(t *testing.T) {
	overEach(t, func(t *testing.T, over protocol) {
		s, o := newDrawer(t, nil)
		o.Admit, o.History = entitled, nil
		h := openOver(t, over, o)
		s.tape = h.tape
		look := s.follow(t, h.edge)
		x := s.put(story("en", "A turbine", "energy"))
		look()
		synctest.Wait()
		part := h.get(t, "seal=1", "X-Entitled", "sector:energy")
		part.opened(0)
		if got := h.get(t, "seal=1").block(); !strings.Contains(got, "retry") {
			t.Fatal(got)
		}
		synctest.Wait()
		it, _ := x.lift()
		h.edge.TakeKey(x.key(&it))
		part.want(item(1))
	})
}

// ends are the ways in which streams are served.
func TestRightsEndWithinTheTimeOfALook(t *testing.T) {
	for _, over := range protocols {
		t.Run(string(over), func(t *testing.T) { rightsEnd(t, over) })
	}
}

func rightsEnd(t *testing.T, over protocol) {
	var ended, away atomic.Bool
	f := openFloor(t, over, 100)
	e := over.engine(New(Options{
		History: f.tape, Recheck: 5 * time.Millisecond, Retry: 10 * time.Millisecond, Spread: 10 * time.Millisecond, Parameters: []string{"token"},
		Admit: func(r *http.Request) (Visitor, error) {
			if ended.Load() && r.Header.Get("X-Name") == "gone" {
				return Visitor{}, wire.Errorf(wire.Forbidden, "", "the key is not valid")
			}
			return Visitor{Name: r.Header.Get("X-Name"), Terms: "first"}, nil
		},
		Ended: func(_ context.Context, list []Right) (none []Right, err error) {
			if away.Load() {
				return nil, errors.New("the database is away")
			}
			for _, right := range list {
				if right.Name == "gone" && ended.Load() {
					none = append(none, right)
				}
			}
			return none, nil
		},
	}))
	f.edge.Store(e)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go e.FollowRights(ctx)
	for _, kind := range []string{"events", "events gzip", "lines", "socket", "socket deflate"} {
		if strings.HasPrefix(kind, "socket") && !over.sockets() {
			continue
		}
		ended.Store(false)
		away.Store(true)
		visit := func(name string) (*desk, chan struct{}) {
			d := newDesk(rand.New(rand.NewPCG(1, 1)), f)
			for d.kind != kind {
				d = newDesk(d.random, f)
			}
			d.filter, d.headers = "", d.headers+"X-Name: "+name+"\r\n"
			d.place.Store(0)
			gone := make(chan struct{})
			joined := f.joins.Load()
			f.last.Store(1 << 40)
			f.calm.Store(true)
			go func() { d.visit(); close(gone) }()
			f.await(t, "it to join", func() bool { return f.joins.Load() > joined })
			return d, gone
		}
		_, gone := visit("gone")
		_, stays := visit("stays")
		ended.Store(true)
		select {
		case <-gone:
			t.Errorf("%s: it was sent away while nobody could be asked", kind)
		case <-time.After(20 * time.Millisecond):
		}
		away.Store(false)
		select {
		case <-gone:
		case <-time.After(20 * time.Second):
			t.Fatalf("%s: it stays", kind)
		}
		select {
		case <-stays:
			t.Errorf("%s: another was sent away, too", kind)
		default:
		}
	}
}

func TestRightsEndForThoseWhoAreStillCatchingUpAndOnGoroutines(t *testing.T) {
	overEach(t, func(t *testing.T, over protocol) {
		registry := prometheus.NewRegistry()
		h := openOver(t, over, Options{Registry: registry, Heartbeat: time.Hour, WriteTimeout: time.Hour, Admit: func(r *http.Request) (Visitor, error) { return Visitor{Name: r.Header.Get("X-Name"), Terms: "a"}, nil },
			Ended: func(_ context.Context, list []Right) ([]Right, error) {
				for i, right := range list {
					if right.Name == "gone" {
						return list[i : i+1], nil
					}
				}
				return nil, nil
			}})
		for range 20 {
			h.publish(story("en", strings.Repeat("Long ", 2000)), wire.Publish)
		}
		behind := h.getSlowly(t, 2, "after=0", "X-Name", "gone").opened(0)
		live := h.get(t, "", "X-Name", "gone", "Accept", "application/jsonl")
		stays := h.get(t, "", "X-Name", "stays").opened(20)
		go h.edge.FollowRights(t.Context())
		time.Sleep(15 * time.Second)
		for ended := false; !ended; {
			ended = strings.HasSuffix(behind.block(), "end") // which takes what was on its way
		}
		if got := live.block(); !strings.Contains(got, `"bye"`) || !strings.HasSuffix(got, "end") {
			t.Errorf("live: %q", got)
		}
		h.publish(story("en", "News"), wire.Publish)
		stays.want(item(21))
		if n := gather(t, registry, "cut_total", "ended"); n != 2 {
			t.Errorf("%v were counted", n)
		}
	})
}

// Every way of being turned away: what programs are answered, what browsers are,
// and what the operator sees.
func TestWhoIsTurnedAwayIsToldWhy(t *testing.T) {
	admit := func(r *http.Request) (Visitor, error) {
		switch name := r.Header.Get("X-Name"); name {
		case "unknown":
			return Visitor{}, wire.Errorf(wire.Forbidden, "token", "the token has expired")
		case "invalid":
			return Visitor{}, wire.Errorf(wire.Invalid, "token", "give one")
		case "admission":
			return Visitor{}, errors.New("the database is away")
		case "forbidden":
			return Visitor{Name: name, Desktops: -1}, nil
		case "house":
			return Visitor{Name: name, House: "h", Shared: 1}, nil
		default:
			return Visitor{Name: name, Desktops: 1}, nil
		}
	}
	for _, c := range []struct {
		reason, name string
		open         []string // streams there are
		status       int
		again        bool // it is worth coming back
		options      Options
	}{
		{"unknown", "unknown", nil, 401, false, Options{}},
		{"invalid", "invalid", nil, 400, false, Options{}},
		{"forbidden", "forbidden", nil, 403, false, Options{}},
		{"admission", "admission", nil, 503, true, Options{}},
		{"full", "a", []string{"b", "c"}, 503, true, Options{MaxConnections: 2}},
		{"busy", "a", []string{"b", "c"}, 503, true, Options{MaxRate: 2}},
		{"client", "a", []string{"a"}, 429, true, Options{}},
		{"client", "house", []string{"house"}, 429, true, Options{}},
	} {
		synctest.Test(t, func(t *testing.T) {
			registry := prometheus.NewRegistry()
			c.options.Admit, c.options.Registry, c.options.Parameters = admit, registry, []string{"token"}
			h := open(t, c.options)
			for _, name := range c.open {
				h.get(t, "", "X-Name", name).opened(0)
			}
			program := h.get(t, "token=x", "X-Name", c.name)
			if program.status != c.status || (program.header.Get("Retry-After") != "") != c.again || program.header.Get("Content-Type") != "application/problem+json" {
				t.Errorf("%s: %d %v", c.reason, program.status, program.header)
			}
			if got := program.header.Get("WWW-Authenticate"); (got == `Bearer error="invalid_token"`) != (c.status == 401) {
				t.Errorf("%s: WWW-Authenticate is %q", c.reason, got)
			}
			for _, accept := range []string{"text/event-stream", "application/jsonl"} {
				browser := h.get(t, "", "X-Name", c.name, "Sec-Fetch-Mode", "cors", "Accept", accept)
				if gently := browser.status == 200; gently != (c.again && accept == "text/event-stream") {
					t.Errorf("%s: a browser that asks for %s is answered %d", c.reason, accept, browser.status)
				}
			}
			if n := gather(t, registry, "refused_total", c.reason); n != 3 {
				t.Errorf("%s: %v were counted", c.reason, n)
			}
		})
	}
}

func TestAddressesAndHousesAreLimited(t *testing.T) {
	overEach(t, func(t *testing.T, over protocol) {
		h := openOver(t, over, Options{
			MaxPerAddress: 2, MaxPerVisitor: 3,
			Client: func(r *http.Request) string { return r.Header.Get("X-From") },
			Admit: func(r *http.Request) (Visitor, error) {
				name := r.Header.Get("X-Name")
				v := Visitor{Name: name}
				if name != "" {
					v.House, v.Shared = "bank", 4
				}
				return v, nil
			},
		})
		come := func(name, from string, want int) *reader {
			t.Helper()
			r := h.get(t, "", "X-Name", name, "X-From", from)
			if r.status != want {
				t.Errorf("%q from %q: %d, want %d", name, from, r.status, want)
			}
			return r
		}
		one := come("", "x", 200)
		come("", "x", 200)
		come("", "x", 429)
		come("", "y", 200)
		come("a", "x", 200)
		come("a", "x", 200)
		come("a", "x", 200)
		come("a", "x", 429) // the visitor's own
		come("b", "x", 200)
		come("b", "x", 429) // the house's
		one.close()
		synctest.Wait()
		come("", "x", 200)
		if n := len(h.edge.passes); n != 4 {
			t.Errorf("%d passes", n)
		}
	})
}
