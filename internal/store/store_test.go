package store_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"sync"
	"testing"
	"time"

	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/store/storetest"
	"github.com/wireroom/wireroom/internal/wire"
)

func write(t testing.TB, s *store.Store, f func(*store.Tx) error) {
	t.Helper()
	if err := s.Write(t.Context(), f); err != nil {
		t.Fatal(err)
	}
}

func read(t testing.TB, s *store.Store, f func(*store.Tx) error) {
	t.Helper()
	if err := s.Read(t.Context(), f); err != nil {
		t.Fatal(err)
	}
}

func finish(it *wire.Item) { it.Hash = it.ContentHash() }

func release(language string, sectors ...string) *wire.Release {
	return &wire.Release{ID: wire.NewReleaseID(), Facets: wire.Facets{Sectors: sectors, Priority: wire.Ordinary},
		Editions: []wire.Edition{{Language: language, Headline: "العنوان 東京 Ünïcode", Body: []wire.Block{wire.P("x")}}}}
}

func TestWireNumbersHaveNoGapsHoweverManyCompete(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		var wg sync.WaitGroup
		var mu sync.Mutex
		won := map[wire.ReleaseID]int{}
		rows := make([]store.ReleaseRow, 40)
		for i := range rows {
			rows[i] = store.ReleaseRow{ID: wire.NewReleaseID(), Revision: 1, State: wire.Scheduled, Content: []byte{1}}
			write(t, s, func(tx *store.Tx) error { return tx.InsertRelease(rows[i], "") })
		}
		for worker := range 8 { // two rivals or more for every release; every third attempt fails after numbering
			wg.Go(func() {
				for i, row := range rows {
					if i%4 == worker%4 || i%4 == (worker+1)%4 {
						err := s.Write(t.Context(), func(tx *store.Tx) error {
							next := row
							next.Revision, next.State = 2, wire.Live
							if err := tx.UpdateRelease(next, 1); err != nil {
								return err
							}
							r := release("en")
							r.ID = row.ID
							it := wire.NewItem(r, &r.Editions[0], wire.Publish, nil, tx.Now(), wire.Amendment{})
							if err := tx.AddItem(&it, finish); err != nil {
								return err
							}
							if (i+worker)%3 == 0 {
								return errors.New("crash after the number was given")
							}
							return nil
						})
						if err == nil {
							mu.Lock()
							won[row.ID]++
							mu.Unlock()
						}
					}
				}
			})
		}
		wg.Wait()
		items := storetest.CheckWire(t, s)
		if len(items) != len(won) || len(won) == 0 {
			t.Errorf("%d items for %d releases", len(items), len(won))
		}
		for id, n := range won {
			if n != 1 {
				t.Errorf("release %s was lifted %d times", id, n)
			}
		}
	})
}

func TestAReleaseIsUpdatedOnlyFromTheRevisionThatWasRead(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		row := store.ReleaseRow{ID: wire.NewReleaseID(), Revision: 1, State: wire.Submitted, Content: []byte("sealed")}
		write(t, s, func(tx *store.Tx) error { return tx.InsertRelease(row, "key-1") })
		if err := s.Write(t.Context(), func(tx *store.Tx) error {
			other := row
			other.ID = wire.NewReleaseID()
			return tx.InsertRelease(other, "key-1")
		}); wire.KindOf(err) != wire.Conflict {
			t.Errorf("the same request key twice: %v", err)
		}
		next := row
		next.Revision, next.State, next.Schedule = 2, wire.Scheduled, []byte("at")
		write(t, s, func(tx *store.Tx) error { return tx.UpdateRelease(next, 1) })
		if err := s.Write(t.Context(), func(tx *store.Tx) error { return tx.UpdateRelease(next, 1) }); wire.KindOf(err) != wire.Conflict {
			t.Errorf("an update from an old revision: %v", err)
		}
		read(t, s, func(tx *store.Tx) error {
			got, err := tx.Release(row.ID)
			if err != nil || got.Revision != 2 || string(got.Schedule) != "at" || got.CreatedAt.IsZero() {
				t.Errorf("%+v, %v", got, err)
			}
			if id, err := tx.ReleaseOfRequest("key-1"); id != row.ID || err != nil {
				t.Errorf("request: %s, %v", id, err)
			}
			if id, err := tx.ReleaseOfRequest("key-2"); id != "" || err != nil {
				t.Errorf("unknown request: %s, %v", id, err)
			}
			if in, err := tx.ReleasesIn(wire.Scheduled, 10); len(in) != 1 || err != nil {
				t.Errorf("scheduled: %v, %v", in, err)
			}
			if _, err := tx.Release("nosuch"); wire.KindOf(err) != wire.NotFound {
				t.Errorf("unknown release: %v", err)
			}
			return nil
		})
	})
}

func TestEditionsShowTheirNewestVersionAtTheirFirstPlace(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		add := func(r *wire.Release, action wire.Action, prior *wire.Item) wire.Item {
			it := wire.NewItem(r, &r.Editions[0], action, prior, time.Now(), wire.Amendment{Reason: "r"})
			write(t, s, func(tx *store.Tx) error { return tx.AddItem(&it, finish) })
			return it
		}
		a, b, c := release("ja", "energy"), release("ja", "energy", "finance"), release("ar", "energy")
		first := add(a, wire.Publish, nil)
		add(b, wire.Publish, nil)
		add(c, wire.Publish, nil)
		add(a, wire.Correct, &first)
		if err := s.Write(t.Context(), func(tx *store.Tx) error {
			rival := wire.NewItem(a, &a.Editions[0], wire.Kill, &first, time.Now(), wire.Amendment{})
			return tx.AddItem(&rival, finish)
		}); wire.KindOf(err) != wire.Conflict {
			t.Errorf("a second successor of one version: %v", err)
		}
		current := func(f store.CurrentFilter) string {
			var got string
			read(t, s, func(tx *store.Tx) error {
				items, next, err := tx.Current(f)
				for _, it := range items {
					got += fmt.Sprintf("%d/%s ", it.Number, it.Action)
				}
				got += fmt.Sprint("next ", next)
				return err
			})
			return got
		}
		for _, c := range []struct {
			f    store.CurrentFilter
			want string
		}{
			{store.CurrentFilter{Limit: 10}, "3/publish 2/publish 4/correct next 0"},
			{store.CurrentFilter{Limit: 10, Language: "ja"}, "2/publish 4/correct next 0"},
			{store.CurrentFilter{Limit: 1, Language: "ja"}, "2/publish next 2"},
			{store.CurrentFilter{Limit: 1, Language: "ja", Before: 2}, "4/correct next 0"},
			{store.CurrentFilter{Limit: 10, Language: "ja", Sector: "finance"}, "2/publish next 0"},
			{store.CurrentFilter{Limit: 10, Sector: "energy"}, "3/publish 2/publish 4/correct next 0"},
			{store.CurrentFilter{Limit: 10, Language: "ko"}, "next 0"},
		} {
			if got := current(c.f); got != c.want {
				t.Errorf("%+v: %s, want %s", c.f, got, c.want)
			}
		}
		read(t, s, func(tx *store.Tx) error {
			versions, err := tx.VersionsOf(a.ID, "ja")
			if err != nil || len(versions) != 2 || versions[1].Headline != a.Editions[0].Headline {
				t.Errorf("versions: %v, %v", versions, err)
			}
			if of, err := tx.ItemsOf(a.ID); len(of) != 2 || err != nil {
				t.Errorf("items of a: %d, %v", len(of), err)
			}
			if newest, err := tx.NewestOf(a.ID); newest["ja"].Number != 4 || err != nil {
				t.Errorf("newest: %v, %v", newest, err)
			}
			return nil
		})
		storetest.CheckWire(t, s)
	})
}

func TestALeaseHasOneHolderAndFencesTheFormerOne(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		var mu sync.Mutex
		var held []store.Lease
		var seen store.Lease
		read(t, s, func(tx *store.Tx) (err error) { seen, err = tx.Lease("clock"); return err })
		var wg sync.WaitGroup
		for i := range 6 {
			wg.Go(func() {
				err := s.Write(t.Context(), func(tx *store.Tx) error {
					l, err := tx.TakeLease(seen, fmt.Sprint("p", i))
					if err == nil {
						mu.Lock()
						held = append(held, l)
						mu.Unlock()
					}
					return err
				})
				if err != nil && wire.KindOf(err) != wire.Conflict {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if len(held) < 1 {
			t.Fatal("nobody leads")
		}
		var now store.Lease
		read(t, s, func(tx *store.Tx) (err error) { now, err = tx.Lease("clock"); return err })
		write(t, s, func(tx *store.Tx) (err error) { now, err = tx.BeatLease(now); return err })
		write(t, s, func(tx *store.Tx) error { return tx.HoldLease(now) })

		var next store.Lease
		write(t, s, func(tx *store.Tx) (err error) { next, err = tx.TakeLease(now, "late"); return err })
		for what, f := range map[string]func(*store.Tx) error{
			"beat": func(tx *store.Tx) error { _, err := tx.BeatLease(now); return err },
			"hold": func(tx *store.Tx) error { return tx.HoldLease(now) },
			"take": func(tx *store.Tx) error { _, err := tx.TakeLease(now, "p"); return err },
		} {
			if err := s.Write(t.Context(), f); wire.KindOf(err) != wire.Conflict {
				t.Errorf("%s by the former leader: %v", what, err)
			}
		}
		write(t, s, func(tx *store.Tx) error { return tx.EndLease(next) })
		read(t, s, func(tx *store.Tx) error {
			if l, err := tx.Lease("clock"); l.Holder != "" || l.Term != next.Term || err != nil {
				t.Errorf("after the end: %+v, %v", l, err)
			}
			return nil
		})
	})
}

func TestTheDirectoryIsFollowedByVersion(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		outlets := []wire.Outlet{{Name: "日刊", Country: "JP", Language: "ja", Kind: "newspaper"}}
		contacts := []wire.Contact{{ID: 10, Name: "A", Email: "a@x.example"}, {Name: "B", Email: "b@x.example"}}
		subs := []wire.Subscription{
			{Contact: 10, Query: "lang:ja", Channel: wire.ByMail, Address: "a@x.example", Secret: "token-a"},
			{Outlet: 1, Query: "lang:ja", Channel: wire.ByWebhook, Address: "https://x.example", Secret: "whsec_"},
		}
		write(t, s, func(tx *store.Tx) error {
			return errors.Join(tx.AddOutlets(outlets), tx.AddContacts(contacts), tx.AddSubscriptions(subs))
		})
		if outlets[0].ID != 1 || contacts[1].ID != 11 || subs[1].ID != 2 {
			t.Errorf("ids: %v %v %v", outlets, contacts, subs)
		}
		var version int64
		read(t, s, func(tx *store.Tx) error {
			all, v, err := tx.Subscriptions()
			version = v
			if err != nil || len(all) != 2 || all[0] != subs[0] {
				t.Errorf("%+v, %v", all, err)
			}
			return nil
		})
		subs[0].Paused = true
		write(t, s, func(tx *store.Tx) error { return tx.UpdateSubscription(subs[0]) })
		read(t, s, func(tx *store.Tx) error {
			var changed []wire.Subscription
			note := func(s *wire.Subscription) { changed = append(changed, *s) }
			v, err := tx.SubscriptionsChanged(version, note)
			if err != nil || len(changed) != 1 || !changed[0].Paused || v <= version {
				t.Errorf("changed: %+v at %d, %v", changed, v, err)
			}
			if _, _ = tx.SubscriptionsChanged(v, note); len(changed) != 1 {
				t.Errorf("changed after the last version: %v", changed)
			}
			if got, err := tx.SubscriptionOfToken("token-a"); got.ID != 1 || err != nil {
				t.Errorf("by token: %v, %v", got, err)
			}
			if _, err := tx.SubscriptionOfToken("whsec_"); wire.KindOf(err) != wire.NotFound {
				t.Errorf("a webhook's secret as an unsubscribe token: %v", err)
			}
			o, c, n, err := tx.DirectorySize()
			if o != 1 || c != 2 || n != 2 || err != nil {
				t.Errorf("size %d %d %d, %v", o, c, n, err)
			}
			return nil
		})
		if err := s.Write(t.Context(), func(tx *store.Tx) error {
			return tx.AddSubscriptions([]wire.Subscription{{Channel: wire.ByMail, Secret: "token-a"}})
		}); wire.KindOf(err) != wire.Conflict {
			t.Errorf("a token twice: %v", err)
		}
	})
}

func TestAConsumerAdvancesOnceFromEachPlace(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		write(t, s, func(tx *store.Tx) error { return tx.AdvanceConsumer("courier", 0, 1) })
		write(t, s, func(tx *store.Tx) error { return tx.AdvanceConsumer("courier", 1, 5) })
		if err := s.Write(t.Context(), func(tx *store.Tx) error { return tx.AdvanceConsumer("courier", 1, 2) }); wire.KindOf(err) != wire.Conflict {
			t.Errorf("advancing from a place that was left: %v", err)
		}
		if n, err := s.ConsumerNumber(t.Context(), "courier"); n != 5 || err != nil {
			t.Errorf("at %d, %v", n, err)
		}
	})
}

func TestAFailedTransactionLeavesNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		failure := errors.New("no")
		for range 3 {
			if err := s.Write(t.Context(), func(tx *store.Tx) error {
				r := release("en", "energy")
				it := wire.NewItem(r, &r.Editions[0], wire.Publish, nil, tx.Now(), wire.Amendment{})
				return errors.Join(tx.AddItem(&it, finish), failure)
			}); !errors.Is(err, failure) {
				t.Fatal(err)
			}
		}
		read(t, s, func(tx *store.Tx) error {
			if n, err := tx.LastNumber(); n != 0 || err != nil {
				t.Errorf("last number %d, %v", n, err)
			}
			return nil
		})
	})
}

func TestTheTransactionCarriesTheClock(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 678901234, time.FixedZone("x", 7200))
	s := storetest.SQLite(t, store.WithClock(func() time.Time { return at }))
	read(t, s, func(tx *store.Tx) error {
		if want := at.UTC().Truncate(time.Microsecond); tx.Now() != want {
			t.Errorf("now is %v, want %v", tx.Now(), want)
		}
		return nil
	})
}

func TestADatabaseLiesInAFolderOfAnyName(t *testing.T) {
	for _, name := range []string{"desk #1", "100%", "%41", "what?mode=memory", "a&b=c+d", "報道", "co:lon"} {
		path := filepath.Join(t.TempDir(), "x", name, "wire.db")
		for range 2 { // the second finds what the first has made
			s, err := store.Open(t.Context(), "sqlite:"+path)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		}
		if file, err := os.Stat(path); err != nil || file.Size() == 0 {
			t.Errorf("%s: the database is not there: %v", name, err)
		}
	}
}

func TestADatabaseThatCannotBeOpenedSaysWhatToDo(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "file"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for url, kind := range map[string]wire.Kind{
		"mysql://x": wire.Invalid, "": wire.Invalid, "sqlite:": wire.Invalid,
		"sqlite:" + filepath.Join(dir, "file", "x.db"):      wire.Unavailable,
		"postgres://nobody@127.0.0.1:1/x?connect_timeout=2": wire.Unavailable,
	} {
		if s, err := store.Open(context.Background(), url); wire.KindOf(err) != kind {
			t.Errorf("%q: %v", url, err)
			if s != nil {
				s.Close()
			}
		}
	}
}

// What fails on one engine, or means something else there, must not be written
// at all. The words are those found to differ when every statement was tried
// on both.
func TestSQLIsPortable(t *testing.T) {
	banned := regexp.MustCompile(`(?i)\bnow\(\)|::|\bilike\b|= *any *\(|distinct on|delete .* using|\blower\(|\bupper\(|\bautoincrement\b|\bserial\b|\breturning \*|\?\d`)
	files, err := filepath.Glob("*.go")
	more, _ := filepath.Glob("migrations/*.sql")
	if err != nil || len(more) == 0 {
		t.Fatal(err)
	}
	literal := regexp.MustCompile("(?s)`[^`]*`")
	for _, file := range append(files, more...) {
		if file == "dialect.go" || filepath.Ext(file) == ".go" && regexp.MustCompile(`_test\.go$`).MatchString(file) {
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		parts := [][]byte{text}
		if filepath.Ext(file) == ".go" {
			parts = literal.FindAll(text, -1)
		}
		for _, p := range parts {
			if m := banned.Find(p); m != nil {
				t.Errorf("%s: %q is not portable in: %s", file, m, p)
			}
		}
	}
}
