package format

import (
	"strings"
	"time"

	"github.com/wireroom/wireroom/internal/locale"
	"github.com/wireroom/wireroom/internal/vocab"
	"github.com/wireroom/wireroom/internal/wire"
)

// Site is where a wire is on the web.
type Site struct {
	BaseURL string // https://wire.example, without a slash at the end
	Name    string // of the wire
}

// ItemURL is the page of an item's edition. It stays the same through all
// versions: pages are found by the id, the slug is for people.
func (s Site) ItemURL(it *wire.Item) string {
	address := s.EditionURL(it.Release, it.Language)
	if it.Slug != "" {
		address += "-" + it.Slug
	}
	return address
}

// EditionURL is the page of an edition without its slug.
func (s Site) EditionURL(release wire.ReleaseID, language string) string {
	return s.BaseURL + "/" + language + "/r/" + string(release)
}

// FormatURL is the edition of an item in a format: "json" is ninjs, "txt" plain
// text.
func (s Site) FormatURL(it *wire.Item, ext string) string {
	return s.EditionURL(it.Release, it.Language) + "." + ext
}

// FrontURL is the front page of a language, or of one of its sectors.
func (s Site) FrontURL(language, sector string) string {
	if sector != "" {
		return s.BaseURL + "/" + language + "/s/" + sector + "/"
	}
	return s.BaseURL + "/" + language + "/"
}

// FeedURL is a feed of a language, or of one of its sectors: kind is rss, atom
// or json. One address has one representation, as WebSub wants (§4).
func (s Site) FeedURL(language, sector, kind string) string {
	return s.FrontURL(language, sector) + "feed." + kind
}

// HubURL is the WebSub hub of the feeds.
func (s Site) HubURL() string { return s.BaseURL + "/hub" }

// UnsubscribeURL ends the subscription whose token it carries.
func (s Site) UnsubscribeURL(token string) string { return s.BaseURL + "/u/" + token }

// Dateline is place, date and wire mark as they are printed before the lead, in
// the custom of the edition's language: "SINGAPORE, 5 May 2026 (MARK) –". It is
// empty if the item has none of them.
func Dateline(it *wire.Item, p locale.Printer) string {
	d := it.Dateline
	var date string
	if t, err := time.Parse(time.DateOnly, d.Date); err == nil {
		date = p.Date(t)
	}
	city := d.City
	comma, opening, closing, dash := ", ", " (", ")", " –"
	switch script := p.Language(); script {
	case "ja", "zh-Hans", "zh-Hant":
		comma, opening, closing, dash = "、", "（", "）", "——"
		if script != "ja" {
			comma = "，"
		} else {
			dash = "—"
		}
	case "ar":
		comma = "، "
	case "en", "fr", "de", "es", "pt", "id", "ms", "vi", "ru":
		city = strings.ToUpper(city)
	}
	line := city
	if date != "" {
		if line != "" {
			line += comma
		}
		line += date
	}
	if d.Mark != "" {
		if line == "" {
			opening = strings.TrimPrefix(opening, " ")
		}
		line += opening + d.Mark + closing
	}
	if line == "" {
		return ""
	}
	return line + dash
}

// Headline is the headline of an item, or, where it withdraws the story, what
// stands in its place.
func Headline(it *wire.Item, p locale.Printer) string {
	switch it.Action {
	case wire.Kill:
		return p.T("tombstone.title")
	case wire.Hold:
		return p.T("state.held")
	}
	return it.Headline
}

// Notice is what a reader must be told about an item before its text, in one or
// two sentences; "" where it simply holds.
func Notice(it *wire.Item, p locale.Printer) string {
	var notice string
	switch it.Action {
	case wire.Kill:
		notice = p.T("banner.killed")
	case wire.Hold:
		notice = p.T("banner.held")
	case wire.Correct:
		notice = p.T("banner.corrected", "date", p.DateTime(it.ClearTime)+" UTC")
	case wire.Refile:
		notice = p.T("banner.refiled", "date", p.DateTime(it.ClearTime)+" UTC")
	case wire.Update:
		notice = p.T("banner.updated", "date", p.DateTime(it.ClearTime)+" UTC")
	default:
		return ""
	}
	if it.Reason != "" {
		notice += " " + it.Reason
	}
	return notice
}

// Source names who speaks: the issuer, or the provider of third-party content.
func Source(it *wire.Item) string {
	if it.Organisation == "" && it.Provider != nil {
		return it.Provider.Name
	}
	return it.Organisation
}

// Direction is "rtl" or "ltr", by the item's language.
func Direction(it *wire.Item) string { return vocab.Direction(it.Language) }
