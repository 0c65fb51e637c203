package webhook

import (
	"context"
	"crypto/tls"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// maxHandshakes bounds those of TLS, which are work: made all at once, all of
	// them end late, and those at busy moments too late.
	maxHandshakes = 512
	// shakeTime is how long one may take.
	shakeTime = 5 * time.Second
	// leastPatience is how long one counts among them at least, and longSilence how many
	// times as long as others lately took: then the other side is silent, which is no
	// work, and its place is another's.
	leastPatience = 250 * time.Millisecond
	longSilence   = 4
)

// handshakes are those under way. They are safe for concurrent use.
type handshakes struct {
	slots chan struct{} // one for each that counts
	usual atomic.Int64  // time.Duration: a mean of those that succeeded lately
}

// begin waits for a place. Whoever got it calls ended, with whether it succeeded.
func (h *handshakes) begin(ctx context.Context) (ended func(well bool), err error) {
	select {
	case h.slots <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	free := sync.OnceFunc(func() { <-h.slots })
	began := time.Now()
	var alarm *time.Timer
	alarm = time.AfterFunc(shakeTime, func() {
		if left := h.patience() - time.Since(began); left > 0 {
			alarm.Reset(left)
			return
		}
		free()
	})
	alarm.Reset(leastPatience) // after alarm is set
	return func(well bool) {
		alarm.Stop()
		free()
		if well {
			h.note(time.Since(began))
		}
	}, nil
}

func (h *handshakes) patience() time.Duration {
	return max(longSilence*time.Duration(h.usual.Load()), leastPatience)
}

// note takes how long one took into the mean of some eight.
func (h *handshakes) note(took time.Duration) {
	before := h.usual.Load()
	h.usual.Store(before + (int64(took)-before)/8) // of two at once one may be forgotten
}

// shake shakes hands over a connection.
func (n *Network) shake(ctx context.Context, at place, s *socket) (*tls.Conn, *tickets, error) {
	host, _, err := net.SplitHostPort(at.hostPort)
	if err != nil {
		return nil, nil, err
	}
	config, heard := n.tls.Clone(), &tickets{ClientSessionCache: n.tls.ClientSessionCache}
	config.ServerName, config.ClientSessionCache = host, heard
	ended, err := n.shaking.begin(ctx)
	if err != nil {
		return nil, nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, shakeTime)
	defer cancel()
	c := tls.Client(s, config)
	err = c.HandshakeContext(ctx)
	ended(err == nil)
	return c, heard, err
}

// tickets are the sessions of a connection, by which the next one to the same host is
// quicker made.
type tickets struct {
	tls.ClientSessionCache
	came func() // nil while nobody waits for them
}

// Put implements tls.ClientSessionCache. It is called by whoever reads.
func (t *tickets) Put(key string, session *tls.ClientSessionState) {
	t.ClientSessionCache.Put(key, session)
	if t.came != nil {
		t.came()
	}
}
