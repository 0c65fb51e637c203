package edge

import (
	"bufio"
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/wireroom/wireroom/internal/wire"
)

func TestShardsSendOneByOneWhereThereIsLessThanHalfAProcessor(t *testing.T) {
	for _, c := range []struct {
		name       string
		before     bool
		used, took time.Duration
		want       bool
	}{
		{"a third of one", false, 10 * time.Millisecond, 30 * time.Millisecond, true},
		{"most of two", false, 50 * time.Millisecond, 30 * time.Millisecond, false},
		{"between: at once as before", false, 20 * time.Millisecond, 30 * time.Millisecond, false},
		{"between: one by one as before", true, 20 * time.Millisecond, 30 * time.Millisecond, true},
		{"there is room again", true, 29 * time.Millisecond, 30 * time.Millisecond, false},
		{"too short to tell, starved", false, 0, tellingSend - 1, false},
		{"too short to tell, not starved", true, tellingSend - 1, tellingSend - 1, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			var r rota
			r.oneByOne.Store(c.before)
			r.learn(c.used, c.took)
			if got := r.oneByOne.Load(); got != c.want {
				t.Fatalf("after %v of processors in %v one by one is %v, want %v", c.used, c.took, got, c.want)
			}
			end := r.begin()
			if alone := !r.sending.TryLock(); alone != c.want {
				t.Errorf("another shard must wait: %v, want %v", alone, c.want)
			} else if !alone {
				r.sending.Unlock()
			}
			end()
			if !r.sending.TryLock() {
				t.Error("another shard must wait after the end")
			}
		})
	}
}

func TestProcessTimeGoesOn(t *testing.T) {
	for began := processTime(); processTime() == began; {
	}
}

func TestShardsThatSendOneByOneReachEveryone(t *testing.T) {
	p := &tape{}
	e := New(Options{History: p})
	e.width = 3
	dial := plain.listen(t, e)
	var desktops []*bufio.Reader
	hear := func(r *bufio.Reader, line string) {
		t.Helper()
		for got := ""; got != line; {
			var err error
			if got, err = r.ReadString('\n'); err != nil {
				t.Fatalf("%v instead of %q", err, line)
			}
		}
	}
	for range 4 * e.width {
		conn, err := dial()
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		fmt.Fprint(conn, "GET /v1/stream HTTP/1.1\r\nHost: wire.example\r\n\r\n")
		desktops = append(desktops, bufio.NewReader(conn))
		hear(desktops[len(desktops)-1], "id: 0\n")
	}
	for members(e) < len(desktops) {
		runtime.Gosched() // they have their opening, and are on their way to the shards
	}
	e.mu.Lock()
	for _, s := range e.shards {
		s.rota.oneByOne.Store(true)
	}
	e.mu.Unlock()
	for range 3 {
		e.Deliver(p.clear(story("en", "Bridge opens"), wire.Publish, time.Now()), nil)
	}
	for _, r := range desktops {
		for _, line := range []string{"id: 1\n", "id: 2\n", "id: 3\n"} {
			hear(r, line)
		}
	}
}
