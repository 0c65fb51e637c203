package main

import (
	"fmt"
	"io"
)

// What a live edge is to reach: of the limit's processor time and time to the last,
// of bytes of an idle desktop, and of what those who never read cost the others.
const (
	goalIdle    = 2e3
	goalCPU     = 1.2
	goalLast    = 1.25
	goalStalled = 1.1 // two runs of the same differ by as much
)

// printGoals puts each figure of ours beside its goal.
func printGoals(w io.Writer, rows []edgeRow) {
	t := table(w, "Goals: each figure of ours, and whether it is within its goal",
		"", "desktops", "KB",
		fmt.Sprintf("KB idle ≤ %.0f", goalIdle/1e3), fmt.Sprintf("CPU × limit ≤ %.2f", goalCPU), fmt.Sprintf("last × limit ≤ %.2f", goalLast))
	for i := range rows {
		if r := &rows[i]; r.Side == ours {
			fmt.Fprintf(t, "%s\t%d\t%.1f\t%s\t%s\t%s\t\n", r.Name, r.Desktops, float64(r.Size)/1e3,
				beside(r.Idle/1e3, goalIdle/1e3), beside(r.CPULimit, goalCPU), beside(r.LastLimit, goalLast))
		}
	}
	t.Flush()
	for i := range rows {
		r := &rows[i]
		if e := r.Stalled; e != nil {
			fmt.Fprintf(w, "  %s: × what it is where all read (%d desktops), ≤ %.2f: CPU %s, p50 %s, p99 %s, last %s\n",
				r.Name, r.Desktops, goalStalled, beside(e.CPU, goalStalled), beside(e.Median, goalStalled), beside(e.P99, goalStalled), beside(e.Last, goalStalled))
		}
	}
}

// beside writes a figure with whether it is within its goal; a dash where there is
// none.
func beside(v, goal float64) string {
	switch {
	case v == 0:
		return "–"
	case v <= goal:
		return fmt.Sprintf("%.2f ✓", v)
	}
	return fmt.Sprintf("%.2f ✗", v)
}

// stalledEffect is what some who never read cost the others: how many times the
// figures of the same measurement in which all read.
type stalledEffect struct {
	CPU    float64 `json:"cpu"`
	Median float64 `json:"median"`
	P99    float64 `json:"p99"`
	Last   float64 `json:"last"`
}
