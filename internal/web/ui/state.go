package ui

import (
	"time"

	"github.com/wireroom/wireroom/internal/locale"
	"github.com/wireroom/wireroom/internal/vocab"
	"github.com/wireroom/wireroom/internal/wire"
)

// Badge is a state as a reader sees it: glyph, word and colour, so that no
// state is told by colour alone.
type Badge struct {
	Class string // of the style: st-CLASS
	Icon  string // of the template "icon"
	Text  string
}

// State is the one word for how an item stands: "flash", "urgent",
// "ordinary", "held" or "killed". It chooses how a row looks.
func State(it *wire.Item) string {
	switch {
	case it.Action == wire.Kill:
		return "killed"
	case it.Action == wire.Hold:
		return "held"
	case it.Priority == wire.Flash, it.Priority == wire.Urgent:
		return string(it.Priority)
	}
	return "ordinary"
}

// Badges returns what is to be said about an item's state, most important
// first; nothing for an ordinary first version.
func Badges(it *wire.Item, l locale.Printer) []Badge {
	var badges []Badge
	add := func(class, icon, key string) { badges = append(badges, Badge{class, icon, l.T(key)}) }
	switch it.Action {
	case wire.Kill:
		add("killed", "killed", "state.killed")
		return badges
	case wire.Hold:
		add("held", "held", "state.held")
		return badges
	}
	switch it.Priority {
	case wire.Flash:
		add("flash", "flash", "state.flash")
	case wire.Urgent:
		add("urgent", "urgent", "state.urgent")
	}
	switch it.Action {
	case wire.Correct:
		add("corrected", "again", "state.corrected")
	case wire.Refile:
		add("corrected", "again", "state.refiled")
	case wire.Update:
		add("corrected", "again", "state.updated")
	}
	return badges
}

// Row is an item in a list of headlines.
type Row struct {
	State        string // see State
	Lead         bool   // the first story, set larger
	Instant      string // RFC 3339, when the story first appeared
	Clock        string // the same as hours and minutes, UTC
	Href         string
	Headline     string
	Lang, Dir    string // of the headline, where they are not the page's
	Summary      string
	Organisation string
	Sector       *Link
	Badges       []Badge
}

// NewRow returns the row of an item. What withdraws a story has no headline,
// so the row says in its place that it was withdrawn. sector turns a code into
// the address of its page.
func NewRow(it *wire.Item, l locale.Printer, href string, sector func(code string) string) Row {
	row := Row{
		State: State(it), Href: href, Headline: it.Headline, Organisation: it.Organisation, Badges: Badges(it, l),
		Instant: it.First.UTC().Format(time.RFC3339), Clock: it.First.UTC().Format("15:04"),
	}
	switch {
	case it.Action == wire.Kill:
		row.Headline = l.T("tombstone.title")
	case it.Action == wire.Hold:
		row.Headline = l.T("item.held_title")
	case it.Language != l.Language():
		row.Lang, row.Dir = it.Language, vocab.Direction(it.Language)
	}
	if code := MainSector(it.Sectors); code != "" {
		row.Sector = &Link{Href: sector(code), Text: vocab.SectorName(code, l.Language())}
	}
	return row
}

// MainSector returns the sector to show where there is room for one: the first
// that is an industry, else the first; "" if there is none.
func MainSector(sectors []string) string {
	for _, code := range sectors {
		if code != "top-story" && code != "daily-news" {
			return code
		}
	}
	if len(sectors) > 0 {
		return sectors[0]
	}
	return ""
}
