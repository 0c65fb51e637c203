package site

import (
	"net/http"

	"github.com/wireroom/wireroom/internal/locale"
	"github.com/wireroom/wireroom/internal/web/site/preference"
	"github.com/wireroom/wireroom/internal/wire"
)

// maxToken bounds the token of an address, in bytes.
const maxToken = 512

// askSubscription shows how things stand and changes nothing: link scanners and
// previews follow every link of a letter.
func (s *site) askSubscription(w http.ResponseWriter, r *http.Request) error {
	return s.subscriptionPage(w, r, http.StatusOK, shownPreference{stage: preference.Question})
}

// changeSubscription ends a subscription, by the page's button or by a mail
// program's single POST (RFC 8058 §3.1), which has no cookie, follows no redirect
// and reads no page; the page's forms also renew it, and say when letters are to
// come and what about. The token is the only credential there is, so there is
// nothing that a forged request could borrow.
func (s *site) changeSubscription(w http.ResponseWriter, r *http.Request) error {
	if s.Subscriptions == nil {
		return errNothing()
	}
	r.Body = http.MaxBytesReader(w, r.Body, 16<<10)
	token := r.PathValue("token")
	shown := shownPreference{stage: preference.Done}
	do := r.PostFormValue("do")
	var err error
	switch {
	case len(token) > maxToken:
		err = errNothing()
	case do == "resubscribe":
		shown.stage, err = preference.Back, s.Subscriptions.Resubscribe(r.Context(), token)
	case do == "save":
		form := preference.Parse(r.PostForm)
		shown.stage, err = preference.Saved, s.savePreference(r, token, form)
		if field := preference.Field(err); field != "" {
			return s.subscriptionPage(w, r, http.StatusUnprocessableEntity, shownPreference{stage: preference.Refused, form: &form, wrong: field})
		}
	case s.Searches != nil && (do == "try-search" || do == "add-search" || do == "remove-search"):
		return s.changeSearches(w, r, token, do)
	case r.PostFormValue("List-Unsubscribe") == "One-Click", do == "unsubscribe":
		err = s.Subscriptions.Unsubscribe(r.Context(), token)
	default:
		return s.subscriptionPage(w, r, http.StatusBadRequest, shownPreference{stage: preference.Question})
	}
	return s.changed(w, r, shown, err)
}

// changed answers what was done, or that there is no such token.
func (s *site) changed(w http.ResponseWriter, r *http.Request, shown shownPreference, err error) error {
	switch wire.KindOf(err) {
	case "":
		return s.subscriptionPage(w, r, http.StatusOK, shown)
	case wire.NotFound, wire.Invalid:
		return s.subscriptionPage(w, r, http.StatusNotFound, shownPreference{stage: preference.Bad})
	}
	return err
}

func (s *site) savePreference(r *http.Request, token string, form preference.Form) error {
	p, err := form.Preference()
	if err != nil {
		return err
	}
	return s.Subscriptions.SetPreference(r.Context(), token, p)
}

// shownPreference is what the page of a subscription is to say beside how things
// stand.
type shownPreference struct {
	stage preference.Stage
	form  *preference.Form // as it was sent; nil: as things stand
	wrong string           // its field that makes no sense
	query string           // the search that was typed
	tried *tried           // what is to be said of it
}

// subscriptionPage writes the page in the language of the holder's letters. Its
// address is a credential: no copy is kept and no link tells it.
func (s *site) subscriptionPage(w http.ResponseWriter, r *http.Request, status int, shown shownPreference) error {
	if s.Subscriptions == nil {
		return errNothing()
	}
	language := locale.Match(r.Header.Get("Accept-Language"))
	if shown.stage != preference.Bad {
		known, now, subscribed, err := s.subscription(r, r.PathValue("token"))
		switch wire.KindOf(err) {
		case "":
			if known != "" {
				language = locale.For(known).Language()
			}
			if shown.form == nil {
				shown.form = &now
			}
			if !subscribed && shown.stage == preference.Question {
				shown.stage = preference.Done
			}
		case wire.NotFound, wire.Invalid:
			status, shown.stage = http.StatusNotFound, preference.Bad
		default:
			return err
		}
	}
	if shown.form == nil {
		shown.form = &preference.Form{}
	}
	base := s.base(language, frontPath)
	base.Feeds = nil
	page := preference.New(base, shown.stage, r.URL.EscapedPath(), *shown.form, shown.wrong)
	var err error
	if page.Searches, err = s.searches(r, shown, base.L); err != nil {
		return err
	}
	body, err := s.preference.Render(page)
	if err != nil {
		return err
	}
	h := unkept(w, language)
	// Not no-referrer: that makes browsers send the form with "Origin: null".
	h.Set("Referrer-Policy", "same-origin")
	w.WriteHeader(status)
	w.Write(body)
	return nil
}

// subscription is how things stand for a token: the language of its letters, ""
// if it is not known, when they come and whether they do.
func (s *site) subscription(r *http.Request, token string) (language string, form preference.Form, subscribed bool, err error) {
	if len(token) > maxToken {
		return "", form, false, errNothing()
	}
	p, subscribed, err := s.Subscriptions.Preference(r.Context(), token)
	if err != nil {
		return "", form, false, err
	}
	if linguist, ok := s.Subscriptions.(Linguist); ok {
		language, err = linguist.Language(r.Context(), token)
	}
	return language, preference.FormOf(p), subscribed, err
}
