package text

import "unicode/utf8"

// cursor reads a text as its folded characters, each with the bytes of the text
// that it comes from. Nearly every character is looked up in a table; only where
// marks have to be composed or put in order is a piece folded by the book. Pieces
// end where Unicode says that normalising never looks across (UAX #15 §9).
type cursor struct {
	// What next found: a folded character, its class, and its place in the text.
	r          rune
	class      class
	start, end int

	tables *tables
	s      string
	at     int    // the next byte to read
	ahead  entry  // of the character at at, if it was looked at
	size   int    // of that character in bytes; 0 if it was not
	rest   string // more characters that come from start to end
}

func newCursor(s string) cursor { return cursor{s: s, tables: theTables()} }

// next moves to the next character and reports whether there is one.
func (c *cursor) next() bool {
	for c.rest == "" {
		if c.at >= len(c.s) {
			return false
		}
		e, size := c.ahead, c.size
		if size == 0 {
			e, size = c.look(c.at)
		}
		c.start, c.end = c.at, c.at+size
		switch {
		case e.is(simple) && c.apart():
			c.at = c.end
			c.r, c.class = e.rune(), e.class()
			return true
		case e.is(drops):
			c.at, c.size = c.end, 0
		default:
			if c.piece(e) {
				return true
			}
		}
	}
	r, size := utf8.DecodeRuneInString(c.rest)
	c.rest = c.rest[size:]
	c.r, c.class = r, c.tables.of(r).class()
	return true
}

// look returns the entry of the character at a byte of the text, and its size.
// Well-formed sequences of two and three bytes (RFC 3629 §3) are nearly all there
// is; they are decoded in place.
func (c *cursor) look(at int) (entry, int) {
	s := c.s[at:]
	b := s[0]
	switch {
	case b < utf8.RuneSelf:
		return c.tables.entries[b], 1
	case b >= 0xc2 && b < 0xe0 && len(s) > 1 && s[1]&0xc0 == 0x80:
		return c.tables.entries[rune(b&0x1f)<<6|rune(s[1]&0x3f)], 2
	case b >= 0xe0 && b < 0xf0 && len(s) > 2 && s[1]&0xc0 == 0x80 && s[2]&0xc0 == 0x80 && (b != 0xe0 || s[1] >= 0xa0) && (b != 0xed || s[1] < 0xa0):
		return c.tables.entries[uint16(b)<<12|uint16(s[1]&0x3f)<<6|uint16(s[2]&0x3f)], 3
	}
	r, size := utf8.DecodeRuneInString(s)
	if r == utf8.RuneError && size == 1 { // not UTF-8
		return newEntry(r, breaks, apart|simple), 1
	}
	return c.tables.of(r), size
}

// apart reports whether what stands at the end of the present character leaves
// it alone.
func (c *cursor) apart() bool {
	c.size = 0
	if c.end >= len(c.s) || c.s[c.end] < utf8.RuneSelf {
		return true
	}
	c.ahead, c.size = c.look(c.end)
	return c.ahead.is(apart)
}

// piece reads the present character, whose entry is first, together with what
// may combine with it. It gives the character at once if the rest leaves it as it
// is, and reports that; else all is in rest, and may be nothing.
func (c *cursor) piece(first entry) bool {
	size := c.end - c.start
	dropped, marked, rank := true, true, 0
	c.size = 0
	for c.end < len(c.s) {
		e, n := c.look(c.end)
		if e.is(apart) {
			c.ahead, c.size = e, n
			break
		}
		dropped = dropped && e.is(drops)
		marked = marked && e.is(trails) && (c.end == c.start+size || rank > 0 && e.rank() >= rank)
		rank = e.rank()
		c.end += n
	}
	c.at = c.end
	switch {
	case first.is(simple) && (dropped || marked):
		if marked {
			c.rest = c.s[c.start+size : c.end]
		}
		c.r, c.class = first.rune(), first.class()
		return true
	case c.end == c.start+size:
		r, _ := utf8.DecodeRuneInString(c.s[c.start:])
		if long, ok := c.tables.long[r]; ok {
			c.rest = long
			return false
		}
	}
	c.rest = foldWhole(c.s[c.start:c.end])
	return false
}
