package faults

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/wireroom/wireroom/test/e2e/rig"
)

// machine is a virtual machine of User-Mode Linux: a kernel that runs as an
// ordinary process, with a disk that is a file. Killing it is a power cut: what
// the kernel had not written to the disk is lost.
type machine struct {
	t      testing.TB
	dir    string
	kernel string
}

// newMachine makes a machine with an empty disk, whose first process is the
// guest. The test is skipped where there is no User-Mode Linux, and fails where
// there must be.
func newMachine(t testing.TB) *machine {
	t.Helper()
	if testing.Short() {
		t.Skip("boots virtual machines; not in -short")
	}
	tool := func(name, pkg string, places ...string) string {
		path, err := exec.LookPath(name)
		for _, p := range places {
			if _, e := os.Stat(p); err != nil && e == nil {
				path, err = p, nil
			}
		}
		if err != nil {
			if os.Getenv("WIREROOM_JUDGES") == "required" {
				t.Fatalf("there is no %s, and this run must have it: apt-get install %s", name, pkg)
			}
			t.Skipf("there is no %s: apt-get install %s", name, pkg)
		}
		return path
	}
	m := &machine{t: t, dir: t.TempDir(), kernel: tool("linux.uml", "user-mode-linux")}
	compiler := tool("gcc", "gcc")
	if out, err := exec.Command(compiler, "-O2", "-shared", "-fPIC", "-o", m.path("xstate.so"), "testdata/xstate.c").CombinedOutput(); err != nil {
		t.Fatalf("gcc: %v\n%s", err, out)
	}
	mkfs := tool("mkfs.ext4", "e2fsprogs", "/usr/sbin/mkfs.ext4", "/sbin/mkfs.ext4")
	image := m.path("disk.img")
	f, err := os.Create(image)
	if err == nil {
		err = errors.Join(f.Truncate(600<<20), f.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(mkfs, "-q", "-F", image).CombinedOutput(); err != nil {
		t.Fatalf("mkfs.ext4: %v\n%s", err, out)
	}
	m.pack()
	return m
}

func (m *machine) path(name string) string { return filepath.Join(m.dir, name) }

// pack writes the first root of the machine: the guest, the wire, and who gets
// what.
func (m *machine) pack() {
	m.t.Helper()
	guest, err := os.ReadFile(rig.Build(m.t, "github.com/wireroom/wireroom/test/faults/guest"))
	if err != nil {
		m.t.Fatal(err)
	}
	wireroom, err := os.ReadFile(rig.Binary(m.t))
	if err != nil {
		m.t.Fatal(err)
	}
	var w cpio
	for _, dir := range []string{"proc", "dev", "mnt", "tmp"} {
		w.add(dir, 0o40755, nil)
	}
	w.device("dev/console", 5, 1)
	w.add("init", 0o100755, guest)
	w.add("wireroom", 0o100755, wireroom)
	w.add("directory.jsonl", 0o100644, rig.JSONLines(rig.Everyone(12, 3, "http://127.0.0.1:9000")))
	w.end()
	if err := os.WriteFile(m.path("root.cpio"), w.Bytes(), 0o600); err != nil {
		m.t.Fatal(err)
	}
}

// cpio writes an archive in the "newc" format that the kernel unpacks, see
// Documentation/driver-api/early-userspace/buffer-format.rst.
type cpio struct {
	bytes.Buffer
	inode int
}

func (w *cpio) entry(name string, mode int, data []byte, major, minor int) {
	w.inode++
	fmt.Fprintf(w, "070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x",
		w.inode, mode, 0, 0, 1, 0, len(data), 0, 0, major, minor, len(name)+1, 0)
	w.WriteString(name + "\x00")
	w.pad()
	w.Write(data)
	w.pad()
}

func (w *cpio) pad() {
	for w.Len()%4 != 0 {
		w.WriteByte(0)
	}
}

func (w *cpio) add(name string, mode int, data []byte) { w.entry(name, mode, data, 0, 0) }
func (w *cpio) device(name string, major, minor int)   { w.entry(name, 0o20600, nil, major, minor) }
func (w *cpio) end()                                   { w.entry("TRAILER!!!", 0, nil, 0, 0) }

// running is a machine with the power on.
type running struct {
	t     testing.TB
	cmd   *exec.Cmd
	ended chan struct{}
	heard chan struct{} // holds something when a line has come since it was last received from
	mu    sync.Mutex
	lines []string
}

// boot switches the machine on. The settings become the environment of the
// guest.
func (m *machine) boot(settings ...string) *running {
	m.t.Helper()
	args := append([]string{
		"mem=768M", "ubd0=" + m.path("disk.img"), "initrd=" + m.path("root.cpio"),
		"con0=fd:0,fd:1", "con=null", "quiet", "uml_dir=" + m.path("uml"),
	}, settings...)
	cmd := exec.Command(m.kernel, args...)
	cmd.Env = append(os.Environ(), "LD_PRELOAD="+m.path("xstate.so"), "TMPDIR="+m.dir, "HOME="+m.dir)
	out, in, err := os.Pipe()
	if err != nil {
		m.t.Fatal(err)
	}
	cmd.Stdout, cmd.Stderr = in, in
	exited, _, err := rig.Spawn(cmd)
	in.Close()
	if err != nil {
		m.t.Fatal(err)
	}
	g := &running{t: m.t, cmd: cmd, ended: make(chan struct{}), heard: make(chan struct{}, 1)}
	go g.read(out, exited)
	m.t.Cleanup(g.cut)
	return g
}

func (g *running) read(r io.ReadCloser, exited <-chan struct{}) {
	defer r.Close()
	b := bufio.NewReader(r)
	for {
		line, err := b.ReadString('\n')
		if err != nil {
			break // a last line without an end may be half: the power went while it was written
		}
		line = strings.TrimRight(line, "\r\n")
		g.mu.Lock()
		g.lines = append(g.lines, line)
		g.mu.Unlock()
		select {
		case g.heard <- struct{}{}:
		default:
		}
	}
	<-exited
	close(g.ended)
}

// await waits until so many lines have come that begin with a word; the test fails if
// they do not. One at a time may wait.
func (g *running) await(word string, lines int, within time.Duration) {
	g.t.Helper()
	for late := time.After(within); g.count(word) < lines; {
		select {
		case <-g.heard:
		case <-g.ended:
			g.t.Fatalf("the machine ended before it said %s %d times\n%s", word, lines, g.tail(40))
		case <-late:
			g.t.Fatalf("the machine did not say %s %d times within %v\n%s", word, lines, within, g.tail(40))
		}
	}
}

// count is how many lines begin with a word.
func (g *running) count(word string) (n int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, line := range g.lines {
		if first, _, _ := strings.Cut(line, " "); first == word {
			n++
		}
	}
	return n
}

// cut switches the power off and waits until nothing of the machine runs. The
// kernel is many processes, and only the group ends them all: one that is left
// behind would go on writing to the disk.
func (g *running) cut() {
	_ = syscall.Kill(-g.cmd.Process.Pid, syscall.SIGKILL)
	<-g.ended
	for range 100 { // until the last of the group is gone
		if syscall.Kill(-g.cmd.Process.Pid, 0) == syscall.ESRCH {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// said returns the lines that begin with a word, without it.
func (g *running) said(word string) []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	var found []string
	for _, line := range g.lines {
		if rest, ok := strings.CutPrefix(line, word+" "); ok {
			found = append(found, rest)
		}
	}
	return found
}

func (g *running) tail(n int) string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return strings.Join(g.lines[max(0, len(g.lines)-n):], "\n")
}
