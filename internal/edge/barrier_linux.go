package edge

// tour is a seal on its way to the desktops of a shard that asked for seals. It
// goes out by and by: a text is worth a thousand keys, and what is live must not
// wait for it.
type tour struct {
	held    *held
	waiting map[*desktop]struct{} // the order of a map is no order
	share   int                   // how many in a tick
}

// tourTicks is in how many ticks a seal goes out.
const tourTicks = 8

// depart begins to send a seal.
func (s *shard) depart(h *held) {
	t := &tour{held: h, waiting: map[*desktop]struct{}{}}
	for _, d := range s.all {
		if d.as == sealedEncoding {
			t.waiting[d] = struct{}{}
		}
	}
	if len(t.waiting) == 0 {
		return
	}
	t.share = (len(t.waiting) + tourTicks - 1) / tourTicks
	s.tours = append(s.tours, t)
}

// tour sends seals to their next desktops.
func (s *shard) tour() {
	left := s.tours[:0]
	for _, t := range s.tours {
		n := t.share
		for d := range t.waiting {
			if n--; n < 0 {
				break
			}
			delete(t.waiting, d)
			s.send(d, t.held.frame(d.form))
		}
		if len(t.waiting) > 0 {
			left = append(left, t)
		}
	}
	clear(s.tours[len(left):])
	s.tours = left
}

// recall says that a seal has ended, to everyone who has it or is getting it.
func (s *shard) recall(h *held) {
	none := map[*desktop]struct{}{}
	for i, t := range s.tours {
		if t.held == h {
			none = t.waiting
			s.tours = append(s.tours[:i:i], s.tours[i+1:]...)
			break
		}
	}
	for i := len(s.all) - 1; i >= 0; i-- { // who is dropped is replaced by the last
		d := s.all[i]
		if _, ok := none[d]; d.as == sealedEncoding && !ok {
			s.send(d, h.voidFrame(d.form))
		}
	}
}

// skip takes a desktop that has left out of all tours.
func (s *shard) skip(d *desktop) {
	for _, t := range s.tours {
		delete(t.waiting, d)
	}
}

// lacks reports whether a desktop has not been sent the seal of an item yet, so
// that a key would be of no use to it.
func (s *shard) lacks(d *desktop, en *entry) bool {
	if en.opened == nil {
		return false // there is no key
	}
	for _, t := range s.tours {
		if t.held == en.opened.seal {
			_, waits := t.waiting[d]
			return waits
		}
	}
	return false
}
