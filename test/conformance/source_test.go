package conformance

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/wireroom/wireroom/internal/format/formattest"
	"github.com/wireroom/wireroom/internal/format/newsmlg2"
)

// Judges that exist as source alone are asked where their folder is given.

func TestIPTCsOwnParserTakesEveryItem(t *testing.T) {
	folder := os.Getenv("WIREROOM_NEWSMLG2")
	if folder == "" {
		t.Skip("WIREROOM_NEWSMLG2 is not the folder of github.com/iptc/python-newsmlg2; it needs python3-lxml")
	}
	var seen []struct{ Fault, GUID, Version string }
	ask(t, &seen, "newsmlg2_check.py", append([]string{folder}, write(t, t.TempDir(), xmlOutputs[0])...)...)
	corpus := formattest.Corpus()
	if len(seen) != len(corpus) {
		t.Fatalf("%d of %d were read", len(seen), len(corpus))
	}
	for i, s := range seen {
		if it := &corpus[i]; s.Fault != "" || s.GUID != newsmlg2.GUID(it) || s.Version != strconv.Itoa(it.Version) {
			t.Errorf("%s in %s: %+v", it.Action, it.Language, s)
		}
	}
	t.Logf("%d items read", len(seen))
}

func TestTheW3CValidatorFindsNoErrorInFeeds(t *testing.T) {
	folder := os.Getenv("WIREROOM_FEEDVALIDATOR")
	if folder == "" {
		t.Skip("WIREROOM_FEEDVALIDATOR is not the folder of github.com/w3c/feedvalidator; it needs python3-html5lib")
	}
	files, _ := feedFiles(t)
	files = slices.DeleteFunc(files, func(name string) bool { return filepath.Ext(name) == ".json" })
	var seen []struct {
		File             string
		Errors, Warnings []string
	}
	ask(t, &seen, "feedvalidator_check.py", append([]string{folder}, files...)...)
	for _, s := range seen {
		if len(s.Errors) > 0 {
			t.Errorf("%s: %q", filepath.Base(s.File), s.Errors)
		}
		for _, w := range s.Warnings {
			// A file has no address to compare with; marks of deletion (RFC 6721)
			// are in a namespace that it does not know.
			if !strings.HasPrefix(w, "SelfDoesntMatchLocation") && !strings.HasPrefix(w, "UnknownNamespace") {
				t.Errorf("%s: %s", filepath.Base(s.File), w)
			}
		}
	}
	if len(seen) != len(files) {
		t.Errorf("%d of %d feeds", len(seen), len(files))
	}
	t.Logf("%d feeds", len(seen))
}
