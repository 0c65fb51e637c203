package docx

import (
	"github.com/wireroom/wireroom/internal/format"
	"github.com/wireroom/wireroom/internal/format/intake/tree"
	"github.com/wireroom/wireroom/internal/wire"
)

// kinds are blocks by the style of their paragraphs.
var kinds = map[string]wire.BlockKind{"": wire.Paragraph, "Heading1": wire.Heading, "Heading2": wire.Subheading, "Quote": wire.Quote}

// blocks reads a part made of blocks.
func (r *reader) blocks(n *tree.Node) []wire.Block {
	var all []wire.Block
	list := "" // the list that goes on
	if n == nil {
		return nil
	}
	for _, c := range n.Children {
		switch c.Name {
		case "tbl":
			list = ""
			all = append(all, r.table(c))
		case "p":
			style, id := c.Get("pPr", "pStyle").Attr("val"), c.Get("pPr", "numPr", "numId").Attr("val")
			runs := r.runs(c)
			switch {
			case style == "Gap", id == "" && len(runs) == 0: // behind a table; a dateline alone
				list = ""
			case id != "" && id == list:
				last := &all[len(all)-1]
				last.Items = append(last.Items, format.Inline(runs))
			case id != "":
				list = id
				b := r.block(c, wire.List)
				if r.numbered[id] {
					b.Kind = wire.OrderedList
				}
				b.Items = []wire.Inline{format.Inline(runs)}
				all = append(all, b)
			default:
				list = ""
				b := r.block(c, kinds[style])
				b.Text = format.Inline(runs)
				all = append(all, b)
			}
		}
	}
	return all
}

// block is a block without its text: language and direction where they differ.
func (r *reader) block(p *tree.Node, kind wire.BlockKind) wire.Block {
	b := wire.Block{Kind: kind, Lang: r.lang(p)}
	if rtl := p.Get("pPr", "bidi") != nil; rtl != r.rtl {
		b.Dir = map[bool]string{true: "rtl", false: "ltr"}[rtl]
	}
	return b
}

// lang is the language that the runs of a paragraph name.
func (r *reader) lang(p *tree.Node) string {
	tag := p.Find("lang").Attr("val")
	for ours, known := range regional {
		if tag == known {
			return ours
		}
	}
	return tag
}

func (r *reader) table(n *tree.Node) wire.Block {
	var b wire.Block
	for i, tr := range n.All("tr") {
		var row []wire.Inline
		for _, tc := range tr.All("tc") {
			p := tc.Get("p")
			if i == 0 && row == nil {
				b = r.block(p, wire.Table)
			}
			row = append(row, format.Inline(r.runs(p)))
		}
		b.Rows = append(b.Rows, row)
	}
	return b
}

// runs reads running text, without the dateline.
func (r *reader) runs(n *tree.Node) []format.Run {
	t := text{links: r.links}
	t.read(n, "")
	return t.runs
}

// text is running text while it is read.
type text struct {
	links    map[string]string
	runs     []format.Run
	isolates int
	within   int
}

func (t *text) read(n *tree.Node, link string) {
	if n == nil {
		return
	}
	for _, c := range n.Children {
		switch c.Name {
		case "r":
			t.run(c, link)
		case "hyperlink":
			t.read(c, t.links[c.Attr("id")])
		}
	}
}

func (t *text) run(n *tree.Node, link string) {
	properties := n.Get("rPr")
	words := n.Get("t").Raw()
	if properties.Get("rStyle").Attr("val") == "Isolate" {
		if words == isolate {
			t.isolates++
			t.within = t.isolates
		} else {
			t.within = 0
		}
		return
	}
	look := properties.Get("vertAlign").Attr("val")
	r := format.Run{Text: words, Break: n.Get("br") != nil, Marks: format.Marks{
		Strong: properties.Get("b") != nil, Em: properties.Get("i") != nil, Sub: look == "subscript", Sup: look == "superscript", Isolate: t.within, Link: link,
	}}
	if r.Break {
		r.Text = "\n"
	} else if i := len(t.runs) - 1; i >= 0 && !t.runs[i].Break && t.runs[i].Marks == r.Marks {
		t.runs[i].Text += r.Text // it was cut where the direction changed
		return
	}
	t.runs = append(t.runs, r)
}
