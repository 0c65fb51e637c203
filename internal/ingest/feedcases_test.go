package ingest

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/wireroom/wireroom/internal/wire"
)

// expected is what the test cases of the W3C's feed validator say they are of:
// a fault by its name, or, with a "!", a document that must not be said to have
// it.
var expected = regexp.MustCompile(`(?s)<!--.*?Expect:\s*(!?)\s*(\w+)`)

// reasons are why a feed may be refused: there is no story in it, or it is no
// feed. A date, an address or an element that a validator objects to is none.
var reasons = regexp.MustCompile(`neither text nor headline|holds no text that can be carried|is no feed|is none that is read|is not well-formed XML|declares entities|is not UTF-8 and its encoding is not known|ends in the middle of an element`)

// The validator's test cases are the corners of RSS and Atom, the broken and the
// sound: a reader takes what it can of either. They are in the folder of samples
// that WIREROOM_SAMPLES names.
func TestFeedCasesAreReadOrRefusedWithAReason(t *testing.T) {
	folder := filepath.Join(os.Getenv("WIREROOM_SAMPLES"), "standards/feeds/testcases")
	if _, err := os.Stat(folder); os.Getenv("WIREROOM_SAMPLES") == "" || err != nil {
		t.Skip("WIREROOM_SAMPLES names no folder that has standards/feeds/testcases")
	}
	counts := map[string]int{}
	err := filepath.WalkDir(folder, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || filepath.Ext(path) != ".xml" {
			return err
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		verdict := "faulty"
		if m := expected.FindSubmatch(raw); m == nil {
			verdict = "unmarked"
		} else if len(m[1]) > 0 {
			verdict = "sound"
		}
		stories, _, err := ReadStories(filepath.Base(path), bytes.NewReader(raw), Options{Now: monday, Language: "en"})
		if err == nil {
			for _, s := range stories {
				if s.Err != nil {
					err = s.Err
				}
			}
		}
		if err == nil {
			counts[verdict+", read"]++
			return nil
		}
		counts[verdict+", refused"]++
		if kind := wire.KindOf(err); kind != wire.Invalid || !reasons.MatchString(err.Error()) {
			t.Errorf("%s is refused: %s, %v", path, kind, err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if counts["sound, read"] < 10*counts["sound, refused"] {
		t.Error("of the sound ones too many are refused")
	}
	t.Log(counts)
}
