package webhook

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/wireroom/wireroom/internal/courier/channeltest"
	"github.com/wireroom/wireroom/internal/format"
	"github.com/wireroom/wireroom/internal/wire"
)

func TestWebhooksAreAChannel(t *testing.T) {
	channeltest.Run(t, func(t *testing.T) *channeltest.Fixture {
		var mu sync.Mutex
		var now channeltest.Behaviour
		var got []string
		hang := make(chan struct{})
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			mu.Lock()
			b := now
			if b == channeltest.Takes {
				got = append(got, r.Header.Get("Webhook-Id"))
			}
			mu.Unlock()
			switch b {
			case channeltest.Refuses:
				w.WriteHeader(http.StatusGone)
			case channeltest.Delays:
				w.WriteHeader(http.StatusServiceUnavailable)
			case channeltest.Drops:
				panic(http.ErrAbortHandler)
			case channeltest.Hangs:
				<-hang
			}
		}))
		t.Cleanup(srv.Close)
		t.Cleanup(func() { close(hang) })
		return &channeltest.Fixture{
			Channel:      New(format.Site{BaseURL: "https://wire.example", Name: "Wire"}, Client(true), time.Now),
			Subscription: wire.Subscription{Channel: wire.ByWebhook, Address: srv.URL + "/services/T0/xyzzy?key=plugh", Secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"},
			Can:          []channeltest.Behaviour{channeltest.Takes, channeltest.Refuses, channeltest.Delays, channeltest.Drops, channeltest.Hangs},
			Behave:       func(b channeltest.Behaviour) { mu.Lock(); now = b; mu.Unlock() },
			Received:     func() []string { mu.Lock(); defer mu.Unlock(); return slices.Clone(got) },
			Secrets:      []string{"xyzzy", "plugh", "MfKQ9", "127.0.0.1"},
		}
	})
}
