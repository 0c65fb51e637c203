// Package texttest holds texts in the languages of the wire with queries that
// should find them and queries that should not, and counts how well something
// does at it. It is used by tests and benchmarks alone.
package texttest

import (
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/wireroom/wireroom/internal/text"
)

// Set is the texts and queries of one language.
type Set struct {
	Language string // BCP 47
	Texts    []string
	Queries  []Query
}

// Query is what somebody types: words, of which a text must have all, or one
// phrase in quotation marks.
type Query struct {
	Text string
	Hits []int // which of the texts have it, ascending
}

// Load reads the sets of a folder, a file per language, named by its tag: lines
// "number text", then lines "query: numbers". What has no colon followed by
// numbers alone is a text; # begins a comment.
func Load(dir fs.FS) ([]Set, error) {
	names, err := fs.Glob(dir, "*.txt")
	if err != nil {
		return nil, err
	}
	var sets []Set
	for _, name := range names {
		data, err := fs.ReadFile(dir, name)
		if err != nil {
			return nil, err
		}
		set := Set{Language: strings.TrimSuffix(name, ".txt")}
		for line := range strings.Lines(string(data)) {
			line = strings.TrimSpace(line)
			if line == "" || line[0] == '#' {
				continue
			}
			if err := set.read(line); err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
		}
		sets = append(sets, set)
	}
	return sets, nil
}

func (s *Set) read(line string) error {
	number, rest, _ := strings.Cut(line, " ")
	if n, err := strconv.Atoi(number); err == nil && n == len(s.Texts)+1 && len(s.Queries) == 0 {
		s.Texts = append(s.Texts, rest)
		return nil
	}
	colon := strings.LastIndexByte(line, ':')
	if colon < 0 {
		return fmt.Errorf("%q is neither text nor query", line)
	}
	q := Query{Text: line[:colon]}
	for _, f := range strings.Fields(line[colon+1:]) {
		n, err := strconv.Atoi(f)
		if err != nil || n < 1 || n > len(s.Texts) {
			return fmt.Errorf("%q: %q is not the number of a text", line, f)
		}
		q.Hits = append(q.Hits, n-1)
	}
	s.Queries = append(s.Queries, q)
	return nil
}

// Finder reports which texts a query finds, by their place. Prepare is called
// once for a set.
type Finder interface {
	Prepare(language string, texts []string)
	Find(query string) []int
}

// Score counts pairs of a query and a text.
type Score struct {
	Right, Wrong, Missed int
	Mistakes             []string // a line each
}

// Precision is the share of what was found that should be; 1 if nothing was.
func (s Score) Precision() float64 { return share(s.Right, s.Wrong) }

// Recall is the share of what should be found that was.
func (s Score) Recall() float64 { return share(s.Right, s.Missed) }

func share(right, other int) float64 {
	if right+other == 0 {
		return 1
	}
	return float64(right) / float64(right+other)
}

// Run asks every query of a set.
func Run(set Set, f Finder) Score {
	var score Score
	f.Prepare(set.Language, set.Texts)
	for _, q := range set.Queries {
		found := f.Find(q.Text)
		for i, t := range set.Texts {
			hit, want := slices.Contains(found, i), slices.Contains(q.Hits, i)
			switch {
			case hit && want:
				score.Right++
			case hit:
				score.Wrong++
				score.Mistakes = append(score.Mistakes, fmt.Sprintf("%s finds %q", q.Text, t))
			case want:
				score.Missed++
				score.Mistakes = append(score.Mistakes, fmt.Sprintf("%s does not find %q", q.Text, t))
			}
		}
	}
	return score
}

// Words splits a query as a search box does: at spaces, unless it is quoted.
func Words(query string) (words []string, exact bool) {
	if inner, ok := strings.CutPrefix(query, `"`); ok {
		return []string{strings.TrimSuffix(inner, `"`)}, true
	}
	return strings.Fields(query), false
}

// Ours finds by package text, as queries whose language is not known do.
type Ours struct {
	// Told makes queries know the language of the texts.
	Told bool

	language string
	places   []map[string]map[int]bool // of each text: term, positions
}

// Prepare analyses the texts.
func (o *Ours) Prepare(language string, texts []string) {
	o.language, o.places = "", nil
	if o.Told {
		o.language = language
	}
	for _, s := range texts {
		places := map[string]map[int]bool{}
		text.Each(language, s, func(term []byte, position, _, _ int) {
			if places[string(term)] == nil {
				places[string(term)] = map[int]bool{}
			}
			places[string(term)][position] = true
		})
		o.places = append(o.places, places)
	}
}

// Find returns the texts that have all words of the query.
func (o *Ours) Find(query string) []int {
	words, exact := Words(query)
	var found []int
	for i := range o.places {
		all := true
		for _, w := range words {
			all = all && o.has(i, text.AnalyseQuery(o.language, w, !exact))
		}
		if all {
			found = append(found, i)
		}
	}
	return found
}

// has reports whether the terms stand in a text at their relative positions.
func (o *Ours) has(i int, terms []text.Term) bool {
	var at map[int]bool // where the query can begin
	for len(terms) > 0 {
		position := terms[0].Position
		here := map[int]bool{}
		for len(terms) > 0 && terms[0].Position == position {
			for p := range o.places[i][terms[0].Text] {
				here[p-position] = true
			}
			terms = terms[1:]
		}
		if at == nil {
			at = here
		} else {
			maps.DeleteFunc(at, func(p int, _ bool) bool { return !here[p] })
		}
	}
	return len(at) > 0
}

// Pairs finds by pairs of characters that follow each other, whatever the
// script, and nothing else: what a plain bigram index does. One character is
// found by itself.
type Pairs struct{ texts []string }

// Prepare folds the texts.
func (p *Pairs) Prepare(_ string, texts []string) {
	p.texts = nil
	for _, s := range texts {
		p.texts = append(p.texts, text.Fold(s))
	}
}

// Find returns the texts that hold every word of the query somewhere: pairs of
// characters one after the other are just that.
func (p *Pairs) Find(query string) []int {
	words, _ := Words(query)
	var found []int
	for i, s := range p.texts {
		if !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(s, text.Fold(w)) }) {
			found = append(found, i)
		}
	}
	return found
}
