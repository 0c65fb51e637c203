package ingest

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wireroom/wireroom/internal/wire"
)

var update = flag.Bool("update", false, "write the golden files anew")

// Each document in testdata is read to exactly the release and findings in
// testdata/golden.
func TestDocumentsAreReadToTheGoldenReleases(t *testing.T) {
	paths, err := filepath.Glob("testdata/*.*")
	if err != nil || len(paths) < 8 {
		t.Fatalf("%d documents, %v", len(paths), err)
	}
	for _, path := range paths {
		t.Run(filepath.Base(path), func(t *testing.T) {
			file, err := os.Open(path)
			if err != nil {
				t.Fatal(err)
			}
			defer file.Close()
			r, findings, err := Read(filepath.Base(path), file, Options{Now: monday})
			if err != nil {
				t.Fatal(err)
			}
			golden(t, filepath.Join("testdata/golden", filepath.Base(path)+".json"), struct {
				Release  *wire.Release `json:"release"`
				Findings []Finding     `json:"findings"`
			}{r, findings})
		})
	}
}

// golden compares what was read with a file.
func golden(t *testing.T, path string, read any) {
	t.Helper()
	var b strings.Builder
	out := json.NewEncoder(&b)
	out.SetEscapeHTML(false)
	out.SetIndent("", "\t")
	if err := out.Encode(read); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if b.String() != string(want) {
		t.Errorf("read as\n%s", b.String())
	}
}
