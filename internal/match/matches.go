package match

import (
	"cmp"
	"slices"
	"strings"
)

// Matches reports whether the item of the document is wanted. It follows the
// query as it is written, term by term; an Index must say the same of every
// query it holds.
func (q *Query) Matches(d *Document) bool { return q.root.matches(d) }

func (n *Node) matches(d *Document) bool {
	switch n.Kind {
	case All:
		return true
	case And:
		return !slices.ContainsFunc(n.Children, func(c *Node) bool { return !c.matches(d) })
	case Or:
		return slices.ContainsFunc(n.Children, func(c *Node) bool { return c.matches(d) })
	case Not:
		return !n.Children[0].matches(d)
	case Facet:
		return d.facets[facetValue{n.Field, n.Folded}]
	}
	return len(n.hits(d)) > 0
}

// hit is one place where words were found, with the terms that make it up.
type hit struct {
	first, last int // positions
	terms       []occurrence
}

// hits returns where Words, Prefix or Near hold, by their first position.
func (n *Node) hits(d *Document) []hit {
	switch n.Kind {
	case Words:
		return n.sequences(d)
	case Prefix:
		var found []hit
		for term, places := range d.occurrences() {
			if strings.HasPrefix(term, n.Begins) {
				for _, o := range places {
					found = n.note(d, found, hit{o.position, o.position, []occurrence{o}})
				}
			}
		}
		return ordered(found)
	case Near:
		return n.pairs(d)
	}
	return nil
}

// note adds a hit if it is in the scope.
func (n *Node) note(d *Document, found []hit, h hit) []hit {
	if n.Scope != Anywhere && d.parts[h.terms[0].part].Scope != n.Scope {
		return found
	}
	return append(found, h)
}

func (n *Node) sequences(d *Document) []hit {
	words := d.occurrences()
	var found []hit
	first := n.Steps[0]
	for _, term := range first.Any {
	start:
		for _, o := range words[term] {
			h := hit{o.position, o.position, []occurrence{o}}
			for _, s := range n.Steps[1:] {
				next, ok := s.at(words, o.position+s.Position-first.Position)
				if !ok {
					continue start
				}
				h.last = next.position
				h.terms = append(h.terms, next)
			}
			found = n.note(d, found, h)
		}
	}
	return ordered(found)
}

// at returns the occurrence of one of the step's terms at a position.
func (s *Step) at(words map[string][]occurrence, position int) (occurrence, bool) {
	for _, term := range s.Any {
		places := words[term]
		if i, ok := slices.BinarySearchFunc(places, position, func(o occurrence, p int) int { return o.position - p }); ok {
			return places[i], true
		}
	}
	return occurrence{}, false
}

func (n *Node) pairs(d *Document) []hit {
	left, right := n.Children[0].hits(d), n.Children[1].hits(d)
	return ordered(append(n.follows(left, right), n.follows(right, left)...))
}

// follows returns the pairs in which the second stands behind the first.
func (n *Node) follows(first, second []hit) []hit {
	var found []hit
	for _, x := range first {
		i, _ := slices.BinarySearchFunc(second, x.last+1, func(h hit, p int) int { return h.first - p })
		for _, y := range second[i:] {
			if y.first > x.last+n.Within {
				break
			}
			found = append(found, hit{x.first, y.last, slices.Concat(x.terms, y.terms)})
		}
	}
	return found
}

func ordered(found []hit) []hit {
	slices.SortFunc(found, func(a, b hit) int { return cmp.Or(a.first-b.first, a.last-b.last) })
	return found
}

// Reason is a part of a query that an item fulfils.
type Reason struct {
	Query  string  // as in the canonical form: lang:ar, "free trade", telecom*
	Field  string  // the field of a facet; "" for words
	Value  string  // the facet's value as it was written
	Places []Place // of words, in order of the text
}

// Place is one term of a reason in the text.
type Place struct {
	Version    int    // which of the items that the document was made of
	Part       string // as Parts names it
	Start, End int    // bytes of the part's text
}

// Why names what in the query made it match: the fields and words that hold,
// outside of NOT, each once, in the order of the query, with every place in the
// text. It is empty if the query does not match or asks for nothing in
// particular.
func (q *Query) Why(d *Document) []Reason {
	if !q.Matches(d) {
		return nil
	}
	var reasons []Reason
	seen := map[string]bool{}
	var walk func(*Node)
	walk = func(n *Node) {
		switch n.Kind {
		case All, Not:
		case And, Or:
			for _, c := range n.Children {
				walk(c)
			}
		default:
			if text := n.String(); n.matches(d) && !seen[text] {
				seen[text] = true
				reasons = append(reasons, n.reason(d))
			}
		}
	}
	walk(q.root)
	return reasons
}

func (n *Node) reason(d *Document) Reason {
	r := Reason{Query: n.String(), Field: n.Field, Value: n.Value}
	for _, h := range n.hits(d) {
		for _, o := range h.terms {
			p := &d.parts[o.part]
			r.Places = append(r.Places, Place{p.version, p.Name, o.start, o.end})
		}
	}
	r.Places = slices.Compact(r.Places)
	return r
}

// Short is the reasons as one line: lang:ar, "free trade".
func Short(reasons []Reason) string {
	names := make([]string, len(reasons))
	for i, r := range reasons {
		names[i] = r.Query
	}
	return strings.Join(names, ", ")
}
