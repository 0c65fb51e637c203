package main

import (
	"fmt"
	"io"
	"strings"
)

// goal is what a figure should be, and what it was.
type goal struct {
	Name    string  `json:"name"`
	Figure  float64 `json:"figure"`
	AtLeast bool    `json:"at_least,omitempty"` // else it should be at most the goal
	Goal    float64 `json:"goal"`
	Unit    string  `json:"unit"`
	Reached bool    `json:"reached"`
}

// Sizes at which goals are meant: a release to all of a large wire.
const (
	goalLetters    = 86_000
	goalEndpoints  = 6_500
	goalDeliveries = 92_500
)

// goals hold the figures of a run against what they should be.
type goals []goal

func (g *goals) most(name string, figure, most float64, unit string) {
	*g = append(*g, goal{name, figure, false, most, unit, figure <= most})
}

func (g *goals) least(name string, figure, least float64, unit string) {
	*g = append(*g, goal{name, figure, true, least, unit, figure >= least})
}

// setGoals computes the goals of the parts that were run.
func (r *results) setGoals() {
	var g goals
	g.mail(r.Mail)
	g.hooks(r.Hooks)
	g.ledger(r.Ledger)
	r.Goals = g
}

func (g *goals) mail(rows []mailRow) {
	for _, r := range rows {
		name := "letters, " + r.Name + ": "
		switch {
		case r.Side != ours || !r.timed || r.secure:
		case r.sign == "none":
			g.most(name+"a release of 86,000", goalLetters/r.Rate, 2.2, "s")
			g.least(name+"times as quick as go-mail", r.ToOther, 12, "×")
			g.most(name+"processor time of the sender a letter", r.CPUEach, 25, "µs")
			g.most(name+"most memory of the sender", float64(r.Peak)/1e6, 150, "MB")
		case r.sign == "prepared":
			g.most(name+"times as long as without signatures", r.ToPlain, 1.1, "×")
			g.most(name+"most memory of the sender", float64(r.Peak)/1e6, 150, "MB")
		case r.sign == "rsa" && r.openSSL:
			g.least(name+"signed on the way by the system's library", r.Rate, 4500, "a second")
		}
	}
}

func (g *goals) hooks(rows []hookRow) {
	for _, r := range rows {
		name := "webhooks, " + r.Name + ": "
		switch {
		case r.Side != ours:
		case r.Name == "HTTP, cold":
			g.most(name+"the last healthy endpoint", r.Last, 1.2, "s")
		case strings.HasSuffix(r.Name, ", preconnected"):
			g.most(name+"the last healthy endpoint", r.Last, .6, "s")
		case r.Healthy < r.Endpoints:
			g.most(name+"the last healthy one, times as late as where all are", r.ToHealthy, 1.15, "×")
		}
	}
}

func (g *goals) ledger(rows []ledgerRow) {
	for _, r := range rows {
		name := "ledger, " + r.Engine + ": " + r.Name
		switch r.of {
		case ofPlan, ofReport:
			g.most(name, r.Value, 10, r.Unit)
		case ofSize:
			g.most(name, r.Value, 12, r.Unit)
		}
	}
}

// goalSizes says how the sizes of a run differ from those of the goals; "" if they
// do not.
func (o *options) goalSizes() string {
	var differ []string
	for _, one := range []struct {
		what      string
		is, meant int
	}{{"letters", o.letters, goalLetters}, {"endpoints", o.endpoints, goalEndpoints}, {"deliveries", o.deliveries, goalDeliveries}} {
		if one.is != one.meant {
			differ = append(differ, fmt.Sprintf("%d %s for %d", one.is, one.what, one.meant))
		}
	}
	return strings.Join(differ, ", ")
}

func printCourierGoals(w io.Writer, all goals, sizes string) {
	title := "Goals"
	if sizes != "" {
		title += ", which are meant for other sizes: " + sizes
	}
	t := table(w, title, "", "is", "should be", "", "")
	for _, g := range all {
		sign, verdict := "≤", "reached"
		if g.AtLeast {
			sign = "≥"
		}
		if !g.Reached {
			verdict = "MISSED"
		}
		fmt.Fprintf(t, "%s\t%s\t%s %s\t%s\t%s\t\n", g.Name, figure(g.Figure), sign, figure(g.Goal), g.Unit, verdict)
	}
	t.Flush()
}

// figure writes a number with as many places as say something.
func figure(v float64) string {
	switch {
	case v >= 1000:
		return number(v)
	case v >= 100:
		return fmt.Sprintf("%.0f", v)
	case v >= 10:
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.2f", v)
}
