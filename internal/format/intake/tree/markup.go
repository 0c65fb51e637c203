package tree

import (
	"html"
	"strings"
)

// HTML takes what stands below n and writes it as HTML, for a reader of HTML to
// clean: nothing in it may be trusted. name says which HTML element an element
// is, and its attributes as they are to be written; "" leaves the element out
// and keeps what it holds; "-" leaves out both, untaken.
func (n *Node) HTML(name func(*Node) (element string, attributes [][2]string)) string {
	if n == nil {
		return ""
	}
	var b strings.Builder
	for _, c := range n.Children {
		c.html(&b, name)
	}
	return b.String()
}

func (n *Node) html(b *strings.Builder, name func(*Node) (string, [][2]string)) {
	if n.Name == "" {
		n.taken = true
		b.WriteString(html.EscapeString(n.Text))
		return
	}
	element, attributes := name(n)
	if element == "-" {
		return
	}
	if element != "" {
		b.WriteString("<" + element)
		for _, a := range attributes {
			b.WriteString(" " + a[0] + `="` + html.EscapeString(a[1]) + `"`)
		}
		b.WriteString(">")
	}
	for _, c := range n.Children {
		c.html(b, name)
	}
	switch element {
	case "", "br", "img", "hr":
	default:
		b.WriteString("</" + element + ">")
	}
}

// XHTML names an element of XHTML as itself, with the attributes that mean
// something to a story.
func XHTML(n *Node) (string, [][2]string) {
	var attributes [][2]string
	for _, a := range []string{"href", "lang", "dir", "src", "alt", "hidden", "style"} {
		if v := n.Attr(a); v != "" {
			attributes = append(attributes, [2]string{a, v})
		}
	}
	if v := n.Attr("xml:lang"); v != "" && n.Peek("lang") == "" {
		attributes = append(attributes, [2]string{"lang", v})
	}
	n.Attr("class") // says how it looks
	name := strings.ToLower(n.Name)
	if strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
		return "", nil
	}
	return name, attributes
}
