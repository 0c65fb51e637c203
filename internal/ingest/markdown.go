package ingest

import (
	"regexp"
	"slices"
	"strings"

	"github.com/wireroom/wireroom/internal/wire"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	extast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/text"
)

// Bounds of Markdown. Goldmark takes time in the square of each of these:
// 100,000 quotes in quotes took it 15 s, 50,000 unclosed links 7 s.
const (
	maxMarkers    = 50    // quotes and lists opened on one line
	maxBrackets   = 1_000 // [ in one paragraph
	maxReferences = 1_000 // [name]: address lines
	maxDepth      = 100   // elements inside elements
)

var (
	markers   = regexp.MustCompile(`^(?:[ \t]*(?:>|[-*+][ \t]|[0-9]{1,9}[.)][ \t]))+`)
	marker    = regexp.MustCompile(`>|[-*+][ \t]|[0-9]{1,9}[.)][ \t]`)
	reference = regexp.MustCompile(`^ {0,3}\[[^\]]+\]:`)
)

// readMarkdown reads CommonMark with tables into blocks.
func (d *document) readMarkdown(source string, first int) error {
	if err := d.boundMarkdown(source, first); err != nil {
		return err
	}
	raw := []byte(source)
	root := goldmark.New(goldmark.WithExtensions(extension.Table)).Parser().Parse(text.NewReader(raw))
	m := &markdown{document: d, source: raw, first: first}
	for i, b := range raw {
		if b == '\n' {
			m.breaks = append(m.breaks, i)
		}
	}
	return m.blocksOf(root, 0, wire.Paragraph)
}

// boundMarkdown refuses what would take the parser long.
func (d *document) boundMarkdown(source string, first int) error {
	brackets, references := 0, 0
	for i, line := range strings.Split(source, "\n") {
		if strings.TrimSpace(line) == "" {
			brackets = 0
			continue
		}
		if brackets += strings.Count(line, "["); brackets > maxBrackets {
			return wire.Errorf(wire.Exhausted, d.at(first+i), "has more than %d brackets or links in one paragraph; part it with empty lines", maxBrackets)
		}
		if reference.MatchString(line) {
			if references++; references > maxReferences {
				return wire.Errorf(wire.Exhausted, d.at(first+i), "has more than %d link definitions; write the links in the text", maxReferences)
			}
		}
		if len(marker.FindAllString(markers.FindString(line), maxMarkers+1)) > maxMarkers {
			return wire.Errorf(wire.Exhausted, d.at(first+i), "has quotes or lists nested more than %d deep; write it flat", maxMarkers)
		}
	}
	return nil
}

// markdown walks a parsed document.
type markdown struct {
	*document
	source []byte
	first  int   // line of the file the source begins at
	breaks []int // positions of its line feeds
}

// line returns the line of the file that a node begins at.
func (m *markdown) line(n ast.Node) int {
	for ; n != nil; n = n.FirstChild() {
		if n.Type() == ast.TypeBlock && n.Lines().Len() > 0 {
			at, _ := slices.BinarySearch(m.breaks, n.Lines().At(0).Start)
			return m.first + at
		}
	}
	return 0
}

func (m *markdown) tooDeep(n ast.Node) error {
	return wire.Errorf(wire.Exhausted, m.at(m.line(n)), "is nested more than %d deep; write it flat", maxDepth)
}

// blocksOf appends the blocks of a container; prose in it is of the given kind.
func (m *markdown) blocksOf(parent ast.Node, depth int, prose wire.BlockKind) error {
	if depth > maxDepth {
		return m.tooDeep(parent)
	}
	for n := parent.FirstChild(); n != nil; n = n.NextSibling() {
		b := block{kind: prose, line: m.line(n)}
		var err error
		switch n := n.(type) {
		case *ast.Heading:
			b.kind, b.title = wire.Heading, n.Level == 1
			if n.Level > 2 {
				b.kind = wire.Subheading
			}
			err = m.running(&b.text, n, 0, "", 0)
		case *ast.Paragraph, *ast.TextBlock:
			err = m.running(&b.text, n, 0, "", 0)
		case *ast.Blockquote:
			err = m.blocksOf(n, depth+1, wire.Quote)
		case *ast.List:
			err = m.list(&b, n, depth+1)
		case *extast.Table:
			err = m.table(&b, n)
		case *ast.FencedCodeBlock, *ast.CodeBlock:
			b.text.add(strings.TrimRight(string(n.Lines().Value(m.source)), "\n"), 0, "")
			m.find(b.line, Warning, "code-as-text", "Code is set as ordinary text: the wire has no code blocks.")
		case *ast.HTMLBlock:
			m.find(b.line, Warning, "markup-in-markdown", "HTML in Markdown was read for its text; its markup was left out where the wire has no equal.")
			html := string(n.Lines().Value(m.source))
			if n.HasClosure() {
				html += string(n.ClosureLine.Value(m.source))
			}
			err = m.readFragment(html, b.line)
		}
		if err != nil {
			return err
		}
		m.append(b)
	}
	return nil
}

// append adds a block unless it shows nothing; the markup left no trace then.
func (d *document) append(b block) {
	for _, p := range b.parts() {
		*p = p.trim()
	}
	if !b.empty() || b.carriesRemoved() {
		d.blocks = append(d.blocks, b)
	}
}

func (b *block) carriesRemoved() bool {
	for _, p := range b.parts() {
		if len(p.removed) > 0 {
			return true
		}
	}
	return false
}

// list makes one list of a list; lists inside it become items after the one
// they belong to, as the wire's lists are flat.
func (m *markdown) list(b *block, n *ast.List, depth int) error {
	if depth > maxDepth {
		return m.tooDeep(n)
	}
	if len(b.items) == 0 {
		if b.kind = wire.List; n.IsOrdered() {
			b.kind = wire.OrderedList
		}
	}
	for item := n.FirstChild(); item != nil; item = item.NextSibling() {
		var t running
		flush := func() {
			if t = t.trim(); !t.empty() || len(t.removed) > 0 {
				b.items = append(b.items, t)
			}
			t = running{}
		}
		if err := m.item(b, &t, item, depth, flush); err != nil {
			return err
		}
		flush()
	}
	return nil
}

// item reads what stands in a list item into t; flush ends the item before one
// of its own lists begins.
func (m *markdown) item(b *block, t *running, item ast.Node, depth int, flush func()) error {
	if depth > maxDepth {
		return m.tooDeep(item)
	}
	for n := item.FirstChild(); n != nil; n = n.NextSibling() {
		if t.size > 0 {
			t.add("\n", 0, "")
		}
		var err error
		switch n := n.(type) {
		case *ast.List:
			m.find(m.line(n), Note, "list-flattened", "A list inside a list was made part of it.")
			flush()
			err = m.list(b, n, depth+1)
		case *ast.Blockquote:
			err = m.item(b, t, n, depth+1, flush)
		case *ast.FencedCodeBlock, *ast.CodeBlock, *ast.HTMLBlock:
			raw := string(n.Lines().Value(m.source))
			if h, ok := n.(*ast.HTMLBlock); ok {
				if h.HasClosure() {
					raw += string(h.ClosureLine.Value(m.source))
				}
				raw = m.fragmentText(raw, m.line(n))
			}
			t.add(strings.TrimRight(raw, "\n"), 0, "")
		case *extast.Table:
			var inner block
			err = m.table(&inner, n)
			for _, row := range inner.rows {
				for i := range row {
					t.add(row[i].plain()+" ", 0, "")
					t.removed = append(t.removed, row[i].removed...)
				}
			}
		default:
			err = m.running(t, n, 0, "", 0)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (m *markdown) table(b *block, n *extast.Table) error {
	b.kind = wire.Table
	for row := n.FirstChild(); row != nil; row = row.NextSibling() {
		var cells []running
		for cell := row.FirstChild(); cell != nil; cell = cell.NextSibling() {
			var t running
			if err := m.running(&t, cell, 0, "", 0); err != nil {
				return err
			}
			cells = append(cells, t.trim())
		}
		b.rows = append(b.rows, cells)
	}
	return nil
}

// running reads the inline children of a node.
func (m *markdown) running(t *running, parent ast.Node, s style, link string, depth int) error {
	if depth > maxDepth {
		return m.tooDeep(parent)
	}
	raw := rawStyles{document: m.document, line: m.line(parent)}
	for n := parent.FirstChild(); n != nil; n = n.NextSibling() {
		now := s | raw.style()
		var err error
		switch n := n.(type) {
		case *ast.Text:
			if raw.silent() {
				continue
			}
			t.add(unescape(string(n.Value(m.source)), n.IsRaw()), now, link)
			if n.HardLineBreak() {
				t.add("\n", now, link)
			} else if n.SoftLineBreak() && !m.unspacedBreak(n) {
				t.add(" ", now, link)
			}
		case *ast.String:
			t.add(string(n.Value), now, link)
		case *ast.CodeSpan:
			for c := n.FirstChild(); c != nil; c = c.NextSibling() {
				if piece, ok := c.(*ast.Text); ok {
					t.add(strings.ReplaceAll(string(piece.Value(m.source)), "\n", " "), now, link)
				}
			}
		case *ast.Emphasis:
			add := emphasis
			if n.Level > 1 {
				add = strong
			}
			err = m.running(t, n, now|add, link, depth+1)
		case *ast.Link:
			err = m.running(t, n, now, m.safe(string(n.Destination), raw.line), depth+1)
		case *ast.AutoLink:
			target := string(n.URL(m.source))
			if n.AutoLinkType == ast.AutoLinkEmail && !strings.HasPrefix(strings.ToLower(target), "mailto:") {
				target = "mailto:" + target
			}
			t.add(string(n.Label(m.source)), now, m.safe(target, raw.line))
		case *ast.Image:
			var alt running
			if err = m.running(&alt, n, 0, "", depth+1); err != nil {
				return err
			}
			if m.shows(string(n.Destination), alt.plain(), string(n.Title)) {
				continue
			}
			m.find(raw.line, Warning, "image-dropped", "The picture "+quote(string(n.Destination))+" was left out: hand it in beside the text.")
		case *ast.RawHTML:
			raw.tag(string(n.Segments.Value(m.source)), t, now, link)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// unspacedBreak reports whether the line break after n stands between two
// characters of scripts written without spaces.
func (m *markdown) unspacedBreak(n *ast.Text) bool {
	next, ok := n.NextSibling().(*ast.Text)
	return ok && unspaced(lastRune(string(n.Value(m.source)))) && unspaced(firstRune(string(next.Value(m.source))))
}

// safe returns a link's target, or "" with a finding where it may not be
// carried.
func (d *document) safe(target string, line int) string {
	target = strings.TrimSpace(target)
	if wire.SafeLink(target) {
		return target
	}
	d.find(line, Warning, "link-dropped", "The link to "+quote(target)+" was taken off its text: only absolute http, https and mailto links are carried.")
	return ""
}
