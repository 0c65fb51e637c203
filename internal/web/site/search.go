package site

import (
	"context"
	"net/http"

	"github.com/wireroom/wireroom/internal/archive"
	"github.com/wireroom/wireroom/internal/web/site/search"
	"github.com/wireroom/wireroom/internal/web/ui"
)

// Hits on a page of a search, and how many a story is compared with.
const (
	perSearch = 20
	perAlike  = 20
)

// searchPath is the address of the search in a language. The slash behind it
// keeps it apart from the feeds, which stand at /{lang}/{feed}.
func searchPath(language string) string { return frontPath(language) + "search/" }

// search is the page on which the archive is searched. It is made for each reader
// alone, so the press does not keep it: what can be asked has no end.
func (s *site) search(w http.ResponseWriter, r *http.Request) error {
	language, err := wireLanguage(r)
	if err != nil {
		return err
	}
	path := searchPath(language.Tag)
	request := search.Parse(r.URL.Query())
	if r.URL.Path != path {
		http.Redirect(w, r, path+request.Address(), http.StatusMovedPermanently)
		return nil
	}
	in := search.Input{
		Path: path, Request: request, Href: s.itemPath,
		Sector: func(code string) string { return sectorPath(language.Tag, code) },
	}
	if request.Asked() {
		if in.Err = s.lookUp(r.Context(), &in); in.Err != nil && !search.Said(in.Err) {
			return in.Err
		}
	}
	base := s.base(language.Tag, func(tag string) string { return searchPath(tag) + request.Address() })
	base.Search = "" // it is here
	body, err := s.searching.Render(search.New(base, in))
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", typeHTML)
	h.Set("Content-Language", language.Tag)
	h.Set("Cache-Control", "no-store")
	h.Set("Vary", "Accept-Encoding")
	status := ui.Status(in.Err)
	if status == http.StatusServiceUnavailable {
		h.Set("Retry-After", "5")
	}
	if ui.AcceptsGzip(r) {
		h.Set("Content-Encoding", "gzip")
		body = ui.Gzip(body)
	}
	w.WriteHeader(status)
	w.Write(body)
	return nil
}

// lookUp asks the archive what a request asks.
func (s *site) lookUp(ctx context.Context, in *search.Input) error {
	if in.Request.Like != "" {
		return s.lookAlike(ctx, in)
	}
	q, err := in.Request.Filter()
	if err != nil {
		return err
	}
	r := archive.Request{Query: q, Limit: perSearch, Cursor: in.Request.Cursor, Count: true}
	if in.Request.Best {
		r.Order = archive.Best
	}
	if r.Since, r.Until, err = archive.Window(in.Request.Since, in.Request.Until); err != nil {
		return err
	}
	found, err := s.Archive.Search(ctx, r)
	if err != nil {
		return err
	}
	if in.Request.Preview {
		in.Query = q.String()
		if in.Preview, err = s.Archive.Preview(ctx, q); err != nil {
			return err
		}
	}
	in.Found = found
	return nil
}

// lookAlike finds what resembles an edition.
func (s *site) lookAlike(ctx context.Context, in *search.Input) error {
	release, language, ok := in.Request.Edition()
	if !ok {
		return errNothing()
	}
	of, _, err := s.Archive.Edition(ctx, release, language)
	if err != nil {
		return err
	}
	if of.Action.Withdraws() { // its headline is nobody's to show
		return errNothing()
	}
	hits, err := s.Archive.Alike(ctx, release, language, perAlike)
	in.Alike, in.Found = &of, &archive.Results{Hits: hits}
	return err
}
