package rig

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// startTime bounds how long a wire may take until it serves.
const startTime = 40 * time.Second

// Options say how a wire is started. Data is required.
type Options struct {
	Data string   // data folder
	HTTP string   // address; "" for a free port
	Args []string // further flags of serve
	Env  []string // variables beside those of the test
	// Files is how many files the process may have open; 0: as many as the test.
	Files int
}

// Wire is one running process of wireroom serve. Its methods are safe for
// concurrent use.
type Wire struct {
	API // of an operator; set once Ready has returned nil

	PID     int
	t       testing.TB
	data    string
	journal *Journal
	ready   chan string // the address, when it serves
	ended   chan struct{}
	err     error // of the process; read after ended
}

// Journal is what the processes of one wire wrote to their logs, over restarts.
// It is safe for concurrent use.
type Journal struct {
	mu    sync.Mutex
	lines []string
	// Watch, if set before the first process, sees every line.
	Watch func(line string)
}

// journalLines bounds what is kept; a run that writes more keeps the newest.
const journalLines = 200_000

func (j *Journal) add(line string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if len(j.lines) >= journalLines {
		j.lines = append([]string(nil), j.lines[journalLines/2:]...)
	}
	j.lines = append(j.lines, line)
	if j.Watch != nil {
		j.Watch(line)
	}
}

// Lines returns the lines that hold all of the words, oldest first.
func (j *Journal) Lines(words ...string) []string {
	j.mu.Lock()
	defer j.mu.Unlock()
	var found []string
next:
	for _, line := range j.lines {
		for _, w := range words {
			if !strings.Contains(line, w) {
				continue next
			}
		}
		found = append(found, line)
	}
	return found
}

// Tail returns the newest lines that hold all of the words, for a failure to
// show.
func (j *Journal) Tail(n int, words ...string) string {
	lines := j.Lines(words...)
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}

// Start starts a wire and waits until it serves. It is killed when the test
// ends, if it still runs then.
func Start(t testing.TB, o Options) *Wire {
	t.Helper()
	w := Launch(t, o, &Journal{})
	if err := w.Ready(startTime); err != nil {
		t.Fatal(err)
	}
	return w
}

// Launch starts a process and returns at once; its log goes to the journal.
func Launch(t testing.TB, o Options, journal *Journal) *Wire {
	t.Helper()
	if o.HTTP == "" {
		o.HTTP = "127.0.0.1:0"
	}
	args := append([]string{"serve", "--data", o.Data, "--http", o.HTTP, "--allow-private-webhooks", "--log-format", "text"}, o.Args...)
	cmd := exec.Command(Binary(t), args...)
	if o.Files > 0 {
		cmd = exec.Command("/bin/sh", append([]string{"-c", fmt.Sprintf(`ulimit -n %d && exec "$0" "$@"`, o.Files), Binary(t)}, args...)...)
	}
	cmd.Env = append(os.Environ(), o.Env...)
	stdout, outEnd, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	stderr, errEnd, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stdout, cmd.Stderr = outEnd, errEnd
	exited, result, err := Spawn(cmd)
	outEnd.Close()
	errEnd.Close()
	if err != nil {
		t.Fatal(err)
	}
	w := &Wire{PID: cmd.Process.Pid, t: t, data: o.Data, journal: journal, ready: make(chan string, 1), ended: make(chan struct{})}
	var reading sync.WaitGroup
	reading.Go(func() { w.readStdout(stdout) })
	reading.Go(func() { readLines(stderr, journal.add) })
	go func() {
		<-exited
		w.err = *result
		reading.Wait()
		close(w.ended)
	}()
	t.Cleanup(w.Kill)
	return w
}

func readLines(r io.ReadCloser, f func(string)) {
	defer r.Close()
	b := bufio.NewReader(r)
	for {
		line, err := b.ReadString('\n')
		if line != "" {
			f(strings.TrimRight(line, "\n"))
		}
		if err != nil {
			return
		}
	}
}

func (w *Wire) readStdout(r io.ReadCloser) {
	readLines(r, func(line string) {
		w.journal.add("stdout: " + line)
		if url, ok := strings.CutPrefix(line, "ready "); ok {
			select {
			case w.ready <- url:
			default:
			}
		}
	})
}

// Ready waits until the wire serves and learns how to speak to it. The error
// says what the process wrote if it ended or took too long.
func (w *Wire) Ready(within time.Duration) error {
	select {
	case <-w.ready:
	case <-w.ended:
		return fmt.Errorf("wireroom ended before it served: %v\n%s", w.err, w.journal.Tail(20))
	case <-time.After(within):
		return fmt.Errorf("wireroom does not serve within %v\n%s", within, w.journal.Tail(20))
	}
	raw, err := os.ReadFile(filepath.Join(w.data, "local.json"))
	if err != nil {
		return err
	}
	var local struct {
		URL, Key string
		PID      int
	}
	if err := json.Unmarshal(raw, &local); err != nil {
		return fmt.Errorf("local.json: %w", err)
	}
	if local.PID != w.PID {
		return fmt.Errorf("local.json speaks of process %d, not of %d", local.PID, w.PID)
	}
	w.API = NewAPI(local.URL, local.Key)
	return nil
}

// Journal is the log of the process, and of those before it on the same data.
func (w *Wire) Journal() *Journal { return w.journal }

// Kill ends the process with SIGKILL and waits for it. On an ended one it does
// nothing.
func (w *Wire) Kill() {
	w.Signal(syscall.SIGKILL)
	<-w.ended
}

// Signal sends a signal, unless the process has ended.
func (w *Wire) Signal(s syscall.Signal) {
	select {
	case <-w.ended:
	default:
		_ = syscall.Kill(w.PID, s)
	}
}

// Ended is closed when the process has ended.
func (w *Wire) Ended() <-chan struct{} { return w.ended }

// Stop asks the process to end with SIGTERM and fails the test unless it does so
// within the time, with exit status 0.
func (w *Wire) Stop(within time.Duration) {
	w.t.Helper()
	w.Signal(syscall.SIGTERM)
	select {
	case <-w.ended:
	case <-time.After(within):
		w.t.Errorf("wireroom still runs %v after SIGTERM\n%s", within, w.journal.Tail(20))
		w.Kill()
		return
	}
	if w.err != nil {
		w.t.Errorf("wireroom ended after SIGTERM with %v, want exit status 0\n%s", w.err, w.journal.Tail(20))
	}
}

// Command runs another command of wireroom on a data folder and returns what it
// printed; the test fails if it fails.
func Command(t testing.TB, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), Binary(t), args...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		t.Fatalf("wireroom %s: %v\n%s%s", strings.Join(args, " "), err, &out, &errs)
	}
	return out.String()
}

// FreeAddress returns a loopback address that nobody listens on at the moment.
func FreeAddress(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// Wait polls until the condition returns nil; the test fails with its last
// error when the time is over.
func Wait(t testing.TB, within time.Duration, what string, condition func() error) {
	t.Helper()
	end := time.Now().Add(within)
	for {
		err := condition()
		if err == nil {
			return
		}
		if t.Context().Err() != nil {
			t.Fatalf("%s: the test ended: %v", what, err)
		}
		if time.Now().After(end) {
			t.Fatalf("%s: not within %v: %v", what, within, err)
		}
		select {
		case <-t.Context().Done():
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// ErrNotYet is what a condition of Wait returns that has nothing more to say.
var ErrNotYet = errors.New("not yet")
