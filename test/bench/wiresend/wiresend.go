// Package wiresend delivers through the courier of Wireroom, with its own
// channels and store, and says how long that took.
//
// It owns the measurement of our side: one process has one store, one courier
// and one channel, and releases are put on the wire as the clock would. It knows
// nothing of how channels work inside.
package wiresend

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"

	"github.com/wireroom/wireroom/internal/courier"
	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/wire"
)

// hands are those of a clock that can be moved on.
type hands struct{ moved atomic.Int64 }

func (h *hands) now() time.Time { return time.Now().UTC().Add(time.Duration(h.moved.Load())) }

func (h *hands) move(d time.Duration) { h.moved.Add(int64(d)) }

// office is a courier at work.
type office struct {
	hands    hands
	store    *store.Store
	courier  *courier.Courier
	receipts *receipts
	channel  wire.Channel
	newest   wire.ReleaseID // that was put on the wire
	ended    chan struct{}
	stop     context.CancelFunc
}

// setup is what an office is opened with.
type setup struct {
	database string
	channel  wire.Channel
	impl     func(now func() time.Time) (courier.Channel, error)
	sealer   courier.Sealer
	upcoming func(context.Context, time.Time) ([]wire.Item, error)
}

// open opens the store and sets the courier to work; it has read the ledger when
// this returns.
func open(ctx context.Context, with setup) (*office, error) {
	o := &office{receipts: &receipts{Registerer: prometheus.NewRegistry()}, channel: with.channel, ended: make(chan struct{})}
	var err error
	if o.store, err = store.Open(ctx, with.database, store.WithClock(o.hands.now)); err != nil {
		return nil, err
	}
	impl, err := with.impl(o.hands.now)
	if err != nil {
		return nil, err
	}
	start := time.Now()
	o.courier = courier.New(courier.Options{
		Store: o.store, Channels: map[wire.Channel]courier.Channel{with.channel: impl}, Sealer: with.sealer, Upcoming: with.upcoming,
		Now: o.hands.now, Since: func() time.Duration { return time.Since(start) }, Process: wire.NewToken(), Sole: true, Registry: o.receipts,
		Log: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError})),
	})
	run, stop := context.WithCancel(ctx)
	o.stop = stop
	go func() {
		defer close(o.ended)
		if err := o.courier.Run(run); err != nil {
			fmt.Fprintln(os.Stderr, "the courier ended:", err)
		}
	}()
	select {
	case <-o.courier.Started():
		return o, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// close ends the courier, waiting a little for what is under way; what hangs is
// left, as the process ends with it.
func (o *office) close() {
	o.stop()
	select {
	case <-o.ended:
		o.store.Close()
	case <-time.After(time.Second):
	}
}

// clear puts a release on the wire, and returns when it was on disk.
func (o *office) clear(ctx context.Context, r *wire.Release) (time.Time, error) {
	err := o.store.Write(ctx, func(tx *store.Tx) error {
		it := wire.NewItem(r, &r.Editions[0], wire.Publish, nil, tx.Now(), wire.Amendment{})
		return tx.AddItem(&it, func(*wire.Item) {})
	})
	at := time.Now()
	o.newest = r.ID
	o.courier.Wake()
	return at, err
}

// receipts keeps of what the courier measures the count of receipts alone, and reads it
// without the registry: it is asked for so often that the rest would show in our times.
type receipts struct {
	prometheus.Registerer
	count prometheus.Collector
}

const receiptsName = "wireroom_deliveries_total"

func (r *receipts) MustRegister(all ...prometheus.Collector) {
	for _, c := range all {
		described := make(chan *prometheus.Desc, 16) // of each fewer
		c.Describe(described)
		if strings.Contains((<-described).String(), strconv.Quote(receiptsName)) {
			r.count = c
		}
	}
}

// written counts the receipts that are on disk, by outcome: "accepted", …
func (o *office) written() (map[string]int, error) {
	metrics := make(chan prometheus.Metric, 16) // of outcomes there are fewer
	o.receipts.count.Collect(metrics)
	close(metrics)
	counts := map[string]int{}
	for metric := range metrics {
		var now dto.Metric
		if err := metric.Write(&now); err != nil {
			return nil, err
		}
		for _, label := range now.Label {
			if label.GetName() == "outcome" {
				counts[label.GetValue()] += int(now.GetCounter().GetValue())
			}
		}
	}
	return counts, nil
}

// lookEvery is how often the receipts are counted: how exact times are. It is
// work, which our side is charged with.
const lookEvery = 5 * time.Millisecond

// stallTime is how long nothing may happen before a measurement is given up.
const stallTime = 60 * time.Second

// idleTime is for how long nothing happens before a caller is told.
const idleTime = time.Second / 4

var errStalled = errors.New("nothing was written for a minute")

// await waits until the receipts are as they should be; idle is called when
// nothing happened for a while. It returns when that was.
func (o *office) await(ctx context.Context, ok func(map[string]int) bool, idle func()) (time.Time, error) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	last, since, idled := -1, time.Now(), time.Time{}
	for {
		counts, err := o.written()
		if err != nil {
			return time.Time{}, err
		}
		if ok(counts) {
			return time.Now(), nil
		}
		total := 0
		for _, n := range counts {
			total += n
		}
		if total != last {
			last, since = total, time.Now()
		}
		still := time.Since(since)
		if still > stallTime {
			return time.Time{}, fmt.Errorf("%w: %v", errStalled, counts)
		}
		if still > idleTime && time.Since(idled) > idleTime && idle != nil {
			idle()
			idled = time.Now()
		}
		select {
		case <-ctx.Done():
			return time.Time{}, context.Cause(ctx)
		case <-tick.C:
		}
	}
}

// ledger is what the ledger says of a release on the channel.
func (o *office) ledger(ctx context.Context, id wire.ReleaseID) (courier.ChannelReport, error) {
	report, err := o.courier.Report(ctx, id)
	if err != nil {
		return courier.ChannelReport{}, err
	}
	for _, it := range report.Items {
		for _, c := range it.Channels {
			if c.Channel == o.channel {
				return c, nil
			}
		}
	}
	return courier.ChannelReport{}, fmt.Errorf("the report says nothing of %s", o.channel)
}
