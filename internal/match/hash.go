package match

import (
	"encoding/binary"
	"math/bits"
	"slices"
)

// An index knows terms and facets by 64 bits of hash alone; it keeps no strings
// to compare. With ten million keys in it, a word that none of them is meets one
// by chance once in 10^12 words. Who would make two collide on purpose gains
// nothing: he could write, or ask for, the word itself.

// Kinds of keys, which are told apart by the seed: facets have their place in
// fields.
const (
	termKind = 64 + iota
	prefixKind
)

const (
	mixA = 0x9e3779b97f4a7c15
	mixB = 0xbf58476d1ce4e5b9
	mixC = 0x94d049bb133111eb
	mixD = 0xd6e8feb86659fd93
)

func mix(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	return hi ^ lo
}

func seed(kind int) uint64 { return mix(uint64(kind)+mixC, mixA) }

// hash is one of a key's kind and bytes; the same in every process, on every
// machine and in snapshots.
func hash(seed uint64, b []byte) uint64 {
	h := seed ^ uint64(len(b))*mixD
	for len(b) >= 8 {
		h = mix(h^binary.LittleEndian.Uint64(b), mixA)
		b = b[8:]
	}
	var rest uint64
	switch n := len(b); {
	case n >= 4:
		rest = uint64(binary.LittleEndian.Uint32(b)) | uint64(binary.LittleEndian.Uint32(b[n-4:]))<<32
	case n > 0:
		rest = uint64(b[0]) | uint64(b[n/2])<<8 | uint64(b[n-1])<<16
	}
	return mix(mix(h^rest, mixB)^mixC, mixA)
}

var (
	termSeed   = seed(termKind)
	prefixSeed = seed(prefixKind)
	facetSeeds = func() []uint64 {
		seeds := make([]uint64, len(fields))
		for i := range fields {
			seeds[i] = seed(i)
		}
		return seeds
	}()
)

func hashTerm(term string) uint64    { return hash(termSeed, []byte(term)) }
func hashPrefix(begin string) uint64 { return hash(prefixSeed, []byte(begin)) }

func hashFacet(field, folded string) uint64 {
	return hash(facetSeeds[slices.Index(fields, field)], []byte(folded))
}

// hashPair is the key of two facets together, in either order.
func hashPair(a, b uint64) uint64 {
	if a > b {
		a, b = b, a
	}
	return mix(mix(a^mixD, mixB)^b, mixC)
}
