package courier

import (
	"context"

	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/wire"
)

// byHolder is who acted where a subscription's holder did.
const byHolder = "its holder"

// Unsubscribe pauses the mail subscription of a token, at once and for as long
// as nobody renews it; NotFound if there is none. Doing it twice is not an
// error.
func (c *Courier) Unsubscribe(ctx context.Context, token string) error {
	return c.pause(ctx, token, true)
}

// Resubscribe takes Unsubscribe back, and has letters come again to an address
// that they came back from: its holder says that they arrive.
func (c *Courier) Resubscribe(ctx context.Context, token string) error {
	return c.pause(ctx, token, false)
}

func (c *Courier) pause(ctx context.Context, token string, paused bool) error {
	var s wire.Subscription
	err := c.Store.Write(ctx, func(tx *store.Tx) (err error) {
		if s, err = tx.SubscriptionOfToken(token); err != nil || s.Paused == paused {
			return err
		}
		if paused {
			return tx.Pause(s, byHolder, "")
		}
		s.Paused = false
		return tx.UpdateSubscription(s)
	})
	if err != nil {
		return err
	}
	c.Log.Info("subscription changed by its holder", "paused", paused)
	c.Wake()
	if k, ok := c.Health[wire.ByMail].(Keeper); ok && !paused {
		return k.Resume(ctx, byHolder, s.Address)
	}
	return nil
}

// Preference returns when the holder of a mail subscription's token wants
// letters, a copy, and whether they come at all; NotFound if there is none.
func (c *Courier) Preference(ctx context.Context, token string) (p wire.Preference, subscribed bool, err error) {
	err = c.Store.Read(ctx, func(tx *store.Tx) error {
		s, err := tx.SubscriptionOfToken(token)
		if err == nil && s.Preference != nil {
			p = *s.Preference
		}
		subscribed = err == nil && !s.Paused
		return err
	})
	return p, subscribed, err
}

// SetPreference has letters come as a token's holder wants from now on. What was
// gathered for a digest so far still comes as one. Errors: Invalid with the field
// that says nothing sensible, NotFound if there is no such token.
func (c *Courier) SetPreference(ctx context.Context, token string, p wire.Preference) error {
	if err := p.Check(); err != nil {
		return err
	}
	err := c.Store.Write(ctx, func(tx *store.Tx) error {
		s, err := tx.SubscriptionOfToken(token)
		if err != nil || s.Preference.Text() == p.Text() {
			return err
		}
		if p.Digests() && !s.Preference.Digests() {
			// All up to here was planned as it was wanted before.
			planned, err := tx.ConsumerNumber(consumer)
			if err != nil {
				return err
			}
			if err := tx.BeginDigests(s.ID, planned); err != nil {
				return err
			}
		}
		s.Preference = &p
		return tx.UpdateSubscription(s)
	})
	if err == nil {
		c.Log.Info("preference changed by its holder")
		c.Wake()
	}
	return err
}

// Language returns the language of the letters that a token's holder gets;
// NotFound if there is none.
func (c *Courier) Language(ctx context.Context, token string) (language string, err error) {
	err = c.Store.Read(ctx, func(tx *store.Tx) error {
		s, err := tx.SubscriptionOfToken(token)
		if err != nil {
			return err
		}
		language, err = tx.ContactLanguage(s.Contact)
		return err
	})
	return language, err
}
