package embargo

import (
	"bytes"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/wireroom/wireroom/internal/desk"
	"github.com/wireroom/wireroom/internal/format"
	"github.com/wireroom/wireroom/internal/format/ninjs"
	"github.com/wireroom/wireroom/internal/media"
	"github.com/wireroom/wireroom/internal/seal"
	"github.com/wireroom/wireroom/internal/seal/advance"
	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/store/storetest"
	"github.com/wireroom/wireroom/internal/wire"
)

var (
	editor = wire.Actor{Name: "edda", Role: wire.RoleEditor}
	clock  = wire.Actor{Name: "clock", Role: wire.RoleClock}
	site   = format.Site{BaseURL: "https://wire.example", Name: "Example Wire"}
)

// house is a desk with an embargo, in a time of its own.
type house struct {
	*Embargo
	t       *testing.T
	desk    *desk.Desk
	keys    *seal.Keyring
	store   *store.Store
	now     time.Time
	told    []advance.Key
	changed int
	log     bytes.Buffer
}

func open(t *testing.T, url string) *house {
	t.Helper()
	h := &house{t: t, now: time.Date(2026, 12, 1, 8, 0, 0, 0, time.UTC)}
	var err error
	if h.store, err = store.Open(t.Context(), url, store.WithClock(func() time.Time { return h.now })); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.store.Close() })
	if h.keys, err = seal.OpenKeyring(t.TempDir()); err != nil {
		t.Fatal(err)
	}
	folder, err := media.OpenFolder(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	h.desk = desk.New(desk.Options{Store: h.store, Keys: h.keys, Media: folder, Lifted: func(items []wire.Item) { h.Lifted(items) }, Log: slog.New(slog.DiscardHandler)})
	h.restart("one", -1)
	return h
}

// restart puts another process in place.
func (h *house) restart(process string, cover time.Duration) {
	h.t.Helper()
	h.Embargo = New(Options{
		Store: h.store, Keys: h.keys, Site: site, Upcoming: h.desk.Upcoming, Now: func() time.Time { return h.now },
		Since: func() time.Duration { return time.Duration(h.now.UnixNano()) }, Process: process, Sole: true, Cover: cover,
		Tell: func(b []byte) error {
			k, err := advance.ParseKey(b)
			h.told = append(h.told, k)
			return err
		},
		Changed: func() { h.changed++ }, Log: slog.New(slog.NewTextHandler(&h.log, nil)),
	})
	if !h.leader.Leads(h.t.Context()) {
		h.t.Fatal("does not lead")
	}
}

// schedule brings a release in two languages to wait for its clear time.
func (h *house) schedule(in time.Duration) *wire.Release {
	h.t.Helper()
	r := &wire.Release{Facets: wire.Facets{Organisation: "Canary Holdings", Sectors: []string{"energy"}}, Editions: []wire.Edition{
		{Language: "en", Headline: "Canary to merge with Finch", Body: []wire.Block{wire.P("Canary-7f3a merges.")}, Note: "call first"},
		{Language: "ja", Headline: "カナリア、フィンチと合併", Body: []wire.Block{wire.P("両社は合併します。")}},
	}}
	r.Schedule.UTC = h.now.Add(in)
	r.Schedule.Local, r.Schedule.Zone = r.Schedule.UTC.Format("2006-01-02T15:04:05"), "UTC"
	done, err := h.desk.Publish(h.t.Context(), editor, r, desk.Submission{})
	if err != nil {
		h.t.Fatal(err)
	}
	return done
}

func (h *house) do(id wire.ReleaseID, verb wire.Verb, content *wire.Release) {
	h.t.Helper()
	if _, _, err := h.desk.Do(h.t.Context(), editor, id, desk.Act{Verb: verb, Reason: "because", Content: content}); err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) look() {
	h.t.Helper()
	if err := h.Look(h.t.Context()); err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) lift(id wire.ReleaseID) []wire.Item {
	h.t.Helper()
	items, err := h.desk.Lift(h.t.Context(), clock, id, 0, func(*store.Tx) error { return nil })
	if err != nil {
		h.t.Fatal(err)
	}
	return items
}

// seals returns all there are, whole.
func (h *house) seals() (all []store.Advance) {
	h.t.Helper()
	shelf := Shelf{Store: h.store}
	list, err := shelf.List(h.t.Context())
	if err != nil {
		h.t.Fatal(err)
	}
	for _, a := range list {
		err := h.store.Read(h.t.Context(), func(tx *store.Tx) error {
			whole, err := tx.Advance(a.ID)
			all = append(all, whole)
			return err
		})
		if err != nil {
			h.t.Fatal(err)
		}
	}
	return all
}

func each(t *testing.T, f func(t *testing.T, h *house)) {
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) { f(t, open(t, storetest.URL(t, engine))) })
	}
}

func TestWhatIsScheduledIsSealedAndItsKeysFollowTheLift(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		r := h.schedule(time.Hour)
		h.look()
		h.look()
		seals := h.seals()
		if len(seals) != 2 || h.changed != 1 {
			t.Fatalf("%d seals for two editions, %d times said", len(seals), h.changed)
		}
		for _, a := range seals {
			if a.Due.Before(h.now) || a.Due.After(r.Schedule.UTC.Add(-leastAhead)) || a.Due.Sub(h.now) > mostWait || !a.Ends.IsZero() {
				t.Errorf("goes out at %s, ends %s; now is %s", a.Due, a.Ends, h.now)
			}
			if got, err := (Shelf{Store: h.store}).Get(t.Context(), a.ID); err != nil || got.Secret != nil || got.Release != "" || got.Language != "" || len(got.Sealed) == 0 {
				t.Errorf("the shelf shows %q of %q, %v", got.Language, got.Release, err)
			}
		}
		if len(h.told) > 0 {
			t.Fatal("a key went out before the lift")
		}
		h.now = r.Schedule.UTC
		items := h.lift(r.ID)
		if len(h.told) != len(items) || len(items) != 2 {
			t.Fatalf("%d keys for %d items: %s", len(h.told), len(items), &h.log)
		}
		for i, key := range h.told {
			opens(t, h, key, &items[i])
		}
		for _, a := range h.seals() {
			if left := a.Ends.Sub(h.now); !a.Opened || left < 5*time.Minute || left > time.Hour {
				t.Errorf("opened %v, its void goes out in %s", a.Opened, left)
			}
		}
		h.look() // what was opened is not sealed again
		if n := len(h.seals()); n != 2 {
			t.Errorf("%d seals after the lift", n)
		}
	})
}

// opens checks that a key opens a seal to exactly what everybody gets.
func opens(t *testing.T, h *house, key advance.Key, it *wire.Item) {
	t.Helper()
	a, err := (Shelf{Store: h.store}).Get(t.Context(), key.ID.String())
	if err != nil {
		t.Fatal(err)
	}
	s, err := advance.ParseSeal(a.Seal, h.keys.PublicKey())
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Holds(a.Sealed); err != nil {
		t.Error(err)
	}
	open, err := key.Open(s, a.Sealed, h.keys.PublicKey())
	if err != nil {
		t.Fatal(err)
	}
	if want, err := ninjs.Line(it, site); err != nil || !bytes.Equal(open.Text, want) {
		t.Errorf("opens to\n%s\nnot to\n%s", open.Text, want)
	}
	if key.Number != it.Number || key.Item.String() != string(it.ID) || !key.LiftedAt.Equal(it.ClearTime) || open.Hash != it.Hash || key.SignatureText() != it.Signature || !bytes.Equal(open.Item, it.Content()) {
		t.Errorf("the key says %+v of item %d", key.Late, it.Number)
	}
}

func TestWhatIsTakenBackCanNeverBeOpened(t *testing.T) {
	for _, verb := range []wire.Verb{wire.DoKill, wire.DoUnschedule, wire.DoEdit} {
		t.Run(string(verb), func(t *testing.T) {
			each(t, func(t *testing.T, h *house) {
				r := h.schedule(time.Hour)
				h.look()
				before := h.seals()
				h.now = h.now.Add(10 * time.Minute)
				h.do(r.ID, verb, r)
				after := h.seals()
				for i, a := range after {
					if len(a.Secret) > 0 {
						t.Error("its secret is kept")
					}
					if !bytes.Equal(a.Seal, before[i].Seal) || !bytes.Equal(a.Sealed, before[i].Sealed) || !a.Due.Equal(before[i].Due) {
						t.Error("what goes out betrays it")
					}
					if left := a.Ends.Sub(h.now); left < 5*time.Minute || left > time.Hour {
						t.Errorf("its void goes out in %s", left)
					}
				}
				if len(after) != 2 || len(h.told) > 0 {
					t.Fatalf("%d seals, %d keys", len(after), len(h.told))
				}
				if verb == wire.DoKill {
					return
				}
				// What is scheduled anew has another seal, and that one opens.
				if verb == wire.DoEdit {
					h.do(r.ID, wire.DoApprove, nil)
				}
				h.do(r.ID, wire.DoSchedule, nil)
				h.look()
				h.now = r.Schedule.UTC
				items := h.lift(r.ID)
				if len(h.told) != 2 {
					t.Fatalf("%d keys: %s", len(h.told), &h.log)
				}
				for i, key := range h.told {
					if key.ID.String() == before[0].ID || key.ID.String() == before[1].ID {
						t.Error("the seal that was taken back was opened")
					}
					opens(t, h, key, &items[i])
				}
			})
		})
	}
}

func TestAnotherProcessGoesOnWithWhatIsSealed(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		r := h.schedule(time.Hour)
		h.look()
		h.restart("two", -1)
		h.look()
		if n := len(h.seals()); n != 2 {
			t.Errorf("%d seals after a restart", n)
		}
		h.now = r.Schedule.UTC
		h.lift(r.ID)
		if len(h.told) != 2 {
			t.Errorf("%d keys: %s", len(h.told), &h.log)
		}
	})
}

// payloads are the items on the wire, as the outbox reads them.
func (h *house) payloads() (all []store.Payload) {
	h.t.Helper()
	err := h.store.Read(h.t.Context(), func(tx *store.Tx) (err error) {
		all, err = tx.PayloadsAfter(0, 100)
		return err
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return all
}

// A process that did not lift, or was restarted since, gives the same keys; and none to
// what was never sealed, amends, or was taken back.
func TestKeysGoBesideTheirItems(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		r := h.schedule(time.Hour)
		h.look()
		h.now = r.Schedule.UTC
		h.lift(r.ID)
		keys := h.KeysTo(t.Context(), h.payloads())
		if len(h.told) != 2 || len(keys) != 2 {
			t.Fatalf("%d keys by themselves, %d beside items: %s", len(h.told), len(keys), &h.log)
		}
		for i := range keys {
			if told := h.told[i]; !bytes.Equal(keys[i], told.Message()) {
				t.Errorf("beside item %d is another key than was sent", i+1)
			}
		}
		h.restart("two", -1)
		for i, key := range h.KeysTo(t.Context(), h.payloads()) {
			if !bytes.Equal(key, keys[i]) {
				t.Errorf("another process puts another key beside item %d", i+1)
			}
		}

		back := h.schedule(time.Hour)
		h.look()
		h.do(back.ID, wire.DoUnschedule, nil)
		h.do(back.ID, wire.DoSchedule, nil) // and not sealed again
		h.now = back.Schedule.UTC
		h.lift(back.ID)
		h.do(r.ID, wire.DoKill, nil)
		all := h.payloads()
		for i, key := range h.KeysTo(t.Context(), all)[2:] {
			if key != nil {
				t.Errorf("there is a key beside %+v", all[2+i])
			}
		}
		if len(all) != 6 {
			t.Errorf("%d items on the wire", len(all))
		}
	})
}

func TestWhatDoesNotFitExactlyHasNoKey(t *testing.T) {
	h := open(t, storetest.URL(t, "sqlite"))
	r := h.schedule(time.Hour)
	h.look()
	h.o.Site.BaseURL = "https://other.example" // as after an upgrade that writes items otherwise
	h.now = r.Schedule.UTC
	if h.lift(r.ID); len(h.told) > 0 {
		t.Error("a key went out for a text that is not the one that goes to others")
	}
	if keys := h.KeysTo(t.Context(), h.payloads()); len(keys) != 2 || keys[0] != nil || keys[1] != nil {
		t.Error("a key goes beside a text that is not the one it opens")
	}
	if strings.Contains(h.log.String(), "Canary") || !strings.Contains(h.log.String(), "does not fit") {
		t.Errorf("log: %s", &h.log)
	}
}

func TestWhatIsScheduledTooLateGoesOutInTheOpen(t *testing.T) {
	h := open(t, storetest.URL(t, "sqlite"))
	h.schedule(leastAhead - time.Second)
	far := h.schedule(foresight + time.Minute)
	h.look()
	if n := len(h.seals()); n != 0 {
		t.Errorf("%d seals", n)
	}
	h.now = h.now.Add(2 * time.Minute)
	h.look()
	if n := len(h.seals()); n != 2 {
		t.Errorf("%d seals of what comes into sight", n)
	}
	h.do(far.ID, wire.DoKill, nil)
}

// Whoever is sent all seals cannot tell those that hold nothing from the others.
func TestSealsThatHoldNothingLookLikeOthers(t *testing.T) {
	h := open(t, storetest.URL(t, "sqlite"))
	h.restart("one", 6*time.Minute)
	h.schedule(5 * time.Hour)
	h.look()
	made := map[string]bool{}
	for range 4 * 60 {
		h.now = h.now.Add(time.Minute)
		h.look()
	}
	texts, covers := 0, 0
	for _, a := range h.seals() {
		made[a.ID] = true
		s, err := advance.ParseSeal(a.Seal, h.keys.PublicKey())
		if err != nil || s.Holds(a.Sealed) != nil || len(a.Sealed) != 64<<10+28 || len(a.Seal) != 148 || len(a.Void) != 84 {
			t.Errorf("%d and %d bytes, %v", len(a.Seal), len(a.Sealed), err)
		}
		if len(a.Secret) > 0 {
			texts++
		} else if covers++; a.Ends.Before(a.Due.Add(5 * time.Minute)) {
			t.Errorf("a cover ends %s after it goes out", a.Ends.Sub(a.Due))
		}
	}
	// Forty in four hours are expected, less those that have ended or wait.
	if texts != 2 || covers < 5 || covers > 120 {
		t.Errorf("%d texts, %d covers", texts, covers)
	}
	h.now = h.now.Add(100 * time.Hour)
	h.look()
	left := 0
	for _, a := range h.seals() {
		if made[a.ID] && len(a.Secret) == 0 {
			left++
		}
	}
	if left > 0 {
		t.Errorf("%d covers never end", left)
	}
}

func TestNothingOfATextLiesOnTheDiskBeforeItsTime(t *testing.T) {
	url := storetest.URL(t, "sqlite")
	h := open(t, url)
	h.schedule(time.Hour)
	h.look()
	if len(h.seals()) != 2 {
		t.Fatal("nothing is sealed")
	}
	searched := 0
	err := filepath.WalkDir(filepath.Dir(strings.TrimPrefix(url, "sqlite:")), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		raw, err := os.ReadFile(path)
		for _, canary := range []string{"Canary", "Finch", "7f3a", "カナリア", "合併", fmt.Sprint(h.now.Add(time.Hour).UnixMicro())} {
			if bytes.Contains(raw, []byte(canary)) {
				t.Errorf("%s holds %q", path, canary)
			}
		}
		searched += len(raw)
		return err
	})
	if err != nil || searched < 64<<10 {
		t.Errorf("%d bytes searched, %v", searched, err)
	}
	if strings.Contains(h.log.String(), "Canary") {
		t.Errorf("log: %s", &h.log)
	}
}
