package formattest

import (
	"os"
	"sync"
	"testing"

	"github.com/wireroom/wireroom/internal/format/typeface"
)

var installed = sync.OnceValue(func() *typeface.Collection { return typeface.Open(os.DirFS("/usr/share/fonts")) })

// Typefaces are those that are installed here. Where they do not cover one of the
// languages the test is skipped with a message, and fails where
// WIREROOM_JUDGES=required is set, as make test does.
func Typefaces(t testing.TB, languages ...string) *typeface.Collection {
	t.Helper()
	faces := installed()
	for _, language := range languages {
		if faces.Covers(language) {
			continue
		}
		const missing = "no typeface for %s is here: apt-get install fonts-noto-core fonts-noto-cjk"
		if os.Getenv("WIREROOM_JUDGES") == "required" {
			t.Fatalf(missing, language)
		}
		t.Skipf(missing, language)
	}
	return faces
}
