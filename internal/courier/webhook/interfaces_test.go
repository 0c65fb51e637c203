package webhook

import (
	"net/http"

	"github.com/wireroom/wireroom/internal/courier"
)

// What the courier asks of a channel, it finds here.
var (
	_ courier.Channel   = (*Webhooks)(nil)
	_ courier.Carrier   = (*Webhooks)(nil)
	_ courier.Backoff   = (*Webhooks)(nil)
	_ courier.Ward      = (*Webhooks)(nil)
	_ courier.Health    = (*Health)(nil)
	_ http.RoundTripper = (*Network)(nil)
)
