package webhook

import (
	"context"
	"encoding/json"

	"github.com/wireroom/wireroom/internal/courier"
	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/wire"
)

// MaxReplay bounds how many wire numbers one replay spans.
const MaxReplay = 10_000

// replayPart is how many wire numbers are looked through at a time.
const replayPart = 64

// replayRank is the least pressing lane of the courier's queues: what is new
// goes first.
const replayRank = 3

// Replay returns the plan of bringing a subscription again what was planned for
// it under the wire numbers from first to last, whatever came of that, in their
// order: a batch an item, to be stored by store.Tx.AddResends in the same
// transaction. Versions that were superseded since are left out, so that no text
// goes out again that was corrected or withdrawn. Each delivery has the same
// Webhook-Id as before: a receiver drops what it has. shard is the one that the
// subscription's address belongs to now.
func Replay(tx *store.Tx, sub wire.Subscription, shard int, first, last int64) ([]store.Batch, error) {
	switch {
	case first < 1 || last < first:
		return nil, wire.Errorf(wire.Invalid, "from", "must be a wire number from 1 on, and not above the last")
	case last-first >= MaxReplay:
		return nil, wire.Errorf(wire.Invalid, "from", "spans more than %d wire numbers: replay in parts", MaxReplay)
	case sub.Paused:
		return nil, wire.Errorf(wire.Conflict, "subscription", "is paused; take it up again first")
	}
	var plan []store.Batch
	for from := first; from <= last; from += replayPart {
		found, err := tx.BatchesTo(sub.ID, sub.Channel, from, min(from+replayPart-1, last))
		if err != nil {
			return nil, err
		}
		for _, b := range found {
			versions, err := tx.VersionsOf(b.Release, b.Language)
			if err != nil {
				return nil, err
			}
			if len(versions) > 0 && versions[len(versions)-1].Number > b.Number {
				continue
			}
			b.Shard = shard
			if b.Rank > 0 { // a withdrawal stays the most pressing
				b.Rank = replayRank
			}
			plan = append(plan, b)
		}
	}
	return plan, nil
}

// Test sends an endpoint an event of the type wireroom.test, signed as every
// other, which says that it is no news. It has no receipt, and says nothing
// about how the endpoint is.
func (h *Webhooks) Test(ctx context.Context, sub wire.Subscription) courier.Result {
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
	return h.post(ctx, sub, "test."+wire.NewToken(), body, timeout)
}
