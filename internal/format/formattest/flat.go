package formattest

import (
	"fmt"
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/wireroom/wireroom/internal/vocab"
	"github.com/wireroom/wireroom/internal/wire"
)

// Flat brings the text of an item to the form of formats that know looks of text
// and no elements: which element lies in which does not count, nor where one of
// two that look alike ends, nor a direction or language that is the item's own.
func Flat(it *wire.Item) {
	for _, part := range []*[]wire.Block{&it.Body, &it.Boilerplate, &it.Disclaimer} {
		blocks := slices.Clone(*part)
		for i := range blocks {
			b := &blocks[i]
			if b.Dir == vocab.Direction(it.Language) {
				b.Dir = ""
			}
			b.Text = flat(b.Text)
			b.Items = slices.Clone(b.Items)
			for j := range b.Items {
				b.Items[j] = flat(b.Items[j])
			}
			b.Rows = slices.Clone(b.Rows)
			for j := range b.Rows {
				b.Rows[j] = slices.Clone(b.Rows[j])
				for k := range b.Rows[j] {
					b.Rows[j][k] = flat(b.Rows[j][k])
				}
			}
		}
		*part = blocks
	}
}

// flat writes every stretch of text with how it looks before it, in the order of
// the alphabet. It is plain text: elements do not outlast it.
func flat(in wire.Inline) wire.Inline {
	nodes, err := html.ParseFragment(strings.NewReader("<p>"+string(in)+"</p>"), &html.Node{Type: html.ElementNode, Data: "body", DataAtom: atom.Body})
	if err != nil || len(nodes) != 1 {
		return in
	}
	f := flattener{}
	f.walk(nodes[0], nil)
	return wire.PlainInline(f.out.String())
}

type flattener struct {
	out      strings.Builder
	last     string
	isolates int
}

func (f *flattener) walk(n *html.Node, looks []string) {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.Type == html.TextNode {
			f.say(looks, c.Data)
			continue
		}
		if c.Data == "br" {
			f.say(looks, "\n(br)")
			continue
		}
		look := c.Data
		switch look {
		case "a":
			look += " " + attribute(c, "href")
		case "bdi":
			if c.FirstChild == nil {
				continue
			}
			f.isolates++
			look += fmt.Sprint(" ", f.isolates)
		}
		inside := append(slices.Clone(looks), look)
		slices.Sort(inside)
		f.walk(c, inside)
	}
}

func (f *flattener) say(looks []string, text string) {
	if look := "[" + strings.Join(slices.Compact(looks), " ") + "]"; look != f.last {
		f.out.WriteString(look)
		f.last = look
	}
	f.out.WriteString(text)
}
