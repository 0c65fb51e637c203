package edge

import (
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/wireroom/wireroom/internal/edge/receipt"
)

// meters are the edge's figures for the operator.
type meters struct {
	connections, groups, behind prometheus.Gauge
	seals                       prometheus.Gauge
	sent, cut, refused, opened  *prometheus.CounterVec
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
		seals:       gauge("seals", "Seals that are sent ahead at this moment."),
		opened:      counter("opened_total", "Keys that came, by outcome: opened, late (the text was there first, or there was no seal) or refused (they did not fit).", "outcome"),
		behind:      gauge("behind_items", "Items the bus has brought that are not delivered yet."),
		sent:        counter("sent_total", "Items written to connections, by way: live or replay.", "way"),
		cut:         counter("cut_total", "Connections cut off, by reason: overflow (queue full), stalled (write timed out) or ended (the rights to it).", "reason"),
		refused:     counter("refused_total", "Connections sent away, by reason: full, busy, client, rate, closing, history, admission, unknown, forbidden or invalid.", "reason"),
		delay: &delayCollector{about: prometheus.NewDesc("wireroom_edge_delay_seconds",
			"Time from an item's clear to its frame written to one live connection.", nil, nil)},
	}
	m.live, m.replayed = m.sent.WithLabelValues("live"), m.sent.WithLabelValues("replay")
	if registry != nil {
		registry.MustRegister(m.connections, m.groups, m.behind, m.sent, m.cut, m.refused, m.seals, m.opened, m.delay)
	}
	return m
}

// delayCollector shows all delays as a histogram. The library's own takes one at
// a time, which a fan-out has no time for.
type delayCollector struct {
	about  *prometheus.Desc
	sum    atomic.Int64 // µs
	counts [receipt.Steps]atomic.Uint64
}

// Describe implements prometheus.Collector.
func (c *delayCollector) Describe(to chan<- *prometheus.Desc) { to <- c.about }

// Collect implements prometheus.Collector.
func (c *delayCollector) Collect(to chan<- prometheus.Metric) {
	buckets := map[float64]uint64{}
	total := uint64(0)
	i := 0
	for _, bound := range []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2, 5, 10, 60} {
		for ; i < receipt.Steps && float64(receipt.Lowest(i)) < bound*1e6; i++ {
			total += c.counts[i].Load()
		}
		buckets[bound] = total
	}
	for ; i < receipt.Steps; i++ {
		total += c.counts[i].Load()
	}
	to <- prometheus.MustNewConstHistogram(c.about, total, float64(c.sum.Load())/1e6, buckets)
}
