package docx

import (
	"slices"
	"strconv"

	"golang.org/x/text/unicode/bidi"

	"github.com/wireroom/wireroom/internal/format"
	"github.com/wireroom/wireroom/internal/wire"
)

// look is how a paragraph is set. The zero value is plain text in the item's
// language and direction.
type look struct {
	style  string
	list   int  // number of its list; 0: none
	turned bool // it runs against the item's language
}

// paragraph writes a paragraph that text fills.
func (d *document) paragraph(l look, text func()) {
	w := &d.w
	w.Open("w:p")
	w.Open("w:pPr")
	if l.style != "" {
		w.Empty("w:pStyle", "w:val", l.style)
	}
	if l.list > 0 {
		w.Open("w:numPr")
		w.Empty("w:ilvl", "w:val", "0")
		w.Empty("w:numId", "w:val", strconv.Itoa(l.list))
		w.Close()
	}
	if l.turned != d.rtl {
		w.Empty("w:bidi")
	}
	w.Close()
	text()
	w.Close()
}

// blockStyles are the styles of blocks by kind.
var blockStyles = map[wire.BlockKind]string{wire.Heading: "Heading1", wire.Subheading: "Heading2", wire.Quote: "Quote", wire.List: "ListBullet", wire.OrderedList: "ListNumber"}

// block writes a block; the lead has the dateline before it.
func (d *document) block(b wire.Block, lead bool) {
	turned := b.Dir != "" && (b.Dir == "rtl") != d.rtl
	rtl := turned != d.rtl
	l := look{style: blockStyles[b.Kind], turned: turned}
	line := ""
	if lead {
		line = format.Dateline(d.item, d.printer)
	}
	if line != "" && (b.Kind != wire.Paragraph || b.Lang != "" || b.Dir != "") {
		d.paragraph(look{}, func() { d.dateline(line) })
		line = ""
	}
	switch b.Kind {
	case wire.List, wire.OrderedList:
		d.lists = append(d.lists, b.Kind == wire.OrderedList)
		l.list = len(d.lists)
		for _, in := range b.Items {
			d.paragraph(l, func() { d.runs(format.Runs(in), b.Lang, rtl) })
		}
	case wire.Table:
		d.table(b, l, rtl)
	default:
		d.paragraph(l, func() {
			if line != "" {
				d.dateline(line)
			}
			d.runs(format.Runs(b.Text), b.Lang, rtl)
		})
	}
}

// dateline stands in bold before the lead; what it says in words is in the
// properties.
func (d *document) dateline(line string) {
	d.control(tagDateline)
	d.runs([]format.Run{{Text: line + " ", Marks: format.Marks{Strong: true}}}, "", d.rtl)
	d.closeControl()
}

func (d *document) table(b wire.Block, l look, rtl bool) {
	w := &d.w
	columns := 0
	for _, row := range b.Rows {
		columns = max(columns, len(row))
	}
	w.Open("w:tbl")
	w.Open("w:tblPr")
	w.Empty("w:tblStyle", "w:val", "TableGrid")
	if rtl {
		w.Empty("w:bidiVisual")
	}
	w.Empty("w:tblW", "w:w", "0", "w:type", "auto")
	w.Empty("w:tblLook", "w:val", "0020", "w:firstRow", "1")
	w.Close()
	w.Open("w:tblGrid")
	for range columns {
		w.Empty("w:gridCol", "w:w", strconv.Itoa(9026/max(columns, 1)))
	}
	w.Close()
	for i, row := range b.Rows {
		w.Open("w:tr")
		if i == 0 {
			w.Open("w:trPr")
			w.Empty("w:tblHeader")
			w.Close()
		}
		for _, cell := range row {
			w.Open("w:tc")
			w.Open("w:tcPr")
			w.Empty("w:tcW", "w:w", strconv.Itoa(9026/max(columns, 1)), "w:type", "dxa")
			w.Close()
			l.style = "Cell"
			if i == 0 {
				l.style = "HeaderCell"
			}
			d.paragraph(l, func() { d.runs(format.Runs(cell), b.Lang, rtl) })
			w.Close()
		}
		w.Close()
	}
	w.Close()
	// Two tables in a row would be one (ECMA-376 part 1 §17.4.37).
	d.paragraph(look{style: "Gap"}, func() {})
}

// isolates around a bdi (Unicode TR #9 §2.4, §2.5).
const (
	isolate    = "\u2068"
	endIsolate = "\u2069"
)

// runs writes running text in a language, "" for the item's.
func (d *document) runs(runs []format.Run, lang string, rtl bool) {
	within := 0
	for i, r := range runs {
		if r.Isolate != within {
			if within != 0 {
				d.run(format.Run{Text: endIsolate}, lang, rtl, "Isolate")
			}
			if within = r.Isolate; within != 0 {
				d.run(format.Run{Text: isolate}, lang, rtl, "Isolate")
			}
		}
		opened := r.Link != "" && (i == 0 || runs[i-1].Link != r.Link)
		if opened {
			d.w.Open("w:hyperlink", "r:id", d.link(r.Link))
		}
		d.pieces(r, lang, rtl)
		if r.Link != "" && (i+1 == len(runs) || runs[i+1].Link != r.Link) {
			d.w.Close()
		}
	}
	if within != 0 {
		d.run(format.Run{Text: endIsolate}, lang, rtl, "Isolate")
	}
}

// link is the relation of a target, a new one for one that has none.
func (d *document) link(target string) string {
	i := slices.Index(d.links, target)
	if i < 0 {
		i = len(d.links)
		d.links = append(d.links, target)
	}
	return "rId" + strconv.Itoa(firstLink+i)
}

// pieces writes a run in pieces of one direction each: Word takes the direction
// of neutral characters from the run that they stand in (ECMA-376 part 1
// §17.3.2.30).
func (d *document) pieces(r format.Run, lang string, rtl bool) {
	style := ""
	if r.Link != "" {
		style = "Hyperlink"
	}
	if r.Break {
		d.run(r, lang, rtl, style)
		return
	}
	for _, p := range directions(r.Text, rtl) {
		one := r
		one.Text = p.text
		d.run(one, lang, p.rtl, style)
	}
}

type piece struct {
	text string
	rtl  bool
}

// directions cuts text where its strong direction changes. Neutral characters
// go with the text before them if that runs as the paragraph does, else with
// what comes after.
func directions(text string, paragraph bool) []piece {
	var all []piece
	start, last, now := 0, 0, paragraph // last: the end of the last strong character
	for i, r := range text {
		properties, size := bidi.LookupRune(r)
		var rtl bool
		switch properties.Class() {
		case bidi.L:
		case bidi.R, bidi.AL:
			rtl = true
		default:
			continue
		}
		if rtl != now {
			cut := i
			if now != paragraph {
				cut = last
			}
			if cut > start {
				all = append(all, piece{text[start:cut], now})
			}
			start, now = cut, rtl
		}
		last = i + size
	}
	if now != paragraph && last < len(text) { // what is neutral at the end
		return append(all, piece{text[start:last], now}, piece{text[last:], paragraph})
	}
	if start < len(text) {
		all = append(all, piece{text[start:], now})
	}
	return all
}

func (d *document) run(r format.Run, lang string, rtl bool, style string) {
	w := &d.w
	w.Open("w:r")
	w.Open("w:rPr")
	if style != "" {
		w.Empty("w:rStyle", "w:val", style)
	}
	if r.Strong {
		w.Empty("w:b")
		w.Empty("w:bCs")
	}
	if r.Em {
		w.Empty("w:i")
		w.Empty("w:iCs")
	}
	switch {
	case r.Sub:
		w.Empty("w:vertAlign", "w:val", "subscript")
	case r.Sup:
		w.Empty("w:vertAlign", "w:val", "superscript")
	}
	if rtl {
		w.Empty("w:rtl")
	}
	if lang != "" {
		language(w, lang)
	}
	w.Close()
	if r.Break {
		w.Empty("w:br")
	} else {
		w.Open("w:t", "xml:space", "preserve")
		w.Text(r.Text)
		w.Close()
	}
	w.Close()
}
