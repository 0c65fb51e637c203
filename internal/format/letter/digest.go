package letter

import (
	"html"
	"strings"
	"time"

	"github.com/wireroom/wireroom/internal/format"
	"github.com/wireroom/wireroom/internal/locale"
	"github.com/wireroom/wireroom/internal/text"
	"github.com/wireroom/wireroom/internal/wire"
)

const (
	// teaser is how many characters of a text a digest gives.
	teaser = 280
	// maxTeasers is up to how many items a digest gives them: what is longer is
	// not read, and cut off by some mail programs at 100 KB.
	maxTeasers = 30
)

// ComposeDigest writes a letter about several items, in the order in which they
// stand. What is said around them is in the printer's language, and in the zone
// of at; each item in its own. Items that withdraw a story must not be among
// them.
func ComposeDigest(items []wire.Item, at time.Time, site format.Site, p locale.Printer) *Template {
	d := digest{at: at, site: site, p: p}
	for i := range items {
		d.add(&items[i], len(items) <= maxTeasers)
	}
	d.title = p.T("footer.numbers", "n", len(items)) + " – " + p.Date(at)
	return &Template{
		Subject: clean(site.Name) + " – " + d.title, Language: p.Language(),
		Text: cut(d.text(), false), HTML: cut(d.html(), true),
	}
}

type digest struct {
	at      time.Time
	site    format.Site
	p       locale.Printer
	title   string
	notices []notice
}

// notice is what a digest says of an item.
type notice struct {
	language, headline, url string
	meta                    string // who speaks, and when
	teaser                  string
	credits                 []string // of third-party content
}

func (d *digest) add(it *wire.Item, teased bool) {
	p := locale.For(it.Language)
	c := composer{it: it, headline: clean(it.Headline), site: d.site, p: p}
	zone, _ := d.at.Zone()
	n := notice{language: it.Language, headline: c.subject(), url: d.site.ItemURL(it), meta: p.DateTime(it.ClearTime.In(d.at.Location())) + " " + zone}
	if source := clean(format.Source(it)); source != "" {
		n.meta = source + " · " + n.meta
	}
	if it.Provider != nil { // its words stand beside its text, and with what is taken of it
		for _, line := range format.Credits(it, c.said()) {
			n.credits = append(n.credits, clean(line))
		}
	}
	if teased {
		for _, block := range it.Body {
			if words := strings.Join(strings.Fields(clean(wire.PlainText([]wire.Block{block}))), " "); block.Kind == wire.Paragraph && words != "" {
				n.teaser = text.Shorten(strings.Map(unturned, words), teaser)
				break
			}
		}
	}
	d.notices = append(d.notices, n)
}

// unturned takes out what turns the direction of a text: what is cut off may be
// the end of it.
func unturned(r rune) rune {
	if r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 {
		return -1
	}
	return r
}

func (d *digest) text() string {
	parts := []string{d.title}
	for _, n := range d.notices {
		lines := []string{locale.Isolate(n.headline), locale.Isolate(n.meta)}
		if n.teaser != "" {
			lines = append(lines, locale.Isolate(n.teaser))
		}
		for _, line := range n.credits {
			lines = append(lines, locale.Isolate(line))
		}
		parts = append(parts, strings.Join(append(lines, n.url), "\n"))
	}
	return strings.Join(parts, "\n\n") + "\n\n-- \n" + textFoot(d.p)
}

func (d *digest) html() string {
	var s sheet
	s.begin(d.p.Language(), clean(d.site.Name)+" – "+d.title)
	s.text("h1", styleHeadline, d.title)
	for _, n := range d.notices {
		s.write("<div", format.Attributes(n.language), ` style="text-align:`, start(n.language), `">`,
			`<h2 style="`, styleHeading, `"><a href="`, html.EscapeString(n.url), `">`, html.EscapeString(n.headline), "</a></h2>\n")
		s.text("p", styleSmall, n.meta)
		s.text("p", stylePara, n.teaser)
		s.text("p", styleSmall, strings.Join(n.credits, "\n"))
		s.write("</div>\n")
	}
	s.write(`<hr style="`, styleRule, `">`, "\n")
	htmlFoot(&s, d.p)
	s.end()
	return s.String()
}
