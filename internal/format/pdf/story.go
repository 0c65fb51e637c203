package pdf

import (
	"strconv"

	"github.com/wireroom/wireroom/internal/format"
	"github.com/wireroom/wireroom/internal/wire"
)

// Sizes of text in points.
const (
	titleSize    = 20
	subheadSize  = 13
	headingSize  = 14
	headingSize3 = 12
	textSize     = 10.5
	fineSize     = 8.5
)

// story is the document's structure before any of it is on a page.
func (d *document) story() *element {
	it, p := d.item, d.printer
	root := &element{tag: "Document"}
	root.add(d.lines("P", textSize, true, d.named, format.Notice(it, p))...)
	root.add(d.lines("P", textSize, false, d.named, format.Changes(it, p)...)...)
	root.add(d.lines("H1", titleSize, true, whole, format.Headline(it, p))...)
	if !it.Action.Withdraws() {
		root.add(d.lines("P", subheadSize, false, whole, it.Subheads...)...)
		root.add(d.blocks(format.Story(it, p))...)
		root.add(d.pictures()...)
		root.add(d.section(p.T("item.about"), it.Boilerplate)...)
		root.add(d.contacts()...)
		root.add(d.lines("P", fineSize, false, d.named, format.Credits(it, p)...)...)
		root.add(d.section(p.T("item.disclaimer"), it.Disclaimer)...)
	}
	address := d.site.ItemURL(it)
	return root.add(d.paragraph("P", fineSize, []format.Run{{Text: address, Marks: format.Marks{Link: address}}}))
}

// paragraph is an element of running text in the item's language.
func (d *document) paragraph(tag string, size float64, runs []format.Run) *element {
	return &element{tag: tag, space: size * 0.7, text: &paragraph{runs: runs, size: size, lang: d.item.Language, rtl: d.rtl}}
}

// named are the runs of a line of the wire's own, whole those of a text of the
// issuer's: an isolate within an Arabic word would take its letters apart.
func (d *document) named(line string) []format.Run { return format.Named(line, d.item) }

func whole(text string) []format.Run { return []format.Run{{Text: text}} }

// lines are plain texts, a paragraph each; those without text are left out.
func (d *document) lines(tag string, size float64, bold bool, runs func(string) []format.Run, texts ...string) []*element {
	var all []*element
	for _, s := range texts {
		if format.Line(s) == "" {
			continue
		}
		e := d.paragraph(tag, size, runs(s))
		e.text.bold = bold
		all = append(all, e)
	}
	return all
}

func (d *document) heading(text string) *element {
	e := d.paragraph("H2", headingSize, whole(text))
	e.text.bold = true
	return e
}

func (d *document) section(heading string, blocks []wire.Block) []*element {
	if len(blocks) == 0 {
		return nil
	}
	return append([]*element{d.heading(heading)}, d.blocks(blocks)...)
}

func (d *document) blocks(blocks []wire.Block) []*element {
	var all []*element
	for _, b := range blocks {
		all = append(all, d.block(b))
	}
	return all
}

// block is a block with its language and direction where they differ.
func (d *document) block(b wire.Block) *element {
	running := func(tag string, size float64, in wire.Inline) *element {
		e := d.paragraph(tag, size, format.Runs(in))
		if b.Dir != "" {
			e.text.rtl = b.Dir == "rtl"
		}
		if b.Lang != "" {
			e.text.lang = b.Lang
		}
		return e
	}
	var e *element
	switch b.Kind {
	case wire.Heading:
		e = running("H2", headingSize, b.Text)
		e.text.bold = true
	case wire.Subheading:
		e = running("H3", headingSize3, b.Text)
		e.text.bold = true
	case wire.Quote:
		quoted := running("P", textSize, b.Text)
		quoted.space = 0
		e = (&element{tag: "BlockQuote", space: textSize * 0.7, indent: 24}).add(quoted)
	case wire.List, wire.OrderedList:
		e = &element{tag: "L", space: textSize * 0.5, attributes: "/O /List /ListNumbering /Disc"}
		for i, in := range b.Items {
			mark := "•"
			if b.Kind == wire.OrderedList {
				mark, e.attributes = strconv.Itoa(i+1)+".", "/O /List /ListNumbering /Decimal"
			}
			label, body := running("Lbl", textSize, wire.PlainInline(mark)), running("LBody", textSize, in)
			label.space, body.space = 0, 0
			e.add((&element{tag: "LI", space: 2, label: label}).add(label, body))
		}
	case wire.Table:
		e = &element{tag: "Table", space: textSize * 0.7}
		for i, row := range b.Rows {
			tr := &element{tag: "TR"}
			for _, in := range row {
				cell := running("TD", textSize, in)
				if i == 0 {
					cell.tag, cell.text.bold, cell.attributes = "TH", true, "/O /Table /Scope /Column"
				}
				cell.space = 0
				tr.add(cell)
			}
			e.add(tr)
		}
	default:
		e = running("P", textSize, b.Text)
	}
	if b.Lang != "" && b.Lang != d.item.Language {
		e.lang = b.Lang
	}
	return e
}

// joined is a line of texts, of which some are links.
func joined(parts ...format.Run) []format.Run {
	var all []format.Run
	for _, r := range parts {
		if r.Text == "" {
			continue
		}
		if len(all) > 0 {
			all = append(all, format.Run{Text: " · "})
		}
		r.Isolate = len(all) + 1 // names in several scripts keep their order
		all = append(all, r)
	}
	return all
}

func linked(text, target string) format.Run {
	r := format.Run{Text: text}
	if wire.SafeLink(target) {
		r.Link = target
	}
	return r
}

func (d *document) contacts() []*element {
	if len(d.item.Contacts) == 0 {
		return nil
	}
	all := []*element{d.heading(d.printer.T("item.contacts"))}
	for _, c := range d.item.Contacts {
		all = append(all, d.paragraph("P", textSize, joined(format.Run{Text: c.Name}, format.Run{Text: c.Role}, format.Run{Text: c.Organisation}, linked(c.Email, "mailto:"+c.Email), format.Run{Text: c.Phone})))
	}
	return all
}

func (d *document) pictures() []*element {
	if len(d.item.Pictures) == 0 {
		return nil
	}
	all := []*element{d.heading(d.printer.T("item.pictures"))}
	for _, p := range d.item.Pictures {
		caption := p.Caption
		if caption == "" {
			caption = p.Alt
		}
		all = append(all, d.paragraph("P", textSize, joined(format.Run{Text: caption}, format.Run{Text: p.Credit}, linked(p.URL, p.URL))))
	}
	return all
}
