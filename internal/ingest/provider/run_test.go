package provider_test

import (
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/wireroom/wireroom/internal/ingest/provider"
	"github.com/wireroom/wireroom/internal/wire"
)

// agency is a provider's server without a network: it counts how often it is
// asked.
type agency struct {
	mu     sync.Mutex
	body   string
	status int
	asked  int
}

func (a *agency) RoundTrip(q *http.Request) (*http.Response, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.asked++
	status := a.status
	if status == 0 {
		status = http.StatusOK
	}
	return &http.Response{StatusCode: status, Status: http.StatusText(status), Header: http.Header{}, Body: io.NopCloser(strings.NewReader(a.body)), Request: q}, nil
}

func (a *agency) times() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.asked
}

const address = "http://kabar.example/feed.xml"

func TestOneProcessPullsWhatIsDueAndTheNextTakesOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &room{}
		r.open(t, "sqlite", time.Now)
		there := &agency{body: string(feed(entry("1", "2026-11-23T08:00:00Z", "Halden opens a yard", sentence)))}
		options := r.options
		options.Client, options.Sole = &http.Client{Transport: there}, false
		options.Process = "one"
		one := provider.New(options)
		options.Process = "two"
		two := provider.New(options)
		r.put(t, wire.Provider{Trust: wire.TrustDesk, Pull: &wire.Pull{URL: address, Every: 100}})

		first, endFirst := context.WithCancel(t.Context())
		second, endSecond := context.WithCancel(t.Context())
		var running sync.WaitGroup
		running.Go(func() { one.Run(first) })
		time.Sleep(time.Second)
		running.Go(func() { two.Run(second) })

		time.Sleep(9 * time.Minute)
		if n := there.times(); n != 6 {
			t.Errorf("asked %d times in ten minutes, want 6", n)
		}
		endFirst()
		time.Sleep(10 * time.Minute)
		if n := there.times(); n < 11 || n > 12 {
			t.Errorf("asked %d times in twenty minutes, want 11 or 12", n)
		}
		endSecond()
		running.Wait()
		if all, err := r.Arrivals(t.Context(), editor, "kabar", "", 0, 10); err != nil || len(all) != 1 {
			t.Errorf("%d came, want 1 (%v)", len(all), err)
		}
		if err := r.store.Close(); err != nil {
			t.Error(err)
		}
	})
}

// gauge is a provider's value of a metric.
func gauge(t *testing.T, from prometheus.Gatherer, name string) float64 {
	t.Helper()
	families, err := from.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() == name {
			return f.GetMetric()[0].GetGauge().GetValue()
		}
	}
	return -1
}

func TestAPersonIsCalledOnceWhereNothingComes(t *testing.T) {
	onEngines(t, func(t *testing.T, r *room) {
		seen := prometheus.NewRegistry()
		options := r.options
		options.Registry = seen
		x := provider.New(options)
		r.put(t, wire.Provider{Trust: wire.TrustDesk, Idle: 3600})
		tick := func(later time.Duration, silent bool) {
			t.Helper()
			r.now = r.now.Add(later)
			if err := x.Tick(t.Context(), true); err != nil {
				t.Fatal(err)
			}
			s, err := x.Status(t.Context(), editor, "kabar")
			if err != nil || s.Silent != silent {
				t.Errorf("silent %t, want %t (%v)", s.Silent, silent, err)
			}
		}
		tick(0, false) // silence counts from the first look
		tick(time.Hour, false)
		tick(time.Second, true)
		if gauge(t, seen, "wireroom_provider_idle") != 1 {
			t.Error("the alarm is no metric")
		}
		after := prometheus.NewRegistry()
		options.Registry = after
		x = provider.New(options) // a restart
		tick(time.Hour, true)
		if gauge(t, after, "wireroom_provider_idle") != 1 {
			t.Error("a restart ends the alarm")
		}
		if _, err := x.HandIn(t.Context(), editor, "kabar", "feed.xml", feed(entry("1", "2026-11-23T08:00:00Z", "Halden opens a yard", sentence))); err != nil {
			t.Fatal(err)
		}
		tick(0, false)
		if gauge(t, after, "wireroom_provider_idle") != 0 {
			t.Error("what came does not end the alarm")
		}
		tick(2*time.Hour, true)
	})
}

func TestATickLeavesAloneWhatIsNotDue(t *testing.T) {
	onEngines(t, func(t *testing.T, r *room) {
		there := &agency{body: string(feed(""))}
		options := r.options
		options.Client = &http.Client{Transport: there}
		x := provider.New(options)
		p := wire.Provider{ID: "kabar", Name: "Kabar", Trust: wire.TrustDesk, Pull: &wire.Pull{URL: address, Every: 60}, Push: wire.Push{Folder: true}}
		if err := x.Put(t.Context(), editor, p, true); err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(r.Folder, "kabar", "a.xml")
		drop := func() {
			t.Helper()
			if err := os.WriteFile(file, feed(entry("1", "2026-11-23T08:00:00Z", "Halden opens a yard", sentence)), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		tick := func(later time.Duration, leads bool, asked int, left bool) {
			t.Helper()
			r.now = r.now.Add(later)
			for range 2 { // a file is whole when it is the same twice
				if err := x.Tick(t.Context(), leads); err != nil {
					t.Fatal(err)
				}
			}
			_, err := os.Stat(file)
			if n := there.times(); n != asked || (err == nil) != left {
				t.Errorf("asked %d times, want %d; the file is left: %t, want %t", n, asked, err == nil, left)
			}
		}
		drop()
		tick(0, false, 0, false) // who does not lead sweeps its folder and pulls nothing
		tick(0, true, 1, false)
		tick(59*time.Second, true, 1, false)
		tick(time.Second, true, 2, false)
		if err := x.Pause(t.Context(), editor, "kabar", true); err != nil {
			t.Fatal(err)
		}
		drop()
		tick(time.Hour, true, 2, true) // paused: not a look, and files stay
		if err := x.Pause(t.Context(), editor, "kabar", false); err != nil {
			t.Fatal(err)
		}
		tick(0, true, 3, false)
		if err := x.Remove(t.Context(), editor, "kabar"); err != nil {
			t.Fatal(err)
		}
		drop()
		tick(time.Hour, true, 3, true)
	})
}

func TestADocumentThatCannotBeReadIsNotedOnce(t *testing.T) {
	onEngines(t, func(t *testing.T, r *room) {
		there := &agency{body: "<nitf><body><p>Secret takeover"}
		options := r.options
		options.Client = &http.Client{Transport: there}
		x := provider.New(options)
		r.put(t, wire.Provider{Trust: wire.TrustDesk, Pull: &wire.Pull{URL: address, Every: 60}})
		for range 3 {
			if _, err := x.Look(t.Context(), editor, "kabar"); wire.KindOf(err) != wire.Invalid {
				t.Fatal(err)
			}
		}
		all, err := x.Arrivals(t.Context(), editor, "kabar", wire.WasRefused, 0, 10)
		if err != nil || len(all) != 1 || all[0].Reason == "" {
			t.Fatalf("%+v, %v", all, err)
		}
		s, err := x.Status(t.Context(), editor, "kabar")
		if err != nil || s.Failures != 3 || strings.Contains(s.Problem, "nitf") {
			t.Errorf("%+v, %v", s, err) // the problem stands in the clear
		}
		if _, raw, err := x.Refused(t.Context(), editor, "kabar", all[0].Number); err != nil || string(raw) != there.body {
			t.Errorf("%q, %v", raw, err)
		}
	})
}

func TestLooksAfterFailuresAreSpread(t *testing.T) {
	r := open(t, "sqlite")
	there := &agency{status: http.StatusBadGateway}
	options := r.options
	options.Client = &http.Client{Transport: there}
	r.put(t, wire.Provider{Trust: wire.TrustDesk, Pull: &wire.Pull{URL: address, Every: 60}})
	for i, c := range []struct {
		draw float64
		next time.Duration
	}{{0, 2 * time.Minute}, {0.5, 4*time.Minute + 30*time.Second}, {0.999, 9*time.Minute + 59*time.Second}} {
		options.Spread = func() float64 { return c.draw }
		x := provider.New(options)
		if _, err := x.Look(t.Context(), editor, "kabar"); wire.KindOf(err) != wire.Unavailable {
			t.Fatal(err)
		}
		if s, err := x.Status(t.Context(), editor, "kabar"); err != nil || s.Next.Sub(r.now).Truncate(time.Second) != c.next {
			t.Errorf("failure %d: next in %s, want %s (%v)", i+1, s.Next.Sub(r.now), c.next, err)
		}
	}
}
