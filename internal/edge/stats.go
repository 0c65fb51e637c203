package edge

import (
	"math/bits"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/wireroom/wireroom/internal/wire"
)

// Stats is the receipt of simultaneity of one item on this edge. Each number
// counts connections. Once all have come to an end with the item, Offered is
// Sent + Cut + Gone.
type Stats struct {
	Number    int64
	ClearTime time.Time
	Offered   int64 // were connected and wanted it when it came
	Sent      int64 // of them: it was written to the connection in full
	Cut       int64 // of them: cut off before, because they did not keep up; they resume
	Gone      int64 // of them: left before, or were spared it, for the story was killed before they had it
	Replayed  int64 // others, which got it later by resuming

	// Time from the clear to the written frame, over Sent.
	First, Median, Last time.Duration // the median is exact to 7 %
}

// statsKept is how many items' receipts are kept in memory.
const statsKept = 1000

// Stats returns the receipts of an item; ok is false if it is not among the last
// 1,000 that this edge delivered.
func (e *Edge) Stats(number int64) (s Stats, ok bool) {
	e.mu.Lock()
	t := e.tallies.of(number)
	e.mu.Unlock()
	if t == nil {
		return Stats{}, false
	}
	s = Stats{
		Number: t.number, ClearTime: t.clear,
		Offered: t.offered.Load(), Sent: t.sent.Load(), Cut: t.cut.Load(), Gone: t.gone.Load(), Replayed: t.replayed.Load(),
	}
	s.First, s.Median, s.Last = t.delays.summary()
	return s, true
}

// tally counts the fates of one item.
type tally struct {
	number                             int64
	clear                              time.Time
	offered, sent, cut, gone, replayed atomic.Int64
	delays                             delays
}

// tallies are those of the newest items, by number modulo statsKept.
type tallies [statsKept]*tally

func (t *tallies) add(it *wire.Item) *tally {
	made := &tally{number: it.Number, clear: it.ClearTime}
	t[it.Number%statsKept] = made
	return made
}

func (t *tallies) of(number int64) *tally {
	if number < 0 {
		return nil
	}
	if found := t[number%statsKept]; found != nil && found.number == number {
		return found
	}
	return nil
}

// delays is a histogram of fixed size: microseconds, sixteen steps to each power
// of two. A hundred thousand durations an item, a thousand items, would be too
// many to keep.
type delays struct {
	min, max atomic.Int64 // µs plus one, so that zero means none
	sum      atomic.Int64 // µs
	counts   [delaySteps]atomic.Uint32
}

const (
	delayBits  = 4
	delaySteps = 32 << delayBits // up to 2³⁴ µs, nearly five hours; the last step holds all beyond
)

// step returns where a number of microseconds is counted.
func step(us int64) int {
	if us < 1<<delayBits {
		return int(us)
	}
	shift := bits.Len64(uint64(us)) - delayBits - 1
	return min((shift<<delayBits)+int(us>>shift), delaySteps-1)
}

// lowest returns the smallest number of microseconds counted at a step.
func lowest(step int) int64 {
	if step < 2<<delayBits {
		return int64(step)
	}
	shift := step>>delayBits - 1
	return int64(step-shift<<delayBits) << shift
}

func (d *delays) add(delay time.Duration) {
	us := max(0, delay.Microseconds())
	d.counts[step(us)].Add(1)
	d.sum.Add(us)
	d.within(us+1, us+1)
}

// within takes a least and a greatest delay into account, in µs plus one.
func (d *delays) within(least, most int64) {
	for {
		old := d.min.Load()
		if (old != 0 && old <= least) || d.min.CompareAndSwap(old, least) {
			break
		}
	}
	for {
		old := d.max.Load()
		if old >= most || d.max.CompareAndSwap(old, most) {
			break
		}
	}
}

func (d *delays) summary() (first, median, last time.Duration) {
	total := uint64(0)
	for i := range d.counts {
		total += uint64(d.counts[i].Load())
	}
	if total == 0 {
		return 0, 0, 0
	}
	lo, hi := d.min.Load()-1, d.max.Load()-1
	half := (total + 1) / 2
	for i := range d.counts {
		if n := uint64(d.counts[i].Load()); n < half {
			half -= n
			continue
		}
		middle := (lowest(i) + lowest(i+1)) / 2
		return us(lo), us(min(max(middle, lo), hi)), us(hi)
	}
	return us(lo), us(hi), us(hi)
}

func us(n int64) time.Duration { return time.Duration(n) * time.Microsecond }

// meters are the edge's figures for the operator.
type meters struct {
	connections, groups, behind prometheus.Gauge
	sent, cut, refused          *prometheus.CounterVec
	live, replayed              prometheus.Counter // of sent
	delay                       *delayCollector
}

func newMeters(registry prometheus.Registerer) *meters {
	gauge := func(name, help string) prometheus.Gauge {
		return prometheus.NewGauge(prometheus.GaugeOpts{Namespace: "wireroom", Subsystem: "edge", Name: name, Help: help})
	}
	counter := func(name, help, label string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: "wireroom", Subsystem: "edge", Name: name, Help: help}, []string{label})
	}
	m := &meters{
		connections: gauge("connections", "Open live connections."),
		groups:      gauge("groups", "Different filters among them."),
		behind:      gauge("behind_items", "Items the bus has brought that are not delivered yet."),
		sent:        counter("sent_total", "Items written to connections, by way: live or replay.", "way"),
		cut:         counter("cut_total", "Connections cut off, by reason: overflow (queue full) or stalled (write timed out).", "reason"),
		refused:     counter("refused_total", "Connections sent away, by reason: full, client, closing or history.", "reason"),
		delay: &delayCollector{about: prometheus.NewDesc("wireroom_edge_delay_seconds",
			"Time from an item's clear to its frame written to one live connection.", nil, nil)},
	}
	m.live, m.replayed = m.sent.WithLabelValues("live"), m.sent.WithLabelValues("replay")
	if registry != nil {
		registry.MustRegister(m.connections, m.groups, m.behind, m.sent, m.cut, m.refused, m.delay)
	}
	return m
}

// sent counts an item that was written to one connection.
func (e *Edge) sent(en *entry, delay time.Duration) {
	en.tally.sent.Add(1)
	en.tally.delays.add(delay)
	e.meters.live.Inc()
	e.meters.delay.counts[step(max(0, delay.Microseconds()))].Add(1)
	e.meters.delay.sum.Add(max(0, delay.Microseconds()))
}

// sentTo counts an item that was written to several, by the delays of one
// shard, and clears them.
func (e *Edge) sentTo(en *entry, some *delayCounts) {
	if some.n == 0 {
		return
	}
	en.tally.sent.Add(some.n)
	e.meters.live.Add(float64(some.n))
	for i, k := range some.counts {
		if k > 0 {
			en.tally.delays.counts[i].Add(k)
			e.meters.delay.counts[i].Add(uint64(k))
		}
	}
	en.tally.delays.sum.Add(some.sum)
	e.meters.delay.sum.Add(some.sum)
	en.tally.delays.within(some.least+1, some.most+1)
	*some = delayCounts{}
}

// delayCounts are delays that one goroutine gathers, to count them together: two
// processors that count at once wait for each other.
type delayCounts struct {
	n, sum, least, most int64 // µs but for n
	counts              [delaySteps]uint32
}

func (d *delayCounts) add(delay time.Duration) {
	us := max(0, delay.Microseconds())
	if d.n == 0 || us < d.least {
		d.least = us
	}
	d.most = max(d.most, us)
	d.n++
	d.sum += us
	d.counts[step(us)]++
}

// delayCollector shows all delays as a histogram. The library's own takes one at
// a time, which a fan-out has no time for.
type delayCollector struct {
	about  *prometheus.Desc
	sum    atomic.Int64 // µs
	counts [delaySteps]atomic.Uint64
}

// Describe implements prometheus.Collector.
func (c *delayCollector) Describe(to chan<- *prometheus.Desc) { to <- c.about }

// Collect implements prometheus.Collector.
func (c *delayCollector) Collect(to chan<- prometheus.Metric) {
	buckets := map[float64]uint64{}
	total := uint64(0)
	i := 0
	for _, bound := range []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2, 5, 10, 60} {
		for ; i < delaySteps && float64(lowest(i)) < bound*1e6; i++ {
			total += c.counts[i].Load()
		}
		buckets[bound] = total
	}
	for ; i < delaySteps; i++ {
		total += c.counts[i].Load()
	}
	to <- prometheus.MustNewConstHistogram(c.about, total, float64(c.sum.Load())/1e6, buckets)
}
