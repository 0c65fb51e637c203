package webhook

import (
	"fmt"
	"log/slog"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/wireroom/wireroom/internal/courier"
	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/store/storetest"
	"github.com/wireroom/wireroom/internal/wire"
)

const endpoint = "https://outlet.example/hook?key=xyzzy"

var (
	took    = courier.Result{Outcome: wire.Accepted, Code: "204"}
	refused = courier.Result{Outcome: wire.Deferred, Code: "503"}
	gone    = courier.Result{Outcome: wire.Failed, Code: "410", Gone: true}
)

func openHealth(t *testing.T, s *store.Store, now func() time.Time) *Health {
	t.Helper()
	h, err := OpenHealth(t.Context(), HealthOptions{Store: s, Now: now, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func flush(t *testing.T, all ...*Health) {
	t.Helper()
	for _, h := range all {
		if err := h.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

// fail notes failures at an even distance, the last of them at the end of a
// time.
func fail(h *Health, address string, n int, over time.Duration) {
	for i := range n {
		h.Note(address, refused, at.Add(over*time.Duration(i)/time.Duration(max(n-1, 1))))
	}
}

func TestAnEndpointIsSuspendedAfterFiveDaysOfNothingButFailures(t *testing.T) {
	for _, c := range []struct {
		name      string
		note      func(h *Health)
		suspended bool
	}{
		{"nothing was ever noted", func(*Health) {}, false},
		{"just short of it", func(h *Health) { fail(h, endpoint, 50, suspendAfter-time.Second) }, false},
		{"five days", func(h *Health) { fail(h, endpoint, 50, suspendAfter) }, true},
		{"too few to tell", func(h *Health) { fail(h, endpoint, suspendFailures-1, suspendAfter) }, false},
		{"one success in between", func(h *Health) {
			fail(h, endpoint, 50, suspendAfter-time.Second)
			h.Note(endpoint, took, at.Add(suspendAfter-time.Second))
			h.Note(endpoint, refused, at.Add(suspendAfter))
		}, false},
		{"what was not attempted does not count", func(h *Health) {
			fail(h, endpoint, 50, suspendAfter-time.Second)
			h.Note(endpoint, courier.Result{Outcome: wire.Suppressed}, at.Add(suspendAfter))
		}, false},
		{"gone at once", func(h *Health) { h.Note(endpoint, gone, at) }, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := openHealth(t, storetest.SQLite(t), func() time.Time { return at })
			c.note(h)
			if h.Suspended(endpoint) != c.suspended || h.Suspended("https://other.example/") {
				t.Errorf("suspended: %v", !c.suspended)
			}
		})
	}
}

func TestASuspendedEndpointIsProbedAndComesBackByASuccess(t *testing.T) {
	h := openHealth(t, storetest.SQLite(t), func() time.Time { return at })
	fail(h, endpoint, 50, suspendAfter)
	now := at.Add(suspendAfter)
	var probes []time.Duration
	for after := time.Duration(0); after < 24*time.Hour; after += time.Minute {
		if h.Admits(endpoint, now.Add(after)) {
			probes = append(probes, after)
			if h.Admits(endpoint, now.Add(after)) {
				t.Fatal("two probes at a time")
			}
			h.Note(endpoint, refused, now.Add(after))
		}
	}
	if want := []time.Duration{1 * time.Hour, 3 * time.Hour, 7 * time.Hour, 13 * time.Hour, 19 * time.Hour}; !slices.Equal(probes, want) {
		t.Errorf("probes after %v, want %v", probes, want)
	}
	h.Note(endpoint, took, now.Add(25*time.Hour))
	if h.Suspended(endpoint) || !h.Admits(endpoint, now.Add(25*time.Hour)) || len(h.Ill()) != 0 {
		t.Error("not resumed")
	}
}

func TestWhoeverSaysThatItIsGoneIsNotProbed(t *testing.T) {
	h := openHealth(t, storetest.SQLite(t), func() time.Time { return at })
	h.Note(endpoint, gone, at)
	h.Note(endpoint, refused, at.Add(time.Hour)) // a correction
	if h.Admits(endpoint, at.Add(1000*time.Hour)) {
		t.Error("probed")
	}
	h.Note(endpoint, took, at.Add(time.Hour)) // another
	if h.Suspended(endpoint) {
		t.Error("it took a correction, and is still taken for gone")
	}
}

func TestAPersonsWordStandsUntilAPersonTakesItBack(t *testing.T) {
	h := openHealth(t, storetest.SQLite(t), func() time.Time { return at })
	ctx := t.Context()
	if err := h.Suspend(ctx, "rosa", endpoint, "moves house"); err != nil {
		t.Fatal(err)
	}
	h.Note(endpoint, took, at.Add(time.Minute))
	h.Note(endpoint, gone, at.Add(time.Minute))
	if h.Admits(endpoint, at.Add(1000*time.Hour)) {
		t.Error("it was suspended by a person, and gets something")
	}
	e, err := h.Endpoint(ctx, endpoint)
	if err != nil || e.State != store.EndpointHeld || e.Actor != "rosa" || e.Reason != "moves house" || !e.Since.Equal(at) {
		t.Errorf("%+v, %v", e, err)
	}
	if err := h.Resume(ctx, "ali", endpoint); err != nil {
		t.Fatal(err)
	}
	if e, err = h.Endpoint(ctx, endpoint); err != nil || e.State != store.EndpointHealthy || e.Actor != "ali" || h.Suspended(endpoint) {
		t.Errorf("%+v, %v", e, err)
	}
	for _, bad := range []string{"", "https://x.example/\x00"} {
		if err := h.Suspend(ctx, "rosa", bad, ""); wire.KindOf(err) != wire.Invalid {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestHealthSurvivesARestartAndIsSharedAmongProcesses(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		now := func() time.Time { return at.Add(suspendAfter) }
		one, other := openHealth(t, s, now), openHealth(t, s, now)
		fail(one, endpoint, 20, suspendAfter)
		fail(one, "https://b.example/", 2, time.Minute)
		one.Note("https://never.example/", took, at)
		flush(t, one, other)
		for name, h := range map[string]*Health{"the same": one, "another": other, "a later": openHealth(t, s, now)} {
			ill := h.Ill()
			slices.Sort(ill)
			if !slices.Equal(ill, []string{"https://b.example/", endpoint}) || !h.Suspended(endpoint) {
				t.Errorf("%s process: %v", name, ill)
			}
		}
		// Another process's word counts where both know something.
		one.Note(endpoint, refused, at.Add(suspendAfter+time.Second))
		if err := other.Resume(t.Context(), "rosa", endpoint); err != nil {
			t.Fatal(err)
		}
		flush(t, one, other)
		if one.Suspended(endpoint) || other.Suspended(endpoint) {
			t.Error("resumed in one process alone")
		}
		one.Note("https://b.example/", took, at.Add(suspendAfter))
		flush(t, one, other)
		if len(one.Ill())+len(other.Ill()) != 0 || len(one.known)+len(other.known) != 0 {
			t.Errorf("well again, and kept in memory: %v %v", one.known, other.known)
		}
		e, err := other.Endpoint(t.Context(), "https://b.example/")
		if err != nil || e.State != store.EndpointHealthy || e.Code != "204" {
			t.Errorf("%+v, %v", e, err)
		}
	})
}

func TestTextsThatNoDatabaseTakesDoNotStopTheOthers(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		h := openHealth(t, s, time.Now)
		for _, address := range []string{"https://x.example/\x00", "https://x.example/\xff", "https://x.example/" + string(make([]byte, 4000))} {
			h.Note(address, refused, at)
		}
		h.Note(endpoint, courier.Result{Outcome: wire.Deferred, Code: "a\x00b\xff" + fmt.Sprint(make([]byte, 1000))}, at)
		flush(t, h)
		if e, err := h.Endpoint(t.Context(), endpoint); err != nil || len([]rune(e.Code)) > maxCode {
			t.Errorf("%+v, %v", e, err)
		}
	})
}

// Whatever happens in which order: whoever took the last delivery is not
// suspended by the wire, and nobody is who did not fail for five days.
func TestNobodyIsSuspendedWithoutFiveDaysOfFailures(t *testing.T) {
	s := storetest.SQLite(t)
	rapid.Check(t, func(t *rapid.T) {
		h := &Health{HealthOptions: HealthOptions{Store: s, Now: time.Now, Log: slog.New(slog.DiscardHandler)}, known: map[string]store.Endpoint{}, unsaved: map[string]bool{}}
		now, failing := at, time.Time{}
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			now = now.Add(time.Duration(rapid.IntRange(0, 40).Draw(t, "hours")) * time.Hour)
			if rapid.IntRange(0, 9).Draw(t, "what") == 0 {
				h.Note(endpoint, took, now)
				failing = time.Time{}
			} else if h.Admits(endpoint, now) {
				h.Note(endpoint, refused, now)
				if failing.IsZero() {
					failing = now
				}
			}
			if h.Suspended(endpoint) && (failing.IsZero() || now.Sub(failing) < suspendAfter) {
				t.Fatalf("suspended at %v, failing since %v", now, failing)
			}
		}
	})
}
