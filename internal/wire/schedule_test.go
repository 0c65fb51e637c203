package wire

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestSchedules(t *testing.T) {
	for _, c := range []struct {
		name, local, zone string
		fold              Fold
		utc               string // or
		refused           string
	}{
		{name: "plain", local: "2026-11-23T14:30", zone: "Asia/Singapore", utc: "2026-11-23T06:30:00Z"},
		{name: "with seconds", local: "2026-11-23T14:30:15", zone: "UTC", utc: "2026-11-23T14:30:15Z"},
		{name: "half-hour offset", local: "2026-11-23T14:30", zone: "Asia/Kolkata", utc: "2026-11-23T09:00:00Z"},
		{name: "gap, New York", local: "2026-03-08T02:30", zone: "America/New_York", refused: "does not exist"},
		{name: "second before the gap", local: "2026-03-08T01:59:59", zone: "America/New_York", utc: "2026-03-08T06:59:59Z"},
		{name: "first after the gap", local: "2026-03-08T03:00", zone: "America/New_York", utc: "2026-03-08T07:00:00Z"},
		{name: "overlap, unasked", local: "2026-11-01T01:30", zone: "America/New_York", refused: "happens twice in America/New_York: at 05:30:00 and at 06:30:00 UTC"},
		{name: "overlap, earlier", local: "2026-11-01T01:30", zone: "America/New_York", fold: Earlier, utc: "2026-11-01T05:30:00Z"},
		{name: "overlap, later", local: "2026-11-01T01:30", zone: "America/New_York", fold: Later, utc: "2026-11-01T06:30:00Z"},
		{name: "fold where there is none", local: "2026-11-02T01:30", zone: "America/New_York", fold: Later, utc: "2026-11-02T06:30:00Z"},
		{name: "half-hour shift, Lord Howe gap", local: "2026-10-04T02:15", zone: "Australia/Lord_Howe", refused: "does not exist"},
		{name: "half-hour shift, Lord Howe overlap", local: "2026-04-05T01:45", zone: "Australia/Lord_Howe", refused: "happens twice"},
		{name: "midnight gap, Beirut", local: "2026-03-29T00:30", zone: "Asia/Beirut", refused: "does not exist"},
		{name: "a day that never was, Samoa", local: "2011-12-30T12:00", zone: "Pacific/Apia", refused: "does not exist"},
		{name: "leap day", local: "2028-02-29T09:00", zone: "Europe/Berlin", utc: "2028-02-29T08:00:00Z"},
		{name: "no leap day", local: "2026-02-29T09:00", zone: "Europe/Berlin", refused: "not a local time"},
		{name: "no zone", local: "2026-02-28T09:00", zone: "", refused: "needs an IANA time zone"},
		{name: "the machine's own zone", local: "2026-02-28T09:00", zone: "Local", refused: "needs an IANA time zone"},
		{name: "no such zone", local: "2026-02-28T09:00", zone: "Mars/Olympus", refused: "not an IANA time zone"},
		{name: "an offset", local: "2026-02-28T09:00+02:00", zone: "UTC", refused: "not a local time"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, err := NewSchedule(c.local, c.zone, c.fold)
			if c.refused != "" {
				if KindOf(err) != Invalid || !strings.Contains(err.Error(), c.refused) {
					t.Fatalf("err = %v, want one that says %q", err, c.refused)
				}
				return
			}
			if err != nil || s.UTC.Format(time.RFC3339) != c.utc {
				t.Fatalf("%v, %v; want %s", s, err, c.utc)
			}
		})
	}
}

// Every local time resolves to instants that show exactly that local time, and
// to none only where no instant does.
func TestALocalTimeIsNeverMoved(t *testing.T) {
	zones := []string{"America/New_York", "Europe/London", "Africa/Casablanca", "Asia/Tehran", "Australia/Lord_Howe", "America/St_Johns", "Pacific/Chatham", "Pacific/Apia", "Asia/Tokyo", "UTC", "America/Sao_Paulo", "Asia/Gaza", "Antarctica/Troll"}
	rapid.Check(t, func(t *rapid.T) {
		zone := rapid.SampledFrom(zones).Draw(t, "zone")
		loc, err := time.LoadLocation(zone)
		if err != nil {
			t.Fatal(err)
		}
		// Start from an instant, so that near half of the draws lie next to a
		// transition; its own wall time must resolve to it.
		instant := time.Unix(rapid.Int64Range(1_000_000_000, 2_100_000_000).Draw(t, "unix"), 0).UTC()
		if _, end := instant.In(loc).ZoneBounds(); rapid.Bool().Draw(t, "near") && !end.IsZero() {
			instant = end.Add(time.Duration(rapid.IntRange(-7200, 7200).Draw(t, "off")) * time.Second).UTC()
		}
		local := instant.In(loc).Format(LocalLayout)
		found := false
		for _, fold := range []Fold{Earlier, Later} {
			s, err := NewSchedule(local, zone, fold)
			if err != nil {
				t.Fatalf("%s in %s exists, but: %v", local, zone, err)
			}
			if got := s.UTC.In(loc).Format(LocalLayout); got != local {
				t.Fatalf("%s in %s became %s", local, zone, got)
			}
			found = found || s.UTC.Equal(instant)
		}
		if !found {
			t.Fatalf("%s in %s resolves to neither of its instants", local, zone)
		}
	})
}
