// Package rings holds the test of the architecture: imports point inwards only,
// heavy dependencies have one owner, every package says what it owns.
package rings

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/wireroom/wireroom/"

// rings maps each package to its ring; a package imports from its own ring only
// what inside says. ARCHITECTURE.md shows the same as a table.
var rings = []struct {
	ring   int
	prefix string // the package, and everything below it
}{
	{0, "internal/wire"}, {0, "internal/vocab"}, {0, "internal/locale"},
	{1, "internal/text"}, {1, "internal/match"}, {1, "internal/likeness"}, {1, "internal/subject"}, {1, "internal/format"}, {1, "internal/seal"},
	{2, "internal/store"}, {2, "internal/bus"}, {2, "internal/media"},
	{3, "internal/leader"},
	{3, "internal/desk"}, {3, "internal/clock"}, {3, "internal/outbox"}, {3, "internal/embargo"}, {3, "internal/ingest"},
	{3, "internal/courier"}, {3, "internal/edge"}, {3, "internal/archive"}, {3, "internal/auth"},
	{4, "internal/api"}, {4, "internal/web"},
	{5, "internal/app"}, {5, "internal/demo"},
	{6, "internal/command"}, {6, "cmd/wireroom"},
}

// sideways are the imports within a ring that are part of the design.
var sideways = map[[2]string]bool{
	{"internal/wire", "internal/vocab"}:     true,
	{"internal/match", "internal/text"}:     true,
	{"internal/likeness", "internal/text"}:  true,
	{"internal/subject", "internal/text"}:   true,
	{"internal/format", "internal/text"}:    true, // a digest is shortened where words end
	{"internal/clock", "internal/desk"}:     true,
	{"internal/clock", "internal/leader"}:   true,
	{"internal/api", "internal/web"}:        true, // error kind → status, in one place
	{"internal/courier", "internal/leader"}: true,
	{"internal/embargo", "internal/leader"}: true,
	{"cmd/wireroom", "internal/command"}:    true,
	{"internal/ingest", "internal/desk"}:    true,
	{"internal/ingest", "internal/leader"}:  true,
	{"internal/demo", "internal/app"}:       true,
}

// engines import the domain alone, so that they hold no rules.
var engines = map[string]bool{"internal/store": true, "internal/bus": true, "internal/media": true}

// owners are the packages that may import what is heavy or dangerous.
var owners = map[string][]string{
	"github.com/nats-io/":       {"internal/bus"},
	"modernc.org/sqlite":        {"internal/store"},
	"github.com/jackc/":         {"internal/store"},
	"database/sql":              {"internal/store"},
	"github.com/pressly/goose":  {"internal/store"},
	"github.com/alecthomas/":    {"cmd/wireroom"},
	"github.com/danielgtaylor/": {"internal/api"},
	"github.com/emersion/":      {"internal/courier", "internal/demo"},
	"html/template":             {"internal/web"},
	"github.com/blevesearch/":   {"internal/text"},
	"github.com/go-text/":       {"internal/format"},
	"github.com/pkg/sftp":       {"internal/courier"}, "github.com/jlaffaye/": {"internal/courier"}, "github.com/aws/": {"internal/courier"},
}

func locate(pkg string) (ring int, family string) {
	for _, r := range rings {
		if pkg == r.prefix || strings.HasPrefix(pkg, r.prefix+"/") {
			return r.ring, r.prefix
		}
	}
	return -1, ""
}

func TestImportsPointInwards(t *testing.T) {
	documented := map[string]bool{}
	walk(t, func(pkg, file string, f *ast.File) {
		documented[pkg] = documented[pkg] || f.Doc.Text() != ""
		ring, family := locate(pkg)
		if ring < 0 {
			t.Errorf("%s is in no ring: give it a place here and in ARCHITECTURE.md", pkg)
			return
		}
		for _, spec := range f.Imports {
			imported, _ := strconv.Unquote(spec.Path.Value)
			checkOwner(t, file, family, imported)
			inner, ok := strings.CutPrefix(imported, module)
			if !ok || inner == "client" || strings.HasPrefix(inner, "client/") { // the public client stands outside of the rings
				continue
			}
			r, f := locate(inner)
			switch {
			case f == family:
			case r > ring, r < 0:
				t.Errorf("%s imports %s: outwards", file, inner)
			case r == ring && !sideways[[2]string{family, f}]:
				t.Errorf("%s imports %s: sideways", file, inner)
			case engines[family] && r > 0:
				t.Errorf("%s imports %s: an engine knows the domain alone", file, inner)
			}
		}
	})
	for pkg, ok := range documented {
		if !ok {
			t.Errorf("%s has no package comment", pkg)
		}
	}
}

func checkOwner(t *testing.T, file, family, imported string) {
	t.Helper()
	for prefix, allowed := range owners {
		if !strings.HasPrefix(imported, prefix) {
			continue
		}
		ok := false
		for _, a := range allowed {
			ok = ok || a == family
		}
		if !ok {
			t.Errorf("%s imports %s, which belongs to %v", file, imported, allowed)
		}
	}
}

// walk parses every file of the product that is not a test. It reads the files
// itself: a test that asks the go command is answered from its cache.
func walk(t *testing.T, f func(pkg, file string, parsed *ast.File)) {
	t.Helper()
	root := filepath.Join("..", "..")
	seen := 0
	for _, dir := range []string{"internal", "cmd"} {
		err := filepath.WalkDir(filepath.Join(root, dir), func(name string, e fs.DirEntry, err error) error {
			if err != nil || e.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
				return err
			}
			rel, err := filepath.Rel(root, name)
			if err != nil {
				return err
			}
			pkg := path.Dir(filepath.ToSlash(rel))
			if strings.HasSuffix(pkg, "test") && strings.HasPrefix(path.Base(pkg), path.Base(path.Dir(pkg))) || strings.HasSuffix(pkg, "/channeltest") {
				return nil // storetest, channeltest: used by tests only
			}
			parsed, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly|parser.ParseComments)
			if err == nil {
				seen++
				f(pkg, filepath.ToSlash(rel), parsed)
			}
			return err
		})
		if err != nil && dir == "internal" {
			t.Fatal(err)
		}
	}
	if seen < 50 {
		t.Fatalf("only %d files were read: the test looks in the wrong place", seen)
	}
}
