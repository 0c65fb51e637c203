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

	Organisation string // it belongs to; "" none
	Terms
}

// Terms are what of the live wire a key or an organisation may have.
type Terms struct {
	Entitlement string // standing query; "" everything
	Streams     int    // at a time; 0: as many as the house gives; negative: none
}

// OrganisationRow is an organisation that has keys.
type OrganisationRow struct {
	Name string
	Terms
	ChangedAt int64 // µs UTC
}

const keyColumns = `id, name, role, hash, created_at, expires_at, revoked_at, organisation, entitlement, streams`

// AddKey stores a key.
func (tx *Tx) AddKey(k KeyRow) error {
	_, err := tx.exec(`INSERT INTO api_key (`+keyColumns+`) VALUES ($1, $2, $3, $4, $5, $6, 0, $7, $8, $9)`,
		k.ID, k.Name, k.Role, k.Hash, micros(tx.Now()), k.ExpiresAt, k.Organisation, k.Entitlement, k.Streams)
	return err
}

func scanKey(rows *sql.Rows, k *KeyRow) error {
	return rows.Scan(&k.ID, &k.Name, &k.Role, &k.Hash, &k.CreatedAt, &k.ExpiresAt, &k.RevokedAt, &k.Organisation, &k.Entitlement, &k.Streams)
}

// Key returns a key by its public part; NotFound if there is none.
func (tx *Tx) Key(id string) (KeyRow, error) {
	rows, err := tx.query(`SELECT `+keyColumns+` FROM api_key WHERE id = $1`, id)
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
	rows, err := tx.query(`SELECT ` + keyColumns + ` FROM api_key ORDER BY created_at DESC, id`)
	return collect(rows, err, scanKey)
}

// SetKey gives a valid key another organisation and other terms; NotFound if there
// is none.
func (tx *Tx) SetKey(id, organisation string, terms Terms) error {
	n, err := tx.exec(`UPDATE api_key SET organisation = $1, entitlement = $2, streams = $3 WHERE id = $4 AND revoked_at = 0`,
		organisation, terms.Entitlement, terms.Streams, id)
	return noSuchKey(n, err)
}

// RevokeKey ends a key at once; NotFound if there is none.
func (tx *Tx) RevokeKey(id string) error {
	n, err := tx.exec(`UPDATE api_key SET revoked_at = $1 WHERE id = $2 AND revoked_at = 0`, micros(tx.Now()), id)
	return noSuchKey(n, err)
}

// RevokeKeysOf ends all keys of a name and role, and returns how many it ended.
func (tx *Tx) RevokeKeysOf(name string, role wire.Role) (int, error) {
	n, err := tx.exec(`UPDATE api_key SET revoked_at = $1 WHERE name = $2 AND role = $3 AND revoked_at = 0`, micros(tx.Now()), name, string(role))
	return int(n), err
}

func noSuchKey(n int64, err error) error {
	if err == nil && n == 0 {
		return wire.Errorf(wire.NotFound, "key", "there is no such valid key")
	}
	return err
}

// SetOrganisation gives an organisation its terms, and makes it if it is new.
func (tx *Tx) SetOrganisation(name string, terms Terms) error {
	_, err := tx.exec(`INSERT INTO organisation (name, entitlement, streams, changed_at) VALUES ($1, $2, $3, $4)
		ON CONFLICT (name) DO UPDATE SET entitlement = excluded.entitlement, streams = excluded.streams, changed_at = excluded.changed_at`,
		name, terms.Entitlement, terms.Streams, micros(tx.Now()))
	return err
}

func scanOrganisation(rows *sql.Rows, o *OrganisationRow) error {
	return rows.Scan(&o.Name, &o.Entitlement, &o.Streams, &o.ChangedAt)
}

// Organisation returns an organisation; NotFound if there is none.
func (tx *Tx) Organisation(name string) (OrganisationRow, error) {
	rows, err := tx.query(`SELECT name, entitlement, streams, changed_at FROM organisation WHERE name = $1`, name)
	found, err := collect(rows, err, scanOrganisation)
	if err != nil {
		return OrganisationRow{}, err
	}
	if len(found) == 0 {
		return OrganisationRow{}, wire.Errorf(wire.NotFound, "organisation", "there is no organisation %q", name)
	}
	return found[0], nil
}

// Organisations lists all, by name.
func (tx *Tx) Organisations() ([]OrganisationRow, error) {
	rows, err := tx.query(`SELECT name, entitlement, streams, changed_at FROM organisation ORDER BY name`)
	return collect(rows, err, scanOrganisation)
}
