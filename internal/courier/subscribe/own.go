package subscribe

import (
	"context"
	"errors"
	"slices"

	"github.com/wireroom/wireroom/internal/courier/sealed"
	"github.com/wireroom/wireroom/internal/match"
	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/wire"
)

// MaxSearches is how many searches the holder of a subscription can have in it.
const MaxSearches = 20

// Searches returns what the letters of a token are about: the alternatives of its
// query, each in canonical form; of a subscription to everything "*". NotFound if
// there is no such token.
func (b *Book) Searches(ctx context.Context, token string) (searches []string, err error) {
	err = b.Store.Read(ctx, func(tx *store.Tx) error {
		_, q, err := own(tx, token)
		if err != nil {
			return err
		}
		for _, a := range q.Alternatives() {
			searches = append(searches, a.String())
		}
		return nil
	})
	return searches, err
}

// AddSearch has letters come about what a search finds too, from the next release
// on: as one more alternative of the subscription, so that a release that several
// find comes once. To a subscription to everything it would add nothing; there it
// takes its place. What is there already is no error.
//
// The errors are Invalid for a search that asks for nothing in particular, NotFound
// if there is no such token, Conflict if its holder has left, Exhausted if there are
// MaxSearches, or the query of all would be too long.
func (b *Book) AddSearch(ctx context.Context, token string, search *match.Query) error {
	if !search.Particular() {
		return wire.Errorf(wire.Invalid, "query", "asks for nothing in particular: name a word, a language, a sector, a country or an organisation that must be there")
	}
	return b.changeOwn(ctx, token, "added", func(q *match.Query) (*match.Query, error) {
		if q.Everything() {
			return search, nil
		}
		both := match.Either(q, search)
		if len(both.Alternatives()) > max(MaxSearches, len(q.Alternatives())) {
			return nil, tooMany()
		}
		if _, err := match.Parse(both.String()); err != nil {
			return nil, tooMany()
		}
		return both, nil
	})
}

func tooMany() error {
	return wire.Errorf(wire.Exhausted, "searches", "no more than %d searches fit; remove one first", MaxSearches)
}

// RemoveSearch takes an alternative, as Searches gives it, out of the query of a
// token. The last one stays: whoever wants no letters leaves. What is not there is
// no error. Errors as AddSearch.
func (b *Book) RemoveSearch(ctx context.Context, token, search string) error {
	return b.changeOwn(ctx, token, "removed", func(q *match.Query) (*match.Query, error) {
		left := slices.DeleteFunc(q.Alternatives(), func(a *match.Query) bool { return a.String() == search })
		if len(left) == 0 {
			return q, nil
		}
		return match.Either(left...), nil
	})
}

// own returns the subscription of a token and what it asks for.
func own(tx *store.Tx, token string) (s wire.Subscription, q *match.Query, err error) {
	if s, err = tx.SubscriptionOfToken(token); err != nil {
		return s, nil, err
	}
	q, err = match.Parse(s.Query)
	return s, q, err
}

// byHolder is who is on record where a subscription's holder acted.
var byHolder = wire.Actor{Name: "its holder"}

var errAsItWas = errors.New("nothing is changed")

// changeOwn gives the subscription of a token another query, on record.
func (b *Book) changeOwn(ctx context.Context, token, reason string, change func(*match.Query) (*match.Query, error)) error {
	var entry BookEntry
	err := b.Store.Write(ctx, func(tx *store.Tx) error {
		s, q, err := own(tx, token)
		if err != nil {
			return err
		}
		if s.Paused {
			return wire.Errorf(wire.Conflict, "subscription", "has ended; subscribe again first")
		}
		before := q.String()
		if q, err = change(q); err != nil {
			return err
		}
		if q.String() == before {
			return errAsItWas
		}
		err = sealed.Change(tx, b.Sealer, s.ID, func(s *wire.Subscription) error {
			s.Query = q.String()
			_, _, err := Complete(s)
			return err
		})
		if err != nil {
			return err
		}
		h, err := tx.Holding(s.ID)
		if err != nil {
			return err
		}
		entry = entryOf(&h)
		return record(tx, byHolder, verbChange, "", reason, &Added{BookEntry: entry})
	})
	if errors.Is(err, errAsItWas) {
		return nil
	}
	if err != nil {
		return err
	}
	b.Courier.Log.Info("searches changed by their holder", "subscription", entry.Subscription)
	return b.followed(ctx, &entry)
}
