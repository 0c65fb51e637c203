package ingest

import (
	"strings"
	"unicode/utf8"

	"github.com/wireroom/wireroom/internal/vocab"
	"github.com/wireroom/wireroom/internal/wire"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// readHTML reads a page into blocks: the one <article> or <main> of it, if it
// has one, else its body.
func (d *document) readHTML(source string, first int) error {
	if err := d.scan(source, first); err != nil {
		return err
	}
	page, err := html.Parse(strings.NewReader(source))
	if err != nil { // only depth stops it
		return wire.Errorf(wire.Exhausted, d.name, "has elements nested more than 500 deep; send the text of the release alone")
	}
	h := &htmlReader{document: d}
	root := page
	if mains := elements(page, atom.Main); len(mains) == 1 {
		root = mains[0]
	}
	if articles := elements(root, atom.Article); len(articles) == 1 {
		root = articles[0]
	}
	h.metadata(page, root)
	if root != page {
		h.outside(page, root)
	}
	h.walk(root, htmlContext{kind: wire.Paragraph})
	h.flush()
	return nil
}

// readFragment reads a piece of HTML that stands in Markdown.
func (d *document) readFragment(source string, line int) error {
	if err := d.scan(source, line); err != nil {
		return err
	}
	nodes, err := html.ParseFragment(strings.NewReader(source), &html.Node{Type: html.ElementNode, Data: "body", DataAtom: atom.Body})
	if err != nil {
		return wire.Errorf(wire.Exhausted, d.at(line), "has elements nested more than 500 deep; write it flat")
	}
	h := &htmlReader{document: d}
	for _, n := range nodes {
		h.walk(n, htmlContext{kind: wire.Paragraph})
	}
	h.flush()
	return nil
}

// fragmentText is the text of a piece of HTML, its blocks on lines of their own.
func (d *document) fragmentText(source string, line int) string {
	inner := &document{name: d.name, options: d.options}
	err := inner.readFragment(source, line)
	d.findings, d.shown = append(d.findings, inner.findings...), append(d.shown, inner.shown...)
	if err != nil {
		d.find(line, Warning, "markup-in-markdown", "HTML nested too deeply was left out.")
	}
	var lines []string
	for i := range inner.blocks {
		for _, p := range inner.blocks[i].parts() {
			if p.size > 0 {
				lines = append(lines, p.plain())
			}
		}
	}
	return strings.Join(lines, "\n")
}

// htmlReader walks a parsed page. Text gathers in current until a block ends.
type htmlReader struct {
	*document
	current running
	started htmlContext // of the first text in current
	list    *block      // the list being read; text ends as an item of it
	flat    int         // inside list items and cells, where blocks end as lines
}

// htmlContext is what the elements around a node make of its text.
type htmlContext struct {
	kind  wire.BlockKind
	title bool
	style style
	link  string
	lang  string
	dir   string
	pre   bool
}

// flush ends the current block or list item.
func (h *htmlReader) flush() {
	t := h.current.trim()
	h.current = running{}
	if t.empty() && len(t.removed) == 0 {
		return
	}
	if h.list != nil {
		h.list.items = append(h.list.items, t)
		return
	}
	h.append(block{kind: h.started.kind, title: h.started.title, lang: h.started.lang, dir: h.started.dir, text: t})
}

// boundary ends a block: for good, or, where blocks cannot be, with a line break.
func (h *htmlReader) boundary() {
	if h.flat == 0 {
		h.flush()
		return
	}
	if h.current.size > 0 && h.current.last() != '\n' {
		h.current.add("\n", 0, "")
	}
}

// text adds text as HTML sees it: runs of ASCII space are one (HTML §4.4).
func (h *htmlReader) text(s string, c htmlContext) {
	if c.pre {
		s = lineEnds.Replace(s)
	} else {
		s = spaces.Replace(s)
	}
	var b strings.Builder
	last := h.current.last()
	space := last == 0 || last == ' ' || last == '\n'
	for _, r := range s {
		switch r {
		case '\n', '\r', '\f', '\t', ' ':
			if c.pre && r == '\n' {
				b.WriteByte('\n')
			} else if !space {
				b.WriteByte(' ')
			}
			space = true
		default:
			space = space && wire.ForbiddenRune(r) // it will not be there
			b.WriteRune(r)
		}
	}
	s = b.String()
	if s == "" {
		return
	}
	if h.current.size == 0 {
		h.started = c
	}
	for i, line := range strings.Split(s, "\n") {
		if i > 0 {
			h.current.add("\n", 0, "") // as <br> is: no style goes over the end of a line
		}
		h.current.add(line, c.style, c.link)
	}
}

// spaces brings the line ends that HTML does not know as such to spaces.
var spaces = strings.NewReplacer("\u0085", " ", "\u2028", " ", "\u2029", " ", "\v", " ")

func (h *htmlReader) children(n *html.Node, c htmlContext) {
	for child := n.FirstChild; child != nil; child = child.NextSibling {
		h.walk(child, c)
	}
}

// walk reads one node. What it does not name adds nothing but its text.
func (h *htmlReader) walk(n *html.Node, c htmlContext) {
	switch n.Type {
	case html.TextNode:
		h.text(n.Data, c)
		return
	case html.DocumentNode:
		h.children(n, c)
		return
	case html.ElementNode:
	default:
		return
	}
	if quietElements[n.Data] != "" || n.Namespace != "" || n.DataAtom == atom.Head {
		return
	}
	if hidden(n) {
		if size := utf8.RuneCountInString(strings.Join(strings.Fields(textOf(n)), "")); size > 0 {
			h.find(0, Warning, "hidden-dropped", "Text that the page hides was left out: "+quote(textOf(n))+".")
		}
		return
	}
	if _, s := styleOf(n.Data); s != 0 {
		c.style |= s
		h.children(n, h.inlineContext(n, c))
		return
	}
	if isBlock[n.DataAtom] {
		h.block(n, c)
		return
	}
	switch n.DataAtom {
	case atom.Br:
		if h.current.size == 0 {
			h.started = c
		}
		h.current.add("\n", 0, "")
	case atom.A:
		if target := strings.TrimSpace(attribute(n, "href")); wire.SafeLink(target) {
			c.link = target
		}
		h.children(n, h.inlineContext(n, c))
	case atom.Td, atom.Th: // of a table that only lays out
		h.boundary()
		h.children(n, c)
		h.boundary()
	default:
		h.children(n, h.inlineContext(n, c))
	}
}

// inlineContext isolates text that an inline element sets in a direction.
func (h *htmlReader) inlineContext(n *html.Node, c htmlContext) htmlContext {
	if dir := attribute(n, "dir"); dir != "" && n.DataAtom != atom.Bdo {
		c.style |= isolated
	}
	return c
}

var isBlock = map[atom.Atom]bool{
	atom.Html: true, atom.Body: true, atom.Address: true, atom.Article: true, atom.Aside: true, atom.Blockquote: true, atom.Center: true,
	atom.Dd: true, atom.Details: true, atom.Dialog: true, atom.Dir: true, atom.Div: true, atom.Dl: true, atom.Dt: true, atom.Fieldset: true,
	atom.Figcaption: true, atom.Figure: true, atom.Footer: true, atom.Form: true, atom.H1: true, atom.H2: true, atom.H3: true, atom.H4: true,
	atom.H5: true, atom.H6: true, atom.Header: true, atom.Hgroup: true, atom.Hr: true, atom.Legend: true, atom.Li: true, atom.Main: true,
	atom.Menu: true, atom.Ol: true, atom.P: true, atom.Pre: true, atom.Search: true, atom.Section: true, atom.Summary: true, atom.Table: true,
	atom.Tbody: true, atom.Thead: true, atom.Tfoot: true, atom.Tr: true, atom.Caption: true, atom.Ul: true,
}

func (h *htmlReader) block(n *html.Node, c htmlContext) {
	if lang := attribute(n, "lang"); lang != "" && n.DataAtom != atom.Html {
		if known, ok := vocab.LookupLanguage(lang); ok {
			c.lang = known.Tag
		} else if tag, err := vocab.CanonicalTag(lang); err == nil {
			c.lang = tag
		}
	}
	if dir := strings.ToLower(attribute(n, "dir")); dir == "rtl" || dir == "ltr" {
		c.dir = dir
	}
	switch n.DataAtom {
	case atom.H1:
		c.kind, c.title = wire.Heading, true
	case atom.H2:
		c.kind = wire.Heading
	case atom.H3, atom.H4, atom.H5, atom.H6:
		c.kind = wire.Subheading
	case atom.Blockquote:
		c.kind = wire.Quote
	case atom.Dt:
		c.style |= strong
	case atom.Pre:
		c.pre = true
	case atom.Ul, atom.Ol, atom.Menu, atom.Dir:
		h.readList(n, c)
		return
	case atom.Table:
		if h.flat == 0 && tabular(n) {
			h.readTable(n, c)
			return
		}
	}
	h.boundary()
	h.children(n, c)
	h.boundary()
}

// readList reads a list; one inside it becomes items after the one it belongs
// to, as the wire's lists are flat.
func (h *htmlReader) readList(n *html.Node, c htmlContext) {
	if h.list != nil {
		h.find(0, Note, "list-flattened", "A list inside a list was made part of it.")
		h.flush()
		h.listItems(n, c)
		return
	}
	if h.flat > 0 { // inside a cell
		h.boundary()
		h.children(n, c)
		h.boundary()
		return
	}
	h.flush()
	list := block{kind: wire.List, lang: c.lang, dir: c.dir}
	if n.DataAtom == atom.Ol {
		list.kind = wire.OrderedList
	}
	h.list, h.flat = &list, h.flat+1
	h.listItems(n, c)
	h.list, h.flat = nil, h.flat-1
	if len(list.items) > 0 {
		h.append(list)
	}
}

func (h *htmlReader) listItems(n *html.Node, c htmlContext) {
	for child := n.FirstChild; child != nil; child = child.NextSibling {
		h.walk(child, c)
		if child.DataAtom == atom.Li {
			h.flush()
		}
	}
	h.flush()
}

// readTable reads a table of data, its rows made equally long.
func (h *htmlReader) readTable(n *html.Node, c htmlContext) {
	h.flush()
	for _, caption := range elements(n, atom.Caption) {
		h.children(caption, c)
		h.flush()
	}
	table := block{kind: wire.Table, lang: c.lang, dir: c.dir}
	longest := 0
	for _, tr := range elements(n, atom.Tr) {
		var row []running
		seen := false
		for cell := tr.FirstChild; cell != nil; cell = cell.NextSibling {
			if cell.DataAtom != atom.Td && cell.DataAtom != atom.Th {
				continue
			}
			h.flat++
			h.children(cell, c)
			h.flat--
			t := h.current.trim()
			h.current = running{}
			seen = seen || !t.empty()
			row = append(row, t)
		}
		if seen {
			table.rows = append(table.rows, row)
			longest = max(longest, len(row))
		}
	}
	if longest < 2 { // what made it a table was empty
		for _, row := range table.rows {
			h.append(block{kind: c.kind, title: c.title, lang: c.lang, dir: c.dir, text: row[0]})
		}
		return
	}
	for i, row := range table.rows {
		table.rows[i] = append(row, make([]running, longest-len(row))...)
	}
	if len(table.rows) > 0 {
		h.append(table)
	}
}
