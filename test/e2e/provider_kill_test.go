package e2e

import (
	"fmt"
	"math/rand/v2"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/wireroom/wireroom/internal/wire"
	"github.com/wireroom/wireroom/test/e2e/rig"
)

// A process that is killed while it takes a feed in finds on its next life what
// was taken in and what was not: each story is on the wire once.
func TestAKillInTheMiddleOfAFeedLosesAndDoublesNothing(t *testing.T) {
	const rounds, fresh = 8, 10
	x := openIntake(t)
	x.w.Kill()
	var seen atomic.Int64 // lines of the log about what the desk did
	at := make(chan struct{}, 1)
	var limit atomic.Int64
	journal := &rig.Journal{Watch: func(line string) {
		if strings.Contains(line, `msg="release `) && seen.Add(1) == limit.Load() {
			at <- struct{}{}
		}
	}}
	start := func() {
		t.Helper()
		x.w = rig.Launch(t, x.options, journal)
		if err := x.w.Ready(40 * time.Second); err != nil {
			t.Fatal(err)
		}
	}
	start()
	x.agency.show()
	x.provider("add", append(kabar, "--pull", x.agency.URL+"/news.xml", "--every", "10m")...)

	seed := rand.Uint64()
	random := rand.New(rand.NewPCG(seed, 1))
	var all []dispatch
	for round := range rounds {
		if round > 0 { // the first story goes on
			all[0].version++
			all[0].Text = rig.Write("en", fmt.Sprintf("Round %d", round))
		}
		for i := range fresh {
			all = append(all, dispatch{Text: rig.Write("en", fmt.Sprintf("S%d-%d", round, i)), id: fmt.Sprintf("s%d-%d", round, i), version: 1})
		}
		x.agency.show(all...)
		seen.Store(0)
		limit.Store(1 + random.Int64N(45))
		pull := exec.Command(rig.Binary(t), "provider", "pull", "kabar", "--data", x.options.Data)
		if err := pull.Start(); err != nil {
			t.Fatal(err)
		}
		select {
		case <-at:
		case <-time.After(20 * time.Second):
			t.Errorf("round %d (seed %d): the desk did %d things, and was to be killed after %d", round, seed, seen.Load(), limit.Load())
		}
		x.w.Kill()
		_ = pull.Wait() // its wire was killed
		start()
		rig.Wait(t, 30*time.Second, "the rest of the feed", func() error {
			if came := x.pull(); len(came) > 0 {
				return fmt.Errorf("%d stories came", len(came))
			}
			return nil
		})
	}
	items := x.onWire(rounds*fresh + rounds - 1)
	published := map[string]int{}
	for _, it := range items {
		published[it.Headline]++
		if want := map[bool]wire.Action{true: wire.Update, false: wire.Publish}[strings.Contains(it.Headline, "Round")]; it.Action != want {
			t.Errorf("seed %d: %q: %s", seed, it.Headline, it.Action)
		}
	}
	for headline, n := range published {
		if n != 1 {
			t.Errorf("seed %d: %q is on the wire %d times", seed, headline, n)
		}
	}
	if got := x.got(); len(got) != len(items) {
		t.Errorf("seed %d: the outlet got %d items of %d", seed, len(got), len(items))
	}
	_, doubled := x.house.Received()
	t.Logf("%d kills, %d stories, %d items, %d deliveries doubled", rounds, rounds*fresh, len(items), doubled)
}
