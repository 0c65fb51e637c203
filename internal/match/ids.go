package match

// idTable finds the slot of an id that is in no rising chunk: open addressing in
// parts, so that growing one is short. It holds no ids; the slots know theirs.
type idTable struct {
	parts [64][]uint32 // 1 + slot
	used  [64]int
}

func homeOf(id int64) (part int, low uint64) {
	h := uint64(id) * mixA
	h ^= h >> 29
	h *= mixB
	return int(h >> 58), h & 0xffffffff
}

func (t *idTable) find(s *slots, id int64) (uint32, bool) {
	part, low := homeOf(id)
	p := t.parts[part]
	if len(p) == 0 {
		return 0, false
	}
	for at := int(low * uint64(len(p)) >> 32); p[at] != 0; at = (at + 1) % len(p) {
		if s.id(p[at]-1) == id {
			return p[at] - 1, true
		}
	}
	return 0, false
}

// put makes an id's slot known, in place of the one before.
func (t *idTable) put(s *slots, id int64, slot uint32) {
	part, low := homeOf(id)
	if 5*(t.used[part]+1) > 4*len(t.parts[part]) {
		old := t.parts[part]
		t.parts[part] = make([]uint32, len(old)+len(old)/2+8)
		for _, v := range old {
			if v != 0 {
				_, low := homeOf(s.id(v - 1))
				t.place(part, low, v)
			}
		}
	}
	p := t.parts[part]
	for at := int(low * uint64(len(p)) >> 32); p[at] != 0; at = (at + 1) % len(p) {
		if s.id(p[at]-1) == id {
			p[at] = slot + 1
			return
		}
	}
	t.place(part, low, slot+1)
	t.used[part]++
}

func (t *idTable) place(part int, low uint64, v uint32) {
	p := t.parts[part]
	at := int(low * uint64(len(p)) >> 32)
	for p[at] != 0 {
		at = (at + 1) % len(p)
	}
	p[at] = v
}

// remove forgets an id. What stands behind it moves up, so that no search ends
// before what it looks for.
func (t *idTable) remove(s *slots, id int64) {
	part, low := homeOf(id)
	p := t.parts[part]
	at := int(low * uint64(len(p)) >> 32)
	for s.id(p[at]-1) != id {
		at = (at + 1) % len(p)
	}
	t.used[part]--
	for next := (at + 1) % len(p); p[next] != 0; next = (next + 1) % len(p) {
		_, low := homeOf(s.id(p[next] - 1))
		home := int(low * uint64(len(p)) >> 32)
		if (next-home+len(p))%len(p) >= (next-at+len(p))%len(p) {
			p[at] = p[next]
			at = next
		}
	}
	p[at] = 0
}

func (t *idTable) bytes() (n int) {
	for _, p := range t.parts {
		n += 4 * cap(p)
	}
	return n
}
