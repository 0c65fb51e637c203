package auth

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"sync"
	"time"

	"github.com/wireroom/wireroom/internal/wire"
)

// question is what a process without a database asks one that has it: what a key
// gives, by its id and the hash of its secret, which lets nobody in; or which of
// some grants have ended.
type question struct {
	ID   string `json:"id,omitempty"`
	Hash []byte `json:"hash,omitempty"`
	Held []Held `json:"held,omitempty"`
}

type answer struct {
	Grant  *given `json:"grant,omitempty"` // nil: the key is not valid
	Ended  []int  `json:"ended,omitempty"`
	Failed bool   `json:"failed,omitempty"` // nobody could look
}

// Answer answers what a Remote asks. It never fails: what it cannot tell, it says
// so. The error is for the log.
func (k *Keys) Answer(ctx context.Context, asked []byte) (told []byte, err error) {
	var q question
	var a answer
	if err = json.Unmarshal(asked, &q); err == nil {
		err = k.answer(ctx, &q, &a)
	}
	if err != nil {
		a = answer{Failed: true}
	}
	told, _ = json.Marshal(a) // strings and numbers
	return told, err
}

func (k *Keys) answer(ctx context.Context, q *question, a *answer) (err error) {
	if q.ID == "" {
		a.Ended, err = k.Ended(ctx, q.Held)
		return err
	}
	g, err := k.grant(ctx, q.ID, q.Hash)
	switch {
	case wire.KindOf(err) == wire.Forbidden:
		return nil
	case err != nil:
		return err
	}
	v := givenOf(&g)
	a.Grant = &v
	return nil
}

// Remote knows what keys give by asking a process that has the database. It is
// safe for concurrent use.
type Remote struct {
	Own *Keys // this process's local key
	Ask func(ctx context.Context, question []byte) ([]byte, error)
	Now func() time.Time

	mu    sync.Mutex
	known map[[sha256.Size]byte]learnt // by the key's hash; guarded by mu
}

// learnt is an answer, for a short while: a newsroom whose line broke comes back
// with one key on hundreds of desktops.
type learnt struct {
	grant Grant
	until time.Time
}

const (
	knownFor  = 5 * time.Second
	knownKeys = 10_000
	askTime   = 5 * time.Second
)

// Grant returns what a key gives, as it was at most 5 s ago.
func (r *Remote) Grant(ctx context.Context, key string) (Grant, error) {
	if r.Own.isLocal(key) {
		return r.Own.Grant(ctx, key)
	}
	id, secret, ok := split(key)
	if !ok || id == "" {
		return Grant{}, errKey
	}
	name, now := sha256.Sum256([]byte(key)), r.Now()
	r.mu.Lock()
	known := r.known[name]
	r.mu.Unlock()
	if now.Before(known.until) {
		return known.grant, nil
	}
	a, err := r.ask(ctx, &question{ID: id, Hash: hash(secret)})
	if err != nil {
		return Grant{}, err
	}
	if a.Grant == nil {
		return Grant{}, errKey
	}
	g := a.Grant.grant(subjectOf(id))
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.known == nil || len(r.known) >= knownKeys {
		r.known = map[[sha256.Size]byte]learnt{}
	}
	r.known[name] = learnt{g, now.Add(knownFor)}
	return g, nil
}

// Ended are the places of those grants in a list that are none any more.
func (r *Remote) Ended(ctx context.Context, list []Held) ([]int, error) {
	a, err := r.ask(ctx, &question{Held: list})
	if err != nil {
		return nil, err
	}
	for _, i := range a.Ended {
		if i < 0 || i >= len(list) {
			return nil, wire.Errorf(wire.Internal, "keys", "the answer of the house names a grant that nobody asked about")
		}
	}
	return a.Ended, nil
}

func (r *Remote) ask(ctx context.Context, q *question) (a answer, err error) {
	asked, err := json.Marshal(q)
	if err != nil {
		return a, err
	}
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	told, err := r.Ask(ctx, asked)
	if err == nil {
		err = json.Unmarshal(told, &a)
	}
	if err == nil && a.Failed {
		err = errors.New("the house cannot look at this moment")
	}
	if err != nil {
		return answer{}, wire.Errorf(wire.Unavailable, "keys", "nobody can say at this moment what a key gives: %w", err)
	}
	return a, nil
}
