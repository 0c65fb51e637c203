//go:build unix

package webhook

import (
	"io"
	"syscall"
)

// openFiles is how many files this process may have open. Go has raised that to
// the most that the system allows.
func openFiles() int {
	var limit syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit) != nil {
		return 1024
	}
	return int(min(uint64(limit.Cur), 1<<20)) // signed on some systems
}

// readNow reads what has come, without waiting: errNothing if nothing has.
func readNow(from syscall.RawConn, p []byte) (n int, err error) {
	failed := from.Read(func(fd uintptr) bool {
		for n, err = syscall.Read(int(fd), p); err == syscall.EINTR; {
			n, err = syscall.Read(int(fd), p)
		}
		return true
	})
	switch {
	case failed != nil:
		return 0, failed
	case err == syscall.EAGAIN:
		return 0, errNothing
	case err != nil:
		return 0, err
	case n == 0:
		return 0, io.EOF
	}
	return n, nil
}
