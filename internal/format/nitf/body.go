package nitf

import (
	"strconv"
	"strings"

	"github.com/wireroom/wireroom/internal/format/markup"
	"github.com/wireroom/wireroom/internal/wire"
)

// The parts of the body, by the class of their block.
const (
	mainClass        = "main"
	BoilerplateClass = "boilerplate"
	ContactsClass    = "contacts"
	DisclaimerClass  = "disclaimer"
)

// story is the body: text, pictures, boilerplate, contacts, disclaimer, each
// where the next belongs to the reader's order.
func story(w *markup.Writer, it *wire.Item) {
	block(w, mainClass, it.Body)
	for _, p := range it.Pictures {
		media(w, p)
	}
	block(w, BoilerplateClass, it.Boilerplate)
	if len(it.Contacts) > 0 {
		w.Open("block", "class", ContactsClass)
		for _, c := range it.Contacts {
			contact(w, c)
		}
		w.Close()
	}
	block(w, DisclaimerClass, it.Disclaimer)
}

func block(w *markup.Writer, class string, blocks []wire.Block) {
	if len(blocks) == 0 {
		return
	}
	w.Open("block", "class", class)
	for _, b := range blocks {
		writeBlock(w, b)
	}
	w.Close()
}

// writeBlock writes a block; class says what NITF has no element or attribute
// for: the lower heading, and direction.
func writeBlock(w *markup.Writer, b wire.Block) {
	class := b.Dir
	switch b.Kind {
	case wire.Heading:
		element(w, "hl2", b.Lang, class, b.Text)
	case wire.Subheading:
		element(w, "hl2", b.Lang, strings.TrimSpace("h3 "+class), b.Text)
	case wire.Quote:
		w.Open("bq", "xml:lang", b.Lang, "class", class)
		w.Open("block")
		element(w, "p", "", "", b.Text)
		w.Close()
		w.Close()
	case wire.List, wire.OrderedList:
		w.Open(string(b.Kind), "xml:lang", b.Lang, "class", class)
		for _, li := range b.Items {
			element(w, "li", "", "", li)
		}
		w.Close()
	case wire.Table:
		w.Open("table", "xml:lang", b.Lang, "class", class)
		table(w, b.Rows)
		w.Close()
	default:
		element(w, "p", b.Lang, class, b.Text)
	}
}

func table(w *markup.Writer, rows [][]wire.Inline) {
	if len(rows) == 1 { // the schema wants rows beside those of a head
		tableRow(w, "th", rows[0])
		return
	}
	w.Open("thead")
	tableRow(w, "th", rows[0])
	w.Close()
	w.Open("tbody")
	for _, row := range rows[1:] {
		tableRow(w, "td", row)
	}
	w.Close()
}

func tableRow(w *markup.Writer, cell string, row []wire.Inline) {
	w.Open("tr")
	for _, text := range row {
		element(w, cell, "", "", text)
	}
	w.Close()
}

func element(w *markup.Writer, name, lang, class string, text wire.Inline) {
	w.Open(name, "xml:lang", lang, "class", class)
	w.Markup(enriched.Replace(string(text)))
	w.Close()
}

// enriched is running text in the elements of NITF. A tag in running text is
// always one of these, because every other < in it is escaped.
var enriched = strings.NewReplacer(
	"<br>", "<br/>",
	"<strong>", `<em class="bold">`, "</strong>", "</em>",
	"<em>", `<em class="italic">`,
	"<sub>", `<em class="sub">`, "</sub>", "</em>",
	"<sup>", `<em class="sup">`, "</sup>", "</em>",
	"<bdi>", `<lang class="bdi">`, "</bdi>", "</lang>",
)

// media is a picture: where it is, what it shows, who must be named.
func media(w *markup.Writer, p wire.Picture) {
	width, height := "", ""
	if p.Width > 0 {
		width, height = strconv.Itoa(p.Width), strconv.Itoa(p.Height)
	}
	w.Open("media", "media-type", "image")
	w.Empty("media-reference", "mime-type", p.Type, "source", p.URL, "source-credit", p.Credit, "alternate-text", p.Alt, "width", width, "height", height)
	if p.Caption != "" {
		w.Open("media-caption")
		w.Leaf("p", p.Caption)
		w.Close()
	}
	if p.Credit != "" {
		w.Leaf("media-producer", p.Credit)
	}
	w.Close()
}

// contact is a paragraph; the name of a person, their work and so on are elements
// in it.
func contact(w *markup.Writer, c wire.PressContact) {
	w.Open("p", "class", "contact")
	first := true
	part := func(name, text string, attributes ...string) {
		if text == "" {
			return
		}
		if !first {
			w.Text(" · ")
		}
		first = false
		w.Leaf(name, text, attributes...)
	}
	part("person", c.Name)
	part("function", c.Role)
	part("org", c.Organisation)
	part("virtloc", c.Email, "class", "email")
	part("virtloc", c.Phone, "class", "phone")
	w.Close()
}

// dialect says what the elements of the body are in HTML.
func dialect(name, class string) string {
	switch name {
	case "hl2":
		if class == "h3" {
			return "h3"
		}
		return "h2"
	case "bq":
		return "blockquote"
	case "em":
		switch class {
		case "bold":
			return "strong"
		case "sub", "sup":
			return class
		}
		return "em"
	case "lang":
		return "bdi"
	case "block":
		return ""
	}
	return markup.HTML(name, class)
}
