package wire

import (
	"slices"
	"time"
)

// LocalLayout is how a schedule's local time is written: RFC 3339 without zone.
const LocalLayout = "2006-01-02T15:04:05"

// Schedule is when a release is to lift: what the issuer said (local time and
// IANA zone) and what it means (UTC). The zero Schedule means immediately.
type Schedule struct {
	Local string    `json:"local,omitempty"` // LocalLayout
	Zone  string    `json:"zone,omitempty"`  // IANA time zone name
	UTC   time.Time `json:"utc,omitzero"`
}

// Immediate reports whether the release is to lift as soon as it is cleared.
func (s Schedule) Immediate() bool { return s.UTC.IsZero() }

// Fold says which of the two instants is meant where clocks are set back and a
// local time happens twice.
type Fold string

// The choices for a local time that happens twice.
const (
	Unasked Fold = ""        // refuse the ambiguity
	Earlier Fold = "earlier" // before the clocks are set back
	Later   Fold = "later"   // after
)

// NewSchedule resolves a local time (LocalLayout, seconds may be left out) in
// an IANA zone. A time skipped by daylight saving is refused, one that happens
// twice must be chosen by fold: time.Date would silently move the first and
// pick one of the second.
func NewSchedule(local, zone string, fold Fold) (Schedule, error) {
	wall, err := time.Parse(LocalLayout, local)
	if err != nil {
		if wall, err = time.Parse("2006-01-02T15:04", local); err != nil {
			return Schedule{}, Errorf(Invalid, "release-at", "%q is not a local time; write it as 2026-03-08T14:30", local)
		}
	}
	if zone == "" || zone == "Local" {
		return Schedule{}, Errorf(Invalid, "zone", "a local time needs an IANA time zone, such as Asia/Singapore or UTC")
	}
	loc, err := time.LoadLocation(zone)
	if err != nil {
		return Schedule{}, Errorf(Invalid, "zone", "%q is not an IANA time zone, such as Asia/Singapore or UTC", zone)
	}
	instants := instantsOf(wall, loc)
	var utc time.Time
	switch {
	case len(instants) == 0:
		return Schedule{}, Errorf(Invalid, "release-at", "%s does not exist in %s: the clocks are set forward over it; choose a time before or after", local, zone)
	case len(instants) == 1:
		utc = instants[0]
	case fold == Earlier:
		utc = instants[0]
	case fold == Later:
		utc = instants[len(instants)-1]
	default:
		return Schedule{}, Errorf(Invalid, "release-at", "%s happens twice in %s: at %s and at %s UTC; say which with --fold earlier or --fold later",
			local, zone, instants[0].Format("15:04:05"), instants[len(instants)-1].Format("15:04:05"))
	}
	return Schedule{Local: wall.Format(LocalLayout), Zone: zone, UTC: utc}, nil
}

// instantsOf returns the UTC instants, in order, at which clocks in loc show
// wall (whose own zone is ignored).
func instantsOf(wall time.Time, loc *time.Location) []time.Time {
	wall = time.Date(wall.Year(), wall.Month(), wall.Day(), wall.Hour(), wall.Minute(), wall.Second(), 0, time.UTC)
	var found []time.Time
	// No offset is larger than 26 hours, so every offset in force within that
	// of the wall time read as UTC is a candidate; each transition begins one.
	for t := wall.Add(-26 * time.Hour); t.Before(wall.Add(26 * time.Hour)); {
		_, offset := t.In(loc).Zone()
		candidate := wall.Add(-time.Duration(offset) * time.Second)
		if candidate.In(loc).Format(LocalLayout) == wall.Format(LocalLayout) && !slices.ContainsFunc(found, candidate.Equal) {
			found = append(found, candidate)
		}
		_, end := t.In(loc).ZoneBounds()
		if end.IsZero() {
			break
		}
		t = end
	}
	slices.SortFunc(found, time.Time.Compare)
	return found
}
