package courier

import (
	"runtime"
	"time"
)

const (
	// rushSize is how many receipts make a rush, and calmAfter how long none was
	// written when it is over.
	rushSize  = 1000
	calmAfter = time.Second
)

// rush tells when there was much to deliver and it is done. It belongs to one
// goroutine.
type rush struct {
	written int64     // receipts so far
	since   time.Time // when the last of them was seen
	before  int64     // receipts before this rush
}

// over takes note of how many receipts were written by a time, and reports
// once of every rush that it is over.
func (r *rush) over(written int64, now time.Time) bool {
	if written != r.written {
		r.written, r.since = written, now
		return false
	}
	if written-r.before < rushSize || now.Sub(r.since) < calmAfter {
		return false
	}
	r.before = written
	return true
}

// tidy collects garbage whenever a rush is over, until the work ends. What a
// release to thousands leaves behind fills half of what the next one may use
// before the collector runs: then it ran in the midst of that one, and its last
// receivers had it a quarter later. Between releases nobody waits for it.
func (d *delivery) tidy() {
	var r rush
	timer := time.NewTicker(calmAfter / 4)
	defer timer.Stop()
	for {
		select {
		case <-d.ctx.Done():
			return
		case now := <-timer.C:
			if r.over(d.commit.written.Load(), now) {
				runtime.GC()
			}
		}
	}
}
