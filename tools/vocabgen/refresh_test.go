package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// vocabulary writes a small table of seventeen roots and one topic below.
func vocabulary(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("# note\ncode\tparent\tretired\ten\tzh-Hans\tzh-Hant\tde\n")
	for i := 1; i <= 17; i++ {
		fmt.Fprintf(&b, "%02d000000\t\t\troot %d\t\t\t\n", i, i)
	}
	b.WriteString("20000001\t01000000\t\ttheatre\t戏剧\t戲劇\tTheater\n20000002\t01000000\t\tdance\t\t\t\n")
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "topics.tsv"), []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	return dir
}

func release(t *testing.T, further string) string {
	t.Helper()
	var b strings.Builder
	b.WriteString(`{"conceptSet":[`)
	for i := 1; i <= 17; i++ {
		fmt.Fprintf(&b, `{"qcode":"medtop:%02d000000","prefLabel":{"en-GB":"root %d"}},`, i, i)
	}
	b.WriteString(further + "]}")
	path := filepath.Join(t.TempDir(), "cptall.json")
	if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestARefreshShowsWhatChangesAndWritesWhenAsked(t *testing.T) {
	out := vocabulary(t)
	path := release(t, `{"qcode":"medtop:20000001","broader":["http://cv.iptc.org/newscodes/mediatopic/02000000"],"prefLabel":{"en-US":"theater","zh-Hans":"话剧","de":"Schauspiel"}},
		{"qcode":"medtop:20000003","broader":["medtop:20000001"],"prefLabel":{"en-US":"color"}}`)
	before, _ := os.ReadFile(filepath.Join(out, "topics.tsv"))
	want := `20000001 theatre moved from 01000000 to 02000000
20000001 zh-Hans: "话剧", was "戏剧"
20000001 zh-Hant: "話劇", was "戲劇"
20000001 de: "Schauspiel", was "Theater"
20000002 dance retired
+ 20000003 color, below 20000001
6 changes
`
	var says strings.Builder
	if err := refresh(path, out, false, &says); err != nil || says.String() != want {
		t.Fatalf("%v:\n%s", err, says.String())
	}
	if after, _ := os.ReadFile(filepath.Join(out, "topics.tsv")); string(after) != string(before) {
		t.Fatal("a comparison wrote the table")
	}
	if err := refresh(path, out, true, io.Discard); err != nil {
		t.Fatal(err)
	}
	after, _ := os.ReadFile(filepath.Join(out, "topics.tsv"))
	for _, line := range []string{"# note\n", "20000001\t02000000\t\ttheatre\t话剧\t話劇\tSchauspiel\n", "20000002\t01000000\tx\tdance\t\t\t\n", "20000003\t20000001\t\tcolor\t\t\t\n"} {
		if !strings.Contains(string(after), line) {
			t.Errorf("%q is missing in:\n%s", line, after)
		}
	}
	says.Reset()
	if err := refresh(path, out, true, &says); err != nil || says.String() != "0 changes\n" {
		t.Errorf("the same release again: %v, %s", err, says.String())
	}
}

func TestWhatIsNoReleaseIsRefused(t *testing.T) {
	for further, want := range map[string]string{
		`{"qcode":"medtop:../../x"}`: "is no code",
		`{"qcode":"medtop:20000001","prefLabel":{"en-GB":"a"},"broader":["medtop:99999999"]}`:                                                                                     "which is not there",
		`{"qcode":"medtop:20000001","prefLabel":{"en-GB":"a"},"broader":["javascript:alert(1)"]}`:                                                                                 "which is not there",
		`{"qcode":"medtop:20000001","prefLabel":{"en-GB":"a"},"broader":["medtop:20000003"]},{"qcode":"medtop:20000003","prefLabel":{"en-GB":"b"},"broader":["medtop:20000001"]}`: "circle",
		`{"qcode":"medtop:20000001","broader":["medtop:01000000","medtop:02000000"]}`:                                                                                             "a topic has one",
		`{"qcode":"medtop:20000003","prefLabel":{"de":"a"},"broader":["medtop:01000000"]}`:                                                                                        "no English name",
		`{"qcode":"medtop:20000003","prefLabel":{"en-GB":"a\u0000b"}}`:                                                                                                            "U+0000",
		`{"qcode":"medtop:20000003","prefLabel":{"en-GB":"a\u202eb"}}`:                                                                                                            "U+202E",
		`{"qcode":"medtop:20000003","prefLabel":{"en-GB":"` + strings.Repeat("a", 201) + `"}}`:                                                                                    "longer than",
		`{"qcode":"medtop:01000000"}`: "twice",
		`{"qcode":7}`:                 "not JSON of IPTC",
	} {
		out := vocabulary(t)
		before, _ := os.ReadFile(filepath.Join(out, "topics.tsv"))
		err := refresh(release(t, further), out, true, io.Discard)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.60s: %v, want %s", further, err, want)
		}
		if after, _ := os.ReadFile(filepath.Join(out, "topics.tsv")); string(after) != string(before) {
			t.Errorf("%.60s: the table was written", further)
		}
	}
	empty := filepath.Join(t.TempDir(), "empty.json")
	if err := os.WriteFile(empty, []byte(`{}`), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := refresh(empty, vocabulary(t), true, io.Discard); err == nil {
		t.Error("an empty release is taken")
	}
}

func TestIPTCsOwnReleaseIsRead(t *testing.T) {
	path := standards + "/mediatopics/cptall-en-US.2023-03-31.json"
	if _, err := os.Stat(path); err != nil {
		t.Skipf("%s is not there: the published standards are not part of the repository", path)
	}
	var says strings.Builder
	if err := refresh(path, "../../internal/vocab/data", false, &says); err != nil {
		t.Fatal(err)
	}
	if !strings.HasSuffix(says.String(), "changes\n") || !strings.Contains(says.String(), "moved from") {
		t.Errorf("%.500s", says.String())
	}
}
