package command

import (
	"context"
	"fmt"
	"io"
	"net/http"

	"github.com/wireroom/wireroom/internal/api"
	"github.com/wireroom/wireroom/internal/app"
	"github.com/wireroom/wireroom/internal/wire"
)

// DeliveriesTest tries a webhook.
type DeliveriesTest struct {
	Remote
	Subscription wire.SubscriptionID `arg:"" help:"Number of the subscription."`
	JSON         bool                `name:"json" help:"Print one JSON object."`
}

// Run sends a test event and prints what the endpoint said; an endpoint that does
// not take it is an error.
func (c *DeliveriesTest) Run(ctx context.Context, config app.Config, out io.Writer) error {
	var view api.TryView
	return c.ask(ctx, config, out, question{
		method: http.MethodPost, path: fmt.Sprintf("/v1/subscriptions/%d/test", c.Subscription), in: map[string]string{}, answer: &view, json: c.JSON,
		print: func() error {
			if !view.Accepted {
				return wire.Errorf(wire.Unavailable, "endpoint", "did not take the test: %s", view.Code)
			}
			_, err := fmt.Fprintf(out, "accepted: %s\n", view.Code)
			return err
		},
	})
}

// DeliveriesSecret gives a webhook a new secret.
type DeliveriesSecret struct {
	Remote
	Subscription wire.SubscriptionID `arg:"" help:"Number of the subscription."`
	Leaked       bool                `help:"The old secret signs no more from now on; else for a day beside the new one."`
	Reason       string              `help:"Why, for the record." placeholder:"TEXT"`
	JSON         bool                `name:"json" help:"Print one JSON object."`
}

// Run prints the secret, once.
func (c *DeliveriesSecret) Run(ctx context.Context, config app.Config, out io.Writer) error {
	var view api.SecretView
	return c.ask(ctx, config, out, question{
		method: http.MethodPost, path: fmt.Sprintf("/v1/subscriptions/%d/secret", c.Subscription), in: map[string]any{"leaked": c.Leaked, "reason": c.Reason}, answer: &view, json: c.JSON,
		print: func() error {
			_, err := fmt.Fprintf(out, "new secret: %s\npublic key of this wire, for v1a signatures: %s\n", view.Secret, view.Public)
			return err
		},
	})
}
