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
	var parts []string
	add := func(texts ...string) {
		for _, s := range texts {
			if s = strings.TrimSpace(s); s != "" {
				parts = append(parts, s)
			}
		}
	}
	add(format.Notice(it, p))
	add(strings.Join(format.Changes(it, p), "\n"))
	add(format.Headline(it, p))
	if !it.Action.Withdraws() {
		add(it.Subheads...)
		add(wire.PlainText(format.Story(it, p)))
		if len(it.Boilerplate) > 0 {
			add(p.T("item.about"), wire.PlainText(it.Boilerplate))
		}
		if len(it.Contacts) > 0 {
			lines := []string{p.T("item.contacts")}
			for _, c := range it.Contacts {
				lines = append(lines, format.Contact(c))
			}
			add(strings.Join(lines, "\n"))
		}
		add(strings.Join(format.Credits(it, p), "\n"))
		add(wire.PlainText(it.Disclaimer))
	}
	add(link, End)
	return []byte(strings.Join(parts, "\n\n") + "\n")
}
