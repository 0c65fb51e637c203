package format

import (
	"html"
	"strconv"
	"strings"

	"github.com/wireroom/wireroom/internal/locale"
	"github.com/wireroom/wireroom/internal/wire"
)

// Content is the whole story as HTML for those who show it as it comes: feeds,
// and receivers with one field for everything. Where a story is withdrawn the
// notice stands in its place.
func Content(it *wire.Item, p locale.Printer) string {
	var b strings.Builder
	para := func(lines ...string) {
		for i := range lines {
			lines[i] = html.EscapeString(lines[i])
		}
		if s := strings.Join(lines, "<br>"); s != "" {
			b.WriteString("<p>" + s + "</p>")
		}
	}
	b.WriteString("<div" + Attributes(it.Language) + ">")
	if n := Notice(it, p); n != "" {
		b.WriteString("<p><strong>" + html.EscapeString(n) + "</strong></p>")
	}
	if !it.Action.Withdraws() {
		para(Changes(it, p)...)
		for _, s := range it.Subheads {
			b.WriteString("<p><em>" + html.EscapeString(s) + "</em></p>")
		}
		b.WriteString(wire.HTML(Story(it, p)))
		for _, pic := range it.Pictures {
			b.WriteString(Image(pic))
		}
		if len(it.Boilerplate) > 0 {
			b.WriteString("<h2>" + html.EscapeString(p.T("item.about")) + "</h2>" + wire.HTML(it.Boilerplate))
		}
		para(strings.Split(Contacts(it, p), "\n")...)
		para(Credits(it, p)...)
		if len(it.Disclaimer) > 0 {
			b.WriteString("<hr>" + wire.HTML(it.Disclaimer))
		}
	}
	b.WriteString("</div>")
	return b.String()
}

// Image is a picture as HTML, with what is printed below it.
func Image(p wire.Picture) string {
	var b strings.Builder
	b.WriteString(`<p><img src="` + html.EscapeString(p.URL) + `" alt="` + html.EscapeString(Line(p.Alt)) + `"`)
	if p.Width > 0 {
		b.WriteString(` width="` + strconv.Itoa(p.Width) + `" height="` + strconv.Itoa(p.Height) + `"`)
	}
	b.WriteString(">")
	for _, s := range []string{p.Caption, p.Credit} {
		if s != "" {
			b.WriteString("<br>" + html.EscapeString(Line(s)))
		}
	}
	b.WriteString("</p>")
	return b.String()
}
