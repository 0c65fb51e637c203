package edge

import (
	"context"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/wireroom/wireroom/internal/match"
	"github.com/wireroom/wireroom/internal/wire"
)

// Desktops of every protocol, over real TCP: their lines break, they change their
// filters, edges restart, and stories are corrected, held and killed. In the end
// each has exactly what its filters matched within its entitlement, in order. WIREROOM_DESKTOPS says how
// many; a process here may have some 7,500 connected with both their ends.
func TestDesktopsThatComeAndGoMissAndRepeatNothing(t *testing.T) {
	number := 600
	if n, err := strconv.Atoi(os.Getenv("WIREROOM_DESKTOPS")); err == nil {
		number = n
	}
	comeAndGo(t, openFloor(t, plain, 7500), number)
}

// The same where goroutines serve them.
func TestDesktopsOfGoroutinesMissAndRepeatNothing(t *testing.T) {
	for _, over := range protocols {
		if over != plain {
			t.Run(string(over), func(t *testing.T) { comeAndGo(t, openFloor(t, over, 1000), 120) })
		}
	}
}

func comeAndGo(t *testing.T, f *floor, number int) {
	t.Helper()
	var stories []*wire.Release
	random := rand.New(rand.NewPCG(3, 0))
	for range 30 {
		f.deliver(f.tape.clear2(nextItem(random, &stories)))
	}
	var running sync.WaitGroup
	desks := make([]*desk, number)
	for i := range desks {
		desks[i] = newDesk(rand.New(rand.NewPCG(4, uint64(i))), f)
		running.Go(desks[i].run)
	}
	f.awaitAll(t, "everyone to have come", func() int { return max(0, number-int(f.joins.Load())) })
	for i := range 40 {
		for range 1 + random.IntN(4) {
			f.deliver(f.tape.clear2(nextItem(random, &stories)))
		}
		time.Sleep(time.Duration(number) * 40 * time.Microsecond)
		if i%15 == 7 {
			f.restart()
		}
	}
	last, err := f.tape.Last(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	f.last.Store(last)
	f.calm.Store(true)
	left := func() (n int) {
		for _, d := range desks {
			if d.place.Load() < last {
				n++
			}
		}
		return n
	}
	t.Logf("the last item is out; %d have it still to come", left())
	f.awaitAll(t, "everyone to come to the end", left)
	running.Wait()
	judge(t, f, desks)
	t.Logf("%d desktops, %d items, %d connections, %d broke, %d filters changed", number, last, f.joins.Load(), f.breaks.Load(), f.changes.Load())
	breaks := number * 3 / 4
	if f.over == second {
		breaks = number / 4 // others end with the proxy's connection, or are only cut off behind it
	}
	if f.breaks.Load() < int64(breaks) || f.over.sockets() && f.changes.Load() < int64(number/10) {
		t.Errorf("only %d connections broke, and %d filters changed", f.breaks.Load(), f.changes.Load())
	}
}

// An edge may be behind another, or behind the history that it reads from: who
// has been told more than it knows is told nothing twice, and sent back nowhere.
func TestADesktopThatIsAheadOfItsEdgeIsToldNothingTwice(t *testing.T) {
	f := openFloor(t, plain, 1)
	for _, kind := range []string{"lines", "socket"} {
		for range 3 {
			f.deliver(f.tape.clear2(story("en", "News"), wire.Publish))
		}
		ahead := f.tape.clear2(story("en", "News"), wire.Publish)
		d := newDesk(rand.New(rand.NewPCG(1, 1)), f)
		for d.kind != kind {
			d = newDesk(d.random, f)
		}
		d.filter, d.may = "", nil
		d.place.Store(ahead.Number)
		gone := make(chan struct{})
		joined := f.joins.Load()
		f.last.Store(1 << 40)
		f.calm.Store(true)
		go func() { d.visit(); close(gone) }()
		f.await(t, "it to join", func() bool {
			e := f.edge.Load()
			e.mu.Lock()
			defer e.mu.Unlock()
			return f.joins.Load() > joined && len(e.groups) == 1
		})
		f.last.Store(ahead.Number + 1)
		f.deliver(ahead)
		f.deliver(f.tape.clear2(story("en", "News"), wire.Publish))
		<-gone
		if len(d.got) != 1 || d.got[0] != ahead.Number+1 {
			t.Errorf("%s: got %v, wanted %d alone", kind, d.got, ahead.Number+1)
		}
		f.await(t, "it to leave", func() bool {
			e := f.edge.Load()
			e.mu.Lock()
			defer e.mu.Unlock()
			return len(e.groups) == 0
		})
	}
}

// judge compares what each has with what it was to have.
func judge(t *testing.T, f *floor, desks []*desk) {
	t.Helper()
	killed := map[edition]int64{}
	entries := make([]*entry, len(f.tape.items))
	for i := range f.tape.items {
		it := &f.tape.items[i]
		if it.Action == wire.Kill {
			killed[editionOf(it)] = it.Number
		}
		en, err := f.edge.Load().newEntry(t.Context(), it, nil)
		if err != nil {
			t.Fatal(err)
		}
		entries[i] = en
	}
	wrong := 0
	for i, d := range desks {
		for _, problem := range d.problems(entries, killed) {
			if wrong++; wrong < 20 {
				t.Errorf("desktop %d (%s): %s", i, d.kind, problem)
			}
		}
	}
	if wrong > 0 {
		t.Errorf("%d things went wrong", wrong)
	}
}

// floor is a newsroom with an edge that restarts.
type floor struct {
	tape                   *tape
	over                   protocol
	edge                   atomic.Pointer[Edge]
	dial                   func() (net.Conn, error)
	room                   chan struct{} // who may be connected
	calm                   atomic.Bool   // lines break no more
	last                   atomic.Int64  // when calm: who has come this far leaves
	joins, breaks, changes atomic.Int64
}

func openFloor(t *testing.T, over protocol, room int) *floor {
	t.Helper()
	f := &floor{tape: &tape{}, over: over, room: make(chan struct{}, room)}
	f.edge.Store(f.newEdge())
	f.dial = over.listen(t, http.HandlerFunc(f.serve))
	t.Cleanup(f.restart)
	return f
}

func (f *floor) serve(w http.ResponseWriter, r *http.Request) { f.edge.Load().ServeHTTP(w, r) }

// entitled reads what a desktop may have from a header, as a layer outside would
// from a credential.
func entitled(r *http.Request) (v Visitor, err error) {
	if text := r.Header.Get("X-Entitled"); text != "" {
		v.Entitled, err = match.Parse(text)
	}
	return v, err
}

func (f *floor) newEdge() *Edge {
	return f.over.engine(New(Options{History: f.tape, Admit: entitled, Ring: 40, Queue: 16, Heartbeat: 3 * time.Second, Spread: 200 * time.Millisecond, Retry: 10 * time.Millisecond}))
}

func (f *floor) deliver(it wire.Item) { f.edge.Load().Deliver(it, nil) }

// restart puts another edge in place; the old one sends its desktops away, or
// cuts them off.
func (f *floor) restart() {
	old := f.edge.Swap(f.newEdge())
	ctx, cancel := context.WithTimeout(context.Background(), rand.N(400*time.Millisecond))
	defer cancel()
	old.Shutdown(ctx)
}

func (f *floor) await(t *testing.T, what string, done func() bool) {
	t.Helper()
	f.awaitAll(t, what, func() int {
		if done() {
			return 0
		}
		return 1
	})
}

// awaitAll waits until nobody is left; it gives up when their number has not changed
// for patience, however slow the machine is.
func (f *floor) awaitAll(t *testing.T, what string, left func() int) {
	t.Helper()
	const patience = 3 * time.Minute
	before, since, told := 0, time.Now(), time.Now()
	for ; ; time.Sleep(20 * time.Millisecond) {
		n := left()
		switch now := time.Now(); {
		case n == 0:
			return
		case n != before:
			before, since = n, now
		case now.Sub(since) > patience:
			t.Fatalf("waited too long for %s: %d are left", what, n)
		}
		if time.Since(told) > 30*time.Second {
			told = time.Now()
			t.Logf("waiting for %s: %d are left, %d connections so far", what, n, f.joins.Load())
		}
	}
}
