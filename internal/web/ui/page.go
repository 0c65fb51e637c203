package ui

import (
	"net/http"

	"github.com/wireroom/wireroom/internal/locale"
	"github.com/wireroom/wireroom/internal/vocab"
	"github.com/wireroom/wireroom/internal/wire"
)

// Page is what the shell needs to know; the data of every page embeds it.
// Templates speak through L and hold no wording of their own.
type Page struct {
	L           locale.Printer
	Site        string // name of the wire
	Home        string // path of the front page
	Search      string // path of the search; "" on its own page and where there is none
	Title       string // of the document, without the name of the wire; "" on the front page
	Description string // one or two sentences for search engines and previews
	Canonical   string // absolute address; "" for pages that have none
	Hidden      bool   // keep out of search engines
	Languages   []Link // the same place in other languages, for the header
	Alternates  []Link // hreflang set: absolute addresses, x-default among them
	Feeds       []Link // feeds of this place; Type is set
	Renditions  []Link // this very text in other formats; Type is set
	Story       *Story // for pages of one release
	Graph       any    // schema.org JSON-LD; nil for none
}

// Link is an address and what to call it.
type Link struct {
	Href    string
	Text    string
	Lang    string // of what it leads to, BCP 47
	Dir     string // of Text
	Type    string // media type
	Rel     string // what it is to this page, such as "nofollow"; "" says nothing
	Current bool   // it leads here
}

// Story is what previews of a release show (Open Graph, "article").
type Story struct {
	Published, Modified string // RFC 3339
	Section             string
}

// LanguageLinks returns a link for every language of the wire, in display
// order, under its native name.
func LanguageLinks(current string, href func(tag string) string) []Link {
	var links []Link
	for _, l := range vocab.Languages() {
		dir := "ltr"
		if l.RTL {
			dir = "rtl"
		}
		links = append(links, Link{Href: href(l.Tag), Text: l.Name, Lang: l.Tag, Dir: dir, Current: l.Tag == current})
	}
	return links
}

// Speaking returns the link of the language the page is in, for the closed
// menu; the zero Link if it is none of them.
func (p Page) Speaking() Link {
	for _, l := range p.Languages {
		if l.Current {
			return l
		}
	}
	return Link{Text: p.L.Language(), Lang: p.L.Language(), Dir: p.L.Direction()}
}

// Policy is the Content-Security-Policy of a face without scripts. JSON-LD is
// data, not script, and needs no leave. In development the page may load the
// script that reloads it.
func Policy(dev bool) string {
	policy := "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
	if dev {
		policy += "; script-src 'self'; connect-src 'self'"
	}
	return policy
}

// Status is the one place where kinds of errors become statuses of HTTP, for
// pages and API alike.
func Status(err error) int {
	switch wire.KindOf(err) {
	case "":
		return http.StatusOK
	case wire.Invalid:
		return http.StatusBadRequest
	case wire.NotFound:
		return http.StatusNotFound
	case wire.Conflict:
		return http.StatusConflict
	case wire.Forbidden:
		return http.StatusForbidden
	case wire.Exhausted:
		return http.StatusRequestEntityTooLarge
	case wire.Unavailable:
		return http.StatusServiceUnavailable
	default:
		return http.StatusInternalServerError
	}
}
