package subject

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/wireroom/wireroom/internal/text"
	"github.com/wireroom/wireroom/internal/vocab"
	"github.com/wireroom/wireroom/internal/wire"
)

// Suggestion is a Media Topic that an edition may be about.
type Suggestion struct {
	Code     string // eight digits
	Score    int    // Least and more: words count 3 in the headline and 1 each time in the body, at most 3
	Evidence []Evidence
}

// Evidence is some words of the text that speak for a topic.
type Evidence struct {
	Words    string // as they stand where they stand first
	Headline bool   // they stand in the headline
	Times    int    // in headline, subheads and body
}

// Bounds of what is suggested.
const (
	Least       = 3 // a score below it is chance
	Most        = 5 // suggestions
	ofHeadline  = 3
	ofWeak      = 2 // a topic's name, if it is one word, is not enough in a headline
	mostOfCue   = 3
	mostShown   = 4       // pieces of evidence
	mostOfText  = 256_000 // bytes of the body that are looked at
	betweenText = 1 << 20 // positions: no words are found across the end of a paragraph
)

// Suggest returns topics for an edition, the likeliest first: nothing for a
// language that the wire does not carry. Of a topic and what is above it only the
// topic is suggested.
func Suggest(e *wire.Edition) []Suggestion {
	d := newDocument(e)
	if d == nil {
		return nil
	}
	found := map[string]*Suggestion{}
	for _, c := range cuesOf(e.Language) {
		evidence, score := d.find(c)
		if score == 0 {
			continue
		}
		s := found[c.code]
		if s == nil {
			s = &Suggestion{Code: c.code}
			found[c.code] = s
		}
		if !slices.ContainsFunc(s.Evidence, func(known Evidence) bool { return strings.EqualFold(known.Words, evidence.Words) }) {
			s.Score += score
			s.Evidence = append(s.Evidence, evidence)
		}
	}
	return best(found)
}

func best(found map[string]*Suggestion) []Suggestion {
	maps.DeleteFunc(found, func(_ string, s *Suggestion) bool { return s.Score < Least })
	for _, code := range slices.Collect(maps.Keys(found)) {
		for _, above := range vocab.TopicAncestors(code) {
			delete(found, above.Code)
		}
	}
	all := make([]Suggestion, 0, len(found))
	for _, s := range found {
		slices.SortStableFunc(s.Evidence, func(a, b Evidence) int { return cmp.Compare(b.Times, a.Times) })
		s.Evidence = s.Evidence[:min(len(s.Evidence), mostShown)]
		all = append(all, *s)
	}
	slices.SortFunc(all, func(a, b Suggestion) int { return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.Code, b.Code)) })
	return all[:min(len(all), Most)]
}

// document holds where the terms of an edition stand.
type document struct {
	parts []string // headline, subheads, paragraphs
	at    map[string][]place
}

// place is where a term stands: its position in the whole edition, and the bytes
// of its part.
type place struct {
	position, part int
	start, end     int
}

func newDocument(e *wire.Edition) *document {
	if _, ok := vocab.LookupLanguage(e.Language); !ok {
		return nil
	}
	d := &document{at: map[string][]place{}}
	d.add(e.Language, e.Headline)
	for _, s := range e.Subheads {
		d.add(e.Language, s)
	}
	left := mostOfText
	for i := range e.Body {
		for _, in := range e.Body[i].Inlines() {
			s := in.PlainText()
			if left -= len(s); left < 0 {
				return d
			}
			d.add(e.Language, s)
		}
	}
	return d
}

func (d *document) add(language, s string) {
	part := len(d.parts)
	d.parts = append(d.parts, s)
	text.Each(language, s, func(term []byte, position, start, end int) {
		d.at[string(term)] = append(d.at[string(term)], place{part*betweenText + position, part, start, end})
	})
}

// find returns how a cue stands in the text, and what that counts; 0 if it does
// not.
func (d *document) find(c cue) (Evidence, int) {
	var e Evidence
	seen := map[int]bool{}
	inBody, earliest := 0, math.MaxInt
	for _, first := range c.steps[0] {
		for _, p := range d.at[first] {
			end, ok := d.follows(p, c.steps[1:])
			if !ok || seen[p.position] {
				continue
			}
			seen[p.position] = true
			e.Times++
			if p.position < earliest {
				earliest, e.Words = p.position, d.parts[p.part][p.start:end]
			}
			if p.part == 0 {
				e.Headline = true
			} else {
				inBody++
			}
		}
	}
	score := min(inBody, mostOfCue)
	switch {
	case e.Headline && c.weak:
		score += ofWeak
	case e.Headline:
		score += ofHeadline
	}
	return e, score
}

// follows reports whether the further steps of a cue stand behind a place, and
// where they end.
func (d *document) follows(p place, steps [][]string) (end int, ok bool) {
	end = p.end
	for i, alternatives := range steps {
		next := -1
		for _, term := range alternatives {
			at, found := slices.BinarySearchFunc(d.at[term], p.position+i+1, func(p place, position int) int { return cmp.Compare(p.position, position) })
			if found {
				next = d.at[term][at].end
				break
			}
		}
		if next < 0 {
			return 0, false
		}
		end = next
	}
	return end, true
}
