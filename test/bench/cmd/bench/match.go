package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/wireroom/wireroom/test/bench/others"
	"github.com/wireroom/wireroom/test/bench/process"
	"github.com/wireroom/wireroom/test/bench/standing"
)

// matchOptions are the sizes of matching.
type matchOptions struct {
	sizes                     string // numbers of standing queries
	matchSizes                []int
	matchItems, seen, updates int
	bruteItems                int
	bleveQueries, bleveFor    int
}

func (o *matchOptions) matchFlags(f *flag.FlagSet) {
	f.StringVar(&o.sizes, "sizes", "100000,1000000,5000000", "numbers of standing queries that items are matched against; 5,000,000 take some 3 GB")
	f.IntVar(&o.matchItems, "match-items", 1000, "items that are timed against standing queries")
	f.IntVar(&o.seen, "seen", 2000, "items before them, from which the index learns what is frequent")
	f.IntVar(&o.updates, "updates", 50_000, "standing queries that are changed, as many that are removed and added")
	f.IntVar(&o.bruteItems, "brute-items", 10, "items that every standing query is asked of, one by one")
	f.IntVar(&o.bleveQueries, "bleve-queries", 2000, "standing queries that bleve is asked, scaled as a rate; 0: none")
	f.IntVar(&o.bleveFor, "bleve-items", 5, "items that it is asked for")
}

func (o *matchOptions) checkMatch() error {
	for _, s := range strings.Split(o.sizes, ",") {
		n, err := strconv.Atoi(s)
		if err != nil || n < 1 {
			return fmt.Errorf("-sizes: %q is no number of queries", s)
		}
		o.matchSizes = append(o.matchSizes, n)
	}
	if o.matchItems < 1 || o.bruteItems < 0 {
		return errors.New("-match-items is 1 at the least, -brute-items 0")
	}
	return nil
}

// matchRow is one number of standing queries.
type matchRow struct {
	standing.Result
	Bleve   float64 `json:"bleve,omitempty"` // ms an item, by the rate of some queries
	ToBrute float64 `json:"to_brute"`        // how many times as long brute force takes
	ToBleve float64 `json:"to_bleve,omitempty"`
	Others  float64 `json:"others"` // processors busy with something else
}

// match measures items against standing queries.
func (s *stand) match() error {
	var bleve others.Percolation
	if s.bleveQueries > 0 {
		progress("matching: bleve, %d queries", s.bleveQueries)
		if err := process.Run(s.ctx, &bleve, nil, "other-percolate", fmt.Sprintf("-queries=%d", s.bleveQueries), fmt.Sprintf("-items=%d", s.bleveFor)); err != nil {
			return err
		}
		if bleve.Differences > 0 {
			s.wrong("bleve", "%d of %d answers are others than the query's own", bleve.Differences, bleve.Queries*bleve.Items)
		}
	}
	for _, n := range s.matchSizes {
		progress("matching: %s standing queries", number(float64(n)))
		row := matchRow{}
		args := []string{"run-standing", fmt.Sprintf("-queries=%d", n), fmt.Sprintf("-items=%d", s.matchItems), fmt.Sprintf("-seen=%d", s.seen),
			fmt.Sprintf("-rounds=%d", max(s.runs, matchRounds)), fmt.Sprintf("-updates=%d", s.updates), fmt.Sprintf("-brute-items=%d", s.bruteItems)}
		if err := process.Run(s.ctx, &row.Result, nil, s.profiled(fmt.Sprintf("match-%d", n), args)...); err != nil {
			return err
		}
		if row.Differences > 0 {
			s.wrong(fmt.Sprintf("%d queries", n), "index and brute force differ in %d subscriptions", row.Differences)
		}
		row.Others = row.Busy
		row.Bleve = bleve.Each * float64(n) / 1e3
		row.ToBrute, row.ToBleve = ratio(row.Brute, row.Total.Mean), ratio(row.Bleve, row.Total.Mean)
		s.out.Match = append(s.out.Match, row)
	}
	return nil
}

func runStanding(f *flag.FlagSet) func(context.Context) (any, error) {
	var o standing.Options
	f.IntVar(&o.Queries, "queries", 0, "that stand")
	f.IntVar(&o.Items, "items", 0, "that are timed")
	f.IntVar(&o.Seen, "seen", 0, "items before them")
	f.IntVar(&o.Rounds, "rounds", 1, "that each is timed")
	f.IntVar(&o.Updates, "updates", 0, "changed, removed, added")
	f.IntVar(&o.Brute, "brute-items", 0, "items that every query is asked of")
	return func(ctx context.Context) (any, error) { return standing.Run(ctx, o) }
}

func otherPercolate(f *flag.FlagSet) func(context.Context) (any, error) {
	queries := f.Int("queries", 0, "that are asked")
	items := f.Int("items", 0, "that they are asked of")
	return func(ctx context.Context) (any, error) { return others.Percolate(ctx, *queries, *items) }
}

func printMatch(w io.Writer, rows []matchRow) {
	t := table(w, fmt.Sprintf("One item of %.1f KB against standing queries; ms of one processor, analysis included: medians of the rounds, and p99 of the least", rows[0].Words/1e3),
		"queries", "mean", "p50", "p99", "p99 least", "p99 wall", "CPU", "analysis", "p99", "looked at", "match", "brute force", "× brute", "bleve", "× bleve", "differ", "others")
	for _, r := range rows {
		fmt.Fprintf(t, "%s\t%.3f\t%.3f\t%.3f\t%.3f\t%.3f\t%.3f\t%.3f\t%.3f\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%.2f\t\n",
			number(float64(r.Queries)), r.Total.Mean, r.Total.P50, r.Total.P99, r.Least.P99, r.Wall.P99, r.CPU, r.Analysis.Mean, r.Analysis.P99,
			number(r.Candidates), number(r.Matched), blank(r.Brute, "%.1f"), blank(r.ToBrute, "%.0f"), blank(r.Bleve, "%.0f"), blank(r.ToBleve, "%.0f"), compared(&r), r.Others)
	}
	t.Flush()
	t = table(w, "The index: bytes of a query, seconds and rates of processor time, parsing included",
		"queries", "bytes of text", "beyond, new", "beyond", "built s", "settled s", "changes/s", "removals/s", "additions/s")
	for _, r := range rows {
		fmt.Fprintf(t, "%s\t%.1f\t%.1f\t%.1f\t%.1f\t%.1f\t%s\t%s\t%s\t\n", number(float64(r.Queries)), r.Text, r.Fresh, r.Beyond, r.Build, r.Settle, number(r.Change), number(r.Remove), number(r.Add))
	}
	t.Flush()
	printMatchGoals(w, rows)
}

// compared is how many subscriptions differ; a dash if no item was asked of every
// query, so that nobody reads a 0 that was not counted.
func compared(r *matchRow) string {
	if r.Compared == 0 {
		return "–"
	}
	return strconv.Itoa(r.Differences)
}

// matchGoals are the p99 in ms that is aimed at, by the number of queries: one
// processor, analysis included.
var matchGoals = map[int]float64{1_000_000: 1, 5_000_000: 5}

// matchRounds is how often an item is timed, at the least. The goal is one of the work
// itself. Whoever shares the processor's core makes that half as long again for seconds,
// and nothing makes it shorter, so of an item's rounds the least is held beside the goal;
// the median stands beside it.
const matchRounds = 9

// goalBytes is what a query may take beyond its text.
const goalBytes = 64

// printMatchGoals prints each figure beside what is aimed at.
func printMatchGoals(w io.Writer, rows []matchRow) {
	t := table(w, "Figures beside goals", "queries", "figure", "is", "goal", "")
	line := func(r *matchRow, figure, format string, is, goal float64) {
		verdict := "met"
		if is > goal {
			verdict = fmt.Sprintf("%.1f times the goal", is/goal)
			if goal == 0 {
				verdict = "not met"
			}
		}
		fmt.Fprintf(t, "%s\t%s\t"+format+"\t"+format+"\t%s\t\n", number(float64(r.Queries)), figure, is, goal, verdict)
	}
	for i := range rows {
		r := &rows[i]
		if goal := matchGoals[r.Queries]; goal > 0 {
			line(r, "ms an item, p99", "%.2f", r.Least.P99, goal)
			line(r, "bytes a query beyond its text", "%.0f", r.Beyond, goalBytes)
		}
		if r.Compared > 0 { // else nothing was compared, and nothing is met
			line(r, "differences from brute force", "%.0f", float64(r.Differences), 0)
		}
	}
	t.Flush()
}
