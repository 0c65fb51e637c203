package match

import "encoding/binary"

// What an index keeps beside its dictionary is bytes, written so that an item
// reads them from the first to the last: lists of postings, and in them what is
// left to ask of an item once a key is known to be there.
//
// A number takes one to four bytes; the two lowest bits of the first say how many
// follow. Reading one looks at four bytes whatever it takes, so that padding must
// stand behind whatever is read.

// padding is how many bytes must follow those that are read.
const padding = 3

// maxNumber is the largest that can be written.
const maxNumber = 1<<30 - 1

var numberMasks = [4]uint32{1<<6 - 1, 1<<14 - 1, 1<<22 - 1, maxNumber}

func appendNumber(b []byte, n uint32) []byte {
	switch {
	case n < 1<<6:
		return append(b, byte(n<<2))
	case n < 1<<14:
		return binary.LittleEndian.AppendUint16(b, uint16(n<<2|1))
	case n < 1<<22:
		v := n<<2 | 2
		return append(b, byte(v), byte(v>>8), byte(v>>16))
	}
	return binary.LittleEndian.AppendUint32(b, n<<2|3)
}

// number reads one, and returns where the next begins.
func number(p []byte, at int) (n uint32, next int) {
	v := binary.LittleEndian.Uint32(p[at : at+4])
	size := v & 3
	return v >> 2 & numberMasks[size], at + 1 + int(size)
}

// past is where the next begins.
func past(p []byte, at int) int { return at + 1 + int(p[at]&3) }

// padded is b with what follows it in memory; there must be room.
func padded(b []byte) []byte { return b[: len(b)+padding : len(b)+padding] }

// pad makes room behind b.
func pad(b []byte) []byte {
	if cap(b)-len(b) >= padding {
		return b
	}
	return append(b, make([]byte, padding)...)[:len(b)]
}

// An instruction is a byte, its operation in the lowest bits and above them how
// many bytes follow that it covers, or longBody and then the number of them. A key
// or two stand by themselves. A program is instructions that must all hold.
const (
	sure   = iota // nothing; in postings alone
	has           // a key is there
	either        // of two keys one is there
	some          // of any number of keys one is there
	every         // all instructions hold
	oneOf         // one instruction holds
	unless        // not all instructions hold
	words         // terms in sequence, or two of them close together: see nearby
)

const (
	opBits   = 3
	opMask   = 1<<opBits - 1
	longBody = 1<<(8-opBits) - 1
)

// What words covers begins with a byte, the scope, and goes on with the steps: or
// with nearby, and then follow how near, how long the first sequence is, and both,
// each from its scope on.
const nearby = 1 << 7

// A step of a sequence is a byte, how many keys can stand there, less one, and above
// that how far it is from the first; what is too large for its bits follows as a
// number. Then follow the keys.
const (
	stepBits    = 2
	manyKeys    = 1<<stepBits - 1
	farDistance = 1<<(8-stepBits) - 1
)

// instruction reads what comes first in a program.
func instruction(p []byte, at int) (op byte, body, next int) {
	head := p[at]
	op, body = head&opMask, at+1
	switch op {
	case has:
		return op, body, past(p, body)
	case either:
		return op, body, past(p, past(p, body))
	}
	n := uint32(head >> opBits)
	if n == longBody {
		n, body = number(p, body)
	}
	return op, body, body + int(n)
}

// step reads the head of a step; the keys begin at next.
func readStep(p []byte, at int) (distance, keys uint32, next int) {
	head := uint32(p[at])
	at++
	if distance = head >> stepBits; distance == farDistance {
		distance, at = number(p, at)
	}
	if keys = head & manyKeys; keys == manyKeys {
		keys, at = number(p, at)
	}
	return distance, keys + 1, at
}
