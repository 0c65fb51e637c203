package archive

import (
	"slices"

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
	// joined: every text in the index has its Korean as joined pairs too.
	joined bool
}

// maxRank bounds how many parts of a query rank its hits.
const maxRank = 12

func compile(q *match.Query, joined bool) *compiled {
	c := &compiled{joined: joined}
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
// their order, Korean also as it is without spaces, and other forms of words
// without an order; a sequence with those is left open.
func (c *compiled) words(n *match.Node, wide bool) store.SearchExpr {
	phrases := sequence(n.Steps)
	if pairs := joined(n.Steps); phrases == nil && c.joined && pairs != nil {
		phrases = [][]string{pairs}
	}
	if phrases != nil {
		return one(store.SearchOr, c.phrases(phrases, n, wide))
	}
	var all []store.SearchExpr
	for _, s := range n.Steps {
		var any [][]string
		for _, term := range s.Any {
			any = append(any, []string{term})
		}
		all = append(all, one(store.SearchOr, c.phrases(any, n, wide)))
	}
	if len(all) == 1 {
		return all[0]
	}
	c.open = true
	return unless(wide, one(store.SearchAnd, all))
}

func (c *compiled) phrases(phrases [][]string, n *match.Node, wide bool) (all []store.SearchExpr) {
	for _, terms := range phrases {
		all = append(all, c.leaf(store.SearchExpr{Op: store.SearchPhrase, Terms: terms, Part: part(n.Scope)}, wide))
	}
	return all
}

// maxPhrases bounds as how many phrases one sequence is looked for.
const maxPhrases = 8

// sequence returns the phrases of which a text has one if it has the steps one
// after another; nil if it cannot be told by phrases of what the index has in its
// order: of each step one word as it is, or one pair of units.
//
// What a pair leaves unsaid, and a unit before something else, is what stands at
// the place of its last unit: the unit by itself, if its run ends there, or, if the
// next step is of units too, its pair with the first of them.
func sequence(steps []match.Step) [][]string {
	phrases := [][]string{nil}
	for i, s := range steps {
		if len(s.Any) != 1 {
			return nil
		}
		term := s.Any[0]
		if len(steps) == 1 {
			return [][]string{{term}}
		}
		marked := text.Marked([]byte(term))
		if !marked {
			phrases = extended(phrases, term)
		}
		if i == len(steps)-1 {
			if marked {
				return nil
			}
			break
		}
		distance := steps[i+1].Position - s.Position
		if distance == 1 && !marked {
			continue
		}
		units := text.Units(term)
		if n := len(units); n == 0 || n != distance {
			return nil
		}
		last := units[len(units)-1]
		between := []string{last}
		if next := text.Units(steps[i+1].Any[0]); len(next) > 0 {
			between = append(between, last+next[0])
		}
		if phrases = extended(phrases, between...); len(phrases) > maxPhrases {
			return nil
		}
	}
	return phrases
}

// extended returns the phrases, each followed by each of some terms.
func extended(phrases [][]string, by ...string) (all [][]string) {
	for _, p := range phrases {
		for _, term := range by {
			all = append(all, append(slices.Clip(p), term))
		}
	}
	return all
}

// joined returns the joined pairs of steps that follow each other, if each is a
// pair of Hangul syllables with or without a space; else nil.
func joined(steps []match.Step) []string {
	var pairs []string
	for i, s := range steps {
		if len(s.Any) != 2 || s.Position != steps[0].Position+i {
			return nil
		}
		one, ok := text.Joined([]byte(s.Any[0]))
		other, also := text.Joined([]byte(s.Any[1]))
		if !ok || !also || one != other {
			return nil
		}
		pairs = append(pairs, one)
	}
	return pairs
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
