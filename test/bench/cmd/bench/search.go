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
	AllEach float64    `json:"all_each"` // µs of the whole machine an item meanwhile: a server's too, and of whatever else ran
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
	Counted int     `json:"counted"` // queries whose hits were counted to the end; of the others there are more
	CPU     float64 `json:"cpu"`     // ms of this process, on average
}

func (s *stand) search() error {
	o := &s.options.searchOptions
	o.peerItems = min(o.peerItems, o.items)
	p, err := past.New(past.Options{Words: o.words})
	if err != nil {
		return err
	}
	progress("search: %d queries are made up", o.queries)
	whole, err := newAsked(p, o.queries, o.items)
	if err != nil {
		return err
	}
	// The peers have the first items alone, and so have the queries that are
	// compared.
	part, err := newAsked(p, o.queries, o.peerItems)
	if err != nil {
		return err
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
		last, err := s.searchOurs(engine, address, whole, part)
		if err == nil && o.peerItems > 0 {
			err = s.searchTheirs(engine, address, part)
		}
		drop()
		if err != nil {
			return err
		}
		if found != nil {
			for i := range found {
				if found[i] != nil && last[i] != nil && !slices.Equal(found[i], last[i]) { // nil: was refused
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

// asked is a past, what is asked about it, and how much each query must find.
type asked struct {
	past    *past.Past
	items   int64
	queries []past.Query
	tally   *wiresearch.Tally
}

func newAsked(p *past.Past, queries int, items int64) (a *asked, err error) {
	a = &asked{past: p, items: items}
	if items > 0 {
		a.queries = p.Queries(queries, items)
	}
	a.tally, err = wiresearch.NewTally(a.queries)
	return a, err
}

// see counts an item that is put on the wire, once.
func (a *asked) see(number int64, it *wire.Item) {
	if number <= a.items && a.tally.Items() == number-1 {
		a.tally.Add(it)
	}
}

// bytesEach is what a database needs on disk for an item of 250 words: its text and
// its index. A server's log of a few GB comes to it.
var bytesEach = map[string]float64{"sqlite": 11_000, "postgres": 19_000}

// searchRoom refuses a run that would fill the disk.
func (s *stand) searchRoom(w *wiresearch.Wire, engine string) error {
	folder, err := w.Folder(s.ctx)
	if err != nil {
		return err
	}
	var fs unix.Statfs_t
	if err := unix.Statfs(folder, &fs); err != nil {
		progress("search: %s lies at %s, which is not on this machine or not to be seen: %v", engine, folder, err)
		return nil
	}
	o := &s.options.searchOptions
	free, need := float64(fs.Bavail)*float64(fs.Bsize)/1e9, float64(o.items)*bytesEach[engine]*float64(o.words)/250/1e9
	progress("search: %s needs some %.1f GB in %s, of which %.1f are free", engine, need, folder, free)
	if free < need {
		return fmt.Errorf("there is not room enough for %d items; give less -items, or another -dir (TMPDIR for scripts/with-postgres)", o.items)
	}
	return nil
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
	if have == 0 {
		if err := s.searchRoom(w, engine); err != nil {
			return nil, err
		}
	}
	for _, size := range slices.Compact([]int64{o.peerItems, o.items}) {
		if size == 0 {
			continue
		}
		if have > size {
			progress("search: %s, there are %d items already", engine, have)
			continue
		}
		row, err := s.searchIndex(w, engine, have, size, func(number int64, it *wire.Item) {
			whole.see(number, it)
			part.see(number, it)
		})
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
func (s *stand) searchIndex(w *wiresearch.Wire, engine string, have, size int64, see func(int64, *wire.Item)) (*searchRow, error) {
	row := &searchRow{Side: "ours", Engine: engine, Items: size}
	if have == size {
		return row, nil
	}
	stopFill := s.record(fmt.Sprintf("fill-%s-%d", engine, size))
	progress("search: %s, %d items are put on the wire", engine, size-have)
	if err := w.Fill(s.ctx, have+1, size, see); err != nil {
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
	last, err := w.Index(s.ctx, func(number int64) { progress("search: %s, indexed up to %d of %d", engine, number, size) })
	if err != nil {
		return nil, err
	}
	if last != size {
		s.wrong(engine, "indexed up to item %d of %d", last, size)
	}
	seconds, cpu := time.Since(began).Seconds(), process.Used().CPU-cpu
	machine = process.Machine() - machine
	row.measured(float64(size-have), seconds, cpu, machine)
	after, err := w.Size(s.ctx)
	row.Bytes = float64(after-before) / float64(size-have)
	progress("search: %s, %.0f items/s", engine, row.Rate)
	if err != nil {
		return nil, err
	}
	return row, w.Settle(s.ctx)
}

// measured notes how long it took to index items; cpu and machine are seconds.
func (r *searchRow) measured(items, seconds, cpu, machine float64) {
	r.Rate, r.CPUEach, r.AllEach, r.Others = items/seconds, cpu/items*1e6, machine/items*1e6, (machine-cpu)/seconds
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
	row.measured(float64(row.Items), time.Since(began).Seconds(), process.Used().CPU-cpu, process.Machine()-machine)
	if err := theirs.Settle(s.ctx); err != nil {
		return err
	}
	size, err := theirs.Size(s.ctx)
	if err != nil {
		return err
	}
	row.Bytes = float64(size) / float64(row.Items)
	all, kinds, _, err := askAll("newest 20, numbers alone", a.queries, func(n int) ([]int64, error) { return theirs.Ask(s.ctx, &a.queries[n]) })
	if err != nil {
		return err
	}
	row.Asked = append([]askedRow{all}, kinds...)
	s.out.Search = append(s.out.Search, *row)
	return nil
}
