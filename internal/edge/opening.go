package edge

import (
	"crypto/ed25519"
	"encoding/json"
	"sync"

	"github.com/wireroom/wireroom/internal/seal/advance"
	"github.com/wireroom/wireroom/internal/wire"
)

// The key to an item comes twice: by itself, as soon as the lift is committed, and in
// one message with the item. The first gives the edge a start on the bus; the second
// makes sure that no item overtakes its key, for then it would go out whole, in the
// open, at the moment at which that costs most.

// opened is what came of a seal at its clear time.
type opened struct {
	seal *held
	key  []byte // signed message
}

// openings are the items that were opened and whose turn on the wire has not come.
// Their lock is held for no work at all.
type openings struct {
	mu   sync.Mutex
	open map[int64]*entry // by wire number
}

func (o *openings) put(en *entry) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.open == nil {
		o.open = map[int64]*entry{}
	}
	o.open[en.item.Number] = en
}

// take returns an item for who will publish it; nil if it is not open.
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

// TakeKey takes the signed key of a seal, which says that a lift is committed: it opens
// the seal and puts the item before everyone who wants it, from what was sent ahead, at
// once if its turn has come, and otherwise when it has. What does not fit exactly is
// dropped: then the bus brings the item.
func (e *Edge) TakeKey(message []byte) {
	key, err := advance.ParseKey(message)
	if err != nil {
		e.refuseKey(err)
		return
	}
	h := e.heldUnder(key)
	if h == nil || key.Number <= e.delivered.Load() {
		if h == nil || !h.isOpen() {
			e.meters.opened.WithLabelValues("late").Inc()
		}
		return
	}
	// As many at a time as there are processors: the key to the first item must not
	// wait for those of all others.
	e.unsealing <- struct{}{}
	en, err := e.unseal(h, key, message)
	<-e.unsealing
	if err != nil {
		e.refuseKey(err)
		return
	}
	e.openings.put(en)
	e.delivering.Lock()
	defer e.delivering.Unlock()
	if err := e.start(e.ctx); err != nil {
		return // the bus brings the item
	}
	e.publishTurns()
	if en.tally == nil && en.item.Number <= e.delivered.Load() {
		e.meters.opened.WithLabelValues("late").Inc()
	}
}

// openedBy is the entry of an item from what was sent ahead and the key that came with
// it; nil if nothing was, or it does not fit: then it goes out as it came. If the key
// came by itself before, what that opened, or is about to, is taken. The caller holds
// delivering, and nothing else: connections come and go meanwhile.
func (e *Edge) openedBy(message []byte, it *wire.Item) *entry {
	if message == nil {
		return nil
	}
	key, err := advance.ParseKey(message)
	if err != nil {
		e.refuseKey(err)
		return nil
	}
	h := e.heldUnder(key)
	if h == nil {
		return nil
	}
	en, err := e.unseal(h, key, message)
	if err == nil && (en.item.Number != it.Number || en.item.Hash != it.Hash) {
		err = wire.Errorf(wire.Conflict, h.seal.ID.String(), "does not hold item %d", it.Number)
	}
	if err != nil {
		e.refuseKey(err)
		return nil
	}
	return en
}

// heldUnder is the seal that a key is to; nil if it is not held.
func (e *Edge) heldUnder(key advance.Key) *held {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.held[key.ID]
}

func (e *Edge) refuseKey(err error) {
	e.meters.opened.WithLabelValues("refused").Inc()
	e.o.Log.Warn("edge: a key does not fit; the text goes out in the open", "err", err)
}

// unseal opens a seal, once, whoever asks first; others wait until it is.
func (e *Edge) unseal(h *held, key advance.Key, message []byte) (*entry, error) {
	h.opening.Lock()
	defer h.opening.Unlock()
	if h.entry != nil && h.entry.item.Number == key.Number {
		return h.entry, nil
	}
	en, err := h.open(key, message, e.publicKey())
	if err != nil {
		return nil, err
	}
	e.analyse(en) // before others must wait for it
	h.entry = en
	return en, nil
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

// isOpen reports whether the seal was opened.
func (h *held) isOpen() bool {
	h.opening.Lock()
	defer h.opening.Unlock()
	return h.entry != nil
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
