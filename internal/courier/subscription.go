package courier

import (
	"context"

	"github.com/wireroom/wireroom/internal/store"
)

// Unsubscribe pauses the mail subscription of a token, at once and for as long
// as nobody renews it; NotFound if there is none. Doing it twice is not an
// error.
func (c *Courier) Unsubscribe(ctx context.Context, token string) error {
	return c.pause(ctx, token, true)
}

// Resubscribe takes Unsubscribe back.
func (c *Courier) Resubscribe(ctx context.Context, token string) error {
	return c.pause(ctx, token, false)
}

func (c *Courier) pause(ctx context.Context, token string, paused bool) error {
	err := c.Store.Write(ctx, func(tx *store.Tx) error {
		s, err := tx.SubscriptionOfToken(token)
		if err != nil || s.Paused == paused {
			return err
		}
		s.Paused = paused
		return tx.UpdateSubscription(s)
	})
	if err == nil {
		c.Log.Info("subscription changed by its holder", "paused", paused)
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
