package edge

import (
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// rota has shards send one after the other while there is less than half a
// processor for all of them, as where several edges share a machine: side by side
// they would take turns all the same, but in the middle of a send and on each other's
// caches, which costs a quarter more.
type rota struct {
	sending  sync.Mutex // held by the shard that sends, where it is one after the other
	oneByOne atomic.Bool
}

// Sends that took less than this say nothing of how many processors there were.
const tellingSend = time.Millisecond

// begin waits until a shard may send; the shard calls end when it has.
func (r *rota) begin() (end func()) {
	wait := r.oneByOne.Load()
	if wait {
		r.sending.Lock()
	}
	began, used := time.Now(), processTime()
	return func() {
		r.learn(processTime()-used, time.Since(began))
		if wait {
			r.sending.Unlock()
		}
	}
}

// learn takes note of how much processor time this process had in a time in which it
// could have used all there is.
func (r *rota) learn(used, took time.Duration) {
	switch {
	case took < tellingSend:
	case used < took/2:
		r.oneByOne.Store(true)
	case used > took*3/4:
		r.oneByOne.Store(false)
	}
}

// processTime is what this process has used of processors so far.
func processTime() time.Duration {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_PROCESS_CPUTIME_ID, &t); err != nil {
		return 0 // which is never: the clock is in Linux since 2.6.12 (clock_gettime(2))
	}
	return time.Duration(t.Nano())
}
