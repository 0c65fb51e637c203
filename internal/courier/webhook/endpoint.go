package webhook

import (
	"context"
	"fmt"
	"time"

	"github.com/wireroom/wireroom/internal/courier"
	"github.com/wireroom/wireroom/internal/courier/sealed"
	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/wire"
)

// Endpoints is what operators do to single endpoints. Its fields are required;
// it is safe for concurrent use.
type Endpoints struct {
	Store    *store.Store
	Sealer   sealed.Sealer
	Webhooks *Webhooks
	Now      func() time.Time // UTC
}

// Rotate gives the endpoint of a subscription a new secret, which it returns to
// be shown once. Those before sign beside it for Overlap, so that the outlet can
// change at leisure; after a leak they do not. It is on record. NotFound if there
// is no such subscription, Invalid if it is no webhook's.
func (e *Endpoints) Rotate(ctx context.Context, actor wire.Actor, id wire.SubscriptionID, leaked bool, reason string) (fresh string, err error) {
	if err := courier.Steers(actor); err != nil {
		return "", err
	}
	overlap := Overlap
	if leaked {
		overlap = 0
	}
	err = e.Store.Write(ctx, func(tx *store.Tx) error {
		err := sealed.Change(tx, e.Sealer, id, func(s *wire.Subscription) (err error) {
			if err = isWebhook(s); err == nil {
				s.Secret, fresh, err = Rotate(s.Secret, e.Now(), overlap)
			}
			return err
		})
		if err != nil {
			return err
		}
		return tx.AddDeliveryAct(&store.DeliveryAct{Actor: actor, Verb: "rotate", Subject: fmt.Sprintf("subscription %d", id), Reason: reason})
	})
	if err != nil {
		return "", err
	}
	return fresh, nil
}

// Try sends the endpoint of a subscription a test event and returns what came of
// it. Errors as Rotate.
func (e *Endpoints) Try(ctx context.Context, actor wire.Actor, id wire.SubscriptionID) (courier.Result, error) {
	if err := courier.Steers(actor); err != nil {
		return courier.Result{}, err
	}
	var s wire.Subscription
	err := e.Store.Read(ctx, func(tx *store.Tx) (err error) {
		s, err = tx.Subscription(id)
		return err
	})
	if err == nil {
		err = isWebhook(&s)
	}
	if err == nil {
		err = sealed.Open(e.Sealer, &s)
	}
	if err != nil {
		return courier.Result{}, err
	}
	return e.Webhooks.Test(ctx, s), nil
}

func isWebhook(s *wire.Subscription) error {
	if s.Channel == wire.ByWebhook {
		return nil
	}
	return wire.Errorf(wire.Invalid, "subscription", "subscription %d is not a webhook's but goes by %s", s.ID, s.Channel)
}
