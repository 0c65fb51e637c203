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
	Gone      int64 // of them: left before
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
	for {
		old := d.min.Load()
		if (old != 0 && old <= us+1) || d.min.CompareAndSwap(old, us+1) {
			break
		}
	}
	for {
		old := d.max.Load()
		if old >= us+1 || d.max.CompareAndSwap(old, us+1) {
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
	delay                       prometheus.Histogram
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
		delay: prometheus.NewHistogram(prometheus.HistogramOpts{
			Namespace: "wireroom", Subsystem: "edge", Name: "delay_seconds",
			Help:    "Time from an item's clear to its frame written to one live connection.",
			Buckets: []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2, 5, 10, 60},
		}),
	}
	m.live, m.replayed = m.sent.WithLabelValues("live"), m.sent.WithLabelValues("replay")
	if registry != nil {
		registry.MustRegister(m.connections, m.groups, m.behind, m.sent, m.cut, m.refused, m.delay)
	}
	return m
}
