package streamload

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/sys/unix"

	"github.com/wireroom/wireroom/test/bench/process"
)

// Joined says how desktops joined. Times are in ns of process.Now.
type Joined struct {
	Began   int64 `json:"began"`
	Last    int64 `json:"last"`    // when the last of them had its first event
	Joined  int   `json:"joined"`  // desktops that did
	Stalled int   `json:"stalled"` // desktops that connected and do not read
}

// patience is how long nobody may join before Join gives up.
const patience = 30 * time.Second

// Join connects all desktops, and returns when those that read have had their
// first event. It is called once.
func (l *Load) Join(ctx context.Context) (Joined, error) {
	began := process.Now()
	readers := 0 // desktops
	for i := range l.desktops {
		if err := l.connect(i); err != nil {
			return Joined{}, err
		}
		if !l.desktops[i].stalled {
			readers++
		}
		// A listener's queue is short, and a connection that finds it full tries
		// again only after a second.
		if err := l.await(ctx, readers-l.options.Joining); err != nil {
			return Joined{}, err
		}
	}
	if err := l.await(ctx, readers); err != nil {
		return Joined{}, err
	}
	return Joined{Began: began, Last: l.joinedAt.Load(), Joined: readers, Stalled: l.stalled}, nil
}

// await waits until so many have joined.
func (l *Load) await(ctx context.Context, n int) error {
	before, since := l.joined.Load(), time.Now()
	for {
		now := l.joined.Load()
		if now >= int64(n) {
			return nil
		}
		if now > before {
			before, since = now, time.Now()
		}
		if l.gone.Load() > 0 || l.complaint.Load() != nil {
			return fmt.Errorf("streamload: %d desktops could not join; the first: %w", l.gone.Load(), *l.complaint.Load())
		}
		if time.Since(since) > patience {
			return fmt.Errorf("streamload: nobody has joined for %v; %d of %d had before", patience, now, len(l.desktops))
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(200 * time.Microsecond):
		}
	}
}

// connect connects a desktop, has it ask, and hands it to a reader.
func (l *Load) connect(i int) (err error) {
	file, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("streamload: socket of desktop %d: %w", i, err)
	}
	defer func() {
		if err != nil {
			_ = unix.Close(file)
		}
	}()
	d := &l.desktops[i]
	if err := l.prepare(file, i); err != nil {
		return fmt.Errorf("streamload: socket of desktop %d: %w", i, err)
	}
	if err := unix.Connect(file, &l.address); err != nil {
		return fmt.Errorf("streamload: desktop %d cannot connect: %w", i, err)
	}
	if _, err := unix.Write(file, l.request(i)); err != nil {
		return fmt.Errorf("streamload: desktop %d cannot ask: %w", i, err)
	}
	if err := unix.SetNonblock(file, true); err != nil {
		return fmt.Errorf("streamload: socket of desktop %d: %w", i, err)
	}
	if !d.stalled {
		if err := l.readers[i%len(l.readers)].add(i, file); err != nil {
			return err
		}
	}
	d.file = file
	return nil
}

// Of a desktop that stalls: buffers as small as can be on both sides. The
// server's grows with the segments that the desktop takes.
const (
	stalledBuffer  = 4096
	stalledSegment = 536
)

// prepare sets up a socket before it connects.
func (l *Load) prepare(file, i int) error {
	set := func(level, option, value int) error { return unix.SetsockoptInt(file, level, option, value) }
	if l.desktops[i].stalled {
		if err := set(unix.SOL_SOCKET, unix.SO_RCVBUF, stalledBuffer); err != nil {
			return err
		}
		if err := set(unix.IPPROTO_TCP, unix.TCP_MAXSEG, stalledSegment); err != nil {
			return err
		}
	}
	// When the measurement is over nothing is owed to anybody: no connection is
	// to linger in the way of the next.
	if err := unix.SetsockoptLinger(file, unix.SOL_SOCKET, unix.SO_LINGER, &unix.Linger{Onoff: 1}); err != nil {
		return err
	}
	// The port is chosen when the other end is known, so that every source has
	// all ports for every server.
	if err := set(unix.IPPROTO_IP, unix.IP_BIND_ADDRESS_NO_PORT, 1); err != nil {
		return err
	}
	return unix.Bind(file, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, byte(1 + i%l.options.Sources)}})
}
