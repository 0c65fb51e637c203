package site

import (
	"net/http"

	"github.com/wireroom/wireroom/internal/locale"
	"github.com/wireroom/wireroom/internal/vocab"
	"github.com/wireroom/wireroom/internal/web/site/notfound"
	"github.com/wireroom/wireroom/internal/web/ui"
	"github.com/wireroom/wireroom/internal/wire"
)

const typeHTML = "text/html; charset=utf-8"

// handler answers or returns an error and has written nothing.
type handler func(w http.ResponseWriter, r *http.Request) error

// serve sends the headers every answer has and turns errors into pages.
func (s *site) serve(h handler) http.Handler {
	policy := ui.Policy(s.Dev)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header.Set("X-Content-Type-Options", "nosniff")
		header.Set("Content-Security-Policy", policy)
		header.Set("Referrer-Policy", "strict-origin-when-cross-origin")
		if err := h(w, r); err != nil {
			s.fail(w, r, err)
		}
	})
}

// fail is where errors end. The page depends on the status and the language
// alone: what never was and what is not yet get the same bytes. It must not be
// kept anywhere, for what is not yet may be there the next moment.
func (s *site) fail(w http.ResponseWriter, r *http.Request, err error) {
	code := ui.Status(err)
	switch code {
	case http.StatusInternalServerError:
		s.Log.Error("a page failed", "path", r.URL.Path, "error", err)
	case http.StatusBadRequest:
		code = http.StatusNotFound // an address that cannot be is one that is not
	}
	language := s.spoken(r)
	body, err := s.notfound.Render(notfound.New(s.base(language, frontPath), code))
	if err != nil {
		s.Log.Error("the error page failed", "error", err)
		http.Error(w, http.StatusText(code), code)
		return
	}
	unkept(w, language)
	w.WriteHeader(code)
	w.Write(body)
}

// unkept begins the answer with a page in a language that is for this reader alone,
// and that nobody keeps.
func unkept(w http.ResponseWriter, language string) http.Header {
	h := w.Header()
	h.Set("Content-Type", typeHTML)
	h.Set("Content-Language", language)
	h.Set("Cache-Control", "no-store")
	return h
}

// spoken is the interface language of an address; where it names none, of the
// reader's browser.
func (s *site) spoken(r *http.Request) string {
	if l, ok := vocab.LookupLanguage(r.PathValue("lang")); ok {
		return l.Tag
	}
	return locale.Match(r.Header.Get("Accept-Language"))
}

// base is what all pages of one language share. place gives the address of the
// same place in another language.
func (s *site) base(language string, place func(tag string) string) ui.Page {
	l := locale.For(language)
	return ui.Page{
		L: l, Site: s.Site.Name, Home: frontPath(l.Language()), Search: searchPath(l.Language()),
		Languages: ui.LanguageLinks(l.Language(), place),
		Feeds:     s.feeds(l.Language(), ""),
	}
}

// root sends readers to the front page of the language they prefer.
func (s *site) root(w http.ResponseWriter, r *http.Request) error {
	header := w.Header()
	header.Set("Vary", "Accept-Language")
	header.Set("Cache-Control", "no-cache")
	http.Redirect(w, r, frontPath(locale.Match(r.Header.Get("Accept-Language"))), http.StatusFound)
	return nil
}

// bare puts the slash behind the address of a list.
func (s *site) bare(w http.ResponseWriter, r *http.Request) error {
	language, err := wireLanguage(r)
	if err != nil {
		return err
	}
	sector, err := knownSector(r)
	if err != nil {
		return err
	}
	http.Redirect(w, r, sectorPath(language.Tag, sector), http.StatusMovedPermanently)
	return nil
}

// nothing answers for every address that is not a route.
func (s *site) nothing(http.ResponseWriter, *http.Request) error { return errNothing() }

func errNothing() error { return wire.Errorf(wire.NotFound, "", "there is nothing at this address") }

// wireLanguage is the language an address names, in any spelling.
func wireLanguage(r *http.Request) (vocab.Language, error) {
	l, ok := vocab.LookupLanguage(r.PathValue("lang"))
	if !ok {
		return l, errNothing()
	}
	return l, nil
}

// knownSector is the sector an address names, "" if it names none.
func knownSector(r *http.Request) (string, error) {
	code := r.PathValue("sector")
	if code == "" {
		return "", nil
	}
	for _, s := range vocab.Sectors() {
		if s.Code == code {
			return code, nil
		}
	}
	return "", errNothing()
}
