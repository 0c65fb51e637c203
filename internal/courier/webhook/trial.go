package webhook

import (
	"context"
	"encoding/json"

	"github.com/wireroom/wireroom/internal/courier"
	"github.com/wireroom/wireroom/internal/format/offer"
	"github.com/wireroom/wireroom/internal/wire"
)

// Test sends an endpoint an event of the type wireroom.test, signed as every
// other, which says that it is no news. It has no receipt, and says nothing
// about how the endpoint is. In other formats than ninjs a test cannot be told
// from news, so that there is none.
func (h *Webhooks) Test(ctx context.Context, sub wire.Subscription) courier.Result {
	if f, err := offer.Lookup(sub.Format); err != nil || f.Name != offer.Ninjs {
		return courier.Result{Outcome: wire.Failed, Code: "only ninjs has a test: in another format the endpoint would take it for news"}
	}
	data, err := json.Marshal(map[string]any{
		"test":     true,
		"headline": "Test of this endpoint. Not a news item: do not publish.",
		"wire":     h.site.Name,
	})
	if err != nil {
		return courier.Result{Outcome: wire.Failed, Code: "the test could not be made"}
	}
	body, err := event("wireroom.test", h.now().UTC(), data)
	if err != nil {
		return courier.Result{Outcome: wire.Failed, Code: "the test could not be made"}
	}
	return h.post(ctx, sub, message{id: "test." + wire.NewToken(), mediaType: "application/json", body: body}, timeout)
}
