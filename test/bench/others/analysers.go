package others

import (
	"fmt"
	"strings"

	"github.com/blevesearch/bleve/v2/analysis"
	_ "github.com/blevesearch/bleve/v2/analysis/analyzer/standard" // by its name, as those below
	_ "github.com/blevesearch/bleve/v2/analysis/lang/ar"
	_ "github.com/blevesearch/bleve/v2/analysis/lang/cjk"
	_ "github.com/blevesearch/bleve/v2/analysis/lang/de"
	_ "github.com/blevesearch/bleve/v2/analysis/lang/en"
	_ "github.com/blevesearch/bleve/v2/analysis/lang/es"
	_ "github.com/blevesearch/bleve/v2/analysis/lang/fr"
	_ "github.com/blevesearch/bleve/v2/analysis/lang/pt"
	_ "github.com/blevesearch/bleve/v2/analysis/lang/ru"
	"github.com/blevesearch/bleve/v2/registry"

	"github.com/wireroom/wireroom/internal/text/texttest"
)

// Analyser finds texts by one of bleve's analysers: a text has a word of a query
// if it has its tokens, one behind the other. Texts and queries are analysed
// alike, so quotation marks make a phrase, and no difference to one word.
type Analyser struct {
	Name string // in bleve's registry

	of    analysis.Analyzer
	texts []map[string]map[int]bool // of each: token, positions
}

// NewAnalyser returns the analyser that bleve has for a language, the standard
// one if it has none.
func NewAnalyser(language string) (*Analyser, error) {
	base, _, _ := strings.Cut(language, "-")
	name := map[string]string{"zh": "cjk", "ja": "cjk", "ko": "cjk", "th": "standard", "vi": "standard", "id": "standard", "ms": "standard"}[base]
	if name == "" {
		name = base
	}
	of, err := registry.NewCache().AnalyzerNamed(name)
	if err != nil {
		return nil, fmt.Errorf("bleve's analyser for %s: %w", language, err)
	}
	return &Analyser{Name: name, of: of}, nil
}

// Analyse goes over a text and returns the number of its tokens.
func (a *Analyser) Analyse(s []byte) int { return len(a.of.Analyze(s)) }

var _ texttest.Finder = (*Analyser)(nil)

// Prepare analyses the texts.
func (a *Analyser) Prepare(_ string, texts []string) {
	a.texts = nil
	for _, s := range texts {
		at := map[string]map[int]bool{}
		for _, t := range a.of.Analyze([]byte(s)) {
			if at[string(t.Term)] == nil {
				at[string(t.Term)] = map[int]bool{}
			}
			at[string(t.Term)][t.Position] = true
		}
		a.texts = append(a.texts, at)
	}
}

// Find returns the texts that have all words of the query. A word of which no
// token is left, since it is too common, finds nothing.
func (a *Analyser) Find(query string) []int {
	words, _ := texttest.Words(query)
	var found []int
	for i, at := range a.texts {
		all := true
		for _, w := range words {
			all = all && follow(at, a.of.Analyze([]byte(w)))
		}
		if all {
			found = append(found, i)
		}
	}
	return found
}

// follow reports whether tokens stand in a text as they do in a query.
func follow(at map[string]map[int]bool, tokens analysis.TokenStream) bool {
	if len(tokens) == 0 {
		return false
	}
	for begin := range at[string(tokens[0].Term)] {
		all := true
		for _, t := range tokens[1:] {
			all = all && at[string(t.Term)][begin+t.Position-tokens[0].Position]
		}
		if all {
			return true
		}
	}
	return false
}
