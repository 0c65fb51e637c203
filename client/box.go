package client

import (
	"container/list"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/wireroom/wireroom/internal/seal/advance"
)

// Box keeps texts that were sent ahead of their clear time, sealed, until their
// keys come. Give one to a Stream to be sent texts ahead; a program that receives
// events in another way, such as over a WebSocket, hands it the data of the events
// seal, key and void itself.
//
// It trusts nothing that comes: docs/embargo.md says which checks are made, in
// which order. The zero Box is ready to use. It is safe for concurrent use.
type Box struct {
	// Keys are the wire's public keys. Where there are none, a Stream asks the wire
	// at first and goes on with what it said: then who can forge that answer can
	// forge all others. Set them before use.
	Keys []ed25519.PublicKey
	// MaxBytes bounds the sealed texts that are kept; 0 for 256 MiB. There are at
	// most 128 of them. The oldest makes room: its text comes, once it is cleared,
	// in the open.
	MaxBytes int

	mu    sync.Mutex
	kept  map[advance.ID]*list.Element // of order
	order *list.List                   // of *sealed, the oldest first
	bytes int                          // in all sealed texts
	now   func() time.Time             // nil for time.Now; tests replace it
}

// sealed is one seal that came.
type sealed struct {
	seal advance.Seal
	text []byte // nil once it was opened: it is remembered, so that it is not sent again
	came time.Time
}

const (
	maxHeld = 128 // as many as can be named when a stream is asked for
	// heldFor is how long a seal can be of use: six hours ahead, ten minutes of lot
	// before, an hour until its void.
	heldFor      = 8 * time.Hour
	maxSealed    = 256 << 20
	maxSealEvent = 24 << 20 // in base64, the longest text that can be sealed
)

// Cleared is an item that was sent ahead, sealed, and opened with its key.
type Cleared struct {
	Number    int64     // wire number
	ID        string    // of the item
	At        time.Time // of the lift: UTC, µs
	Data      []byte    // what the event "item" has: ninjs, one line of JSON
	Content   []byte    // the item in canonical form
	Hash      string    // SHA-256 of Content, in hexadecimal
	Signature string    // of the wire over Hash, in base64
}

// ErrNoSeal says that a key opens nothing that the box keeps: the text is to be
// fetched. A seal that is late, or was dropped for want of room, is no fault.
var ErrNoSeal = errors.New("client: there is no seal for this key")

// SealError says that a seal, key or void failed a check of docs/embargo.md. It is
// not an accident, and worth a report. The text, once it is cleared, can be had in
// the open.
type SealError struct {
	// Check is what failed, by the names in client/testdata/embargo.json: form,
	// version, signature, digest, commitment, text or content.
	Check  string
	Detail string
}

func (e *SealError) Error() string {
	return fmt.Sprintf("client: what was sent ahead is refused (%s): %s", e.Check, e.Detail)
}

func refused(err error) error {
	if r, ok := errors.AsType[*advance.Refusal](err); ok {
		return &SealError{string(r.Check), r.Detail}
	}
	return err
}

// Keep takes the data of an event "seal" and returns the seal's id; "" if it is too
// long for the box. One that is known changes nothing. A *SealError says why it is
// refused.
func (b *Box) Keep(data []byte) (id string, err error) {
	var came struct{ Seal, Text []byte }
	if err := json.Unmarshal(data, &came); err != nil {
		return "", &SealError{"form", "the data of the seal is not understood"}
	}
	s, err := advance.ParseSeal(came.Seal, b.keys()...)
	if err == nil {
		err = s.Holds(came.Text)
	}
	if err != nil {
		return "", refused(err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.tidy()
	if b.kept[s.ID] == nil && !b.put(&sealed{s, came.Text, b.time()}) {
		return "", nil
	}
	return s.ID.String(), nil
}

// Open takes the data of an event "key" and opens the text that was sent ahead. The
// seal is of no use afterwards, even if the key is refused. Errors are ErrNoSeal and
// *SealError.
func (b *Box) Open(data []byte) (c Cleared, err error) {
	var came struct{ Key []byte }
	if err := json.Unmarshal(data, &came); err != nil {
		return c, &SealError{"form", "the data of the key is not understood"}
	}
	k, err := advance.ParseKey(came.Key)
	if err != nil {
		return c, refused(err)
	}
	b.mu.Lock()
	held := b.kept[k.ID]
	b.mu.Unlock()
	if held == nil {
		return c, ErrNoSeal
	}
	s := held.Value.(*sealed)
	text := b.empty(s)
	if text == nil {
		return c, ErrNoSeal
	}
	o, err := k.Open(s.seal, text, b.keys()...)
	if err != nil {
		return c, refused(err)
	}
	return Cleared{
		Number: k.Number, ID: k.Item.String(), At: k.LiftedAt,
		Data: o.Text, Content: o.Item, Hash: o.Hash, Signature: k.SignatureText(),
	}, nil
}

// Void takes the data of an event "void" and forgets the seal. An error is a
// *SealError.
func (b *Box) Void(data []byte) error {
	var came struct{ Void []byte }
	if err := json.Unmarshal(data, &came); err != nil {
		return &SealError{"form", "the data of the void is not understood"}
	}
	v, err := advance.ParseVoid(came.Void, b.keys()...)
	if err != nil {
		return refused(err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if held := b.kept[v.ID]; held != nil {
		b.drop(held)
	}
	return nil
}

// Holds are the ids of the seals that need not be sent again, for the parameter
// holds.
func (b *Box) Holds() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.tidy()
	ids := make([]string, 0, len(b.kept))
	for at := b.front(); at != nil; at = at.Next() {
		ids = append(ids, at.Value.(*sealed).seal.ID.String())
	}
	return ids
}

// keys are the wire's.
func (b *Box) keys() []ed25519.PublicKey {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.Keys
}

// learn takes what the wire says its key is, if nobody has said so before.
func (b *Box) learn(key ed25519.PublicKey) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.Keys) == 0 {
		b.Keys = []ed25519.PublicKey{key}
	}
}

func (b *Box) time() time.Time {
	if b.now != nil {
		return b.now()
	}
	return time.Now()
}

// front is the oldest; nil if there is none. The caller of this and of all below
// holds mu, but for empty.
func (b *Box) front() *list.Element {
	if b.order == nil {
		return nil
	}
	return b.order.Front()
}

// put keeps a seal; the oldest make room for it. It reports false if there cannot be
// enough.
func (b *Box) put(s *sealed) bool {
	if b.order == nil {
		b.order, b.kept = list.New(), map[advance.ID]*list.Element{}
	}
	most := b.MaxBytes
	if most <= 0 {
		most = maxSealed
	}
	if len(s.text) > most {
		return false
	}
	b.kept[s.seal.ID] = b.order.PushBack(s)
	b.bytes += len(s.text)
	for len(b.kept) > maxHeld || b.bytes > most {
		b.drop(b.order.Front())
	}
	return true
}

// tidy forgets what is so old that it must have ended while nobody listened.
func (b *Box) tidy() {
	for at := b.front(); at != nil && b.time().Sub(at.Value.(*sealed).came) > heldFor; at = b.front() {
		b.drop(at)
	}
}

func (b *Box) drop(at *list.Element) {
	s := b.order.Remove(at).(*sealed)
	delete(b.kept, s.seal.ID)
	b.bytes -= len(s.text)
	s.text = nil
}

// empty takes the text out of a seal.
func (b *Box) empty(s *sealed) []byte {
	b.mu.Lock()
	defer b.mu.Unlock()
	text := s.text
	b.bytes -= len(text)
	s.text = nil
	return text
}
