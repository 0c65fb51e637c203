package wire

import (
	"testing"
	"time"
	_ "time/tzdata"

	"pgregory.net/rapid"
)

func utc(t *testing.T, text string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return at.UTC()
}

func TestTheLastDigestIsTheNewestOfTheHoldersTimes(t *testing.T) {
	for _, c := range []struct {
		zone     string
		times    []TimeOfDay
		at, want string
	}{
		{"", UsualDigest(), "2026-11-23T07:00:00Z", "2026-11-23T07:00:00Z"},
		{"", UsualDigest(), "2026-11-23T06:59:59Z", "2026-11-22T19:00:00Z"},
		{"", UsualDigest(), "2026-11-23T18:00:00Z", "2026-11-23T15:00:00Z"},
		{"Asia/Tokyo", UsualDigest(), "2026-11-22T22:00:00Z", "2026-11-22T22:00:00Z"},
		{"Asia/Tokyo", UsualDigest(), "2026-11-22T23:30:00Z", "2026-11-22T22:00:00Z"},
		{"Pacific/Kiritimati", []TimeOfDay{"00:30"}, "2026-11-23T11:00:00Z", "2026-11-23T10:30:00Z"}, // it is tomorrow there
		{"Pacific/Pago_Pago", []TimeOfDay{"23:30"}, "2026-11-23T10:00:00Z", "2026-11-22T10:30:00Z"},
		{"America/New_York", []TimeOfDay{"02:30"}, "2026-03-08T12:00:00Z", "2026-03-08T07:00:00Z"}, // skipped: the clocks go from 2 to 3
		{"America/New_York", []TimeOfDay{"01:30"}, "2026-11-01T12:00:00Z", "2026-11-01T05:30:00Z"}, // happens twice: once is enough
	} {
		p := Preference{Zone: c.zone, Digest: c.times}
		if err := p.Check(); err != nil {
			t.Fatal(err)
		}
		if got := p.LastDigest(utc(t, c.at)); !got.Equal(utc(t, c.want)) {
			t.Errorf("%s %v at %s: %s, want %s", c.zone, c.times, c.at, got, c.want)
		}
	}
	if p := (Preference{}); !p.LastDigest(time.Now()).IsZero() {
		t.Error("who wants no digest has one")
	}
}

func TestQuietHoursEndWhenTheySay(t *testing.T) {
	for _, c := range []struct {
		zone     string
		from, to TimeOfDay
		at, want string
	}{
		{"", "22:00", "07:00", "2026-11-23T21:59:59Z", ""},
		{"", "22:00", "07:00", "2026-11-23T22:00:00Z", "2026-11-24T07:00:00Z"},
		{"", "22:00", "07:00", "2026-11-24T06:59:59Z", "2026-11-24T07:00:00Z"},
		{"", "22:00", "07:00", "2026-11-24T07:00:00Z", ""},
		{"", "12:00", "13:00", "2026-11-24T12:30:00Z", "2026-11-24T13:00:00Z"},
		{"Asia/Seoul", "22:00", "07:00", "2026-11-23T20:00:00Z", "2026-11-23T22:00:00Z"},
		{"America/New_York", "22:00", "02:30", "2026-03-08T06:00:00Z", "2026-03-08T07:00:00Z"}, // the end is skipped
	} {
		p := Preference{Zone: c.zone, Quiet: &Hours{c.from, c.to}}
		if err := p.Check(); err != nil {
			t.Fatal(err)
		}
		var want time.Time
		if c.want != "" {
			want = utc(t, c.want)
		}
		if got := p.QuietUntil(utc(t, c.at)); !got.Equal(want) {
			t.Errorf("%s %s-%s at %s: %s, want %s", c.zone, c.from, c.to, c.at, got, want)
		}
	}
}

func TestAwayIsWholeDaysOfTheHolder(t *testing.T) {
	p := Preference{Zone: "Asia/Tokyo", Away: &Days{"2026-12-24", "2026-12-25"}}
	for at, want := range map[string]bool{
		"2026-12-23T14:59:59Z": false, "2026-12-23T15:00:00Z": true, "2026-12-25T14:59:59Z": true, "2026-12-25T15:00:00Z": false,
	} {
		if got := p.AwayAt(utc(t, at)); got != want {
			t.Errorf("%s: %v", at, got)
		}
	}
}

func TestAPreferenceThatMakesNoSenseIsRefused(t *testing.T) {
	for field, p := range map[string]Preference{
		"zone":   {Zone: "Mars/Phobos"},
		"digest": {Digest: []TimeOfDay{"7:00"}},
		"quiet":  {Quiet: &Hours{"22:00", "22:00"}},
		"away":   {Away: &Days{"2026-12-25", "2026-12-24"}},
	} {
		if err := p.Check(); KindOf(err) != Invalid {
			t.Errorf("%s: %v", field, err)
		} else if e := err.(*Error); e.Field != field {
			t.Errorf("%s: names %s", field, e.Field)
		}
	}
	for _, p := range []Preference{{Zone: "Local"}, {Digest: []TimeOfDay{"24:00"}}, {Quiet: &Hours{"a", "b"}}, {Away: &Days{"2026-12-24", "2028-12-24"}}, {Away: &Days{"", ""}}, {Digest: make([]TimeOfDay, 13)}} {
		if KindOf(p.Check()) != Invalid {
			t.Errorf("%+v is taken", p)
		}
	}
}

// Every instant is after its last digest and before the end of its quiet hours,
// in every zone, on every day.
func TestDigestsAndQuietHoursAreWhereTheyShouldBe(t *testing.T) {
	clock := rapid.Custom(func(t *rapid.T) TimeOfDay {
		return TimeOfDay(time.Unix(int64(rapid.IntRange(0, 1439).Draw(t, "minutes"))*60, 0).UTC().Format("15:04"))
	})
	rapid.Check(t, func(t *rapid.T) {
		p := Preference{
			Zone:   rapid.SampledFrom([]string{"", "Asia/Tokyo", "America/New_York", "Europe/London", "Pacific/Apia", "Australia/Lord_Howe", "Asia/Kathmandu"}).Draw(t, "zone"),
			Digest: rapid.SliceOfN(clock, 1, 4).Draw(t, "digest"),
			Quiet:  &Hours{clock.Draw(t, "from"), clock.Draw(t, "to")},
		}
		if p.Quiet.From == p.Quiet.To {
			p.Quiet = nil
		}
		if err := p.Check(); err != nil {
			t.Fatal(err)
		}
		at := time.Unix(rapid.Int64Range(1767225600, 1830297600).Draw(t, "at"), 0) // 2026 and 2027
		last := p.LastDigest(at)
		if last.After(at) || at.Sub(last) > 26*time.Hour {
			t.Fatalf("the last digest before %s was at %s", at, last)
		}
		if again := p.LastDigest(last); !again.Equal(last) {
			t.Fatalf("the last digest at %s was at %s", last, again)
		}
		if until := p.QuietUntil(at); !until.IsZero() && (!until.After(at) || until.Sub(at) > 25*time.Hour) {
			t.Fatalf("quiet at %s until %s", at, until)
		}
		back, err := ParsePreference(p.Text())
		if err != nil || back.Text() != p.Text() {
			t.Fatalf("%s: %v", p.Text(), err)
		}
	})
}
