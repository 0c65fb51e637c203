package site

import (
	"net/http"

	"github.com/wireroom/wireroom/internal/locale"
	"github.com/wireroom/wireroom/internal/web/site/unsubscribe"
	"github.com/wireroom/wireroom/internal/wire"
)

// maxToken bounds the token of an address, in bytes.
const maxToken = 512

// askLeave shows the question and changes nothing: link scanners and previews
// follow every link of a letter.
func (s *site) askLeave(w http.ResponseWriter, r *http.Request) error {
	return s.leavePage(w, r, http.StatusOK, unsubscribe.Question)
}

// leave ends a subscription, by the page's button or by a mail program's single
// POST (RFC 8058 §3.1), which has no cookie, follows no redirect and reads no
// page. The same form renews it. The token is the only credential there is, so
// there is nothing that a forged request could borrow.
func (s *site) leave(w http.ResponseWriter, r *http.Request) error {
	if s.Subscriptions == nil {
		return errNothing()
	}
	r.Body = http.MaxBytesReader(w, r.Body, 16<<10)
	token, stage := r.PathValue("token"), unsubscribe.Done
	var err error
	switch {
	case len(token) > maxToken:
		err = errNothing()
	case r.PostFormValue("do") == "resubscribe":
		stage, err = unsubscribe.Back, s.Subscriptions.Resubscribe(r.Context(), token)
	case r.PostFormValue("List-Unsubscribe") == "One-Click", r.PostFormValue("do") == "unsubscribe":
		err = s.Subscriptions.Unsubscribe(r.Context(), token)
	default:
		return s.leavePage(w, r, http.StatusBadRequest, unsubscribe.Question)
	}
	switch wire.KindOf(err) {
	case "":
		return s.leavePage(w, r, http.StatusOK, stage)
	case wire.NotFound, wire.Invalid:
		return s.leavePage(w, r, http.StatusNotFound, unsubscribe.Bad)
	}
	return err
}

// leavePage writes the page in the language of the holder's letters. Its
// address is a credential: no copy is kept and no link tells it.
func (s *site) leavePage(w http.ResponseWriter, r *http.Request, status int, stage unsubscribe.Stage) error {
	if s.Subscriptions == nil {
		return errNothing()
	}
	token := r.PathValue("token")
	language := locale.Match(r.Header.Get("Accept-Language"))
	if linguist, ok := s.Subscriptions.(Linguist); ok && len(token) <= maxToken && stage != unsubscribe.Bad {
		known, err := linguist.Language(r.Context(), token)
		switch wire.KindOf(err) {
		case "":
			if known != "" {
				language = locale.For(known).Language()
			}
		case wire.NotFound, wire.Invalid:
			status, stage = http.StatusNotFound, unsubscribe.Bad
		default:
			return err
		}
	}
	base := s.base(language, frontPath)
	base.Feeds = nil
	body, err := s.unsubscribe.Render(unsubscribe.New(base, stage, r.URL.EscapedPath()))
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", typeHTML)
	h.Set("Content-Language", language)
	h.Set("Cache-Control", "no-store")
	// Not no-referrer: that makes browsers send the form with "Origin: null".
	h.Set("Referrer-Policy", "same-origin")
	w.WriteHeader(status)
	w.Write(body)
	return nil
}
