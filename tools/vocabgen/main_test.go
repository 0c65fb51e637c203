package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// standards lies beside the checkout where the published standards are kept.
const standards = "../../../shared/standards"

func TestCommittedTablesAreWhatTheStandardsGive(t *testing.T) {
	if _, err := os.Stat(standards); err != nil {
		t.Skipf("%s is not there: the published standards are not part of the repository", standards)
	}
	out := t.TempDir()
	if err := generate(standards, out); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"countries.tsv", "languages.tsv", "topics.tsv"} {
		got, err := os.ReadFile(filepath.Join(out, name))
		if err != nil {
			t.Fatal(err)
		}
		want, err := os.ReadFile(filepath.Join("../../internal/vocab/data", name))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("internal/vocab/data/%s is not what vocabgen makes; run go generate ./internal/vocab", name)
		}
	}
}

func TestAMissingStandardIsNamed(t *testing.T) {
	if err := generate(t.TempDir(), t.TempDir()); err == nil {
		t.Error("an empty folder of standards gives tables")
	}
}

func TestTheLongestEntryIsConvertedFirst(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"phrases.txt": "# comment\n头发\t頭髮\n", "characters.txt": "发\t發 髮\n头\t頭\n", "taiwan.txt": "頭髮\t秀髮\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c, err := newConverter(dir, []string{"phrases.txt", "characters.txt"}, []string{"taiwan.txt"})
	if err != nil {
		t.Fatal(err)
	}
	if got := c.convert("出发，头发。"); got != "出發，秀髮。" {
		t.Errorf("got %s", got)
	}
}

func TestARaggedTableIsNotWritten(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.tsv")
	for _, rows := range [][][]string{{{"a", "b"}, {"1"}}, {{"a"}, {"1\t2"}}} {
		if err := write(path, "", rows); err == nil {
			t.Errorf("%q is written", rows)
		}
	}
}
