package match

import (
	"slices"
	"strings"

	"github.com/wireroom/wireroom/internal/wire"
)

// Filter is a query in fields, as the live stream takes it. Values within a
// field are alternatives, fields are all demanded.
type Filter struct {
	Languages, Countries, Sectors, Subjects, Organisations, Tickers, Priorities []string
	Text                                                                        string
}

// FromFilter makes a query of a filter. The empty filter is the query that
// matches everything, which prints as "*".
func FromFilter(f Filter) (*Query, error) {
	var all []*Node
	for _, part := range []struct {
		field  string
		values []string
	}{
		{"lang", f.Languages}, {"country", f.Countries}, {"sector", f.Sectors}, {"subject", f.Subjects},
		{"org", f.Organisations}, {"ticker", f.Tickers}, {"priority", f.Priorities},
	} {
		var alternatives []*Node
		for _, v := range part.values {
			n, err := newFacet(part.field, v)
			if err != nil {
				return nil, err
			}
			alternatives = append(alternatives, n)
		}
		if len(alternatives) > maxTerms {
			return nil, wire.Errorf(wire.Invalid, part.field, "has more than %d values", maxTerms)
		}
		if len(alternatives) > 0 {
			all = append(all, join(Or, alternatives))
		}
	}
	if strings.TrimSpace(f.Text) != "" {
		q, err := Parse(f.Text)
		if err != nil {
			return nil, err
		}
		all = append(all, q.root)
	}
	if len(all) == 0 {
		return &Query{&Node{Kind: All}}, nil
	}
	root := join(And, all)
	root.speak(nil)
	return &Query{root}, nil
}

// Both is the query that wants what both want.
func Both(a, b *Query) *Query {
	switch {
	case a.root.Kind == All:
		return b
	case b.root.Kind == All || a.String() == b.String():
		return a
	}
	return &Query{join(And, []*Node{a.root, b.root})}
}

// Everything reports whether the query is *, which wants every item.
func (q *Query) Everything() bool { return q.root.Kind == All }

// Unanchored reports whether the query asks for nothing in particular, such as
// NOT lang:en: no word and no field must be there, so that every item has to be
// held against it. An index holds only so many; see Index.MaxUnanchored. The
// query * is none of them.
func (q *Query) Unanchored() bool { return q.root.Kind != All && !q.root.anchored() }

// Particular reports whether the query asks for something in particular: neither for
// everything nor for what only leaves something out.
func (q *Query) Particular() bool { return q.root.anchored() }

// anchored reports whether an item must have something for a node to match.
func (n *Node) anchored() bool {
	switch n.Kind {
	case All, Not:
		return false
	case And:
		return slices.ContainsFunc(n.Children, (*Node).anchored)
	case Or:
		return !slices.ContainsFunc(n.Children, func(c *Node) bool { return !c.anchored() })
	}
	return true
}
