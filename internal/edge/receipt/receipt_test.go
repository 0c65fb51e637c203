package receipt

import (
	"encoding/json"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/store/storetest"
	"github.com/wireroom/wireroom/internal/wire"
)

func counted(delays ...time.Duration) Counts {
	var c Counts
	for _, d := range delays {
		c = c.plus(Counts{{Step(d.Microseconds()), 1}})
	}
	return c
}

func TestQuantilesAreExactToSevenPercent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		us := rapid.Int64Range(0, 3_600_000_000).Draw(t, "µs")
		at := time.Duration(us) * time.Microsecond
		c := counted(at/1000, at, at, at, 2*at)
		for share, want := range map[float64]time.Duration{0: at / 1000, .5: at, .99: 2 * at, 1: 2 * at} {
			got := c.Quantile(share, at/1000, 2*at)
			if diff := max(got-want, want-got); diff > want*7/100+time.Microsecond {
				t.Fatalf("%v: %v of %v is %v", at, share, want, got)
			}
		}
	})
	if got := (Counts)(nil).Quantile(.5, 0, 0); got != 0 {
		t.Errorf("a quantile of nothing: %v", got)
	}
}

func TestStepsMeet(t *testing.T) {
	for i := range Steps - 1 {
		if lo := Lowest(i); Step(lo) != i || (lo > 0 && Step(lo-1) != i-1) {
			t.Fatalf("step %d begins at %d, which is counted at %d", i, lo, Step(lo))
		}
	}
	if Step(1<<62) != Steps-1 {
		t.Error("a long delay is not in the last step")
	}
}

var clear = time.Date(2026, 5, 5, 8, 30, 0, 0, time.UTC)

func of(edge string, at time.Time, delays ...time.Duration) Receipt {
	r := Receipt{Edge: edge, Number: 7, ClearTime: clear, At: at, Offered: int64(len(delays)) + 1, Sent: int64(len(delays)), Cut: 1, Bytes: 2000, Delays: counted(delays...)}
	if len(delays) > 0 {
		r.First, r.Last = delays[0], delays[len(delays)-1]
	}
	return r
}

func TestEdgesAreSummedUp(t *testing.T) {
	const m = time.Millisecond
	got := Sum([]Receipt{of("tokyo", clear, 9*m, 10*m, 11*m), of("paris", clear, 2*m, 3*m, 40*m), of("idle", clear)})
	if got.Edges != 3 || got.Offered != 9 || got.Sent != 6 || got.Cut != 3 || got.Bytes != 6000 ||
		got.FirstMS != 2 || got.LastMS != 40 || got.SkewMS != 7 || got.MedianMS < 8.4 || got.MedianMS > 9.6 || got.P99MS < 37 {
		t.Errorf("%+v", got)
	}
	if got.Each[1].Edge != "paris" || got.Each[2].Edge != "tokyo" || got.Each[2].LastMS != 11 {
		t.Errorf("%+v", got.Each)
	}
}

func TestReadyEdgesAreCountedAmongAll(t *testing.T) {
	const m = time.Millisecond
	ready := func(edge string, opened time.Duration, kept int64) Receipt {
		r := of(edge, clear, 9*m)
		r.Scheduled, r.Ready, r.Opened, r.Kept, r.Returned = true, true, opened, kept, kept/10
		return r
	}
	late := of("late", clear, 30*m)
	late.Scheduled = true
	got := Sum([]Receipt{ready("a", 5*m, 100), late, ready("b", 2*m, 20), {Edge: "idle", Number: 7, ClearTime: clear, Scheduled: true}})
	if want := (Ahead{Ready: 2, Kept: 120, Returned: 12, OpenedMS: 5, SkewMS: 3}); got.Edges != 4 || got.Ahead == nil || *got.Ahead != want {
		t.Errorf("%d edges, %+v; want %+v", got.Edges, got.Ahead, want)
	}
	for _, part := range got.Each {
		if want := part.Edge == "a" || part.Edge == "b"; part.Ready != want {
			t.Errorf("edge %s ready: %v", part.Edge, part.Ready)
		}
	}
	if got := Sum([]Receipt{of("a", clear, m)}); got.Ahead != nil {
		t.Errorf("nobody can be ready for what was not scheduled: %+v", got.Ahead)
	}
	if got := Sum([]Receipt{late}); got.Ahead == nil || *got.Ahead != (Ahead{}) {
		t.Errorf("an edge that was not ready: %+v", got.Ahead)
	}
}

func TestTheBookKeepsTheLatestOfEachEdge(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		b := NewBook(s)
		enter := func(r Receipt) {
			t.Helper()
			raw, err := json.Marshal(r)
			if err != nil {
				t.Fatal(err)
			}
			if err := b.Enter(t.Context(), raw); err != nil {
				t.Fatal(err)
			}
		}
		enter(of("a", clear.Add(2*time.Second), time.Millisecond, 5*time.Millisecond))
		enter(of("a", clear.Add(time.Second), time.Millisecond)) // overtaken on the way
		enter(of("b", clear.Add(time.Second), 3*time.Millisecond))
		enter(of("b", clear.Add(time.Second), 3*time.Millisecond)) // asked again
		got, err := b.Of(t.Context(), 6, 7)
		if err != nil || len(got) != 1 || got[0].Number != 7 || got[0].Sent != 3 || got[0].SkewMS != 2 || !got[0].ClearTime.Equal(clear) {
			t.Errorf("%+v, %v", got, err)
		}
	})
}

func TestWhatIsNoReceiptIsRefused(t *testing.T) {
	b := NewBook(storetest.SQLite(t))
	good := of("a", clear, time.Millisecond)
	for name, change := range map[string]func(*Receipt){
		"no edge":         func(r *Receipt) { r.Edge = "" },
		"no item":         func(r *Receipt) { r.Number = 0 },
		"less than none":  func(r *Receipt) { r.Cut = -1 },
		"backwards":       func(r *Receipt) { r.First = r.Last + 1 },
		"a step too far":  func(r *Receipt) { r.Delays = Counts{{Steps, 1}} },
		"out of order":    func(r *Receipt) { r.Sent = 2; r.Delays = Counts{{9, 1}, {3, 1}} },
		"open, unready":   func(r *Receipt) { r.Scheduled, r.Opened = true, time.Second },
		"kept, unready":   func(r *Receipt) { r.Scheduled, r.Kept = true, 1 },
		"back, unready":   func(r *Receipt) { r.Scheduled, r.Returned = true, 1 },
		"open before":     func(r *Receipt) { r.Scheduled, r.Ready, r.Opened = true, true, -1 },
		"ready for none":  func(r *Receipt) { r.Ready = true },
		"more than there": func(r *Receipt) { r.Delays = Counts{{9, 100}} },
	} {
		r := good
		change(&r)
		raw, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		if err := b.Enter(t.Context(), raw); wire.KindOf(err) != wire.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := b.Enter(t.Context(), []byte("{")); wire.KindOf(err) != wire.Invalid {
		t.Errorf("%v", err)
	}
	if got, err := b.Of(t.Context(), 7); err != nil || len(got) != 0 {
		t.Errorf("kept: %v, %v", got, err)
	}
}
