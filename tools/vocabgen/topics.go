package main

import (
	"bufio"
	"cmp"
	"encoding/json"
	"iter"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

const topicNote = "From IPTC NewsCodes, Media Topics (http://cv.iptc.org/newscodes/mediatopic/), CC BY 4.0; changes: see NOTICE.md."

func mapKeys[V any](m map[string]V) iter.Seq[string] { return maps.Keys(m) }

// topics makes the table of Media Topics: code, parent, an x for retired ones,
// and a label per language that has any.
func topics(standards string) ([][]string, string, error) {
	data, err := os.ReadFile(filepath.Join(standards, "mediatopics", "mediatopics-merged.json"))
	if err != nil {
		return nil, "", err
	}
	var file struct {
		Concepts []struct {
			Qcode     string
			Parent    string
			Retired   string
			PrefLabel map[string]string
		}
	}
	if err := json.Unmarshal(data, &file); err != nil {
		return nil, "", err
	}
	traditional, err := newConverter(filepath.Join(standards, "opencc"),
		[]string{"STPhrases.txt", "STCharacters.txt"}, []string{"TWPhrases.txt", "TWVariantsPhrases.txt", "TWVariants.txt"})
	if err != nil {
		return nil, "", err
	}
	rows := [][]string{}
	for _, c := range file.Concepts {
		l := c.PrefLabel
		retired := ""
		if c.Retired != "" {
			retired = "x"
		}
		row := []string{strings.TrimPrefix(c.Qcode, "medtop:"), strings.TrimPrefix(c.Parent, "medtop:"), retired,
			l["en-GB"], l["ar"], l["zh-Hans"], traditional.convert(l["zh-Hans"]), l["fr"], l["de"],
			cmp.Or(l["pt-BR"], l["pt-PT"]), l["es"]}
		for i := range row {
			row[i] = strings.Join(strings.Fields(row[i]), " ")
		}
		rows = append(rows, row)
	}
	slices.SortFunc(rows, func(a, b []string) int { return strings.Compare(a[0], b[0]) })
	header := []string{"code", "parent", "retired", "en", "ar", "zh-Hans", "zh-Hant", "fr", "de", "pt", "es"}
	return slices.Insert(rows, 0, header), topicNote, nil
}

// converter writes Chinese in another script as OpenCC does: a chain of
// dictionaries, in each the longest entry first.
type converter []dictionary

type dictionary struct {
	entries map[string]string
	longest int // in runes
}

// newConverter reads a chain of dictionaries, each of one or more files; an
// earlier file's entry wins.
func newConverter(dir string, chain ...[]string) (converter, error) {
	var c converter
	for _, names := range chain {
		d := dictionary{entries: map[string]string{}}
		for _, name := range names {
			if err := d.read(filepath.Join(dir, name)); err != nil {
				return nil, err
			}
		}
		c = append(c, d)
	}
	return c, nil
}

// read adds a file of lines "from, tab, one or more to separated by spaces",
// of which the first is the usual one.
func (d *dictionary) read(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		from, to, ok := strings.Cut(lines.Text(), "\t")
		if !ok || strings.HasPrefix(from, "#") {
			continue
		}
		if _, taken := d.entries[from]; taken {
			continue
		}
		to, _, _ = strings.Cut(to, " ")
		d.entries[from] = to
		d.longest = max(d.longest, len([]rune(from)))
	}
	return lines.Err()
}

func (c converter) convert(s string) string {
	for _, d := range c {
		s = d.convert(s)
	}
	return s
}

func (d dictionary) convert(s string) string {
	var b strings.Builder
	for rest := []rune(s); len(rest) > 0; {
		n := min(d.longest, len(rest))
		for ; n > 1; n-- {
			if _, ok := d.entries[string(rest[:n])]; ok {
				break
			}
		}
		piece := string(rest[:n])
		b.WriteString(cmp.Or(d.entries[piece], piece))
		rest = rest[n:]
	}
	return b.String()
}
