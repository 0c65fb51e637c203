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

// Encode writes an item in UTF-8: one paragraph a line, an empty line between
// paragraphs, a line feed at the end. Direction follows from the text itself,
// so no control characters are put in.
func Encode(it *wire.Item, p locale.Printer) []byte {
	var parts []string
	add := func(s string) {
		if s = strings.TrimSpace(s); s != "" {
			parts = append(parts, s)
		}
	}
	add(format.Notice(it, p))
	add(format.Headline(it, p))
	if it.Action.Withdraws() {
		return []byte(strings.Join(parts, "\n\n") + "\n")
	}
	for _, s := range it.Subheads {
		add(s)
	}
	dateline := format.Dateline(it, p)
	for i, b := range it.Body {
		text := b.PlainText()
		if i == 0 && dateline != "" {
			if b.Kind == wire.Paragraph {
				text = join(dateline, text)
			} else {
				add(dateline)
			}
		}
		add(text)
	}
	if len(it.Boilerplate) > 0 {
		add(p.T("item.about"))
		add(wire.PlainText(it.Boilerplate))
	}
	add(contacts(it, p))
	if source := format.Source(it); source != "" {
		add(p.T("item.source") + ": " + source)
	}
	if it.Provider != nil {
		add(p.T("item.provided_by", "name", it.Provider.Name))
		add(it.Provider.Line)
	}
	add(wire.PlainText(it.Disclaimer))
	return []byte(strings.Join(parts, "\n\n") + "\n")
}

// join puts the dateline before the lead; scripts that set no space after a
// dash get none.
func join(dateline, lead string) string {
	if strings.HasSuffix(dateline, "—") {
		return dateline + lead
	}
	return dateline + " " + lead
}

func contacts(it *wire.Item, p locale.Printer) string {
	if len(it.Contacts) == 0 {
		return ""
	}
	lines := []string{p.T("item.contacts")}
	for _, c := range it.Contacts {
		var parts []string
		for _, s := range []string{c.Name, c.Role, c.Organisation, c.Email, c.Phone} {
			if s != "" {
				parts = append(parts, s)
			}
		}
		lines = append(lines, strings.Join(parts, " · "))
	}
	return strings.Join(lines, "\n")
}
