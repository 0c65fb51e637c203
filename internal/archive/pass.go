package archive

import (
	"context"
	"fmt"
	"time"

	"github.com/wireroom/wireroom/internal/store"
)

// How many items go into one transaction. On SQLite nobody else writes meanwhile,
// a clear neither, so a transaction that took longer than tooLong is followed by
// smaller ones. The more, the less often the index is merged.
const (
	fewAtOnce, mostAtOnce = 50, 1000
	firstAtOnce           = 100
	shortly               = 60 * time.Millisecond
	tooLong               = 150 * time.Millisecond
)

// fillFrom is how many items must be missing, and more than there are, for the
// index to be filled as one that is not searched meanwhile.
const fillFrom = 20_000

// pass goes through the wire. While it writes what it has read, it reads and
// analyses what follows: two processors, and no more, are busy. One goroutine
// uses it.
type pass struct {
	*Indexer
	ctx    context.Context
	atOnce int
	// What is being read ahead, of either consumer; nil if nothing is.
	following, renewing *ahead
}

func (x *Indexer) pass(ctx context.Context) *pass {
	return &pass{Indexer: x, ctx: ctx, atOnce: firstAtOnce}
}

// end waits for what is still being read.
func (p *pass) end() {
	for _, a := range []*ahead{p.following, p.renewing} {
		if a != nil {
			<-a.done
		}
	}
}

// batch is some items of the wire, one after another, and their texts.
type batch struct {
	items []store.Numbered
	texts []*store.SearchText
	full  bool // there may be more
}

// last is the number of the last item.
func (b *batch) last() int64 { return b.items[len(b.items)-1].Number }

// ahead is a batch that is being read.
type ahead struct {
	after int64
	done  chan struct{} // closed when the rest is there
	batch batch
	err   error
}

// readAhead begins to read what follows on an item.
func (p *pass) readAhead(after int64) *ahead {
	a, atOnce := &ahead{after: after, done: make(chan struct{})}, p.atOnce
	go func() {
		defer close(a.done)
		a.batch, a.err = p.read(after, atOnce)
	}()
	return a
}

// take returns what follows on an item, which is being read or is not.
func (p *pass) take(a *ahead, after int64) (batch, error) {
	if a != nil {
		<-a.done
		if a.after == after {
			return a.batch, a.err
		}
	}
	return p.read(after, p.atOnce)
}

func (p *pass) read(after int64, atOnce int) (b batch, err error) {
	err = p.store.Read(p.ctx, func(tx *store.Tx) error {
		b.items, err = tx.SearchableAfter(after, atOnce)
		return err
	})
	b.full = len(b.items) == atOnce
	b.texts = make([]*store.SearchText, len(b.items))
	for i := range b.items {
		if it := &b.items[i]; !it.Superseded && !it.Action.Withdraws() {
			b.texts[i] = searchText(&it.Item, it.First)
		}
	}
	return b, err
}

// write runs f in a transaction and learns from it how much to do in the next.
func (p *pass) write(f func(*store.Tx) error) error {
	began := time.Now()
	err := p.store.Write(p.ctx, f)
	switch took := time.Since(began); {
	case took > tooLong:
		p.atOnce = max(p.atOnce/2, fewAtOnce)
	case took < shortly:
		p.atOnce = min(p.atOnce*2, mostAtOnce)
	}
	return err
}

// step indexes the next few items, or else renews a few.
func (p *pass) step() (at int64, more bool, err error) {
	at, more, err = p.follow()
	if err != nil || more {
		return at, more, err
	}
	more, err = p.renew(at)
	return at, more, err
}

// follow indexes the next few items of the wire.
func (p *pass) follow() (at int64, more bool, err error) {
	var renewed, end int64
	err = p.store.Read(p.ctx, func(tx *store.Tx) error {
		if at, err = tx.ConsumerNumber(follower); err != nil {
			return err
		}
		if renewed, err = tx.ConsumerNumber(renewer); err != nil {
			return err
		}
		end, err = tx.LastNumber()
		return err
	})
	if err != nil {
		return at, false, err
	}
	p.number.Set(float64(at))
	if end <= at {
		return at, false, nil
	}
	b, err := p.take(p.following, at)
	if p.following = nil; err != nil || len(b.items) == 0 {
		return at, false, err
	}
	last := b.last()
	if b.full {
		p.isWhole.Store(false) // whoever began to fill the index may be gone
		p.following = p.readAhead(last)
	}
	err = p.write(func(tx *store.Tx) error {
		if end-at > max(at, fillFrom) {
			if err := tx.FillSearch(); err != nil {
				return err
			}
		}
		for i := range b.items {
			if err := apply(tx, &b.items[i], b.texts[i]); err != nil {
				return err
			}
		}
		if renewed == at {
			if err := tx.AdvanceConsumer(renewer, at, last); err != nil {
				return err
			}
		}
		return tx.AdvanceConsumer(follower, at, last)
	})
	if err != nil {
		return at, false, err
	}
	p.number.Set(float64(last))
	if !b.full {
		p.seconds.Observe(time.Since(b.items[len(b.items)-1].ClearTime).Seconds())
	}
	return last, b.full, nil
}

// renew indexes anew the next few of the items that the follower, which is at
// this number, indexed by another analysis.
func (p *pass) renew(at int64) (more bool, err error) {
	var from int64
	err = p.store.Read(p.ctx, func(tx *store.Tx) error {
		from, err = tx.ConsumerNumber(renewer)
		return err
	})
	if err != nil || from >= at {
		return false, err
	}
	if from == 0 {
		p.log.Info("texts are analysed otherwise now: the archive is indexed anew, and searched meanwhile", "items", at)
	}
	b, err := p.take(p.renewing, from)
	if p.renewing = nil; err != nil || len(b.items) == 0 {
		return false, err
	}
	last := min(b.last(), at)
	var strays []int64
	if last < at {
		p.renewing = p.readAhead(last)
	} else if strays, err = p.strays(); err != nil {
		return false, err
	}
	err = p.write(func(tx *store.Tx) error {
		// What was amended or withdrawn since it was read is the follower's.
		newest, err := tx.NewestBetween(from, last)
		if err != nil {
			return err
		}
		for i := range b.items {
			if it := &b.items[i]; newest[it.Number] {
				if err := apply(tx, it, b.texts[i]); err != nil {
					return err
				}
			}
		}
		for _, number := range strays {
			if err := tx.DropSearch(number); err != nil {
				return err
			}
		}
		return tx.AdvanceConsumer(renewer, from, last)
	})
	if err == nil && last == at {
		p.isWhole.Store(false)
		p.log.Info("the archive is indexed anew", "items", at)
	}
	return last < at, err
}

// strays are what is in the index without an item, as after a backup was brought
// back; at the end they go.
func (p *pass) strays() (numbers []int64, err error) {
	err = p.store.Read(p.ctx, func(tx *store.Tx) error {
		numbers, err = tx.SearchStrays()
		return err
	})
	return numbers, err
}

// apply brings one item into the index. A version that is superseded is left to
// the one after it, which takes its place or takes it out.
func apply(tx *store.Tx, it *store.Numbered, d *store.SearchText) (err error) {
	switch {
	case it.Superseded:
		return nil
	case it.Action.Withdraws():
		err = tx.DropSearch(it.First)
	default:
		err = tx.PutSearch(d)
	}
	if err != nil {
		return fmt.Errorf("archive: item %d: %w", it.Number, err)
	}
	return nil
}
