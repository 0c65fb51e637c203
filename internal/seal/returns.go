package seal

import (
	"crypto/rand"
	"encoding/hex"
	"path/filepath"

	"github.com/wireroom/wireroom/internal/wire"
)

// ReturnKey returns the 32 bytes that sign the return paths of letters, making
// them on first use (returns.key). All processes of a wire must have the same:
// what one sent comes back to another. It must never be printed.
func (k *Keyring) ReturnKey() ([]byte, error) {
	raw, err := readOrMake(filepath.Join(k.dir, "returns.key"), func() ([]byte, error) {
		key := make([]byte, 32)
		rand.Read(key)
		return []byte(hex.EncodeToString(key) + "\n"), nil
	})
	if err != nil {
		return nil, err
	}
	key, err := hex.DecodeString(string(trimNewline(raw)))
	if err != nil || len(key) != 32 {
		return nil, wire.Errorf(wire.Invalid, "keys/returns.key", "must hold 64 hexadecimal digits; restore it from the backup of the keys")
	}
	return key, nil
}
