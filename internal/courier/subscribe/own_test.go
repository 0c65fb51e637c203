package subscribe_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/wireroom/wireroom/internal/courier/subscribe"
	"github.com/wireroom/wireroom/internal/match"
	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/store/storetest"
	"github.com/wireroom/wireroom/internal/wire"
)

// token is what the letters of a subscription carry.
func (d desk) token(id wire.SubscriptionID) (token string) {
	d.Helper()
	err := d.Store.Read(d.Context(), func(tx *store.Tx) error {
		s, err := tx.Subscription(id)
		token = s.Secret
		return err
	})
	if err != nil {
		d.Fatal(err)
	}
	return token
}

func (d desk) searches(token string) string {
	d.Helper()
	all, err := d.Searches(d.Context(), token)
	if err != nil {
		d.Fatal(err)
	}
	return strings.Join(all, "; ")
}

func (d desk) parse(query string) *match.Query {
	d.Helper()
	q, err := match.Parse(query)
	if err != nil {
		d.Fatal(err)
	}
	return q
}

func TestHoldersHaveSearchesOfTheirOwn(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d := open(t, s)
		token := d.token(d.add(letter("hydrogen lang:en")).Subscription)
		for _, step := range []struct{ add, remove, want string }{
			{add: "  wind   sector:energy ", want: "hydrogen AND lang:en; wind AND sector:energy"},
			{add: "wind sector:energy", want: "hydrogen AND lang:en; wind AND sector:energy"},
			{add: `"free trade" OR 삼성전자`, want: `hydrogen AND lang:en; wind AND sector:energy; "free trade"; 삼성전자`},
			{remove: "wind AND sector:energy", want: `hydrogen AND lang:en; "free trade"; 삼성전자`},
			{remove: "what is not there", want: `hydrogen AND lang:en; "free trade"; 삼성전자`},
			{remove: "hydrogen AND lang:en", want: `"free trade"; 삼성전자`},
			{remove: `"free trade"`, want: "삼성전자"},
			{remove: "삼성전자", want: "삼성전자"}, // who wants no letters leaves
		} {
			var err error
			if step.add != "" {
				err = d.AddSearch(t.Context(), token, d.parse(step.add))
			} else {
				err = d.RemoveSearch(t.Context(), token, step.remove)
			}
			if got := d.searches(token); got != step.want || err != nil {
				t.Errorf("after %+v: %s, %v", step, got, err)
			}
		}
		acts, err := d.Courier.Acts(t.Context(), 0, 20)
		if err != nil || len(acts) != 6 || acts[0].Actor != "its holder" || acts[0].Subject != "subscription 1" || acts[0].Reason != "removed" {
			t.Errorf("on record %+v, %v", acts, err)
		}
		e, err := d.Show(t.Context(), 1)
		if err != nil || e.Query != "삼성전자" || e.Holder != "Layla Haddad" || d.held() != 1 {
			t.Errorf("%+v, %v", e, err)
		}
	})
}

// Whoever gets everything gets what they search for from the first search on.
func TestTheFirstSearchTakesThePlaceOfEverything(t *testing.T) {
	d := open(t, storetest.SQLite(t))
	token := d.token(d.add(letter("*")).Subscription)
	if got := d.searches(token); got != "*" {
		t.Errorf("at first %s", got)
	}
	if err := d.AddSearch(t.Context(), token, d.parse("wind")); err != nil || d.searches(token) != "wind" {
		t.Errorf("then %s, %v", d.searches(token), err)
	}
}

func TestSearchesOfHoldersHaveBounds(t *testing.T) {
	d := open(t, storetest.SQLite(t))
	token := d.token(d.add(letter("word0")).Subscription)
	refused := func(what string, err error, kind wire.Kind) {
		t.Helper()
		if wire.KindOf(err) != kind {
			t.Errorf("%s: %v", what, err)
		}
	}
	for _, broad := range []string{"*", "NOT wind", "wind OR NOT lang:en"} {
		refused(broad, d.AddSearch(t.Context(), token, d.parse(broad)), wire.Invalid)
	}
	for i := 1; i < subscribe.MaxSearches; i++ {
		if err := d.AddSearch(t.Context(), token, d.parse(fmt.Sprint("word", i))); err != nil {
			t.Fatal(err)
		}
	}
	refused("one too many", d.AddSearch(t.Context(), token, d.parse("more")), wire.Exhausted)
	if n := strings.Count(d.searches(token), ";") + 1; n != subscribe.MaxSearches {
		t.Errorf("there are %d", n)
	}
	_, err := d.Searches(t.Context(), "no such token")
	refused("no such token", err, wire.NotFound)
	refused("no such token", d.AddSearch(t.Context(), "no such token", d.parse("wind")), wire.NotFound)
	if err := d.Courier.Unsubscribe(t.Context(), token); err != nil {
		t.Fatal(err)
	}
	refused("who has left", d.AddSearch(t.Context(), token, d.parse("wind")), wire.Conflict)
	refused("who has left", d.RemoveSearch(t.Context(), token, "word1"), wire.Conflict)
}
