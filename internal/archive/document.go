package archive

import (
	"slices"

	"github.com/wireroom/wireroom/internal/likeness"
	"github.com/wireroom/wireroom/internal/match"
	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/text"
	"github.com/wireroom/wireroom/internal/wire"
)

// searchText analyses an item for the index. It is the other side of compile:
// what match looks at when an item is held against queries is what is put in.
// first is the wire number of the edition's first version.
func searchText(it *wire.Item, first int64) *store.SearchText {
	d := &store.SearchText{Number: first, Release: it.Release, Language: it.Language, Cleared: it.First, Facets: shown(it)}
	if p, ok := likeness.Of(&it.Edition); ok {
		d.Print = p.Bytes()
		for _, band := range p.Bands() {
			d.Labels = append(d.Labels, band)
		}
	}
	for field, folded := range match.Facets(it) {
		if label := facetLabel(field, folded); !slices.Contains(d.Labels, label) {
			d.Labels = append(d.Labels, label)
		}
	}
	beside := map[match.Scope]*besides{}
	for _, part := range match.Parts(it) {
		b := beside[part.Scope]
		if b == nil {
			b = &besides{seen: map[string]bool{}}
			beside[part.Scope] = b
		}
		runs := partOf(d, part.Scope)
		*runs = append(*runs, b.read(it.Language, part.Text))
		*runs = append(*runs, b.joined...)
	}
	for scope, b := range beside {
		runs := partOf(d, scope)
		*runs = append(*runs, b.marked)
		*runs = append(*runs, b.plain...)
	}
	return d
}

func facetLabel(field, folded string) string { return field + ":" + folded }

func partOf(d *store.SearchText, s match.Scope) *[][]string {
	switch s {
	case match.InHeadline:
		return &d.Headline
	case match.InBody:
		return &d.Body
	}
	return &d.Names
}

// besides gathers the terms that stand at a position beside the word itself:
// each once for a part of the text, since no phrase is made of them.
type besides struct {
	seen   map[string]bool
	marked []string
	plain  [][]string
	// joined are the stretches of Hangul in the text that was read last, as pairs of
	// syllables whatever spaces are between.
	joined [][]string
}

// read returns the words of a text by their positions.
func (b *besides) read(language, s string) []string {
	var run []string
	b.joined = nil
	end := -1 // of the last stretch
	text.Each(language, s, func(term []byte, position, _, _ int) {
		for len(run) <= position {
			run = append(run, "")
		}
		if pair, ok := text.Joined(term); ok {
			if position != end {
				b.joined = append(b.joined, nil)
			}
			last := &b.joined[len(b.joined)-1]
			*last, end = append(*last, pair), position+1
		}
		switch {
		case text.Marked(term):
			if !b.seen[string(term)] {
				b.seen[string(term)] = true
				b.marked = append(b.marked, string(term))
			}
		case run[position] == "":
			run[position] = string(term)
		case !b.seen[string(term)]:
			b.seen[string(term)] = true
			b.plain = append(b.plain, []string{string(term)})
		}
	})
	return run
}

// Fields that are counted beside the hits of a search.
const (
	FieldLanguage     = "lang"
	FieldSector       = "sector"
	FieldCountry      = "country"
	FieldOrganisation = "org"
)

// shown returns the values that are counted, each once.
func shown(it *wire.Item) []string {
	var all []string
	add := func(field, value string) {
		if s := field + "=" + value; value != "" && !slices.Contains(all, s) {
			all = append(all, s)
		}
	}
	add(FieldLanguage, it.Language)
	for _, s := range it.Sectors {
		add(FieldSector, s)
	}
	add(FieldCountry, it.Dateline.Country)
	for _, p := range it.Places {
		add(FieldCountry, p)
	}
	add(FieldOrganisation, it.Organisation)
	return all
}
