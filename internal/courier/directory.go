package courier

import (
	"context"
	"strings"

	"github.com/wireroom/wireroom/internal/courier/sealed"
	"github.com/wireroom/wireroom/internal/match"
	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/wire"
)

// followDirectory brings subscriptions and index up to date with the directory.
// Whoever has seen some of it changed and some not is told by unchanged.
func (c *Courier) followDirectory(ctx context.Context) error {
	c.following.Lock()
	defer c.following.Unlock()
	queries := map[string]*match.Query{} // many have the same
	var version int64
	err := c.Store.Read(ctx, func(tx *store.Tx) (err error) {
		version, err = tx.SubscriptionsChanged(c.followed.Load(), func(s *wire.Subscription) { c.follow(*s, queries) })
		return err
	})
	if err == nil {
		c.followed.Store(version)
	}
	return err
}

// follow takes a subscription over as it is now.
func (c *Courier) follow(s wire.Subscription, queries map[string]*match.Query) {
	if err := sealed.Open(c.Sealer, &s); err != nil { // its deliveries fail, and say so
		c.Log.Error("the secret of a subscription cannot be opened", "subscription", s.ID, "error", err)
	}
	c.mu.Lock()
	c.subs[s.ID] = &s
	c.mu.Unlock()
	if s.Paused || s.Channel == wire.ByWebSub {
		c.index.Remove(s.ID)
		return
	}
	q, known := queries[s.Query]
	if !known {
		var err error
		if q, err = match.Parse(s.Query); err != nil {
			c.Log.Error("a standing query cannot be read and matches nothing", "subscription", s.ID, "error", err)
		}
		queries[s.Query] = q
	}
	if q == nil {
		c.index.Remove(s.ID)
		return
	}
	if err := c.index.Put(s.ID, q); err != nil {
		c.Log.Error("a standing query cannot be held and matches nothing", "subscription", s.ID, "error", err)
		c.index.Remove(s.ID)
	}
}

// subscription is one as far as the directory was followed; nil if there is
// none. It is shared and must not be altered: who changes it puts another in its
// place.
func (c *Courier) subscription(id wire.SubscriptionID) *wire.Subscription {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.subs[id]
}

// address is where a subscription leads: what must not get two deliveries at a
// time.
func (c *Courier) address(id wire.SubscriptionID) string {
	if s := c.subscription(id); s != nil {
		return receiver(s)
	}
	return ""
}

func receiver(s *wire.Subscription) string {
	if s.Channel == wire.ByMail {
		return strings.ToLower(s.Address)
	}
	return s.Address
}
