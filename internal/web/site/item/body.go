package item

import (
	"html"
	"html/template"
	"regexp"
	"strings"

	"github.com/wireroom/wireroom/internal/locale"
	"github.com/wireroom/wireroom/internal/vocab"
	"github.com/wireroom/wireroom/internal/wire"
)

// Blocks renders blocks of a release. The dateline, if there is one, runs into
// the first paragraph as it does in print; before anything else it stands
// alone.
func Blocks(blocks []wire.Block, dateline string, l locale.Printer) template.HTML {
	var w strings.Builder
	lead := ""
	if dateline != "" {
		lead = `<strong class="dateline">` + html.EscapeString(dateline) + `</strong>`
	}
	for i, b := range blocks {
		b = clean(b)
		if i == 0 && lead != "" {
			if b.Kind == wire.Paragraph && b.Lang == "" && b.Dir == "" {
				w.WriteString("<p>" + lead + " " + string(b.Text) + "</p>\n")
				continue
			}
			w.WriteString("<p>" + lead + "</p>\n")
		}
		if b.Kind == wire.Table {
			table(&w, b, l)
		} else {
			w.WriteString(b.HTML())
		}
		w.WriteByte('\n')
	}
	// Every inline text has passed clean; the rest of the markup is ours.
	return template.HTML(w.String()) //nolint:gosec
}

// clean gives a block in another language its direction, and takes the markup
// from text that is not the closed subset of HTML. Such text is refused where
// it enters the wire; here it is only made harmless.
func clean(b wire.Block) wire.Block {
	if _, err := vocab.CanonicalTag(b.Lang); err != nil {
		b.Lang = ""
	}
	if b.Lang != "" && b.Dir == "" {
		b.Dir = vocab.Direction(b.Lang)
	}
	b.Text = safe(b.Text)
	items := make([]wire.Inline, len(b.Items))
	for i, in := range b.Items {
		items[i] = safe(in)
	}
	b.Items = items
	rows := make([][]wire.Inline, len(b.Rows))
	for i, row := range b.Rows {
		rows[i] = make([]wire.Inline, len(row))
		for j, in := range row {
			rows[i][j] = safe(in)
		}
	}
	b.Rows = rows
	switch b.Kind {
	case wire.Paragraph, wire.Heading, wire.Subheading, wire.Quote, wire.List, wire.OrderedList, wire.Table:
	default:
		b.Kind = wire.Paragraph
	}
	return b
}

func safe(in wire.Inline) wire.Inline {
	if in.Check() == nil {
		return in
	}
	return wire.PlainInline(in.PlainText())
}

// figure matches a cell that is a number, with what stands around numbers:
// currency, sign, brackets, percent. Columns of figures are aligned at the end.
var figure = regexp.MustCompile(`^(?:[A-Z]{3}\s|[A-Z]{0,3}\p{Sc}\s?)?[(+\-−–±]?\s?\p{Sc}?\p{Nd}[\p{Nd}.,'’\s\x{a0}\x{202f}٫٬]*[%٪)\p{Sc}\s]{0,3}$`)

// table renders a table in a region of its own, so that a wide one is scrolled
// by itself, by keyboard too (WCAG 2.1.1), and the page keeps its width.
func table(w *strings.Builder, b wire.Block, l locale.Printer) {
	w.WriteString(`<div class="scroll" role="region" tabindex="0" aria-label="` + html.EscapeString(l.T("item.table")) + `"><table`)
	if b.Lang != "" {
		w.WriteString(` lang="` + html.EscapeString(b.Lang) + `"`)
	}
	if b.Dir != "" {
		w.WriteString(` dir="` + html.EscapeString(b.Dir) + `"`)
	}
	w.WriteString(">")
	figures := figureColumns(b.Rows)
	for i, row := range b.Rows {
		switch i {
		case 0:
			w.WriteString("<thead>")
		case 1:
			w.WriteString("<tbody>")
		}
		w.WriteString("<tr>")
		for j, cell := range row {
			class := ""
			if figures[j] {
				class = ` class="n"`
			}
			switch {
			case i == 0 && cell == "":
				w.WriteString("<td></td>") // an empty header names nothing
			case i == 0:
				w.WriteString(`<th scope="col"` + class + ">" + string(cell) + "</th>")
			case figures[j]:
				w.WriteString("<td" + class + "><bdi>" + string(cell) + "</bdi></td>")
			default:
				w.WriteString("<td>" + string(cell) + "</td>")
			}
		}
		w.WriteString("</tr>")
		if i == 0 {
			w.WriteString("</thead>")
		}
	}
	if len(b.Rows) > 1 {
		w.WriteString("</tbody>")
	}
	w.WriteString("</table></div>")
}

// figureColumns returns the columns in which every filled cell below the header
// is a figure.
func figureColumns(rows [][]wire.Inline) map[int]bool {
	figures, refuted := map[int]bool{}, map[int]bool{}
	for i, row := range rows {
		for j, cell := range row {
			text := strings.TrimSpace(cell.PlainText())
			if i == 0 || text == "" || text == "–" || text == "-" || text == "—" {
				continue
			}
			if figure.MatchString(text) {
				figures[j] = true
			} else {
				refuted[j] = true
			}
		}
	}
	for j := range refuted {
		delete(figures, j)
	}
	return figures
}
