package archive

import (
	"cmp"
	"context"
	"math"
	"slices"
	"unicode/utf8"

	"github.com/wireroom/wireroom/internal/match"
	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/text"
	"github.com/wireroom/wireroom/internal/wire"
)

// Of what an item is about, so many words are weighed, and so many asked for.
const (
	weighed    = 24
	askedFor   = 8
	maxWeighed = 5_000 // editions that have a word are counted so far
	maxAlike   = 2_000 // candidates that are ranked
)

// Alike returns other stories that an edition resembles, the most alike first,
// in its language: those that share the words that are frequent in it and rare
// elsewhere. NotFound as with Edition; a story that is held or killed resembles
// nothing.
func (a *Archive) Alike(ctx context.Context, release wire.ReleaseID, language string, limit int) ([]Hit, error) {
	if limit <= 0 || limit > MaxHits {
		return nil, wire.Errorf(wire.Invalid, "limit", "must be from 1 to %d", MaxHits)
	}
	current, _, err := a.Edition(ctx, release, language)
	if err != nil || current.Action.Withdraws() {
		return nil, err
	}
	ctx, done, err := a.turn(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	var hits []Hit
	err = a.store.Read(ctx, func(tx *store.Tx) error {
		hits, err = a.alike(tx, &current, limit)
		return err
	})
	return hits, tooMuch(ctx, err)
}

func (a *Archive) alike(tx *store.Tx, it *wire.Item, limit int) ([]Hit, error) {
	words, err := tellingWords(tx, it)
	if err != nil || len(words) == 0 {
		return nil, err
	}
	q := store.Search{
		Where: store.SearchExpr{Op: store.SearchAnd, Of: []store.SearchExpr{
			{Op: store.SearchLabel, Terms: []string{facetLabel(FieldLanguage, match.FoldFacet(FieldLanguage, it.Language))}},
			one(store.SearchOr, words),
		}},
		Best: true, Rank: words, At: a.now(), HalfLife: 4 * halfLife, Max: maxAlike,
	}
	var found []store.SearchHit
	err = tx.Search(&q, func(h *store.SearchHit) bool {
		found = append(found, *h)
		return len(found) < limit+1 // the story itself is among them
	})
	if err != nil {
		return nil, err
	}
	numbers := make([]int64, len(found))
	for i, h := range found {
		numbers[i] = h.Number
	}
	items, err := tx.CurrentAt(numbers)
	if err != nil {
		return nil, err
	}
	var hits []Hit
	for _, h := range found {
		other, ok := items[h.Number]
		if !ok || other.Release == it.Release || other.Action.Withdraws() || len(hits) == limit {
			continue
		}
		hits = append(hits, Hit{Item: other, Number: h.Number, Score: h.Score, Headline: []Run{{Text: other.Headline}}})
	}
	return hits, nil
}

// tellingWords returns the words of an item that tell most about it.
func tellingWords(tx *store.Tx, it *wire.Item) ([]store.SearchExpr, error) {
	all := map[string]float64{}
	for _, p := range match.Parts(it) {
		weight := 1.0
		if p.Scope == match.InHeadline {
			weight = 3
		}
		text.Each(it.Language, p.Text, func(term []byte, _, _, _ int) {
			// A single unit or letter and a number tell little.
			if r, _ := utf8.DecodeRune(term); !text.Marked(term) && utf8.RuneCount(term) > 1 && (r < '0' || r > '9') {
				all[string(term)] += weight
			}
		})
	}
	type word struct {
		term   string
		weight float64
	}
	var words []word
	for term, weight := range all {
		// Without knowing yet how rare it is, a longer word is likelier to be.
		words = append(words, word{term, math.Log1p(weight) * math.Sqrt(float64(utf8.RuneCountInString(term)))})
	}
	byWeight := func(a, b word) int { return cmp.Or(cmp.Compare(b.weight, a.weight), cmp.Compare(a.term, b.term)) }
	slices.SortFunc(words, byWeight)
	words = words[:min(len(words), weighed)]
	for i := range words {
		n, err := tx.CountSearch(store.SearchExpr{Op: store.SearchPhrase, Terms: []string{words[i].term}}, maxWeighed)
		if err != nil {
			return nil, err
		}
		words[i].weight = math.Log1p(all[words[i].term]) * math.Log(maxWeighed*2/float64(n+1))
		if n < 2 { // it stands nowhere else
			words[i].weight = 0
		}
	}
	slices.SortFunc(words, byWeight)
	var asked []store.SearchExpr
	for _, w := range words[:min(len(words), askedFor)] {
		if w.weight > 0 {
			asked = append(asked, store.SearchExpr{Op: store.SearchPhrase, Terms: []string{w.term}})
		}
	}
	return asked, nil
}
