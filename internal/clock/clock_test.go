package clock

import (
	"context"
	"log/slog"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/wireroom/wireroom/internal/desk"
	"github.com/wireroom/wireroom/internal/leader"
	"github.com/wireroom/wireroom/internal/media"
	"github.com/wireroom/wireroom/internal/seal"
	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/store/storetest"
	"github.com/wireroom/wireroom/internal/wire"
)

// hands are a clock's two hands, moved by the test: time passes on both, a jump
// moves the wall clock alone.
type hands struct {
	mu      sync.Mutex
	start   time.Time
	elapsed time.Duration
	jump    time.Duration
}

func (h *hands) pass(d time.Duration)   { h.mu.Lock(); h.elapsed += d; h.mu.Unlock() }
func (h *hands) set(jump time.Duration) { h.mu.Lock(); h.jump = jump; h.mu.Unlock() }

func (h *hands) anchor() *Anchor {
	return &Anchor{
		start: h.start,
		since: func() time.Duration { h.mu.Lock(); defer h.mu.Unlock(); return h.elapsed },
		wall:  func() time.Time { h.mu.Lock(); defer h.mu.Unlock(); return h.start.Add(h.elapsed + h.jump) },
	}
}

type house struct {
	*hands
	store *store.Store
	desk  *desk.Desk
	clock *Clock
}

var editor = wire.Actor{Name: "edda", Role: wire.RoleEditor}

func open(t *testing.T) *house {
	t.Helper()
	h := &house{hands: &hands{start: time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)}}
	anchor := h.anchor()
	var err error
	if h.store, err = store.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "wire.db"), store.WithClock(anchor.Now)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.store.Close() })
	keys, err := seal.OpenKeyring(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	folder, err := media.OpenFolder(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	h.desk = desk.New(desk.Options{Store: h.store, Keys: keys, Media: folder, Log: slog.New(slog.DiscardHandler)})
	h.clock = New(Options{Store: h.store, Desk: h.desk, Anchor: anchor, Name: "one", Log: slog.New(slog.DiscardHandler)})
	return h
}

// schedule brings a release to the schedule, to be lifted in after; 0 at once.
func (h *house) schedule(t *testing.T, after time.Duration) *wire.Release {
	t.Helper()
	r := &wire.Release{Editions: []wire.Edition{{Language: "en", Headline: "Headline", Body: []wire.Block{wire.P("x")}}}}
	if after != 0 {
		var err error
		if r.Schedule, err = wire.NewSchedule(h.start.Add(h.elapsed+after).Format(wire.LocalLayout), "UTC", ""); err != nil {
			t.Fatal(err)
		}
	}
	r, err := h.desk.Publish(t.Context(), editor, r, desk.Submission{})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// look makes the clock look once and returns how many items are on the wire.
func (h *house) look(t *testing.T) (onWire int, wait time.Duration) {
	t.Helper()
	if !h.clock.leader.Leads(t.Context()) {
		t.Fatal("the only process does not lead")
	}
	wait = h.clock.lift(t.Context())
	return len(storetest.CheckWire(t, h.store)), wait
}

// gauge reads a metric as a scraper would.
func gauge(t *testing.T, c prometheus.Collector) float64 {
	t.Helper()
	registry := prometheus.NewRegistry()
	registry.MustRegister(c)
	families, err := registry.Gather()
	if err != nil || len(families) != 1 {
		t.Fatal(families, err)
	}
	return families[0].GetMetric()[0].GetGauge().GetValue()
}

func TestLiftsAtTheClearTimeAndNotBefore(t *testing.T) {
	h := open(t)
	h.schedule(t, 3*time.Second)
	if n, wait := h.look(t); n != 0 || wait != lookEvery {
		t.Errorf("3 s before: %d items, looks again in %v", n, wait)
	}
	h.pass(3*time.Second - 10*time.Millisecond)
	if n, wait := h.look(t); n != 0 || wait != 10*time.Millisecond {
		t.Errorf("10 ms before: %d items, looks again in %v", n, wait)
	}
	h.pass(10 * time.Millisecond)
	if n, _ := h.look(t); n != 1 {
		t.Errorf("at the time: %d items", n)
	}
	if n, _ := h.look(t); n != 1 {
		t.Errorf("looking again: %d items", n)
	}
}

func TestWithoutAScheduleItIsLiftedAtOnce(t *testing.T) {
	h := open(t)
	h.schedule(t, 0)
	if n, _ := h.look(t); n != 1 {
		t.Errorf("%d items", n)
	}
}

// A wall clock that jumps must never lift early; it may lift late.
func TestAJumpingWallClockLiftsNothing(t *testing.T) {
	for _, c := range []struct {
		name    string
		jump    time.Duration
		atTime  int // items on the wire when the true time comes
		setBack int // and after the wall clock was set right
	}{
		{"an hour ahead", time.Hour, 0, 1},
		{"an hour back", -time.Hour, 0, 1},
		{"2 s ahead", 2 * time.Second, 0, 1},
		{"2 s back", -2 * time.Second, 0, 1},
		{"within the tolerance", 150 * time.Millisecond, 1, 1},
		{"back within the tolerance", -150 * time.Millisecond, 1, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := open(t)
			h.schedule(t, 3*time.Second)
			h.set(c.jump)
			h.pass(2 * time.Second)
			if n, _ := h.look(t); n != 0 {
				t.Fatalf("lifted a second early")
			}
			h.pass(time.Second)
			if n, _ := h.look(t); n != c.atTime {
				t.Errorf("at the true time: %d items, want %d", n, c.atTime)
			}
			if unsure := gauge(t, h.clock.unsure); unsure != float64(1-c.atTime) {
				t.Errorf("the alarm is %v", unsure)
			}
			h.set(0)
			if n, _ := h.look(t); n != c.setBack {
				t.Errorf("after the clock was set right: %d items, want %d", n, c.setBack)
			}
		})
	}
}

func TestOneLeadsAndAnotherTakesOverAfterItsSilence(t *testing.T) {
	h := open(t)
	other := New(Options{Store: h.store, Desk: h.desk, Anchor: h.clock.anchor, Name: "two", Log: slog.New(slog.DiscardHandler)})
	ctx := context.Background()
	if !h.clock.leader.Leads(ctx) || other.leader.Leads(ctx) {
		t.Fatal("the first does not lead alone")
	}
	for range 10 { // while the leader beats, time alone changes nothing
		h.pass(leader.LeaseTime - time.Millisecond)
		if !h.clock.leader.Leads(ctx) || other.leader.Leads(ctx) {
			t.Fatal("a living leader was replaced")
		}
	}
	h.pass(leader.LeaseTime - time.Millisecond)
	if other.leader.Leads(ctx) {
		t.Error("took over before the lease time was over")
	}
	h.pass(time.Millisecond)
	if !other.leader.Leads(ctx) {
		t.Error("did not take over after the lease time")
	}
	// The first was frozen, not dead: what it lifts now is refused.
	h.schedule(t, 0)
	h.clock.lift(ctx)
	if items := storetest.CheckWire(t, h.store); len(items) != 0 {
		t.Error("a former leader lifted")
	}
	if h.clock.leader.Leads(ctx) {
		t.Error("the former leader still leads")
	}
	other.lift(ctx)
	if items := storetest.CheckWire(t, h.store); len(items) != 1 {
		t.Errorf("the new leader lifted %d items", len(items))
	}
	other.leader.Resign(ctx)
	if !h.clock.leader.Leads(ctx) {
		t.Error("after a clean end the next has to wait")
	}
}

func TestWhoCanOnlyFollowADeadProcessDoesNotWaitForIt(t *testing.T) {
	h := open(t)
	if !h.clock.leader.Leads(t.Context()) {
		t.Fatal("the first does not lead")
	}
	after := New(Options{Store: h.store, Desk: h.desk, Anchor: h.clock.anchor, Name: "two", Sole: true, Log: slog.New(slog.DiscardHandler)})
	if !after.leader.Leads(t.Context()) {
		t.Error("waits for a lease that nobody is left to hold")
	}
	h.schedule(t, 0)
	h.clock.lift(t.Context()) // should the other live after all, it lifts nothing
	if items := storetest.CheckWire(t, h.store); len(items) != 0 {
		t.Error("a former leader lifted")
	}
}

func TestTakesOverWithinFiveSeconds(t *testing.T) {
	if worst := leader.LeaseTime + leader.BeatEvery + lookEvery; worst >= 5*time.Second {
		t.Errorf("the worst case is %v", worst)
	}
}

func TestSeveralClocksLiftEverythingOnce(t *testing.T) {
	h := open(t)
	for range 30 {
		h.schedule(t, 0)
	}
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	for _, name := range []string{"a", "b", "c"} {
		c := New(Options{Store: h.store, Desk: h.desk, Anchor: h.clock.anchor, Name: name, Log: slog.New(slog.DiscardHandler)})
		wg.Go(func() { c.Run(ctx) })
	}
	for {
		if due, err := h.desk.Scheduled(t.Context()); err != nil {
			t.Fatal(err)
		} else if len(due) == 0 {
			break
		}
		time.Sleep(5 * time.Millisecond) // yields to the clocks; nothing depends on how long
	}
	cancel()
	wg.Wait()
	if items := storetest.CheckWire(t, h.store); len(items) != 30 {
		t.Errorf("%d items of 30 releases", len(items))
	}
}

func TestTheRealAnchorAgreesWithItself(t *testing.T) {
	a := NewAnchor()
	if err := a.Agree(); err != nil {
		t.Error(err)
	}
	if off := time.Since(a.Now()); off.Abs() > tolerance {
		t.Errorf("anchored time is off by %v", off)
	}
}
