package match

import "slices"

// A query is posted under its cheapest anchors: keys of which an item must have
// at least one for the query to match. What they cost is the share of items
// that have them, so that a query is looked at as seldom as can be.

// worthPairing is the share above which one key is not enough, and maxPairs how
// many pairs a query is posted under instead.
const (
	worthPairing = 0.0005
	maxPairs     = 16
)

// perPosting is what a posting counts for beside the items that bring it up: each
// takes memory, with what is left of the query. A few queries more that are looked
// at in vain cost an item less than the cache lines of all those postings.
const perPosting = 0.0005

// plan is how a node is anchored.
type plan struct {
	cost   float64
	keys   int  // postings
	ok     bool // it has anchors at all
	clause int  // of And and Near: the child that anchors; of Words: the step
	other  int  // of And: the second child of a pair; below 0 if there is none
}

// weight is what clauses are chosen by.
func (p *plan) weight() float64 { return p.cost + perPosting*float64(p.keys) }

// planner estimates what anchors cost.
type planner struct{ seen *frequencies }

func (p *planner) facet(n *Node) float64 {
	return p.seen.share(hashFacet(n.Field, n.Folded), usualFacets[n.Field])
}

func (p *planner) term(t string) float64 { return p.seen.share(hashTerm(t), usualTerm(t)) }

// plan chooses the anchors of a node.
func (p *planner) plan(n *Node) plan {
	switch n.Kind {
	case Facet:
		return plan{cost: p.facet(n), keys: 1, ok: true}
	case Prefix:
		// Beginnings that nobody asks for are not counted: that a new one was not
		// seen says nothing.
		usual := min(0.5, 4*usualTerm(n.Begins))
		return plan{cost: max(usual, p.seen.share(hashPrefix(n.Begins), usual)), keys: 1, ok: true}
	case Words:
		best := plan{cost: 2, ok: true}
		for i := range n.Steps {
			cost := 0.0
			for _, t := range n.Steps[i].Any {
				cost += p.term(t)
			}
			if cost < best.cost {
				best.cost, best.keys, best.clause = cost, len(n.Steps[i].Any), i
			}
		}
		return best
	case Or:
		sum := plan{ok: true}
		for _, c := range n.Children {
			one := p.plan(c)
			sum.cost += one.cost
			sum.keys += one.keys
			sum.ok = sum.ok && one.ok
		}
		return sum
	case And, Near:
		best := plan{cost: 2 * maxTerms, other: -1}
		for i, c := range n.Children {
			if one := p.plan(c); one.ok && (!best.ok || one.weight() < best.weight()) {
				best = one
				best.clause, best.other = i, -1
			}
		}
		if n.Kind == And && best.ok && best.weight() > worthPairing {
			p.pair(n, &best)
		}
		return best
	}
	return plan{} // All, Not
}

// pair anchors And by two of its clauses together, if both are facets and that
// is clearly cheaper. That facets of an item have to do with each other is in
// the third that it must be cheaper by.
func (p *planner) pair(n *Node, best *plan) {
	for i, a := range n.Children {
		left := facetsOf(a)
		for j := range i {
			right := facetsOf(n.Children[j])
			if pairs := len(left) * len(right); pairs == 0 || pairs > maxPairs {
				continue
			}
			both := plan{cost: p.plan(a).cost * p.plan(n.Children[j]).cost, keys: len(left) * len(right), ok: true, clause: i, other: j}
			if both.weight() < best.weight()*2/3 {
				*best = both
			}
		}
	}
}

// facetsOf returns a facet, or those of an OR of nothing else.
func facetsOf(n *Node) []*Node {
	switch {
	case n.Kind == Facet:
		return []*Node{n}
	case n.Kind == Or && !slices.ContainsFunc(n.Children, func(c *Node) bool { return c.Kind != Facet }):
		return n.Children
	}
	return nil
}

// anchor is where a query is posted: a key, or two facets' keys as one.
type anchor struct{ key, first, second uint64 }

// spread calls post for every anchor of a node, with what is left to ask where
// it is there. A branch of OR is found by its own anchors, so what is left there
// is that branch alone.
func (p *planner) spread(n *Node, rest []*Node, post func(a anchor, rest []*Node)) {
	one := func(key uint64, rest []*Node) { post(anchor{key: key, first: key}, rest) }
	chosen := p.plan(n)
	switch n.Kind {
	case Facet:
		one(hashFacet(n.Field, n.Folded), rest)
	case Prefix:
		if n.Scope != Anywhere {
			rest = with(rest, n)
		}
		one(hashPrefix(n.Begins), rest)
	case Words:
		if len(n.Steps) > 1 || n.Scope != Anywhere {
			rest = with(rest, n)
		}
		for _, key := range n.Steps[chosen.clause].keys() {
			one(key, rest)
		}
	case Or:
		for _, c := range n.Children {
			p.spread(c, rest, post)
		}
	case Near:
		// What is left is all of n, in which the child that anchors is asked again.
		p.spread(n.Children[chosen.clause], nil, func(a anchor, _ []*Node) { post(a, with(rest, n)) })
	case And:
		for i, c := range n.Children {
			if i != chosen.clause && i != chosen.other {
				rest = with(rest, c)
			}
		}
		if chosen.other < 0 {
			p.spread(n.Children[chosen.clause], rest, post)
			return
		}
		for _, a := range facetsOf(n.Children[chosen.clause]) {
			for _, b := range facetsOf(n.Children[chosen.other]) {
				x, y := hashFacet(a.Field, a.Folded), hashFacet(b.Field, b.Folded)
				if x == y { // no pair, but one facet asked for twice
					one(x, rest)
					continue
				}
				post(anchor{hashPair(x, y), x, y}, rest)
			}
		}
	}
}

// with returns the nodes and one more; the nodes stay as they are.
func with(nodes []*Node, n *Node) []*Node { return append(slices.Clip(nodes), n) }
