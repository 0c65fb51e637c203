package process

import (
	"time"

	"golang.org/x/sys/unix"
)

// The kernel's monotonic clock is read once; from then on Go's own reading of
// it counts, which needs no system call.
var (
	started  = time.Now()
	startsAt = monotonic()
)

func monotonic() int64 {
	var t unix.Timespec
	_ = unix.ClockGettime(unix.CLOCK_MONOTONIC, &t) // Linux always has it
	return t.Nano()
}

// Now is the time in ns on the monotonic clock of the machine, which all its
// processes share and nobody sets: moments in different processes can be
// compared.
func Now() int64 { return startsAt + int64(time.Since(started)) }
