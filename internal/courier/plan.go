package courier

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/wireroom/wireroom/internal/match"
	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/wire"
)

// plan plans every item that is not planned yet, in the order of their numbers.
func (c *Courier) plan(ctx context.Context, held *term) error {
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
		for i := range items {
			versions, err := c.versions(ctx, &items[i])
			if err != nil {
				return err
			}
			for err = errStale; errors.Is(err, errStale); {
				if err = c.followDirectory(ctx); err == nil {
					err = c.planItem(ctx, held, &items[i], versions)
				}
			}
			if err != nil {
				return err
			}
			c.planned()
		}
	}
}

// planned tells those who deliver that there is something to deliver.
func (c *Courier) planned() {
	select {
	case c.wakeDelivery <- struct{}{}:
	default:
	}
	if c.Planned != nil {
		c.Planned()
	}
}

// versions are the item and all other versions of its edition that are on the
// wire by now, oldest first.
func (c *Courier) versions(ctx context.Context, it *wire.Item) (versions []wire.Item, err error) {
	err = c.Store.Read(ctx, func(tx *store.Tx) (err error) {
		versions, err = tx.VersionsOf(it.Release, it.Language)
		return err
	})
	return versions, err
}

// documentOf is what standing queries are held against: an amendment is wanted
// by whoever wanted a version before it.
func documentOf(it *wire.Item, versions []wire.Item) *match.Document {
	return match.NewDocumentOf(textsOf(it, versions)...)
}

// textsOf are the versions of an item's edition, up to it, that say something.
func textsOf(it *wire.Item, versions []wire.Item) (texts []*wire.Item) {
	for i := range versions {
		if v := &versions[i]; v.Number <= it.Number && !v.Action.Withdraws() {
			texts = append(texts, v)
		}
	}
	if len(texts) == 0 {
		texts = []*wire.Item{it}
	}
	return texts
}

// errStale says that a subscription has changed since the directory was read.
// What is planned must be by the directory as it is then: whoever changes from
// letters to digests gets an item by one of them, and not by both or neither.
var errStale = errors.New("courier: the directory has changed")

// unchanged proves that the directory is still the one a plan was made by.
func unchanged(tx *store.Tx, version int64) error {
	now, err := tx.DirectoryVersion()
	if err == nil && now != version {
		err = errStale
	}
	return err
}

// planItem settles who gets an item and writes it down with the courier's place
// in the wire: once, whatever is killed when.
func (c *Courier) planItem(ctx context.Context, held *term, it *wire.Item, versions []wire.Item) error {
	version := c.followed.Load()
	batches, settled := c.planOf(ctx, it)
	var matched []wire.SubscriptionID
	if !settled {
		matched = c.matched(it, versions)
	}
	return c.Store.Write(ctx, func(tx *store.Tx) error {
		if err := tx.HoldLease(held.lease); err != nil {
			return err
		}
		if err := unchanged(tx, version); err != nil {
			return err
		}
		served := map[wire.SubscriptionID]bool{}
		if it.Action.Amends() {
			var err error
			if served, err = tx.Served(it.Release, it.Language, it.Number, c.begunBy()); err != nil {
				return err
			}
		}
		if !settled {
			batches = c.batches(it, served, matched)
		}
		if err := tx.AddBatches(batches); err != nil {
			return err
		}
		return tx.AdvanceConsumer(consumer, it.Number-1, it.Number)
	})
}

// matched are those who want an item by their standing queries and topics; of a
// withdrawal, by topics alone: it is for those who were served.
func (c *Courier) matched(it *wire.Item, versions []wire.Item) []wire.SubscriptionID {
	var matched []wire.SubscriptionID
	if !it.Action.Withdraws() {
		matched = c.index.Match(documentOf(it, versions))
	}
	if c.Topics != nil { // a feed changes by a withdrawal too
		matched = append(matched, c.topicSubscribers(it)...)
	}
	return matched
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

// lot is what recipients in one batch have in common.
type lot struct {
	channel wire.Channel
	shard   int
	due     time.Time // zero: at once
}

// lots are recipients by what they have in common: those who are due at once, as
// most are, by place and not by looking up.
type lots struct {
	now   map[wire.Channel]*[shards][]wire.SubscriptionID
	later map[lot][]wire.SubscriptionID
}

func (a *lots) add(l lot, id wire.SubscriptionID) {
	if !l.due.IsZero() {
		if a.later == nil {
			a.later = map[lot][]wire.SubscriptionID{}
		}
		a.later[l] = append(a.later[l], id)
		return
	}
	of := a.now[l.channel]
	if of == nil {
		of = new([shards][]wire.SubscriptionID)
		a.now[l.channel] = of
	}
	of[l.shard] = append(of[l.shard], id)
}

// each visits the lots, in no order.
func (a *lots) each(visit func(lot, []wire.SubscriptionID)) {
	for l, ids := range a.later {
		visit(l, ids)
	}
	for channel, of := range a.now {
		for shard, ids := range of {
			visit(lot{channel: channel, shard: shard}, ids)
		}
	}
}

// batches divides recipients by channel and shard into batches. A person whom
// several subscriptions would write to gets one letter; an amendment under the
// subscription that brought the original, so that it threads under it.
func (c *Courier) batches(it *wire.Item, served map[wire.SubscriptionID]bool, matched []wire.SubscriptionID) []store.Batch {
	ids := slices.Sorted(maps.Keys(served))
	earlier := len(ids)
	for _, id := range matched {
		if !served[id] {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids[earlier:])
	lots := lots{now: map[wire.Channel]*[shards][]wire.SubscriptionID{}}
	written := make(map[string]struct{}, len(ids)) // all wait until it has them
	quiet := quietHours{at: it.ClearTime}
	if it.ClearTime.IsZero() { // it is planned ahead
		quiet.at = it.Scheduled
	}
	c.mu.RLock()
	for _, id := range slices.Compact(ids) {
		s, ok := c.subs[id]
		if !ok || c.Channels[s.Channel] == nil {
			continue
		}
		if s.Preference.Digests() && !served[id] {
			continue // see digests
		}
		address := receiver(s)
		l := lot{channel: s.Channel, shard: shardOf(address)}
		if s.Channel == wire.ByMail {
			n := len(written)
			if written[address] = struct{}{}; len(written) == n {
				continue
			}
			if !served[id] {
				l.due = quiet.end(s.Preference)
			}
		}
		lots.add(l, id)
	}
	c.mu.RUnlock()
	var batches []store.Batch
	lots.each(func(l lot, ids []wire.SubscriptionID) {
		slices.Sort(ids)
		for chunk := range slices.Chunk(ids, batchSize) {
			batches = append(batches, store.Batch{Number: it.Number, Release: it.Release, Language: it.Language, Channel: l.channel, Rank: lane(it), Shard: l.shard, Due: l.due, Recipients: chunk})
		}
	})
	slices.SortFunc(batches, func(a, b store.Batch) int {
		return cmp.Or(cmp.Compare(a.Channel, b.Channel), cmp.Compare(a.Shard, b.Shard), a.Due.Compare(b.Due), cmp.Compare(a.Recipients[0], b.Recipients[0]))
	})
	return batches
}

// quietHours says until when readers are to be left alone at a time. Many have
// the same hours.
type quietHours struct {
	at   time.Time
	ends map[hours]time.Time
}

type hours struct {
	zone string
	wire.Hours
}

// end is when a reader's quiet hours end; zero if there are none.
func (q *quietHours) end(p *wire.Preference) time.Time {
	if p == nil || p.Quiet == nil {
		return time.Time{}
	}
	key := hours{p.Zone, *p.Quiet}
	until, known := q.ends[key]
	if !known {
		if q.ends == nil {
			q.ends = map[hours]time.Time{}
		}
		until = p.QuietUntil(q.at)
		q.ends[key] = until
	}
	return until
}
