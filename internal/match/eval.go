package match

import "slices"

// reading is a document as one index knows it: which of its keys are there and
// where they stand. It is used for one match and then again for another.
type reading struct {
	doc   *hashed
	maybe [1 << (maybeBits - 6)]uint64 // a bit of each key in the table: small, where that is not
	table []uint32                     // open addressing: 1 + each key of the document that the dictionary has
	spots []int32                      // beside it: the term in doc; below 0 if it has no places; from prefixBase a prefix
	keys  int
	shift uint

	prefixes   [][]uint32 // places of each prefix that is there, ascending
	candidates int        // postings looked at

	room  []step     // of the sequence that is being looked for
	lists [][]uint32 // their places
}

const prefixBase = 1 << 30

// maybeBits is such that of a thousand keys one in sixty others is taken for one, and
// all stay near the processor.
const maybeBits = 16

func (r *reading) reset(doc *hashed) {
	r.doc, r.candidates, r.keys, r.prefixes = doc, 0, 0, r.prefixes[:0]
	if r.table == nil {
		r.resize(10)
	}
	clear(r.table)
	clear(r.maybe[:])
}

func (r *reading) resize(bits uint) {
	table, spots := r.table, r.spots
	r.table, r.spots, r.shift = make([]uint32, 1<<bits), make([]int32, 1<<bits), 32-bits
	for at, key := range table {
		if key != 0 {
			r.put(key-1, spots[at])
		}
	}
}

func (r *reading) slot(id termID) uint32 { return spread(id) >> r.shift }

func spread(id termID) uint32 { return id * 2654435761 }

// add notes a key that is not in the table.
func (r *reading) add(id termID, spot int32) {
	if r.keys++; 4*r.keys > len(r.table) {
		r.resize(32 - r.shift + 1)
	}
	at := spread(id) >> (32 - maybeBits)
	r.maybe[at>>6] |= 1 << (at & 63)
	r.put(id, spot)
}

func (r *reading) put(id termID, spot int32) {
	at := r.slot(id)
	for r.table[at] != 0 {
		at = (at + 1) & uint32(len(r.table)-1)
	}
	r.table[at], r.spots[at] = id+1, spot
}

// find returns the place of a key in the table; below 0 if it is not there.
func (r *reading) find(id termID) int {
	for at := r.slot(id); ; at = (at + 1) & uint32(len(r.table)-1) {
		switch r.table[at] {
		case id + 1:
			return int(at)
		case 0:
			return -1
		}
	}
}

// may reports whether a key can be there: of those that are not, few can.
func (r *reading) may(id termID) bool {
	at := spread(id) >> (32 - maybeBits)
	return r.maybe[at>>6]>>(at&63)&1 != 0
}

// has reports whether a key is there.
func (r *reading) has(id termID) bool { return r.may(id) && r.find(id) >= 0 }

// any reports whether one of some keys is there.
func (r *reading) any(p []byte, at, end int) bool {
	for at < end {
		var id termID
		if id, at = number(p, at); r.has(id) {
			return true
		}
	}
	return false
}

// all reports whether every instruction of a program holds.
func (r *reading) all(p []byte, at, end int) bool { return r.first(false, p, at, end) >= end }

// one reports whether an instruction of a program holds.
func (r *reading) one(p []byte, at, end int) bool { return r.first(true, p, at, end) < end }

// first returns where the first instruction is that holds, or does not; end, if there
// is none. Thousands are read for an item, so each is told from the others once.
func (r *reading) first(which bool, p []byte, at, end int) int {
	for at < end {
		op, body := p[at]&opMask, at+1
		var is bool
		var next int
		switch op {
		case has:
			var id termID
			id, next = number(p, body)
			is = r.has(id)
		case either:
			var id, other termID
			id, next = number(p, body)
			other, next = number(p, next)
			is = r.has(id) || r.has(other)
		default:
			n := uint32(p[at] >> opBits)
			if n == longBody {
				n, body = number(p, body)
			}
			next = body + int(n)
			switch op {
			case some:
				is = r.any(p, body, next)
			case words:
				is = r.words(p, body, next)
			default:
				is = r.nested(op, p, body, next)
			}
		}
		if is == which {
			return at
		}
		at = next
	}
	return end
}

// nested reports whether an instruction holds that covers others.
func (r *reading) nested(op byte, p []byte, at, end int) bool {
	switch op {
	case every:
		return r.all(p, at, end)
	case oneOf:
		return r.one(p, at, end)
	}
	return !r.all(p, at, end) // unless
}

// words reports whether terms stand as they must.
func (r *reading) words(p []byte, at, end int) bool {
	if p[at] != nearby {
		return r.sequence(p, at, end, nil)
	}
	within, at := number(p, at+1)
	size, at := number(p, at)
	return r.near(within, p, at, at+int(size), end)
}

// span is where words in sequence stand: positions of the first and the last.
type span struct{ first, last uint32 }

// step is a place in a sequence: the positions at which one of its terms stands.
type step struct {
	distance uint32 // from the first step
	places   [][]uint32
	count    int
}

func (s *step) at(position uint32) bool {
	for _, places := range s.places {
		if len(places) > 8 {
			i, _ := slices.BinarySearch(places, position)
			places = places[i:min(i+1, len(places))]
		}
		if slices.Contains(places, position) { // most words stand in one place or two
			return true
		}
	}
	return false
}

// steps reads those of a sequence; nil if one of them is not there at all. They
// are good until the next call.
func (r *reading) steps(p []byte, at, end int) []step {
	r.room, r.lists = r.room[:0], r.lists[:0]
	for at < end {
		distance, keys, next := readStep(p, at)
		s := step{distance: distance}
		first := len(r.lists)
		for at = next; keys > 0; keys-- {
			var id termID
			id, at = number(p, at)
			if i := r.find(id); i >= 0 {
				places := r.places(i)
				r.lists = append(r.lists, places)
				s.count += len(places)
			}
		}
		if s.count == 0 {
			return nil
		}
		s.places = r.lists[first:len(r.lists):len(r.lists)]
		r.room = append(r.room, s)
	}
	return r.room
}

// possible reports whether a sequence can have a term for each step: of ten
// candidates three do.
func (r *reading) possible(p []byte, at, end int) bool {
	for at < end {
		_, keys, next := readStep(p, at)
		is := false
		for at = next; keys > 0; keys-- {
			var id termID
			id, at = number(p, at)
			is = is || r.may(id)
		}
		if !is {
			return false
		}
	}
	return true
}

func (r *reading) places(i int) []uint32 {
	switch spot := r.spots[i]; {
	case spot < 0:
		return nil
	case spot >= prefixBase:
		return r.prefixes[spot-prefixBase]
	default:
		return r.doc.places(int(spot))
	}
}

// sequence reports whether the terms of steps stand one after the other as they
// must, and gives all places where they do, in no order, to found; with nil it ends
// at the first. What is read begins with the scope.
func (r *reading) sequence(p []byte, at, end int, found func(span)) bool {
	scope := Scope(p[at])
	if at++; !r.possible(p, at, end) {
		return false
	}
	steps := r.steps(p, at, end)
	if steps == nil {
		return false
	}
	// Only where the rarest step stands can the sequence be.
	rarest := 0
	for i := range steps {
		if steps[i].count < steps[rarest].count {
			rarest = i
		}
	}
	held := false
	for _, places := range steps[rarest].places {
		for _, at := range places {
			start := at - steps[rarest].distance
			if at < steps[rarest].distance || !stands(steps, rarest, start) || scope != Anywhere && r.doc.scopeAt(start) != scope {
				continue
			}
			held = true
			if found == nil {
				return true
			}
			found(span{start, start + steps[len(steps)-1].distance})
		}
	}
	return held
}

func stands(steps []step, but int, start uint32) bool {
	for i := range steps {
		if i != but && !steps[i].at(start+steps[i].distance) {
			return false
		}
	}
	return true
}

// near reports whether two sequences stand close together, of which one ends where
// the other begins.
func (r *reading) near(within uint32, p []byte, at, between, end int) bool {
	if !r.possible(p, at+1, between) || !r.possible(p, between+1, end) {
		return false
	}
	left, right := r.spans(p, at, between), r.spans(p, between, end)
	return followed(left, right, within) || followed(right, left, within)
}

func (r *reading) spans(p []byte, at, end int) []span {
	var spans []span
	r.sequence(p, at, end, func(s span) { spans = append(spans, s) })
	slices.SortFunc(spans, func(a, b span) int { return int(a.first) - int(b.first) })
	return spans
}

func followed(first, second []span, within uint32) bool {
	for _, a := range first {
		i, _ := slices.BinarySearchFunc(second, a.last+1, func(s span, p uint32) int { return int(s.first) - int(p) })
		if i < len(second) && second[i].first <= a.last+within {
			return true
		}
	}
	return false
}

// orderPrefixes sorts the places of prefixes that several words have.
func (r *reading) orderPrefixes() {
	for i := range r.prefixes {
		slices.Sort(r.prefixes[i])
	}
}
