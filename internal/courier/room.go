package courier

import (
	"context"
	"slices"

	"github.com/wireroom/wireroom/internal/match"
	"github.com/wireroom/wireroom/internal/wire"
)

// Room is Exhausted for a query that asks for nothing in particular where as many
// of those are held as may be. id is the subscription that is to have it, 0 for a
// new one. It is as this process holds them: of two who ask at the same moment,
// both may be let in, and then one is told of by Standing.
func (c *Courier) Room(ctx context.Context, id wire.SubscriptionID, q *match.Query) error {
	if !q.Unanchored() {
		return nil
	}
	if err := c.followDirectory(ctx); err != nil {
		return err
	}
	if c.index.Stats().Unanchored < c.index.Most() || slices.Contains(c.index.Unanchored(), id) {
		return nil
	}
	return wire.Errorf(wire.Exhausted, "query", "asks for nothing in particular, and %d such queries are held already: name a word, a language, a sector, a country or an organisation that must be there", c.index.Most())
}

// Followed brings this process up to date with the directory at once, and returns
// why the query of a subscription is not held, nil if it is. Others follow before
// they plan: nothing is planned by a directory that has changed since.
func (c *Courier) Followed(ctx context.Context, id wire.SubscriptionID) (problem, err error) {
	if err := c.followDirectory(ctx); err != nil {
		return nil, err
	}
	c.Wake()
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.unheld[id], nil
}
