package limits

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"runtime"
	"slices"
	"sync"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/wireroom/wireroom/internal/wire"
	"github.com/wireroom/wireroom/test/bench/story"
)

// Streams sends one ready-made event on every connection it has accepted, or on
// those that asked for the item's organisation, and does nothing else: it knows
// no HTTP beyond the path and the answer that all get.
type Streams struct {
	listener int // descriptor
	address  string
	accepted sync.WaitGroup

	mu     sync.Mutex
	shares map[string]*[threads][]int // descriptors, by the organisation asked for; "" for every item
}

// threads that send.
const threads = 2

// welcome is what everyone is answered, and the first event.
const welcome = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n: welcome\n\n"

// OpenStreams listens on a free port of loopback. The caller closes it.
func OpenStreams() (*Streams, error) {
	listener, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("socket: %w", err)
	}
	s := &Streams{listener: listener, shares: map[string]*[threads][]int{}}
	err = unix.Bind(listener, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}})
	if err == nil {
		err = unix.Listen(listener, 4096)
	}
	if err == nil {
		s.address, err = boundTo(listener)
	}
	if err != nil {
		_ = unix.Close(listener)
		return nil, fmt.Errorf("listen: %w", err)
	}
	s.accepted.Go(s.accept)
	return s, nil
}

func boundTo(listener int) (string, error) {
	name, err := unix.Getsockname(listener)
	if err != nil {
		return "", err
	}
	at, ok := name.(*unix.SockaddrInet4)
	if !ok {
		return "", errors.New("no address")
	}
	return netip.AddrPortFrom(netip.AddrFrom4(at.Addr), uint16(at.Port)).String(), nil
}

// Address is where it listens.
func (s *Streams) Address() string { return s.address }

// accept answers whoever connects, one after the other, until Close.
func (s *Streams) accept() {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	request := make([]byte, 4096)
	for next := 0; ; {
		file, _, err := unix.Accept4(s.listener, unix.SOCK_CLOEXEC)
		switch {
		case err == unix.EINTR || err == unix.ECONNABORTED:
			continue
		case err != nil:
			return // closed
		}
		// A desktop asks as soon as it is connected, in one piece.
		n, err := unix.Read(file, request)
		var organisation string
		if err == nil {
			organisation, err = organisationOf(request[:n])
		}
		if err == nil {
			_, err = unix.Write(file, []byte(welcome))
		}
		if err != nil {
			_ = unix.Close(file)
			continue
		}
		s.mu.Lock()
		if s.shares[organisation] == nil {
			s.shares[organisation] = new([threads][]int)
		}
		s.shares[organisation][next%threads] = append(s.shares[organisation][next%threads], file)
		s.mu.Unlock()
		next++
	}
}

// organisationOf is the parameter org of a request.
func organisationOf(request []byte) (string, error) {
	line, _, _ := bytes.Cut(request, []byte("\r\n"))
	fields := bytes.Fields(line)
	if len(fields) != 3 || string(fields[0]) != "GET" {
		return "", fmt.Errorf("no request: %q", line)
	}
	path, err := url.ParseRequestURI(string(fields[1]))
	if err != nil {
		return "", err
	}
	return path.Query().Get("org"), nil
}

// Prepare renders an item.
func (s *Streams) Prepare(it wire.Item) (func(context.Context) error, error) {
	frame, err := story.Frame(&it)
	return func(context.Context) error {
		s.mu.Lock()
		defer s.mu.Unlock()
		var sending sync.WaitGroup
		var errs [threads]error
		for i := range threads {
			sending.Go(func() {
				for _, organisation := range []string{"", it.Organisation} {
					if shares := s.shares[organisation]; shares != nil {
						errs[i] = errors.Join(errs[i], send(shares[i], frame))
					}
				}
			})
		}
		sending.Wait()
		return errors.Join(errs[:]...)
	}, err
}

// send sends a frame on every connection. Nobody is waited for; what did not fit at
// once is sent when all have had their turn, again and again.
func send(files []int, frame []byte) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	type owed struct{ file, sent int }
	var left []owed
	for _, file := range files {
		left = append(left, owed{file: file})
	}
	for rounds := 0; len(left) > 0; rounds++ {
		if rounds > 0 {
			_, _ = unix.Poll([]unix.PollFd{{Fd: int32(left[0].file), Events: unix.POLLOUT}}, 1000)
		}
		still := left[:0]
		for _, o := range left {
			n, err := sendNow(o.file, frame[o.sent:])
			if err != nil && err != unix.EAGAIN {
				return fmt.Errorf("a connection took %d of %d bytes: %w", o.sent, len(frame), err)
			}
			if o.sent += n; o.sent < len(frame) {
				still = append(still, o)
			}
		}
		left = still
	}
	return nil
}

// sendNow is send(2) without waiting. Go's scheduler is not told of the call,
// which never blocks: to tell it takes a quarter more time.
func sendNow(file int, b []byte) (int, error) {
	n, _, errno := syscall.RawSyscall6(syscall.SYS_SENDTO, uintptr(file), uintptr(unsafe.Pointer(&b[0])), uintptr(len(b)), unix.MSG_DONTWAIT|unix.MSG_NOSIGNAL, 0, 0)
	if errno != 0 {
		return 0, errno
	}
	return int(n), nil
}

// Close cuts every connection.
func (s *Streams) Close() error {
	err := unix.Shutdown(s.listener, unix.SHUT_RDWR) // which ends accept; close alone would not
	s.accepted.Wait()
	err = errors.Join(err, unix.Close(s.listener))
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, shares := range s.shares {
		for _, file := range slices.Concat(shares[:]...) {
			_ = unix.Close(file)
		}
	}
	clear(s.shares)
	return err
}
