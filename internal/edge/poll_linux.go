package edge

import (
	"encoding/binary"
	"fmt"
	"net"
	"os"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// startShards makes a shard a processor, when the first connection comes that one
// can serve. Without epoll there are none, and goroutines serve everyone.
func (e *Edge) startShards() {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.shards != nil || e.ctx.Err() != nil {
		return
	}
	shards := []*shard{}
	for i := range e.width {
		s, err := newShard(e, i)
		if err != nil {
			e.o.Log.Error("edge: cannot use epoll; connections cost more", "err", err)
			for _, s := range shards {
				s.poll.Close()
				unix.Close(s.wake)
			}
			e.shards = []*shard{}
			return
		}
		shards = append(shards, s)
	}
	e.shards = shards
	for _, s := range shards {
		s.delivered = e.ring.last
		go s.run()
	}
}

func newShard(e *Edge, index int) (*shard, error) {
	poll, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, os.NewSyscallError("epoll_create1", err)
	}
	wake, err := unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK)
	if err != nil {
		unix.Close(poll)
		return nil, os.NewSyscallError("eventfd", err)
	}
	// The runtime takes a descriptor that does not block into its own poller: so
	// a shard that waits costs no thread.
	if err := unix.SetNonblock(poll, true); err != nil {
		return nil, os.NewSyscallError("fcntl", err)
	}
	s := &shard{edge: e, index: index, poll: os.NewFile(uintptr(poll), "epoll"), wake: wake, debtors: map[*desktop]struct{}{}, unsorted: map[*group]struct{}{}, room: make([]byte, 16<<10)}
	if err := unix.EpollCtl(poll, unix.EPOLL_CTL_ADD, wake, &unix.EpollEvent{Events: unix.EPOLLIN | unix.EPOLLET, Fd: int32(wake)}); err != nil {
		s.poll.Close()
		unix.Close(wake)
		return nil, os.NewSyscallError("epoll_ctl", err)
	}
	return s, nil
}

// run serves until the edge has ended.
func (s *shard) run() {
	defer s.end()
	raw, err := s.poll.SyscallConn()
	if err != nil {
		s.edge.o.Log.Error("edge: epoll is closed", "err", err)
		return
	}
	stop := s.clock()
	defer stop()
	events := make([]unix.EpollEvent, 256)
	for !s.ended {
		n := 0
		err := raw.Read(func(poll uintptr) bool {
			var err error
			for {
				if n, err = unix.EpollWait(int(poll), events, 0); err != unix.EINTR {
					break
				}
			}
			return n > 0 || err != nil
		})
		if err != nil {
			s.edge.o.Log.Error("edge: epoll does not answer", "err", err)
			return
		}
		for _, ev := range events[:max(n, 0)] {
			s.ready(&ev)
		}
		s.obey()
	}
}

// end takes no more orders and ends all connections.
func (s *shard) end() {
	s.mu.Lock()
	s.closed = true
	orders := s.orders
	s.orders = nil
	s.mu.Unlock()
	for _, f := range orders {
		f()
	}
	for len(s.all) > 0 {
		s.drop(s.all[0], owed.gone)
	}
	s.poll.Close()
	unix.Close(s.wake)
}

func (s *shard) control(op int, d *desktop, ev *unix.EpollEvent) error {
	raw, err := s.poll.SyscallConn()
	if err != nil {
		return err
	}
	var failed error
	if err := raw.Control(func(poll uintptr) { failed = unix.EpollCtl(int(poll), op, int(d.file), ev) }); err != nil {
		return err
	}
	return os.NewSyscallError("epoll_ctl", failed)
}

// write sends without waiting. It does not tell the scheduler: the call takes
// some µs, and telling costs as much again where thousands follow each other.
func write(file int32, b []byte) (int, error) {
	if len(b) == 0 {
		return 0, nil
	}
	for {
		n, _, errno := syscall.RawSyscall6(syscall.SYS_SENDTO, uintptr(file), uintptr(unsafe.Pointer(&b[0])), uintptr(len(b)), unix.MSG_DONTWAIT|unix.MSG_NOSIGNAL, 0, 0)
		switch errno {
		case 0:
			return int(n), nil
		case syscall.EINTR:
		default:
			return -1, errno
		}
	}
}

// rouse ends the shard's waiting. The caller holds mu.
func (s *shard) rouse() {
	one := binary.NativeEndian.AppendUint64(nil, 1)
	_, _ = unix.Write(s.wake, one) // it is full only if it is awake
}

// duplicate returns a descriptor of a connection's socket that stays when the
// connection is closed. The socket is the system's to end when nothing was
// acknowledged for a time.
func duplicate(tcp *net.TCPConn, silence time.Duration) (file int, err error) {
	raw, err := tcp.SyscallConn()
	if err != nil {
		return 0, fmt.Errorf("edge: %w", err)
	}
	var failed error
	if err := raw.Control(func(fd uintptr) {
		if failed = relyOnHeartbeats(int(fd), silence); failed == nil {
			file, failed = unix.FcntlInt(fd, unix.F_DUPFD_CLOEXEC, 0)
			failed = os.NewSyscallError("fcntl", failed)
		}
	}); err != nil {
		return 0, fmt.Errorf("edge: %w", err)
	}
	return file, failed
}

// relyOnHeartbeats has the system probe no receiver that is silent, as net/http has
// it do: heartbeats are sent anyway. A receiver that is gone without a word is given up
// when nothing was acknowledged for a time (RFC 5482), and not after the quarter of an
// hour for which sends are repeated.
func relyOnHeartbeats(file int, silence time.Duration) error {
	if err := unix.SetsockoptInt(file, unix.SOL_SOCKET, unix.SO_KEEPALIVE, 0); err != nil {
		return os.NewSyscallError("setsockopt SO_KEEPALIVE", err)
	}
	err := unix.SetsockoptInt(file, unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, int(silence.Milliseconds()))
	return os.NewSyscallError("setsockopt TCP_USER_TIMEOUT", err)
}

func closeFile(file int32) { unix.Close(int(file)) }
