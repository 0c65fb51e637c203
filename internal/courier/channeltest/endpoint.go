package channeltest

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
)

// Endpoint starts an HTTP server that can behave in every way, and ends it with the
// test. It returns its address, and a fixture that has everything but the channel and
// the subscription; header is the field that has the id of a delivery.
func Endpoint(t *testing.T, header string) (address string, f *Fixture) {
	t.Helper()
	var mu sync.Mutex
	var now Behaviour
	var got []string
	hang := make(chan struct{})
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		b := now
		if b == Takes {
			got = append(got, r.Header.Get(header))
		}
		mu.Unlock()
		switch b {
		case Refuses:
			w.WriteHeader(http.StatusGone)
		case Delays:
			w.WriteHeader(http.StatusServiceUnavailable)
		case Drops:
			panic(http.ErrAbortHandler)
		case Hangs:
			<-hang
		}
	}))
	t.Cleanup(srv.Close)
	t.Cleanup(func() { close(hang) })
	return srv.URL, &Fixture{
		Can:      []Behaviour{Takes, Refuses, Delays, Drops, Hangs},
		Behave:   func(b Behaviour) { mu.Lock(); now = b; mu.Unlock() },
		Received: func() []string { mu.Lock(); defer mu.Unlock(); return slices.Clone(got) },
	}
}
