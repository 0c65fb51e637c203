package site

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/wireroom/wireroom/internal/archive"
	"github.com/wireroom/wireroom/internal/format/offer"
	"github.com/wireroom/wireroom/internal/locale"
	"github.com/wireroom/wireroom/internal/vocab"
	"github.com/wireroom/wireroom/internal/web/site/front"
	"github.com/wireroom/wireroom/internal/web/site/item"
	"github.com/wireroom/wireroom/internal/web/site/search"
	"github.com/wireroom/wireroom/internal/web/site/tombstone"
	"github.com/wireroom/wireroom/internal/web/ui"
	"github.com/wireroom/wireroom/internal/wire"
)

// perPage is how many headlines stand on a page: about 20 KB before, 5 KB after
// compression.
const perPage = 40

// headlines is the front page of a language or of one of its sectors.
func (s *site) headlines(w http.ResponseWriter, r *http.Request) error {
	language, err := wireLanguage(r)
	if err != nil {
		return err
	}
	sector, err := knownSector(r)
	if err != nil {
		return err
	}
	path := sectorPath(language.Tag, sector)
	if r.URL.Path != path {
		http.Redirect(w, r, path, http.StatusMovedPermanently)
		return nil
	}
	var before int64
	if text := r.URL.Query().Get("before"); text != "" {
		if before, err = strconv.ParseInt(text, 10, 64); err != nil || before <= 0 {
			return errNothing()
		}
	}
	key := fmt.Sprintf("%s?before=%d", path, before)
	return s.send(w, r, key, func(ctx context.Context) (*sheet, error) {
		return s.makeHeadlines(ctx, language.Tag, sector, before)
	})
}

func (s *site) makeHeadlines(ctx context.Context, language, sector string, before int64) (*sheet, error) {
	found, err := s.Archive.Page(ctx, archive.Query{Language: language, Sector: sector, Before: before, Limit: perPage})
	if err != nil {
		return nil, err
	}
	place := func(tag string) string { return sectorPath(tag, sector) }
	base := s.base(language, place)
	base.Feeds = s.feeds(language, sector)
	base.Description = base.L.T("site.tagline")
	if sector != "" {
		base.Title = vocab.SectorName(sector, language)
	}
	path := place(language)
	base.Canonical = s.absolute(path)
	if before == 0 {
		base.Alternates = s.alternates(place)
	} else {
		base.Canonical += fmt.Sprintf("?before=%d", before)
	}
	page := front.New(base, front.Input{
		Items: found.Items, Sector: sector, First: before == 0,
		Href: s.itemPath,
		At:   func(code string) string { return sectorPath(language, code) },
	})
	if found.Next != 0 {
		page.Older = fmt.Sprintf("%s?before=%d", path, found.Next)
	}
	if before != 0 {
		page.Newest = path
	}
	body, err := s.front.Render(page)
	return &sheet{Status: http.StatusOK, Type: typeHTML, Language: language, Body: body}, err
}

// alternates is the hreflang set of a place that every language has.
func (s *site) alternates(place func(tag string) string) []ui.Link {
	var links []ui.Link
	for _, l := range vocab.Languages() {
		links = append(links, ui.Link{Lang: l.Tag, Href: s.absolute(place(l.Tag))})
	}
	if place("en") == frontPath("en") {
		return append(links, ui.Link{Lang: "x-default", Href: s.absolute("/")})
	}
	return append(links, ui.Link{Lang: "x-default", Href: s.absolute(place("en"))})
}

// release answers for everything below /{lang}/r/: the page of an edition and
// its formats. An address with an outdated or wrong slug leads to the right
// one, so that nobody can make a release's address say what they like.
func (s *site) release(w http.ResponseWriter, r *http.Request) error {
	id, slug, ext, ok := splitName(r.PathValue("name"))
	if !ok {
		return errNothing()
	}
	language := r.PathValue("lang")
	if ext != "" {
		return s.send(w, r, r.URL.Path, func(ctx context.Context) (*sheet, error) {
			return s.makeRelease(ctx, language, id, slug, ext)
		})
	}
	ext = s.chosen(r, language)
	return s.send(w, r, r.URL.Path+"?"+ext, func(ctx context.Context) (*sheet, error) {
		sh, err := s.makeRelease(ctx, language, id, slug, ext)
		if sh != nil {
			sh.Chosen = true
		}
		return sh, err
	})
}

// chosen is the extension of the format that a client wants at the address of a
// page; "" for the page, which is also for those who take nothing that there is
// (RFC 9110 §15.5.7).
func (s *site) chosen(r *http.Request, language string) string {
	media, exts := []string{"text/html"}, []string{""}
	for _, f := range offer.All() {
		if f.Shown && f.Carries(language, s.Site) || f.Ext == "jsonld" {
			media, exts = append(media, f.Media), append(exts, f.Ext)
		}
	}
	return exts[max(0, offer.Choose(strings.Join(r.Header.Values("Accept"), ","), media))]
}

func (s *site) makeRelease(ctx context.Context, language string, id wire.ReleaseID, slug, ext string) (*sheet, error) {
	current, history, err := s.Archive.Edition(ctx, id, language)
	if wire.KindOf(err) == wire.NotFound {
		// Known or not, an address in another spelling of a language leads to
		// the one in the wire's.
		if l, ok := vocab.LookupLanguage(language); ok && l.Tag != language {
			at := wire.Item{Release: id, Edition: wire.Edition{Language: l.Tag}, Slug: slug}
			if ext != "" {
				return &sheet{Status: http.StatusMovedPermanently, Location: s.formatPath(&at, ext)}, nil
			}
			return &sheet{Status: http.StatusMovedPermanently, Location: s.itemPath(&at)}, nil
		}
	}
	switch {
	case err != nil:
		return nil, err
	case ext != "":
		return s.makeFormat(&current, ext)
	case slug != current.Slug && !current.Action.Withdraws():
		return &sheet{Status: http.StatusFound, Location: s.itemPath(&current)}, nil
	case current.Action == wire.Kill:
		return s.makeTombstone(&current)
	}
	return s.makeItem(ctx, current, history)
}

func (s *site) makeTombstone(kill *wire.Item) (*sheet, error) {
	base := s.base(kill.Language, frontPath)
	body, err := s.tombstone.Render(tombstone.New(base, kill))
	return &sheet{Status: http.StatusGone, Type: typeHTML, Language: base.L.Language(), Body: body}, err
}

func (s *site) makeItem(ctx context.Context, current wire.Item, history []wire.Item) (*sheet, error) {
	family, err := s.Archive.Family(ctx, current.Release)
	if err != nil {
		return nil, err
	}
	language := current.Language
	speaks := locale.For(language).Language()
	in := item.Input{
		Current: current, History: history,
		Like:     searchPath(speaks) + search.Request{Like: search.LikeOf(&current)}.Address(),
		Sector:   func(code string) string { return sectorPath(speaks, code) },
		Pictures: s.Site.PicturesURL(),
		Wire:     s.Site, Translations: map[string]string{},
	}
	canonical := s.Site.ItemURL(&current)
	alternates := []ui.Link{{Lang: language, Href: canonical}}
	original := canonical // x-default: the text that prevails, while it stands
	for _, other := range usable(family, current) {
		address := s.Site.ItemURL(&other)
		in.Translations[other.Language] = s.Site.EditionURL(other.Release, other.Language)
		in.Family = append(in.Family, ui.Link{Href: s.itemPath(&other), Text: nativeName(other.Language), Lang: other.Language, Dir: vocab.Direction(other.Language)})
		alternates = append(alternates, ui.Link{Lang: other.Language, Href: address})
		if len(current.Editions) > 0 && other.Language == current.Editions[0] {
			original = address
		}
	}
	for _, f := range offer.All() {
		if f.Shown && f.Carries(language, s.Site) {
			in.Formats = append(in.Formats, ui.Link{Href: s.formatPath(&current, f.Ext), Text: f.Label, Type: f.Media})
		}
	}
	base := s.base(language, func(tag string) string {
		if other, ok := family[tag]; ok {
			return s.itemPath(&other)
		}
		return frontPath(tag)
	})
	base.Canonical = canonical
	if !current.Action.Withdraws() {
		base.Renditions = in.Formats
		base.Alternates = append(alternates, ui.Link{Lang: "x-default", Href: original})
	}
	body, err := s.item.Render(item.New(base, in))
	// No time: the page also changes with the other editions.
	return &sheet{Status: http.StatusOK, Type: typeHTML, Language: speaks, Body: body}, err
}

// usable returns the other editions that may be used, in the order of the
// release: source first.
func usable(family map[string]wire.Item, current wire.Item) []wire.Item {
	var others []wire.Item
	for language, it := range family {
		if language != current.Language && !it.Action.Withdraws() {
			others = append(others, it)
		}
	}
	rank := func(language string) int {
		if i := slices.Index(current.Editions, language); i >= 0 {
			return i
		}
		return len(current.Editions)
	}
	slices.SortFunc(others, func(a, b wire.Item) int {
		if d := rank(a.Language) - rank(b.Language); d != 0 {
			return d
		}
		if a.Language < b.Language {
			return -1
		}
		return 1
	})
	return others
}

func nativeName(tag string) string {
	if l, ok := vocab.LookupLanguage(tag); ok {
		return l.Name
	}
	return tag
}
