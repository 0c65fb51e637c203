// Package process runs the parts of a measurement in processes of their own, so
// that what is said of a sender's processor time and memory is the sender's
// alone.
//
// It owns how they are started, talk and end: a child says one line of JSON on
// its standard output, and ends when its standard input does, which is when its
// parent ends. It ends nothing that it did not start.
package process

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Usage is what a process has used.
type Usage struct {
	CPU      float64 `json:"cpu"`      // seconds, user and system
	Peak     int64   `json:"peak"`     // bytes of memory at the most: VmHWM
	Resident int64   `json:"resident"` // bytes of memory now: VmRSS
}

// Used is what this process has used so far.
func Used() Usage {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u) // of itself it always can
	used := Usage{CPU: time.Duration(u.Utime.Nano() + u.Stime.Nano()).Seconds(), Peak: u.Maxrss << 10}
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return used // not Linux
	}
	for line := range strings.Lines(string(status)) {
		for name, to := range map[string]*int64{"VmHWM:": &used.Peak, "VmRSS:": &used.Resident} {
			if value, ok := strings.CutPrefix(line, name); ok {
				if kB, err := strconv.ParseInt(strings.Fields(value)[0], 10, 64); err == nil {
					*to = kB << 10
				}
			}
		}
	}
	return used
}

// Machine is how long all processors together have worked since the machine
// started, in seconds, for whomever; 0 where that cannot be known.
func Machine() float64 {
	t := processorTimes()
	return t.worked + t.withheld
}

// Withheld is how long, of that, a host of virtual machines let others have the
// processors while there was work for them here.
func Withheld() float64 { return processorTimes().withheld }

type times struct{ worked, withheld float64 } // seconds

// processorTimes reads the line of all processors in /proc/stat (proc_stat(5)).
func processorTimes() (t times) {
	stat, err := os.ReadFile("/proc/stat")
	if err != nil {
		return t
	}
	line, _, _ := bytes.Cut(stat, []byte("\n"))
	for i, field := range strings.Fields(string(line)) {
		ticks, err := strconv.ParseFloat(field, 64)
		switch seconds := ticks / 100; { // USER_HZ
		case err != nil: // the line's name
		case i == 4, i == 5, i > 8: // idle, waiting for disks; guests are counted as user
		case i == 8:
			t.withheld = seconds
		default:
			t.worked += seconds
		}
	}
	return t
}

// Program is the file of a program with subcommands.
type Program string

// Self is this program.
func Self() (Program, error) {
	path, err := os.Executable()
	return Program(path), err
}

// Beside is a program that lies in the same folder as this one. It need not be
// there.
func Beside(name string) (Program, error) {
	self, err := Self()
	return Program(filepath.Join(filepath.Dir(string(self)), name)), err
}

func (p Program) command(ctx context.Context, env []string, args ...string) (*exec.Cmd, io.Closer, error) {
	c := exec.CommandContext(ctx, string(p), args...)
	c.Env = append(os.Environ(), env...)
	c.Stderr = os.Stderr
	c.WaitDelay = 5 * time.Second
	in, err := c.StdinPipe()
	return c, in, err
}

// Run runs a subcommand of this program to its end and reads the result that it
// says. env is added to the environment.
func Run(ctx context.Context, result any, env []string, args ...string) error {
	self, err := Self()
	if err != nil {
		return err
	}
	return self.Run(ctx, result, env, args...)
}

// Run is the function of that name for another program.
func (p Program) Run(ctx context.Context, result any, env []string, args ...string) error {
	c, in, err := p.command(ctx, env, args...)
	if err != nil {
		return err
	}
	defer in.Close()
	var out bytes.Buffer
	c.Stdout = &out
	if err := c.Run(); err != nil {
		if ctx.Err() != nil {
			err = ctx.Err()
		}
		return fmt.Errorf("%s: %w", args[0], err)
	}
	if err := json.Unmarshal(out.Bytes(), result); err != nil {
		return fmt.Errorf("%s said %q: %w", args[0], out.String(), err)
	}
	return nil
}

// Server is a child that goes on until it is stopped.
type Server struct {
	command *exec.Cmd
	in      io.Closer
}

// Start starts a subcommand of this program and reads the line that it says when
// it is ready.
func Start(ctx context.Context, ready any, env []string, args ...string) (*Server, error) {
	self, err := Self()
	if err != nil {
		return nil, err
	}
	c, in, err := self.command(ctx, env, args...)
	if err != nil {
		return nil, err
	}
	out, err := c.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := c.Start(); err != nil {
		return nil, err
	}
	s := &Server{c, in}
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, ready)
	}
	if err != nil {
		s.Stop()
		return nil, fmt.Errorf("%s did not start: %w", args[0], err)
	}
	return s, nil
}

// Stop ends the child and waits for it.
func (s *Server) Stop() {
	s.in.Close()
	ended := time.AfterFunc(3*time.Second, func() { _ = s.command.Process.Kill() })
	_ = s.command.Wait() // how it ended says nothing
	ended.Stop()
}

// Say says a child's result, or that it is ready.
func Say(result any) error { return json.NewEncoder(os.Stdout).Encode(result) }

// ErrOrphaned says that the parent has ended.
var ErrOrphaned = errors.New("process: whoever started this has ended")

// WithParent returns a context that ends with the parent of this process.
func WithParent(ctx context.Context) context.Context {
	ctx, cancel := context.WithCancelCause(ctx)
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		cancel(ErrOrphaned)
	}()
	return ctx
}
