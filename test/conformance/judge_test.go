// Package conformance has the wire's formats judged by independent programs:
// schema validators, feed readers, mail parsers and signature checkers.
package conformance

// A judge that is not installed is a skip with a message, and a failure where
// WIREROOM_JUDGES=required is set, as make test does.

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/wireroom/wireroom/internal/format/formattest"
	"github.com/wireroom/wireroom/internal/wire"
)

// python is Debian's own: another one before it in the path would lack the
// modules that apt installs.
const python = "/usr/bin/python3"

// absent reports a judge that cannot be asked.
func absent(t *testing.T, judge, pkg string, err error) {
	t.Helper()
	if os.Getenv("WIREROOM_JUDGES") == "required" {
		t.Fatalf("%s is needed and not here: apt-get install %s (%v)", judge, pkg, err)
	}
	t.Skipf("%s is not here, so nobody judged: apt-get install %s (%v)", judge, pkg, err)
}

// tool is a program of a judge.
func tool(t *testing.T, name, pkg string) string {
	t.Helper()
	program, err := exec.LookPath(name)
	if err != nil {
		absent(t, name, pkg, err)
	}
	return program
}

// said runs a judge and returns what it says.
func said(t *testing.T, program string, args ...string) string {
	t.Helper()
	out, err := exec.Command(program, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %q: %v\n%s", filepath.Base(program), args, err, out)
	}
	return string(out)
}

// needPython makes sure that Python is here with a module.
func needPython(t *testing.T, module, pkg string) {
	t.Helper()
	if out, err := exec.Command(python, "-I", "-c", "import "+module).CombinedOutput(); err != nil {
		absent(t, "Python's "+module, pkg, fmt.Errorf("%w: %s", err, out))
	}
}

// ask runs one of the scripts in testdata and decodes the JSON that it prints.
func ask(t *testing.T, verdict any, script string, args ...string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	// -I: neither the user's modules nor the environment have a say.
	cmd := exec.Command(python, append([]string{"-I", filepath.Join("testdata", script)}, args...)...)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s: %v\n%s", script, err, stderr.String())
	}
	if err := json.Unmarshal(stdout.Bytes(), verdict); err != nil {
		t.Fatalf("%s: %v\n%s", script, err, stdout.String())
	}
}

// file writes an output into a folder and returns where it is.
func file(t *testing.T, dir, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// content is what is in a file.
func content(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// judged are the actions that letters are judged with.
var judged = []wire.Action{wire.Publish, wire.Correct, wire.Hold, wire.Kill}

// storyItems are the story in every language, with each of the judged actions.
func storyItems() []wire.Item {
	var all []wire.Item
	for _, it := range formattest.Items() {
		for _, action := range judged {
			if it.Action == action {
				all = append(all, it)
			}
		}
	}
	return all
}
