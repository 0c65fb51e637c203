package websub

import (
	"context"
	"testing"
	"time"

	"github.com/wireroom/wireroom/internal/courier/channeltest"
	"github.com/wireroom/wireroom/internal/courier/webhook"
	"github.com/wireroom/wireroom/internal/wire"
)

func TestDeliveriesAreAChannel(t *testing.T) {
	channeltest.Run(t, func(t *testing.T) *channeltest.Fixture {
		feed := func(context.Context, string) (string, []byte, error) {
			return "application/rss+xml", []byte("<rss/>"), nil
		}
		address, f := channeltest.Endpoint(t, "Wire-Delivery")
		f.Channel = NewDeliveries("https://wire.example/hub", webhook.Client(true), feed, time.Now)
		f.Subscription = wire.Subscription{Channel: wire.ByWebSub, Query: topic, Address: address + "/callback/xyzzy", Secret: "plugh"}
		f.Secrets = []string{"xyzzy", "plugh", "127.0.0.1"}
		return f
	})
}
