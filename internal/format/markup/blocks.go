package markup

import (
	"encoding/xml"
	"errors"
	"html"
	"io"
	"strings"

	"github.com/wireroom/wireroom/internal/wire"
)

// XHTML is blocks in the form of HTML that XML readers take.
func XHTML(blocks []wire.Block) string {
	return strings.ReplaceAll(wire.HTML(blocks), "<br>", "<br/>")
}

// Dialect says what an element is in HTML; "" for one that only holds others,
// such as tbody. class is its attribute of that name.
type Dialect func(element, class string) string

// HTML is the dialect of XHTML itself.
func HTML(element, _ string) string {
	switch element {
	case "thead", "tbody", "div", "body":
		return ""
	case "th":
		return "td"
	}
	return element
}

// maxDepth bounds how deep elements may lie in each other.
const maxDepth = 32

// element is an element of a body; its children are *element or string.
type element struct {
	name, lang, dir, href string
	children              []any
}

// ReadBlocks makes blocks of the inside of an element, in a dialect. Blocks and
// running text come back as Block and Inline hold them.
func ReadBlocks(inside string, dialect Dialect) ([]wire.Block, error) {
	dec := xml.NewDecoder(strings.NewReader(inside))
	root, err := readElement(dec, &element{}, dialect, 0)
	if err != nil {
		return nil, err
	}
	return root.blocks()
}

func readElement(dec *xml.Decoder, e *element, dialect Dialect, depth int) (*element, error) {
	if depth > maxDepth {
		return nil, wire.Errorf(wire.Exhausted, "body", "has elements more than %d deep", maxDepth)
	}
	for {
		token, err := dec.Token()
		if errors.Is(err, io.EOF) && depth == 0 {
			return e, nil
		}
		if err != nil {
			return nil, wire.Errorf(wire.Invalid, "body", "is not well-formed: %w", err)
		}
		switch t := token.(type) {
		case xml.StartElement:
			child, class := &element{}, ""
			for _, a := range t.Attr {
				switch a.Name.Local {
				case "lang":
					child.lang = a.Value
				case "dir":
					child.dir = a.Value
				case "class":
					class = a.Value
				case "href":
					child.href = a.Value
				}
			}
			if class == "rtl" || class == "ltr" { // where a format has no attribute for it
				child.dir, class = class, ""
			}
			if before, after, ok := strings.Cut(class, " "); ok && (after == "rtl" || after == "ltr") {
				class, child.dir = before, after
			}
			child.name = dialect(t.Name.Local, class)
			if child, err = readElement(dec, child, dialect, depth+1); err != nil {
				return nil, err
			}
			if child.name == "" {
				e.children = append(e.children, child.children...)
			} else {
				e.children = append(e.children, child)
			}
		case xml.CharData:
			e.children = append(e.children, string(t))
		case xml.EndElement:
			return e, nil
		}
	}
}

func (e *element) blocks() ([]wire.Block, error) {
	var all []wire.Block
	for _, c := range e.children {
		switch c := c.(type) {
		case string:
			if strings.TrimSpace(c) != "" {
				return nil, wire.Errorf(wire.Invalid, "body", "has text between its blocks: %q", c)
			}
		case *element:
			b, err := c.block()
			if err != nil {
				return nil, err
			}
			all = append(all, b)
		}
	}
	return all, nil
}

func (e *element) block() (wire.Block, error) {
	b := wire.Block{Kind: wire.BlockKind(e.name), Lang: e.lang, Dir: e.dir}
	switch e.name {
	case "p", "h2", "h3":
		b.Text = e.running()
	case "blockquote":
		b.Kind = wire.Quote
		for _, p := range e.all("p") {
			b.Text += p.running()
		}
	case "ul", "ol":
		for _, li := range e.all("li") {
			b.Items = append(b.Items, li.running())
		}
	case "table":
		for _, tr := range e.all("tr") {
			var row []wire.Inline
			for _, cell := range tr.all("td") {
				row = append(row, cell.running())
			}
			b.Rows = append(b.Rows, row)
		}
	default:
		return b, wire.Errorf(wire.Invalid, "body", "<%s> is not a block", e.name)
	}
	return b, nil
}

func (e *element) all(name string) []*element {
	var found []*element
	for _, c := range e.children {
		if c, ok := c.(*element); ok && c.name == name {
			found = append(found, c)
		}
	}
	return found
}

// running is the inside of an element as running text.
func (e *element) running() wire.Inline {
	var b strings.Builder
	for _, c := range e.children {
		switch c := c.(type) {
		case string:
			b.WriteString(html.EscapeString(c))
		case *element:
			switch c.name {
			case "br":
				b.WriteString("<br>")
			case "a":
				b.WriteString(`<a href="` + html.EscapeString(c.href) + `">` + string(c.running()) + "</a>")
			default:
				b.WriteString("<" + c.name + ">" + string(c.running()) + "</" + c.name + ">")
			}
		}
	}
	return wire.Inline(b.String())
}
