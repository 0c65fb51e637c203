package wire

import (
	"html"
	"strings"
)

// BlockKind is what a block of a body is. The set is closed: what a document
// has beyond it is brought to the nearest of these or refused.
type BlockKind string

// The kinds of block.
const (
	Paragraph   BlockKind = "p"
	Heading     BlockKind = "h2"
	Subheading  BlockKind = "h3"
	Quote       BlockKind = "quote"
	List        BlockKind = "ul"
	OrderedList BlockKind = "ol"
	Table       BlockKind = "table"
)

// Block is one block of text. Exactly one of Text, Items and Rows is filled,
// as Kind demands.
type Block struct {
	Kind  BlockKind  `json:"kind"`
	Lang  string     `json:"lang,omitempty"` // where it differs from the edition's
	Dir   string     `json:"dir,omitempty"`  // "ltr" or "rtl", where it differs
	Text  Inline     `json:"text,omitempty"`
	Items []Inline   `json:"items,omitempty"`
	Rows  [][]Inline `json:"rows,omitempty"` // the first row is the header
}

// P is a paragraph of plain text.
func P(text string) Block { return Block{Kind: Paragraph, Text: PlainInline(text)} }

// Inlines returns every piece of running text in the block, in reading order.
func (b Block) Inlines() []Inline {
	switch b.Kind {
	case List, OrderedList:
		return b.Items
	case Table:
		var all []Inline
		for _, row := range b.Rows {
			all = append(all, row...)
		}
		return all
	default:
		return []Inline{b.Text}
	}
}

// PlainText returns the block as lines of plain text: list items with a dash or
// number, table cells separated by tabs.
func (b Block) PlainText() string {
	var lines []string
	switch b.Kind {
	case List:
		for _, it := range b.Items {
			lines = append(lines, "- "+it.PlainText())
		}
	case OrderedList:
		for i, it := range b.Items {
			lines = append(lines, itoa(i+1)+". "+it.PlainText())
		}
	case Table:
		for _, row := range b.Rows {
			cells := make([]string, len(row))
			for i, c := range row {
				cells[i] = c.PlainText()
			}
			lines = append(lines, strings.Join(cells, "\t"))
		}
	default:
		return b.Text.PlainText()
	}
	return strings.Join(lines, "\n")
}

// HTML returns the block as an HTML fragment, safe to embed: the inline text is
// validated on the way into the domain.
func (b Block) HTML() string {
	var w strings.Builder
	attrs := ""
	if b.Lang != "" {
		attrs += ` lang="` + html.EscapeString(b.Lang) + `"`
	}
	if b.Dir != "" {
		attrs += ` dir="` + html.EscapeString(b.Dir) + `"`
	}
	switch b.Kind {
	case Quote:
		w.WriteString("<blockquote" + attrs + "><p>" + string(b.Text) + "</p></blockquote>")
	case List, OrderedList:
		w.WriteString("<" + string(b.Kind) + attrs + ">")
		for _, it := range b.Items {
			w.WriteString("<li>" + string(it) + "</li>")
		}
		w.WriteString("</" + string(b.Kind) + ">")
	case Table:
		w.WriteString("<table" + attrs + ">")
		for i, row := range b.Rows {
			switch i {
			case 0:
				w.WriteString("<thead>")
			case 1:
				w.WriteString("<tbody>")
			}
			w.WriteString("<tr>")
			for _, c := range row {
				if i == 0 {
					w.WriteString(`<th scope="col">` + string(c) + "</th>")
				} else {
					w.WriteString("<td>" + string(c) + "</td>")
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
		w.WriteString("</table>")
	default:
		w.WriteString("<" + string(b.Kind) + attrs + ">" + string(b.Text) + "</" + string(b.Kind) + ">")
	}
	return w.String()
}

// HTML renders blocks one after another, a line each.
func HTML(blocks []Block) string {
	lines := make([]string, len(blocks))
	for i, b := range blocks {
		lines[i] = b.HTML()
	}
	return strings.Join(lines, "\n")
}

// PlainText renders blocks as plain text, an empty line between them.
func PlainText(blocks []Block) string {
	parts := make([]string, len(blocks))
	for i, b := range blocks {
		parts[i] = b.PlainText()
	}
	return strings.Join(parts, "\n\n")
}
