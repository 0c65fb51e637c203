package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/wireroom/wireroom/internal/text"
)

// Bounds of a release of the vocabulary. IPTC's with all languages has 2 MB and
// 1,300 concepts.
const (
	maxRelease  = 32 << 20
	maxConcepts = 10_000
	maxLabel    = 200 // characters
	maxDepth    = 16
)

// concept is what a release of IPTC NewsCodes (JSON, "cptall") says of a topic.
type concept struct {
	Qcode     string            `json:"qcode"`
	Broader   []string          `json:"broader"`
	Retired   string            `json:"retired"`
	PrefLabel map[string]string `json:"prefLabel"`
}

// refresh compares a release of the Media Topics with the table in the folder out,
// and says to w what is new, retired, moved or named otherwise. With write the
// table becomes the release; what it has no longer stays, retired, for older
// releases of the wire have it. Names in languages the release does not have stay.
func refresh(path, out string, write bool, w io.Writer) error {
	release, err := readRelease(path)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	name := filepath.Join(out, "topics.tsv")
	note, header, old, err := readTopics(name)
	if err != nil {
		return err
	}
	rows := merged(header, old, release)
	if err := checkTree(rows); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	changes := differences(header, old, rows, w)
	fmt.Fprintf(w, "%d changes\n", changes)
	if !write || changes == 0 {
		return nil
	}
	table := [][]string{header}
	for _, code := range slices.Sorted(maps.Keys(rows)) {
		table = append(table, rows[code])
	}
	return store(name, note, table)
}

// readRelease reads and checks a release: whatever it is, what comes out has codes
// of eight digits and labels that fit in a cell.
func readRelease(path string) (map[string]concept, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxRelease+1))
	if err != nil {
		return nil, err
	}
	if len(data) > maxRelease {
		return nil, fmt.Errorf("more than %d MB: no release of Media Topics", maxRelease>>20)
	}
	var file struct {
		Concepts []concept `json:"conceptSet"`
	}
	if err := json.Unmarshal(data, &file); err != nil {
		return nil, fmt.Errorf("not JSON of IPTC NewsCodes: %w", err)
	}
	if n := len(file.Concepts); n == 0 || n > maxConcepts {
		return nil, fmt.Errorf("%d concepts in conceptSet: no release of Media Topics", n)
	}
	release := map[string]concept{}
	for i, c := range file.Concepts {
		code, err := codeOf(c.Qcode)
		if err != nil {
			return nil, fmt.Errorf("concept %d: %w", i+1, err)
		}
		if _, twice := release[code]; twice {
			return nil, fmt.Errorf("concept %d: %s stands there twice", i+1, code)
		}
		if len(c.Broader) > 1 {
			return nil, fmt.Errorf("%s: %d broader topics; a topic has one", code, len(c.Broader))
		}
		for language, label := range c.PrefLabel {
			if err := checkLabel(label); err != nil {
				return nil, fmt.Errorf("%s, name in %.20q: %w", code, language, err)
			}
		}
		release[code] = c
	}
	return release, nil
}

var topicCode = regexp.MustCompile(`^(?:medtop:|https?://cv\.iptc\.org/newscodes/mediatopic/)?([0-9]{8})$`)

func codeOf(s string) (string, error) {
	m := topicCode.FindStringSubmatch(s)
	if m == nil {
		return "", fmt.Errorf("%.60q is no code of a Media Topic", s)
	}
	return m[1], nil
}

func checkLabel(s string) error {
	switch {
	case !utf8.ValidString(s):
		return fmt.Errorf("not UTF-8")
	case utf8.RuneCountInString(s) > maxLabel:
		return fmt.Errorf("longer than %d characters", maxLabel)
	}
	for _, r := range s {
		if r != ' ' && !unicode.IsPrint(r) && !unicode.IsSpace(r) && r != '\u200c' && r != '\u200d' {
			return fmt.Errorf("%U is nothing that is read", r)
		}
	}
	return nil
}

func readTopics(path string) (note string, header []string, rows map[string][]string, err error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return "", nil, nil, err
	}
	rows = map[string][]string{}
	for line := range strings.Lines(string(data)) {
		cells := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		switch {
		case line[0] == '#':
			note += line
		case header == nil:
			header = cells
		default:
			rows[cells[0]] = cells
		}
	}
	return note, header, rows, nil
}

// merged are the rows of a table as a release makes them.
func merged(header []string, old map[string][]string, release map[string]concept) map[string][]string {
	rows := map[string][]string{}
	for code, row := range old {
		rows[code] = slices.Clone(row)
		if _, there := release[code]; !there {
			rows[code][2] = "x"
		}
	}
	for code, c := range release {
		row := rows[code]
		if row == nil {
			row = make([]string, len(header))
			row[0] = code
			rows[code] = row
		}
		row[1], row[2] = "", ""
		if len(c.Broader) > 0 {
			row[1], _ = codeOf(c.Broader[0]) // a wrong one is found missing with the tree
			row[1] = cmp.Or(row[1], c.Broader[0])
		}
		if c.Retired != "" {
			row[2] = "x"
		}
		for i, language := range header[3:] {
			if label := labelIn(language, c.PrefLabel, row[i+3]); label != "" {
				row[i+3] = strings.Join(strings.Fields(label), " ")
			}
		}
	}
	return rows
}

// labelIn is what a release calls a topic in one of our languages, "" if it does
// not say. American English is taken only where there is no English name.
func labelIn(language string, labels map[string]string, now string) string {
	switch language {
	case "en":
		if now != "" {
			return labels["en-GB"]
		}
		return cmp.Or(labels["en-GB"], labels["en-US"])
	case "pt":
		return cmp.Or(labels["pt-BR"], labels["pt-PT"])
	case "zh-Hant":
		return text.Convert(labels["zh-Hans"], "zh-TW")
	}
	return labels[language]
}

// checkTree demands seventeen roots or more, a name for every topic and a way up
// from it.
func checkTree(rows map[string][]string) error {
	roots := 0
	for _, code := range slices.Sorted(maps.Keys(rows)) {
		row := rows[code]
		if row[3] == "" {
			return fmt.Errorf("%s has no English name", code)
		}
		if row[1] == "" && row[2] == "" {
			roots++
		}
		steps := 0
		for up := row; up[1] != ""; steps++ {
			next, ok := rows[up[1]]
			if !ok {
				return fmt.Errorf("%s stands below %.60q, which is not there", up[0], up[1])
			}
			if steps == maxDepth {
				return fmt.Errorf("%s stands in a circle, or deeper than %d", code, maxDepth)
			}
			up = next
		}
	}
	if roots < 17 {
		return fmt.Errorf("%d topics have nothing above them; the vocabulary has 17", roots)
	}
	return nil
}

// differences says how rows differ from old ones, and how often.
func differences(header []string, old, rows map[string][]string, w io.Writer) (changes int) {
	say := func(format string, args ...any) {
		changes++
		fmt.Fprintf(w, format+"\n", args...)
	}
	for _, code := range slices.Sorted(maps.Keys(rows)) {
		row, before := rows[code], old[code]
		if before == nil {
			say("+ %s %s, below %s", code, row[3], cmp.Or(row[1], "nothing"))
			continue
		}
		if row[2] != before[2] {
			say("%s %s %s", code, row[3], map[bool]string{true: "retired", false: "in use again"}[row[2] != ""])
		}
		if row[1] != before[1] {
			say("%s %s moved from %s to %s", code, row[3], cmp.Or(before[1], "the top"), cmp.Or(row[1], "the top"))
		}
		for i := 3; i < len(header); i++ {
			if row[i] != before[i] {
				say("%s %s: %q, was %q", code, header[i], row[i], before[i])
			}
		}
	}
	return changes
}

// store replaces a table as a whole or not at all.
func store(path, note string, rows [][]string) error {
	var b strings.Builder
	b.WriteString(note)
	for _, row := range rows {
		b.WriteString(strings.Join(row, "\t") + "\n")
	}
	if err := os.WriteFile(path+".new", []byte(b.String()), 0o644); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}
