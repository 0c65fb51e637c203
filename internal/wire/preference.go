package wire

import (
	"cmp"
	"encoding/json"
	"slices"
	"sync"
	"time"
)

// Preference is when the holder of a subscription wants letters. The zero
// Preference, and nil, is: each release at once, at any hour. Corrections, holds
// and kills of what was served never wait for it.
type Preference struct {
	// Zone is the holder's IANA time zone, in which the times below are; "" is UTC.
	Zone string `json:"zone,omitempty"`
	// Digest are the times of day at which what has come since the last one is
	// sent as one letter; none: each release by itself.
	Digest []TimeOfDay `json:"digest,omitempty"`
	// Quiet is from when to when releases wait; digests have their own times.
	Quiet *Hours `json:"quiet,omitempty"`
	// Away are days without letters. What comes meanwhile is not made up for.
	Away *Days `json:"away,omitempty"`
}

// TimeOfDay is written as "07:30".
type TimeOfDay string

// Hours is a part of every day, which may go over midnight; both ends are the
// same for a whole day, which is not allowed. To is not part of it.
type Hours struct {
	From TimeOfDay `json:"from"`
	To   TimeOfDay `json:"to"`
}

// Days are whole days, the last one among them, written as "2026-12-24".
type Days struct {
	From string `json:"from"`
	To   string `json:"to"`
}

// Limits of a preference.
const (
	MaxDigests = 12  // a day
	MaxAway    = 400 // days
)

// UsualDigest are the times of a digest for whoever names none.
func UsualDigest() []TimeOfDay { return []TimeOfDay{"07:00", "15:00", "19:00"} }

// minutes since midnight; false if it is no time of day.
func (t TimeOfDay) minutes() (int, bool) {
	at, err := time.Parse("15:04", string(t))
	return at.Hour()*60 + at.Minute(), err == nil && len(t) == len("15:04")
}

// Check returns an Invalid error that names the first field that says nothing
// sensible, and puts the times of digests in order.
func (p *Preference) Check() error {
	if _, err := time.LoadLocation(p.Zone); err != nil || p.Zone == "Local" {
		return Errorf(Invalid, "zone", "%q is not an IANA time zone, such as Asia/Singapore or UTC", p.Zone)
	}
	if len(p.Digest) > MaxDigests {
		return Errorf(Invalid, "digest", "there can be at most %d digests a day", MaxDigests)
	}
	for _, t := range p.Digest {
		if _, ok := t.minutes(); !ok {
			return Errorf(Invalid, "digest", "%q is not a time of day; write it as 07:30", t)
		}
	}
	slices.Sort(p.Digest)
	p.Digest = slices.Compact(p.Digest)
	if q := p.Quiet; q != nil {
		for _, t := range []TimeOfDay{q.From, q.To} {
			if _, ok := t.minutes(); !ok {
				return Errorf(Invalid, "quiet", "%q is not a time of day; write it as 22:00", t)
			}
		}
		if q.From == q.To {
			return Errorf(Invalid, "quiet", "quiet hours cannot be the whole day; unsubscribe, or say when you are away")
		}
	}
	if a := p.Away; a != nil {
		from, err := time.Parse(time.DateOnly, a.From)
		to, err2 := time.Parse(time.DateOnly, a.To)
		if err := cmp.Or(err, err2); err != nil {
			return Errorf(Invalid, "away", "a day is written as 2026-12-24")
		}
		if days := to.Sub(from).Hours() / 24; days < 0 || days > MaxAway {
			return Errorf(Invalid, "away", "the last day must come after the first, at most %d days later", MaxAway)
		}
	}
	return nil
}

// zones are those that were met: time.LoadLocation reads a file each time.
var zones sync.Map // name → *time.Location

// Location is the holder's zone. One that this machine does not know is UTC.
func (p *Preference) Location() *time.Location {
	if loc, ok := zones.Load(p.Zone); ok {
		return loc.(*time.Location)
	}
	loc, err := time.LoadLocation(p.Zone)
	if err != nil {
		return time.UTC
	}
	zones.Store(p.Zone, loc)
	return loc
}

// instant is when clocks in loc first show a time of a day. Where they skip it,
// it is when they skip: nobody's digest is left out on that day.
func instant(day time.Time, minutes int, loc *time.Location) time.Time {
	wall := time.Date(day.Year(), day.Month(), day.Day(), minutes/60, minutes%60, 0, 0, time.UTC)
	if found := instantsOf(wall, loc); len(found) > 0 {
		return found[0]
	}
	near := time.Date(day.Year(), day.Month(), day.Day(), minutes/60, minutes%60, 0, 0, loc)
	start, end := near.ZoneBounds()
	if near.Format(LocalLayout) < wall.Format(LocalLayout) {
		return end.UTC()
	}
	return start.UTC()
}

// LastDigest returns the newest time of a digest at or before a time, UTC; the
// zero time if there are no digests.
func (p *Preference) LastDigest(at time.Time) (last time.Time) {
	if !p.Digests() {
		return time.Time{}
	}
	loc := p.Location()
	for days := 1; days >= -1; days-- { // yesterday has the last one if there was none today
		day := at.In(loc).AddDate(0, 0, -days)
		for _, t := range p.Digest {
			minutes, ok := t.minutes()
			if !ok {
				continue
			}
			if one := instant(day, minutes, loc); !one.After(at) && one.After(last) {
				last = one
			}
		}
	}
	return last
}

// QuietUntil returns when the quiet hours end that a time is in, UTC; the zero
// time if it is in none.
func (p *Preference) QuietUntil(at time.Time) time.Time {
	if p == nil || p.Quiet == nil {
		return time.Time{}
	}
	from, ok1 := p.Quiet.From.minutes()
	to, ok2 := p.Quiet.To.minutes()
	if !ok1 || !ok2 {
		return time.Time{}
	}
	loc := p.Location()
	for days := range 2 { // those of today, and those that began yesterday
		day := at.In(loc).AddDate(0, 0, -days)
		end := day
		if to < from {
			end = day.AddDate(0, 0, 1)
		}
		if until := instant(end, to, loc); !at.Before(instant(day, from, loc)) && at.Before(until) {
			return until
		}
	}
	return time.Time{}
}

// AwayAt reports whether a time is on a day without letters.
func (p *Preference) AwayAt(at time.Time) bool {
	if p == nil || p.Away == nil {
		return false
	}
	day := at.In(p.Location()).Format(time.DateOnly)
	return p.Away.From <= day && day <= p.Away.To
}

// Digests reports whether releases are gathered into digests.
func (p *Preference) Digests() bool { return p != nil && len(p.Digest) > 0 }

// Text is how a preference is stored: JSON, "" for the zero one.
func (p *Preference) Text() string {
	if p == nil || len(p.Digest) == 0 && p.Quiet == nil && p.Away == nil && p.Zone == "" {
		return ""
	}
	raw, err := json.Marshal(p)
	if err != nil { // there is nothing in it that JSON cannot say
		return ""
	}
	return string(raw)
}

// ParsePreference reads Text; nil for the zero Preference. It does not Check.
func ParsePreference(text string) (*Preference, error) {
	if text == "" {
		return nil, nil
	}
	var p Preference
	if err := json.Unmarshal([]byte(text), &p); err != nil {
		return nil, Errorf(Invalid, "preference", "cannot be read: %w", err)
	}
	return &p, nil
}
