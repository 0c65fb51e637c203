package e2e

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/wireroom/wireroom/client"
	"github.com/wireroom/wireroom/internal/wire"
	"github.com/wireroom/wireroom/test/e2e/rig"
)

// seed returns what a random run is made from, and says it.
func seed(t *testing.T) *rand.Rand {
	t.Helper()
	n := uint64(time.Now().UnixNano())
	if given := os.Getenv("WIREROOM_SEED"); given != "" {
		var err error
		if n, err = strconv.ParseUint(given, 10, 64); err != nil {
			t.Fatalf("WIREROOM_SEED: %v", err)
		}
	}
	t.Logf("WIREROOM_SEED=%d", n)
	return rand.New(rand.NewPCG(n, 0))
}

// desktop drops its connection again and again and resumes where it was.
type desktop struct {
	filter  client.Filter
	stream  client.Stream
	random  *rand.Rand
	numbers []int64
	drops   int
	resets  int
}

// sit follows the stream for a random moment, at most a sixth of a second, then
// drops the connection in the middle of whatever comes.
func (d *desktop) sit(ctx context.Context, url string) {
	ctx, drop := context.WithTimeout(ctx, time.Duration(1+d.random.IntN(150))*time.Millisecond)
	defer drop()
	d.connect(ctx, url)
	d.drops++
}

func (d *desktop) connect(ctx context.Context, url string) {
	transport := &http.Transport{DisableKeepAlives: true}
	defer transport.CloseIdleConnections()
	d.stream.URL, d.stream.Filter, d.stream.Format = url, d.filter, "headline"
	d.stream.HTTP = &http.Client{Transport: transport}
	_ = d.stream.Run(ctx, func(e client.Event) error { // ends with the context
		if e.Type == "reset" {
			d.resets++
		} else {
			d.numbers = append(d.numbers, e.Number())
		}
		return nil
	})
}

// Ten desktops drop and resume a hundred times each, while the wire goes on.
// Each ends with exactly what its filter lets through.
func TestAThousandResumesMissAndRepeatNothing(t *testing.T) {
	if testing.Short() {
		t.Skip("runs a whole wire; not in -short")
	}
	const desktops, resumes = 10, 100
	random := seed(t)
	house := rig.OpenHouse(t, 0, 0, false)
	w := rig.Start(t, rig.Options{Data: t.TempDir(), Args: []string{"--smtp", house.Relay.URL()}})

	var all []*desktop
	var sitting, publishing sync.WaitGroup
	for i := range desktops {
		d := &desktop{random: rand.New(rand.NewPCG(random.Uint64(), 0)), stream: client.Stream{Last: "0"}}
		if i%2 == 1 {
			d.filter.Languages = []string{[]string{"en", "ar", "ja"}[i/2%3]}
		}
		all = append(all, d)
		sitting.Go(func() {
			for range resumes {
				d.sit(t.Context(), w.URL)
			}
		})
	}
	stop := make(chan struct{})
	publishing.Go(func() { publishUntil(t, w.API, stop) })
	sitting.Wait()
	close(stop)
	publishing.Wait()

	items, err := w.Items(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	if len(items) < 30 {
		t.Fatalf("only %d items were published meanwhile: the run shows nothing\n%s", len(items), w.Journal().Tail(20))
	}
	drops := 0
	for i, d := range all {
		drops += d.drops
		mine := wanted(items, d.filter)
		d.catchUp(t.Context(), w.URL, mine)
		want := rig.Told(mine, d.numbers)
		if fmt.Sprint(d.numbers) != fmt.Sprint(want) || d.resets > 0 {
			t.Errorf("desktop %d (%v) had, after %d drops and %d resets,\n%v\nwant\n%v", i, d.filter.Languages, d.drops, d.resets, d.numbers, want)
		}
	}
	t.Logf("stream: %d items, %d desktops, %d drops and resumes, nothing missed or repeated: %t", len(items), desktops, drops, !t.Failed())
	w.Stop(20 * time.Second)
}

// publishUntil publishes, and corrects or kills every fourth.
func publishUntil(t *testing.T, api rig.API, stop chan struct{}) {
	for i := 0; ; i++ {
		select {
		case <-stop:
			return
		case <-time.After(10 * time.Millisecond):
		}
		language := []string{"en", "ar", "ja"}[i%3]
		r, err := api.Publish(t.Context(), rig.Story(fmt.Sprintf("S%d", i), language), "")
		if err != nil {
			t.Errorf("publish: %v", err)
			return
		}
		if i%4 != 0 {
			continue
		}
		for len(r.Items) == 0 && t.Context().Err() == nil {
			if r, err = api.Release(t.Context(), r.ID); err != nil {
				t.Error(err)
				return
			}
		}
		verb, content := wire.DoKill, (*rig.Submission)(nil)
		if i%8 == 0 {
			again := rig.Story(fmt.Sprintf("S%d again", i), language)
			verb, content = wire.DoCorrect, &again
		}
		if _, err := api.Act(t.Context(), r.ID, verb, 0, "it was wrong", content); err != nil {
			t.Errorf("%s: %v", verb, err)
			return
		}
	}
}

// wanted returns the items that a filter by language lets through. A kill has a
// language too, and goes to whoever had the story.
func wanted(items []wire.Item, f client.Filter) []wire.Item {
	var mine []wire.Item
	for _, it := range items {
		if len(f.Languages) == 0 || f.Languages[0] == it.Language {
			mine = append(mine, it)
		}
	}
	return mine
}

// catchUp stays until everything has come, and a moment longer for what should
// not.
func (d *desktop) catchUp(ctx context.Context, url string, mine []wire.Item) {
	for end := time.Now().Add(10 * time.Second); len(d.numbers) < len(rig.Told(mine, d.numbers)) && time.Now().Before(end); {
		short, cancel := context.WithTimeout(ctx, 300*time.Millisecond)
		d.connect(short, url)
		cancel()
	}
	short, cancel := context.WithTimeout(ctx, 200*time.Millisecond)
	defer cancel()
	d.connect(short, url)
}
