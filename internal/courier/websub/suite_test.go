package websub

import (
	"context"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/wireroom/wireroom/internal/courier/channeltest"
	"github.com/wireroom/wireroom/internal/courier/webhook"
	"github.com/wireroom/wireroom/internal/wire"
)

func TestDeliveriesAreAChannel(t *testing.T) {
	channeltest.Run(t, func(t *testing.T) *channeltest.Fixture {
		var mu sync.Mutex
		var now channeltest.Behaviour
		var got []string
		hang := make(chan struct{})
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			mu.Lock()
			b := now
			if b == channeltest.Takes {
				got = append(got, r.Header.Get("Wire-Delivery"))
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
		feed := func(context.Context, string) (string, []byte, error) {
			return "application/rss+xml", []byte("<rss/>"), nil
		}
		return &channeltest.Fixture{
			Channel:      NewDeliveries("https://wire.example/hub", webhook.Client(true), feed, time.Now),
			Subscription: wire.Subscription{Channel: wire.ByWebSub, Query: topic, Address: srv.URL + "/callback/xyzzy", Secret: "plugh"},
			Can:          []channeltest.Behaviour{channeltest.Takes, channeltest.Refuses, channeltest.Delays, channeltest.Drops, channeltest.Hangs},
			Behave:       func(b channeltest.Behaviour) { mu.Lock(); now = b; mu.Unlock() },
			Received:     func() []string { mu.Lock(); defer mu.Unlock(); return slices.Clone(got) },
			Secrets:      []string{"xyzzy", "plugh", "127.0.0.1"},
		}
	})
}
