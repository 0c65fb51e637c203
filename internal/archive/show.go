package archive

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/wireroom/wireroom/internal/match"
	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/wire"
)

// show loads the items of a page and says where the page after it begins. What
// was held or killed since it was indexed is left out: the table of items is
// asked, not the index.
func (s *search) show(tx *store.Tx, rows []store.SearchHit, results *Results) error {
	page := rows[:min(len(rows), s.Limit)]
	numbers := make([]int64, len(page))
	for i, h := range page {
		numbers[i] = h.Number
	}
	items, err := tx.CurrentAt(numbers)
	if err != nil {
		return err
	}
	for _, h := range page {
		if it, ok := items[h.Number]; ok && !it.Action.Withdraws() {
			results.Hits = append(results.Hits, newHit(&it, h, s.reader.Why(&it)))
		}
	}
	if len(rows) <= s.Limit {
		if s.stopped > 0 {
			results.Next = cursor{before: s.stopped}.String()
		}
		return nil
	}
	next := s.cursor
	if s.Order == Best {
		if next.offset += s.Limit; next.offset >= maxRanked {
			return nil
		}
	} else {
		next = cursor{before: page[len(page)-1].Number}
	}
	results.Next = next.String()
	return nil
}

// Run is a piece of text that was looked for, or that was not.
type Run struct {
	Text string `json:"text"`
	Hit  bool   `json:"hit,omitempty"`
}

func newHit(it *wire.Item, h store.SearchHit, why []match.Reason) Hit {
	hit := Hit{Item: *it, Number: h.Number, Score: h.Score, Why: why}
	marks := map[string][]span{}
	kinds := map[string]int{} // how many of the reasons a part shows
	for _, r := range hit.Why {
		seen := map[string]bool{}
		for _, p := range r.Places {
			marks[p.Part] = append(marks[p.Part], span{p.Start, p.End})
			if !seen[p.Part] {
				seen[p.Part] = true
				kinds[p.Part]++
			}
		}
	}
	best := -1
	parts := match.Parts(it)
	for i, p := range parts {
		if p.Scope == match.InHeadline {
			hit.Headline = runs(p.Text, united(marks[p.Name]), 0, len(p.Text))
		}
		if p.Scope == match.InBody && p.Text != "" && (best < 0 || kinds[p.Name] > kinds[parts[best].Name]) {
			best = i
		}
	}
	if best >= 0 {
		hit.Text = excerpt(parts[best].Text, united(marks[parts[best].Name]))
	}
	return hit
}

// span is where something stands in a text, in bytes.
type span struct{ start, end int }

// united sorts spans and joins those that touch.
func united(all []span) []span {
	slices.SortFunc(all, func(a, b span) int { return a.start - b.start })
	var joined []span
	for _, s := range all {
		if n := len(joined); n > 0 && s.start <= joined[n-1].end {
			joined[n-1].end = max(joined[n-1].end, s.end)
			continue
		}
		joined = append(joined, s)
	}
	return joined
}

// Lengths of an excerpt, in characters.
const (
	excerptRunes = 240
	leadRunes    = 60 // before the first of what was looked for
)

// excerpt is a piece of a text around where most was found.
func excerpt(s string, marks []span) []Run {
	from, to := 0, forward(s, 0, excerptRunes)
	if i := densest(s, marks); i >= 0 && marks[i].end > to {
		from = wordStart(s, back(s, marks[i].start, leadRunes), marks[i].start)
		to = forward(s, from, excerptRunes)
	}
	if to < len(s) {
		to = wordEnd(s, from, to, marks)
	}
	all := runs(s, marks, from, to)
	if from > 0 {
		all = slices.Insert(all, 0, Run{Text: "… "})
	}
	if to < len(s) {
		all = append(all, Run{Text: " …"})
	}
	return all
}

// densest returns the mark from which on most of the others fit in an excerpt;
// -1 without any.
func densest(s string, marks []span) int {
	best, most := -1, 0
	for i := range marks {
		end := forward(s, marks[i].start, excerptRunes-leadRunes)
		n := 0
		for _, m := range marks[i:] {
			if m.end > end {
				break
			}
			n++
		}
		if n > most || best < 0 {
			best, most = i, n
		}
	}
	return best
}

func forward(s string, from, runes int) int {
	for i := range s[from:] {
		if runes == 0 {
			return from + i
		}
		runes--
	}
	return len(s)
}

func back(s string, from, runes int) int {
	for ; runes > 0 && from > 0; runes-- {
		_, size := utf8.DecodeLastRuneInString(s[:from])
		from -= size
	}
	return from
}

// wordStart moves a beginning behind the next space before limit, or off a mark
// that belongs to the character before.
func wordStart(s string, at, limit int) int {
	if at == 0 {
		return 0
	}
	if i := strings.IndexFunc(s[at:limit], unicode.IsSpace); i >= 0 {
		return at + i + 1
	}
	for at < limit {
		r, size := utf8.DecodeRuneInString(s[at:])
		if !unicode.Is(unicode.M, r) {
			break
		}
		at += size
	}
	return at
}

// wordEnd moves an end to a space near before it, and never into a mark.
func wordEnd(s string, from, at int, marks []span) int {
	for _, m := range marks {
		if m.start < at && at < m.end {
			return m.end
		}
	}
	least := back(s, at, leadRunes/2)
	if i := strings.LastIndexFunc(s[max(from, least):at], unicode.IsSpace); i > 0 {
		return max(from, least) + i
	}
	for at < len(s) {
		r, size := utf8.DecodeRuneInString(s[at:])
		if !unicode.Is(unicode.M, r) {
			break
		}
		at += size
	}
	return at
}

// runs divides s[from:to] by what was looked for.
func runs(s string, marks []span, from, to int) []Run {
	var all []Run
	add := func(end int, hit bool) {
		if end > from {
			all = append(all, Run{s[from:end], hit})
			from = end
		}
	}
	for _, m := range marks {
		if m.end <= from {
			continue
		}
		if m.start >= to {
			break
		}
		add(m.start, false)
		add(min(m.end, to), true)
	}
	add(to, false)
	return all
}
