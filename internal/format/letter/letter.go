// Package letter writes the mail of an item: once per item and language, with
// gaps for what is personal, so that a letter to one more person costs little.
//
// It writes the text and HTML of a letter, not the message: headers, encoding
// and signatures are the courier's.
package letter

import (
	"html"
	"strings"

	"github.com/wireroom/wireroom/internal/format"
	"github.com/wireroom/wireroom/internal/locale"
	"github.com/wireroom/wireroom/internal/wire"
)

// Template is a letter with gaps. It is read-only and safe for concurrent use.
type Template struct {
	Subject  string
	Language string // of the letter; BCP 47
	text     []string
	html     []string
}

// The gaps, in the order in which they come. They are private-use characters,
// which no text of the wire holds where this package puts it together.
const (
	gapWhy         = "\ue000"
	gapUnsubscribe = "\ue001"
)

// Compose writes the letter of an item. headline is that of the story the item
// speaks about, for one that withdraws it and so carries none; it may be empty.
func Compose(it *wire.Item, headline string, site format.Site, p locale.Printer) *Template {
	if it.Headline != "" {
		headline = it.Headline
	}
	c := composer{it: it, headline: clean(headline), site: site, p: p}
	return &Template{
		Subject: c.subject(), Language: it.Language,
		text: split(c.text()), html: split(c.html()),
	}
}

// Render fills the gaps for one person: why they are written to, and the
// address that ends their subscription.
func (t *Template) Render(unsubscribeURL, why string) (text, htm string) {
	return fill(t.text, why, unsubscribeURL), fill(t.html, html.EscapeString(why), html.EscapeString(unsubscribeURL))
}

// split cuts a letter at its gaps and keeps which gap follows each piece.
func split(s string) []string {
	var pieces []string
	for {
		i := strings.IndexAny(s, gapWhy+gapUnsubscribe)
		if i < 0 {
			return append(pieces, s)
		}
		pieces = append(pieces, s[:i], s[i:i+len(gapWhy)])
		s = s[i+len(gapWhy):]
	}
}

func fill(pieces []string, why, unsubscribe string) string {
	size := 0
	for _, p := range pieces {
		size += len(p)
	}
	var b strings.Builder
	b.Grow(size + len(why) + 2*len(unsubscribe))
	for _, p := range pieces {
		switch p {
		case gapWhy:
			b.WriteString(why)
		case gapUnsubscribe:
			b.WriteString(unsubscribe)
		default:
			b.WriteString(p)
		}
	}
	return b.String()
}

// clean keeps the gaps' characters out of what others wrote.
func clean(s string) string {
	return strings.NewReplacer(gapWhy, "", gapUnsubscribe, "").Replace(s)
}

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

func (c *composer) subject() string {
	key := marks[c.it.Action]
	if key == "" {
		return c.headline
	}
	mark := c.p.T(key)
	if strings.HasSuffix(mark, "】") || strings.HasSuffix(mark, "]") {
		return strings.TrimSpace(mark + " " + c.headline)
	}
	return strings.TrimSuffix(mark+": "+c.headline, ": ")
}

// notice is what an amendment has to say before the text.
func (c *composer) notice() string {
	switch c.it.Action {
	case wire.Hold:
		return c.withReason(c.p.T("mail.hold_text"))
	case wire.Unhold:
		return c.withReason(c.p.T("mail.unhold_text"))
	case wire.Kill:
		return c.withReason(c.p.T("mail.kill_text"))
	}
	return format.Notice(c.it, c.p)
}

func (c *composer) withReason(s string) string {
	if c.it.Reason == "" {
		return s
	}
	return s + " " + c.p.T("banner.reason") + ": " + c.it.Reason
}

func (c *composer) text() string {
	var parts []string
	add := func(s string) {
		if s = strings.TrimSpace(clean(s)); s != "" {
			parts = append(parts, s)
		}
	}
	add(c.notice())
	add(c.headline)
	if !c.it.Action.Withdraws() {
		for _, s := range c.it.Subheads {
			add(s)
		}
		add(format.Dateline(c.it, c.p))
		add(wire.PlainText(c.it.Body))
		if len(c.it.Boilerplate) > 0 {
			add(c.p.T("item.about") + "\n" + wire.PlainText(c.it.Boilerplate))
		}
		add(c.contacts())
	}
	add(c.source())
	add(wire.PlainText(c.it.Disclaimer))
	add(c.p.T("mail.view_online") + ": " + c.site.ItemURL(c.it))
	// RFC 3676 §4.3: what follows "-- " is not part of the message.
	return strings.Join(parts, "\n\n") + "\n\n-- \n" +
		c.p.T("mail.why", "why", gapWhy) + "\n" +
		c.p.T("mail.unsubscribe_text") + "\n" + gapUnsubscribe + "\n"
}

func (c *composer) source() string {
	var lines []string
	if s := format.Source(c.it); s != "" {
		lines = append(lines, c.p.T("item.source")+": "+s)
	}
	if p := c.it.Provider; p != nil {
		lines = append(lines, c.p.T("item.provided_by", "name", p.Name))
		if p.Line != "" {
			lines = append(lines, p.Line)
		}
	}
	return strings.Join(lines, "\n")
}

func (c *composer) contacts() string {
	if len(c.it.Contacts) == 0 {
		return ""
	}
	lines := []string{c.p.T("item.contacts")}
	for _, x := range c.it.Contacts {
		var parts []string
		for _, s := range []string{x.Name, x.Role, x.Organisation, x.Email, x.Phone} {
			if s != "" {
				parts = append(parts, s)
			}
		}
		lines = append(lines, strings.Join(parts, " · "))
	}
	return strings.Join(lines, "\n")
}

// html writes the letter with styles in place only: mail programs drop style
// sheets. Language and direction stand on a table and a div as well, because
// several programs drop them from body.
func (c *composer) html() string {
	dir := format.Direction(c.it)
	start := map[string]string{"ltr": "left", "rtl": "right"}[dir]
	var b strings.Builder
	w := func(parts ...string) {
		for _, s := range parts {
			b.WriteString(s)
		}
	}
	para := func(style, s string) {
		if s = clean(s); s != "" {
			w(`<p style="`, style, `">`, strings.ReplaceAll(html.EscapeString(s), "\n", "<br>"), "</p>\n")
		}
	}
	const small = "margin:0 0 8px;font-size:13px;line-height:1.6;color:#5d6268"
	w(`<!doctype html>
<html lang="`, c.it.Language, `" dir="`, dir, `"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark"><title>`, html.EscapeString(clean(c.subject())), `</title></head>
<body style="margin:0;padding:0">
<table role="presentation" lang="`, c.it.Language, `" dir="`, dir, `" width="100%" cellpadding="0" cellspacing="0" style="border-collapse:collapse"><tr><td align="center" style="padding:24px 16px">
<div lang="`, c.it.Language, `" dir="`, dir, `" style="max-width:640px;text-align:`, start, `;font-family:Georgia,'Noto Naskh Arabic','Noto Serif',serif;font-size:17px;line-height:1.65">
`)
	para("margin:0 0 16px;padding:8px 12px;border:1px solid #8d877a;font-weight:bold", c.notice())
	if c.headline != "" {
		w(`<h1 style="margin:0 0 12px;font-size:26px;line-height:1.3">`, html.EscapeString(c.headline), "</h1>\n")
	}
	if !c.it.Action.Withdraws() {
		for _, s := range c.it.Subheads {
			para("margin:0 0 12px;font-size:19px;line-height:1.5", s)
		}
		para("margin:0 0 12px;font-weight:bold", format.Dateline(c.it, c.p))
		w(clean(wire.HTML(c.it.Body)), "\n")
		if len(c.it.Boilerplate) > 0 {
			w(`<h2 style="margin:24px 0 8px;font-size:17px">`, html.EscapeString(c.p.T("item.about")), "</h2>\n", clean(wire.HTML(c.it.Boilerplate)), "\n")
		}
		para("margin:24px 0 12px;font-size:15px", c.contacts())
	}
	para("margin:24px 0 12px;font-size:15px", c.source())
	if len(c.it.Disclaimer) > 0 {
		w(`<div style="`, small, `">`, clean(wire.HTML(c.it.Disclaimer)), "</div>\n")
	}
	w(`<p style="margin:16px 0"><a href="`, html.EscapeString(c.site.ItemURL(c.it)), `">`, html.EscapeString(c.p.T("mail.view_online")), "</a></p>\n",
		`<hr style="border:0;border-top:1px solid #d8d4ca;margin:24px 0 12px">`, "\n",
		`<p style="`, small, `">`, html.EscapeString(c.p.T("mail.why", "why", gapWhy)), "</p>\n",
		`<p style="`, small, `"><a href="`, gapUnsubscribe, `">`, html.EscapeString(c.p.T("mail.unsubscribe")), "</a></p>\n",
		"</div>\n</td></tr></table>\n</body></html>\n")
	return b.String()
}
