package streamload

import (
	"fmt"
	"runtime"

	"golang.org/x/sys/unix"

	"github.com/wireroom/wireroom/test/bench/process"
)

// reader is a thread that reads what servers send to its desktops.
type reader struct {
	load *Load
	poll int // descriptor of epoll
	wake int // descriptor of an event that ends the wait
}

// stopping stands for wake among the numbers of desktops.
const stopping = -1

func newReader(l *Load) (*reader, error) {
	poll, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("streamload: epoll: %w", err)
	}
	wake, err := unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK)
	if err != nil {
		_ = unix.Close(poll)
		return nil, fmt.Errorf("streamload: eventfd: %w", err)
	}
	r := &reader{l, poll, wake}
	if err := r.add(stopping, wake); err != nil {
		_ = r.close()
		return nil, err
	}
	return r, nil
}

// add has the reader read a descriptor for a desktop.
func (r *reader) add(desktop, file int) error {
	// The kernel hands back 64 bits with an event, whatever they are: the number
	// of the desktop and its descriptor, so that nothing must be looked up.
	err := unix.EpollCtl(r.poll, unix.EPOLL_CTL_ADD, file, &unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(desktop), Pad: int32(file)})
	if err != nil {
		return fmt.Errorf("streamload: epoll of desktop %d: %w", desktop, err)
	}
	return nil
}

// stop ends run.
func (r *reader) stop() error {
	_, err := unix.Write(r.wake, []byte{1, 0, 0, 0, 0, 0, 0, 0})
	return err
}

func (r *reader) close() error {
	_ = unix.Close(r.wake)
	return unix.Close(r.poll)
}

// run reads until stop.
func (r *reader) run() {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	ready := make([]unix.EpollEvent, 1024)
	buffer := make([]byte, 128<<10)
	for {
		n, err := unix.EpollWait(r.poll, ready, -1)
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			r.load.complain(fmt.Errorf("epoll: %w", err))
			return
		}
		for _, event := range ready[:n] {
			if event.Fd == stopping {
				return
			}
			r.read(int(event.Fd), int(event.Pad), buffer)
		}
	}
}

// read takes what has come for one desktop. What does not fit into the buffer
// comes with the next event.
func (r *reader) read(i, file int, buffer []byte) {
	n, err := unix.Read(file, buffer)
	switch {
	case err == unix.EAGAIN || err == unix.EINTR:
		return
	case err == nil && n == 0:
		err = errEnded
	case err == nil:
		at := process.Now()
		err = r.load.desktops[i].answer.take(buffer[:n], func(round int) { r.load.event(i, round, at) })
	}
	if err != nil {
		_ = unix.EpollCtl(r.poll, unix.EPOLL_CTL_DEL, file, nil) // Close closes it
		r.load.gone.Add(1)
		r.load.complain(fmt.Errorf("desktop %d: %w", r.load.options.First+i, err))
	}
}

// event takes note of an event. With the first, whatever it is, a desktop has
// joined.
func (l *Load) event(i, round int, at int64) {
	if d := &l.desktops[i]; !d.joined {
		d.joined = true
		l.joinedAt.Store(max(l.joinedAt.Load(), at)) // of several readers the later may be lost, by a moment
		l.joined.Add(1)
	}
	switch round {
	case none:
	case seal:
		l.seals.Add(1)
	default:
		l.receive(i, round, at)
	}
}

// complain keeps the first reason.
func (l *Load) complain(err error) { l.complaint.CompareAndSwap(nil, &err) }
