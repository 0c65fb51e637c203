package match

import "slices"

// A posting says that a query is to be looked at if its key is there. It is one
// word, an operation and the query's slot, and after it what is left to ask once
// the key is known to be there: nothing, one key, some keys of which one must be
// there, terms in sequence, or a program.
//
// A program is a row of instructions that must all hold. An instruction is one
// word, an operation and an operand, and what it covers; it stands before what
// it covers, so that a program streams from memory in one pass.
const (
	operandBits = 29
	operandMask = 1<<operandBits - 1
)

// Operations of postings.
const (
	sure     = iota << operandBits // nothing more
	ifHas                          // one word: a key
	ifAny                          // a word, how many, and as many keys
	program                        // a word, how many, and as many words of program
	ifWords                        // a word, the operand of opWords, and its steps
	ifEither                       // two words: keys
)

// Operations of programs.
const (
	opHas    = iota << operandBits // the key in the operand is there
	opAny                          // of as many keys as the operand says one is there
	opAnd                          // as many words as the operand says: all instructions hold
	opOr                           // one instruction holds
	opNot                          // not all instructions hold
	opWords                        // terms in sequence, of which the operand says how many words and the scope
	opNear                         // two of opWords, after a word that says how near
	opEither                       // the key in the operand is there, or the one in the word after it
)

// scopeBits are the lowest bits of the operand of opWords, the scope; above them is
// how many words of steps follow.
const (
	scopeBits = 2
	scopeMask = 1<<scopeBits - 1
)

// A step of a sequence says how far it is from the first and which keys can stand
// there. Nearly all have one or two keys, a word and its stem, and are near: then
// the highest bits of the first key say so, and there is no word beside the keys.
const (
	oneKey  = 0 // and the distance, to below twoKeys
	twoKeys = 4 // and the distance, to below farStep
	farStep = 7 // distance<<stepBits|count, and as many keys
)

const (
	stepBits = 8
	stepMask = 1<<stepBits - 1
)

// stepOf reads the step that a sequence begins with and says how many words it is.
// Above a key can be other bits.
func stepOf(p []uint32) (distance uint32, keys []uint32, size int) {
	switch d := p[0] >> operandBits; {
	case d < twoKeys:
		return d - oneKey, p[:1], 1
	case d < farStep:
		return d - twoKeys, p[:2], 2
	}
	n := 1 + int(p[0]&stepMask)
	return p[0] & operandMask >> stepBits, p[1:n], n
}

// maxSlots is how many queries an index can number.
const maxSlots = operandMask

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
	words []uint32
}

func (c *compiler) holds(key uint64) bool { return slices.Contains(c.known[:], key) }

// all writes instructions that must all hold.
func (c *compiler) all(nodes []*Node) verdict {
	at := len(c.words)
	result := always
	for _, n := range nodes {
		switch c.node(n) {
		case never:
			c.words = c.words[:at]
			return never
		case open:
			result = open
		}
	}
	return result
}

// node writes one instruction, or nothing if the verdict is known.
func (c *compiler) node(n *Node) verdict {
	switch n.Kind {
	case All:
		return always
	case And:
		return c.nested(opAnd, func() verdict { return c.all(n.Children) })
	case Or:
		return c.or(n.Children)
	case Not:
		v := c.nested(opNot, func() verdict { return c.node(n.Children[0]) })
		switch v {
		case always:
			return never
		case never:
			return always
		}
		return v
	case Near:
		return c.nested(opNear, func() verdict {
			c.words = append(c.words, uint32(n.Within))
			c.sequence(n.Children[0])
			c.sequence(n.Children[1])
			return open
		})
	}
	if keys := presence(n); keys != nil {
		return c.any(keys)
	}
	c.sequence(n)
	return open
}

// nested writes an instruction around others.
func (c *compiler) nested(op uint32, inner func() verdict) verdict {
	at := len(c.words)
	c.words = append(c.words, op)
	v := inner()
	if v != open {
		c.words = c.words[:at]
		return v
	}
	c.words[at] |= uint32(len(c.words) - at - 1)
	return open
}

func (c *compiler) any(keys []uint64) verdict {
	if slices.ContainsFunc(keys, c.holds) {
		return always
	}
	if len(keys) == 1 {
		c.words = append(c.words, opHas|c.id(keys[0]))
		return open
	}
	if len(keys) == 2 { // a word and its stem
		c.words = append(c.words, opEither|c.id(keys[0]), c.id(keys[1]))
		return open
	}
	c.words = append(c.words, opAny|uint32(len(keys)))
	for _, k := range keys {
		c.words = append(c.words, c.id(k))
	}
	return open
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
	return c.nested(opOr, func() verdict {
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
	at := len(c.words)
	c.words = append(c.words, opWords)
	if n.Kind == Prefix {
		c.step(0, []uint64{hashPrefix(n.Begins)})
	}
	for i := range n.Steps {
		c.step(uint32(n.Steps[i].Position-n.Steps[0].Position), n.Steps[i].keys())
	}
	c.words[at] |= uint32(len(c.words)-at-1)<<scopeBits | uint32(n.Scope)
}

// step writes what stepOf reads.
func (c *compiler) step(distance uint32, keys []uint64) {
	at := len(c.words)
	switch {
	case len(keys) == 1 && oneKey+distance < twoKeys:
		distance += oneKey
	case len(keys) == 2 && twoKeys+distance < farStep:
		distance += twoKeys
	default:
		c.words = append(c.words, distance<<stepBits|uint32(len(keys)))
		distance = farStep
	}
	for _, k := range keys {
		c.words = append(c.words, c.id(k))
	}
	c.words[at] |= distance << operandBits
}

// posting returns the posting of a slot, given what is left to ask; false if it
// can never hold. The words are the compiler's own, until the next call.
func (c *compiler) posting(slot uint32, rest []*Node) ([]uint32, bool) {
	c.words = append(c.words[:0], slot, 0)
	v := c.all(rest)
	body := c.words[2:]
	switch {
	case v == never:
		return nil, false
	case v == always:
		c.words[0] |= sure
		return c.words[:1], true
	case len(body) == 1: // opHas
		c.words[0] |= ifHas
		c.words[1] = body[0] & operandMask
		return c.words[:2], true
	case body[0]&^operandMask == opEither && len(body) == 2:
		c.words[0] |= ifEither
		c.words[1], c.words[2] = body[0]&operandMask, body[1]
		return c.words[:3], true
	case body[0]&^operandMask == opAny && int(body[0]&operandMask) == len(body)-1:
		c.words[0] |= ifAny
		c.words[1] = uint32(len(body) - 1)
		copy(c.words[2:], body[1:])
		return c.words[:1+len(body)], true
	case body[0]&^operandMask == opWords && int(body[0]&operandMask>>scopeBits) == len(body)-1:
		c.words[0] |= ifWords
		c.words[1] = body[0] & operandMask
		copy(c.words[2:], body[1:])
		return c.words[:1+len(body)], true
	}
	c.words[0] |= program
	c.words[1] = uint32(len(body))
	return c.words, true
}

// postingSize is how many words the posting takes that a list begins with.
func postingSize(list []uint32) int {
	switch list[0] &^ operandMask {
	case sure:
		return 1
	case ifHas:
		return 2
	case ifEither:
		return 3
	case ifWords:
		return 2 + int(list[1]>>scopeBits)
	}
	return 2 + int(list[1])
}
