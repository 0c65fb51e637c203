package main

import (
	"bytes"
	"compress/gzip"
	"io"
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
	if err := generate(standards, out, false); err != nil {
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
	if err := generate(t.TempDir(), t.TempDir(), false); err == nil {
		t.Error("an empty folder of standards gives tables")
	}
}

func TestTheCommittedDictionariesAreWhatOpenCCGives(t *testing.T) {
	if _, err := os.Stat(standards); err != nil {
		t.Skipf("%s is not there: the published standards are not part of the repository", standards)
	}
	for name, parts := range openccFiles {
		want, err := openccText(filepath.Join(standards, "opencc"), parts)
		if err != nil {
			t.Fatal(err)
		}
		packed, err := os.Open(filepath.Join("../../internal/text/data", name))
		if err != nil {
			t.Fatal(err)
		}
		defer packed.Close()
		r, err := gzip.NewReader(packed)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(r); err != nil || string(got) != want { // what is packed; how is up to the Go release
			t.Errorf("internal/text/data/%s is not what vocabgen makes (%v); run go generate ./internal/text", name, err)
		}
	}
}

func TestDictionariesSayOnlyWhatCharactersDoNot(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"STCharacters.txt": "# comment\n发\t發 髮\n头\t頭\n", "STPhrases.txt": "头发\t頭髮\n发头\t發頭 髮頭\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	got, err := openccText(dir, []string{"STCharacters", "STPhrases"})
	if want := "[STCharacters]\n发\t發 髮\n头\t頭\n[STPhrases]\n头发\t頭髮\n发头\n"; err != nil || got != want {
		t.Errorf("%q, %v\nwant %q", got, err, want)
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
