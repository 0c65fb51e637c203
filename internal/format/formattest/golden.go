package formattest

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/wireroom/wireroom/internal/wire"
)

// GoldenLanguages are those whose outputs are kept for people to read: one for
// each way of writing.
var GoldenLanguages = []string{"en", "ar", "ja", "zh-Hans", "th"}

// Golden compares an output with the file testdata/name.golden, or writes the
// file where update is set.
func Golden(t *testing.T, update bool, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", name+".golden")
	if update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != string(want) {
		t.Errorf("%s is not as it was; if that is meant, run go test with -update and look at the difference.\ngot:\n%s", file, got)
	}
}

// Page is what a feed in a language could hold: four stories that differ by
// their ids, killed, held, corrected and published last, the latest first.
func Page(language string) []wire.Item {
	var page []wire.Item
	for i, action := range []wire.Action{wire.Kill, wire.Hold, wire.Correct, wire.Publish} {
		it := *Item(action, language)
		it.Release = wire.ReleaseID(number26(int64(1000 + i)))
		page = append(page, it)
	}
	return page
}
