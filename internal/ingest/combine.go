package ingest

import (
	"slices"

	"github.com/wireroom/wireroom/internal/wire"
)

// Combine makes one release of several that are the same story in different
// languages, as Read returns them. The first is the source text that prevails;
// the others become translations of it, by whom is not known yet. What is not
// in the first (organisation, provider, schedule) is taken from the others;
// sectors, subjects, places, instruments and circuits are joined; the most
// urgent priority counts. The releases given are not changed.
//
// It returns an Invalid error where there are none, where two editions are in
// one language, and a Conflict where two say different times to lift.
func Combine(releases []*wire.Release) (*wire.Release, error) {
	if len(releases) == 0 {
		return nil, wire.Errorf(wire.Invalid, "documents", "there is no document; a release needs at least one")
	}
	out := *releases[0]
	out.Editions = slices.Clone(out.Editions)
	out.Sectors, out.Subjects, out.Places = slices.Clone(out.Sectors), slices.Clone(out.Subjects), slices.Clone(out.Places)
	out.Instruments, out.Circuits = slices.Clone(out.Instruments), slices.Clone(out.Circuits)
	for _, r := range releases[1:] {
		for _, e := range r.Editions {
			if e.Translation == nil && len(out.Editions) > 0 {
				e.Translation = &wire.Translation{From: out.Editions[0].Language}
			}
			out.Editions = append(out.Editions, e)
		}
		switch {
		case r.Schedule.Immediate():
		case out.Schedule.Immediate():
			out.Schedule = r.Schedule
		case !out.Schedule.UTC.Equal(r.Schedule.UTC):
			return nil, wire.Errorf(wire.Conflict, "release-at", "the documents of one release say different times: %s %s and %s %s; give one",
				out.Schedule.Local, out.Schedule.Zone, r.Schedule.Local, r.Schedule.Zone)
		}
		joinFacets(&out.Facets, r.Facets)
	}
	if err := out.Check(); err != nil {
		return nil, err
	}
	return &out, nil
}

func joinFacets(to *wire.Facets, from wire.Facets) {
	to.Organisation = first(to.Organisation, from.Organisation)
	if to.Provider == nil {
		to.Provider = from.Provider
	}
	if from.Priority.Rank() < to.Priority.Rank() {
		to.Priority = from.Priority
	}
	for _, pair := range []struct {
		to   *[]string
		from []string
	}{{&to.Sectors, from.Sectors}, {&to.Subjects, from.Subjects}, {&to.Places, from.Places}, {&to.Circuits, from.Circuits}} {
		for _, s := range pair.from {
			*pair.to = appendNew(*pair.to, s)
		}
	}
	for _, in := range from.Instruments {
		if !slices.Contains(to.Instruments, in) {
			to.Instruments = append(to.Instruments, in)
		}
	}
}
