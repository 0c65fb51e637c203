package letter

import (
	"html"
	"strings"

	"github.com/wireroom/wireroom/internal/format"
	"github.com/wireroom/wireroom/internal/locale"
	"github.com/wireroom/wireroom/internal/vocab"
	"github.com/wireroom/wireroom/internal/wire"
)

// Styles stand in place only: mail programs drop style sheets. No style sets a
// text or background colour, so that a program in dark colours stays legible.
const (
	styleOuter    = "border-collapse:collapse"
	styleCell     = "padding:24px 16px"
	styleInner    = "max-width:640px;font-family:Georgia,'Noto Naskh Arabic','Noto Serif',serif;font-size:17px;line-height:1.65;text-align:"
	styleNotice   = "margin:0 0 16px;padding:8px 12px;border:1px solid #8d877a;font-weight:bold"
	styleChanges  = "margin:0 0 16px;font-size:15px"
	styleHeadline = "margin:0 0 12px;font-size:26px;line-height:1.3"
	styleSubhead  = "margin:0 0 12px;font-size:19px;line-height:1.5"
	styleHeading  = "margin:24px 0 8px;font-size:17px"
	stylePara     = "margin:0 0 16px"
	styleAside    = "margin:24px 0 12px;font-size:15px"
	styleSmall    = "margin:0 0 8px;font-size:13px;line-height:1.6"
	styleRule     = "border:0;border-top:1px solid #8d877a;margin:24px 0 12px"
	styleTableBox = "border-collapse:collapse;margin:0 0 16px;font-size:15px"
	styleTableTop = "border:1px solid #8d877a;padding:4px 8px;text-align:inherit"
	styleTableRow = "border:1px solid #8d877a;padding:4px 8px"
	styleQuote    = "margin:0 0 16px;padding:0 16px"
)

// styled puts styles on the elements of blocks. Running text cannot hold any of
// these elements (wire.Inline.Check) and has its angle brackets escaped, so
// that only the blocks' own tags are met.
var styled = strings.NewReplacer(
	"<p>", `<p style="`+stylePara+`">`, "<p ", `<p style="`+stylePara+`" `,
	"<h2>", `<h2 style="`+styleHeading+`">`, "<h2 ", `<h2 style="`+styleHeading+`" `,
	"<h3>", `<h3 style="`+styleHeading+`">`, "<h3 ", `<h3 style="`+styleHeading+`" `,
	"<blockquote>", `<blockquote style="`+styleQuote+`">`, "<blockquote ", `<blockquote style="`+styleQuote+`" `,
	"<table>", `<table style="`+styleTableBox+`">`, "<table ", `<table style="`+styleTableBox+`" `,
	`<th scope="col">`, `<th scope="col" style="`+styleTableTop+`">`,
	"<td>", `<td style="`+styleTableRow+`">`,
)

func blocks(list []wire.Block) string { return styled.Replace(clean(wire.HTML(list))) }

// sheet is a letter's HTML being written.
type sheet struct{ strings.Builder }

func (s *sheet) write(parts ...string) {
	for _, part := range parts {
		s.WriteString(part)
	}
}

// text writes plain text as an element; nothing where there is none.
func (s *sheet) text(element, style, text string) {
	if text = clean(text); text != "" {
		s.write("<", element, ` style="`, style, `">`, strings.ReplaceAll(html.EscapeString(text), "\n", "<br>"), "</", element, ">\n")
	}
}

// html writes the letter as HTML. Language and direction stand on a table and a
// div as well, because several mail programs drop them from body.
func (c *composer) html() string {
	var s sheet
	s.begin(c.it.Language, clean(c.subject()))
	s.text("p", styleNotice, c.notice())
	s.text("p", styleChanges, strings.Join(format.Changes(c.it, c.said()), "\n"))
	s.text("h1", styleHeadline, c.headline)
	if !c.it.Action.Withdraws() {
		c.story(&s)
	}
	s.text("p", styleAside, strings.Join(format.Credits(c.it, c.said()), "\n"))
	if len(c.it.Disclaimer) > 0 {
		s.write(`<div style="`, styleSmall, `">`, blocks(c.it.Disclaimer), "</div>\n")
	}
	c.footer(&s)
	s.end()
	return s.String()
}

// begin writes what stands before a letter in a language.
func (s *sheet) begin(language, title string) {
	attributes := format.Attributes(language)
	s.write("<!doctype html>\n<html", attributes, `><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">`,
		`<meta name="color-scheme" content="light dark"><meta name="supported-color-schemes" content="light dark"><title>`,
		html.EscapeString(title), "</title></head>\n", `<body style="margin:0;padding:0">`, "\n",
		`<table role="presentation"`, attributes, ` width="100%" cellpadding="0" cellspacing="0" style="`, styleOuter, `"><tr><td align="center" style="`, styleCell, `">`, "\n",
		"<div", attributes, ` style="`, styleInner, start(language), `">`, "\n")
}

func (s *sheet) end() { s.write("</div>\n</td></tr></table>\n</body></html>\n") }

// start is the side on which lines of a language begin: mail programs do not know
// text-align:start.
func start(language string) string {
	return map[string]string{"ltr": "left", "rtl": "right"}[vocab.Direction(language)]
}

func (c *composer) story(s *sheet) {
	for _, subhead := range c.it.Subheads {
		s.text("p", styleSubhead, subhead)
	}
	s.write(blocks(format.Story(c.it, c.p)), "\n")
	s.text("p", styleAside, format.Pictures(c.it, c.said())) // named, not loaded: a letter fetches nothing
	if len(c.it.Boilerplate) > 0 {
		s.text("h2", styleHeading, c.p.T("item.about"))
		s.write(blocks(c.it.Boilerplate), "\n")
	}
	s.text("p", styleAside, format.Contacts(c.it, c.said()))
}

// footer is in the printer's language, which is another than the item's where
// the wire has no catalog for that.
func (c *composer) footer(s *sheet) {
	s.write("<div")
	if tag := c.p.Language(); tag != c.it.Language {
		s.write(format.Attributes(tag), ` style="text-align:`, start(tag), `"`)
	}
	s.write(`><p style="`, stylePara, `"><a href="`, html.EscapeString(c.site.ItemURL(c.it)), `">`, html.EscapeString(c.p.T("mail.view_online")), "</a></p>\n",
		`<hr style="`, styleRule, `">`, "\n", string(gapReason), `<p style="`, styleSmall, `">`,
		// What matched is in a syntax of its own, whatever the letter's direction.
		strings.ReplaceAll(html.EscapeString(c.p.T("mail.why", "why", string(gapWhy))), string(gapWhy), "<bdi>"+string(gapWhy)+"</bdi>"), "</p>\n", string(gapReasonEnd))
	htmlFoot(s, c.p)
	s.write("</div>\n")
}

// htmlFoot is textFoot.
func htmlFoot(s *sheet, p locale.Printer) {
	s.write(`<p style="`, styleSmall, `"><a href="`, string(gapUnsubscribe), `">`, html.EscapeString(p.T("mail.preferences")+" · "+p.T("mail.unsubscribe")), "</a></p>")
}
