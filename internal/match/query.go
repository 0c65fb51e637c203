package match

import (
	"strings"

	"github.com/wireroom/wireroom/internal/text"
)

// Query is a parsed standing query. It is read-only and safe for concurrent
// use.
type Query struct{ root *node }

// kind is what a node of a query is.
type kind uint8

const (
	everything kind = iota // matches any item
	and
	or
	not
	facet // a field and its value
	words // one or several terms in sequence
)

type node struct {
	kind     kind
	children []*node // of and, or: two or more; of not: one

	// facet
	field, value string // as shown
	key          string // as compared: field:folded value

	// words
	source string      // as shown
	exact  bool        // was quoted
	terms  []text.Term // relative positions
}

// Matches reports whether the item of the document is wanted.
func (q *Query) Matches(d *Document) bool { return q.root.matches(d) }

func (n *node) matches(d *Document) bool {
	switch n.kind {
	case everything:
		return true
	case and:
		for _, c := range n.children {
			if !c.matches(d) {
				return false
			}
		}
		return true
	case or:
		for _, c := range n.children {
			if c.matches(d) {
				return true
			}
		}
		return false
	case not:
		return !n.children[0].matches(d)
	case facet:
		return d.facets[n.key]
	default:
		return d.contains(n.terms)
	}
}

// String is the query in canonical form: Parse gives the same query again. The
// query that matches everything is "*".
func (q *Query) String() string {
	var b strings.Builder
	q.root.write(&b, false)
	return b.String()
}

func (n *node) write(b *strings.Builder, inner bool) {
	switch n.kind {
	case everything:
		b.WriteByte('*')
	case and, or:
		word := " AND "
		if n.kind == or {
			word = " OR "
		}
		if inner {
			b.WriteByte('(')
		}
		for i, c := range n.children {
			if i > 0 {
				b.WriteString(word)
			}
			c.write(b, true)
		}
		if inner {
			b.WriteByte(')')
		}
	case not:
		b.WriteString("NOT ")
		n.children[0].write(b, true)
	case facet:
		b.WriteString(n.field + ":" + quoteIfNeeded(n.value))
	default:
		if n.exact {
			b.WriteString(quote(n.source))
		} else {
			b.WriteString(n.source)
		}
	}
}

func quote(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}

func quoteIfNeeded(s string) string {
	if s == "" || strings.ContainsFunc(s, func(r rune) bool { return isDelimiter(r) }) {
		return quote(s)
	}
	return s
}

// Why names what in the query made it match: the fields and words that hold,
// outside of NOT, each once, in the order of the query. It is empty if the
// query does not match or asks for nothing in particular.
func (q *Query) Why(d *Document) []string {
	if !q.Matches(d) {
		return nil
	}
	var reasons []string
	seen := map[string]bool{}
	var walk func(*node)
	walk = func(n *node) {
		switch n.kind {
		case and, or:
			for _, c := range n.children {
				walk(c)
			}
		case facet, words:
			var b strings.Builder
			n.write(&b, false)
			if n.matches(d) && !seen[b.String()] {
				seen[b.String()] = true
				reasons = append(reasons, b.String())
			}
		}
	}
	walk(q.root)
	return reasons
}
