package match

import (
	"fmt"
	"strings"
)

// Query is a parsed standing query. It is read-only and safe for concurrent
// use.
type Query struct{ root *Node }

// Root returns the query as a tree, for whoever compiles it into something else:
// the archive asks it of a database. The tree is the query's own and must not be
// changed.
func (q *Query) Root() *Node { return q.root }

// Kind is what a part of a query is.
type Kind uint8

// The kinds of parts.
const (
	All    Kind = iota // matches any item
	And                // every child matches
	Or                 // at least one child matches
	Not                // the child does not match
	Facet              // the item has the value in the field
	Words              // the text has the terms at these relative positions
	Prefix             // the text has a word that begins so
	Near               // two of Words or Prefix stand close together
)

// Scope is where in an item words are looked for.
type Scope uint8

// The scopes. Anywhere is headline, subheads, body and the organisation's name;
// boilerplate is never searched.
const (
	Anywhere   Scope = iota
	InHeadline       // the headline
	InBody           // subheads and body
)

// scopes are the names of the scopes in a query.
var scopes = map[string]Scope{"headline": InHeadline, "body": InBody}

func (s Scope) String() string {
	for name, scope := range scopes {
		if s == scope {
			return name
		}
	}
	return ""
}

// Node is a part of a query. Which fields are set depends on the kind.
type Node struct {
	Kind     Kind
	Children []*Node // And, Or: two or more, none of the same kind. Not: one. Near: two, each Words or Prefix, in the same scope

	// Facet. An item has the values that Facets yields; a Value there equals
	// Folded here.
	Field  string // lang, country, sector, subject, org, ticker, isin, priority, provider, circuit
	Value  string // as it was written
	Folded string // as it is compared

	// Words and Prefix; Near has the scope of its children.
	Scope  Scope
	Source string // as it was written, without quotation marks or the asterisk
	Exact  bool   // Words: was in quotation marks
	Steps  []Step // Words: one or more, by ascending position
	Begins string // Prefix: what a term of the text must begin with, as text.Prefix gives it

	// Near: of the two, the first term of the later one stands at most so many
	// positions after the last term of the earlier one, and at least one. A
	// position is a word, or a character where words are not set apart.
	Within int
}

// Step is one place in a sequence of terms.
type Step struct {
	Position int      // relative to the other steps
	Any      []string // terms as text.Analyse gives them, of which one must stand here; at least one
}

// String is the query in canonical form: Parse gives the same query again. The
// query that matches everything is "*".
func (q *Query) String() string {
	var b strings.Builder
	q.root.write(&b, false)
	return b.String()
}

// write appends the canonical form; inner says that it is a part of another.
func (n *Node) write(b *strings.Builder, inner bool) {
	switch n.Kind {
	case All:
		b.WriteByte('*')
	case And, Or:
		word := " AND "
		if n.Kind == Or {
			word = " OR "
		}
		if inner {
			b.WriteByte('(')
		}
		for i, c := range n.Children {
			if i > 0 {
				b.WriteString(word)
			}
			c.write(b, true)
		}
		if inner {
			b.WriteByte(')')
		}
	case Not:
		b.WriteString("NOT ")
		n.Children[0].write(b, true)
	case Facet:
		b.WriteString(n.Field + ":" + quoteIfNeeded(n.Value))
	case Near:
		n.Children[0].write(b, true)
		fmt.Fprintf(b, " NEAR/%d ", n.Within)
		n.Children[1].write(b, true)
	default:
		n.writeText(b)
	}
}

func (n *Node) writeText(b *strings.Builder) {
	if n.Scope != Anywhere {
		b.WriteString(n.Scope.String() + ":")
	}
	switch {
	case n.Exact:
		b.WriteString(quote(n.Source))
	case n.Kind == Prefix:
		b.WriteString(n.Source + "*")
	default:
		b.WriteString(n.Source)
	}
}

func (n *Node) String() string {
	var b strings.Builder
	n.write(&b, false)
	return b.String()
}

func quote(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}

func quoteIfNeeded(s string) string {
	if s == "" || strings.ContainsFunc(s, isDelimiter) {
		return quote(s)
	}
	return s
}
