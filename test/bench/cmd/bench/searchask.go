package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"github.com/wireroom/wireroom/internal/archive"
	"github.com/wireroom/wireroom/internal/wire"
	"github.com/wireroom/wireroom/test/bench/others"
	"github.com/wireroom/wireroom/test/bench/past"
	"github.com/wireroom/wireroom/test/bench/process"
	"github.com/wireroom/wireroom/test/bench/wiresearch"
)

// modes are the ways of asking.
var modes = []struct {
	name string
	mode wiresearch.Mode
}{
	{"newest 20", wiresearch.Mode{Order: archive.Newest}},
	{"newest 20, hits and facets counted", wiresearch.Mode{Order: archive.Newest, Count: true}},
	{"best 20", wiresearch.Mode{Order: archive.Best}},
	{"best 20, hits and facets counted", wiresearch.Mode{Order: archive.Best, Count: true}},
}

// searchWarm asks everything in every way.
func (s *stand) searchWarm(w *wiresearch.Wire, row *searchRow, a *asked) error {
	defer s.record(fmt.Sprintf("search-%s-%d", row.Engine, row.Items))()
	for i, m := range modes {
		progress("search: %s, %d items, %s", row.Engine, row.Items, m.name)
		counted := 0
		ask := func(n int) ([]int64, error) {
			answer, err := w.Ask(s.ctx, &a.queries[n], m.mode)
			if err != nil {
				return nil, err
			}
			if m.mode.Count && s.countIsRight(row, a, n, answer) {
				counted++
			}
			return answer.Numbers, nil
		}
		for n := range a.queries[:min(len(a.queries), 15*len(past.Kinds))] { // what is read for the first time
			if _, err := ask(n); err != nil && !refused(err) {
				return err
			}
		}
		counted = 0
		all, kinds, numbers, err := askAll(m.name, a.queries, ask)
		if err != nil {
			return err
		}
		if i == 0 {
			row.numbers = numbers
			defer func() { row.Asked = append(row.Asked, kinds...) }()
		}
		if all.Found+all.Refused != all.Queries {
			s.wrong(row.Engine, "%s: %d of %d searches found nothing", m.name, all.Queries-all.Found-all.Refused, all.Queries)
		}
		all.Counted = counted
		row.Asked = append(row.Asked, all)
	}
	return nil
}

// countIsRight reports whether a search counted its hits to the end, and holds the
// count against the tally, if that saw every item.
func (s *stand) countIsRight(row *searchRow, a *asked, n int, answer *wiresearch.Answer) bool {
	if a.tally.Items() == row.Items {
		switch must := a.tally.Count(n); {
		case answer.More && answer.Total > must:
			s.wrong(row.Engine, "%s finds more than %d, must find %d", a.queries[n].Text, answer.Total, must)
		case !answer.More && answer.Total != must:
			s.wrong(row.Engine, "%s finds %d, must find %d", a.queries[n].Text, answer.Total, must)
		}
	}
	return !answer.More
}

func refused(err error) bool { return wire.KindOf(err) == wire.Exhausted }

// askAll asks all queries once and sums up, altogether and by kind of query.
func askAll(name string, queries []past.Query, ask func(n int) ([]int64, error)) (all askedRow, kinds []askedRow, numbers [][]int64, err error) {
	var times []float64
	byKind := map[string][]float64{}
	sums := map[string]*askedRow{}
	for _, kind := range past.Kinds {
		sums[kind] = &askedRow{Name: name + ": " + kind}
	}
	all.Name = name
	cpu := process.Used().CPU
	for i := range queries {
		q := &queries[i]
		began := time.Now()
		found, err := ask(i)
		took := time.Since(began).Seconds() * 1e3
		switch {
		case errors.Is(err, others.ErrNotAsked):
			continue
		case refused(err):
			all.Refused++
			sums[q.Kind].Refused++
		case err != nil:
			return all, nil, nil, fmt.Errorf("%s: %w", q.Text, err)
		case len(found) > 0:
			all.Found++
			sums[q.Kind].Found++
		}
		times = append(times, took)
		byKind[q.Kind] = append(byKind[q.Kind], took)
		numbers = append(numbers, found)
	}
	all.Queries = len(times)
	all.CPU = (process.Used().CPU - cpu) * 1e3 / float64(max(1, all.Queries))
	all.Median, all.P99, all.Most = spread(times)
	for _, kind := range past.Kinds {
		if len(byKind[kind]) > 0 {
			row := sums[kind]
			row.Queries = len(byKind[kind])
			row.Median, row.P99, row.Most = spread(byKind[kind])
			kinds = append(kinds, *row)
		}
	}
	return all, kinds, numbers, nil
}

func spread(times []float64) (median, p99, most float64) {
	slices.Sort(times)
	n := len(times)
	if n == 0 {
		return 0, 0, 0
	}
	return times[n/2], times[min(n-1, n*99/100)], times[n-1]
}

// searchCold asks an archive that was just opened, and of whose files nothing is
// in the system's cache. A server's own cache stays.
func (s *stand) searchCold(w *wiresearch.Wire, address string, row *searchRow, a *asked) (*wiresearch.Wire, error) {
	progress("search: %s, %d items, cold", row.Engine, row.Items)
	var times []float64
	all := askedRow{Name: "newest 20, cold"}
	for n := range s.options.cold {
		q := &a.queries[n*8%len(a.queries)] // another kind and language each
		files, err := w.Files(s.ctx)
		if err != nil {
			return w, err
		}
		if err := w.Close(); err != nil {
			return w, err
		}
		for _, name := range files {
			if err := forget(name); err != nil {
				return w, err
			}
		}
		if w, err = wiresearch.Open(s.ctx, address, a.past); err != nil {
			return w, err
		}
		began := time.Now()
		found, err := w.Ask(s.ctx, q, wiresearch.Mode{Order: archive.Newest})
		times = append(times, time.Since(began).Seconds()*1e3)
		switch {
		case refused(err):
			all.Refused++
		case err != nil:
			return w, err
		case len(found.Numbers) > 0:
			all.Found++
		}
	}
	all.Queries = len(times)
	all.Median, all.P99, all.Most = spread(times)
	row.Asked = append(row.Asked, all)
	return w, nil
}

// forget makes the system drop what it keeps of a file.
func forget(name string) error {
	f, err := os.Open(name)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	if err := f.Sync(); err != nil {
		return err
	}
	return unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_DONTNEED)
}
