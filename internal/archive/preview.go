package archive

import (
	"context"
	"time"

	"github.com/wireroom/wireroom/internal/match"
)

// PreviewDays is how far a preview looks back.
const PreviewDays = 30

// previewed is how many of the newest a preview shows.
const previewed = 5

// Preview is what a subscription would have brought.
type Preview struct {
	Days   []Bucket // each of the last PreviewDays days, UTC, the latest first; today is not over
	Total  int
	More   bool    // there were more than Total, of which the newest are counted
	PerDay float64 // stories a day, on average over the time that is counted
	Newest []Hit   // up to five of the newest
}

// Preview tells whoever is about to save a query what it would have caught in
// the last 30 days, and how many a day: first versions of stories, as they stand
// now.
func (a *Archive) Preview(ctx context.Context, q *match.Query) (*Preview, error) {
	now := a.now().UTC()
	today, _ := day.bounds(now)
	since := today.AddDate(0, 0, 1-PreviewDays)
	s, err := a.newSearch(Request{Query: q, Since: since, Limit: previewed, Count: true})
	if err != nil {
		return nil, err
	}
	found, err := a.searchFor(ctx, s)
	if err != nil {
		return nil, err
	}
	p := &Preview{Total: found.Total, More: found.More, Newest: found.Hits}
	counted := map[time.Time]int{}
	for _, b := range bucketsBy(s.counted, day) {
		counted[b.Since] = b.Hits
	}
	for at := today; !at.Before(since); at = at.AddDate(0, 0, -1) {
		p.Days = append(p.Days, Bucket{Since: at, Until: at.AddDate(0, 0, 1), Hits: counted[at]})
	}
	span := now.Sub(since)
	if n := len(s.counted); p.More && n > 0 { // only the newest are counted: so many in less time
		span = max(now.Sub(s.counted[n-1].Cleared), time.Hour)
	}
	p.PerDay = float64(p.Total) / (span.Hours() / 24)
	return p, nil
}
