package app

import (
	"context"

	"github.com/wireroom/wireroom/internal/seal"
	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/wire"
)

// OpenKeyring opens the keyring in a folder, making one where there is none, and
// refuses it (Invalid) if the database was sealed with another: half of the wire
// could not read what the other half wrote.
func OpenKeyring(ctx context.Context, s *store.Store, dir string) (*seal.Keyring, error) {
	keys, err := seal.OpenKeyring(dir)
	if err != nil {
		return nil, err
	}
	var noted string
	if err := s.Write(ctx, func(tx *store.Tx) (err error) {
		noted, err = tx.Keyring("sealing", keys.Fingerprint())
		return err
	}); err != nil {
		return nil, err
	}
	if noted != keys.Fingerprint() {
		return nil, wire.Errorf(wire.Invalid, "keys", "%s/sealing.key is not the key that this database is sealed with (its fingerprint is %s, not %s): name the folder of the wire's keys with --keys, or restore it from its backup",
			dir, keys.Fingerprint(), noted)
	}
	return keys, nil
}
