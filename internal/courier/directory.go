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
	since := c.followed.Load()
	err := c.Store.Read(ctx, func(tx *store.Tx) (err error) {
		version, err = tx.SubscriptionsChanged(since, func(s *wire.Subscription) { c.follow(*s, queries) })
		return err
	})
	if err != nil {
		return err
	}
	if since == 0 {
		c.reconcile()
	}
	if since != version {
		c.retry()
	}
	c.followed.Store(version)
	return nil
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
		c.problem(s.ID, nil)
		return
	}
	if c.index.Holds(s.ID, s.Query) { // as it was kept; the directory has the canonical form
		return
	}
	q, known := queries[s.Query]
	if !known {
		var err error
		if q, err = match.Parse(s.Query); err != nil {
			c.index.Remove(s.ID)
			c.problem(s.ID, err)
			return
		}
		queries[s.Query] = q
	}
	c.hold(s.ID, q)
}

// subscription is one as far as the directory was followed; nil if there is
// none. It is shared and must not be altered: who changes it puts another in its
// place.
func (c *Courier) subscription(id wire.SubscriptionID) *wire.Subscription {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.subs[id]
}

// find implements directory.
func (c *Courier) find(list []*wire.Subscription, ids ...wire.SubscriptionID) []*wire.Subscription {
	c.mu.RLock()
	defer c.mu.RUnlock()
	for _, id := range ids {
		list = append(list, c.subs[id])
	}
	return list
}

// edition implements directory: it rises once all that has changed is found.
func (c *Courier) edition() int64 { return c.followed.Load() }

// receiver is where a subscription leads: what must not get two deliveries at a
// time; "" where there is none.
func receiver(s *wire.Subscription) string {
	switch {
	case s == nil:
		return ""
	case s.Channel == wire.ByMail:
		return strings.ToLower(s.Address)
	}
	return s.Address
}
