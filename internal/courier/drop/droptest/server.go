package droptest

import (
	"bytes"
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"
)

// absent reports a server that cannot be run.
func absent(t *testing.T, server, from string, err error) {
	t.Helper()
	if os.Getenv("WIREROOM_JUDGES") == "required" {
		t.Fatalf("%s is needed and not here: %s (%v)", server, from, err)
	}
	t.Skipf("%s is not here: %s (%v)", server, from, err)
}

// Program is the path of a program of a server, from a package of Debian; without it
// the test goes no further.
func Program(t *testing.T, name, pkg string) string {
	t.Helper()
	for _, path := range []string{name, "/usr/sbin/" + name, "/usr/lib/openssh/" + name} {
		if found, err := exec.LookPath(path); err == nil {
			if found, err = filepath.Abs(found); err == nil {
				return found
			}
		}
	}
	absent(t, name, "apt-get install "+pkg, os.ErrNotExist)
	return ""
}

// freePort is a port of the loopback interface that nobody listens on now.
func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// server is a program that listens on a port, until the test ends or it is
// stopped.
type server struct {
	port int
	env  []string
	name string
	args []string
	stop func() // nil while it does not run
}

// run starts a server and waits until it listens.
func run(t *testing.T, port int, env []string, name string, args ...string) *server {
	t.Helper()
	s := &server{port: port, env: env, name: name, args: args}
	s.start(t)
	t.Cleanup(func() {
		if s.stop != nil {
			s.stop()
		}
	})
	return s
}

func (s *server) start(t *testing.T) {
	t.Helper()
	var output bytes.Buffer
	cmd := exec.Command(s.name, s.args...)
	cmd.Env, cmd.Stdout, cmd.Stderr = append(os.Environ(), s.env...), &output, &output
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { _ = cmd.Wait(); close(ended) }()
	s.stop = func() {
		s.stop = nil
		_ = cmd.Process.Signal(os.Interrupt)
		select {
		case <-ended:
		case <-time.After(2 * time.Second):
			_ = cmd.Process.Kill()
			<-ended
		}
		if t.Failed() {
			t.Logf("%s said:\n%s", filepath.Base(s.name), output.String())
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	every := time.NewTicker(20 * time.Millisecond)
	defer every.Stop()
	for {
		conn, err := net.Dial("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(s.port)))
		if err == nil {
			_ = conn.Close()
			return
		}
		select {
		case <-every.C:
		case <-ended:
			t.Fatalf("%s ended: %s", s.name, output.String())
		case <-ctx.Done():
			t.Fatalf("%s does not listen: %v", s.name, err)
		}
	}
}

// Write writes a file, or the test fails. It returns the path.
func Write(t *testing.T, path string, mode os.FileMode, data []byte) string {
	t.Helper()
	if err := os.WriteFile(path, data, mode); err != nil {
		t.Fatal(err)
	}
	return path
}

// Mkdir makes a folder and those above it, or the test fails. It returns the path.
func Mkdir(t *testing.T, path string) string {
	t.Helper()
	if err := os.MkdirAll(path, 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

// Must returns a value that cannot fail to be had; it panics if it does.
func Must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}
