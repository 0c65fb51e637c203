package text_test

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/wireroom/wireroom/internal/text"
)

// Whoever changes what a text is found by raises Version, so that archives are
// indexed anew: this test fails until they do.
func TestVersionRisesWithTheTerms(t *testing.T) {
	sum := sha256.New()
	files, err := filepath.Glob("testdata/found/*.txt")
	if err != nil || len(files) < 15 {
		t.Fatalf("%d texts, %v", len(files), err)
	}
	slices.Sort(files)
	for _, name := range files {
		content, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		language := filepath.Base(name[:len(name)-len(".txt")])
		text.Each(language, string(content), func(term []byte, position, start, end int) {
			fmt.Fprintln(sum, string(term), position, start, end)
		})
	}
	got := fmt.Appendf(nil, "%d %x\n", text.Version, sum.Sum(nil))
	const golden = "testdata/version.golden"
	want, err := os.ReadFile(golden)
	if *update {
		err = os.WriteFile(golden, got, 0o644)
		want = got
	}
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("texts are found by other terms than in version %s: raise Version (unless only the texts of the tests changed) and run with -update", bytes.Fields(want)[0])
	}
}
