package courier

import (
	"context"
	"encoding/binary"
	"fmt"
	"time"

	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/wire"
)

// foresight is how long before its clear time a release is prepared, and
// foreseeEvery how often the courier looks for what there is to prepare.
const (
	foresight    = 6 * time.Hour
	foreseeEvery = 2 * time.Second
)

// Sealer keeps what is prepared from whoever reads the disk. Package seal's
// Keyring is one.
type Sealer interface {
	Seal(name string, plain []byte) ([]byte, error)
	Open(name string, sealed []byte) ([]byte, error)
}

// foreseer prepares releases before their clear time: who gets them, and what
// channels can make ahead. Nothing depends on it but speed: what is not there,
// or does not fit any more, is made after the clear. It belongs to one
// goroutine.
type foreseer struct {
	*Courier
	held *term
	done map[edition]*foresighted
	// parts is memory in which what was made for one batch after another is packed.
	parts []byte
}

// foresighted is what was prepared for an edition.
type foresighted struct {
	print   string
	made    map[wire.Channel]map[wire.SubscriptionID]bool // nil: it is whole
	seq     map[wire.Channel]int
	nothing map[wire.Channel]bool // the channel makes nothing ahead
	whole   bool                  // everything is prepared, for
	version int64                 // this version of the directory
}

// foresee prepares what is scheduled, until ctx ends.
func (c *Courier) foresee(ctx context.Context, held *term) {
	if c.Upcoming == nil || c.Sealer == nil {
		return
	}
	f := &foreseer{Courier: c, held: held, done: map[edition]*foresighted{}}
	timer := time.NewTicker(foreseeEvery)
	defer timer.Stop()
	for {
		if err := f.look(ctx); err != nil && ctx.Err() == nil {
			c.Log.Error("cannot prepare what is scheduled; it is prepared after the clear", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
	}
}

func (f *foreseer) look(ctx context.Context) error {
	upcoming, err := f.Upcoming(ctx, f.Now().Add(foresight))
	if err != nil {
		return err
	}
	expected := map[wire.ReleaseID]bool{}
	editions := map[edition]bool{}
	for i := range upcoming {
		it := &upcoming[i]
		expected[it.Release] = true
		editions[edition{it.Release, it.Language}] = true
		if it.Action.Amends() {
			continue // who was served is settled when it goes out
		}
		if err := f.prepare(ctx, it); err != nil {
			return err
		}
	}
	for e := range f.done {
		if !editions[e] {
			delete(f.done, e)
		}
	}
	return f.forget(ctx, expected)
}

// prepare makes the plan of an edition and what its channels can make ahead.
func (f *foreseer) prepare(ctx context.Context, it *wire.Item) error {
	version := f.followed.Load()
	if one := f.done[edition{it.Release, it.Language}]; one.stands(it.Print()) && one.whole && one.version == version {
		return nil
	}
	batches, err := f.plan(ctx, it)
	if err != nil {
		return err
	}
	one := f.done[edition{it.Release, it.Language}]
	var shipments map[wire.Channel]Foreseer
	for _, b := range batches {
		if err := f.makeAhead(ctx, it, &b, &shipments); err != nil {
			return err
		}
		if ctx.Err() != nil {
			return nil
		}
	}
	// Whoever comes later has it read anew: of a large directory it is much.
	one.whole, one.version, one.made = true, version, nil
	return nil
}

// plan returns the plan of an edition, made anew if the text or the directory
// has changed since.
func (f *foreseer) plan(ctx context.Context, it *wire.Item) ([]store.Batch, error) {
	now := it.Print()
	if one := f.done[edition{it.Release, it.Language}]; one.stands(now) && one.made != nil {
		if batches, ok := f.planOf(ctx, it); ok {
			return batches, nil
		}
	} else if err := f.resume(ctx, it, now); err != nil {
		return nil, err
	}
	directory := f.followed.Load()
	batches := f.batches(it, nil, f.matched(it, []wire.Item{*it}))
	sealed, err := f.Sealer.Seal(planName(it), store.PackBatches(batches))
	if err != nil {
		return nil, err
	}
	return batches, f.Store.Write(ctx, func(tx *store.Tx) error {
		if err := tx.HoldLease(f.held.lease); err != nil {
			return err
		}
		return tx.PutPlan(store.Plan{Release: it.Release, Language: it.Language, Print: now, Directory: directory, Batches: sealed})
	})
}

func (f *foresighted) stands(print string) bool { return f != nil && f.print == print }

// lateLift is how late an item may be lifted for its plan to hold: quiet hours may have
// begun or ended since.
const lateLift = time.Minute

// planOf returns the batches that were planned for an item before its clear
// time, if they are still right.
func (c *Courier) planOf(ctx context.Context, it *wire.Item) ([]store.Batch, bool) {
	if c.Sealer == nil || it.Scheduled.IsZero() || it.ClearTime.Sub(it.Scheduled) > lateLift {
		return nil, false
	}
	var p store.Plan
	var ok bool
	err := c.Store.Read(ctx, func(tx *store.Tx) (err error) {
		p, ok, err = tx.PlanOf(it.Release, it.Language)
		return err
	})
	if err != nil || !ok || p.Directory != c.followed.Load() || p.Print != it.Print() {
		return nil, false
	}
	packed, err := c.Sealer.Open(planName(it), p.Batches)
	if err != nil {
		return nil, false
	}
	batches, ok := store.UnpackBatches(packed)
	for i := range batches {
		b := &batches[i]
		b.Number, b.Release, b.Language, b.Rank = it.Number, it.Release, it.Language, lane(it)
	}
	return batches, ok
}

func planName(it *wire.Item) string { return fmt.Sprintf("plan/%s/%s", it.Release, it.Language) }

func foreseenName(it *wire.Item, channel wire.Channel, seq int) string {
	return fmt.Sprintf("foreseen/%s/%s/%s/%d", it.Release, it.Language, channel, seq)
}

// resume finds out what was prepared by a process before this one.
func (f *foreseer) resume(ctx context.Context, it *wire.Item, print string) error {
	one := &foresighted{print: print, made: map[wire.Channel]map[wire.SubscriptionID]bool{}, seq: map[wire.Channel]int{}, nothing: map[wire.Channel]bool{}}
	f.done[edition{it.Release, it.Language}] = one
	for channel := range f.Channels {
		made := map[wire.SubscriptionID]bool{}
		one.made[channel] = made
		every := func(tx *store.Tx, visit func(*store.Foreseen) error) error {
			return tx.ForeseenOf(it.Release, it.Language, channel, visit)
		}
		err := f.foreseen(ctx, it, print, every, func(row *store.Foreseen, id wire.SubscriptionID, _ []byte) {
			made[id] = true
			one.seq[channel] = row.Seq + 1
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// makeAhead has a channel make what it can for those of a batch for whom it has
// not.
func (f *foreseer) makeAhead(ctx context.Context, it *wire.Item, b *store.Batch, shipments *map[wire.Channel]Foreseer) error {
	one := f.done[edition{it.Release, it.Language}]
	if one.nothing[b.Channel] {
		return nil
	}
	packed := f.parts[:0]
	defer func() { f.parts = packed }()
	var ids []wire.SubscriptionID
	for _, id := range b.Recipients {
		if one.made[b.Channel][id] || ctx.Err() != nil {
			continue
		}
		shipment, err := f.shipment(ctx, it, b.Channel, shipments)
		if err != nil {
			return err
		}
		var part []byte
		if shipment != nil {
			s := f.subscription(id)
			if s == nil {
				continue
			}
			if part, err = shipment.Foresee(*s); err != nil {
				continue // it will be seen when it is delivered
			}
		}
		if part == nil {
			one.nothing[b.Channel] = true
			return nil
		}
		ids = append(ids, id)
		packed = binary.AppendUvarint(packed, uint64(id))
		packed = binary.AppendUvarint(packed, uint64(len(part)))
		packed = append(packed, part...)
	}
	if len(ids) == 0 {
		return nil
	}
	seq := one.seq[b.Channel]
	sealed, err := f.Sealer.Seal(foreseenName(it, b.Channel, seq), packed)
	if err != nil {
		return err
	}
	err = f.Store.Write(ctx, func(tx *store.Tx) error {
		if err := tx.HoldLease(f.held.lease); err != nil {
			return err
		}
		return tx.AddForeseen(store.Foreseen{Release: it.Release, Language: it.Language, Channel: b.Channel, Seq: seq, Shard: b.Shard, Low: ids[0], High: ids[len(ids)-1], Print: one.print, Parts: sealed})
	})
	if err != nil {
		return err
	}
	one.seq[b.Channel]++
	for _, id := range ids {
		one.made[b.Channel][id] = true
	}
	return nil
}

// shipment prepares an item on a channel once; nil if the channel makes nothing
// ahead.
func (f *foreseer) shipment(ctx context.Context, it *wire.Item, channel wire.Channel, known *map[wire.Channel]Foreseer) (Foreseer, error) {
	if s, ok := (*known)[channel]; ok {
		return s, nil
	}
	if *known == nil {
		*known = map[wire.Channel]Foreseer{}
	}
	s, err := f.Channels[channel].Prepare(ctx, f.consign(it, []wire.Item{*it}))
	if err != nil {
		return nil, err
	}
	(*known)[channel], _ = s.(Foreseer)
	return (*known)[channel], nil
}

// foreseen visits what was made ahead for an item with a print, and stands in the
// rows that find visits.
func (c *Courier) foreseen(ctx context.Context, it *wire.Item, print string, find func(*store.Tx, func(*store.Foreseen) error) error, visit func(*store.Foreseen, wire.SubscriptionID, []byte)) error {
	if c.Sealer == nil || it.Scheduled.IsZero() {
		return nil
	}
	open := func(row *store.Foreseen) error {
		if row.Print != print {
			return nil
		}
		packed, err := c.Sealer.Open(foreseenName(it, row.Channel, row.Seq), row.Parts)
		if err != nil {
			return err
		}
		for len(packed) > 0 {
			id, n := binary.Uvarint(packed)
			if n <= 0 {
				break
			}
			size, m := binary.Uvarint(packed[n:])
			if m <= 0 || size > uint64(len(packed)-n-m) {
				break
			}
			visit(row, wire.SubscriptionID(id), packed[n+m:n+m+int(size)])
			packed = packed[n+m+int(size):]
		}
		return nil
	}
	return c.Store.Read(ctx, func(tx *store.Tx) error { return find(tx, open) })
}

// forget drops what was prepared for releases that have been delivered, or will
// not be.
func (f *foreseer) forget(ctx context.Context, expected map[wire.ReleaseID]bool) error {
	var stale []wire.ReleaseID
	err := f.Store.Read(ctx, func(tx *store.Tx) error {
		prepared, err := tx.Prepared()
		if err != nil {
			return err
		}
		for _, id := range prepared {
			if expected[id] {
				continue
			}
			// A release that was lifted a moment ago has no batches yet.
			if at, err := tx.Release(id); err == nil && f.Now().Sub(at.UpdatedAt) < time.Minute {
				continue
			}
			open, err := tx.HasOpenBatches(id)
			if err != nil {
				return err
			}
			if !open {
				stale = append(stale, id)
			}
		}
		return nil
	})
	if err != nil || len(stale) == 0 {
		return err
	}
	return f.Store.Write(ctx, func(tx *store.Tx) error {
		for _, id := range stale {
			if err := tx.DropPrepared(id); err != nil {
				return err
			}
		}
		return nil
	})
}
