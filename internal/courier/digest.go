package courier

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/wire"
)

// Digests. Whoever wants digests is in no batch of an item; at the times they
// name, what they would have got since the last one is settled, and everyone who
// has the same items coming shares a digest, which is delivered in batches as an
// item is. Amendments of what a digest brought do not wait: its readers were
// served.

const (
	digestConsumer = "digest" // who has come how far: µs
	digestsEvery   = 5 * time.Second
	// maxDigest is how many items one letter is about; more make several.
	maxDigest = 100
	// digestRank is the lane of digests: that of the least pressing items.
	digestRank = ranks - 1
)

// runDigests settles digests at their times, until ctx ends.
func (c *Courier) runDigests(ctx context.Context, held *term) {
	g := &digester{Courier: c, held: held}
	timer := time.NewTicker(lookEvery)
	defer timer.Stop()
	for last := (time.Time{}); ; {
		var err error
		if now := c.Now(); now.Sub(last) >= digestsEvery {
			last, err = now, g.look(ctx)
		}
		if err != nil && ctx.Err() == nil && !errors.Is(err, errStale) { // looked at again
			c.Log.Error("cannot settle digests; will go on trying", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
	}
}

// digester settles digests. It belongs to one goroutine.
type digester struct {
	*Courier
	held    *term
	version int64 // of the directory in which nobody was found who left digests
}

// round is one time of settling digests.
type round struct {
	now       time.Time
	from      int64                                // µs; times of digests up to it were settled
	version   int64                                // of the directory
	planned   int64                                // items up to it are planned
	gathered  map[wire.SubscriptionID]int64        // from which item on
	readers   map[wire.SubscriptionID]reader       // who is due
	leaving   []wire.SubscriptionID                // who wants no digests any more; a last one is due
	items     []wire.Item                          // newest versions of what came since the first was covered
	wanted    map[wire.SubscriptionID][]*wire.Item // what they get
	languages map[wire.ContactID]string
}

// reader is a subscription that a digest is due for.
type reader struct {
	*wire.Subscription
	address string
}

// look settles the digests whose time has come.
func (g *digester) look(ctx context.Context) error {
	if err := g.followDirectory(ctx); err != nil {
		return err
	}
	r := &round{now: g.Now(), version: g.followed.Load()}
	due, err := g.due(ctx, r)
	if err != nil || !due {
		return err
	}
	if err := g.Store.Read(ctx, func(tx *store.Tx) error { return g.read(tx, r) }); err != nil {
		return err
	}
	for id := range r.readers {
		if r.gathered[id] == 0 { // nothing was gathered
			delete(r.readers, id)
		}
	}
	digests, err := g.settle(ctx, r)
	if err != nil {
		return err
	}
	if err := g.Store.Write(ctx, func(tx *store.Tx) error { return g.write(tx, r, digests) }); err != nil {
		return err
	}
	if len(r.leaving) == 0 {
		g.version = r.version
	}
	if len(digests) > 0 {
		g.planned()
	}
	return nil
}

// due finds who has a digest coming; false if nothing is to be done.
func (g *digester) due(ctx context.Context, r *round) (bool, error) {
	var err error
	if r.from, err = g.Store.ConsumerNumber(ctx, digestConsumer); err != nil {
		return false, err
	}
	if r.from == 0 { // a new wire
		return false, g.Store.Write(ctx, func(tx *store.Tx) error { return tx.AdvanceConsumer(digestConsumer, 0, r.now.UnixMicro()) })
	}
	r.readers = map[wire.SubscriptionID]reader{}
	last := map[string]time.Time{} // many have the same times
	g.mu.RLock()
	defer g.mu.RUnlock()
	for id, s := range g.subs {
		if !s.Preference.Digests() {
			continue
		}
		key := s.Preference.Zone
		for _, t := range s.Preference.Digest {
			key += string(t)
		}
		at, known := last[key]
		if !known {
			at = s.Preference.LastDigest(r.now)
			last[key] = at
		}
		if at.UnixMicro() > r.from {
			r.readers[id] = reader{s, receiver(s)}
		}
	}
	return len(r.readers) > 0 || g.version != r.version, nil
}

// read reads what digests are made of.
func (g *digester) read(tx *store.Tx, r *round) (err error) {
	if err := unchanged(tx, r.version); err != nil {
		return err
	}
	if r.gathered, err = tx.Gathered(); err != nil {
		return err
	}
	g.mu.RLock()
	for id := range r.gathered {
		if s, ok := g.subs[id]; ok && !s.Preference.Digests() {
			r.leaving = append(r.leaving, id)
			r.readers[id] = reader{s, receiver(s)}
		}
	}
	g.mu.RUnlock()
	if len(r.readers) == 0 {
		return nil
	}
	if r.planned, err = tx.ConsumerNumber(consumer); err != nil {
		return err
	}
	if r.languages, err = tx.ContactLanguages(); err != nil {
		return err
	}
	low := r.planned
	for id := range r.readers {
		if n := r.gathered[id]; n > 0 {
			low = min(low, n-1)
		}
	}
	newest := map[edition]int{}
	for low < r.planned {
		some, err := tx.ItemsAfter(low, 256)
		if err != nil || len(some) == 0 {
			return err
		}
		for _, it := range some {
			if it.Number > r.planned {
				return nil
			}
			low = it.Number
			e := edition{it.Release, it.Language}
			if at, known := newest[e]; known {
				r.items[at] = it
				continue
			}
			newest[e] = len(r.items)
			r.items = append(r.items, it)
		}
	}
	return nil
}

// settle finds out who gets what, and puts those together who get the same.
func (g *digester) settle(ctx context.Context, r *round) ([]digest, error) {
	r.wanted = map[wire.SubscriptionID][]*wire.Item{}
	addresses := map[string]wire.SubscriptionID{} // a person gets one letter, under the first of several subscriptions
	for id, one := range r.readers {
		if first, ok := addresses[one.address]; !ok || id < first {
			addresses[one.address] = id
		}
	}
	for i := range r.items {
		it := &r.items[i]
		if it.Action.Withdraws() {
			continue
		}
		versions, err := g.versions(ctx, it)
		if err != nil {
			return nil, err
		}
		to := r.of(it, g.index.Match(documentOf(it, versions)))
		if err := g.leaveOut(ctx, it, to); err != nil {
			return nil, err
		}
		for address := range to {
			id := addresses[address]
			r.wanted[id] = append(r.wanted[id], it)
		}
	}
	return g.divide(r), nil
}

// leaveOut takes out who has an edition already: an amendment came to them at
// once, and who has just changed to digests or back may have had it by itself.
// The ledger is what counts.
func (g *digester) leaveOut(ctx context.Context, it *wire.Item, to map[string]bool) error {
	if len(to) == 0 {
		return nil
	}
	return g.Store.Read(ctx, func(tx *store.Tx) error {
		ids, err := tx.Intended(it.Release, it.Language, it.Number)
		g.mu.RLock()
		defer g.mu.RUnlock()
		for id := range ids {
			if s := g.subs[id]; s != nil && s.Channel == wire.ByMail {
				delete(to, receiver(s))
			}
		}
		return err
	})
}

// of returns the addresses of this round that an item was gathered for; matched
// are all who want it.
func (r *round) of(it *wire.Item, matched []wire.SubscriptionID) map[string]bool {
	to := map[string]bool{}
	for _, id := range matched {
		one, ok := r.readers[id]
		if ok && r.gathered[id] <= it.Number && !one.Preference.AwayAt(r.now) {
			to[one.address] = true
		}
	}
	return to
}

// digest is a digest with its readers.
type digest struct {
	store.Digest
	readers []wire.SubscriptionID
}

// divide puts those together who get the same items in the same language and
// zone.
func (g *digester) divide(r *round) []digest {
	groups := map[string]*digest{}
	for id, items := range r.wanted {
		s := r.readers[id]
		language := r.languages[s.Contact]
		if language == "" {
			language = items[0].Language
		}
		zone := ""
		if s.Preference != nil {
			zone = s.Preference.Zone
		}
		for some := range slices.Chunk(items, maxDigest) {
			key := fmt.Sprint(language, "|", zone)
			var entries []store.Entry
			for _, it := range some {
				key += fmt.Sprint("|", it.Number)
				entries = append(entries, store.Entry{Number: it.Number, Release: it.Release, Language: it.Language})
			}
			if groups[key] == nil {
				groups[key] = &digest{Digest: store.Digest{At: r.now, Language: language, Zone: zone, Items: entries}}
			}
			groups[key].readers = append(groups[key].readers, id)
		}
	}
	var all []digest
	for _, d := range groups {
		slices.Sort(d.readers)
		all = append(all, *d)
	}
	slices.SortFunc(all, func(a, b digest) int {
		return cmp.Or(cmp.Compare(a.readers[0], b.readers[0]), cmp.Compare(a.Items[0].Number, b.Items[0].Number))
	})
	return all
}

// write writes a round down, once, whatever is killed when.
func (g *digester) write(tx *store.Tx, r *round, digests []digest) error {
	if err := tx.HoldLease(g.held.lease); err != nil {
		return err
	}
	if err := unchanged(tx, r.version); err != nil {
		return err
	}
	var batches []store.Batch
	for i := range digests {
		d := &digests[i]
		if err := tx.AddDigest(&d.Digest); err != nil {
			return err
		}
		batches = append(batches, g.digestBatches(d)...)
	}
	if err := tx.AddBatches(batches); err != nil {
		return err
	}
	var due []wire.SubscriptionID
	for id, one := range r.readers {
		if one.Preference.Digests() {
			due = append(due, id)
		} else if err := tx.EndDigests(id); err != nil {
			return err
		}
	}
	slices.Sort(due)
	if err := tx.CoverDigests(due, r.planned); err != nil {
		return err
	}
	return tx.AdvanceConsumer(digestConsumer, r.from, r.now.UnixMicro())
}

func (g *digester) digestBatches(d *digest) []store.Batch {
	var shardsOf [shards][]wire.SubscriptionID
	for _, id := range d.readers {
		shard := shardOf(receiver(g.subscription(id)))
		shardsOf[shard] = append(shardsOf[shard], id)
	}
	it := digestItem(&d.Digest)
	var batches []store.Batch
	for shard, ids := range shardsOf {
		for chunk := range slices.Chunk(ids, batchSize) {
			batches = append(batches, store.Batch{Number: it.Number, Release: it.Release, Language: it.Language, Channel: wire.ByMail, Rank: digestRank, Shard: shard, Recipients: chunk})
		}
	}
	return batches
}

// digestItem stands for a digest where items are spoken of.
func digestItem(d *store.Digest) *wire.Item {
	it := &wire.Item{Number: -d.ID, Release: wire.ReleaseID(fmt.Sprintf("digest-%d", d.ID)), Version: 1, Action: wire.Publish}
	it.Language = d.Language
	it.ClearTime = d.At.In((&wire.Preference{Zone: d.Zone}).Location())
	return it
}

// itemOf reads the item with a number, or what stands for it of a digest.
func itemOf(tx *store.Tx, number int64) (wire.Item, error) {
	if number >= 0 {
		return tx.Item(number)
	}
	d, err := tx.Digest(-number)
	return *digestItem(&d), err
}

// digestSubject reads what the batches of a digest are about.
func digestSubject(tx *store.Tx, id int64) (*subject, error) {
	d, err := tx.Digest(id)
	if err != nil {
		return nil, err
	}
	s := &subject{item: digestItem(&d), digest: &d}
	for _, e := range d.Items {
		versions, err := tx.VersionsOf(e.Release, e.Language)
		if err != nil {
			return nil, err
		}
		s.versions = append(s.versions, versions...)
		for _, v := range versions {
			if v.Number == e.Number {
				s.fenced = append(s.fenced, v)
			}
		}
	}
	return s, nil
}

// errNothing says that all items of a digest were withdrawn.
var errNothing = errors.New("courier: nothing is left of the digest")

// gather has a cargo made of what a digest's items are when its letters go out:
// of each the newest version, and none that is withdrawn.
func (d *delivery) gather(g *cargo, s *subject) {
	g.consign = func(ctx context.Context) (Consignment, error) {
		made := Consignment{Item: s.item}
		for _, e := range s.digest.Items {
			versions, err := d.c.versions(ctx, &wire.Item{Release: e.Release, Edition: wire.Edition{Language: e.Language}})
			if err != nil {
				return Consignment{}, err
			}
			if newest := versions[len(versions)-1]; !newest.Action.Withdraws() {
				made.Digest = append(made.Digest, newest)
			}
		}
		if len(made.Digest) == 0 {
			return Consignment{}, errNothing
		}
		slices.SortStableFunc(made.Digest, func(a, b wire.Item) int { return cmp.Compare(a.Priority.Rank(), b.Priority.Rank()) })
		return made, nil
	}
	g.stale = func(made Consignment) bool {
		return slices.ContainsFunc(made.Digest, func(it wire.Item) bool { return d.c.fences.overtaken(&it) })
	}
}
