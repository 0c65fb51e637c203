package courier

import (
	"cmp"
	"context"
	"slices"

	"github.com/wireroom/wireroom/internal/match"
	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/wire"
)

// plan plans every item that is not planned yet, in the order of their numbers,
// and hands the batches over.
func (c *Courier) plan(ctx context.Context, d *delivery) error {
	if err := c.followDirectory(ctx); err != nil {
		return err
	}
	for {
		done, err := c.Store.ConsumerNumber(ctx, consumer)
		if err != nil {
			return err
		}
		var items []wire.Item
		err = c.Store.Read(ctx, func(tx *store.Tx) (err error) {
			items, err = tx.ItemsAfter(done, 64)
			return err
		})
		if err != nil || len(items) == 0 {
			return err
		}
		if err := c.followDirectory(ctx); err != nil {
			return err
		}
		for i := range items {
			batches, err := c.planItem(ctx, &items[i])
			if err != nil {
				return err
			}
			d.add(&items[i], batches)
		}
	}
}

// followDirectory brings the index up to date with the subscriptions.
func (c *Courier) followDirectory(ctx context.Context) error {
	var changed []wire.Subscription
	var version int64
	err := c.Store.Read(ctx, func(tx *store.Tx) (err error) {
		changed, version, err = tx.SubscriptionsChanged(c.directory)
		return err
	})
	if err != nil {
		return err
	}
	c.mu.Lock()
	for _, s := range changed {
		c.subs[s.ID] = s
	}
	c.mu.Unlock()
	for _, s := range changed {
		if s.Paused || s.Channel == wire.ByWebSub {
			c.index.Remove(s.ID)
			continue
		}
		q, err := match.Parse(s.Query)
		if err != nil {
			c.Log.Error("a standing query cannot be read and matches nothing", "subscription", s.ID, "error", err)
			c.index.Remove(s.ID)
			continue
		}
		c.index.Put(s.ID, q)
	}
	c.directory = version
	return nil
}

// planItem settles who gets an item and writes it down with the courier's place
// in the wire: once, whatever is killed when.
func (c *Courier) planItem(ctx context.Context, it *wire.Item) ([]store.Batch, error) {
	matched := c.index.Match(match.NewDocument(it))
	if c.Topics != nil {
		matched = append(matched, c.topicSubscribers(it)...)
	}
	var batches []store.Batch
	err := c.Store.Write(ctx, func(tx *store.Tx) error {
		recipients := map[wire.SubscriptionID]bool{}
		if !it.Action.Withdraws() { // a withdrawal is for those who were served
			for _, id := range matched {
				recipients[id] = true
			}
		}
		if it.Action.Amends() {
			served, err := tx.Served(it.Release, it.Language)
			if err != nil {
				return err
			}
			for id := range served {
				recipients[id] = true
			}
		}
		batches = c.batches(it, recipients)
		if err := tx.AddBatches(batches); err != nil {
			return err
		}
		return tx.AdvanceConsumer(consumer, it.Number-1, it.Number)
	})
	return batches, err
}

// topicSubscribers are the WebSub subscribers of what the item changes.
func (c *Courier) topicSubscribers(it *wire.Item) []wire.SubscriptionID {
	topics := c.Topics(it)
	now := c.Now().UnixMicro()
	c.mu.RLock()
	defer c.mu.RUnlock()
	var ids []wire.SubscriptionID
	for id, s := range c.subs {
		if s.Channel == wire.ByWebSub && !s.Paused && (s.Expires == 0 || s.Expires > now) && slices.Contains(topics, s.Query) {
			ids = append(ids, id)
		}
	}
	return ids
}

// lane orders batches: what withdraws a story overtakes everything, then the
// priority of the story decides.
func lane(it *wire.Item) int {
	if it.Action.Withdraws() {
		return 0
	}
	return it.Priority.Rank()
}

// batches divides recipients by channel into batches. A person whom several
// subscriptions would write to gets one letter.
func (c *Courier) batches(it *wire.Item, recipients map[wire.SubscriptionID]bool) []store.Batch {
	ids := make([]wire.SubscriptionID, 0, len(recipients))
	for id := range recipients {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	byChannel := map[wire.Channel][]wire.SubscriptionID{}
	written := map[string]bool{}
	c.mu.RLock()
	for _, id := range ids {
		s, ok := c.subs[id]
		if !ok || c.Channels[s.Channel] == nil || s.Channel == wire.ByMail && written[s.Address] {
			continue
		}
		if s.Channel == wire.ByMail {
			written[s.Address] = true
		}
		byChannel[s.Channel] = append(byChannel[s.Channel], id)
	}
	c.mu.RUnlock()
	var batches []store.Batch
	for channel, ids := range byChannel {
		for chunk := range slices.Chunk(ids, batchSize) {
			batches = append(batches, store.Batch{Number: it.Number, Release: it.Release, Language: it.Language, Channel: channel, Rank: lane(it), Recipients: chunk})
		}
	}
	slices.SortFunc(batches, func(a, b store.Batch) int {
		return cmp.Or(cmp.Compare(a.Channel, b.Channel), cmp.Compare(a.Recipients[0], b.Recipients[0]))
	})
	return batches
}
