package provider_test

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wireroom/wireroom/internal/desk"
	"github.com/wireroom/wireroom/internal/ingest/provider"
	"github.com/wireroom/wireroom/internal/media"
	"github.com/wireroom/wireroom/internal/seal"
	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/store/storetest"
	"github.com/wireroom/wireroom/internal/wire"
)

var editor = wire.Actor{Name: "Ada", Role: wire.RoleEditor}

var began = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

type room struct {
	*provider.Intake
	desk    *desk.Desk
	store   *store.Store
	options provider.Options // of the intake, to make another one on the same store
	media   string           // the folder of refused documents and originals
	now     time.Time
}

// open makes a room on an engine, with an empty folder for what is dropped, at a
// time that the test moves.
func open(t *testing.T, engine string) *room {
	t.Helper()
	r := &room{now: began}
	r.open(t, engine, func() time.Time { return r.now })
	return r
}

func (r *room) open(t *testing.T, engine string, clock func() time.Time) {
	t.Helper()
	s, err := store.Open(t.Context(), storetest.URL(t, engine), store.WithClock(clock))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	keys, err := seal.OpenKeyring(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	r.media = filepath.Join(t.TempDir(), "media")
	originals, err := media.OpenFolder(r.media)
	if err != nil {
		t.Fatal(err)
	}
	quiet := slog.New(slog.DiscardHandler)
	r.desk = desk.New(desk.Options{Store: s, Keys: keys, Media: originals, Log: quiet})
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	start := clock()
	r.store, r.options = s, provider.Options{
		Store: s, Keys: keys, Desk: r.desk, Media: originals, Client: client, Folder: t.TempDir(), MailDomain: "back.wire.example",
		Now: clock, Since: func() time.Duration { return clock().Sub(start) }, Process: "a", Sole: true, Spread: func() float64 { return 0 }, Log: quiet,
	}
	r.Intake = provider.New(r.options)
}

// onEngines runs a test against a fresh room on SQLite and on PostgreSQL.
func onEngines(t *testing.T, test func(*testing.T, *room)) {
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) { test(t, open(t, engine)) })
	}
}

func (r *room) put(t *testing.T, p wire.Provider) {
	t.Helper()
	p.ID, p.Name = "kabar", "Kabar"
	if err := r.Put(t.Context(), editor, p, false); err != nil {
		t.Fatal(err)
	}
}

func entry(id, updated, title, text string) string {
	return fmt.Sprintf(`<entry><id>urn:kabar:%s</id><title>%s</title><published>2026-11-23T07:00:00Z</published><updated>%s</updated><content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>%s</p></div></content></entry>`, id, title, updated, text)
}

func killed(id string) string {
	return `<at:deleted-entry ref="urn:kabar:` + id + `" when="2026-11-23T11:00:00Z"/>`
}

func feed(entries string) []byte {
	return []byte(`<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom" xmlns:at="http://purl.org/atompub/tombstones/1.0" xml:lang="en"><title>Kabar</title><id>urn:kabar</id><updated>2026-11-23T08:00:00Z</updated>` + entries + `</feed>`)
}

const sentence = "The company opened its second shipyard in the city on Monday, and three hundred people will work there."

func (r *room) hand(t *testing.T, entries string) wire.Arrival {
	t.Helper()
	all, err := r.HandIn(t.Context(), editor, "kabar", "feed.xml", feed(entries))
	if err != nil || len(all) != 1 {
		t.Fatalf("handed in: %v, %v", all, err)
	}
	return all[0]
}

// state brings what is scheduled to the wire, as the clock does, and tells how
// a release stands.
func (r *room) state(t *testing.T, id wire.ReleaseID) wire.State {
	t.Helper()
	rel, err := r.desk.Release(t.Context(), editor, id)
	if err != nil {
		t.Fatal(err)
	}
	if rel.State != wire.Scheduled || rel.Schedule.UTC.After(r.now) {
		return rel.State
	}
	if _, err := r.desk.Lift(t.Context(), wire.Actor{Name: "clock", Role: wire.RoleClock}, id, rel.Revision, func(*store.Tx) error { return nil }); err != nil {
		t.Fatal(err)
	}
	rel, err = r.desk.Release(t.Context(), editor, id)
	if err != nil {
		t.Fatal(err)
	}
	return rel.State
}

func TestTrustSaysWhatBecomesOfAStory(t *testing.T) {
	for trust, want := range map[wire.Trust]struct {
		verdict wire.Verdict
		state   wire.State
	}{
		wire.TrustAuto: {wire.TookIn, wire.Live}, wire.TrustDesk: {wire.TookIn, wire.Submitted}, wire.TrustReject: {wire.WasRefused, ""},
	} {
		t.Run(string(trust), func(t *testing.T) {
			onEngines(t, func(t *testing.T, r *room) {
				r.put(t, wire.Provider{Trust: trust})
				a := r.hand(t, entry("1", "2026-11-23T08:00:00Z", "Halden opens a second yard", sentence))
				if a.Verdict != want.verdict {
					t.Fatalf("%+v", a)
				}
				if want.state != "" && r.state(t, a.Release) != want.state {
					t.Errorf("is %s, want %s (%s)", r.state(t, a.Release), want.state, a.Reason)
				}
			})
		})
	}
}

func TestWhatCameIsKnownByIDAndRevisionAndByText(t *testing.T) {
	onEngines(t, func(t *testing.T, r *room) {
		r.put(t, wire.Provider{Trust: wire.TrustAuto})
		first := r.hand(t, entry("1", "2026-11-23T08:00:00Z", "Halden opens a second yard", sentence))
		for _, c := range []struct {
			name, entry string
			verdict     wire.Verdict
			state       wire.State
		}{
			{"again", entry("1", "2026-11-23T08:00:00Z", "Halden opens a second yard", sentence), wire.WasKnown, wire.Live},
			{"another id", entry("2", "2026-11-23T08:00:00Z", "Halden opens a second yard", sentence), wire.WasDouble, wire.Live},
			{"earlier", entry("1", "2026-11-23T07:30:00Z", "Halden opens a yard", sentence), wire.WasKnown, wire.Live},
			{"later", entry("1", "2026-11-23T09:00:00Z", "Halden opens a second yard", sentence+" Ferries sail next year."), wire.TookIn, wire.Live},
			{"killed", killed("1"), wire.WasUndone, wire.Killed},
			{"killed again", killed("1"), wire.WasKnown, wire.Killed},
			{"after the kill", entry("1", "2026-11-23T11:30:00Z", "Halden opens it", sentence), wire.WasRefused, wire.Killed},
		} {
			a := r.hand(t, c.entry)
			if a.Verdict != c.verdict || a.Release != first.Release {
				t.Errorf("%s: %+v, want %s of %s", c.name, a, c.verdict, first.Release)
			}
			if s := r.state(t, first.Release); s != c.state {
				t.Errorf("%s: the release is %s, want %s", c.name, s, c.state)
			}
		}
	})
}

func TestAFeedIsAskedForWhatChangedAndLeftAloneWhereItAsksForThat(t *testing.T) {
	onEngines(t, func(t *testing.T, r *room) {
		var conditions []string
		status, wait := http.StatusOK, ""
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
			conditions = append(conditions, q.Header.Get("If-None-Match"))
			if status != http.StatusOK {
				w.Header().Set("Retry-After", wait)
				w.WriteHeader(status)
				return
			}
			w.Header().Set("ETag", `"a"`)
			if q.Header.Get("If-None-Match") == `"a"` {
				w.WriteHeader(http.StatusNotModified)
				return
			}
			_, _ = w.Write(feed(entry("1", "2026-11-23T08:00:00Z", "Halden opens a second yard", sentence)))
		}))
		defer server.Close()
		r.put(t, wire.Provider{Trust: wire.TrustDesk, Pull: &wire.Pull{URL: server.URL + "/feed", Every: 60}})
		look := func(fails bool, next time.Duration) {
			t.Helper()
			_, err := r.Look(t.Context(), editor, "kabar")
			s, serr := r.Status(t.Context(), editor, "kabar")
			if (err != nil) != fails || serr != nil || s.Next.Sub(r.now) != next {
				t.Fatalf("looked: %v; next in %s, want %s (%v)", err, s.Next.Sub(r.now), next, serr)
			}
		}
		look(false, time.Minute)
		look(false, time.Minute)
		status = http.StatusInternalServerError
		look(true, 2*time.Minute)
		look(true, 4*time.Minute)
		status, wait = http.StatusServiceUnavailable, "3600"
		look(true, time.Hour)
		wait = "99999999999999999999" // more than a number holds
		look(true, 24*time.Hour)
		status = http.StatusOK
		look(false, time.Minute)
		if fmt.Sprintf("%q", conditions[:2]) != `["" "\"a\""]` {
			t.Errorf("asked with %q", conditions)
		}
	})
}

func TestAStoryBearsTheRulesOfTheHouse(t *testing.T) {
	onEngines(t, func(t *testing.T, r *room) {
		r.put(t, wire.Provider{
			Trust: wire.TrustAuto, Credit: "Kabar News Agency", Disclaim: map[string]string{"en": "Kabar alone answers for this."},
			Sectors: []string{"energy"}, Map: []wire.Mapping{{From: "Shipyards", Subjects: []string{"20000212"}}},
			Replace: []wire.Replacement{{Find: "second shipyard", With: "new shipyard"}},
		})
		a := r.hand(t, strings.Replace(entry("1", "2026-11-23T08:00:00Z", "Halden opens a yard", sentence), "<published>", `<category term="shipyards"/><published>`, 1))
		rel, err := r.desk.Release(t.Context(), editor, a.Release)
		if err != nil {
			t.Fatal(err)
		}
		e := rel.Editions[0]
		if rel.Provider == nil || rel.Provider.Line != "Kabar News Agency" || !slices.Contains(rel.Sectors, "energy") || !slices.Contains(rel.Subjects, "20000212") {
			t.Errorf("credit %+v, sectors %v, subjects %v", rel.Provider, rel.Sectors, rel.Subjects)
		}
		if wire.PlainText(e.Disclaimer) != "Kabar alone answers for this." || !strings.Contains(wire.PlainText(e.Body), "new shipyard") {
			t.Errorf("disclaimer %q, body %q", wire.PlainText(e.Disclaimer), wire.PlainText(e.Body))
		}
	})
}

func TestAStoryInALanguageWithoutItsDisclaimerWaitsForTheDesk(t *testing.T) {
	onEngines(t, func(t *testing.T, r *room) {
		r.put(t, wire.Provider{Trust: wire.TrustAuto, Disclaim: map[string]string{"ja": "免責"}})
		if a := r.hand(t, entry("1", "2026-11-23T08:00:00Z", "Halden opens a yard", sentence)); r.state(t, a.Release) != wire.Submitted || a.Reason == "" {
			t.Errorf("%+v is %s", a, r.state(t, a.Release))
		}
	})
}

func TestAKillByOneWhoMayNotClearIsLeftToTheDesk(t *testing.T) {
	onEngines(t, func(t *testing.T, r *room) {
		r.put(t, wire.Provider{Trust: wire.TrustAuto})
		a := r.hand(t, entry("1", "2026-11-23T08:00:00Z", "Halden opens a yard", sentence))
		r.state(t, a.Release)
		r.put(t, wire.Provider{Trust: wire.TrustDesk})
		if k := r.hand(t, killed("1")); k.Verdict != wire.WasUndone || r.state(t, a.Release) != wire.Held {
			t.Errorf("%+v is %s", k, r.state(t, a.Release))
		}
	})
}

func TestRedirectsAreFollowedOnlySoFarAndOnlyToTheWeb(t *testing.T) {
	for to, want := range map[string]wire.Kind{"/feed": "", "/round": wire.Unavailable, "file:///etc/passwd": wire.Invalid} {
		t.Run(to, func(t *testing.T) {
			onEngines(t, func(t *testing.T, r *room) {
				server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
					switch q.URL.Path {
					case "/feed":
						_, _ = w.Write(feed(entry("1", "2026-11-23T08:00:00Z", "Halden opens a yard", sentence)))
					case "/round":
						http.Redirect(w, q, "/round", http.StatusFound)
					default:
						w.Header().Set("Location", to)
						w.WriteHeader(http.StatusFound)
					}
				}))
				defer server.Close()
				r.put(t, wire.Provider{Trust: wire.TrustDesk, Pull: &wire.Pull{URL: server.URL, Every: 60}})
				if _, err := r.Look(t.Context(), editor, "kabar"); wire.KindOf(err) != want {
					t.Errorf("%v, want %q", err, want)
				}
			})
		})
	}
}
