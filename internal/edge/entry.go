package edge

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/wireroom/wireroom/internal/edge/frame"
	"github.com/wireroom/wireroom/internal/match"
	"github.com/wireroom/wireroom/internal/wire"
)

// entry is an item as the edge holds it, shared by all connections. Analysis and
// frames are made once, when first needed.
type entry struct {
	item     wire.Item
	before   []wire.Item // earlier versions of the edition, if the item amends them
	everyone bool        // of an earlier version nobody knows any more whom it reached
	tally    *tally      // nil for an item of long ago
	opened   *opened     // nil unless its text was sent ahead and its key came in time

	analyse   sync.Once
	documents []*match.Document
	data      [encodings]made
	frames    [encodings][frame.Forms]made
}

// made is bytes that are made once.
type made struct {
	once  sync.Once
	bytes []byte
}

// edition names the story an item belongs to, in its language.
type edition struct {
	release  wire.ReleaseID
	language string
}

func editionOf(it *wire.Item) edition { return edition{it.Release, it.Language} }

// fenced reports whether a replay must pass an entry over: its story was killed
// since, and nothing of it may be told again but the kill.
func (e *Edge) fenced(en *entry) bool {
	if en.item.Action == wire.Kill {
		return false
	}
	if en.item.Headline == "" && !en.item.Action.Withdraws() {
		return true // an archive that tells everyone has taken the text out
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.killed[editionOf(&en.item)]
}

// newEntry wraps an item. An amendment's earlier versions are looked up, from each
// to the one that it supersedes, in a ring (nil: the edge's) or else in History;
// without them nobody could say whom it concerns, so an error is final. Of a
// version that is kept no longer, or without its text, nobody knows: then the
// amendment is for everyone, for it must not pass by anyone who had the story.
func (e *Edge) newEntry(ctx context.Context, it *wire.Item, held *ring) (*entry, error) {
	en := &entry{item: *it}
	if !it.Action.Amends() {
		return en, nil
	}
	for n := it.Supersede; n > 0; {
		version, err := e.version(ctx, n, held)
		if err != nil {
			return nil, fmt.Errorf("edge: version %d before item %d: %w", n, it.Number, err)
		}
		if version == nil {
			e.o.Log.Info("edge: an earlier version is kept no longer; its amendment goes to everyone", "number", it.Number, "version", n)
			en.everyone = true
			break
		}
		if !version.Action.Withdraws() && version.Headline == "" {
			en.everyone = true
		}
		en.before = append(en.before, *version)
		n = version.Supersede
	}
	if it.Supersede == 0 {
		e.o.Log.Warn("edge: an amendment without earlier versions", "number", it.Number, "release", it.Release)
	}
	return en, nil
}

// version returns the item with a number, nil if it is kept no longer, or not
// where it can be read at this moment.
func (e *Edge) version(ctx context.Context, number int64, held *ring) (*wire.Item, error) {
	if held == nil {
		held = &e.ring
	}
	e.mu.Lock()
	en := held.at(number)
	e.mu.Unlock()
	if en != nil {
		return &en.item, nil
	}
	it, err := e.stored(ctx, number)
	if errors.Is(err, ErrOlder) {
		return nil, nil
	}
	return it, err
}

// stored returns the item with a number from History; nil if it is not there.
func (e *Edge) stored(ctx context.Context, number int64) (*wire.Item, error) {
	items, err := e.o.History.Items(ctx, number-1, 1)
	if err != nil || len(items) == 0 || items[0].Number != number {
		return nil, err
	}
	return &items[0], nil
}

// past is the entry of an item from History; nil if it is not there. The caller has
// one of replays.
func (e *Edge) past(ctx context.Context, number int64) (*entry, error) {
	if number < 1 {
		return nil, nil
	}
	it, err := e.stored(ctx, number)
	if err != nil || it == nil {
		return nil, err
	}
	return e.newEntry(ctx, it, nil)
}

// matchable returns what filters are held against: the item and the earlier
// versions, each for itself, so that "not" in a filter keeps its meaning. A
// withdrawal has no text and would match every "not": the versions it withdraws
// speak for it.
func (en *entry) matchable() []*match.Document {
	en.analyse.Do(func() {
		for i := range en.before {
			if !en.before[i].Action.Withdraws() {
				en.documents = append(en.documents, match.NewDocument(&en.before[i]))
			}
		}
		if !en.item.Action.Withdraws() || len(en.documents) == 0 {
			en.documents = append(en.documents, match.NewDocument(&en.item))
		}
		en.before = nil
	})
	return en.documents
}

// concerns reports whether a connection is to be sent the item.
func (en *entry) concerns(w want) bool {
	if w.query.Everything() {
		return true // and its text need not be read
	}
	if en.everyone {
		return en.ownConcern(w)
	}
	for _, d := range en.matchable() {
		if w.query.Matches(d) {
			return true
		}
	}
	return false
}

// frame returns the item as one frame, the same bytes for everyone.
func (en *entry) frame(e *Edge, v view) []byte {
	if v.as == sealedEncoding && en.opened == nil {
		v = v.unsealed()
	}
	f := &en.frames[v.as][v.form]
	f.once.Do(func() {
		if v.as == sealedEncoding {
			f.bytes = v.form.Key(en.item.Number, en.opened.key)
			return
		}
		f.bytes = v.form.Item(en.item.Number, en.encoded(e, v.as))
	})
	return f.bytes
}

// encoded returns the data of the item's frames.
func (en *entry) encoded(e *Edge, as encoding) []byte {
	d := &en.data[as]
	d.once.Do(func() {
		var err error
		if d.bytes, err = e.render(as, &en.item); err != nil {
			// Passing the item over would be a silent gap; the headline and the
			// link always can be told.
			e.o.Log.Error("edge: cannot render; sending the headline", "number", en.item.Number, "format", as.String(), "err", err)
			d.bytes = e.headline(&en.item)
		}
	})
	return d.bytes
}

// view is how a connection sees items.
type view struct {
	as   encoding
	form frame.Form
}

// bit stands for a view among all there are, which fit into a word.
func (v view) bit() uint64 { return 1 << (int(v.as)*frame.Forms + int(v.form)) }

// show notes that an item is being shown in a view.
func (e *Edge) show(v view) {
	if bit := v.bit(); e.shown.Load()&bit == 0 {
		e.shown.Or(bit)
	}
}

// foresee begins to make the frames that the item before was shown in, while the
// filters are asked who wants this one. They are only made sooner: who needs one
// waits for it or makes it.
func (e *Edge) foresee(en *entry) {
	shown := e.shown.Swap(0)
	if shown == 0 {
		return
	}
	go func() {
		for as := range encodings {
			for form := range frame.Forms {
				if v := (view{encoding(as), frame.Form(form)}); shown&v.bit() != 0 {
					en.frame(e, v)
				}
			}
		}
	}()
}

// ring holds the newest entries, contiguous by number.
type ring struct {
	slots []*entry // by number modulo length
	first int64    // number of the oldest held; last+1 if none
	last  int64    // number of the newest that was pushed
}

func newRing(size int) ring { return ring{slots: make([]*entry, size), first: 1} }

// push appends an entry. One that does not follow the newest begins the ring
// anew.
func (r *ring) push(en *entry) {
	n := en.item.Number
	if n != r.last+1 || r.first > r.last {
		r.first = n
	}
	r.slots[n%int64(len(r.slots))] = en
	r.last = n
	r.first = max(r.first, n-int64(len(r.slots))+1)
}

// at returns the entry with a number; nil if it is not held.
func (r *ring) at(number int64) *entry {
	if number < r.first || number > r.last {
		return nil
	}
	return r.slots[number%int64(len(r.slots))]
}

// after returns up to limit entries after a number; ok is false if some of them
// are held no longer.
func (r *ring) after(number int64, limit int) (entries []*entry, ok bool) {
	if number >= r.last {
		return nil, true
	}
	if number+1 < r.first {
		return nil, false
	}
	for n := number + 1; n <= r.last && len(entries) < limit; n++ {
		entries = append(entries, r.slots[n%int64(len(r.slots))])
	}
	return entries, true
}
