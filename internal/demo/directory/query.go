package directory

import (
	"math/rand/v2"
	"slices"
	"strings"
)

// interests is a taste ready to draw from.
type interests struct {
	taste
	beats   []string // sectors, each as often as it is watched
	also    []string
	words   []string
	issuers []string
}

func newInterests(language string) interests {
	t := tastes[language]
	favoured := strings.Fields(t.favour)
	in := interests{taste: t, also: strings.Fields(t.also), words: strings.Split(t.words, "|"), issuers: strings.Split(t.issuers, "|")}
	for _, b := range beatWeights {
		n := b.weight / 5
		if slices.Contains(favoured, b.sector) {
			n *= 4
		}
		for range n {
			in.beats = append(in.beats, b.sector)
		}
	}
	return in
}

func pick[T any](r *rand.Rand, from []T) T { return from[r.IntN(len(from))] }

// between draws from low to high, both included.
func between(r *rand.Rand, low, high int) int { return low + r.IntN(high-low+1) }

// several draws n different entries, or all there are.
func several(r *rand.Rand, from []string, n int) []string {
	var out []string
	for tries := 0; len(out) < n && tries < 8*n; tries++ {
		if s := pick(r, from); !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

// anyOf joins alternatives, in parentheses where there are several.
func anyOf(parts []string) string {
	if len(parts) == 1 {
		return parts[0]
	}
	return "(" + strings.Join(parts, " OR ") + ")"
}

func fields(name string, values []string) []string {
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = name + ":" + v
	}
	return out
}

// sectors asks for one to n sectors.
func (in *interests) sectors(r *rand.Rand, low, high int) string {
	return anyOf(fields("sector", several(r, in.beats, between(r, low, high))))
}

// watchList asks for organisations by name, listed ones by their ticker too.
func (in *interests) watchList(r *rand.Rand, n int) string {
	var parts []string
	for _, issuer := range several(r, in.issuers, n) {
		name, ticker, listed := strings.Cut(issuer, "=")
		parts = append(parts, `org:"`+name+`"`)
		if listed && r.IntN(2) == 0 {
			parts = append(parts, "ticker:"+ticker)
		}
	}
	return anyOf(parts)
}

// languages asks for the reader's own language and, for one in so many, a
// second one.
func languages(m *market, oneIn int, r *rand.Rand) string {
	if r.IntN(oneIn) > 0 {
		return "lang:" + m.language
	}
	return anyOf([]string{"lang:" + m.language, "lang:" + pick(r, m.also)})
}

const generalNews = "(sector:top-story OR sector:daily-news)"

// contactQuery is what a journalist asks for.
func contactQuery(m *market, r *rand.Rand) string {
	if r.IntN(100) < m.general {
		return "lang:" + m.language + " AND " + generalNews
	}
	lang := languages(m, 4, r) + " AND "
	switch n := r.IntN(100); {
	case n < 40: // a beat
		return lang + m.sectors(r, 1, m.breadth)
	case n < 46: // a beat that hot news breaks into
		return lang + "(" + m.sectors(r, 1, m.breadth) + " OR priority:flash OR priority:urgent)"
	case n < 55: // a beat at home
		return lang + m.sectors(r, 1, m.breadth) + " AND country:" + m.country
	case n < 59: // everything from home
		return lang + "country:" + m.country
	case n < 74: // words, anywhere
		return lang + anyOf(several(r, m.words, between(r, 2, 5)))
	case n < 81: // words within a beat
		return lang + m.sectors(r, 1, m.breadth) + " AND " + anyOf(several(r, m.words, between(r, 2, 5)))
	case n < 90: // a watch list
		return languages(m, 3, r) + " AND " + m.watchList(r, between(r, 1, 5))
	case n < 95: // a beat without what belongs to a colleague
		return lang + m.sectors(r, 2, m.breadth+1) + " AND NOT sector:" + pick(r, m.beats)
	default: // a beat without a word that comes too often
		return lang + m.sectors(r, 1, m.breadth) + " -" + pick(r, m.words)
	}
}

// outletQuery is what a newsroom's own system takes: more than any one of its
// journalists reads.
func outletQuery(m *market, kind string, r *rand.Rand) string {
	lang := languages(m, 4, r) + " AND "
	switch kind {
	case "terminal": // traders read every language
		return anyOf([]string{m.watchList(r, between(r, 3, 6)), "priority:flash", "priority:urgent", m.sectors(r, 3, 6)})
	case "agency": // translates from its neighbours
		return anyOf(fields("lang", append([]string{m.language}, m.also...))) + " AND " + anyOf([]string{generalNews, m.sectors(r, 3, 6)})
	}
	if r.IntN(100) < m.general {
		return "lang:" + m.language + " AND " + generalNews
	}
	switch n := r.IntN(100); {
	case n < 15: // takes all there is
		return languages(m, 4, r)
	case n < 65:
		return lang + m.sectors(r, 2, m.breadth+2)
	case n < 75:
		return lang + "(" + m.sectors(r, 1, m.breadth) + " OR country:" + m.country + ")"
	case n < 85:
		return lang + "(" + generalNews + " OR " + m.sectors(r, 1, m.breadth) + ")"
	case n < 93:
		return lang + anyOf(several(r, m.words, between(r, 3, 6)))
	default:
		return lang + m.sectors(r, 2, m.breadth+2) + " AND NOT (sector:crypto OR sector:sports)"
	}
}
