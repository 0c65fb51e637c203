package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/wireroom/wireroom/internal/archive"
	"github.com/wireroom/wireroom/internal/wire"
	"github.com/wireroom/wireroom/test/bench/others"
	"github.com/wireroom/wireroom/test/bench/past"
	"github.com/wireroom/wireroom/test/bench/process"
	"github.com/wireroom/wireroom/test/bench/wiresearch"
)

// searchOptions are those of the archive's search.
type searchOptions struct {
	items, peerItems int64
	words            int
	queries          int
	cold             int
	engine           string
	keep             bool
}

func (o *searchOptions) searchFlags(f *flag.FlagSet) {
	f.Int64Var(&o.items, "items", 1_000_000, "items of the archive that is searched")
	f.Int64Var(&o.peerItems, "peer-items", 100_000, "items at which the archive is compared with the engines' own search; 0: it is not")
	f.IntVar(&o.words, "words", 250, "words of an item, on average")
	f.IntVar(&o.queries, "queries", 630, "searches that are made of each kind")
	f.IntVar(&o.cold, "cold", 45, "searches of an archive that nothing of is in memory")
	f.BoolVar(&o.keep, "keep", false, "keep archives in -dir and in the schema bench_archive, and search those that are there: to index a million takes long")
	f.StringVar(&o.engine, "engine", "sqlite,postgres", "engines that are searched")
}

// searchRow is what was measured of one index.
type searchRow struct {
	Side    string     `json:"side"` // ours or the engine's own
	Engine  string     `json:"engine"`
	Items   int64      `json:"items"`
	Rate    float64    `json:"rate"`     // items indexed a second
	CPUEach float64    `json:"cpu_each"` // µs of this process an item, to index it; a server's is not among it
	Bytes   float64    `json:"bytes"`    // of the index, an item
	Others  float64    `json:"others"`   // processors busy beside this process meanwhile; a server of ours among them
	Asked   []askedRow `json:"asked"`

	numbers [][]int64 // hits of the newest 20, by query
}

// askedRow is what a way of asking took, in ms.
type askedRow struct {
	Name    string  `json:"name"`
	Queries int     `json:"queries"`
	Median  float64 `json:"median"`
	P99     float64 `json:"p99"`
	Most    float64 `json:"most"`
	Found   int     `json:"found"` // queries that found anything; each was made of an item
	Refused int     `json:"refused"`
	CPU     float64 `json:"cpu"` // ms of this process, on average
}

func (s *stand) search() error {
	o := &s.options.searchOptions
	o.peerItems = min(o.peerItems, o.items)
	p, err := past.New(past.Options{Words: o.words})
	if err != nil {
		return err
	}
	progress("search: %d queries are made up", o.queries)
	whole := asked{p, p.Queries(o.queries, o.items)}
	// The peers have the first items alone, and so have the queries that are
	// compared.
	part := asked{past: p}
	if o.peerItems > 0 {
		part.queries = p.Queries(o.queries, o.peerItems)
	}
	var found [][]int64
	for _, engine := range []string{"sqlite", "postgres"} {
		if !slices.Contains(strings.Split(o.engine, ","), engine) {
			continue
		}
		address, drop, err := s.searchPlace(engine)
		if errors.Is(err, errNoPostgres) {
			s.out.Skipped = append(s.out.Skipped, err.Error())
			continue
		}
		if err != nil {
			return err
		}
		last, err := s.searchOurs(engine, address, &whole, &part)
		if err == nil && o.peerItems > 0 {
			err = s.searchTheirs(engine, address, &part)
		}
		drop()
		if err != nil {
			return err
		}
		if found != nil {
			for i := range found {
				if !slices.Equal(found[i], last[i]) {
					s.wrong(engine, "%s finds %v, SQLite %v", whole.queries[i].Text, last[i], found[i])
				}
			}
		}
		found = last
	}
	return nil
}

// searchPlace is where an archive lies.
func (s *stand) searchPlace(engine string) (address string, drop func(), err error) {
	switch {
	case engine == "sqlite" && s.keep:
		return "sqlite:" + filepath.Join(s.options.dir, "archive.db"), func() {}, nil
	case engine == "sqlite":
		path := filepath.Join(s.dir, "archive.db")
		return "sqlite:" + path, func() { // some 10 GB, of which the other engine will need as much
			for _, name := range []string{path, path + "-wal", path + "-shm", s.theirFile()} {
				os.Remove(name)
			}
		}, nil
	case s.keep:
		return s.keptSchema("bench_archive")
	}
	return s.schema()
}

// asked is a past and what is asked about it.
type asked struct {
	past    *past.Past
	queries []past.Query
}

// searchOurs measures the archive at the size of the peers and at its own; it
// returns what the newest searches of the latter found.
func (s *stand) searchOurs(engine, address string, whole, part *asked) ([][]int64, error) {
	o := &s.options.searchOptions
	w, err := wiresearch.Open(s.ctx, address, whole.past)
	if err != nil {
		return nil, err
	}
	defer func() { w.Close() }()
	have, err := w.Have(s.ctx)
	if err != nil {
		return nil, err
	}
	for _, size := range slices.Compact([]int64{o.peerItems, o.items}) {
		if size == 0 {
			continue
		}
		if have > size {
			progress("search: %s, there are %d items already", engine, have)
			continue
		}
		row, err := s.searchIndex(w, engine, have, size)
		if err != nil {
			return nil, err
		}
		have = size
		asks := whole
		if size < o.items {
			asks = part
		}
		if err := s.searchWarm(w, row, asks); err != nil {
			return nil, err
		}
		if size == o.items {
			if w, err = s.searchCold(w, address, row, asks); err != nil {
				return nil, err
			}
		}
		s.out.Search = append(s.out.Search, *row)
	}
	if have > o.items {
		return nil, fmt.Errorf("the archive that was kept has %d items, not %d", have, o.items)
	}
	return s.out.Search[len(s.out.Search)-1].numbers, nil
}

// searchIndex brings an archive from so many items to another size.
func (s *stand) searchIndex(w *wiresearch.Wire, engine string, have, size int64) (*searchRow, error) {
	row := &searchRow{Side: "ours", Engine: engine, Items: size}
	if have == size {
		return row, nil
	}
	stopFill := s.record(fmt.Sprintf("fill-%s-%d", engine, size))
	progress("search: %s, %d items are put on the wire", engine, size-have)
	if err := w.Fill(s.ctx, have+1, size); err != nil {
		return nil, err
	}
	stopFill()
	before, err := w.Size(s.ctx)
	if err != nil {
		return nil, err
	}
	progress("search: %s, they are indexed", engine)
	defer s.record(fmt.Sprintf("index-%s-%d", engine, size))()
	machine, cpu, began := process.Machine(), process.Used().CPU, time.Now()
	last, err := w.Index(s.ctx)
	if err != nil {
		return nil, err
	}
	if last != size {
		s.wrong(engine, "indexed up to item %d of %d", last, size)
	}
	seconds, cpu := time.Since(began).Seconds(), process.Used().CPU-cpu
	row.Rate, row.CPUEach, row.Others = float64(size-have)/seconds, cpu/float64(size-have)*1e6, (process.Machine()-machine-cpu)/seconds
	after, err := w.Size(s.ctx)
	row.Bytes = float64(after-before) / float64(size-have)
	progress("search: %s, %.0f items/s", engine, row.Rate)
	return row, err
}

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
		ask := func(q *past.Query) ([]int64, error) { return w.Ask(s.ctx, q, m.mode) }
		for n := range a.queries[:min(len(a.queries), 15*len(past.Kinds))] { // what is read for the first time
			if _, err := ask(&a.queries[n]); err != nil && !refused(err) {
				return err
			}
		}
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
		row.Asked = append(row.Asked, all)
	}
	return nil
}

func refused(err error) bool { return wire.KindOf(err) == wire.Exhausted }

// askAll asks all queries once and sums up, altogether and by kind of query.
func askAll(name string, queries []past.Query, ask func(*past.Query) ([]int64, error)) (all askedRow, kinds []askedRow, numbers [][]int64, err error) {
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
		found, err := ask(q)
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
		case len(found) > 0:
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

// theirFile is where SQLite's own search lies.
func (s *stand) theirFile() string { return filepath.Join(s.dir, "theirs.db") }

// searchTheirs measures what the engine itself brings along.
func (s *stand) searchTheirs(engine, address string, a *asked) error {
	row := &searchRow{Side: map[string]string{"sqlite": "FTS5 unicode61", "postgres": "to_tsvector('simple')"}[engine], Engine: engine, Items: s.options.peerItems}
	var theirs *others.Searcher
	var err error
	if engine == "sqlite" {
		theirs, err = others.NewFTS5(s.theirFile())
	} else {
		theirs, err = others.NewSimple(address)
	}
	if err != nil {
		return err
	}
	defer theirs.Close()
	progress("search: %s, %d items are indexed", row.Side, row.Items)
	machine, cpu, began := process.Machine(), process.Used().CPU, time.Now()
	if err := theirs.Index(s.ctx, a.past, row.Items); err != nil {
		return err
	}
	seconds, cpu := time.Since(began).Seconds(), process.Used().CPU-cpu
	row.Rate, row.CPUEach, row.Others = float64(row.Items)/seconds, cpu/float64(row.Items)*1e6, (process.Machine()-machine-cpu)/seconds
	size, err := theirs.Size(s.ctx)
	if err != nil {
		return err
	}
	row.Bytes = float64(size) / float64(row.Items)
	all, kinds, _, err := askAll("newest 20, numbers alone", a.queries, func(q *past.Query) ([]int64, error) { return theirs.Ask(s.ctx, q) })
	if err != nil {
		return err
	}
	row.Asked = append([]askedRow{all}, kinds...)
	s.out.Search = append(s.out.Search, *row)
	return nil
}
