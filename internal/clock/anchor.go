package clock

import (
	"time"

	"github.com/wireroom/wireroom/internal/wire"
)

// tolerance is how far the wall clock may stray from the anchored one before
// lifts stop. Leap-second smears and ordinary discipline stay far below it.
const tolerance = 200 * time.Millisecond

// Anchor is time that nobody can move: the wall clock sampled once and carried
// on by the monotonic one. It is safe for concurrent use.
type Anchor struct {
	wall  func() time.Time     // the wall clock as it reads now
	since func() time.Duration // monotonic time since the anchor was dropped
	start time.Time            // wall time when it was dropped
}

// NewAnchor drops an anchor at the wall clock's present reading.
func NewAnchor() *Anchor {
	start := time.Now() // carries a monotonic reading, which Since uses
	return &Anchor{
		// Round strips the monotonic reading: what is left is the wall clock,
		// with every step it was given.
		wall:  func() time.Time { return time.Now().Round(0) },
		since: func() time.Duration { return time.Since(start) },
		start: start.Round(0),
	}
}

// Now is the anchored time, UTC. It only moves forward.
func (a *Anchor) Now() time.Time { return a.start.Add(a.since()).UTC() }

// Since is the monotonic time since the anchor was dropped.
func (a *Anchor) Since() time.Duration { return a.since() }

// Agree returns an error while the wall clock and the anchored one differ by
// more than the tolerance: one of them is wrong, and nobody here can know
// which.
func (a *Anchor) Agree() error {
	off := a.wall().Sub(a.Now())
	if off.Abs() > tolerance {
		return wire.Errorf(wire.Unavailable, "clock", "the wall clock was moved by %s since the start; nothing is lifted until it is set right, or wireroom is started again with the right time", off.Round(time.Millisecond))
	}
	return nil
}
