// Package standing measures an item against many standing queries: the index,
// and brute force beside it, which must find the same.
//
// It owns what is timed and what is compared; the queries and items are those of
// package matchtest.
package standing

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"github.com/wireroom/wireroom/internal/match"
	"github.com/wireroom/wireroom/internal/match/matchtest"
	"github.com/wireroom/wireroom/internal/wire"
	"github.com/wireroom/wireroom/test/bench/process"
)

// Options are what is measured.
type Options struct {
	Queries int
	Items   int // that are timed
	Seen    int // items before them, from which the index learns what is frequent
	Rounds  int // how often each is timed
	Updates int // queries that are changed, removed and added
	Brute   int // items that every query is asked of, one by one
}

// Times are milliseconds an item, over the items.
type Times struct {
	Mean float64 `json:"mean"`
	P50  float64 `json:"p50"`
	P99  float64 `json:"p99"`
}

// Result is what was found.
type Result struct {
	Queries int     `json:"queries"`
	Build   float64 `json:"build"`  // s of processor time, parsing included
	Settle  float64 `json:"settle"` // s to anchor anew by what was seen, and to sweep
	Text    float64 `json:"text"`   // bytes of a query's canonical form
	Fresh   float64 `json:"fresh"`  // bytes of the heap a query, beyond its text, before it was settled
	Beyond  float64 `json:"beyond"` // and after: what it takes from then on

	Total      Times   `json:"total"`    // of the thread, analysis included; of each item's rounds the median
	Least      Times   `json:"least"`    // and the least: what a processor takes that nobody else's work slows down
	Analysis   Times   `json:"analysis"` // of the thread, the item's analysis alone
	Wall       Times   `json:"wall"`     // by the clock on the wall; other work on the machine is in it
	Busy       float64 `json:"busy"`     // processors busy with something else meanwhile
	CPU        float64 `json:"cpu"`      // ms an item of the whole process, with the collector and upkeep
	Candidates float64 `json:"candidates"`
	Matched    float64 `json:"matched"`
	Words      float64 `json:"words"` // bytes of an item's text

	Change float64 `json:"change"` // a second of processor time, parsing and upkeep included
	Remove float64 `json:"remove"`
	Add    float64 `json:"add"`

	Brute       float64 `json:"brute"`       // ms an item of asking every query by itself, analysis not included
	Compared    int     `json:"compared"`    // items that were
	Differences int     `json:"differences"` // subscriptions that one found and the other not
}

// measure is a run at work.
type measure struct {
	o     Options
	ctx   context.Context
	index *match.Index
	empty int64 // of the heap, before there was an index
	text  int64
	Result
}

// Run measures.
func Run(ctx context.Context, o Options) (*Result, error) {
	// A thread's time is counted, so the work must stay on it.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	m := &measure{o: o, ctx: ctx, Result: Result{Queries: o.Queries}}
	for _, step := range []func() error{m.build, m.learn, m.time, m.update, m.brute} {
		if err := step(); err != nil {
			return nil, err
		}
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
	}
	return &m.Result, nil
}

// thread is the processor time of this thread in ns.
func thread() int64 {
	var t unix.Timespec
	_ = unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &t) // Linux always has it
	return t.Nano()
}

// heap is what is held after two collections.
func heap() int64 {
	var s runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&s)
	return int64(s.HeapAlloc)
}

// put reads a query and gives it to the index.
func (m *measure) put(id, number int) (length int, err error) {
	source := matchtest.Query(number)
	q, err := match.Parse(source)
	if err != nil {
		return 0, fmt.Errorf("query %d, %s: %w", number, source, err)
	}
	return len(q.String()), m.index.Put(wire.SubscriptionID(id+1), q)
}

func (m *measure) build() error {
	for i := range 1000 { // tables of the languages are made when first needed
		if _, err := match.Parse(matchtest.Query(i)); err != nil {
			return err
		}
	}
	for i := range m.o.Seen { // what the analysis remembers of words is bounded, and no query's own
		match.NewDocument(matchtest.Item(-1 - i)).Prepare()
	}
	m.empty = heap()
	m.index = match.NewIndex()
	var source int64
	for i := range m.Queries {
		began := thread()
		s := matchtest.Query(i)
		source += thread() - began
		q, err := match.Parse(s)
		if err != nil {
			return fmt.Errorf("query %d, %s: %w", i, s, err)
		}
		m.text += int64(len(q.String()))
		if err := m.index.Put(wire.SubscriptionID(i+1), q); err != nil {
			return err
		}
		m.Build += float64(thread()-began) / 1e9
	}
	m.Build -= float64(source) / 1e9
	m.Text = float64(m.text) / float64(m.Queries)
	m.Fresh = m.beyond()
	return nil
}

// beyond is what a query takes beside its text.
func (m *measure) beyond() float64 {
	return float64(heap()-m.empty-m.text) / float64(m.Queries)
}

// learn shows the index items, as the first days of a wire would.
func (m *measure) learn() error {
	var ids []wire.SubscriptionID
	for i := range m.o.Seen {
		ids = m.index.AppendMatch(ids[:0], match.NewDocument(matchtest.Item(-1-i)))
	}
	began := process.Used().CPU
	m.index.Settle()
	m.Settle = process.Used().CPU - began
	m.Beyond = m.beyond()
	return nil
}

func (m *measure) time() error {
	items := make([]*wire.Item, m.o.Items)
	for i := range items {
		items[i] = matchtest.Item(i)
		for _, p := range match.Parts(items[i]) {
			m.Words += float64(len(p.Text)) / float64(m.o.Items)
		}
	}
	var ids []wire.SubscriptionID
	total, analysis, wall := make([][]int64, m.o.Items), make([][]int64, m.o.Items), make([][]int64, m.o.Items)
	var cpu float64
	began, others := time.Now(), process.Machine()-process.Used().CPU
	for range m.o.Rounds {
		for i, it := range items {
			d := match.NewDocument(it)
			began := thread()
			d.Prepare()
			analysis[i] = append(analysis[i], thread()-began)
		}
		runtime.GC()
		used := process.Used().CPU
		for i, it := range items {
			clock, began := time.Now(), thread()
			ids = m.index.AppendMatch(ids[:0], match.NewDocument(it))
			total[i] = append(total[i], thread()-began)
			wall[i] = append(wall[i], time.Since(clock).Nanoseconds())
		}
		cpu += process.Used().CPU - used
	}
	m.Busy = (process.Machine() - process.Used().CPU - others) / time.Since(began).Seconds()
	for _, it := range items {
		held, matched := m.index.Candidates(match.NewDocument(it))
		m.Candidates += float64(held) / float64(m.o.Items)
		m.Matched += float64(matched) / float64(m.o.Items)
	}
	m.CPU = 1e3 * cpu / float64(m.o.Items*m.o.Rounds)
	m.Total, m.Analysis, m.Wall = times(total, median), times(analysis, median), times(wall, median)
	m.Least = times(total, least)
	return nil
}

func median(rounds []int64) int64 { slices.Sort(rounds); return rounds[len(rounds)/2] }

func least(rounds []int64) int64 { return slices.Min(rounds) }

// times are those of the items, of each what is chosen of its rounds.
func times(items [][]int64, choose func(rounds []int64) int64) (t Times) {
	all := make([]float64, len(items))
	for i, rounds := range items {
		all[i] = float64(choose(rounds)) / 1e6
		t.Mean += all[i] / float64(len(all))
	}
	slices.Sort(all)
	t.P50, t.P99 = all[len(all)/2], all[len(all)*99/100]
	return t
}

// update changes queries while the index is in use. Afterwards the first are
// those that query says.
func (m *measure) update() (err error) {
	n := min(m.o.Updates, m.Queries/2)
	rate := func(f func(i int)) float64 {
		began := process.Used().CPU
		for i := range n {
			f(i)
		}
		return float64(n) / (process.Used().CPU - began)
	}
	put := func(id int) {
		if _, e := m.put(id, m.query(id)); e != nil {
			err = e
		}
	}
	m.Change = rate(put)
	m.Remove = rate(func(i int) { m.index.Remove(wire.SubscriptionID(n + i + 1)) })
	m.Add = rate(func(i int) { put(n + i) })
	return err
}

// query is the number of the query that a subscription has after the updates.
func (m *measure) query(id int) int {
	if id < 2*min(m.o.Updates, m.Queries/2) {
		return m.Queries + id
	}
	return id
}

// brute asks every query by itself, and counts where the index says another
// thing.
func (m *measure) brute() error {
	const atOnce = 5000 // parsed queries are large
	words, err := match.Parse("word")
	if err != nil {
		return err
	}
	documents := make([]*match.Document, m.o.Brute)
	found := make([][]wire.SubscriptionID, m.o.Brute)
	for i := range documents {
		documents[i] = match.NewDocument(matchtest.Item(i))
		found[i] = m.index.Match(documents[i])
		words.Matches(documents[i]) // makes what one query needs of a document, once
	}
	var spent int64
	queries := make([]*match.Query, 0, atOnce)
	for first := 0; first < m.Queries; first += atOnce {
		queries = queries[:0]
		for id := first; id < min(first+atOnce, m.Queries); id++ {
			q, err := match.Parse(matchtest.Query(m.query(id)))
			if err != nil {
				return err
			}
			queries = append(queries, q)
		}
		for i, d := range documents {
			began := thread()
			for j, q := range queries {
				id := wire.SubscriptionID(first + j + 1)
				wants := q.Matches(d)
				has := len(found[i]) > 0 && found[i][0] == id
				if has {
					found[i] = found[i][1:]
				}
				if wants != has {
					m.Differences++
				}
			}
			spent += thread() - began
		}
		if m.ctx.Err() != nil {
			return context.Cause(m.ctx)
		}
	}
	for i := range found {
		m.Differences += len(found[i]) // that nobody holds
	}
	m.Compared = m.o.Brute
	m.Brute = float64(spent) / 1e6 / float64(max(m.Compared, 1))
	return nil
}
