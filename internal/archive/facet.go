package archive

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/wireroom/wireroom/internal/store"
)

// Facet is how the hits divide by one field.
type Facet struct {
	Values []Count // the most frequent first, at most maxValues
	Others int     // how many values are left out
}

// Count is a value and how many hits have it.
type Count struct {
	Value string
	Hits  int
}

const maxValues = 50

// countFacets counts the values of all fields.
func countFacets(rows []store.SearchHit) map[string]Facet {
	counts := map[string]map[string]int{FieldLanguage: {}, FieldSector: {}, FieldCountry: {}, FieldOrganisation: {}}
	for _, h := range rows {
		for line := range strings.SplitSeq(h.Facets, "\n") {
			if field, value, ok := strings.Cut(line, "="); ok && counts[field] != nil {
				counts[field][value]++
			}
		}
	}
	facets := make(map[string]Facet, len(counts))
	for field, values := range counts {
		f := Facet{}
		for value, n := range values {
			f.Values = append(f.Values, Count{value, n})
		}
		slices.SortFunc(f.Values, func(a, b Count) int { return cmp.Or(b.Hits-a.Hits, strings.Compare(a.Value, b.Value)) })
		f.Others = max(0, len(f.Values)-maxValues)
		f.Values = f.Values[:min(len(f.Values), maxValues)]
		facets[field] = f
	}
	return facets
}

// Bucket is how many hits were cleared first within [Since, Until), UTC.
type Bucket struct {
	Since, Until time.Time
	Hits         int
}

// histogram divides hits by day, by month or by year, as long as there are few
// enough of them.
func histogram(rows []store.SearchHit) []Bucket {
	if len(rows) == 0 {
		return nil
	}
	first, last := rows[0].Cleared, rows[0].Cleared
	for _, h := range rows {
		if h.Cleared.Before(first) {
			first = h.Cleared
		}
		if h.Cleared.After(last) {
			last = h.Cleared
		}
	}
	return bucketsBy(rows, unitOf(last.Sub(first)))
}

// unit is how long a bucket is.
type unit uint8

const (
	day unit = iota
	month
	year
)

func unitOf(span time.Duration) unit {
	switch days := span.Hours() / 24; {
	case days <= 31:
		return day
	case days <= 3*365:
		return month
	}
	return year
}

func (u unit) bounds(t time.Time) (since, until time.Time) {
	t = t.UTC()
	switch u {
	case day:
		since = time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
		return since, since.AddDate(0, 0, 1)
	case month:
		since = time.Date(t.Year(), t.Month(), 1, 0, 0, 0, 0, time.UTC)
		return since, since.AddDate(0, 1, 0)
	}
	since = time.Date(t.Year(), 1, 1, 0, 0, 0, 0, time.UTC)
	return since, since.AddDate(1, 0, 0)
}

func bucketsBy(rows []store.SearchHit, u unit) []Bucket {
	at := map[time.Time]*Bucket{}
	for _, h := range rows {
		since, until := u.bounds(h.Cleared)
		if at[since] == nil {
			at[since] = &Bucket{Since: since, Until: until}
		}
		at[since].Hits++
	}
	var all []Bucket
	for _, b := range at {
		all = append(all, *b)
	}
	slices.SortFunc(all, func(a, b Bucket) int { return b.Since.Compare(a.Since) })
	return all
}
