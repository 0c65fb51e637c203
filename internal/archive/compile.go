package archive

import (
	"github.com/wireroom/wireroom/internal/match"
	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/text"
)

// compiled is a query as the index is asked for it.
type compiled struct {
	where store.SearchExpr
	// What of the query is looked for, outside of NOT: by these a hit is ranked.
	rank []store.SearchExpr
	// open: the index cannot decide it alone. It finds everything that could
	// match, and each must be held against the query.
	open bool
	// places: it asks for places of terms, which the index does not have of every
	// text.
	places bool
}

// maxRank bounds how many parts of a query rank its hits.
const maxRank = 12

func compile(q *match.Query) *compiled {
	c := &compiled{}
	c.where = c.node(q.Root(), true)
	return c
}

// node compiles a part of a query. Where the index cannot say exactly what is
// meant, wide says on which side to err: true, to find too much.
func (c *compiled) node(n *match.Node, wide bool) store.SearchExpr {
	switch n.Kind {
	case match.And, match.Or:
		op := store.SearchAnd
		if n.Kind == match.Or {
			op = store.SearchOr
		}
		return store.SearchExpr{Op: op, Of: c.nodes(n.Children, wide)}
	case match.Not:
		return store.SearchExpr{Op: store.SearchNot, Of: []store.SearchExpr{c.node(n.Children[0], !wide)}}
	case match.Facet:
		return store.SearchExpr{Op: store.SearchLabel, Terms: []string{facetLabel(n.Field, n.Folded)}}
	case match.Prefix:
		return c.leaf(store.SearchExpr{Op: store.SearchPrefix, Terms: []string{n.Begins}, Part: part(n.Scope)}, wide)
	case match.Words:
		return c.words(n, wide)
	case match.Near:
		c.open = true
		both := store.SearchExpr{Op: store.SearchAnd, Of: c.nodes(n.Children, wide)}
		return unless(wide, both)
	}
	return store.SearchExpr{Op: store.SearchAll}
}

func (c *compiled) nodes(nodes []*match.Node, wide bool) []store.SearchExpr {
	all := make([]store.SearchExpr, len(nodes))
	for i, n := range nodes {
		all[i] = c.node(n, wide)
	}
	return all
}

// words compiles a word or a sequence. The index has the words themselves in
// their order, and other forms of them without; a sequence with those is left
// open.
func (c *compiled) words(n *match.Node, wide bool) store.SearchExpr {
	if plain := sequence(n.Steps); plain != nil {
		return c.leaf(store.SearchExpr{Op: store.SearchPhrase, Terms: plain, Part: part(n.Scope)}, wide)
	}
	var all []store.SearchExpr
	for _, s := range n.Steps {
		var any []store.SearchExpr
		for _, term := range s.Any {
			any = append(any, c.leaf(store.SearchExpr{Op: store.SearchPhrase, Terms: []string{term}, Part: part(n.Scope)}, wide))
		}
		all = append(all, one(store.SearchOr, any))
	}
	if len(all) == 1 {
		return all[0]
	}
	c.open = true
	return unless(wide, one(store.SearchAnd, all))
}

// sequence returns the words of steps that follow each other, if each is one
// word as it is; else nil.
func sequence(steps []match.Step) []string {
	var plain []string
	for i, s := range steps {
		if len(s.Any) != 1 || s.Position != steps[0].Position+i || len(steps) > 1 && text.Marked([]byte(s.Any[0])) {
			return nil
		}
		plain = append(plain, s.Any[0])
	}
	return plain
}

func (c *compiled) leaf(e store.SearchExpr, positive bool) store.SearchExpr {
	c.places = c.places || !e.Exact()
	if positive && len(c.rank) < maxRank {
		c.rank = append(c.rank, e)
	}
	return e
}

// unless is an expression that finds too much, or, where that would be the wrong
// side, one that finds nothing.
func unless(wide bool, e store.SearchExpr) store.SearchExpr {
	if wide {
		return e
	}
	return store.SearchExpr{Op: store.SearchNot, Of: []store.SearchExpr{{Op: store.SearchAll}}}
}

func one(op store.SearchOp, of []store.SearchExpr) store.SearchExpr {
	if len(of) == 1 {
		return of[0]
	}
	return store.SearchExpr{Op: op, Of: of}
}

func part(s match.Scope) store.SearchPart {
	return map[match.Scope]store.SearchPart{match.InHeadline: store.SearchHeadline, match.InBody: store.SearchBody}[s]
}
