package rig

import (
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

// program is a command built at most once per test run.
type program struct {
	once sync.Once
	path string
	err  error
	out  []byte
}

// built holds what this test binary has built so far. It is a cache of files,
// emptied by Run.
var built struct {
	mu       sync.Mutex
	dir      string
	programs map[string]*program
}

// Run runs the tests of a package and removes what they built; call it from
// TestMain and exit with its result.
func Run(m *testing.M) int {
	defer func() {
		built.mu.Lock()
		defer built.mu.Unlock()
		if built.dir != "" {
			os.RemoveAll(built.dir)
		}
	}()
	return m.Run()
}

// Binary returns the path of the wireroom command: the one that
// WIREROOM_BINARY names, such as a release to be tried before it goes out,
// otherwise one built from this checkout.
func Binary(t testing.TB) string {
	t.Helper()
	if path := os.Getenv("WIREROOM_BINARY"); path != "" {
		return path
	}
	return Build(t, "github.com/wireroom/wireroom/cmd/wireroom")
}

// Build returns the path of a command of this module or of one it depends on,
// statically linked, so that it runs where there is nothing else.
func Build(t testing.TB, pkg string) string {
	t.Helper()
	built.mu.Lock()
	if built.dir == "" {
		dir, err := os.MkdirTemp("", "wireroom-rig-")
		if err != nil {
			built.mu.Unlock()
			t.Fatal(err)
		}
		built.dir, built.programs = dir, map[string]*program{}
	}
	p := built.programs[pkg]
	if p == nil {
		p = &program{path: filepath.Join(built.dir, filepath.Base(filepath.Dir(pkg))+"-"+filepath.Base(pkg))}
		built.programs[pkg] = p
	}
	built.mu.Unlock()
	p.once.Do(func() {
		cmd := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", p.path, pkg)
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
		p.out, p.err = cmd.CombinedOutput()
	})
	if p.err != nil {
		t.Fatalf("go build %s: %v\n%s", pkg, p.err, p.out)
	}
	return p.path
}
