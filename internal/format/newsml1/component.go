package newsml1

import (
	"strconv"

	"github.com/wireroom/wireroom/internal/format"
	"github.com/wireroom/wireroom/internal/format/markup"
	"github.com/wireroom/wireroom/internal/wire"
)

// The roles of components. Business Wire's own are HeadLine, Body, Contact and
// Photo.
const (
	roleHeadline    = "HeadLine"
	rolePhoto       = "Photo"
	roleContact     = "Contact"
	roleBody        = "Body"
	roleBoilerplate = "Boilerplate"
	roleDisclaimer  = "Disclaimer"
)

// components are the parts of the story in the order in which they are read.
func components(w *markup.Writer, it *wire.Item) {
	text(w, it, roleHeadline, []wire.Block{{Kind: wire.Paragraph, Text: "<strong>" + wire.PlainInline(it.Headline) + "</strong>"}})
	text(w, it, roleBody, it.Body)
	for _, p := range it.Pictures {
		photo(w, it, p)
	}
	text(w, it, roleBoilerplate, it.Boilerplate)
	for _, c := range it.Contacts {
		contact(w, it, c)
	}
	text(w, it, roleDisclaimer, it.Disclaimer)
}

func open(w *markup.Writer, role string) {
	w.Open("NewsComponent")
	w.Empty("Role", "FormalName", role)
	w.Leaf("BasisForChoice", "./ContentItem/Format", "Rank", "1")
}

func text(w *markup.Writer, it *wire.Item, role string, blocks []wire.Block) {
	if len(blocks) == 0 {
		return
	}
	open(w, role)
	language(w, it)
	xhtml(w, it, blocks)
	w.Close()
}

func xhtml(w *markup.Writer, it *wire.Item, blocks []wire.Block) {
	direction := format.Direction(it)
	w.Open("ContentItem")
	w.Empty("Format", "FormalName", "XHTML")
	w.Empty("MimeType", "FormalName", "text/xhtml")
	w.Open("DataContent")
	w.Open("html", "xmlns", "http://www.w3.org/1999/xhtml", "lang", it.Language, "xml:lang", it.Language, "dir", direction)
	w.Open("head")
	w.Empty("title")
	w.Close()
	w.Open("body", "dir", direction)
	w.Markup("\n" + markup.XHTML(blocks) + "\n")
	w.Close()
	w.Close()
	w.Close()
	w.Close()
}

// photo is a picture with its caption; the wire sends where it is.
func photo(w *markup.Writer, it *wire.Item, p wire.Picture) {
	open(w, rolePhoto)
	if p.Caption != "" || p.Credit != "" {
		w.Open("NewsLines")
		w.Leaf("CreditLine", p.Credit)
		if p.Caption != "" {
			w.Open("NewsLine")
			w.Empty("NewsLineType", "FormalName", "Caption")
			w.Leaf("NewsLineText", p.Caption, "xml:lang", it.Language)
			w.Close()
		}
		w.Close()
	}
	language(w, it)
	w.Open("ContentItem", "Href", p.URL)
	w.Leaf("Comment", p.Alt, "FormalName", "AlternativeText", "xml:lang", it.Language)
	w.Empty("MediaType", "FormalName", "Photo")
	w.Empty("MimeType", "FormalName", p.Type)
	if p.Width > 0 {
		w.Open("Characteristics")
		w.Empty("Property", "FormalName", "PixelWidth", "Value", strconv.Itoa(p.Width))
		w.Empty("Property", "FormalName", "PixelHeight", "Value", strconv.Itoa(p.Height))
		w.Close()
	}
	w.Close()
	w.Close()
}

// contact is a paragraph for people and properties for programs.
func contact(w *markup.Writer, it *wire.Item, c wire.PressContact) {
	open(w, roleContact)
	w.Open("DescriptiveMetadata")
	w.Empty("Language", "FormalName", it.Language)
	for _, q := range [][2]string{{"Name", c.Name}, {"Role", c.Role}, {"Organisation", c.Organisation}, {"Email", c.Email}, {"Phone", c.Phone}} {
		if q[1] != "" {
			w.Empty("Property", "FormalName", q[0], "Value", q[1])
		}
	}
	w.Close()
	xhtml(w, it, []wire.Block{wire.P(format.Contact(c))})
	w.Close()
}
