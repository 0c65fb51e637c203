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
	Note      string  `json:"note,omitempty"`

	kind, limit string // what is compared with what
	size        int    // bytes of a body
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

func (s *stand) hooks() error {
	bad := []string{fmt.Sprintf("-hang=%g", s.hang), fmt.Sprintf("-fail=%g", s.fail)}
	badName := fmt.Sprintf("%.0f %% hang, %.0f %% fail", 100*s.hang, 100*s.fail)
	plain := hookStep{kind: "HTTP", rounds: 2, runs: goalRuns}
	secure := hookStep{kind: "TLS", secure: true, rounds: 2}
	ailing := hookStep{kind: badName, sink: bad, rounds: 2, runs: goalRuns}
	ahead := hookStep{kind: "TLS", secure: true, preconnect: true, rounds: 1, runs: goalRuns}
	slow := hookStep{kind: "100 ms to answer", sink: []string{"-delay=100ms"}, rounds: 2}
	if err := s.measureHooks(ours, s.ourHooks, plain, secure, ahead, slow, ailing); err != nil {
		return err
	}
	size := s.out.Hooks[0].size
	usual := func(step hookStep) ([]hookRow, error) { return s.otherHooks(step, other, "other-hooks", size) }
	best := func(step hookStep) ([]hookRow, error) { return s.otherHooks(step, limit, "limit-hooks", size) }
	ailing.rounds, ailing.runs = 1, 1 // it learns nothing from the first
	if err := s.measureHooks(other, usual, plain, secure, slow, ailing); err != nil {
		return err
	}
	if err := s.measureHooks(limit, best, plain, secure); err != nil {
		return err
	}
	s.compareHooks()
	return nil
}

// measureHooks makes measurements in turns, and keeps of each round the run whose
// last delivery is in the middle.
func (s *stand) measureHooks(side string, run func(hookStep) ([]hookRow, error), steps ...hookStep) error {
	var all []measurement[[]hookRow]
	for _, step := range steps {
		all = append(all, measurement[[]hookRow]{max(s.runs, step.runs), named(step.kind, func() ([]hookRow, error) {
			progress("webhooks: %s, %s, %d endpoints", side, step.kind, s.endpoints)
			rows, err := run(step)
			if err != nil && strings.Contains(err.Error(), wiresend.ErrNoPreconnect.Error()) {
				progress("skipped: %v", wiresend.ErrNoPreconnect)
				return nil, nil
			}
			return rows, err
		})})
	}
	found, err := inTurns(all)
	if err != nil {
		return err
	}
	for _, runs := range found {
		for round := range runs[0] {
			var rows []hookRow
			for _, run := range runs {
				rows = append(rows, run[round])
			}
			s.out.Hooks = append(s.out.Hooks, middle(rows, func(r hookRow) float64 { return r.Last }))
		}
	}
	return nil
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
		if all.NoPreconnect {
			return wiresend.ErrNoPreconnect
		}
		for i, r := range all.Rounds {
			name := step.kind + ", " + rounds[i]
			if step.preconnect {
				name = step.kind + ", preconnected"
			}
			row := s.hookRow(ours, name, step.kind+", "+rounds[i], r.Seconds, r.CPU, r.Peak, r.Others, &r.Sink)
			row.Receipt = r.Seconds
			if step.preconnect {
				row.limit = step.kind + ", warm" // it has no connection left to make
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
			rows = append(rows, s.hookRow(side, name, step.kind+", "+rounds[i], r.Seconds, r.CPU, r.Peak, r.Others, &r.Sink))
		}
		return nil
	})
	return rows, err
}

// hookRow computes the figures of a release and checks what the sink counted.
func (s *stand) hookRow(side, name, kind string, seconds, cpu float64, peak int64, busy float64, sink *hooksink.Stats) hookRow {
	if sink.Served != sink.Healthy || sink.Repeated != 0 || sink.Forged != 0 || sink.Strange != 0 {
		s.wrong(name, "of %d healthy endpoints %d were served; %d deliveries came again, %d had a wrong signature, %d led nowhere", sink.Healthy, sink.Served, sink.Repeated, sink.Forged, sink.Strange)
	}
	row := hookRow{Side: side, Name: name, kind: kind, limit: kind, Endpoints: s.endpoints, Healthy: sink.Healthy, Median: sink.Median, Last: sink.Last, Peak: peak, Others: max(0, busy-sink.CPU/seconds), Requests: sink.Requests}
	if sink.Requests > 0 {
		n := float64(sink.Requests)
		row.CPUEach, row.SinkEach, row.size = cpu/n*1e6, sink.CPU/n*1e6, int(sink.Bytes/sink.Requests)
	}
	return row
}

// compareHooks computes how many times as quick ours are. What is connected ahead
// has the cold ones of others to be compared with, and the warm ones of the limit.
func (s *stand) compareHooks() {
	times := map[string]float64{}
	for _, r := range s.out.Hooks {
		times[r.Side+r.kind] = r.Last
	}
	for i := range s.out.Hooks {
		r := &s.out.Hooks[i]
		if r.Side != ours {
			continue
		}
		usual := times[other+r.kind]
		if usual == 0 { // others learn nothing from one round to the next
			usual = times[other+strings.Replace(r.kind, "warm", "cold", 1)]
		}
		r.ToOther, r.ToLimit = ratio(usual, r.Last), ratio(times[limit+r.limit], r.Last)
	}
}
