package preference

import (
	"net/url"

	"github.com/wireroom/wireroom/internal/wire"
)

// Form is the form as its reader filled it in: what was refused is shown again.
type Form struct {
	Digests            bool // gathered, not each release at once
	Times              []string
	QuietFrom, QuietTo string
	AwayFrom, AwayTo   string
	Zone               string
}

// times is how many times of a digest can be filled in at least.
const times = 4

// FormOf returns the form that shows a preference. Whoever has no digests yet
// finds the usual times filled in.
func FormOf(p wire.Preference) Form {
	f := Form{Digests: p.Digests(), Zone: p.Zone}
	digest := p.Digest
	if !f.Digests {
		digest = wire.UsualDigest()
	}
	for _, t := range digest {
		f.Times = append(f.Times, string(t))
	}
	if p.Quiet != nil {
		f.QuietFrom, f.QuietTo = string(p.Quiet.From), string(p.Quiet.To)
	}
	if p.Away != nil {
		f.AwayFrom, f.AwayTo = p.Away.From, p.Away.To
	}
	return f.complete()
}

// complete fills up what a browser has to show.
func (f Form) complete() Form {
	for len(f.Times) < times {
		f.Times = append(f.Times, "")
	}
	if f.Zone == "" {
		f.Zone = "UTC"
	}
	return f
}

// Parse reads the form that was sent.
func Parse(sent url.Values) Form {
	f := Form{
		Digests:   sent.Get("when") == "digest",
		Times:     sent["digest"],
		QuietFrom: sent.Get("quiet_from"), QuietTo: sent.Get("quiet_to"),
		AwayFrom: sent.Get("away_from"), AwayTo: sent.Get("away_to"),
		Zone: sent.Get("zone"),
	}
	if len(f.Times) > wire.MaxDigests {
		f.Times = f.Times[:wire.MaxDigests]
	}
	return f.complete()
}

// Preference is what the form asks for; an Invalid error names the field that
// makes no sense.
func (f Form) Preference() (wire.Preference, error) {
	p := wire.Preference{Zone: f.Zone}
	if f.Digests {
		for _, t := range f.Times {
			if t != "" {
				p.Digest = append(p.Digest, wire.TimeOfDay(t))
			}
		}
		if len(p.Digest) == 0 {
			return p, wire.Errorf(wire.Invalid, "digest", "needs a time of day")
		}
	}
	if f.QuietFrom != "" || f.QuietTo != "" {
		p.Quiet = &wire.Hours{From: wire.TimeOfDay(f.QuietFrom), To: wire.TimeOfDay(f.QuietTo)}
	}
	if f.AwayFrom != "" || f.AwayTo != "" {
		p.Away = &wire.Days{From: f.AwayFrom, To: f.AwayTo}
	}
	return p, p.Check()
}
