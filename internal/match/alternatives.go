package match

// Alternatives are the queries of which any is enough, as they stand one after
// another between OR: the query itself, if it is not made of several.
func (q *Query) Alternatives() []*Query {
	if q.root.Kind != Or {
		return []*Query{q}
	}
	all := make([]*Query, len(q.root.Children))
	for i, c := range q.root.Children {
		all[i] = &Query{c}
	}
	return all
}

// Either is the query that wants what any of some want; at least one is given.
// Each alternative is there once.
func Either(queries ...*Query) *Query {
	var all []*Node
	seen := map[string]bool{}
	for _, q := range queries {
		for _, a := range q.Alternatives() {
			if a.Everything() {
				return a
			}
			if text := a.String(); !seen[text] {
				seen[text] = true
				all = append(all, a.root)
			}
		}
	}
	return &Query{join(Or, all)}
}
