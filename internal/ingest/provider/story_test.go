package provider_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wireroom/wireroom/internal/ingest/provider"
	"github.com/wireroom/wireroom/internal/wire"
)

// north is a room that knows one agency, which sends ninjs.
type north struct{ *room }

func inNorth(t *testing.T, test func(*testing.T, *north)) {
	onEngines(t, func(t *testing.T, r *room) { test(t, &north{r}) })
}

// put stores a provider.
func (h *north) put(t *testing.T, trust wire.Trust, change func(*wire.Provider)) {
	t.Helper()
	p := wire.Provider{ID: "north", Name: "North Agency", Trust: trust, Credit: "North Agency/Wire", Licence: "contract 7", Disclaim: map[string]string{"en": "North Agency is alone responsible."}, Sectors: []string{"energy"}}
	if change != nil {
		change(&p)
	}
	if err := h.Put(t.Context(), editor, p, false); err != nil {
		t.Fatal(err)
	}
}

// story is a document of the provider.
func story(id string, version int, status, text string) []byte {
	return fmt.Appendf(nil, `{"uri":"urn:north:%s","version":"%d","type":"text","pubstatus":%q,"language":"en","versioncreated":"2026-11-23T11:%02d:00Z","headline":"North turbine %s opens","body_text":"%s The turbine stands in the sea and gives light to a whole town. It was built in two years."}`,
		id, version, status, 10+version, id, text)
}

// take takes a document with one story in; what it schedules is lifted, as the
// clock does.
func (h *north) take(t *testing.T, raw []byte) wire.Arrival {
	t.Helper()
	arrivals, err := h.Take(t.Context(), "north", provider.Delivery{Way: provider.ByHTTP, Name: "story.json", Raw: raw})
	if err != nil {
		t.Fatal(err)
	}
	if len(arrivals) != 1 {
		t.Fatalf("%d arrivals", len(arrivals))
	}
	if a := arrivals[0]; a.Release != "" {
		h.state(t, a.Release)
	}
	return arrivals[0]
}

func (h *north) release(t *testing.T, a wire.Arrival) *wire.Release {
	t.Helper()
	r, err := h.desk.Release(t.Context(), editor, a.Release)
	if err != nil {
		t.Fatalf("%+v: %v", a, err)
	}
	return r
}

func TestAStoryBearsCreditDisclaimerAndSectors(t *testing.T) {
	inNorth(t, func(t *testing.T, h *north) {
		h.put(t, wire.TrustAuto, func(p *wire.Provider) {
			p.Replace = []wire.Replacement{{Find: "a whole town", With: "all of Halden"}}
		})
		r := h.release(t, h.take(t, story("1", 1, "usable", "News.")))
		e := r.Editions[0]
		if r.Provider == nil || r.Provider.Line != "North Agency/Wire" || !slices.Contains(r.Sectors, "energy") {
			t.Errorf("%+v %v", r.Provider, r.Sectors)
		}
		if got := wire.PlainText(e.Disclaimer); !strings.Contains(got, "alone responsible") {
			t.Errorf("disclaimer %q", got)
		}
		if got := wire.PlainText(e.Body); !strings.Contains(got, "all of Halden") {
			t.Errorf("body %q", got)
		}
	})
}

func TestNothingComesInTwice(t *testing.T) {
	inNorth(t, func(t *testing.T, h *north) {
		h.put(t, wire.TrustAuto, nil)
		first := h.take(t, story("1", 2, "usable", "News."))
		for name, c := range map[string]struct {
			raw  []byte
			want wire.Verdict
		}{
			"the same again":                   {story("1", 2, "usable", "News."), wire.WasKnown},
			"an earlier version":               {story("1", 1, "usable", "Older news."), wire.WasKnown},
			"the same text under another name": {slices.Concat([]byte(nil), []byte(strings.Replace(string(story("1", 1, "usable", "News.")), "urn:north:1", "urn:north:other", 1))), wire.WasDouble},
		} {
			if a := h.take(t, c.raw); a.Verdict != c.want || a.Release != first.Release {
				t.Errorf("%s: %+v", name, a)
			}
		}
	})
}

func TestLaterVersionsAndWithdrawals(t *testing.T) {
	inNorth(t, func(t *testing.T, h *north) {
		h.put(t, wire.TrustAuto, nil)
		first := h.take(t, story("1", 1, "usable", "It cost 7 million."))
		second := h.take(t, story("1", 2, "usable", "It cost 9 million."))
		r := h.release(t, second)
		if second.Release != first.Release || !strings.Contains(wire.PlainText(r.Editions[0].Body), "9 million") || !r.State.OnWire() {
			t.Errorf("%+v; the release is %s", second, r.State)
		}
		if a := h.take(t, story("1", 3, "withheld", "It cost 9 million.")); a.Verdict != wire.WasUndone || h.release(t, a).State != wire.Held {
			t.Errorf("%+v", a)
		}
		if a := h.take(t, story("1", 4, "canceled", "It cost 9 million.")); a.Verdict != wire.WasUndone || h.release(t, a).State != wire.Killed {
			t.Errorf("%+v", a)
		}
		if a := h.take(t, story("1", 5, "usable", "It cost 9 million.")); a.Verdict != wire.WasRefused || h.release(t, first).State != wire.Killed {
			t.Errorf("what was killed came back: %+v", a)
		}
		if a := h.take(t, story("unheard", 1, "canceled", "Nobody has this.")); a.Verdict != wire.WasUndone || a.Release != "" {
			t.Errorf("%+v", a)
		}
		if a := h.take(t, story("unheard", 2, "usable", "Nobody has this.")); a.Verdict != wire.WasRefused {
			t.Errorf("what was killed before it came was taken in: %+v", a)
		}
	})
}

// Feeds give new ids to old stories.
func TestATextThatWasKilledComesUnderAnotherNameToAPerson(t *testing.T) {
	inNorth(t, func(t *testing.T, h *north) {
		h.put(t, wire.TrustAuto, nil)
		first := h.take(t, story("1", 1, "usable", "It cost 7 million."))
		h.take(t, []byte(`{"uri":"urn:north:1","version":"2","type":"text","pubstatus":"canceled","language":"en","versioncreated":"2026-11-23T11:12:00Z","headline":"Kill"}`))
		again := h.take(t, []byte(strings.Replace(string(story("1", 1, "usable", "It cost 7 million.")), "urn:north:1", "urn:north:other", 1)))
		if again.Verdict != wire.TookIn || again.Release == first.Release || h.release(t, again).State != wire.Submitted || !strings.Contains(again.Reason, "killed by north") {
			t.Errorf("%+v, which is %s", again, h.release(t, again).State)
		}
		if a := h.take(t, story("2", 1, "usable", "It cost 8 million.")); h.release(t, a).State != wire.Live {
			t.Errorf("another text: %+v", a)
		}
	})
}

func TestTheDeskConfirmsWhatAProviderKillsWithoutItsTrust(t *testing.T) {
	inNorth(t, func(t *testing.T, h *north) {
		h.put(t, wire.TrustAuto, nil)
		h.take(t, story("1", 1, "usable", "News."))
		h.put(t, wire.TrustDesk, nil)
		if a := h.take(t, story("1", 2, "canceled", "News.")); h.release(t, a).State != wire.Held {
			t.Errorf("%+v", a)
		}
	})
}

func TestLettersClearAndWithdrawNothing(t *testing.T) {
	inNorth(t, func(t *testing.T, h *north) {
		h.put(t, wire.TrustAuto, nil)
		live := h.take(t, story("live", 1, "usable", "On the wire."))
		for _, c := range []struct {
			raw   []byte
			state wire.State
		}{
			{story("new", 1, "usable", "By mail."), wire.Submitted},
			{story("live", 2, "canceled", "On the wire."), wire.Live},
		} {
			arrivals, err := h.Take(t.Context(), "north", provider.Delivery{Way: provider.ByMail, Name: "story.json", Raw: c.raw, Unproven: true})
			if err != nil || len(arrivals) != 1 {
				t.Fatal(arrivals, err)
			}
			if r := h.release(t, arrivals[0]); r.State != c.state {
				t.Errorf("%+v: %s", arrivals[0], r.State)
			}
		}
		if h.release(t, live).State != wire.Live {
			t.Error("a letter withdrew a story")
		}
	})
}

// server is a provider's.
type server struct {
	body, etag string
	status     int
	header     http.Header
	asked      []http.Header
}

func (f *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.asked = append(f.asked, r.Header.Clone())
	for name, values := range f.header {
		w.Header()[name] = values
	}
	if f.etag != "" && r.Header.Get("If-None-Match") == f.etag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	w.Header().Set("ETag", f.etag)
	if f.status != 0 {
		w.WriteHeader(f.status)
	}
	fmt.Fprint(w, f.body)
}

func TestAFeedThatFailsIsAskedLessOften(t *testing.T) {
	inNorth(t, func(t *testing.T, h *north) {
		f := &server{status: http.StatusInternalServerError, body: "no"}
		site := httptest.NewServer(f)
		defer site.Close()
		h.put(t, wire.TrustDesk, func(p *wire.Provider) { p.Pull = &wire.Pull{URL: site.URL, Every: 60} })
		for i, want := range []time.Duration{2 * time.Minute, 4 * time.Minute, 8 * time.Minute} {
			if _, err := h.Look(t.Context(), editor, "north"); wire.KindOf(err) != wire.Unavailable {
				t.Fatalf("%v", err)
			}
			if s, err := h.Status(t.Context(), editor, "north"); err != nil || s.Next.Sub(h.now) != want || s.Problem == "" {
				t.Errorf("failure %d: next in %v, %+v, %v", i+1, s.Next.Sub(h.now), s, err)
			}
		}
		f.status, f.header = http.StatusServiceUnavailable, http.Header{"Retry-After": {"7200"}}
		if _, err := h.Look(t.Context(), editor, "north"); err == nil {
			t.Fatal("503 is no error")
		}
		if s, _ := h.Status(t.Context(), editor, "north"); s.Next.Sub(h.now) != 2*time.Hour {
			t.Errorf("next in %v", s.Next.Sub(h.now))
		}
	})
}

func TestTheConsoleIsForEditors(t *testing.T) {
	h := &north{open(t, "sqlite")}
	h.put(t, wire.TrustDesk, nil)
	issuer := wire.Actor{Name: "halden", Role: wire.RoleIssuer}
	_, err := h.List(t.Context(), issuer)
	if wire.KindOf(err) != wire.Forbidden {
		t.Error(err)
	}
	if err := h.Put(t.Context(), issuer, wire.Provider{ID: "mine", Name: "Mine", Trust: wire.TrustAuto}, false); wire.KindOf(err) != wire.Forbidden {
		t.Error(err)
	}
	if _, err := h.HandIn(t.Context(), issuer, "north", "story.json", story("1", 1, "usable", "News.")); wire.KindOf(err) != wire.NotFound {
		t.Error(err)
	}
}

func TestWhatWasRefusedIsJudgedAnewAfterAChange(t *testing.T) {
	inNorth(t, func(t *testing.T, h *north) {
		f := &server{etag: `"one"`, body: string(story("1", 1, "usable", "News."))}
		site := httptest.NewServer(f)
		defer site.Close()
		pull := func(p *wire.Provider) { p.Pull = &wire.Pull{URL: site.URL + "/story.json", Every: 60} }
		h.put(t, wire.TrustReject, pull)
		if arrivals, err := h.Look(t.Context(), editor, "north"); err != nil || len(arrivals) != 1 || arrivals[0].Verdict != wire.WasRefused {
			t.Fatalf("%+v, %v", arrivals, err)
		}
		h.put(t, wire.TrustDesk, pull)
		if arrivals, err := h.Look(t.Context(), editor, "north"); err != nil || len(arrivals) != 1 || arrivals[0].Verdict != wire.TookIn {
			t.Fatalf("%+v, %v", arrivals, err)
		}
	})
}
