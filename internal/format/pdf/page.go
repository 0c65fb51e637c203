package pdf

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/wireroom/wireroom/internal/format"
	"github.com/wireroom/wireroom/internal/locale"
	"github.com/wireroom/wireroom/internal/wire"
)

// A page is A4, in points.
const (
	pageWidth  = 595.28
	pageHeight = 841.89
	side       = 64
	top        = pageHeight - 60
	bottom     = 76
	textWidth  = pageWidth - 2*side
)

type page struct {
	object      int
	content     strings.Builder
	owners      []int // the element of each piece of marked text
	annotations []int
}

// document is a file while it is written.
type document struct {
	file    *file
	item    *wire.Item
	site    format.Site
	printer locale.Printer
	rtl     bool // the item's language is
	set     setter
	subsets []*subset
	pages   []*page
	y       float64    // down to where the page is full
	links   []*element // of annotations, by their key in the parent tree
	runs    map[linkRun]*element
}

// linkRun is a link in a paragraph, which may go on over lines and pages.
type linkRun struct {
	of  *element
	run int
}

func (d *document) page() *page { return d.pages[len(d.pages)-1] }

func (d *document) newPage() {
	d.pages = append(d.pages, &page{object: d.file.reserve()})
	d.y = top
}

// ensure makes sure that something of a height fits on the page.
func (d *document) ensure(height float64) {
	if d.y-height < bottom && d.y < top {
		d.newPage()
	}
}

// flow sets an element and all below it, from where the page is full on.
func (d *document) flow(e *element, x, width float64) {
	if d.y < top {
		d.y -= e.space
	}
	if e.indent > 0 {
		width -= 2 * e.indent
		x += e.indent
	}
	switch {
	case e.tag == "Table":
		d.table(e, x, width)
	case e.label != nil:
		d.listItem(e, x, width)
	case e.text != nil:
		if strings.HasPrefix(e.tag, "H") { // not alone at the foot of a page
			d.ensure(e.text.size*lineHeight + 40)
		}
		for _, l := range d.set.lines(e.text, width) {
			d.line(e, l, x, width)
		}
	default:
		for _, k := range e.kids {
			d.flow(k.element, x, width)
		}
	}
}

// listIndent is what items of a list are set in by.
const listIndent = 20

func (d *document) listItem(e *element, x, width float64) {
	body := e.kids[1].element
	d.ensure(body.text.size * lineHeight)
	labelAt, bodyAt := x, x+listIndent
	if body.text.rtl {
		labelAt, bodyAt = x+width-listIndent, x
	}
	y := d.y
	d.flow(e.label, labelAt, listIndent)
	d.y = y
	d.flow(body, bodyAt, width-listIndent)
}

// cellPadding is between the text of a cell and its borders.
const cellPadding = 4

func (d *document) table(e *element, x, width float64) {
	d.rule(x, width)
	for _, k := range e.kids {
		row := k.element
		columns := float64(max(len(row.kids), 1))
		column := width / columns
		height := 0.0
		for _, cell := range row.kids {
			p := cell.element.text
			height = max(height, float64(len(d.set.lines(p, column-2*cellPadding)))*p.size*lineHeight)
		}
		height += 2 * cellPadding
		if height > top-bottom { // more than a page: cell below cell
			for _, cell := range row.kids {
				d.flow(cell.element, x, width)
			}
			d.rule(x, width)
			continue
		}
		d.ensure(height)
		y := d.y
		for i, cell := range row.kids {
			at := x + float64(i)*column
			if cell.element.text.rtl {
				at = x + width - float64(i+1)*column
			}
			d.y = y - cellPadding
			d.flow(cell.element, at+cellPadding, column-2*cellPadding)
		}
		d.y = y - height
		d.rule(x, width)
	}
}

// rule draws a line across, which is no part of the text (ISO 32000-1 §14.8.2.2).
func (d *document) rule(x, width float64) {
	fmt.Fprintf(&d.page().content, "/Artifact BMC 0.6 G 0.5 w %s %s m %s %s l S EMC\n", number(x), number(d.y), number(x+width), number(d.y))
}

// line draws a line of an element's text on the page, a new one where it is full.
func (d *document) line(e *element, l line, x, width float64) {
	height := e.text.size * lineHeight
	d.ensure(height)
	d.y -= height
	baseline := d.y + e.text.size*0.4
	if e.text.rtl {
		x += width - l.width
	}
	at := places(l, x)
	for i := 0; i < len(l.pieces); {
		link := e.text.runs[l.pieces[i].run].Link
		j := i + 1
		for j < len(l.pieces) && e.text.runs[l.pieces[j].run].Link == link {
			j++
		}
		owner := e
		if link != "" {
			owner = d.link(e, l.pieces[i].run)
		}
		d.marked(owner, func(b *strings.Builder) {
			if link != "" {
				b.WriteString("0.04 0.3 0.6 rg\n")
			}
			for k := i; k < j; k++ {
				d.drawPiece(b, l, l.pieces[k], at[k], baseline)
			}
			if link != "" {
				b.WriteString("0 g\n")
			}
		})
		if link != "" {
			left, right := at[i], at[i]
			for k := i; k < j; k++ {
				left, right = min(left, at[k]), max(right, at[k]+points(l.pieces[k].Advance))
			}
			d.annotate(owner, link, left, right, baseline, e.text.size)
		}
		i = j
	}
}

// marked writes text of an element onto the page (ISO 32000-1 §14.7.4.2).
func (d *document) marked(e *element, write func(*strings.Builder)) {
	p := d.page()
	mark := len(p.owners)
	p.owners = append(p.owners, 0)
	e.kids = append(e.kids, kid{page: len(d.pages) - 1, mark: mark})
	fmt.Fprintf(&p.content, "%s << /MCID %d >> BDC\n", name(e.tag), mark)
	write(&p.content)
	p.content.WriteString("EMC\n")
}

// link is the element of a link within a paragraph.
func (d *document) link(e *element, run int) *element {
	key := linkRun{e, run}
	if d.runs[key] == nil {
		d.runs[key] = &element{tag: "Link"}
		e.add(d.runs[key])
	}
	return d.runs[key]
}

// annotate makes a part of a line a link. What it leads to is told to those who
// do not see it too (ISO 14289-1 §7.18.5).
func (d *document) annotate(e *element, target string, left, right, baseline, size float64) {
	fmt.Fprintf(&d.page().content, "/Artifact BMC 0.04 0.3 0.6 RG 0.4 w %s %s m %s %s l S EMC\n", number(left), number(baseline-size*0.12), number(right), number(baseline-size*0.12))
	n := d.file.add(fmt.Sprintf("<< /Type /Annot /Subtype /Link /Rect [%s %s %s %s] /Border [0 0 0] /F 4 /A << /S /URI /URI %s >> /Contents %s /StructParent %d >>",
		number(left), number(baseline-size*0.3), number(right), number(baseline+size), ascii(uri(target)), words(target), len(d.links)))
	d.links = append(d.links, e)
	d.page().annotations = append(d.page().annotations, n)
	e.kids = append(e.kids, kid{page: len(d.pages) - 1, annotation: n})
}

// uri is an address in ASCII (RFC 3987 §3.1).
func uri(address string) string {
	var b strings.Builder
	for _, c := range []byte(address) {
		if c <= ' ' || c >= 0x7f || c == '"' || c == '<' || c == '>' {
			fmt.Fprintf(&b, "%%%02X", c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

// feet write at the foot of every page whose it is and where in the document.
func (d *document) feet() {
	for i, p := range d.pages {
		foot := &paragraph{size: 8, lang: d.item.Language, rtl: d.rtl, runs: []format.Run{{Text: format.Line(d.site.Name) + " · " + strconv.Itoa(i+1) + " / " + strconv.Itoa(len(d.pages))}}}
		for _, l := range d.set.lines(foot, textWidth)[:1] {
			x := float64(side)
			if d.rtl {
				x += textWidth - l.width
			}
			p.content.WriteString("/Artifact << /Type /Pagination /Subtype /Footer >> BDC\n")
			at := places(l, x)
			for k := range l.pieces {
				d.drawPiece(&p.content, l, l.pieces[k], at[k], 44)
			}
			p.content.WriteString("EMC\n")
		}
	}
}
