package courier

import (
	"context"
	"maps"
	"slices"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/wireroom/wireroom/internal/match"
	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/wire"
)

// Standing is how this process holds the standing queries of the directory.
type Standing struct {
	Queries    int `json:"queries" doc:"That items are held against; not those of paused subscriptions"`
	Unanchored int `json:"unanchored" doc:"Of them, those that ask for nothing in particular: every item is held against each"`
	Most       int `json:"most" doc:"How many of those may be held"`
	Unheld     int `json:"unheld" doc:"Queries that could not be held and match nothing"`
	// Queries by subscription: first those that match nothing, then those that ask
	// for nothing in particular.
	Listed []StandingQuery `json:"listed"`
}

// StandingQuery is a standing query that somebody should look at.
type StandingQuery struct {
	Subscription wire.SubscriptionID `json:"subscription"`
	Holder       string              `json:"holder,omitempty"`
	Channel      wire.Channel        `json:"channel"`
	Query        string              `json:"query"`
	Problem      string              `json:"problem,omitempty" doc:"Why it matches nothing; none: it does, and asks for nothing in particular"`
}

// Standing tells how the standing queries are held, and lists up to limit of those
// that somebody should look at.
func (c *Courier) Standing(ctx context.Context, limit int) (*Standing, error) {
	if err := c.followDirectory(ctx); err != nil {
		return nil, err
	}
	stats := c.index.Stats()
	c.mu.RLock()
	unheld := maps.Clone(c.unheld)
	c.mu.RUnlock()
	s := &Standing{Queries: stats.Queries, Unanchored: stats.Unanchored, Most: c.index.Most(), Unheld: len(unheld), Listed: []StandingQuery{}}
	ids := slices.Concat(slices.Sorted(maps.Keys(unheld)), c.index.Unanchored())
	err := c.Store.Read(ctx, func(tx *store.Tx) error {
		for _, id := range ids[:min(limit, len(ids))] {
			h, err := tx.Holding(id)
			if err != nil {
				return err
			}
			q := StandingQuery{Subscription: id, Holder: h.Holder, Channel: h.Channel, Query: h.Query}
			if why := unheld[id]; why != nil {
				q.Problem = why.Error()
			}
			s.Listed = append(s.Listed, q)
		}
		return nil
	})
	return s, err
}

// hold puts a query into the index, or says why it matches nothing.
func (c *Courier) hold(id wire.SubscriptionID, q *match.Query) {
	err := c.index.Put(id, q)
	if err != nil {
		c.index.Remove(id)
	}
	c.problem(id, err)
}

// problem notes why a subscription's query is not held; nil: nothing is wrong with
// it. Each is logged once.
func (c *Courier) problem(id wire.SubscriptionID, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err == nil {
		delete(c.unheld, id)
		return
	}
	if before := c.unheld[id]; before == nil || before.Error() != err.Error() {
		c.Log.Error("a standing query matches nothing", "subscription", id, "error", err)
	}
	c.unheld[id] = err
}

// retry holds queries for which there was no room, if there is some now.
func (c *Courier) retry() {
	c.mu.RLock()
	waiting := map[wire.SubscriptionID]string{}
	for id, err := range c.unheld {
		if wire.KindOf(err) == wire.Exhausted {
			waiting[id] = c.subs[id].Query
		}
	}
	c.mu.RUnlock()
	for _, id := range slices.Sorted(maps.Keys(waiting)) {
		if q, err := match.Parse(waiting[id]); err == nil {
			c.hold(id, q)
		}
	}
}

// standingMeters shows how the standing queries are held.
func (c *Courier) standingMeters() []prometheus.Collector {
	gauge := func(name, help string, value func() int) prometheus.Collector {
		return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, func() float64 { return float64(value()) })
	}
	return []prometheus.Collector{
		gauge("wireroom_standing_queries", "Standing queries that items are held against.", c.index.Len),
		gauge("wireroom_standing_queries_unanchored", "Of them, those that ask for nothing in particular, so that every item is held against each.", func() int { return c.index.Stats().Unanchored }),
		gauge("wireroom_standing_queries_unanchored_most", "How many of those may be held.", c.index.Most),
		gauge("wireroom_standing_queries_unheld", "Standing queries that could not be held and match nothing.", func() int {
			c.mu.RLock()
			defer c.mu.RUnlock()
			return len(c.unheld)
		}),
	}
}
