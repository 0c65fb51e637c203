package command

import (
	"context"
	"encoding/json"
	"fmt"
	"io"

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
	r, err := c.connect(ctx, config.Data)
	if err != nil {
		return err
	}
	var view api.TryView
	if err := r.post(ctx, fmt.Sprintf("/v1/subscriptions/%d/test", c.Subscription), map[string]string{}, &view, ""); err != nil {
		return err
	}
	if c.JSON {
		return json.NewEncoder(out).Encode(view)
	}
	if !view.Accepted {
		return wire.Errorf(wire.Unavailable, "endpoint", "did not take the test: %s", view.Code)
	}
	_, err = fmt.Fprintf(out, "accepted: %s\n", view.Code)
	return err
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
	r, err := c.connect(ctx, config.Data)
	if err != nil {
		return err
	}
	var view api.SecretView
	if err := r.post(ctx, fmt.Sprintf("/v1/subscriptions/%d/secret", c.Subscription), map[string]any{"leaked": c.Leaked, "reason": c.Reason}, &view, ""); err != nil {
		return err
	}
	if c.JSON {
		return json.NewEncoder(out).Encode(view)
	}
	_, err = fmt.Fprintf(out, "new secret: %s\npublic key of this wire, for v1a signatures: %s\n", view.Secret, view.Public)
	return err
}
