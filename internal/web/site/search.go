package site

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/wireroom/wireroom/internal/archive"
	"github.com/wireroom/wireroom/internal/format/feed"
	"github.com/wireroom/wireroom/internal/match"
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
	in := s.searchInput(language.Tag, request)
	if request.Asked() {
		if in.Err = s.lookUp(r.Context(), &in); in.Err != nil && !search.Said(in.Err) {
			return in.Err
		}
	}
	return s.searchPage(w, r, language.Tag, in)
}

// searchInput is what the page of a search shows before it is known what is found.
func (s *site) searchInput(language string, request search.Request) search.Input {
	return search.Input{
		Path: searchPath(language), Request: request, Href: s.itemPath,
		Sector: func(code string) string { return sectorPath(language, code) },
		Stream: s.Site.StreamURL(),
	}
}

// searchPage writes the page of a search.
func (s *site) searchPage(w http.ResponseWriter, r *http.Request, language string, in search.Input) error {
	base := s.base(language, func(tag string) string { return searchPath(tag) + in.Request.Address() })
	base.Search = "" // it is here
	if in.Found != nil && in.Alike == nil {
		base.Feeds = s.searchFeeds(language, in.Request)
	}
	body, err := s.searching.Render(search.New(base, in))
	if err != nil {
		return err
	}
	h := unkept(w, language)
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

// searchFeeds links to the feeds of a search.
func (s *site) searchFeeds(language string, request search.Request) []ui.Link {
	var links []ui.Link
	for _, k := range feedKinds {
		address := s.Site.SearchFeedURL(language, k.kind, request.Standing().Address())
		links = append(links, ui.Link{Href: strings.TrimPrefix(address, s.Site.BaseURL), Text: k.name, Type: k.media, Rel: "nofollow"})
	}
	return links
}

// searchFeed answers for /{lang}/search/feed.KIND with what the page would find,
// the newest first, and with what became of it. What is wrong with a search is
// said by its page. The press does not keep it: the index follows the wire at a
// distance, so one number can have several.
func (s *site) searchFeed(w http.ResponseWriter, r *http.Request) error {
	language, err := wireLanguage(r)
	if err != nil {
		return err
	}
	k, err := kindOfFeed(r.PathValue("feed"))
	if err != nil {
		return err
	}
	request := search.Parse(r.URL.Query())
	if request.Like != "" { // what resembles a story is no search
		return errNothing()
	}
	request = request.Standing()
	self := s.Site.SearchFeedURL(language.Tag, k.kind, request.Address())
	if path := searchPath(language.Tag) + "feed." + k.kind; r.URL.Path != path {
		http.Redirect(w, r, path+request.Address(), http.StatusMovedPermanently)
		return nil
	}
	sh, err := s.makeSearchFeed(r.Context(), language.Tag, k, request)
	switch {
	case err != nil && search.Said(err):
		in := s.searchInput(language.Tag, request)
		in.Err = err
		return s.searchPage(w, r, language.Tag, in)
	case err != nil:
		return err
	}
	sh.Link = fmt.Sprintf(`<%s>; rel="self"`, self)
	sh.finish()
	w.Header().Set("X-Robots-Tag", "noindex")
	s.write(w, r, sh)
	return nil
}

func (s *site) makeSearchFeed(ctx context.Context, language string, k feedKind, request search.Request) (*sheet, error) {
	if !request.Asked() { // everything has feeds of its own
		_, err := match.Parse(request.Query)
		return nil, err
	}
	q, err := request.Filter()
	if err != nil {
		return nil, err
	}
	asked := archive.Request{Query: q, Limit: perFeed}
	if asked.Since, asked.Until, err = archive.Window(request.Since, request.Until); err != nil {
		return nil, err
	}
	items, err := s.Archive.Follow(ctx, asked)
	if err != nil {
		return nil, err
	}
	return k.sheet(feed.Feed{Site: s.Site, Language: language, Search: &feed.Search{Query: q.String(), Parameters: request.Address()}, Items: items})
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
