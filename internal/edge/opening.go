package edge

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"sync"
	"time"

	"github.com/wireroom/wireroom/internal/seal/advance"
	"github.com/wireroom/wireroom/internal/wire"
)

// The key to an item and the item itself come by different ways, and nothing says
// which is there first. The house sends the key first; an item that overtakes it
// would go out whole, in the open, at the moment at which that costs most. So what
// comes from the bus waits for its key a little.
const (
	// openingTime bounds the wait for a key that has come and is being opened: a
	// few milliseconds of computing, more where the processors are busy.
	openingTime = 300 * time.Millisecond
	// keyTime bounds the wait for a key that has not come: far more than two ways
	// through one bus differ by, and no more than it takes to send the text itself.
	keyTime = 100 * time.Millisecond
	// keyRest is how long, after a key was waited for in vain, no other is: the
	// keys that were on their way have come meanwhile. So keys that do not come
	// cost at most keyTime in that time, however many they are.
	keyRest = time.Second
	// keyAge is how long after its clear time no key to an item is to be expected
	// any more: the edge is catching up.
	keyAge = 10 * time.Second
)

// openings are the keys that have come. Their lock is held for no work at all, so
// that a key is noted the moment it comes.
type openings struct {
	mu      sync.Mutex
	under   map[int64]int    // how many keys are being opened, by the wire number they name
	open    map[int64]*entry // opened, and not published yet
	changed chan struct{}    // has room for one: for who holds delivering, and waits
}

func newOpenings() openings {
	return openings{under: map[int64]int{}, open: map[int64]*entry{}, changed: make(chan struct{}, 1)}
}

// begin notes that a key to an item has come.
func (o *openings) begin(number int64) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.under[number]++
	o.tell()
}

// end notes what came of it; nil if the key did not fit.
func (o *openings) end(number int64, en *entry) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.under[number]--; o.under[number] == 0 {
		delete(o.under, number)
	}
	if en != nil {
		o.open[number] = en
	}
	o.tell()
}

// tell wakes who waits. The caller holds mu.
func (o *openings) tell() {
	select {
	case o.changed <- struct{}{}:
	default:
	}
}

// look says whether an item is open, and whether a key to it is being opened.
func (o *openings) look(number int64) (en *entry, under bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.open[number], o.under[number] > 0
}

// take is look for who will publish it.
func (o *openings) take(number int64) *entry {
	o.mu.Lock()
	defer o.mu.Unlock()
	en := o.open[number]
	delete(o.open, number)
	return en
}

// drop forgets what was opened too late.
func (o *openings) drop(delivered int64) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for n := range o.open {
		if n <= delivered {
			delete(o.open, n)
		}
	}
}

// awaitKey returns what the key to an item has opened: nil if there is none, or it
// does not come in time. The caller holds delivering, and nothing else: connections
// come and go meanwhile.
func (e *Edge) awaitKey(ctx context.Context, it *wire.Item) *entry {
	en, under := e.openings.look(it.Number)
	expected := !under && en == nil && e.expectsKey(it)
	if under || expected {
		came := e.o.Now()
		limit := time.NewTimer(openingTime)
		defer limit.Stop()
		var missing <-chan time.Time // runs until the key has come
		if expected {
			timer := time.NewTimer(keyTime)
			defer timer.Stop()
			missing = timer.C
		}
		for en == nil && (under || missing != nil) {
			select {
			case <-e.openings.changed:
				if en, under = e.openings.look(it.Number); under {
					missing = nil
				}
			case <-missing:
				missing = nil
				if en, under = e.openings.look(it.Number); en == nil && !under {
					e.vain = e.o.Now()
				}
			case <-limit.C:
				e.o.Log.Warn("edge: a key is not open in time; the text goes out in the open", "number", it.Number, "after", e.o.Now().Sub(came))
				return nil
			case <-ctx.Done():
				return nil
			}
		}
	}
	return e.openings.take(it.Number)
}

// expectsKey reports whether a key to an item, which has not come, is likely to be on
// its way: the item had a clear time, which is now, and the edge holds a text sent
// ahead that was not opened. Whose that is it cannot know. The caller holds
// delivering.
func (e *Edge) expectsKey(it *wire.Item) bool {
	now := e.o.Now()
	if it.Scheduled.IsZero() || it.Action.Amends() || now.Sub(it.ClearTime) > keyAge || now.Sub(e.vain) < keyRest {
		return false
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, h := range e.held {
		if h.awaits(now) {
			return true
		}
	}
	return false
}

// opened is what came of a seal at its clear time.
type opened struct {
	seal *held
	key  []byte // signed message
}

// TakeKey takes the signed key of a seal, which says that a lift is committed. It only
// notes that the key has come: from then on the item does not overtake it. What it
// returns opens the seal and puts the item before everyone who wants it, from what was
// sent ahead, at once if its turn has come. It is never nil, must be called, and may
// run beside others. What does not fit exactly is dropped: then the bus brings the item.
func (e *Edge) TakeKey(message []byte) (open func()) {
	key, err := advance.ParseKey(message)
	if err != nil {
		return func() { e.refuseKey(err) }
	}
	e.mu.Lock()
	h := e.held[key.ID]
	e.mu.Unlock()
	if h == nil || key.Number <= e.delivered.Load() {
		return e.meters.opened.WithLabelValues("late").Inc
	}
	e.openings.begin(key.Number)
	return func() {
		en, err := e.unseal(h, key, message)
		e.openings.end(key.Number, en)
		if err != nil {
			e.refuseKey(err)
			return
		}
		e.publishOpened(en)
	}
}

// unseal opens a seal. As many at a time as there are processors: the key to the first
// item must not wait for those of all others.
func (e *Edge) unseal(h *held, key advance.Key, message []byte) (*entry, error) {
	e.unsealing <- struct{}{}
	defer func() { <-e.unsealing }()
	en, err := h.open(key, message, e.publicKey())
	if err != nil {
		return nil, err
	}
	e.mu.Lock()
	h.spent = true
	e.mu.Unlock()
	e.analyse(en) // before others must wait for it
	return en, nil
}

func (e *Edge) refuseKey(err error) {
	e.meters.opened.WithLabelValues("refused").Inc()
	e.o.Log.Warn("edge: a key does not fit; the text goes out in the open", "err", err)
}

// publishOpened publishes an entry if its turn has come, and those that waited for it.
func (e *Edge) publishOpened(en *entry) {
	e.delivering.Lock()
	defer e.delivering.Unlock()
	outcome := "opened"
	if en.item.Number <= e.delivered.Load() && en.tally == nil {
		outcome = "late"
	}
	e.meters.opened.WithLabelValues(outcome).Inc()
	if err := e.start(e.ctx); err != nil {
		return // the bus brings the item
	}
	e.publishTurns()
}

// open makes the entry of the item in a seal. All that is in it was made before
// the clear time, but for what only the clear gives.
func (h *held) open(key advance.Key, message []byte, public ed25519.PublicKey) (*entry, error) {
	open, err := key.Open(h.seal, h.text, public)
	if err != nil {
		return nil, err
	}
	var it wire.Item
	if err := json.Unmarshal(open.Item, &it); err != nil {
		return nil, wire.Errorf(wire.Internal, h.seal.ID.String(), "does not hold an item: %w", err)
	}
	it.Hash, it.Signature = open.Hash, key.SignatureText()
	// The signature is over the hash of the line that this was read from.
	if it.Action.Amends() || it.Number != key.Number {
		return nil, wire.Errorf(wire.Conflict, h.seal.ID.String(), "does not hold the item that was cleared")
	}
	en := &entry{item: it, opened: &opened{h, message}}
	en.data[ninjsEncoding].once.Do(func() { en.data[ninjsEncoding].bytes = open.Text })
	return en, nil
}

// publishTurns publishes what was opened, as far as its turn has come. The caller
// holds delivering.
func (e *Edge) publishTurns() {
	for {
		en := e.openings.take(e.delivered.Load() + 1)
		if en == nil {
			break
		}
		e.publish(en)
	}
	e.openings.drop(e.delivered.Load())
}

// entryOf is newEntry for an item whose key may have come. The caller holds
// delivering.
func (e *Edge) entryOf(ctx context.Context, it *wire.Item) (*entry, error) {
	if en := e.awaitKey(ctx, it); en != nil && en.item.Hash == it.Hash {
		return en, nil
	}
	return e.newEntry(ctx, it, nil)
}
