package store_test

import (
	"sync"
	"testing"
	"time"

	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/store/storetest"
)

func TestWhatRelaysAndDomainsBearIsKept(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		at := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
		relay := store.MailLimit{Kind: store.RelayLimit, Name: "relay.example:25", Allowed: 4, At: at}
		old := store.MailLimit{Kind: store.DomainLimit, Name: "old.example", Allowed: 1, At: at.Add(-time.Hour)}
		domain := store.MailLimit{Kind: store.DomainLimit, Name: "big.example", Allowed: 3, Rest: 30 * time.Second, Until: at.Add(30 * time.Second), At: at}
		put := func(all ...store.MailLimit) {
			write(t, s, func(tx *store.Tx) error { return tx.PutMailLimits(all) })
		}
		want := func(all ...store.MailLimit) {
			t.Helper()
			read(t, s, func(tx *store.Tx) error {
				got, err := tx.MailLimits(at)
				if err != nil || len(got) != len(all) {
					t.Fatalf("%+v, %v, want %+v", got, err, all)
				}
				for i := range all {
					if got[i] != all[i] {
						t.Errorf("%+v, want %+v", got[i], all[i])
					}
				}
				return nil
			})
		}
		put(relay, old, domain)
		want(domain, relay)
		domain.Allowed, domain.Until = 6, time.Time{}
		put(domain)
		want(domain, relay)
		write(t, s, func(tx *store.Tx) error { return tx.DropMailLimit(store.RelayLimit, relay.Name) })
		want(domain)
	})
}

// Processes that draw at the same time never draw more than there is together,
// and leave nothing.
func TestNoMoreLettersAreDrawnThanThereAreOnADay(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		draw := func(relay string, day int64, want, most int) (n int) {
			err := s.Write(t.Context(), func(tx *store.Tx) (err error) { n, err = tx.DrawLetters(relay, day, want, most); return err })
			if err != nil {
				t.Error(err)
			}
			return n
		}
		var mu sync.Mutex
		var all sync.WaitGroup
		drawn := 0
		for range 8 {
			all.Go(func() {
				for range 10 {
					n := draw("relay.example:25", 7, 9, 500)
					mu.Lock()
					drawn += n
					mu.Unlock()
				}
			})
		}
		all.Wait()
		if drawn != 500 {
			t.Errorf("%d letters were drawn, want 500", drawn)
		}
		if n := draw("relay.example:25", 7, 9, 500); n != 0 {
			t.Errorf("%d more", n)
		}
		if n := draw("other.example:25", 7, 9, 500); n != 9 {
			t.Errorf("%d of another relay", n)
		}
		if n := draw("relay.example:25", 8, 9, 1000); n != 9 {
			t.Errorf("%d on the next day", n)
		}
	})
}
