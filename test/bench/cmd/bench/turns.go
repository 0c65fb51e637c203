package main

import (
	"cmp"
	"fmt"
	"slices"
)

// goalRuns is how often at least what a goal rests on is measured: one start differs
// from the next by up to a fifth.
const goalRuns = 5

// median runs a measurement as often as asked for, at least once, and returns the
// run whose time is in the middle.
func median[T any](runs int, seconds func(T) float64, run func() (T, error)) (T, error) {
	all, err := inTurns([]measurement[T]{{runs, run}})
	if err != nil {
		var none T
		return none, err
	}
	return middle(all[0], seconds), nil
}

// measurement is something that is run a number of times, at least once.
type measurement[T any] struct {
	runs int
	run  func() (T, error)
}

// inTurns returns the runs of several measurements. They take turns, so that a
// machine that grows slower does so for all that are compared.
func inTurns[T any](all []measurement[T]) ([][]T, error) {
	found := make([][]T, len(all))
	for round, more := 0, true; more; round++ {
		more = false
		for i, m := range all {
			if round > 0 && round >= m.runs {
				continue
			}
			one, err := m.run()
			if err != nil {
				return nil, err
			}
			found[i], more = append(found[i], one), more || round+1 < m.runs
		}
	}
	return found, nil
}

// named has a measurement's errors say which it was.
func named[T any](name string, run func() (T, error)) func() (T, error) {
	return func() (T, error) {
		row, err := run()
		if err != nil {
			err = fmt.Errorf("%s: %w", name, err)
		}
		return row, err
	}
}

// middle returns the run whose time is in the middle.
func middle[T any](runs []T, seconds func(T) float64) T {
	sorted := slices.SortedFunc(slices.Values(runs), func(a, b T) int { return cmp.Compare(seconds(a), seconds(b)) })
	return sorted[len(sorted)/2]
}

// bySide are the rows of a table, one from the runs of each measurement: ours, others'
// and limits.
func bySide[T any](found [][]T, side func(T) string, row func(runs []T) T) (rows []T) {
	for _, which := range []string{ours, other, limit} {
		for _, runs := range found {
			if side(runs[0]) == which {
				rows = append(rows, row(runs))
			}
		}
	}
	return rows
}

// runsOf are the runs of the first measurement that is asked for; nil if there is none.
func runsOf[T any](found [][]T, is func(T) bool) []T {
	for _, runs := range found {
		if is(runs[0]) {
			return runs
		}
	}
	return nil
}

// timesIn is how many times as much a figure is in one measurement as in another, in
// the middle of the turns in which both were run; 0 if there are none.
func timesIn[T any](runs, beside []T, figure func(T) float64) float64 {
	var times []float64
	for turn := range min(len(runs), len(beside)) {
		times = append(times, ratio(figure(runs[turn]), figure(beside[turn])))
	}
	if times == nil {
		return 0
	}
	return middle(times, func(t float64) float64 { return t })
}
