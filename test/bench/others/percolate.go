package others

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/analysis"
	_ "github.com/blevesearch/bleve/v2/analysis/analyzer/custom" // by its name
	"github.com/blevesearch/bleve/v2/mapping"
	"github.com/blevesearch/bleve/v2/registry"
	"github.com/blevesearch/bleve/v2/search"
	"github.com/blevesearch/bleve/v2/search/query"
	index "github.com/blevesearch/bleve_index_api"

	"github.com/wireroom/wireroom/internal/match"
	"github.com/wireroom/wireroom/internal/match/matchtest"
	"github.com/wireroom/wireroom/internal/text"
	"github.com/wireroom/wireroom/test/bench/process"
)

// Percolation is what bleve needs to find who wants an item.
type Percolation struct {
	Queries     int     `json:"queries"` // that were asked
	Items       int     `json:"items"`
	Each        float64 `json:"each"`        // µs of processor time, a query and item
	Differences int     `json:"differences"` // from what the query itself says
}

// Percolate does it as one does with a search library: the item is the one
// document of an index in memory, of which every query is asked. The document
// has our terms at our positions, so that both look for the same; queries with
// NEAR, which bleve lacks, are left out. Building the queries and the index is
// not counted, nor are scores.
func Percolate(ctx context.Context, queries, items int) (*Percolation, error) {
	p := &Percolation{Items: items}
	var ours []*match.Query
	var theirs []query.Query
	for i := range queries {
		q, err := match.Parse(matchtest.Query(i))
		if err != nil {
			return nil, err
		}
		if b, ok := bleveQuery(q.Root()); ok {
			ours, theirs = append(ours, q), append(theirs, b)
		}
	}
	p.Queries = len(ours)
	m, err := termMapping()
	if err != nil {
		return nil, err
	}
	var spent float64
	for i := range items {
		it := matchtest.Item(i)
		d := match.NewDocument(it)
		all, err := bleve.NewMemOnly(m)
		if err != nil {
			return nil, err
		}
		fields := map[string]any{"facets": facetLines(i)}
		for scope, name := range scopeFields {
			fields[name] = termLines(it.Language, match.Parts(it), scope)
		}
		if err := all.Index("item", fields); err != nil {
			return nil, err
		}
		found, took, err := ask(ctx, all, m, theirs)
		if err != nil {
			return nil, err
		}
		spent += took
		for j, q := range ours {
			if q.Matches(d) != found[j] {
				p.Differences++
			}
		}
		if err := all.Close(); err != nil {
			return nil, err
		}
	}
	p.Each = spent * 1e6 / float64(p.Queries*items)
	return p, nil
}

// ask asks every query and says which found the document, and the processor time
// that took.
func ask(ctx context.Context, all bleve.Index, m mapping.IndexMapping, queries []query.Query) (found []bool, seconds float64, err error) {
	inner, err := all.Advanced()
	if err != nil {
		return nil, 0, err
	}
	reader, err := inner.Reader()
	if err != nil {
		return nil, 0, err
	}
	defer reader.Close()
	found = make([]bool, len(queries))
	began := process.Used().CPU
	for i, q := range queries {
		if found[i], err = one(ctx, q, reader, m); err != nil {
			return nil, 0, err
		}
	}
	return found, process.Used().CPU - began, nil
}

func one(ctx context.Context, q query.Query, reader index.IndexReader, m mapping.IndexMapping) (bool, error) {
	s, err := q.Searcher(ctx, reader, m, search.SearcherOptions{Score: "none"})
	if err != nil {
		return false, err
	}
	defer s.Close()
	hit, err := s.Next(&search.SearchContext{DocumentMatchPool: search.NewDocumentMatchPool(s.DocumentMatchPoolSize(), 0)})
	return hit != nil, err
}

var scopeFields = map[match.Scope]string{match.Anywhere: "text", match.InHeadline: "headline", match.InBody: "body"}

const termsName = "wireroom"

func init() {
	err := registry.RegisterTokenizer(termsName, func(map[string]any, *registry.Cache) (analysis.Tokenizer, error) { return lineTokens{}, nil })
	if err != nil {
		panic(err) // the name is ours
	}
}

// lineTokens are tokens that were made before: lines of a position and a term.
type lineTokens struct{}

func (lineTokens) Tokenize(input []byte) analysis.TokenStream {
	var all analysis.TokenStream
	for line := range strings.Lines(string(input)) {
		position, term, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		n, _ := strconv.Atoi(position) // we wrote it
		all = append(all, &analysis.Token{Term: []byte(term), Position: n + 1})
	}
	return all
}

func termMapping() (mapping.IndexMapping, error) {
	m := bleve.NewIndexMapping()
	if err := m.AddCustomAnalyzer(termsName, map[string]any{"type": "custom", "tokenizer": termsName}); err != nil {
		return nil, err
	}
	m.DefaultAnalyzer = termsName
	return m, nil
}

// termLines are the terms of the parts in a scope. Between parts is a gap, so
// that no phrase spans two.
func termLines(language string, parts []match.Part, scope match.Scope) string {
	var b strings.Builder
	base := 0
	for _, p := range parts {
		if scope != match.Anywhere && p.Scope != scope {
			continue
		}
		last := base
		for _, t := range text.Analyse(language, p.Text) {
			last = base + t.Position
			fmt.Fprintf(&b, "%d %s\n", last, t.Text)
		}
		base = last + 128
	}
	return b.String()
}

func facetLines(item int) string {
	var b strings.Builder
	n := 0
	for field, folded := range match.Facets(matchtest.Item(item)) {
		fmt.Fprintf(&b, "%d %s\n", n, field+":"+folded)
		n++
	}
	return b.String()
}

// bleveQuery is the same query for bleve; false if it cannot be said.
func bleveQuery(n *match.Node) (query.Query, bool) {
	switch n.Kind {
	case match.All:
		return bleve.NewMatchAllQuery(), true
	case match.Facet:
		return termQuery("facets", n.Field+":"+n.Folded), true
	case match.Prefix:
		q := bleve.NewPrefixQuery(n.Begins)
		q.SetField(scopeFields[n.Scope])
		return q, true
	case match.Words:
		return bleveWords(n), true
	case match.Near:
		return nil, false
	}
	var all []query.Query
	for _, c := range n.Children {
		q, ok := bleveQuery(c)
		if !ok {
			return nil, false
		}
		all = append(all, q)
	}
	switch n.Kind {
	case match.And:
		return bleve.NewConjunctionQuery(all...), true
	case match.Or:
		return bleve.NewDisjunctionQuery(all...), true
	}
	not := bleve.NewBooleanQuery()
	not.AddMust(bleve.NewMatchAllQuery())
	not.AddMustNot(all...)
	return not, true
}

func termQuery(field, term string) query.Query {
	q := bleve.NewTermQuery(term)
	q.SetField(field)
	return q
}

func bleveWords(n *match.Node) query.Query {
	field := scopeFields[n.Scope]
	if len(n.Steps) > 1 {
		terms := make([][]string, n.Steps[len(n.Steps)-1].Position-n.Steps[0].Position+1)
		for _, s := range n.Steps {
			terms[s.Position-n.Steps[0].Position] = s.Any
		}
		return query.NewMultiPhraseQuery(terms, field)
	}
	var any []query.Query
	for _, t := range n.Steps[0].Any {
		any = append(any, termQuery(field, t))
	}
	if len(any) == 1 {
		return any[0]
	}
	return bleve.NewDisjunctionQuery(any...)
}
