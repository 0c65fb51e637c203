package main

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/wireroom/wireroom/test/bench/process"
	"github.com/wireroom/wireroom/test/bench/streamserver"
)

// edgeRound is what came of one item. Times are in ms.
type edgeRound struct {
	first, median, p99, last float64
	reached                  int     // desktops that must get it
	ranks                    []int32 // in which order they had it, by desktop; nil where not all did
	cpu, loadCPU, busCPU     float64 // seconds
	published                streamserver.Published
}

// quiet is how long nothing happens after a round: work that goes on behind it
// is counted, and what comes twice has time to come.
const quiet = 200 * time.Millisecond

// measureEdge makes one measurement with fresh processes.
func (s *stand) measureEdge(step edgeStep) (row edgeRow, err error) {
	f, err := s.openFleet(step)
	defer f.close()
	if err != nil {
		return row, err
	}
	row = edgeRow{Side: step.side, Name: step.name, Processes: step.processes, Desktops: step.all(), limit: step.limitKey(), stalling: step.stall > 0, bus: step.bus}
	if err := s.joinEdge(f, &row); err != nil {
		return row, err
	}
	for round := range step.warm {
		if _, err := f.round(round, step.warmSize); err != nil {
			return row, err
		}
	}
	began, machine, own := time.Now(), process.Machine(), process.Used().CPU
	var rounds []edgeRound
	for i := range s.rounds {
		r, err := f.round(step.warm+i, step.size)
		if err != nil {
			return row, err
		}
		rounds = append(rounds, r)
	}
	row.Others = process.Machine() - machine - (process.Used().CPU - own)
	row.fill(rounds, time.Since(began).Seconds())
	return row, s.judgeEdge(f, &row, rounds[len(rounds)-1].published)
}

// joinEdge has the desktops join and measures what an idle one takes.
func (s *stand) joinEdge(f *fleet, row *edgeRow) error {
	before, err := f.usage(f.servers)
	if err != nil {
		return err
	}
	if row.JoinRate, err = f.join(); err != nil {
		return err
	}
	if err := s.pause(s.settle); err != nil {
		return err
	}
	after, err := f.usage(f.servers)
	row.Idle = float64(after.Resident-before.Resident) / float64(row.Desktops)
	return err
}

// round publishes one item and waits until everyone has it.
func (f *fleet) round(number, size int) (r edgeRound, err error) {
	if f.step.ahead {
		if err := f.sendAhead(number, size); err != nil {
			return r, err
		}
	}
	if err := f.spent(&r, -1); err != nil {
		return r, err
	}
	if r.published, err = f.publish(number, size); err != nil {
		return r, err
	}
	if !f.step.bus {
		r.cpu = -r.published.Used.CPU // to make the item is no part of it
	}
	if err := f.await(number); err != nil {
		return r, err
	}
	if err := f.stand.pause(quiet); err != nil {
		return r, err
	}
	if err := f.spent(&r, 1); err != nil {
		return r, err
	}
	all, err := f.receipts(number)
	if err != nil {
		return r, err
	}
	if len(all.Missing) > 0 {
		f.stand.wrong(f.step.String(), "round %d: after %v %d of %d desktops have it; desktop %d does not", number, lateness, len(all.Times), all.Expected, all.Missing[0])
	}
	r.reached = all.Expected
	r.time(all.Times)
	if f.step.groups > 0 {
		r.ranks = nil // of other desktops in each round
	}
	return r, nil
}

// spent adds what the processes have used so far, times a sign.
func (f *fleet) spent(r *edgeRound, sign float64) error {
	for _, part := range []struct {
		controls []process.Control
		cpu      *float64
	}{{f.servers, &r.cpu}, {f.desktops, &r.loadCPU}, {f.bus, &r.busCPU}} {
		used, err := f.usage(part.controls)
		if err != nil {
			return err
		}
		*part.cpu += sign * used.CPU
	}
	return nil
}

// time computes how long it took, of moments at which desktops had the item.
func (r *edgeRound) time(moments []int64) {
	if len(moments) == 0 {
		return
	}
	if len(moments) == r.reached {
		r.ranks = ranks(moments)
	}
	slices.Sort(moments)
	at := func(share float64) float64 {
		return float64(moments[int(share*float64(len(moments)-1))]-r.published.Began) / 1e6
	}
	r.first, r.median, r.p99, r.last = at(0), at(.5), at(.99), at(1)
}

// ranks are the places of moments among all of them, from 0.
func ranks(moments []int64) []int32 {
	order := make([]int32, len(moments))
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortFunc(order, func(a, b int32) int { return cmp.Compare(moments[a], moments[b]) })
	ranks := make([]int32, len(moments))
	for rank, i := range order {
		ranks[i] = int32(rank)
	}
	return ranks
}

// bias is how far the desktops' mean ranks lie apart, as a multiple of what a lot
// drawn for each round would leave: 1 where nobody is favoured, the square root of
// the number of rounds where the order is always the same. 0 says that it cannot
// be told: there was one round, or not the same desktops had them all.
func bias(rounds []edgeRound) float64 {
	n, desktops := len(rounds), len(rounds[0].ranks)
	if n < 2 || desktops < 2 {
		return 0
	}
	middle := float64(desktops-1) / 2
	var sum float64
	for i := range desktops {
		var mean float64
		for _, r := range rounds {
			if len(r.ranks) != desktops {
				return 0
			}
			mean += float64(r.ranks[i]) / float64(n)
		}
		sum += (mean - middle) * (mean - middle)
	}
	// The variance of one of the ranks 0 to n-1, drawn by lot, is (n²-1)/12.
	drawn := (float64(desktops)*float64(desktops) - 1) / 12 / float64(n)
	return math.Sqrt(sum / float64(desktops) / drawn)
}

// fill computes the figures of the rounds that count.
func (r *edgeRow) fill(rounds []edgeRound, seconds float64) {
	middle := func(of func(edgeRound) float64) float64 {
		var all []float64
		for _, one := range rounds {
			all = append(all, of(one))
		}
		slices.Sort(all)
		return all[len(all)/2]
	}
	r.First = middle(func(o edgeRound) float64 { return o.first })
	r.Median = middle(func(o edgeRound) float64 { return o.median })
	r.P99 = middle(func(o edgeRound) float64 { return o.p99 })
	r.Last = middle(func(o edgeRound) float64 { return o.last })
	r.Size = rounds[0].published.Size
	r.Reached = rounds[0].reached
	r.CPUEach = middle(func(o edgeRound) float64 { return ratio(o.cpu, float64(o.reached)) }) * 1e6
	r.LoadEach = middle(func(o edgeRound) float64 { return ratio(o.loadCPU, float64(o.reached)) }) * 1e6
	r.Bias = bias(rounds)
	busCPU := middle(func(o edgeRound) float64 { return o.busCPU })
	for _, one := range rounds {
		r.Others -= one.cpu + one.loadCPU + one.busCPU
	}
	r.Others = max(0, r.Others/seconds)
	if busCPU > 0 {
		r.Note = fmt.Sprintf("NATS takes %.1f ms of processor time an item", 1e3*busCPU)
	}
}
