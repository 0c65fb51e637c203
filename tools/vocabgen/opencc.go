package main

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// openccFiles are the dictionaries of OpenCC that go into internal/text, in the
// order in which they stand there: characters first, since what phrases say is
// written as what characters do not say already.
var openccFiles = map[string][]string{
	"characters.gz": {"STCharacters", "TSCharacters", "TWVariants", "HKVariants"},
	"phrases.gz":    {"STPhrases", "TSPhrases", "TWPhrases", "TWVariantsPhrases", "HKVariantsPhrases"},
}

// generateOpenCC writes OpenCC's dictionaries, packed, into the folder out.
func generateOpenCC(dir, out string) error {
	for name, parts := range openccFiles {
		text, err := openccText(dir, parts)
		if err != nil {
			return err
		}
		var packed bytes.Buffer
		w, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
		if err != nil {
			return err
		}
		if _, err := w.Write([]byte(text)); err != nil {
			return err
		}
		if err := w.Close(); err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(out, name), packed.Bytes(), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// openccText joins dictionaries, each below a line with its name in brackets:
// an entry a line, the key, a tab and what it becomes, several apart by spaces.
// Only the first is kept for phrases, and none if it is what the characters of
// the phrase become one by one.
func openccText(dir string, names []string) (string, error) {
	var b strings.Builder
	for _, name := range names {
		raw, err := os.ReadFile(filepath.Join(dir, name+".txt"))
		if err != nil {
			return "", err
		}
		usual := map[rune]string{}
		if name == "STPhrases" || name == "TSPhrases" {
			if usual, err = openccCharacters(filepath.Join(dir, name[:2]+"Characters.txt")); err != nil {
				return "", err
			}
		}
		fmt.Fprintf(&b, "[%s]\n", name)
		for line := range strings.Lines(string(raw)) {
			key, values, ok := strings.Cut(strings.TrimRight(line, "\r\n"), "\t")
			if !ok || strings.HasPrefix(line, "#") {
				continue
			}
			if len([]rune(key)) > 1 {
				values, _, _ = strings.Cut(values, " ")
			}
			if strings.HasSuffix(name, "Phrases") && byCharacter(key, usual) == values {
				b.WriteString(key + "\n")
				continue
			}
			b.WriteString(key + "\t" + values + "\n")
		}
	}
	return b.String(), nil
}

// openccCharacters reads what characters usually become.
func openccCharacters(path string) (map[rune]string, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	usual := map[rune]string{}
	for line := range strings.Lines(string(raw)) {
		key, values, ok := strings.Cut(strings.TrimRight(line, "\r\n"), "\t")
		if r := []rune(key); ok && len(r) == 1 {
			usual[r[0]], _, _ = strings.Cut(values, " ")
		}
	}
	return usual, nil
}

func byCharacter(s string, usual map[rune]string) string {
	var b strings.Builder
	for _, r := range s {
		if v, ok := usual[r]; ok {
			b.WriteString(v)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}
