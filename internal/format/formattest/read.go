package formattest

import (
	"fmt"
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/wireroom/wireroom/internal/wire"
)

// Body is what a real HTML parser finds in one element that holds blocks.
type Body struct {
	Lang, Dir string
	Blocks    []wire.Block // running text as Normal gives it
}

// Read parses HTML that is one div of blocks. Its error says what else is there.
func Read(source string) (Body, error) {
	nodes, err := html.ParseFragment(strings.NewReader(source), &html.Node{Type: html.ElementNode, Data: "body", DataAtom: atom.Body})
	if err != nil {
		return Body{}, err
	}
	if len(nodes) != 1 || nodes[0].Data != "div" {
		return Body{}, fmt.Errorf("there are %d elements, not one div", len(nodes))
	}
	div := nodes[0]
	b := Body{Lang: attribute(div, "lang"), Dir: attribute(div, "dir")}
	for n := div.FirstChild; n != nil; n = n.NextSibling {
		switch {
		case n.Type == html.TextNode && strings.TrimSpace(n.Data) == "":
		case n.Type == html.ElementNode:
			block, err := readBlock(n)
			if err != nil {
				return b, err
			}
			b.Blocks = append(b.Blocks, block)
		default:
			return b, fmt.Errorf("there is %q between blocks", n.Data)
		}
	}
	return b, nil
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func readBlock(n *html.Node) (wire.Block, error) {
	b := wire.Block{Kind: wire.BlockKind(n.Data), Lang: attribute(n, "lang"), Dir: attribute(n, "dir")}
	switch n.Data {
	case "p", "h2", "h3":
		b.Text = running(n)
	case "blockquote":
		b.Kind, b.Text = wire.Quote, running(n.FirstChild)
	case "ul", "ol":
		for _, li := range elements(n, "li") {
			b.Items = append(b.Items, running(li))
		}
	case "table":
		for _, tr := range elements(n, "tr") {
			var row []wire.Inline
			for _, cell := range elements(tr, "th", "td") {
				row = append(row, running(cell))
			}
			b.Rows = append(b.Rows, row)
		}
	default:
		return b, fmt.Errorf("<%s> is not a block", n.Data)
	}
	return b, nil
}

func elements(n *html.Node, names ...string) []*html.Node {
	var found []*html.Node
	for d := range n.Descendants() {
		if d.Type == html.ElementNode && slices.Contains(names, d.Data) {
			found = append(found, d)
		}
	}
	return found
}

// running is the inside of an element with only the attributes that running
// text may have.
func running(n *html.Node) wire.Inline {
	var b strings.Builder
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		switch {
		case c.Type == html.TextNode:
			b.WriteString(html.EscapeString(c.Data))
		case c.Data == "br":
			b.WriteString("<br>")
		case c.Data == "a":
			b.WriteString(`<a href="` + html.EscapeString(attribute(c, "href")) + `">` + string(running(c)) + "</a>")
		default:
			b.WriteString("<" + c.Data + ">" + string(running(c)) + "</" + c.Data + ">")
		}
	}
	return wire.Inline(b.String())
}

// Normal is blocks with their running text as Read gives it: the same markup
// and characters, escaped in one way.
func Normal(blocks []wire.Block) []wire.Block {
	all := slices.Clone(blocks)
	for i := range all {
		b := &all[i]
		b.Text = normal(b.Text)
		b.Items = slices.Clone(b.Items)
		for j := range b.Items {
			b.Items[j] = normal(b.Items[j])
		}
		b.Rows = slices.Clone(b.Rows)
		for j := range b.Rows {
			b.Rows[j] = slices.Clone(b.Rows[j])
			for k := range b.Rows[j] {
				b.Rows[j][k] = normal(b.Rows[j][k])
			}
		}
	}
	return all
}

func normal(in wire.Inline) wire.Inline {
	nodes, err := html.ParseFragment(strings.NewReader("<p>"+string(in)+"</p>"), &html.Node{Type: html.ElementNode, Data: "body", DataAtom: atom.Body})
	if err != nil || len(nodes) != 1 {
		return in
	}
	return running(nodes[0])
}

// Words is HTML as a reader sees it: its text without markup, runs of white
// space brought to one space.
func Words(source string) string {
	nodes, err := html.ParseFragment(strings.NewReader(source), &html.Node{Type: html.ElementNode, Data: "body", DataAtom: atom.Body})
	if err != nil {
		return err.Error()
	}
	var b strings.Builder
	for _, n := range nodes {
		words(&b, n)
	}
	return Fold(b.String())
}

func words(b *strings.Builder, n *html.Node) {
	switch {
	case n.Type == html.TextNode:
		b.WriteString(n.Data)
	case n.Type == html.ElementNode && slices.Contains([]string{"p", "h1", "h2", "h3", "li", "td", "th", "br", "div", "title", "hr"}, n.Data):
		b.WriteByte(' ')
	}
	if n.Data == "title" || n.Data == "head" {
		return
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		words(b, c)
	}
	if n.Type == html.ElementNode && slices.Contains([]string{"p", "h1", "h2", "h3", "li", "td", "th", "div", "hr"}, n.Data) {
		b.WriteByte(' ')
	}
}

// Fold brings runs of white space to one space, as HTML and readers do.
func Fold(s string) string { return strings.Join(strings.Fields(s), " ") }

// Texts are all the texts for readers that an item carries, in the order in
// which every format has to show them, each folded.
func Texts(it *wire.Item) []string {
	var all []string
	add := func(s string) {
		if s = Fold(s); s != "" {
			all = append(all, s)
		}
	}
	if it.Action.Withdraws() {
		return nil
	}
	add(it.Headline)
	for _, s := range it.Subheads {
		add(s)
	}
	for i, part := range [][]wire.Block{it.Body, it.Boilerplate} {
		for _, b := range part {
			for _, in := range b.Inlines() {
				add(in.PlainText())
			}
		}
		for _, p := range it.Pictures[:len(it.Pictures)*(1-i)] { // between the two
			add(p.Caption)
			add(p.Credit)
		}
	}
	for _, c := range it.Contacts {
		add(c.Name)
		add(c.Role)
		add(c.Organisation)
		add(c.Email)
		add(c.Phone)
	}
	add(it.Organisation)
	if it.Provider != nil {
		add(it.Provider.Name)
		add(it.Provider.Line)
	}
	for _, b := range it.Disclaimer {
		for _, in := range b.Inlines() {
			add(in.PlainText())
		}
	}
	return all
}

// Missing returns the first of the texts that does not follow the ones before
// it in s, which must be folded; "" if all do.
func Missing(s string, texts []string) string {
	for _, text := range texts {
		i := strings.Index(s, text)
		if i < 0 {
			return text
		}
		s = s[i+len(text):]
	}
	return ""
}
