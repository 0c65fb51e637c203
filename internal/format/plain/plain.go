// Package plain writes an item as the text a journalist pastes: headline,
// dateline and lead, paragraphs, nothing to clean away.
//
// It does no I/O.
package plain

import (
	"strings"

	"github.com/wireroom/wireroom/internal/format"
	"github.com/wireroom/wireroom/internal/locale"
	"github.com/wireroom/wireroom/internal/wire"
)

// End closes the text, as telegraphers did: what comes after it is not part of
// the story.
const End = "-30-"

// Encode writes an item in UTF-8: one paragraph a line, an empty line between
// paragraphs, a line feed at the end. Direction follows from the text itself,
// so no control characters are put in.
func Encode(it *wire.Item, p locale.Printer) []byte { return encode(it, "", p) }

// EncodeLinked is Encode with the address of the item's page before the end.
func EncodeLinked(it *wire.Item, site format.Site, p locale.Printer) []byte {
	return encode(it, site.ItemURL(it), p)
}

func encode(it *wire.Item, link string, p locale.Printer) []byte {
	before, after := Paragraphs(it, p)
	parts := append(before, strings.TrimSpace(format.Headline(it, p)))
	parts = append(parts, after...)
	if link != "" {
		parts = append(parts, link)
	}
	return []byte(strings.Join(append(parts, End), "\n\n") + "\n")
}

// Paragraphs are the texts of an item before its headline, which say what it
// changes, and after it: the story with all that belongs to it. None is empty.
func Paragraphs(it *wire.Item, p locale.Printer) (before, after []string) {
	before = filled(format.Notice(it, p), strings.Join(format.Changes(it, p), "\n"))
	if it.Action.Withdraws() {
		return before, nil
	}
	after = filled(it.Subheads...)
	for _, b := range format.Story(it, p) {
		after = append(after, filled(b.PlainText())...)
	}
	after = append(after, filled(format.Pictures(it, p))...)
	if len(it.Boilerplate) > 0 {
		after = append(after, filled(p.T("item.about"), wire.PlainText(it.Boilerplate))...)
	}
	after = append(after, filled(format.Contacts(it, p), strings.Join(format.Credits(it, p), "\n"), wire.PlainText(it.Disclaimer))...)
	return before, after
}

func filled(texts ...string) []string {
	var all []string
	for _, s := range texts {
		if s = strings.TrimSpace(s); s != "" {
			all = append(all, s)
		}
	}
	return all
}
