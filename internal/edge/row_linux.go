package edge

import (
	"cmp"
	"slices"

	"golang.org/x/sys/unix"
)

// rowDisorder is which part of a row may be out of order: to sort costs more than
// what is gained at a few.
const rowDisorder = 32

// enter puts a desktop into its group's row, and exit takes it out.
func (s *shard) enter(d *desktop) {
	row := &d.group.rows[s.index]
	last := len(row.seats) - 1
	d.seat = int32(last + 1)
	row.seats = append(row.seats, seat{d, d.file, d.socket, d.view, d.debt != nil || d.after > s.delivered})
	if last >= 0 && row.seats[last].socket > d.socket {
		s.disturb(d.group)
	}
}

func (s *shard) exit(d *desktop) {
	row := &d.group.rows[s.index]
	last := len(row.seats) - 1
	if int(d.seat) != last {
		row.seats[d.seat] = row.seats[last]
		row.seats[d.seat].d.seat = d.seat
		s.disturb(d.group)
	}
	row.seats[last] = seat{}
	row.seats = row.seats[:last]
}

// disturb notes that a seat of a group's row is out of order.
func (s *shard) disturb(g *group) {
	row := &g.rows[s.index]
	if row.moved++; int(row.moved) > len(row.seats)/rowDisorder {
		s.unsorted[g] = struct{}{}
	}
}

// sort puts rows into the order of sockets.
func (s *shard) sort() {
	for g := range s.unsorted {
		row := &g.rows[s.index]
		slices.SortFunc(row.seats, bySocket)
		for i := range row.seats {
			row.seats[i].d.seat = int32(i)
		}
		row.moved = 0
	}
	clear(s.unsorted)
}

func bySocket(a, b seat) int { return cmp.Compare(a.socket, b.socket) }

// socketNumber is higher the later a socket was made, as long as numbers last and as
// far as one processor made both: what the kernel made one after the other lies near
// each other in its memory, and is the quicker to write to in that order.
func socketNumber(file int32) uint32 {
	var of unix.Stat_t
	if err := unix.Fstat(int(file), &of); err != nil {
		return 0 // any order will do
	}
	return uint32(of.Ino)
}

// gather puts those whom an item is for into turn: their seats as they are now, for
// who leaves meanwhile gives up the seat to another.
func (s *shard) gather(en *entry, groups []*group) {
	s.turn = s.turn[:0]
	for _, g := range groups {
		row := &g.rows[s.index]
		row.wrote = s.tick
		for _, t := range row.seats {
			if !t.apart || en.item.Number > t.d.after {
				s.turn = append(s.turn, t)
			}
		}
	}
	if len(groups) > 1 {
		slices.SortFunc(s.turn, bySocket)
	}
}

// seatOf is where a desktop sits.
func (s *shard) seatOf(d *desktop) *seat { return &d.group.rows[s.index].seats[d.seat] }

// wrote is the tick at which something was last written to a desktop.
func (s *shard) wrote(d *desktop) uint32 {
	if s.seatOf(d).apart {
		return d.wrote
	}
	return max(d.wrote, d.group.rows[s.index].wrote)
}
