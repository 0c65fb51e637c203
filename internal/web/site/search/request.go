package search

import (
	"net/url"
	"slices"
	"strings"

	"github.com/wireroom/wireroom/internal/archive"
	"github.com/wireroom/wireroom/internal/match"
	"github.com/wireroom/wireroom/internal/wire"
)

// Fields by which a search is narrowed, in the order they stand on the page.
// They are named as the API names them.
var fields = []string{archive.FieldLanguage, archive.FieldSector, archive.FieldCountry, archive.FieldOrganisation}

// maxValues bounds the values of one field; the page leads to no more.
const maxValues = 20

// Request is a search as it stands in an address. The zero Request asks for
// nothing yet.
type Request struct {
	Query        string              // as it was typed
	Values       map[string][]string // by field: values of one are alternatives
	Since, Until string              // as archive.Window reads them
	Best         bool                // by relevance, not the newest first
	Cursor       string
	Like         string // "RELEASE.LANGUAGE": what resembles that edition; the rest counts for nothing
	Preview      bool   // tell what it would have brought
}

// Parse reads the parameters of an address. It never fails: what makes no sense
// is told by Filter, Edition, or the archive.
func Parse(v url.Values) Request {
	r := Request{
		Query: strings.TrimSpace(v.Get("q")), Since: v.Get("since"), Until: v.Get("until"), Best: v.Get("order") == string(archive.Best),
		Cursor: v.Get("cursor"), Like: v.Get("like"), Preview: v.Get("preview") != "", Values: map[string][]string{},
	}
	for _, field := range fields {
		for _, value := range v[field] {
			if value != "" && len(r.Values[field]) < maxValues && !slices.Contains(r.Values[field], value) {
				r.Values[field] = append(r.Values[field], value)
			}
		}
	}
	return r
}

// Address is the request as the parameters of an address: "?…", or "" for the
// empty one.
func (r Request) Address() string {
	v := url.Values{}
	set := func(name, value string) {
		if value != "" {
			v.Set(name, value)
		}
	}
	if r.Like != "" {
		return "?" + url.Values{"like": {r.Like}}.Encode()
	}
	set("q", r.Query)
	set("since", r.Since)
	set("until", r.Until)
	set("cursor", r.Cursor)
	if r.Best {
		v.Set("order", string(archive.Best))
	}
	if r.Preview {
		v.Set("preview", "1")
	}
	for field, values := range r.Values {
		if len(values) > 0 {
			v[field] = values
		}
	}
	if len(v) == 0 {
		return ""
	}
	return "?" + v.Encode()
}

// Asked reports whether anything is searched for.
func (r Request) Asked() bool {
	return r.Query != "" || r.Like != "" || r.Since != "" || r.Until != "" || slices.ContainsFunc(fields, func(f string) bool { return len(r.Values[f]) > 0 })
}

// Filter is the search as one query; the error is match's.
func (r Request) Filter() (*match.Query, error) {
	return match.FromFilter(match.Filter{
		Languages: r.Values[archive.FieldLanguage], Sectors: r.Values[archive.FieldSector],
		Countries: r.Values[archive.FieldCountry], Organisations: r.Values[archive.FieldOrganisation], Text: r.Query,
	})
}

// Edition is the edition that Like names.
func (r Request) Edition() (release wire.ReleaseID, language string, ok bool) {
	id, language, ok := strings.Cut(r.Like, ".")
	return wire.ReleaseID(id), language, ok && wire.ValidToken(id) && language != ""
}

// LikeOf names an edition as Like does.
func LikeOf(it *wire.Item) string { return string(it.Release) + "." + it.Language }

// at is the request from its first page on: a change of the search begins anew.
func (r Request) at() Request {
	r.Cursor, r.Preview, r.Like = "", false, ""
	return r
}

// Standing is what of the request holds for what is still to come.
func (r Request) Standing() Request {
	r = r.at()
	r.Best = false
	return r
}

// with is the request with a value added to a field, or without it if it is there.
func (r Request) with(field, value string) Request {
	r = r.at()
	values := map[string][]string{}
	for f, v := range r.Values {
		values[f] = slices.Clone(v)
	}
	if i := slices.Index(values[field], value); i >= 0 {
		values[field] = slices.Delete(values[field], i, i+1)
	} else {
		values[field] = append(values[field], value)
	}
	r.Values = values
	return r
}

// between is the request with other bounds in time.
func (r Request) between(since, until string) Request {
	r = r.at()
	r.Since, r.Until = since, until
	return r
}
