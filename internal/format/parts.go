package format

import (
	"cmp"
	"html"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/cases"
	"golang.org/x/text/language"

	"github.com/wireroom/wireroom/internal/locale"
	"github.com/wireroom/wireroom/internal/vocab"
	"github.com/wireroom/wireroom/internal/wire"
)

// Direction is "rtl" or "ltr", by the item's language.
func Direction(it *wire.Item) string { return vocab.Direction(it.Language) }

// Attributes are lang and dir of an HTML element in a language, with a space
// before each.
func Attributes(tag string) string {
	return ` lang="` + html.EscapeString(tag) + `" dir="` + vocab.Direction(tag) + `"`
}

// Label is the text of a key with a value behind a colon, as the printer's
// language sets it.
func Label(p locale.Printer, key, value string) string {
	return p.T(key) + colon(p.Language()) + p.Isolate(value)
}

func colon(tag string) string {
	switch tag {
	case "ja", "zh-Hans", "zh-Hant":
		return "："
	case "fr":
		return "\u00a0: "
	}
	return ": "
}

// Dateline is place, date and wire mark as they are printed before the lead, in
// the custom of the printer's language: "SINGAPORE, 5 May 2026 (MARK) –". It is
// empty if the item has none of them.
func Dateline(it *wire.Item, p locale.Printer) string {
	d := it.Dateline
	var date string
	if t, err := time.Parse(time.DateOnly, d.Date); err == nil {
		date = p.Date(t)
	}
	city, comma, opening, closing, dash := d.City, ", ", " (", ")", " –"
	switch tag := p.Language(); tag {
	case "ja":
		comma, opening, closing, dash = "、", "（", "）", "—"
	case "zh-Hans", "zh-Hant":
		comma, opening, closing, dash = "，", "（", "）", "——"
	case "ar":
		comma = "، "
	default:
		// By the rules of the language: German writes ß as SS.
		city = cases.Upper(language.Make(tag)).String(city)
	}
	line := city
	if line != "" && date != "" {
		line += comma
	}
	line += date
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

// Story is the item's text with its dateline in bold before the lead, or in a
// paragraph of its own where the text does not begin with a paragraph in the
// item's language. The item's blocks are not changed.
func Story(it *wire.Item, p locale.Printer) []wire.Block {
	line := Dateline(it, p)
	if line == "" || len(it.Body) == 0 {
		return it.Body
	}
	bold := "<strong>" + wire.PlainInline(line) + "</strong>"
	first := it.Body[0]
	if first.Kind != wire.Paragraph || first.Lang != "" || first.Dir != "" {
		return append([]wire.Block{{Kind: wire.Paragraph, Text: bold}}, it.Body...)
	}
	if !strings.HasSuffix(line, "—") { // scripts that set no space after a dash get none
		bold += " "
	}
	first.Text = bold + first.Text
	return append([]wire.Block{first}, it.Body[1:]...)
}

// Headline is the headline of an item, or, where it withdraws the story, what
// stands in its place.
func Headline(it *wire.Item, p locale.Printer) string {
	switch it.Action {
	case wire.Kill:
		return p.T("tombstone.title")
	case wire.Hold:
		return p.T("item.held_title")
	}
	return it.Headline
}

// Notice is what a reader must be told about an item before its text, in one or
// two sentences; "" where it simply holds.
func Notice(it *wire.Item, p locale.Printer) string {
	date := p.DateTime(it.ClearTime.UTC()) + " UTC"
	var notice string
	switch it.Action {
	case wire.Kill:
		notice = p.T("banner.killed")
	case wire.Hold:
		notice = p.T("banner.held")
	case wire.Correct:
		notice = p.T("banner.corrected", "date", date)
	case wire.Refile:
		notice = p.T("banner.refiled", "date", date)
	case wire.Update:
		notice = p.T("banner.updated", "date", date)
	default:
		return ""
	}
	return WithReason(notice, it, p)
}

// WithReason adds the reason that the desk gave to a notice, if it gave one.
func WithReason(notice string, it *wire.Item, p locale.Printer) string {
	if it.Reason == "" {
		return notice
	}
	if !strings.HasSuffix(notice, "。") { // which brings its own space
		notice += " "
	}
	return notice + Label(p, "banner.reason", it.Reason)
}

// Changes says in words what a correction, update or refiling changed, a line
// for each change.
func Changes(it *wire.Item, p locale.Printer) []string {
	if it.Action.Withdraws() {
		return nil
	}
	var lines []string
	for _, c := range it.Changes {
		name, readable := changedPart(c.Field, p)
		line := name
		if readable && c.Old != "" {
			line += " – " + Label(p, "change.was", Line(c.Old))
		}
		if readable && c.New != "" {
			line += " – " + Label(p, "change.now", Line(c.New))
		}
		lines = append(lines, line)
	}
	return lines
}

// Line is a name on one line, which is all that formats take for names.
func Line(s string) string { return strings.Join(strings.Fields(s), " ") }

// changedPart names the part of an item that a change is about, and says
// whether its old and new values are texts for readers. body/3 is the third
// block: wire.Change counts from 1.
func changedPart(field string, p locale.Printer) (name string, readable bool) {
	part, place, _ := strings.Cut(field, "/")
	switch part {
	case "headline":
		return p.T("change.headline"), true
	case "subheads":
		return p.T("change.subheads"), true
	case "body":
		if n, err := strconv.Atoi(place); err == nil {
			return p.T("change.paragraph", "n", n), true
		}
		return p.T("change.text"), true
	case "boilerplate":
		return p.T("item.about"), true
	case "disclaimer":
		return p.T("item.disclaimer"), true
	case "organisation":
		return p.T("item.source"), true
	case "dateline":
		return p.T("change.dateline"), false
	case "contacts":
		return p.T("item.contacts"), false
	case "pictures":
		return p.T("item.pictures"), false
	case "sectors":
		return p.T("nav.sectors"), false
	case "subjects":
		return p.T("item.subjects"), false
	case "places":
		return p.T("item.places"), false
	}
	return field, false
}

// Source names who speaks: the issuer, or the provider of third-party content.
func Source(it *wire.Item) string {
	if it.Organisation == "" && it.Provider != nil {
		return it.Provider.Name
	}
	return it.Organisation
}

// Credits are the lines that say where a text comes from: who speaks, who
// supplied it and in which words they want to be named, and of which text it is
// a translation.
func Credits(it *wire.Item, p locale.Printer) []string {
	var lines []string
	if it.Organisation != "" {
		lines = append(lines, Label(p, "item.source", it.Organisation))
	}
	if c := it.Provider; c != nil {
		lines = append(lines, p.T("item.provided_by", "name", c.Name))
		if c.Line != "" {
			lines = append(lines, p.Isolate(c.Line))
		}
	}
	if t := it.Translation; t != nil && t.From != "" {
		name := vocab.LanguageName(t.From, p.Language())
		lines = append(lines, p.T("item.translated_from", "language", name), p.T("item.original_prevails", "language", name))
	}
	return lines
}

// Contact is a press contact in one line.
func Contact(c wire.PressContact) string { return locale.Printer{}.Apart(contactParts(c)) }

func contactParts(c wire.PressContact) []string {
	return given(c.Name, c.Role, c.Organisation, c.Email, c.Phone)
}

// given are those of several texts that there are.
func given(texts ...string) []string {
	return slices.DeleteFunc(texts, func(s string) bool { return s == "" })
}

// Contacts are the press contacts of an item as lines below a heading; empty for
// an item without.
func Contacts(it *wire.Item, p locale.Printer) string {
	if len(it.Contacts) == 0 {
		return ""
	}
	lines := []string{p.T("item.contacts")}
	for _, c := range it.Contacts {
		lines = append(lines, p.Apart(contactParts(c)))
	}
	return strings.Join(lines, "\n")
}

// Pictures are the pictures of an item as lines of text below a heading: what is
// printed below each, who must be named, and where it is. It is empty for an
// item without.
func Pictures(it *wire.Item, p locale.Printer) string {
	if len(it.Pictures) == 0 {
		return ""
	}
	lines := []string{p.T("item.pictures")}
	for _, pic := range it.Pictures {
		lines = append(lines, p.Apart(given(Line(cmp.Or(pic.Caption, pic.Alt)), Line(pic.Credit), pic.URL)))
	}
	return strings.Join(lines, "\n")
}
