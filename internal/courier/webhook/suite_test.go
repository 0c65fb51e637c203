package webhook

import (
	"testing"
	"time"

	"github.com/wireroom/wireroom/internal/courier/channeltest"
	"github.com/wireroom/wireroom/internal/format"
	"github.com/wireroom/wireroom/internal/wire"
)

func TestWebhooksAreAChannel(t *testing.T) {
	channeltest.Run(t, func(t *testing.T) *channeltest.Fixture {
		address, f := channeltest.Endpoint(t, "Webhook-Id")
		f.Channel = New(format.Site{BaseURL: "https://wire.example", Name: "Wire"}, Client(true), time.Now)
		f.Subscription = wire.Subscription{Channel: wire.ByWebhook, Address: address + "/services/T0/xyzzy?key=plugh", Secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}
		f.Secrets = []string{"xyzzy", "plugh", "MfKQ9", "127.0.0.1"}
		return f
	})
}
