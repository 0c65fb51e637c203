package letter

import (
	"strings"

	"github.com/wireroom/wireroom/internal/format"
	"github.com/wireroom/wireroom/internal/locale"
	"github.com/wireroom/wireroom/internal/wire"
)

type composer struct {
	it       *wire.Item
	headline string
	site     format.Site
	p        locale.Printer
}

// marks are the keys of what is put before the subject of an amendment.
var marks = map[wire.Action]string{
	wire.Correct: "mail.correction_subject", wire.Update: "mail.update_subject", wire.Refile: "mail.refile_subject",
	wire.Hold: "mail.hold_subject", wire.Unhold: "mail.unhold_subject", wire.Kill: "mail.kill_subject",
}

// subject is the headline, for an amendment behind a mark in words: colours and
// symbols do not reach every mail program.
func (c *composer) subject() string {
	headline := c.headline
	if headline == "" {
		headline = format.Headline(c.it, c.p)
	}
	key := marks[c.it.Action]
	switch mark := c.p.T(key); {
	case key == "":
		return headline
	case strings.HasSuffix(mark, "】"):
		return mark + headline
	case strings.HasSuffix(mark, "]"):
		return mark + " " + headline
	default:
		return format.Label(c.p, key, headline)
	}
}

// said is the printer of what stands around the text, in which names, addresses and
// reasons of the other direction are met.
func (c *composer) said() locale.Printer { return c.p.Isolated() }

// notice is what an amendment has to say before the text.
func (c *composer) notice() string {
	switch c.it.Action {
	case wire.Hold:
		return format.WithReason(c.p.T("mail.hold_text"), c.it, c.said())
	case wire.Unhold:
		return format.WithReason(c.p.T("mail.unhold_text"), c.it, c.said())
	case wire.Kill:
		return format.WithReason(c.p.T("mail.kill_text"), c.it, c.said())
	}
	return format.Notice(c.it, c.said())
}

// text writes the letter as plain text.
func (c *composer) text() string {
	var parts []string
	add := func(texts ...string) {
		for _, s := range texts {
			if s = strings.TrimSpace(clean(s)); s != "" {
				parts = append(parts, s)
			}
		}
	}
	add(c.notice())
	add(strings.Join(format.Changes(c.it, c.said()), "\n"))
	add(c.headline)
	if !c.it.Action.Withdraws() {
		add(c.it.Subheads...)
		add(wire.PlainText(format.Story(c.it, c.p)), format.Pictures(c.it, c.said()))
		if len(c.it.Boilerplate) > 0 {
			add(c.p.T("item.about"), wire.PlainText(c.it.Boilerplate))
		}
		add(format.Contacts(c.it, c.said()))
	}
	add(strings.Join(format.Credits(c.it, c.said()), "\n"))
	add(wire.PlainText(c.it.Disclaimer))
	add(format.Label(c.p, "mail.view_online", c.site.ItemURL(c.it)))
	// RFC 3676 §4.3: what follows "-- " is not part of the message.
	return strings.Join(parts, "\n\n") + "\n\n-- \n" +
		string(gapReason) + c.p.T("mail.why", "why", string(gapWhy)) + "\n" + string(gapReasonEnd) + textFoot(c.p)
}

// textFoot says how the letters are changed and ended: behind one address, which
// is a page that asks.
func textFoot(p locale.Printer) string {
	return p.T("mail.preferences") + " · " + format.Label(p, "mail.unsubscribe", string(gapUnsubscribe)) + "\n"
}
