package match

import (
	"math/bits"
	"unicode/utf8"
)

// prefixes are the lengths of prefixes that queries ask for, in characters: each
// beginning of each word of an item is looked up, of these lengths alone.
type prefixes struct {
	lengths uint64             // bit n stands for n
	users   [maxPrefix + 1]int // queries that ask for a length
	of      map[uint32]uint64  // by slot, of queries that ask for any
}

// lengthsOf are the lengths that a query asks for.
func lengthsOf(n *Node) (lengths uint64) {
	if n.Kind == Prefix {
		lengths |= 1 << utf8.RuneCountInString(n.Begins)
	}
	for _, c := range n.Children {
		lengths |= lengthsOf(c)
	}
	return lengths
}

func (p *prefixes) add(slot uint32, lengths uint64) {
	if lengths == 0 {
		return
	}
	p.of[slot] = lengths
	p.lengths |= lengths
	for ; lengths != 0; lengths &= lengths - 1 {
		p.users[bits.TrailingZeros64(lengths)]++
	}
}

// drop forgets what a slot asked for; a length that nobody asks for any more
// costs nothing from then on.
func (p *prefixes) drop(slot uint32) {
	lengths := p.of[slot]
	delete(p.of, slot)
	for ; lengths != 0; lengths &= lengths - 1 {
		n := bits.TrailingZeros64(lengths)
		if p.users[n]--; p.users[n] == 0 {
			p.lengths &^= 1 << n
		}
	}
}
