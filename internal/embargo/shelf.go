package embargo

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"time"

	"github.com/wireroom/wireroom/internal/seal/advance"
	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/wire"
)

// Shelf is where edges that have the database find what is sent ahead. It is safe
// for concurrent use.
type Shelf struct {
	Store  *store.Store
	Public ed25519.PublicKey // of the wire
}

// List returns what is or will be out and whose void is not: id, due and ends.
func (s Shelf) List(ctx context.Context) (all []store.Advance, err error) {
	err = s.Store.Read(ctx, func(tx *store.Tx) error {
		all, err = tx.Advances()
		return err
	})
	return all, err
}

// Get returns one as edges may have it: without its secret, and without a word of
// whose it is.
func (s Shelf) Get(ctx context.Context, id string) (a store.Advance, err error) {
	err = s.Store.Read(ctx, func(tx *store.Tx) error {
		a, err = tx.Advance(id)
		return err
	})
	a.Secret, a.Release, a.Language = nil, "", ""
	return a, err
}

// Key is what is sent ahead is signed with.
func (s Shelf) Key(context.Context) (ed25519.PublicKey, error) { return s.Public, nil }

// question is what an edge without a database asks over the bus: one seal by its
// id, or, without one, the list. answer is what it is told.
type (
	question struct {
		Get string `json:"get,omitempty"`
	}
	answer struct {
		Key   []byte   `json:"key,omitempty"`
		List  []listed `json:"list,omitempty"`
		Found *found   `json:"found,omitempty"` // nil: there is none
		Error string   `json:"error,omitempty"`
	}
	listed struct {
		ID   string    `json:"id"`
		Due  time.Time `json:"due"`
		Ends time.Time `json:"ends,omitzero"`
	}
	found struct {
		Seal   []byte `json:"seal"`
		Sealed []byte `json:"sealed"`
		Void   []byte `json:"void"`
	}
)

// Answer answers a question of an edge without a database.
func (s Shelf) Answer(ctx context.Context, asked []byte) []byte {
	var a answer
	if err := s.answer(ctx, asked, &a); err != nil {
		a = answer{Error: "what is sent ahead cannot be read at this moment"}
	}
	b, err := json.Marshal(a)
	if err != nil { // times beyond the year 9999
		return []byte(`{"error":"what is sent ahead cannot be written"}`)
	}
	return b
}

func (s Shelf) answer(ctx context.Context, asked []byte, a *answer) error {
	var q question
	if err := json.Unmarshal(asked, &q); err != nil {
		return err
	}
	if q.Get != "" {
		one, err := s.Get(ctx, q.Get)
		if wire.KindOf(err) == wire.NotFound {
			return nil
		}
		a.Found = &found{one.Seal, one.Sealed, one.Void}
		return err
	}
	a.Key = s.Public
	all, err := s.List(ctx)
	for _, one := range all {
		a.List = append(a.List, listed{one.ID, one.Due, one.Ends})
	}
	return err
}

// Remote is a shelf for edges that have no database: they ask over the bus. They
// hold no key of the house, and cannot open anything before they are told how. It
// is safe for concurrent use.
type Remote struct {
	Ask func(ctx context.Context, question []byte) ([]byte, error)
}

// remoteTime bounds one question.
const remoteTime = 10 * time.Second

func (r Remote) ask(ctx context.Context, q question) (a answer, err error) {
	asked, err := json.Marshal(q)
	if err != nil {
		return a, err
	}
	ctx, cancel := context.WithTimeout(ctx, remoteTime)
	defer cancel()
	told, err := r.Ask(ctx, asked)
	if err != nil {
		return a, err
	}
	return parseAnswer(told)
}

func parseAnswer(told []byte) (a answer, err error) {
	if err := json.Unmarshal(told, &a); err != nil {
		return answer{}, wire.Errorf(wire.Internal, "seals", "the answer of the house is not understood: %w", err)
	}
	if a.Error != "" {
		return answer{}, wire.Errorf(wire.Unavailable, "seals", "%s", a.Error)
	}
	for _, one := range a.List {
		if _, err := advance.ParseID(one.ID); err != nil {
			return answer{}, wire.Errorf(wire.Internal, "seals", "the answer of the house names what is no seal: %w", err)
		}
	}
	if a.Key != nil && len(a.Key) != ed25519.PublicKeySize {
		return answer{}, wire.Errorf(wire.Internal, "seals", "the answer of the house has no key")
	}
	return a, nil
}

// List is Shelf.List.
func (r Remote) List(ctx context.Context) (all []store.Advance, err error) {
	a, err := r.ask(ctx, question{})
	for _, one := range a.List {
		all = append(all, store.Advance{ID: one.ID, Due: one.Due, Ends: one.Ends})
	}
	return all, err
}

// Get is Shelf.Get.
func (r Remote) Get(ctx context.Context, id string) (store.Advance, error) {
	a, err := r.ask(ctx, question{Get: id})
	if err != nil {
		return store.Advance{}, err
	}
	if a.Found == nil {
		return store.Advance{}, wire.Errorf(wire.NotFound, id, "there is no such seal")
	}
	return store.Advance{ID: id, Seal: a.Found.Seal, Sealed: a.Found.Sealed, Void: a.Found.Void}, nil
}

// Key is Shelf.Key.
func (r Remote) Key(ctx context.Context) (ed25519.PublicKey, error) {
	a, err := r.ask(ctx, question{})
	return a.Key, err
}
