//go:build unix && !linux

package rig

import "syscall"

// attributes put a process in a group of its own, so that a signal to the tests
// is not one to it.
func attributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
