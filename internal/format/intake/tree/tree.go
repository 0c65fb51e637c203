package tree

import (
	"strconv"
	"strings"
)

// Bounds of one document. encoding/xml alone would take 391 MB for 15 MB of
// "<a>".
const (
	MaxBytes = 8 << 20
	MaxDepth = 200
	MaxNodes = 200_000 // elements, members, attributes and texts together
)

// Attr is an attribute of an XML element.
type Attr struct {
	Name  string // local name; "xml:lang" for that of XML itself
	Value string
	taken bool
}

// Node is an element of XML, a member of JSON or, with Name "", a piece of
// text. The entries of a JSON array are nodes of the array's name beside each
// other. Methods take a nil Node as one that is empty.
type Node struct {
	Name     string
	Space    string // XML namespace
	Line     int    // where it begins, from 1
	Text     string // of a text
	Attrs    []Attr
	Children []*Node
	taken    bool // of a text: someone has read it
}

// Get returns the first node at a path of local names, nil if there is none.
func (n *Node) Get(path ...string) *Node {
	if n == nil || len(path) == 0 {
		return n
	}
	for _, c := range n.Children {
		if c.Name == path[0] {
			if found := c.Get(path[1:]...); found != nil {
				return found
			}
		}
	}
	return nil
}

// All returns every node at a path of local names, in order.
func (n *Node) All(path ...string) []*Node {
	if n == nil {
		return nil
	}
	if len(path) == 0 {
		return []*Node{n}
	}
	var found []*Node
	for _, c := range n.Children {
		if c.Name == path[0] {
			found = append(found, c.All(path[1:]...)...)
		}
	}
	return found
}

// Find returns the first node of a local name anywhere below n, n included.
func (n *Node) Find(name string) *Node {
	if n == nil || n.Name == name {
		return n
	}
	for _, c := range n.Children {
		if c.Name == "" {
			continue
		}
		if found := c.Find(name); found != nil {
			return found
		}
	}
	return nil
}

// Attr takes the value of an attribute, "" if there is none.
func (n *Node) Attr(name string) string {
	if n == nil {
		return ""
	}
	for i := range n.Attrs {
		if n.Attrs[i].Name == name {
			n.Attrs[i].taken = true
			return strings.TrimSpace(n.Attrs[i].Value)
		}
	}
	return ""
}

// Peek is Attr without taking it.
func (n *Node) Peek(name string) string {
	if n == nil {
		return ""
	}
	for i := range n.Attrs {
		if n.Attrs[i].Name == name {
			return strings.TrimSpace(n.Attrs[i].Value)
		}
	}
	return ""
}

// Word takes all text below n, its white space made single spaces.
func (n *Node) Word() string { return strings.Join(strings.Fields(n.Raw()), " ") }

// Raw takes all text below n as it stands.
func (n *Node) Raw() string {
	var b strings.Builder
	n.raw(&b)
	return b.String()
}

func (n *Node) raw(b *strings.Builder) {
	if n == nil {
		return
	}
	if n.Name == "" {
		n.taken = true
		b.WriteString(n.Text)
	}
	for _, c := range n.Children {
		c.raw(b)
	}
}

// Drop takes everything at and below n: what only wraps or repeats.
func (n *Node) Drop() {
	if n == nil {
		return
	}
	n.taken = true
	for i := range n.Attrs {
		n.Attrs[i].taken = true
	}
	for _, c := range n.Children {
		c.Drop()
	}
}

// Field is something that a document says, by its place in it.
type Field struct {
	Name  string `json:"name"` // path: "itemMeta/link[2]/@href"
	Value string `json:"value"`
}

// Left returns the texts and attributes below n that nobody took, in order.
func (n *Node) Left() []Field {
	var left []Field
	n.left("", &left)
	return left
}

func (n *Node) left(path string, left *[]Field) {
	if n == nil {
		return
	}
	join := func(name string) string {
		if path == "" {
			return name
		}
		return path + "/" + name
	}
	for _, a := range n.Attrs {
		if !a.taken && strings.TrimSpace(a.Value) != "" {
			*left = append(*left, Field{join("@" + a.Name), strings.TrimSpace(a.Value)})
		}
	}
	many, seen := map[string]int{}, map[string]int{}
	for _, c := range n.Children {
		many[c.Name]++
	}
	for _, c := range n.Children {
		if c.Name == "" {
			if text := strings.TrimSpace(c.Text); text != "" && !c.taken {
				*left = append(*left, Field{path, text})
			}
			continue
		}
		name := c.Name
		if seen[name]++; many[name] > 1 {
			name += "[" + strconv.Itoa(seen[name]) + "]"
		}
		c.left(join(name), left)
	}
}
