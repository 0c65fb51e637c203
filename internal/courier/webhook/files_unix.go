//go:build unix

package webhook

import "syscall"

// openFiles is how many files this process may have open. Go has raised that to
// the most that the system allows.
func openFiles() int {
	var limit syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit) != nil {
		return 1024
	}
	return int(min(uint64(limit.Cur), 1<<20)) // signed on some systems
}
