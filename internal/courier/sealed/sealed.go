// Package sealed keeps the secrets of subscriptions from whoever reads the
// database or a backup of it: what signs a webhook, what opens a folder.
//
// It owns how a sealed secret is written into its column. It makes no keys, and
// leaves the tokens of letters as they are, which are looked up by what they are.
package sealed

import (
	"encoding/base64"
	"strings"

	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/wire"
)

// Sealer is what seals. Package seal's Keyring is one.
type Sealer interface {
	Seal(name string, plain []byte) ([]byte, error)
	Open(name string, sealed []byte) ([]byte, error)
}

// mark begins a secret that is sealed. No secret in the clear may.
const mark = "sealed:"

// name binds a secret to where it leads: put beside another address, so that it
// would be used there, it does not open.
func name(s *wire.Subscription) string {
	return "secret of " + string(s.Channel) + " " + s.Address
}

// Seal seals the secret of a subscription, whose channel and address are not to
// change afterwards. One that is empty, sealed already or of a letter is left as
// it is, and so is every one where k is nil.
func Seal(k Sealer, s *wire.Subscription) error {
	if k == nil || s.Secret == "" || s.Channel == wire.ByMail || strings.HasPrefix(s.Secret, mark) {
		return nil
	}
	envelope, err := k.Seal(name(s), []byte(s.Secret))
	if err != nil {
		return err
	}
	s.Secret = mark + base64.RawStdEncoding.EncodeToString(envelope)
	return nil
}

// Open is the inverse of Seal. A secret in the clear, from before secrets were
// sealed, is left as it is. After an error the secret is empty.
func Open(k Sealer, s *wire.Subscription) error {
	encoded, ok := strings.CutPrefix(s.Secret, mark)
	if !ok || s.Channel == wire.ByMail {
		return nil
	}
	s.Secret = ""
	if k == nil {
		return wire.Errorf(wire.Internal, "secret", "is sealed, and there is no key")
	}
	envelope, err := base64.RawStdEncoding.DecodeString(encoded)
	if err != nil {
		return wire.Errorf(wire.Internal, "secret", "was altered")
	}
	plain, err := k.Open(name(s), envelope)
	if err != nil {
		return err
	}
	s.Secret = string(plain)
	return nil
}

// Change changes a subscription with its secret in the clear, and stores it
// sealed; NotFound if there is none. change may be called several times.
func Change(tx *store.Tx, k Sealer, id wire.SubscriptionID, change func(*wire.Subscription) error) error {
	s, err := tx.Subscription(id)
	if err != nil {
		return err
	}
	if err := Open(k, &s); err != nil {
		return err
	}
	if err := change(&s); err != nil {
		return err
	}
	if s.Channel != wire.ByMail && strings.HasPrefix(s.Secret, mark) {
		return wire.Errorf(wire.Invalid, "secret", "must not begin with %q", mark)
	}
	if err := Seal(k, &s); err != nil {
		return err
	}
	return tx.UpdateSubscription(s)
}

// All seals the secrets that stand in the clear, from before they were sealed,
// and says how many these were.
func All(tx *store.Tx, k Sealer) (n int, err error) {
	all, err := tx.Secrets()
	if err != nil {
		return 0, err
	}
	for i := range all {
		s := &all[i]
		before := s.Secret
		if err := Seal(k, s); err != nil {
			return n, err
		}
		if s.Secret == before {
			continue
		}
		if err := tx.UpdateSubscription(*s); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}
