package match

// listCheck goes through a list from a file once, so that afterwards it can be read
// without looking at where it ends: all is where the compiler and the gatherer put
// it, and every slot and key is one that there is.
type listCheck struct {
	p      []byte // padded
	at     int
	x      *Index
	counts *[shards]uint32 // entries of each shard
	wrong  bool
}

// number reads one that must end by end.
func (c *listCheck) number(end int) uint32 {
	if c.wrong || c.at >= end || past(c.p, c.at) > end {
		c.wrong = true
		return 0
	}
	var n uint32
	n, c.at = number(c.p, c.at)
	return n
}

// head reads a byte that must stand before end.
func (c *listCheck) head(end int) byte {
	if c.wrong || c.at >= end {
		c.wrong = true
		return 0
	}
	c.at++
	return c.p[c.at-1]
}

// body reads how many bytes follow and returns where they end.
func (c *listCheck) body(n uint32, end int) int {
	if int64(c.at)+int64(n) > int64(end) {
		c.wrong = true
		return c.at
	}
	return c.at + int(n)
}

func (c *listCheck) isList(end int) bool {
	for c.at < end && !c.wrong {
		head := c.head(end)
		more, size, width := uint32(head>>opBits), uint32(0), 0
		if more == manySlots {
			more, size = c.number(end), c.number(end)
			width = int(size & widthMask)
			c.wrong = c.wrong || width == 0
		}
		if op := head & opMask; op > either {
			c.covered(op, c.body(c.number(end), end), 0)
		} else {
			c.keys(int(op), end) // none, one or two
		}
		first := c.at
		c.slots(more, width, end)
		if width > 0 && c.at-first != int(size>>widthBits) {
			c.wrong = true
		}
	}
	return !c.wrong
}

func (c *listCheck) slots(more uint32, width, end int) {
	slot := c.number(end)
	for n := 0; !c.wrong; n++ {
		if !c.x.slots.has(slot) {
			c.wrong = true
		}
		if n == int(more) {
			return
		}
		slot += c.between(width, end) + 1
	}
}

func (c *listCheck) between(width, end int) (n uint32) {
	if width == 0 {
		return c.number(end)
	}
	for i := range width {
		n |= uint32(c.head(end)) << (8 * i)
	}
	return n
}

func (c *listCheck) keys(n, end int) {
	for ; n > 0 && !c.wrong; n-- {
		if id := c.number(end); id>>shardBits >= c.counts[id&(shards-1)] {
			c.wrong = true
		}
	}
}

// covered checks what an operation covers. Queries nest maxDepth deep, a program a
// little deeper.
func (c *listCheck) covered(op byte, end, depth int) {
	if depth > 4*maxDepth {
		c.wrong = true
	}
	for first := true; !c.wrong && (first || c.at < end); first = false {
		switch op {
		case some:
			c.keys(1, end)
		case words:
			c.words(end)
		case every, oneOf, unless:
			c.instruction(end, depth)
		default:
			c.wrong = true
		}
	}
}

func (c *listCheck) instruction(end, depth int) {
	head := c.head(end)
	op := head & opMask
	if op == has || op == either {
		c.keys(int(op), end)
		return
	}
	n := uint32(head >> opBits)
	if n == longBody {
		n = c.number(end)
	}
	c.covered(op, c.body(n, end), depth+1)
}

func (c *listCheck) words(end int) {
	if c.at < end && c.p[c.at] == nearby {
		c.at++
		c.number(end) // how near
		c.sequence(c.body(c.number(end), end))
	}
	c.sequence(end)
}

func (c *listCheck) sequence(end int) {
	if Scope(c.head(end)) > InBody {
		c.wrong = true
	}
	for first := true; !c.wrong && (first || c.at < end); first = false {
		head := c.head(end)
		if head>>stepBits == farDistance {
			c.number(end)
		}
		keys := uint32(head & manyKeys)
		if keys == manyKeys {
			keys = c.number(end)
		}
		c.keys(int(keys)+1, end)
	}
}
