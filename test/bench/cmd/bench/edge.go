package main

import (
	"errors"
	"flag"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/wireroom/wireroom/test/bench/others"
	"github.com/wireroom/wireroom/test/bench/story"
	"github.com/wireroom/wireroom/test/bench/wirestream"
)

// edgeOptions are the sizes of live streams.
type edgeOptions struct {
	desktops, fewDesktops, filters int
	itemSize, largeSize            int
	stallShare                     float64
	fleet, rounds                  int
	settle                         time.Duration
	match                          string
	matching                       *regexp.Regexp // compiled match
}

func (o *edgeOptions) edgeFlags(f *flag.FlagSet) {
	f.IntVar(&o.desktops, "desktops", 18_000, "desktops of a live stream; a process may hold 20,000 files on small machines")
	f.IntVar(&o.fewDesktops, "few-desktops", 1_000, "desktops of a small one")
	f.IntVar(&o.filters, "filters", 10_000, "desktops with a filter each; a multiple of 10")
	f.IntVar(&o.itemSize, "item-size", 2_000, "bytes of an item on the live stream")
	f.IntVar(&o.largeSize, "large-item-size", 20_000, "bytes of a large one")
	f.Float64Var(&o.stallShare, "stall", .01, "share of desktops that never read, where some do not")
	f.IntVar(&o.fleet, "fleet", 8, "processes of the live edge with NATS between; each has as many desktops; 0: none")
	f.IntVar(&o.rounds, "rounds", 11, "items of a measurement of the live edge that count; medians are told")
	f.StringVar(&o.match, "match", "", "regular expression: only those measurements of the live edge, \"limit: one ready-made event, send, 18000 desktops, 2000 bytes\" for one; empty: all")
	f.DurationVar(&o.settle, "settle", 2*time.Second, "how long desktops are idle before their memory is measured")
}

func (o *edgeOptions) checkEdge() (err error) {
	if o.matching, err = regexp.Compile(o.match); err != nil {
		return fmt.Errorf("-match: %w", err)
	}
	switch {
	case o.rounds < 1 || o.largeSize < 1:
		return errors.New("-rounds and -large-item-size are 1 at the least")
	case o.filters%filterGroups != 0:
		return fmt.Errorf("-filters must be a multiple of %d: an item is for every tenth desktop", filterGroups)
	}
	return nil
}

// edgeRow is one measurement of live streams. Times are the medians of its
// rounds, each by itself.
type edgeRow struct {
	Side      string  `json:"side"` // ours, other, limit
	Name      string  `json:"name"`
	Processes int     `json:"processes"`      // servers
	Desktops  int     `json:"desktops"`       // connected, all together
	Reached   int     `json:"reached"`        // of them, must get each item
	Size      int     `json:"size"`           // bytes of an event
	JoinRate  float64 `json:"join_rate"`      // desktops a second
	Idle      float64 `json:"idle"`           // bytes of the servers, an idle desktop
	CPUEach   float64 `json:"cpu_each"`       // µs of the servers, a delivery; or s, a million
	LoadEach  float64 `json:"load_each"`      // µs of the desktops, a delivery
	First     float64 `json:"first"`          // ms until the first had it
	Median    float64 `json:"median"`         // ms until half had it
	P99       float64 `json:"p99"`            // ms until 99 of 100 had it
	Last      float64 `json:"last"`           // ms until all had it
	Bias      float64 `json:"bias,omitempty"` // in the order of desktops, × a lot's; see bias
	Others    float64 `json:"others"`         // processors busy beside servers and desktops
	Lost      int     `json:"lost"`
	Doubled   int64   `json:"doubled"`
	Strange   int64   `json:"strange"` // deliveries that nobody had asked for
	CPULimit  float64 `json:"cpu_to_limit,omitempty"`
	LastLimit float64 `json:"last_to_limit,omitempty"`
	Note      string  `json:"note,omitempty"`

	Stalled *stalledEffect `json:"stalled,omitempty"` // where some never read

	limit         limitKey
	stalling, bus bool // some never read; items come over NATS
}

// limitKey says which limit a measurement is held against: that of as many
// processes and desktops, of which as many get an item of the same size.
type limitKey struct{ processes, desktops, groups, size int }

// edgeStep is how a measurement is made.
type edgeStep struct {
	side, name string
	command    string   // of a server
	paths      []string // what desktops ask for
	processes  int      // servers
	desktops   int      // of each server
	size       int      // bytes of an item's document
	groups     int      // of desktops that want a round each; 0: everyone wants every round
	stall      float64  // share of desktops that never read
	warm       int      // rounds before those that count
	warmSize   int      // bytes of their items
	bus        bool     // items come over NATS
	ahead      bool     // texts are sent ahead, and keys are measured
}

// String names the measurement where there is no table around it.
func (step *edgeStep) String() string {
	return fmt.Sprintf("%s: %s, %d desktops, %d bytes", step.side, step.name, step.all(), step.size)
}

// all is how many desktops there are.
func (step *edgeStep) all() int { return step.processes * step.desktops }

func (step *edgeStep) limitKey() limitKey {
	if step.ahead { // a key, which is as short as an event can be
		return limitKey{step.processes, step.desktops, step.groups, shortest}
	}
	return limitKey{step.processes, step.desktops, step.groups, step.size}
}

// edgeSteps are all measurements, in the order in which they take turns.
func (s *stand) edgeSteps() []edgeStep {
	few, many, small, large := s.fewDesktops, s.desktops, s.itemSize, s.largeSize
	plain := func(side, name, command, path string, desktops, size int) edgeStep {
		return edgeStep{side: side, name: name, command: command, paths: []string{path}, processes: 1, desktops: desktops, size: size, warm: 1, warmSize: size}
	}
	edge := func(as string, desktops, size int) edgeStep {
		return plain(ours, "edge"+as, "run-edge", wirestream.Path, desktops, size)
	}
	stalling := edge(fmt.Sprintf(", %.0f %% never read", 100*s.stallShare), many, small)
	// Enough to fill the buffers on the way to those who do not read.
	stalling.stall, stalling.warm, stalling.warmSize = s.stallShare, 1+fillBytes/large, large
	filtered := edge(", a filter each", s.filters, small)
	filtered.groups, filtered.paths = filterGroups, filterPaths()
	fleet := edge(fmt.Sprintf(", %d processes, NATS between", s.fleet), many, small)
	fleet.processes, fleet.bus = s.fleet, true

	const hub, library, raw = "net/http, a goroutine each", "centrifuge", "one ready-made event, send"
	someOf := plain(limit, raw+", to every tenth", "run-raw", filterPaths()[1], s.filters, small)
	someOf.groups = filterGroups
	several := plain(limit, fmt.Sprintf("%s, %d processes", raw, s.fleet), "run-raw", "/", many, small)
	several.processes = s.fleet
	return []edgeStep{
		// Each beside what it is held against, so that both have the same moment.
		edge("", few, small), plain(limit, raw, "run-raw", "/", few, small),
		plain(limit, raw, "run-raw", "/", many, small), edge("", many, small), stalling,
		edge("", few, large), plain(limit, raw, "run-raw", "/", few, large),
		edge("", many, large), plain(limit, raw, "run-raw", "/", many, large),
		filtered, someOf,
		fleet, several,
		plain(other, hub, "run-hub", others.StreamPath, few, small), plain(other, hub, "run-hub", others.StreamPath, many, small),
		plain(other, library, "run-centrifuge", others.CentrifugePath(), few, small), plain(other, library, "run-centrifuge", others.CentrifugePath(), many, small),
	}
}

const (
	filterGroups = 10      // where desktops have a filter each, an item is for every tenth
	fillBytes    = 200_000 // more than the kernel holds for a desktop that does not read
)

// filterPaths are those of desktops with a filter each: by words and by
// organisation. Beside what its group wants a desktop asks for something that
// never comes, so that no two filters are the same.
func filterPaths() []string {
	escape := func(text string) string {
		return strings.NewReplacer("%7B", "{", "%7D", "}").Replace(url.QueryEscape(text))
	}
	return []string{
		wirestream.Path + "?q=" + escape(story.GroupWord("{group}")+" OR tisch{desktop}"),
		wirestream.Path + "?org=" + escape(story.GroupOrganisation("{group}")) + "&org=" + escape("Tisch {desktop} GmbH"),
	}
}

// edge measures live streams.
func (s *stand) edge() error {
	var all []measurement[edgeRow]
	for _, step := range s.edgeSteps() {
		if step.all() < 1 || !s.matching.MatchString(step.String()) {
			continue
		}
		if why := s.noRoom(&step); why != "" {
			s.out.Skipped = append(s.out.Skipped, step.String()+": "+why)
			progress("skipped: %v: %s", &step, why)
			continue
		}
		runs := s.runs
		if step.side != other {
			runs = max(runs, goalRuns)
		}
		all = append(all, measurement[edgeRow]{runs, named(step.String(), func() (edgeRow, error) {
			progress("live streams: %v", &step)
			return s.measureEdge(step)
		})})
	}
	if len(all) == 0 {
		return fmt.Errorf("nothing was measured: %s", strings.Join(s.out.Skipped, "; "))
	}
	found, err := inTurns(all)
	if err != nil {
		return err
	}
	s.out.Edge = edgeRows(found)
	return nil
}

// edgeRows are the rows of the table, ours first: of the runs of each measurement the
// one in the middle. How many times the limit's are its cost and its time is said of
// runs in the same turn, and is in the middle of those, too: from one turn to the next
// a machine changes by more than what is to be seen.
func edgeRows(found [][]edgeRow) []edgeRow {
	cost, last := func(r edgeRow) float64 { return r.CPUEach }, func(r edgeRow) float64 { return r.Last }
	half, most := func(r edgeRow) float64 { return r.Median }, func(r edgeRow) float64 { return r.P99 }
	return bySide(found, func(r edgeRow) string { return r.Side }, func(runs []edgeRow) edgeRow {
		row := middle(runs, last)
		row.CPUEach = cost(middle(runs, cost)) // goals ask for it by itself
		if row.Side != limit {
			least := runsOf(found, func(r edgeRow) bool { return r.Side == limit && r.limit == row.limit })
			row.CPULimit, row.LastLimit = timesIn(runs, least, cost), timesIn(runs, least, last)
		}
		all := runsOf(found, func(r edgeRow) bool { return r.Side == row.Side && r.limit == row.limit && !r.stalling && !r.bus })
		if row.stalling && all != nil {
			row.Stalled = &stalledEffect{timesIn(runs, all, cost), timesIn(runs, all, half), timesIn(runs, all, most), timesIn(runs, all, last)}
		}
		return row
	})
}
