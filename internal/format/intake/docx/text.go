package docx

import (
	"html"
	"maps"
	"slices"
	"strings"

	"github.com/wireroom/wireroom/internal/format/intake/tree"
)

func sortedValues(m map[string]string) []string { return slices.Sorted(maps.Values(m)) }

// writer turns paragraphs and tables into HTML.
type writer struct {
	*file
	out      strings.Builder
	list     string // the list that is open: "ul", "ol", ""
	rtl, ltr int    // paragraphs by direction
}

func (w *writer) endList() {
	if w.list != "" {
		w.out.WriteString("</" + w.list + ">")
		w.list = ""
	}
}

// blocks writes what stands in a body, cell or note.
func (w *writer) blocks(n *tree.Node) {
	if n == nil {
		return
	}
	for _, c := range n.Children {
		switch c.Name {
		case "p":
			w.paragraph(c)
		case "tbl":
			w.endList()
			w.table(c)
		case "sdt": // a content control
			w.blocks(c.Get("sdtContent"))
		case "customXml", "ins", "moveTo":
			w.blocks(c)
		}
	}
}

func (w *writer) table(n *tree.Node) {
	w.out.WriteString("<table>")
	for _, tr := range n.All("tr") {
		w.out.WriteString("<tr>")
		for _, tc := range tr.All("tc") {
			w.out.WriteString("<td>")
			inner := writer{file: w.file}
			inner.blocks(tc)
			inner.endList()
			w.out.WriteString(inner.out.String() + "</td>")
		}
		w.out.WriteString("</tr>")
	}
	w.out.WriteString("</table>")
}

func (w *writer) paragraph(n *tree.Node) {
	properties := n.Get("pPr")
	element, list := w.element(properties)
	var text strings.Builder
	w.runs(&text, n)
	dir := ""
	if on(properties.Get("bidi")) {
		dir = ` dir="rtl"`
	}
	if strings.TrimSpace(text.String()) == "" {
		return
	}
	if dir != "" {
		w.rtl++
	} else {
		w.ltr++
	}
	if list != w.list {
		w.endList()
		if w.list = list; list != "" {
			w.out.WriteString("<" + list + dir + ">")
		}
	}
	w.out.WriteString("<" + element + dir + ">" + text.String() + "</" + element + ">\n")
}

// element says what a paragraph is: by its numbering, else by its style.
func (w *writer) element(properties *tree.Node) (element, list string) {
	kind := w.styles[properties.Get("pStyle").Attr("val")]
	if id := properties.Get("numPr", "numId").Attr("val"); id != "" && id != "0" && !strings.HasPrefix(kind, "h") {
		kind = "ul"
		if w.numbers[id] {
			kind = "ol"
		}
	}
	switch kind {
	case "ul", "ol":
		return "li", kind
	case "":
		return "p", ""
	}
	return kind, ""
}

// on reads a switch (ECMA-376 part 1 §17.17.4): it is on unless it says not.
func on(n *tree.Node) bool {
	if n == nil {
		return false
	}
	switch n.Attr("val") {
	case "0", "false", "off", "none":
		return false
	}
	return true
}

// runs writes running text. What was deleted under revision marks is not text.
func (w *writer) runs(b *strings.Builder, n *tree.Node) {
	if n == nil {
		return
	}
	for _, c := range n.Children {
		switch c.Name {
		case "r":
			w.run(b, c)
		case "hyperlink":
			target := w.links[c.Attr("id")]
			if target == "" {
				w.runs(b, c)
				continue
			}
			b.WriteString(`<a href="` + html.EscapeString(target) + `">`)
			w.runs(b, c)
			b.WriteString("</a>")
		case "ins", "moveTo", "smartTag", "fldSimple", "customXml", "bdo", "dir":
			w.runs(b, c)
		case "sdt":
			w.runs(b, c.Get("sdtContent"))
		}
	}
}

func (w *writer) run(b *strings.Builder, n *tree.Node) {
	properties := n.Get("rPr")
	if on(properties.Get("vanish")) || on(properties.Get("webHidden")) {
		return
	}
	var text strings.Builder
	for _, c := range n.Children {
		switch c.Name {
		case "t":
			text.WriteString(html.EscapeString(c.Raw()))
		case "tab":
			text.WriteByte(' ')
		case "br", "cr":
			if c.Attr("type") != "page" {
				text.WriteString("<br>")
			}
		case "noBreakHyphen":
			text.WriteString("\u2011")
		case "footnoteReference", "endnoteReference":
			text.WriteString(noteMark(c))
		}
	}
	if text.Len() == 0 {
		return
	}
	var open, end string
	add := func(wanted bool, tag string) {
		if wanted {
			open, end = open+"<"+tag+">", "</"+tag+">"+end
		}
	}
	add(on(properties.Get("b")) || on(properties.Get("bCs")) && on(properties.Get("rtl")), "strong")
	add(on(properties.Get("i")) || on(properties.Get("iCs")) && on(properties.Get("rtl")), "em")
	add(properties.Get("vertAlign").Peek("val") == "superscript", "sup")
	add(properties.Get("vertAlign").Peek("val") == "subscript", "sub")
	b.WriteString(open + text.String() + end)
}
