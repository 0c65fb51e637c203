package e2e

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/wireroom/wireroom/internal/store/storetest"
	"github.com/wireroom/wireroom/internal/wire"
	"github.com/wireroom/wireroom/test/e2e/rig"
)

// takeover is how long a due release may wait after its leader died.
const takeover = 5 * time.Second

// Two processes on one PostgreSQL and one NATS. The one that leads the clock is
// killed while a release waits for its time; the other lifts it.
func TestWhenTheLeaderDiesTheOtherLiftsWhatIsDue(t *testing.T) {
	if testing.Short() {
		t.Skip("runs whole wires; not in -short")
	}
	database := storetest.URL(t, "postgres")
	cluster := rig.StartCluster(t, 1)
	house := rig.OpenHouse(t, 24, 12, false)
	keys := t.TempDir()
	options := func() rig.Options {
		return rig.Options{Data: t.TempDir(), Args: []string{"--keys", keys, "--database", database, "--nats", cluster.URL(), "--smtp", house.Relay.URL()}}
	}
	first := options()
	house.Import(t, first.Data, "--database", database, "--keys", keys)
	wires := []*rig.Wire{rig.Start(t, first), rig.Start(t, options())}
	leading := whoLeads(t, wires)
	leader, other := wires[leading], wires[1-leading]

	// What was delivered before is not to come again from the other.
	var ids []wire.ReleaseID
	for i := range 6 {
		r, err := wires[i%2].Publish(t.Context(), rig.Story(fmt.Sprintf("L%d", i), "en"), "")
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, r.ID)
	}
	settled(t, other, ids)
	due := time.Now().Add(2500 * time.Millisecond).Truncate(time.Second)
	r, err := other.Publish(t.Context(), rig.Story("L-due", "en").At(due), "")
	if err != nil {
		t.Fatal(err)
	}
	ids = append(ids, r.ID)
	leader.Kill()
	killed := time.Now()

	var lifted time.Time
	rig.Wait(t, 20*time.Second, "the lift by the other", func() error {
		now, err := other.Release(t.Context(), r.ID)
		if err == nil && len(now.Items) == 0 {
			err = fmt.Errorf("release %s is %s\n%s", r.ID, now.State, other.Journal().Tail(20))
		}
		if err == nil {
			lifted = now.Items[0].ClearTime
		}
		return err
	})
	from := due
	if killed.After(due) {
		from = killed
	}
	if late := lifted.Sub(from); late < 0 && lifted.Before(due) || late > takeover {
		t.Errorf("release %s was lifted %v after it could be, allowed are %v\n%s", r.ID, late, takeover, other.Journal().Tail(20))
	}
	settled(t, other, ids)
	received, doubled, want := countOnce(t, other, house, ids)
	t.Logf("leader killed: lifted %v after it was due, %v after the kill; deliveries %d, lost %d, doubled %d", lifted.Sub(due).Round(time.Millisecond), lifted.Sub(killed).Round(time.Millisecond), received, want-(received-doubled), doubled)
	other.Stop(20 * time.Second)
}

// settled waits until nothing of some releases is left to deliver.
func settled(t *testing.T, w *rig.Wire, ids []wire.ReleaseID) {
	t.Helper()
	for _, id := range ids {
		rig.Wait(t, 60*time.Second, "report of "+string(id), func() error {
			report, err := w.Report(t.Context(), id)
			if err == nil && !report.Settled() {
				err = fmt.Errorf("not settled: %s\n%s", report, w.Journal().Tail(10, string(id)))
			}
			return err
		})
	}
}

// whoLeads waits until one of the processes leads the clock.
func whoLeads(t *testing.T, wires []*rig.Wire) int {
	t.Helper()
	leading := -1
	rig.Wait(t, 15*time.Second, "a leader", func() error {
		for i, w := range wires {
			if _, body, err := w.Get(t.Context(), "/metrics"); err == nil && strings.Contains(body, "\nwireroom_clock_leading 1\n") {
				leading = i
				return nil
			}
		}
		return rig.ErrNotYet
	})
	return leading
}

// countOnce checks that each release is on the wire once and came to everyone
// who wants it, once.
func countOnce(t *testing.T, other *rig.Wire, house *rig.House, ids []wire.ReleaseID) (received, doubled, want int) {
	t.Helper()
	items, err := other.Items(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, problem := range storetest.Problems(items) {
		t.Error(problem)
	}
	if len(items) != len(ids) {
		t.Errorf("%d items are on the wire, for %d releases", len(items), len(ids))
	}
	received, doubled = house.Received()
	for _, s := range house.Everyone {
		if s.Wants(rig.Write("en", "L")) {
			want += len(ids)
		}
	}
	if received-doubled != want {
		t.Errorf("%d different deliveries came, want %d", received-doubled, want)
	}
	if doubled > 0 {
		t.Errorf("%d deliveries came twice", doubled)
	}
	return received, doubled, want
}
