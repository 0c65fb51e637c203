package rig

import (
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/wireroom/wireroom/internal/demo/receivers"
)

// House is the world around a wire: a mail relay and webhook endpoints that
// outlive its processes and count for themselves, and who asked for what.
type House struct {
	Relay    *receivers.Relay
	Hooks    *receivers.Endpoints
	Everyone []Subscriber
	Maildir  string // of the relay; where mails are kept

	mu    sync.Mutex
	hooks []Arrival
	bad   []string
}

// Arrival is one webhook as it came, copies included.
type Arrival struct {
	Delivery
	Endpoint int
	Copy     int // 1 for the first
	At       time.Time
}

// OpenHouse opens the receivers, with a directory of contacts and outlets. The
// relay keeps mails only if it shall. All end with the test.
func OpenHouse(t testing.TB, contacts, outlets int, keepMails bool) *House {
	t.Helper()
	h := &House{Maildir: t.TempDir()}
	keep := 0
	if keepMails {
		keep = 1_000_000
	}
	var err error
	if h.Relay, err = receivers.OpenRelay(h.Maildir, keep); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.Relay.Close() })
	if h.Hooks, err = receivers.OpenEndpoints("127.0.0.1:0", func(int) string { return Secret }); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.Hooks.Close() })
	h.Hooks.OnDelivery = h.arrive
	h.Everyone = Everyone(contacts, outlets, h.Hooks.Base())
	return h
}

func (h *House) arrive(endpoint int, _ string, body []byte, times int) {
	d, err := ReadHook(body)
	h.mu.Lock()
	defer h.mu.Unlock()
	if err != nil {
		h.bad = append(h.bad, err.Error()+": "+string(body))
		return
	}
	h.hooks = append(h.hooks, Arrival{d, endpoint, times, time.Now()})
}

// Import fills the directory of a data folder, or of another database with
// further flags, with everyone.
func (h *House) Import(t testing.TB, data string, flags ...string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "directory.jsonl")
	if err := os.WriteFile(file, JSONLines(h.Everyone), 0o600); err != nil {
		t.Fatal(err)
	}
	Command(t, append([]string{"import", file, "--data", data}, flags...)...)
}

// Arrivals returns the webhooks that came so far, in order, and fails the test
// for those that were no item or not signed.
func (h *House) Arrivals(t testing.TB) []Arrival {
	t.Helper()
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, b := range h.bad[:min(len(h.bad), 3)] {
		t.Errorf("%d webhooks brought no item: %s", len(h.bad), b)
	}
	h.bad = nil
	if n := h.Hooks.Refused.Load(); n > 0 {
		t.Errorf("%d webhooks were not signed as they should be", n)
	}
	return append([]Arrival(nil), h.hooks...)
}

// Received returns how many deliveries came on both channels, copies included,
// and how many of them were copies.
func (h *House) Received() (received, doubled int) {
	mail, hook := h.Relay.Tally.Count(), h.Hooks.Tally.Count()
	return mail.Received + hook.Received, mail.Doubled + hook.Doubled
}
