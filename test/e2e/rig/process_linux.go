package rig

import "syscall"

// attributes put a process in a group of its own, so that a signal to the tests
// is not one to it, and end it with whoever started it, should the tests be
// killed themselves.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
