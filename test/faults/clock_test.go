package faults

import (
	"strconv"
	"strings"
	"testing"
	"time"
)

// slack is how far two readings of the same clock, in two processes of a slow
// machine, may be apart in this test's own arithmetic. The wire has none: what
// it writes about itself must not be early by a microsecond.
const slack = 5

func TestNoMovedClockLiftsAReleaseEarly(t *testing.T) {
	m := newMachine(t)
	g := m.boot("MODE=clock")
	g.await("READY", 1, 90*time.Second)
	g.await("END", 1, 150*time.Second)
	g.cut()
	for _, line := range g.said("ERR") {
		t.Error(line)
	}
	jumps := g.said("J")
	for _, line := range jumps {
		f := strings.Split(line, "\t")
		if len(f) != 5 {
			t.Fatalf("the guest said %q", line)
		}
		number := func(i int) int {
			n, err := strconv.Atoi(f[i])
			if err != nil {
				t.Fatalf("%q: %v", line, err)
			}
			return n
		}
		visible, allowed, alarm, written := number(1), number(2), f[3] == "true", number(4)
		t.Logf("clock %-48s visible %+5d ms after the due time (allowed from %d), alarm %t, written %+d ms", f[0], visible, allowed, alarm, written)
		if visible < allowed-slack {
			t.Errorf("%s: visible %d ms after the due time, %d ms too early", f[0], visible, allowed-visible)
		}
		if written < 0 {
			t.Errorf("%s: the item says that it was cleared %d ms before its time", f[0], -written)
		}
		if wrongAtDue := allowed > 0; wrongAtDue && !alarm {
			t.Errorf("%s: nobody was called", f[0])
		}
	}
	if len(jumps) != 5 {
		t.Errorf("%d of 5 jumps were played\n%s", len(jumps), g.tail(40))
	}
}
