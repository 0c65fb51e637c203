package courier

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/wire"
)

// Keeper is a Health whose addresses a person can suspend and resume.
type Keeper interface {
	// Suspend has an address get nothing new until it is resumed.
	Suspend(ctx context.Context, actor, address, reason string) error
	// Resume has it get what is new again.
	Resume(ctx context.Context, actor, address string) error
}

// SuspendedSubscription is a subscription that gets nothing new.
type SuspendedSubscription struct {
	Subscription wire.SubscriptionID `json:"subscription"`
	Holder       string              `json:"holder,omitempty" doc:"Name of the outlet or contact"`
	Channel      wire.Channel        `json:"channel"`
	Address      string              `json:"address" doc:"Without what would open a mailbox or an endpoint"`
	Suspended    bool                `json:"suspended"`
	Since        time.Time           `json:"since,omitzero" doc:"Missing if it was suspended before this was noted"`
	By           string              `json:"by,omitempty" doc:"Who suspended it, or its holder; none if the wire did, for its receiver was gone"`
	Reason       string              `json:"reason,omitempty"`
}

// SuspendedEndpoint is the address of an endpoint or a mailbox that gets nothing
// new, whatever subscriptions lead to it.
type SuspendedEndpoint struct {
	Channel wire.Channel `json:"channel"`
	Address string       `json:"address" doc:"Without what would open a mailbox or an endpoint"`
	Since   time.Time    `json:"since"`
	By      string       `json:"by,omitempty" doc:"Who suspended it; none if the wire did, after days of failures"`
	Reason  string       `json:"reason,omitempty"`
	Code    string       `json:"code,omitempty" doc:"What it said last"`
	Next    time.Time    `json:"next,omitzero" doc:"The earliest next probe"`
}

// SuspendSubscription has a subscription get nothing new, or again what is new if
// suspended is false; amendments of what it was served reach it either way. Doing
// it twice is one act. To resume needs a reason: a holder may have unsubscribed.
func (c *Courier) SuspendSubscription(ctx context.Context, actor wire.Actor, id wire.SubscriptionID, suspended bool, reason string) (SuspendedSubscription, error) {
	verb, err := checkSuspension(actor, suspended, reason)
	if err != nil {
		return SuspendedSubscription{}, err
	}
	var h store.Holding
	changed := false
	err = c.Store.Write(ctx, func(tx *store.Tx) (err error) {
		if h, err = tx.Holding(id); err != nil {
			return err
		}
		if changed = h.Paused != suspended; !changed {
			return nil
		}
		h.Paused = suspended
		if suspended {
			err = tx.Pause(h.Subscription, actor.Name, reason)
		} else {
			err = tx.UpdateSubscription(h.Subscription)
		}
		if err != nil {
			return err
		}
		if h, err = tx.Holding(id); err != nil {
			return err
		}
		return tx.AddDeliveryAct(&store.DeliveryAct{Actor: actor, Verb: verb, Subject: fmt.Sprintf("subscription %d", id), Reason: reason})
	})
	if err != nil {
		return SuspendedSubscription{}, err
	}
	if changed {
		c.Log.Info("subscription changed by hand", "subscription", id, "suspended", suspended, "actor", actor.Name, "role", actor.Role)
		c.Wake()
	}
	return suspendedSubscription(&h), nil
}

func suspendedSubscription(h *store.Holding) SuspendedSubscription {
	return SuspendedSubscription{
		Subscription: h.ID, Holder: h.Holder, Channel: h.Channel, Address: Mask(h.Channel, h.Address),
		Suspended: h.Paused, Since: h.PausedSince, By: h.PausedBy, Reason: h.PausedFor,
	}
}

// checkSuspension says who may suspend and resume, and returns the verb of it.
func checkSuspension(actor wire.Actor, suspended bool, reason string) (string, error) {
	if err := Steers(actor); err != nil {
		return "", err
	}
	switch {
	case len(reason) > maxReason:
		return "", wire.Errorf(wire.Exhausted, "reason", "is longer than %d bytes: shorten it", maxReason)
	case !suspended && strings.TrimSpace(reason) == "":
		return "", wire.Errorf(wire.Invalid, "reason", "say why: the holder may have ended it")
	case suspended:
		return verbSuspend, nil
	}
	return verbResume, nil
}

// SuspendEndpoint has the address of a webhook or a mailbox get nothing new, or again what is new
// if suspended is false. NotFound if no subscription leads to it.
func (c *Courier) SuspendEndpoint(ctx context.Context, actor wire.Actor, address string, suspended bool, reason string) error {
	verb, err := checkSuspension(actor, suspended, reason)
	if err != nil {
		return err
	}
	at, err := c.subscriptionsAt(ctx, address)
	if err != nil {
		return err
	}
	var keeper Keeper
	var channel wire.Channel
	for _, id := range at {
		of := c.subscription(id).Channel
		if k, ok := c.Health[of].(Keeper); ok {
			keeper, channel = k, of
		}
	}
	if keeper == nil {
		return wire.Errorf(wire.NotFound, "address", "no webhook and no mail leads to this address: give it as it stands in the directory, or suspend the subscription")
	}
	if suspended {
		err = keeper.Suspend(ctx, actor.Name, address, reason)
	} else {
		err = keeper.Resume(ctx, actor.Name, address)
	}
	if err != nil {
		return err
	}
	c.Log.Info("endpoint changed by hand", "endpoint", Mask(channel, address), "suspended", suspended, "actor", actor.Name, "role", actor.Role)
	return c.Store.Write(ctx, func(tx *store.Tx) error {
		return tx.AddDeliveryAct(&store.DeliveryAct{Actor: actor, Verb: verb, Subject: "endpoint " + Mask(channel, address), Reason: reason})
	})
}

// Suspended returns subscriptions after one that get nothing new, by id, up to
// limit, and where the next page begins, 0 at the end. With after 0 it returns
// suspended endpoints and mailboxes too, up to limit of each kind.
func (c *Courier) Suspended(ctx context.Context, after wire.SubscriptionID, limit int) (found []SuspendedSubscription, endpoints []SuspendedEndpoint, next wire.SubscriptionID, err error) {
	err = c.Store.Read(ctx, func(tx *store.Tx) error {
		holdings, err := tx.PausedHoldings(after, limit+1)
		if err != nil {
			return err
		}
		if len(holdings) > limit {
			holdings = holdings[:limit]
			next = holdings[limit-1].ID
		}
		for i := range holdings {
			found = append(found, suspendedSubscription(&holdings[i]))
		}
		if after != 0 {
			return nil
		}
		for _, state := range []store.EndpointState{store.EndpointHeld, store.EndpointSuspended} {
			all, err := tx.Endpoints(state, limit)
			if err != nil {
				return err
			}
			for _, e := range all {
				endpoints = append(endpoints, SuspendedEndpoint{Channel: wire.ByWebhook, Address: Mask(wire.ByWebhook, e.Address), Since: e.Since, By: e.Actor, Reason: e.Reason, Code: e.Code, Next: e.Next})
			}
		}
		mailboxes, err := tx.Suppressions("", limit)
		if err != nil {
			return err
		}
		for _, s := range mailboxes {
			endpoints = append(endpoints, SuspendedEndpoint{Channel: wire.ByMail, Address: Mask(wire.ByMail, s.Address), Since: s.Since, By: s.Actor, Reason: s.Reason, Code: s.Code})
		}
		return nil
	})
	return found, endpoints, next, err
}

// Act is what a person did to deliveries.
type Act struct {
	ID      int64     `json:"id"`
	At      time.Time `json:"at"`
	Actor   string    `json:"actor"`
	Role    wire.Role `json:"role"`
	Verb    string    `json:"verb" doc:"resend, suspend, resume, rotate (a new secret), subscribe or change (of a query or format)"`
	Subject string    `json:"subject"`
	Reason  string    `json:"reason,omitempty"`
	Amount  int       `json:"amount,omitempty" doc:"Deliveries it made"`
}

// Acts returns what was done to deliveries by hand, the newest first, up to limit
// from where before says (0: the newest): the id of the last of a page is where
// the next begins.
func (c *Courier) Acts(ctx context.Context, before int64, limit int) (acts []Act, err error) {
	err = c.Store.Read(ctx, func(tx *store.Tx) error {
		rows, err := tx.DeliveryActs(before, limit)
		for _, a := range rows {
			acts = append(acts, Act{a.ID, a.At, a.Actor.Name, a.Actor.Role, a.Verb, a.Subject, a.Reason, a.Amount})
		}
		return err
	})
	return acts, err
}
