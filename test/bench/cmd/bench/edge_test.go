package main

import (
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"

	"github.com/wireroom/wireroom/test/bench/streamload"
)

// The expectation that a run is judged by must not come from the desktops that
// are judged, so there are two.
func TestDesktopsAndJudgeExpectTheSame(t *testing.T) {
	for _, step := range []edgeStep{
		{processes: 1, desktops: 1000},
		{processes: 1, desktops: 1000, stall: .01},
		{processes: 3, desktops: 777, stall: .015},
		{processes: 1, desktops: 1000, groups: 10},
	} {
		expected := 0
		for p := range step.processes {
			l, err := streamload.Open(streamload.Options{
				Server: netip.MustParseAddrPort("127.0.0.1:9"), Paths: []string{"/"},
				Desktops: step.desktops, First: p * step.desktops, Groups: step.groups, Stall: step.stall,
			})
			if err != nil {
				t.Fatal(err)
			}
			expected += l.Count(1).Expected
			if err := l.Close(); err != nil {
				t.Error(err)
			}
		}
		if got := step.expected(); got != expected {
			t.Errorf("%+v: the judge expects %d, the desktops %d", step, got, expected)
		}
	}
}

func TestMeasurementsAreHeldAgainstTheirLimitTurnByTurn(t *testing.T) {
	small, fleet, large := limitKey{1, 1000, 0, 2000}, limitKey{8, 1000, 0, 2000}, limitKey{1, 1000, 0, 20000}
	runs := func(side string, of limitKey, figures ...float64) (all []edgeRow) {
		for i := 0; i < len(figures); i += 2 {
			all = append(all, edgeRow{Side: side, limit: of, CPUEach: figures[i], Last: figures[i+1]})
		}
		return all
	}
	rows := edgeRows([][]edgeRow{
		runs(limit, small, 10, 20),
		runs(ours, small, 15, 30),
		// The machine is slower with each turn; ours takes 2 ×, 1.5 × and 1.1 × the limit's.
		runs(ours, fleet, 20, 200, 30, 300, 44, 440), runs(limit, fleet, 10, 100, 20, 200, 40, 400),
		runs(other, large, 60, 90), runs(limit, large, 20, 30, 60, 90, 60, 90),
		runs(ours, limitKey{1, 1000, 10, 2000}, 1, 1),
	})
	want := []struct {
		side                       string
		cpu, last, toLimit, byLast float64
	}{
		{ours, 15, 30, 1.5, 1.5}, {ours, 30, 300, 1.5, 1.5}, {ours, 1, 1, 0, 0}, {other, 60, 90, 3, 3},
		{limit, 10, 20, 0, 0}, {limit, 20, 200, 0, 0}, {limit, 60, 90, 0, 0},
	}
	if len(rows) != len(want) {
		t.Fatalf("%d rows, want %d", len(rows), len(want))
	}
	for i, w := range want {
		if r := rows[i]; r.Side != w.side || r.CPUEach != w.cpu || r.Last != w.last || r.CPULimit != w.toLimit || r.LastLimit != w.byLast {
			t.Errorf("row %d is %+v, want %+v", i, r, w)
		}
	}
}

// What some who never read cost is told by turns, too.
func TestThoseWhoNeverReadAreHeldAgainstWhereAllRead(t *testing.T) {
	key := limitKey{1, 18000, 0, 2000}
	run := func(stalling, bus bool, cpu, median, p99, last float64) edgeRow {
		return edgeRow{Side: ours, limit: key, stalling: stalling, bus: bus, CPUEach: cpu, Median: median, P99: p99, Last: last}
	}
	rows := edgeRows([][]edgeRow{
		{run(false, true, 1, 1, 1, 1)},
		{run(true, false, 3, 40, 80, 80), run(true, false, 6, 100, 200, 400), run(true, false, 14, 120, 240, 480)},
		{run(false, false, 2, 40, 80, 80), run(false, false, 5, 50, 100, 200), run(false, false, 10, 100, 200, 400)},
	})
	for i, want := range []*stalledEffect{nil, {1.4, 1.2, 1.2, 1.2}, nil} {
		if got := rows[i].Stalled; (got == nil) != (want == nil) || got != nil && *got != *want {
			t.Errorf("row %d: %+v, want %+v", i, got, want)
		}
	}
}

func TestFiguresStandBesideTheirGoals(t *testing.T) {
	rows := []edgeRow{
		{Side: ours, Name: "edge", Desktops: 18000, Size: 2000, Idle: 500, CPULimit: 1.1, LastLimit: 1.3},
		{Side: ours, Name: "edge, 1 % never read", Desktops: 18000, Size: 2000, Idle: 2100, CPULimit: 1.21, LastLimit: 1.25, Stalled: &stalledEffect{1.25, 1, 1.05, 1.04}},
		{Side: ours, Name: "edge, a filter each", Desktops: 10000, Size: 2000, Idle: 4600},
		{Side: other, Name: "hub", Desktops: 18000, CPULimit: 2},
	}
	var b strings.Builder
	printGoals(&b, rows)
	text := strings.Join(strings.Fields(b.String()), " ")
	for _, want := range []string{
		"edge 18000 2.0 0.50 ✓ 1.10 ✓ 1.30 ✗",
		"edge, 1 % never read 18000 2.0 2.10 ✗ 1.21 ✗ 1.25 ✓",
		"edge, a filter each 10000 2.0 4.60 ✗ – –",
		"edge, 1 % never read: × what it is where all read (18000 desktops), ≤ 1.10: CPU 1.25 ✗, p50 1.00 ✓, p99 1.05 ✓, last 1.04 ✓",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no line %q in\n%s", want, b.String())
		}
	}
	if strings.Contains(text, "hub") {
		t.Error("a goal of others")
	}
}

func TestBiasTellsAFixedOrderFromALot(t *testing.T) {
	const desktops, n = 500, 16
	rounds := func(order func(round int) []int64) (all []edgeRound) {
		for i := range n {
			all = append(all, edgeRound{ranks: ranks(order(i))})
		}
		return all
	}
	lot := rand.New(rand.NewPCG(1, 2))
	fixed := bias(rounds(func(int) []int64 {
		moments := make([]int64, desktops)
		for i := range moments {
			moments[i] = int64(i)
		}
		return moments
	}))
	drawn := bias(rounds(func(int) []int64 {
		moments := make([]int64, desktops)
		for i, at := range lot.Perm(desktops) {
			moments[i] = int64(at)
		}
		return moments
	}))
	if fixed < 3.99 || fixed > 4.01 {
		t.Errorf("a fixed order over %d rounds is %v times a lot's, want 4", n, fixed)
	}
	if drawn < .9 || drawn > 1.1 {
		t.Errorf("a lot is %v times a lot", drawn)
	}
}
