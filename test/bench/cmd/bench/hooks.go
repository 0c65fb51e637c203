package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/wireroom/wireroom/test/bench/hooksink"
	"github.com/wireroom/wireroom/test/bench/others"
	"github.com/wireroom/wireroom/test/bench/process"
	"github.com/wireroom/wireroom/test/bench/wiresend"
)

// hookRow is one release to all endpoints.
type hookRow struct {
	Side      string  `json:"side"` // ours, other, limit
	Name      string  `json:"name"`
	Endpoints int     `json:"endpoints"`
	Healthy   int     `json:"healthy"`
	Median    float64 `json:"median"`            // seconds until half of the healthy had it
	Last      float64 `json:"last"`              // seconds until the last healthy one had it
	Receipt   float64 `json:"receipt,omitempty"` // seconds until its receipt was on disk
	CPUEach   float64 `json:"cpu_each"`          // µs of the sender, a request
	SinkEach  float64 `json:"sink_each"`         // µs of the endpoints, a request
	Peak      int64   `json:"peak"`              // bytes of the sender, since its beginning
	Others    float64 `json:"others"`            // processors busy beside sender and sink
	Requests  int64   `json:"requests"`
	ToOther   float64 `json:"to_other,omitempty"` // how many times as quick as others
	ToLimit   float64 `json:"to_limit,omitempty"`
	ToHealthy float64 `json:"to_healthy,omitempty"` // where some are bad: how many times as late as where none is
	Note      string  `json:"note,omitempty"`

	kind, limit, round string // what is compared with what
	ahead              bool   // connected before
	size               int    // bytes of a body
}

// hookStep is one process that sends, with a fresh sink.
type hookStep struct {
	kind       string
	sink       []string // its flags
	secure     bool
	preconnect bool
	rounds     int
	runs       int // at least
}

// rounds are the names of releases, one after the other in a process.
var rounds = []string{"cold", "warm"}

// plainHooks are endpoints in the open that answer at once.
const plainHooks = "HTTP"

// hooks measures webhooks. What is compared is made one after the other in each turn;
// ours come first, for others send bodies of the same size.
func (s *stand) hooks() error {
	bad := []string{fmt.Sprintf("-hang=%g", s.hang), fmt.Sprintf("-fail=%g", s.fail)}
	plain := hookStep{kind: plainHooks, rounds: 2, runs: goalRuns}
	ailing := hookStep{kind: fmt.Sprintf("%.0f %% hang, %.0f %% fail", 100*s.hang, 100*s.fail), sink: bad, rounds: 2, runs: goalRuns}
	ahead := hookStep{kind: "TLS", secure: true, preconnect: true, rounds: 1, runs: goalRuns}
	secure := hookStep{kind: "TLS", secure: true, rounds: 2, runs: goalRuns}
	slow := hookStep{kind: "100 ms to answer", sink: []string{"-delay=100ms"}, rounds: 2}
	once := ailing
	once.rounds, once.runs = 1, 1 // others learn nothing from the first, and take half a minute
	size := 0
	our := func(step hookStep) measurement[[]hookRow] {
		return s.hookMeasurement(ours, step, func() ([]hookRow, error) {
			rows, err := s.ourHooks(step)
			if size == 0 && err == nil {
				size = rows[0].size
			}
			return rows, err
		})
	}
	usual := func(step hookStep) measurement[[]hookRow] {
		return s.hookMeasurement(other, step, func() ([]hookRow, error) { return s.otherHooks(step, other, "other-hooks", size) })
	}
	least := func(step hookStep) measurement[[]hookRow] {
		return s.hookMeasurement(limit, step, func() ([]hookRow, error) { return s.otherHooks(step, limit, "limit-hooks", size) })
	}
	found, err := inTurns([]measurement[[]hookRow]{
		our(plain), our(ailing), least(plain), usual(plain), usual(once),
		our(ahead), our(secure), least(secure), usual(secure),
		our(slow), usual(slow),
	})
	if err != nil {
		return err
	}
	s.out.Hooks = hookRows(byRound(found))
	return nil
}

func (s *stand) hookMeasurement(side string, step hookStep, run func() ([]hookRow, error)) measurement[[]hookRow] {
	return measurement[[]hookRow]{max(s.runs, step.runs), named(step.kind, func() ([]hookRow, error) {
		progress("webhooks: %s, %s, %d endpoints", side, step.kind, s.endpoints)
		return run()
	})}
}

// byRound are measurements whose runs have several rounds, each round as a measurement
// of its own.
func byRound(found [][][]hookRow) (all [][]hookRow) {
	for _, runs := range found {
		for round := range runs[0] {
			var one []hookRow
			for _, run := range runs {
				one = append(one, run[round])
			}
			all = append(all, one)
		}
	}
	return all
}

// withEndpoints runs f with fresh endpoints. env is what the sender needs to
// trust them.
func (s *stand) withEndpoints(step hookStep, f func(at ready, env []string) error) error {
	flags := append([]string{"hooksink", fmt.Sprintf("-endpoints=%d", s.endpoints)}, step.sink...)
	var env []string
	if step.secure {
		authority := filepath.Join(s.dir, "endpoints.pem")
		flags, env = append(flags, "-tls="+authority), []string{"SSL_CERT_FILE=" + authority}
	}
	var at ready
	server, err := process.Start(s.ctx, &at, nil, flags...)
	if err != nil {
		return err
	}
	defer server.Stop()
	return f(at, env)
}

// ourHooks measures the courier.
func (s *stand) ourHooks(step hookStep) (rows []hookRow, err error) {
	err = s.withEndpoints(step, func(at ready, env []string) error {
		dir, err := os.MkdirTemp(s.dir, "hooks-")
		if err != nil {
			return err
		}
		database := "sqlite:" + filepath.Join(dir, "wire.db")
		var nothing struct{}
		err = s.sender.Run(s.ctx, &nothing, nil, "run-store", "-database="+database, fmt.Sprintf("-hooks=%d", s.endpoints), fmt.Sprintf("-port=%d", at.Port), fmt.Sprintf("-tls=%t", step.secure))
		if err != nil {
			return err
		}
		args := s.profiled(fmt.Sprintf("hooks %s %t", step.kind, step.preconnect), []string{"run-hooks", "-database=" + database, "-control=" + at.Control,
			fmt.Sprintf("-endpoints=%d", s.endpoints), fmt.Sprintf("-rounds=%d", step.rounds), fmt.Sprintf("-preconnect=%t", step.preconnect)})
		var all wiresend.HookResult
		if err := s.sender.Run(s.ctx, &all, env, args...); err != nil {
			return err
		}
		for i, r := range all.Rounds {
			name := step.kind + ", " + rounds[i]
			if step.preconnect {
				name = step.kind + ", preconnected"
			}
			row := s.hookRow(ours, name, step.kind, rounds[i], r.Seconds, r.CPU, r.Peak, r.Others, &r.Sink)
			row.Receipt = r.Seconds
			if step.preconnect {
				row.ahead, row.limit = true, step.kind+", warm" // it has no connection left to make
				row.Note = fmt.Sprintf("connected ahead in %.1f s", all.Preconnect)
			}
			if r.Accepted != r.Sink.Healthy || r.Matched != s.endpoints {
				s.wrong(name, "the ledger says %d accepted of %d, and %d of %d are healthy", r.Accepted, r.Matched, r.Sink.Healthy, s.endpoints)
			}
			rows = append(rows, row)
		}
		return nil
	})
	return rows, err
}

// otherHooks measures what the courier is compared with.
func (s *stand) otherHooks(step hookStep, side, command string, size int) (rows []hookRow, err error) {
	err = s.withEndpoints(step, func(at ready, env []string) error {
		var all []others.HookRound
		err := process.Run(s.ctx, &all, env, command, "-control="+at.Control, fmt.Sprintf("-port=%d", at.Port), fmt.Sprintf("-secure=%t", step.secure),
			fmt.Sprintf("-endpoints=%d", s.endpoints), fmt.Sprintf("-workers=%d", s.workers), fmt.Sprintf("-size=%d", size), fmt.Sprintf("-rounds=%d", step.rounds))
		if err != nil {
			return err
		}
		for i, r := range all {
			name := fmt.Sprintf("net/http, %d workers: %s, %s", s.workers, step.kind, rounds[i])
			if side == limit {
				name = fmt.Sprintf("by hand, %d at a time: %s, %s", s.workers, step.kind, rounds[i])
			}
			rows = append(rows, s.hookRow(side, name, step.kind, rounds[i], r.Seconds, r.CPU, r.Peak, r.Others, &r.Sink))
		}
		return nil
	})
	return rows, err
}

// hookRow computes the figures of a release and checks what the sink counted.
func (s *stand) hookRow(side, name, kind, round string, seconds, cpu float64, peak int64, busy float64, sink *hooksink.Stats) hookRow {
	if sink.Served != sink.Healthy || sink.Repeated != 0 || sink.Forged != 0 || sink.Strange != 0 {
		s.wrong(name, "of %d healthy endpoints %d were served; %d deliveries came again, %d had a wrong signature, %d led nowhere", sink.Healthy, sink.Served, sink.Repeated, sink.Forged, sink.Strange)
	}
	kind += ", " + round
	row := hookRow{Side: side, Name: name, kind: kind, limit: kind, round: round, Endpoints: s.endpoints, Healthy: sink.Healthy, Median: sink.Median, Last: sink.Last, Peak: peak, Others: max(0, busy-sink.CPU/seconds), Requests: sink.Requests}
	if sink.Requests > 0 {
		n := float64(sink.Requests)
		row.CPUEach, row.SinkEach, row.size = cpu/n*1e6, sink.CPU/n*1e6, int(sink.Bytes/sink.Requests)
	}
	return row
}

// hookRows are the rows of the table, ours first: of the runs of each measurement the
// one whose last delivery is in the middle. What they are compared with is of the same
// turn, and the middle of those counts, too. What is connected ahead has the cold ones of
// others to be compared with, and the warm ones of the limit.
func hookRows(found [][]hookRow) []hookRow {
	last := func(r hookRow) float64 { return r.Last }
	of := func(side, kind string) []hookRow {
		return runsOf(found, func(r hookRow) bool { return r.Side == side && r.kind == kind && !r.ahead })
	}
	return bySide(found, func(r hookRow) string { return r.Side }, func(runs []hookRow) hookRow {
		row := middle(runs, last)
		if row.Side != ours {
			return row
		}
		usual := of(other, row.kind)
		if usual == nil { // others learn nothing from one round to the next
			usual = of(other, strings.Replace(row.kind, "warm", "cold", 1))
		}
		row.ToOther, row.ToLimit = timesIn(usual, runs, last), timesIn(of(limit, row.limit), runs, last)
		if row.Healthy < row.Endpoints {
			row.ToHealthy = timesIn(runs, of(ours, plainHooks+", "+row.round), last)
		}
		return row
	})
}
