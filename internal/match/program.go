package match

import (
	"cmp"
	"slices"
)

// verdict is what is known of a part before an item is there.
type verdict uint8

const (
	open verdict = iota
	always
	never
)

// compiler writes what is left of a query once a key of it is there.
type compiler struct {
	id    func(key uint64) termID // numbers a key
	known [3]uint64               // keys that are there; 0 for none
	plans planner                 // says how often nodes hold
	code  []byte
	asked []byte
}

func (c *compiler) holds(key uint64) bool { return slices.Contains(c.known[:], key) }

// all writes instructions that must all hold, those first that hold most seldom: most
// candidates have what they are found by and nothing else.
func (c *compiler) all(nodes []*Node) verdict {
	at := len(c.code)
	result := always
	for _, n := range c.rarestFirst(nodes) {
		switch c.node(n) {
		case never:
			c.code = c.code[:at]
			return never
		case open:
			result = open
		}
	}
	return result
}

func (c *compiler) rarestFirst(nodes []*Node) []*Node {
	if len(nodes) < 2 {
		return nodes
	}
	share := func(n *Node) float64 {
		if p := c.plans.plan(n); p.ok {
			return p.cost
		}
		return 1
	}
	return slices.SortedStableFunc(slices.Values(nodes), func(a, b *Node) int { return cmp.Compare(share(a), share(b)) })
}

// node writes one instruction, or nothing if the verdict is known.
func (c *compiler) node(n *Node) verdict {
	switch n.Kind {
	case All:
		return always
	case And:
		return c.nested(every, func() verdict { return c.all(n.Children) })
	case Or:
		return c.or(n.Children)
	case Not:
		v := c.nested(unless, func() verdict { return c.node(n.Children[0]) })
		switch v {
		case always:
			return never
		case never:
			return always
		}
		return v
	case Near:
		return c.nested(words, func() verdict {
			c.code = appendNumber(append(c.code, nearby), uint32(n.Within))
			at := len(c.code)
			c.sequence(n.Children[0])
			c.code = slices.Insert(c.code, at, appendNumber(nil, uint32(len(c.code)-at))...)
			c.sequence(n.Children[1])
			return open
		})
	}
	if keys := presence(n); keys != nil {
		return c.any(keys)
	}
	return c.nested(words, func() verdict { c.sequence(n); return open })
}

// nested writes an instruction around what inner writes.
func (c *compiler) nested(op byte, inner func() verdict) verdict {
	at := len(c.code)
	c.code = append(c.code, op)
	v := inner()
	if v != open {
		c.code = c.code[:at]
		return v
	}
	n := uint32(len(c.code) - at - 1)
	if n < longBody {
		c.code[at] |= byte(n << opBits)
		return open
	}
	c.code[at] |= longBody << opBits
	c.code = slices.Insert(c.code, at+1, appendNumber(nil, n)...)
	return open
}

func (c *compiler) any(keys []uint64) verdict {
	if slices.ContainsFunc(keys, c.holds) {
		return always
	}
	switch len(keys) {
	case 1:
		c.code = append(c.code, has)
	case 2: // a word and its stem
		c.code = append(c.code, either)
	default:
		return c.nested(some, func() verdict { c.keys(keys); return open })
	}
	c.keys(keys)
	return open
}

func (c *compiler) keys(keys []uint64) {
	for _, k := range keys {
		c.code = appendNumber(c.code, c.id(k))
	}
}

// or gathers branches that ask for one key into one instruction.
func (c *compiler) or(branches []*Node) verdict {
	var keys []uint64
	var others []*Node
	for _, b := range branches {
		if k := presence(b); k != nil {
			keys = append(keys, k...)
		} else {
			others = append(others, b)
		}
	}
	if len(others) == 0 {
		return c.any(keys)
	}
	return c.nested(oneOf, func() verdict {
		result := never
		if len(keys) > 0 {
			result = c.any(keys)
		}
		for _, b := range others {
			if result == always {
				break
			}
			if v := c.node(b); v != never {
				result = v
			}
		}
		return result
	})
}

// presence returns the keys of which one being there is all that a node asks
// for; nil if it asks for more.
func presence(n *Node) []uint64 {
	switch {
	case n.Kind == Facet:
		return []uint64{hashFacet(n.Field, n.Folded)}
	case n.Kind == Prefix && n.Scope == Anywhere:
		return []uint64{hashPrefix(n.Begins)}
	case n.Kind == Words && n.Scope == Anywhere && len(n.Steps) == 1:
		return n.Steps[0].keys()
	}
	return nil
}

func (s *Step) keys() []uint64 {
	keys := make([]uint64, len(s.Any))
	for i, t := range s.Any {
		keys[i] = hashTerm(t)
	}
	return keys
}

// sequence writes the terms of Words or Prefix and how far they are apart.
func (c *compiler) sequence(n *Node) {
	c.code = append(c.code, byte(n.Scope))
	if n.Kind == Prefix {
		c.step(0, []uint64{hashPrefix(n.Begins)})
	}
	for i := range n.Steps {
		c.step(uint32(n.Steps[i].Position-n.Steps[0].Position), n.Steps[i].keys())
	}
}

// step writes what readStep reads, and the keys.
func (c *compiler) step(distance uint32, keys []uint64) {
	more := uint32(len(keys) - 1)
	c.code = append(c.code, byte(min(distance, farDistance)<<stepBits|min(more, manyKeys)))
	if distance >= farDistance {
		c.code = appendNumber(c.code, distance)
	}
	if more >= manyKeys {
		c.code = appendNumber(c.code, more)
	}
	c.keys(keys)
}

// ask returns what is left to ask of an item that has the known keys, as postings
// have it; false if it can never hold. The bytes are the compiler's own, until the
// next call.
func (c *compiler) ask(rest []*Node) ([]byte, bool) {
	c.code = c.code[:0]
	switch c.all(rest) {
	case never:
		return nil, false
	case always:
		c.asked = append(c.asked[:0], sure)
		return c.asked, true
	}
	n := len(c.code)
	c.code = pad(c.code)
	code := padded(c.code)
	op, body, next := instruction(code, 0)
	if next < n {
		op, body = every, 0
	}
	c.asked = append(c.asked[:0], op)
	if op > either {
		c.asked = appendNumber(c.asked, uint32(n-body))
	}
	c.asked = append(c.asked, c.code[body:]...)
	return c.asked, true
}
