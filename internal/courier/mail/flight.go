package mail

import (
	"io"
	"net"
)

// flight is what goes to a relay at once: bytes of its own, and between them some
// that it only borrows, so that what all letters of an item share is not copied
// for each. It belongs to one goroutine.
type flight struct {
	own      []byte
	borrowed []loan
	size     int // of what is borrowed
	buffers  net.Buffers
}

// loan is what stands before own[at:].
type loan struct {
	at    int
	bytes []byte
}

// smallLoan is how much costs less to copy than to send by itself.
const smallLoan = 1 << 10

// borrow puts bytes behind, which must not change until reset.
func (f *flight) borrow(b []byte) {
	if len(b) < smallLoan {
		f.own = append(f.own, b...)
		return
	}
	f.borrowed = append(f.borrowed, loan{len(f.own), b})
	f.size += len(b)
}

// len is how many bytes it has.
func (f *flight) len() int { return len(f.own) + f.size }

func (f *flight) reset() {
	clear(f.borrowed) // what was lent may be let go
	f.own, f.borrowed, f.size = f.own[:0], f.borrowed[:0], 0
}

// mark is a place in a flight.
type mark struct{ own, borrowed int }

// end is the place behind all that it has now.
func (f *flight) end() mark { return mark{len(f.own), len(f.borrowed)} }

// cut takes back what stands behind a place.
func (f *flight) cut(at mark) {
	for _, b := range f.borrowed[at.borrowed:] {
		f.size -= len(b.bytes)
	}
	clear(f.borrowed[at.borrowed:])
	f.own, f.borrowed = f.own[:at.own], f.borrowed[:at.borrowed]
}

// parts visits what stands behind a place, in order.
func (f *flight) parts(from mark, visit func([]byte)) {
	at := from.own
	for _, b := range f.borrowed[from.borrowed:] {
		visit(f.own[at:b.at])
		visit(b.bytes)
		at = b.at
	}
	visit(f.own[at:])
}

// appendTo writes all of it in one piece.
func (f *flight) appendTo(dst []byte) []byte {
	f.parts(mark{}, func(b []byte) { dst = append(dst, b...) })
	return dst
}

// writeTo writes all of it at once, where w is a connection that takes several
// pieces.
func (f *flight) writeTo(w io.Writer) error {
	if len(f.borrowed) == 0 {
		_, err := w.Write(f.own)
		return err
	}
	all := f.buffers[:0]
	f.parts(mark{}, func(b []byte) { all = append(all, b) })
	f.buffers = all
	_, err := f.buffers.WriteTo(w)
	f.buffers = all[:0] // WriteTo moves it on
	return err
}
