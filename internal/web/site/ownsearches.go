package site

import (
	"net/http"

	"github.com/wireroom/wireroom/internal/archive"
	"github.com/wireroom/wireroom/internal/locale"
	"github.com/wireroom/wireroom/internal/match"
	"github.com/wireroom/wireroom/internal/web/site/preference"
	"github.com/wireroom/wireroom/internal/web/site/search"
	"github.com/wireroom/wireroom/internal/wire"
)

// tried is what came of a search that the holder of a token typed: what it would
// have brought, or what is wrong with it.
type tried struct {
	brought *archive.Preview
	err     error
	key     string // of a text for it; "": the one of a search
}

// changeSearches adds a search to what the letters of a token are about, takes one
// out, or tells what one would have brought.
func (s *site) changeSearches(w http.ResponseWriter, r *http.Request, token, do string) error {
	if do == "remove-search" {
		return s.changedSearches(w, r, preference.Removed, s.Searches.RemoveSearch(r.Context(), token, r.PostFormValue("search")))
	}
	shown := shownPreference{stage: preference.Tried, query: r.PostFormValue("query"), tried: &tried{}}
	q, err := match.Parse(shown.query)
	switch {
	case err != nil:
		shown.tried.err = err
	case do == "try-search":
		// A stranger without a token has nothing to ask of the archive here.
		if _, err := s.Searches.Searches(r.Context(), token); err != nil {
			return s.changed(w, r, shownPreference{}, err)
		}
		shown.tried.brought, shown.tried.err = s.Archive.Preview(r.Context(), q)
	default:
		switch err := s.Searches.AddSearch(r.Context(), token, q); wire.KindOf(err) {
		case wire.Invalid:
			shown.tried.err, shown.tried.key = err, "preference.error_broad"
		case wire.Exhausted:
			shown.tried.err, shown.tried.key = err, "preference.error_many"
		default:
			return s.changedSearches(w, r, preference.Added, err)
		}
	}
	status := http.StatusOK
	if shown.tried.err != nil {
		if !search.Said(shown.tried.err) {
			return shown.tried.err
		}
		status = http.StatusUnprocessableEntity
	}
	return s.subscriptionPage(w, r, status, shown)
}

// changedSearches answers what was done. To whoever has left, the page says that.
func (s *site) changedSearches(w http.ResponseWriter, r *http.Request, stage preference.Stage, err error) error {
	if wire.KindOf(err) == wire.Conflict {
		stage, err = preference.Question, nil
	}
	return s.changed(w, r, shownPreference{stage: stage}, err)
}

// searches is what the page says of the searches of a token; nil where it does not.
func (s *site) searches(r *http.Request, shown shownPreference, l locale.Printer) (*preference.Searches, error) {
	if s.Searches == nil || shown.stage == preference.Bad || shown.stage == preference.Done {
		return nil, nil
	}
	all, err := s.Searches.Searches(r.Context(), r.PathValue("token"))
	if err != nil {
		return nil, err
	}
	if len(all) == 1 && all[0] == "*" {
		all = nil
	}
	v := &preference.Searches{All: all, Typed: shown.query}
	if t := shown.tried; t != nil {
		switch {
		case t.key != "":
			v.Wrong = &search.Wrong{Text: l.T(t.key)}
		case t.err != nil:
			v.Wrong = search.NewWrong(t.err, shown.query, l)
		case t.brought != nil:
			v.Brought = search.Brought(t.brought, l)
		}
	}
	return v, nil
}
