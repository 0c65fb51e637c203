package rig

import (
	"os/exec"
	"runtime"
)

// Spawn starts a process that does not outlive this one, in a group of its own,
// and returns a channel that is closed when it has ended; its result is then in
// *result.
func Spawn(cmd *exec.Cmd) (ended <-chan struct{}, result *error, err error) {
	cmd.SysProcAttr = attributes()
	started, done := make(chan error), make(chan struct{})
	result = new(error)
	go func() {
		// The kernel ends the process with the thread that started it, so that
		// thread must stay until then (golang.org/issue/27505).
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err != nil {
			return
		}
		*result = cmd.Wait()
		close(done)
	}()
	if err := <-started; err != nil {
		return nil, nil, err
	}
	return done, result, nil
}
