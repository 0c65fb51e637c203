package embargo

import (
	"crypto/sha256"
	"encoding/json"

	"github.com/wireroom/wireroom/internal/format"
	"github.com/wireroom/wireroom/internal/format/ninjs"
	"github.com/wireroom/wireroom/internal/seal/advance"
	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/wire"
)

// secret is what opens a seal, and for which item. It is kept sealed.
type secret struct {
	Secret advance.Secret `json:"secret"`
	Print  string         `json:"print"`
}

// Make seals an item that is not cleared yet under a fresh secret. What comes back
// has no secret, and no word of whose it is.
func Make(it *wire.Item, s advance.Secret, site format.Site, by advance.Signer) (store.Advance, error) {
	text, err := advance.Punch(func(c advance.Cleared) (text, item []byte, err error) {
		cleared := it.Cleared(c.Number, wire.ItemID(c.Item.String()), c.LiftedAt, c.HashText(), c.SignatureText())
		text, err = ninjs.Line(&cleared, site)
		return text, cleared.Content(), err
	})
	if err != nil {
		return store.Advance{}, err
	}
	return lock(s, text, by)
}

// seal makes the seal of an item that is scheduled.
func (e *Embargo) seal(it *wire.Item) (store.Advance, error) {
	s := secret{advance.NewSecret(), it.Print()}
	a, err := Make(it, s.Secret, e.o.Site, e.o.Keys)
	if err != nil {
		return a, err
	}
	a.Release, a.Language = it.Release, it.Language
	plain, err := json.Marshal(s)
	if err != nil {
		return a, err
	}
	a.Secret, err = e.o.Keys.Seal(secretName(a.ID), plain)
	return a, err
}

// hollow makes a seal that holds nothing, under a key that nobody keeps.
func (e *Embargo) hollow() (store.Advance, error) {
	a, err := lock(advance.NewSecret(), nil, e.o.Keys)
	a.Release, a.Secret = wire.NewReleaseID(), []byte{}
	return a, err
}

func lock(s advance.Secret, text []byte, by advance.Signer) (a store.Advance, err error) {
	id, err := s.ID()
	if err != nil {
		return a, err
	}
	a.ID = id.String()
	if a.Sealed, err = advance.Lock(s, text); err != nil {
		return a, err
	}
	commitment, err := s.Commitment(id)
	if err != nil {
		return a, err
	}
	a.Seal = advance.Seal{ID: id, Commitment: commitment, Digest: sha256.Sum256(a.Sealed)}.Sign(by)
	a.Void = advance.Void{ID: id}.Sign(by)
	return a, nil
}

func secretName(id string) string { return "advance/" + id }

func (e *Embargo) secretOf(a *store.Advance) (s secret, err error) {
	plain, err := e.o.Keys.Open(secretName(a.ID), a.Secret)
	if err != nil {
		return s, err
	}
	if err := json.Unmarshal(plain, &s); err != nil {
		return s, wire.Errorf(wire.Internal, a.ID, "is no secret of a seal")
	}
	return s, nil
}
