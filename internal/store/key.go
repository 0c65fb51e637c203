package store

import (
	"database/sql"

	"github.com/wireroom/wireroom/internal/wire"
)

// KeyRow is an API key as it is stored: never the key, only its hash.
type KeyRow struct {
	ID        string // public part of the key
	Name      string
	Role      wire.Role
	Hash      []byte // of the secret part
	CreatedAt int64  // µs UTC
	ExpiresAt int64  // µs UTC; 0 never
	RevokedAt int64  // µs UTC; 0 if it is valid
}

// AddKey stores a key.
func (tx *Tx) AddKey(k KeyRow) error {
	_, err := tx.exec(`INSERT INTO api_key (id, name, role, hash, created_at, expires_at, revoked_at) VALUES ($1, $2, $3, $4, $5, $6, 0)`,
		k.ID, k.Name, k.Role, k.Hash, micros(tx.Now()), k.ExpiresAt)
	return err
}

func scanKey(rows *sql.Rows, k *KeyRow) error {
	return rows.Scan(&k.ID, &k.Name, &k.Role, &k.Hash, &k.CreatedAt, &k.ExpiresAt, &k.RevokedAt)
}

// Key returns a key by its public part; NotFound if there is none.
func (tx *Tx) Key(id string) (KeyRow, error) {
	rows, err := tx.query(`SELECT id, name, role, hash, created_at, expires_at, revoked_at FROM api_key WHERE id = $1`, id)
	found, err := collect(rows, err, scanKey)
	if err != nil {
		return KeyRow{}, err
	}
	if len(found) == 0 {
		return KeyRow{}, wire.Errorf(wire.NotFound, "key", "there is no such key")
	}
	return found[0], nil
}

// Keys lists all keys, newest first.
func (tx *Tx) Keys() ([]KeyRow, error) {
	rows, err := tx.query(`SELECT id, name, role, hash, created_at, expires_at, revoked_at FROM api_key ORDER BY created_at DESC, id`)
	return collect(rows, err, scanKey)
}

// RevokeKey ends a key at once; NotFound if there is none.
func (tx *Tx) RevokeKey(id string) error {
	n, err := tx.exec(`UPDATE api_key SET revoked_at = $1 WHERE id = $2 AND revoked_at = 0`, micros(tx.Now()), id)
	if err == nil && n == 0 {
		return wire.Errorf(wire.NotFound, "key", "there is no such valid key")
	}
	return err
}

// RevokeKeysOf ends all keys of a name and role, and returns how many it ended.
func (tx *Tx) RevokeKeysOf(name string, role wire.Role) (int, error) {
	n, err := tx.exec(`UPDATE api_key SET revoked_at = $1 WHERE name = $2 AND role = $3 AND revoked_at = 0`, micros(tx.Now()), name, string(role))
	return int(n), err
}
