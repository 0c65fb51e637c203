package edge

import (
	"context"
	"crypto/ed25519"
	"sync"
	"sync/atomic"
	"time"

	"github.com/wireroom/wireroom/internal/edge/frame"
	"github.com/wireroom/wireroom/internal/seal/advance"
	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/wire"
)

// Advances are the texts that are sent ahead of their clear time. The edge cannot
// open them before it is told the key. It must be safe for concurrent use.
type Advances interface {
	// List returns what is or will be out and whose void is not: id, due, ends.
	List(ctx context.Context) ([]store.Advance, error)
	// Get returns one with its messages and its sealed text.
	Get(ctx context.Context, id string) (store.Advance, error)
	// Key returns the key that the wire signs with.
	Key(ctx context.Context) (ed25519.PublicKey, error)
}

// lookAhead is how often the edge looks for other seals, unasked.
const lookAhead = 2 * time.Second

// held is a seal that the edge holds and has sent, or is sending, to everyone who
// asked for seals.
type held struct {
	seal                advance.Seal
	message, void, text []byte
	seals, voids        [frame.Forms]made
	ready               atomic.Int64 // receivers that say they keep it
	returned            atomic.Int64 // receivers that named it when they connected

	opening sync.Mutex // held by who opens it, which takes a few milliseconds
	entry   *entry     // by opening: the item in it, once it is open
}

// frame is the seal as one frame, the same for everyone: neither it nor the size
// of it tells what is in it.
func (h *held) frame(f frame.Form) []byte {
	m := &h.seals[f]
	m.once.Do(func() { m.bytes = f.Seal(h.message, h.text) })
	return m.bytes
}

func (h *held) voidFrame(f frame.Form) []byte {
	m := &h.voids[f]
	m.once.Do(func() { m.bytes = f.Void(h.void) })
	return m.bytes
}

// FollowSeals keeps the seals that are sent ahead, until ctx ends. It looks when
// wake receives, when one falls due, and by itself.
func (e *Edge) FollowSeals(ctx context.Context, wake <-chan struct{}) {
	if e.o.Advances == nil {
		return
	}
	for failing := false; ; {
		wait, err := e.syncSeals(ctx)
		if err != nil && ctx.Err() == nil && !failing {
			e.o.Log.Error("edge: cannot read what is sent ahead; it goes out at its clear time", "err", err)
		}
		failing = err != nil
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-wake:
			timer.Stop()
		case <-timer.C:
		}
	}
}

// syncSeals sends out the seals that are due and the voids of those that have
// ended, and returns when to look again.
func (e *Edge) syncSeals(ctx context.Context) (wait time.Duration, err error) {
	wait = lookAhead
	if e.key.Load() == nil {
		key, err := e.o.Advances.Key(ctx)
		if err != nil {
			return wait, err
		}
		e.key.Store(&key)
	}
	list, err := e.o.Advances.List(ctx)
	if err != nil {
		return wait, err
	}
	now := e.o.Now()
	current := map[advance.ID]bool{}
	for i := range list {
		a := &list[i]
		id, err := advance.ParseID(a.ID)
		if err != nil {
			return wait, err
		}
		if left := a.Due.Sub(now); left > 0 {
			wait = min(wait, left)
			continue
		}
		if !a.Ends.IsZero() {
			left := a.Ends.Sub(now)
			if left <= 0 {
				continue
			}
			wait = min(wait, left)
		}
		current[id] = true
		if err := e.hold(ctx, id, a); err != nil {
			return wait, err
		}
	}
	for _, h := range e.ended(current) {
		e.release(h)
	}
	return max(wait, time.Millisecond), nil
}

// publicKey is the wire's; nil until it is known.
func (e *Edge) publicKey() ed25519.PublicKey {
	if key := e.key.Load(); key != nil {
		return *key
	}
	return nil
}

// hold takes a seal in and sends it out, if it is new.
func (e *Edge) hold(ctx context.Context, id advance.ID, listed *store.Advance) error {
	e.mu.Lock()
	_, known := e.held[id]
	e.mu.Unlock()
	if known {
		return nil
	}
	a, err := e.o.Advances.Get(ctx, listed.ID)
	if wire.KindOf(err) == wire.NotFound {
		return nil // it was dropped a moment ago
	}
	if err != nil {
		return err
	}
	s, err := advance.ParseSeal(a.Seal, e.publicKey())
	if err == nil {
		err = s.Holds(a.Sealed)
	}
	if err != nil || s.ID != id {
		return wire.Errorf(wire.Internal, listed.ID, "is no seal of this wire: %w", err)
	}
	e.sendAhead(&held{seal: s, message: a.Seal, void: a.Void, text: a.Sealed})
	return nil
}

// sendAhead sends a seal to everyone who asked for seals, whatever their filters:
// who is sent what would tell what is in it. In one step with held, so that who
// joins finds it there, or is among those it is sent to.
func (e *Edge) sendAhead(h *held) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.held[h.seal.ID] = h
	e.meters.seals.Set(float64(len(e.held)))
	e.eachSealed(func(c *conn) { c.say(h.frame(c.form)) })
	for _, s := range e.shards {
		s.order(func() { s.depart(h) })
	}
}

// release lets a seal go and says so to everyone who may have it.
func (e *Edge) release(h *held) {
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.held, h.seal.ID)
	e.meters.seals.Set(float64(len(e.held)))
	e.eachSealed(func(c *conn) { c.say(h.voidFrame(c.form)) })
	for _, s := range e.shards {
		s.order(func() { s.recall(h) })
	}
}

// eachSealed visits the connections of goroutines that asked for seals. The caller
// holds mu.
func (e *Edge) eachSealed(visit func(*conn)) {
	for _, g := range e.groups {
		for c := range g.members {
			if c.as == sealedEncoding {
				visit(c)
			}
		}
	}
}

// ended are the seals that are held and are not among the current ones.
func (e *Edge) ended(current map[advance.ID]bool) (gone []*held) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for id, h := range e.held {
		if !current[id] {
			gone = append(gone, h)
		}
	}
	return gone
}

// unsealed is how a connection that asked for seals sees an item whose text it was
// not sent ahead.
func (v view) unsealed() view {
	if v.as == sealedEncoding {
		v.as = ninjsEncoding
	}
	return v
}

// told is which seals a session's receiver has been told of, while it is brought up
// to the present; nil values are those it says it has.
type told map[advance.ID]*held

// toldOf is nil for who did not ask for seals.
func toldOf(ask *request) told {
	if ask.as != sealedEncoding {
		return nil
	}
	t := told{}
	for _, name := range ask.holds {
		if id, err := advance.ParseID(name); err == nil {
			t[id] = nil
		}
	}
	return t
}

// noteReturn counts the receiver among those that came back with the seals that it
// named. It said elsewhere, or before, that it keeps them. The caller holds mu.
func (s *session) noteReturn() {
	for id, h := range s.told {
		if here := s.edge.held[id]; h == nil && here != nil {
			here.returned.Add(1)
		}
	}
}

// missing are the frames that the receiver has still to be sent, and notes that it
// is: the seals that are current, and the voids of those that ended meanwhile. The
// caller holds mu.
func (s *session) missing() (frames [][]byte) {
	if s.told == nil {
		return nil
	}
	for id, h := range s.edge.held {
		if _, ok := s.told[id]; !ok {
			s.told[id] = h
			frames = append(frames, h.frame(s.form))
		}
	}
	for id, h := range s.told {
		if h != nil && s.edge.held[id] == nil {
			delete(s.told, id)
			frames = append(frames, h.voidFrame(s.form))
		}
	}
	return frames
}

// maxReady bounds how many seals one message acknowledges.
const maxReady = 64

// acknowledge counts receivers that keep seals and have checked them.
func (e *Edge) acknowledge(seals []string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, name := range seals[:min(len(seals), maxReady)] {
		if id, err := advance.ParseID(name); err == nil && e.held[id] != nil {
			e.held[id].ready.Add(1)
		}
	}
}
