package subscribe_test

import (
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/wireroom/wireroom/internal/courier"
	"github.com/wireroom/wireroom/internal/courier/sealed"
	"github.com/wireroom/wireroom/internal/courier/subscribe"
	"github.com/wireroom/wireroom/internal/match"
	"github.com/wireroom/wireroom/internal/seal"
	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/store/storetest"
	"github.com/wireroom/wireroom/internal/wire"
)

var operator = wire.Actor{Name: "Ines", Role: wire.RoleOperator}

// desk is a book over a directory of one outlet and one contact.
type desk struct {
	*testing.T
	*subscribe.Book
}

func open(t *testing.T, s *store.Store) desk {
	t.Helper()
	keys, err := seal.OpenKeyring(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	c := courier.New(courier.Options{Store: s, Now: time.Now, Log: slog.New(slog.DiscardHandler), Sealer: keys, MaxUnanchored: 1})
	d := desk{t, &subscribe.Book{Store: s, Sealer: keys, Courier: c}}
	err = s.Write(t.Context(), func(tx *store.Tx) error {
		if err := tx.AddOutlets([]wire.Outlet{{ID: 7, Name: "Der Bote"}}); err != nil {
			return err
		}
		return tx.AddContacts([]wire.Contact{{ID: 1, Outlet: 7, Name: "Layla Haddad", Email: "layla@bote.example"}})
	})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// letter asks for letters to the contact.
func letter(query string) subscribe.Order {
	return subscribe.Order{Subscription: wire.Subscription{Contact: 1, Channel: wire.ByMail, Query: query}, Reason: "She asked for it."}
}

func (d desk) add(o subscribe.Order) *subscribe.Added {
	d.Helper()
	added, err := d.Add(d.Context(), operator, o, "")
	if err != nil {
		d.Fatal(err)
	}
	return added
}

func (d desk) held() int {
	d.Helper()
	s, err := d.Courier.Standing(d.Context(), 10)
	if err != nil {
		d.Fatal(err)
	}
	return s.Queries
}

func TestASearchIsSavedChangedAndEnded(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d := open(t, s)
		one := d.add(letter(" hydrogen  lang:en "))
		if one.Subscription != 1 || one.Query != "hydrogen AND lang:en" || one.Holder != "Layla Haddad" || one.Address != "l…@bote.example" || one.Secret != "" || one.Problem != "" {
			t.Errorf("%+v", one)
		}
		two := d.add(subscribe.Order{NewOutlet: &wire.Outlet{Name: "Kitahama Shimbun", Country: "JP"}, Subscription: wire.Subscription{Channel: wire.ByWebhook, Address: "https://kitahama.example/key", Query: "lang:ja"}})
		if two.Outlet != 8 || two.Holder != "Kitahama Shimbun" || two.Format != "ninjs" || !strings.HasPrefix(two.Secret, "whsec_") || strings.Contains(two.Address, "key") {
			t.Errorf("%+v", two)
		}
		if n := d.held(); n != 2 {
			t.Errorf("%d queries are held", n)
		}
		err := s.Read(t.Context(), func(tx *store.Tx) error {
			kept, err := tx.Subscription(2)
			if err == nil && strings.Contains(kept.Secret, "whsec_") {
				t.Error("the secret is kept in the clear")
			}
			if err == nil {
				err = sealed.Open(d.Sealer, &kept)
			}
			if kept.Secret != two.Secret {
				t.Error("the secret that was shown is not the one that is kept")
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}

		query := "wind OR hydrogen"
		changed, err := d.Change(t.Context(), operator, 1, subscribe.Change{Query: &query, Reason: "Wider."})
		if err != nil || changed.Query != "wind OR hydrogen" {
			t.Errorf("%+v, %v", changed, err)
		}
		for range 2 { // twice is no error
			ended, err := d.Remove(t.Context(), operator, 1, "Enough.")
			if err != nil || !ended.Suspended {
				t.Errorf("%+v, %v", ended, err)
			}
		}
		if n := d.held(); n != 1 {
			t.Errorf("%d queries are held after one was ended", n)
		}
		acts, err := d.Courier.Acts(t.Context(), 0, 10)
		var verbs []string
		for _, a := range acts {
			verbs = append(verbs, a.Verb+" "+a.Subject+" "+a.Reason)
		}
		if got, want := strings.Join(verbs, "; "), "suspend subscription 1 Enough.; change subscription 1 Wider.; subscribe subscription 2 ; subscribe subscription 1 She asked for it."; err != nil || got != want {
			t.Errorf("on record %q, want %q; %v", got, want, err)
		}
	})
}

func TestSubscriptionsAreListed(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d := open(t, s)
		for _, q := range []string{"one", "two", "three", "four"} {
			d.add(letter(q))
		}
		d.add(subscribe.Order{Subscription: wire.Subscription{Outlet: 7, Channel: wire.ByWebhook, Address: "https://bote.example/in", Query: "*"}})
		d.add(subscribe.Order{NewContact: &wire.Contact{Name: "Tom Ruiz", Email: "tom@press.example"}, Subscription: wire.Subscription{Channel: wire.ByMail, Query: "five"}})
		if _, err := d.Remove(t.Context(), operator, 2, ""); err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			filter store.HoldingFilter
			want   string
			next   wire.SubscriptionID
		}{
			{store.HoldingFilter{Limit: 10}, "one, three, four, *, five", 0},
			{store.HoldingFilter{Limit: 10, Paused: true}, "one, two, three, four, *, five", 0},
			{store.HoldingFilter{Limit: 2}, "one, three", 3},
			{store.HoldingFilter{Limit: 3, After: 3}, "four, *, five", 0},
			{store.HoldingFilter{Limit: 10, Outlet: 7}, "one, three, four, *", 0},
			{store.HoldingFilter{Limit: 10, Contact: 2}, "five", 0},
			{store.HoldingFilter{Limit: 10, Channel: wire.ByWebhook}, "*", 0},
			{store.HoldingFilter{Limit: 10, Address: "tom@press.example"}, "five", 0},
			{store.HoldingFilter{Limit: 10, Contact: 9}, "", 0},
		} {
			found, next, err := d.List(t.Context(), c.filter)
			var queries []string
			for _, e := range found {
				queries = append(queries, e.Query)
			}
			if got := strings.Join(queries, ", "); err != nil || got != c.want || next != c.next {
				t.Errorf("%+v: %q and %d, want %q and %d; %v", c.filter, got, next, c.want, c.next, err)
			}
		}
	})
}

func TestWhatCannotStandIsRefused(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d := open(t, s)
		var fault *match.Fault
		if _, err := d.Add(t.Context(), operator, letter("war AND (peace"), ""); !errors.As(err, &fault) || fault.Code != match.FaultOpen || fault.At != 15 {
			t.Errorf("a faulty query: %v", err)
		}
		hook := func(address, secret, format string) subscribe.Order {
			return subscribe.Order{Subscription: wire.Subscription{Outlet: 7, Channel: wire.ByWebhook, Address: address, Secret: secret, Format: format, Query: "*"}}
		}
		none, both, far, text := letter("*"), letter("*"), letter("*"), letter("*")
		none.Subscription.Contact, both.Subscription.Outlet, far.Subscription.Contact, text.Subscription.Format = 0, 7, 99, "text"
		fax, missing := letter("*"), hook("https://bote.example", "", "")
		fax.Subscription.Channel, missing.Subscription.Outlet = "fax", 99
		for name, c := range map[string]struct {
			order subscribe.Order
			kind  wire.Kind
			field string
		}{
			"nobody":           {none, wire.Invalid, "holder"},
			"two":              {both, wire.Invalid, "holder"},
			"no such contact":  {far, wire.NotFound, "contact"},
			"no such outlet":   {missing, wire.NotFound, "outlet"},
			"a channel":        {fax, wire.Invalid, "channel"},
			"a letter as text": {text, wire.Invalid, "format"},
			"no URL":           {hook("bote.example", "", ""), wire.Invalid, "address"},
			"a secret":         {hook("https://bote.example", "plugh", ""), wire.Invalid, "secret"},
			"a format":         {hook("https://bote.example", "", "fax"), wire.Invalid, "format"},
			"an address":       {subscribe.Order{NewContact: &wire.Contact{Name: "Tom", Email: "tom"}, Subscription: wire.Subscription{Channel: wire.ByMail, Query: "*"}}, wire.Invalid, "address"},
		} {
			_, err := d.Add(t.Context(), operator, c.order, "")
			e, _ := errors.AsType[*wire.Error](err)
			if wire.KindOf(err) != c.kind || e == nil || e.Field != c.field || strings.Contains(err.Error(), "plugh") {
				t.Errorf("%s: %v", name, err)
			}
		}
		for _, role := range []wire.Role{wire.RoleEditor, wire.RoleIssuer, wire.RoleReader} {
			if _, err := d.Add(t.Context(), wire.Actor{Name: "Emil", Role: role}, letter("*"), ""); wire.KindOf(err) != wire.Forbidden {
				t.Errorf("%s adds: %v", role, err)
			}
		}
		if found, _, err := d.List(t.Context(), store.HoldingFilter{Limit: 1, Paused: true}); err != nil || len(found) != 0 {
			t.Errorf("something was kept: %v, %v", found, err)
		}
	})
}

// Only so many queries that ask for nothing in particular are held.
func TestBroadQueriesAreCapped(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d := open(t, s)
		one := d.add(letter("NOT lang:en"))
		if !one.Broad {
			t.Error("it is not said to be broad")
		}
		if _, err := d.Add(t.Context(), operator, letter("NOT lang:de"), ""); wire.KindOf(err) != wire.Exhausted {
			t.Errorf("a second: %v", err)
		}
		d.add(letter("*")) // which costs nothing
		three := d.add(letter("hydrogen"))
		broad := "NOT war"
		if _, err := d.Change(t.Context(), operator, three.Subscription, subscribe.Change{Query: &broad}); wire.KindOf(err) != wire.Exhausted {
			t.Errorf("a change into a second: %v", err)
		}
		if e, err := d.Change(t.Context(), operator, one.Subscription, subscribe.Change{Query: &broad}); err != nil || e.Problem != "" {
			t.Errorf("one in place of itself: %+v, %v", e, err)
		}
	})
}

func TestTheSameRequestAddsOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d := open(t, s)
		order := subscribe.Order{Subscription: wire.Subscription{Outlet: 7, Channel: wire.ByWebhook, Address: "https://bote.example/in", Query: "*"}}
		first, err := d.Add(t.Context(), operator, order, "key")
		if err != nil {
			t.Fatal(err)
		}
		again, err := d.Add(t.Context(), operator, order, "key")
		if err != nil || !again.Repeated || again.Subscription != first.Subscription || again.Secret != "" {
			t.Errorf("%+v, %v", again, err)
		}
		other := order
		other.Subscription.Query = "lang:de"
		if _, err := d.Add(t.Context(), operator, other, "key"); wire.KindOf(err) != wire.Conflict {
			t.Errorf("the key of another order: %v", err)
		}
		if found, _, err := d.List(t.Context(), store.HoldingFilter{Limit: 10}); err != nil || len(found) != 1 {
			t.Errorf("%v, %v", found, err)
		}
	})
}

// A folder moves and gets another secret; nobody has a secret sent to a server of
// their own by moving the folder alone.
func TestAFolderMovesWithItsSecret(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d := open(t, s)
		folder := d.add(subscribe.Order{Subscription: wire.Subscription{Outlet: 7, Channel: wire.ByDrop, Query: "*", Address: "ftps://wire@old.bote.example/in", Secret: "plugh", Format: "text"}})
		hook := d.add(subscribe.Order{Subscription: wire.Subscription{Outlet: 7, Channel: wire.ByWebhook, Query: "lang:de", Address: "https://bote.example/in"}})
		letters := d.add(letter("lang:en"))
		text := func(s string) *string { return &s }
		for name, c := range map[string]struct {
			of     wire.SubscriptionID
			change subscribe.Change
			field  string
		}{
			"without the secret":   {folder.Subscription, subscribe.Change{Address: text("ftps://wire@mallory.example/in")}, "secret"},
			"into nothing":         {folder.Subscription, subscribe.Change{Address: text("scp://wire@bote.example/in"), Secret: text("plugh")}, "address"},
			"to an empty secret":   {folder.Subscription, subscribe.Change{Secret: text("")}, "secret"},
			"of a webhook":         {hook.Subscription, subscribe.Change{Address: text("https://mallory.example/"), Secret: text("whsec_cGx1Z2g=")}, "address"},
			"the webhook's secret": {hook.Subscription, subscribe.Change{Secret: text("whsec_cGx1Z2g=")}, "secret"},
			"of letters":           {letters.Subscription, subscribe.Change{Address: text("mallory@example.org"), Secret: text("x")}, "address"},
		} {
			_, err := d.Change(t.Context(), operator, c.of, c.change)
			var e *wire.Error
			if !errors.As(err, &e) || e.Kind != wire.Invalid || e.Field != c.field || strings.Contains(err.Error(), "plugh") {
				t.Errorf("%s: %v", name, err)
			}
		}
		moved, err := d.Change(t.Context(), operator, folder.Subscription, subscribe.Change{Address: text("ftps://wire@new.bote.example/in"), Secret: text("xyzzy")})
		if err != nil || moved.Address != "ftps://new.bote.example" || moved.Query != "*" || moved.Format != "text" {
			t.Errorf("%+v, %v", moved, err)
		}
		err = s.Read(t.Context(), func(tx *store.Tx) error {
			kept, err := tx.Subscription(folder.Subscription)
			if err == nil {
				err = sealed.Open(d.Sealer, &kept)
			}
			if kept.Secret != "xyzzy" || kept.Address != "ftps://wire@new.bote.example/in" {
				t.Errorf("%+v", kept)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}
