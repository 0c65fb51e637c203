package edge

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/wireroom/wireroom/internal/wire"
)

// gather returns a figure of the edge as an operator sees it.
func gather(t *testing.T, registry *prometheus.Registry, name, label string) float64 {
	t.Helper()
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() != "wireroom_edge_"+name {
			continue
		}
		for _, m := range f.GetMetric() {
			if label == "" || m.GetLabel()[0].GetValue() == label {
				return m.GetGauge().GetValue() + m.GetCounter().GetValue()
			}
		}
	}
	return 0
}

func TestASlowReceiverIsCutOffAndDelaysNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		registry := prometheus.NewRegistry()
		h := open(t, Options{Queue: 8, Ring: 8, Registry: registry})
		quick := []*reader{}
		for range 10 {
			quick = append(quick, h.get(t, "").opened(0))
		}
		slow := h.getSlowly(t, 1, "").opened(0)
		synctest.Wait()
		start := time.Now()
		for n := 1; n <= 100; n++ {
			h.publish(story("en", strings.Repeat("Long ", 2000)), wire.Publish)
			for _, r := range quick {
				r.want(item(n))
			}
		}
		if d := time.Since(start); d != 0 {
			t.Errorf("the others waited %v", d)
		}
		synctest.Wait()
		for n, want := range map[int64]Stats{
			1:   {Offered: 11, Sent: 10, Cut: 0},
			2:   {Offered: 11, Sent: 10, Cut: 1},
			100: {Offered: 10, Sent: 10},
		} {
			got, ok := h.edge.Stats(n)
			if !ok || got.Offered != want.Offered || got.Sent != want.Sent || got.Cut != want.Cut || got.Last != 0 {
				t.Errorf("item %d: %+v", n, got)
			}
		}
		time.Sleep(11 * time.Second) // its write deadline
		synctest.Wait()
		if got, _ := h.edge.Stats(1); got.Offered != got.Sent+got.Cut+got.Gone || got.Cut != 1 {
			t.Errorf("item 1 in the end: %+v", got)
		}
		for _, c := range []struct {
			name, label string
			want        float64
		}{{"connections", "", 10}, {"sent_total", "live", 1000}, {"sent_total", "replay", 0}, {"cut_total", "overflow", 1}, {"groups", "", 1}, {"behind_items", "", 0}} {
			if got := gather(t, registry, c.name, c.label); got != c.want {
				t.Errorf("%s %s is %v, want %v", c.name, c.label, got, c.want)
			}
		}
		// It resumes after the last whole event it has and misses nothing.
		last := 0
		for {
			b := slow.block()
			if strings.Contains(b, "end") {
				break
			}
			last++
		}
		again := h.get(t, fmt.Sprintf("after=%d", last)).opened(int64(last))
		for n := last + 1; n <= 100; n++ {
			again.want(item(n))
		}
	})
}

func TestAReceiverThatDoesNotReadIsCutAfterTheWriteTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, Options{WriteTimeout: 7 * time.Second})
		h.getSlowly(t, 1, "").opened(0)
		synctest.Wait()
		h.publish(story("en", strings.Repeat("Long ", 5000)), wire.Publish)
		time.Sleep(6 * time.Second)
		synctest.Wait()
		if got, _ := h.edge.Stats(1); got.Cut != 0 {
			t.Errorf("cut early: %+v", got)
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if got, _ := h.edge.Stats(1); got.Cut != 1 || got.Sent != 0 || got.Offered != 1 {
			t.Errorf("%+v", got)
		}
	})
}

func TestConnectionsAreLimited(t *testing.T) {
	overEach(t, func(t *testing.T, over protocol) {
		registry := prometheus.NewRegistry()
		h := openOver(t, over, Options{MaxConnections: 3, MaxPerAddress: 2, Registry: registry})
		one, two := h.get(t, "").opened(0), h.get(t, "").opened(0)
		if got := h.get(t, "", "Sec-Fetch-Mode", "cors").block(); !strings.HasPrefix(got, "retry: ") || !strings.HasSuffix(got, "|end") {
			t.Errorf("third connection of a client: %q", got)
		}
		one.close()
		two.close()
		synctest.Wait()
		h.get(t, "").opened(0)
		if n := gather(t, registry, "refused_total", "client"); n != 1 {
			t.Errorf("%v refused", n)
		}
		synctest.Wait()
		if n := len(h.edge.groups); n != 1 {
			t.Errorf("%d groups are left", n)
		}
	})
}

func TestShutdownSpreadsTheLeavingOverTime(t *testing.T) {
	overEach(t, func(t *testing.T, over protocol) {
		h := openOver(t, over, Options{Spread: 8 * time.Second})
		var readers []*reader
		for range 20 {
			readers = append(readers, h.get(t, "").opened(0))
		}
		synctest.Wait()
		start := time.Now()
		done := make(chan error)
		go func() { done <- h.edge.Shutdown(t.Context()) }()
		synctest.Wait()
		if got := h.get(t, "", "User-Agent", "Mozilla/5.0").block(); !strings.HasPrefix(got, "retry: ") {
			t.Errorf("a newcomer: %q", got)
		}
		h.publish(story("en", "Last news"), wire.Publish) // those still there are served
		hints := map[string]bool{}
		for _, r := range readers {
			r.want(item(1))
			hints[r.block()] = true
		}
		if err := <-done; err != nil {
			t.Error(err)
		}
		if took := time.Since(start); took > 8*time.Second || took < 4*time.Second {
			t.Errorf("took %v", took)
		}
		if len(hints) < 15 {
			t.Errorf("only %d different reconnection times", len(hints))
		}
		if err := h.edge.Shutdown(t.Context()); err != nil {
			t.Errorf("a second time: %v", err)
		}
	})
}

func TestShutdownEndsWithItsContext(t *testing.T) {
	overEach(t, func(t *testing.T, over protocol) {
		h := openOver(t, over, Options{Spread: time.Hour})
		r := h.get(t, "").opened(0)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := h.edge.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
		r.want("end")
	})
}

func TestReceiptsOfSimultaneity(t *testing.T) {
	overEach(t, func(t *testing.T, over protocol) {
		h := openOver(t, over, Options{})
		for range 5 {
			h.get(t, "").opened(0)
		}
		synctest.Wait()
		it := h.tape.clear(story("en", "News"), wire.Publish, time.Now())
		time.Sleep(120 * time.Millisecond)
		h.edge.Deliver(it, nil)
		synctest.Wait()
		h.get(t, "after=0").opened(0).want(item(1))
		synctest.Wait()
		got, ok := h.edge.Stats(1)
		want := Stats{Number: 1, ClearTime: it.ClearTime, Offered: 5, Sent: 5, Replayed: 1, Bytes: got.Bytes, First: got.First, Median: got.First, P99: got.First, Last: got.First}
		if !ok || got != want || got.First < 120*time.Millisecond || got.First > 121*time.Millisecond || got.Bytes < 5*200 {
			t.Errorf("%+v", got)
		}
		for _, n := range []int64{-1, 0, 2, 1001} {
			if _, ok := h.edge.Stats(n); ok {
				t.Errorf("there are receipts of item %d", n)
			}
		}
	})
}
