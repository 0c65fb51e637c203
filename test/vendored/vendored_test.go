// Package vendored makes sure that what others published and is kept in the
// repository is what they published, and says under which licence.
package vendored

import (
	"crypto/sha256"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const root = "../.."

// entry is a line of scripts/vendored.list.
type entry struct{ sum, path, source, licence string }

func listed(t *testing.T) []entry {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, "scripts/vendored.list"))
	if err != nil {
		t.Fatal(err)
	}
	var all []entry
	for line := range strings.Lines(string(text)) {
		if fields := strings.Fields(line); len(fields) == 4 && fields[0] != "#" {
			all = append(all, entry{fields[0], fields[1], fields[2], fields[3]})
		} else if !strings.HasPrefix(line, "#") {
			t.Errorf("%q has not the four fields of a line", line)
		}
	}
	if len(all) < 50 {
		t.Fatalf("%d files are listed", len(all))
	}
	return all
}

// fixed is a place that always gives the same bytes.
var fixed = regexp.MustCompile(`^(github:[\w.-]+/[\w.-]+@[0-9a-f]{40}:\S+|npm:[\w@/.-]+@\d+\.\d+\.\d+:\S+|iana:\d{4}[a-z]:\S+)$`)

func TestWhatIsKeptIsWhatWasPublished(t *testing.T) {
	for _, e := range listed(t) {
		if !fixed.MatchString(e.source) {
			t.Errorf("%s: %s is no place that always gives the same bytes", e.path, e.source)
		}
		if licence, err := os.ReadFile(filepath.Join(root, e.licence)); err != nil || len(licence) == 0 {
			t.Errorf("%s: the licence %s is not here: %v", e.path, e.licence, err)
		}
		if strings.HasPrefix(e.path, "sources/") {
			continue
		}
		data, err := os.ReadFile(filepath.Join(root, e.path))
		if got := fmt.Sprintf("%x", sha256.Sum256(data)); err != nil || got != e.sum {
			t.Errorf("%s is not what was published: %v", e.path, err)
		}
	}
}

// Nothing comes into these folders without a word of where from.
func TestEverySchemaIsListed(t *testing.T) {
	known := map[string]bool{}
	for _, e := range listed(t) {
		known[e.path] = true
	}
	for _, folder := range []string{"test/conformance/testdata/schemas", "internal/format/ninjs/testdata/schema"} {
		if err := filepath.WalkDir(filepath.Join(root, folder), func(path string, d fs.DirEntry, err error) error {
			name, _ := filepath.Rel(root, path)
			if err == nil && !d.IsDir() && d.Name() != "NOTICE.md" && !known[filepath.ToSlash(name)] {
				t.Errorf("%s is not in scripts/vendored.list", name)
			}
			return err
		}); err != nil {
			t.Error(err)
		}
	}
}
