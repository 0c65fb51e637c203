package edge

import (
	"runtime/debug"
	"time"
)

// rush watches connections come. Reading requests and filters takes several times
// the memory of a desktop at rest; when many have come, as after the failure of
// another edge, what it took is given back to the system once they are in.
// Guarded by Edge.mu.
type rush struct {
	count int
	calm  *time.Timer
}

// A rush is rushSize connections; it is over when so many did not come in
// rushOver.
const (
	rushSize = 1000
	rushOver = time.Second
)

func (r *rush) joined() {
	if r.count++; r.count%rushSize != 0 {
		return
	}
	if r.calm == nil {
		r.calm = time.AfterFunc(rushOver, debug.FreeOSMemory)
		return
	}
	r.calm.Reset(rushOver)
}

func (r *rush) stop() {
	if r.calm != nil {
		r.calm.Stop()
	}
}
