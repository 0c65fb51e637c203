package ingest

import (
	"strings"

	"github.com/wireroom/wireroom/internal/wire"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// maxColumns bounds tables: one of a single row of 100,000 cells would
// otherwise fill every other row up to that.
const maxColumns = 100

// tabular reports whether a table holds data rather than laying out a page:
// more than one column and nothing in it but text.
func tabular(table *html.Node) bool {
	columns := 0
	for _, tr := range elements(table, atom.Tr) {
		n := 0
		for cell := tr.FirstChild; cell != nil; cell = cell.NextSibling {
			if cell.DataAtom == atom.Td || cell.DataAtom == atom.Th {
				n++
			}
		}
		columns = max(columns, n)
	}
	if columns < 2 || columns > maxColumns {
		return false
	}
	for n := range table.Descendants() {
		switch n.DataAtom {
		case atom.Table, atom.H1, atom.H2, atom.H3, atom.Blockquote, atom.Article:
			return false
		}
	}
	return true
}

// elements returns the elements of one kind below n, in order.
func elements(n *html.Node, kind atom.Atom) []*html.Node {
	var found []*html.Node
	for e := range n.Descendants() {
		if e.Type == html.ElementNode && e.DataAtom == kind && e.Namespace == "" {
			found = append(found, e)
		}
	}
	return found
}

func attribute(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key && a.Namespace == "" {
			return a.Val
		}
	}
	return ""
}

// hidden reports whether a browser would not show the element.
func hidden(n *html.Node) bool {
	for _, a := range n.Attr {
		switch a.Key {
		case "hidden":
			return true
		case "style":
			rules := strings.ToLower(strings.Join(strings.Fields(a.Val), ""))
			if strings.Contains(rules, "display:none") || strings.Contains(rules, "visibility:hidden") {
				return true
			}
		}
	}
	return false
}

// textOf is the text below n as far as it is story.
func textOf(n *html.Node) string {
	var b strings.Builder
	var walk func(*html.Node)
	walk = func(n *html.Node) {
		if n.Type == html.TextNode {
			b.WriteString(n.Data)
			return
		}
		if n.Type == html.ElementNode && (quietElements[n.Data] != "" || n.Namespace != "" || n.DataAtom == atom.Head) {
			return
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c)
		}
	}
	walk(n)
	return b.String()
}

// metadata takes the page's language and, where the story itself has no <h1>,
// the headline from an <h1> beside it or from <title>.
func (h *htmlReader) metadata(page, root *html.Node) {
	for _, n := range elements(page, atom.Html) {
		h.language = strings.TrimSpace(attribute(n, "lang"))
	}
	if root != page {
		if lang := attribute(root, "lang"); lang != "" {
			h.language = lang
		}
	}
	if len(elements(root, atom.H1)) > 0 {
		return
	}
	named := elements(page, atom.H1)
	if len(named) != 1 {
		named = nil
		for _, head := range elements(page, atom.Head) {
			named = append(named, elements(head, atom.Title)...)
		}
	}
	if len(named) == 0 {
		return
	}
	inner := &htmlReader{document: &document{name: h.name}}
	inner.children(named[0], htmlContext{kind: wire.Paragraph})
	if t := inner.current.trim(); !t.empty() {
		h.title = &t
	}
}

// outside tells what of the page is not part of its article.
func (h *htmlReader) outside(page, root *html.Node) {
	all := len(strings.Fields(textOf(page)))
	if left := all - len(strings.Fields(textOf(root))); left > 0 {
		h.find(0, Warning, "outside-dropped", itoa(left)+" words outside the page's "+quote("<"+root.Data+">")+" were left out.")
	}
}
