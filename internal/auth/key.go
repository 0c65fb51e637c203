package auth

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/wire"
)

// A key reads wrk_<id>_<secret>: the prefix lets scanners of leaked secrets
// find it, the id lets it be named and revoked, the secret is 256 random bits.
// With that much entropy a plain SHA-256 is a safe way to store it.
const keyPrefix = "wrk_"

// Keys checks API keys against the store. It is safe for concurrent use.
type Keys struct {
	store *store.Store
	now   func() time.Time

	// local is a key of this process alone, never stored, for the command line
	// on the same machine.
	local string
}

// NewKeys makes a checker. now is the time keys expire by. A process without a
// store (nil) knows its own local key alone.
func NewKeys(s *store.Store, now func() time.Time) *Keys {
	return &Keys{store: s, now: now, local: keyPrefix + "local_" + newSecret()}
}

// Local returns a key that is valid for the life of this process and has the
// role of an operator. Hand it only to who owns the data folder.
func (k *Keys) Local() string { return k.local }

// Create makes a key and returns it; it can never be shown again. expires may
// be zero.
func (k *Keys) Create(ctx context.Context, name string, role wire.Role, expires time.Time) (string, error) {
	if !slices.Contains([]wire.Role{wire.RoleReader, wire.RoleProvider, wire.RoleIssuer, wire.RoleEditor, wire.RoleOperator}, role) {
		return "", wire.Errorf(wire.Invalid, "role", "%q is not a role a key can have: reader, provider, issuer, editor, operator", role)
	}
	if name == "" {
		return "", wire.Errorf(wire.Invalid, "name", "give the key a name, so that it can be told from others")
	}
	id, secret := wire.NewToken()[:10], newSecret()
	row := store.KeyRow{ID: id, Name: name, Role: role, Hash: hash(secret)}
	if !expires.IsZero() {
		row.ExpiresAt = expires.UnixMicro()
	}
	if err := k.store.Write(ctx, func(tx *store.Tx) error { return tx.AddKey(row) }); err != nil {
		return "", err
	}
	return keyPrefix + id + "_" + secret, nil
}

// CreateFor makes a key as Create does, valid for a time; 0: until it is revoked.
func (k *Keys) CreateFor(ctx context.Context, name string, role wire.Role, valid time.Duration) (string, error) {
	var expires time.Time
	if valid > 0 {
		expires = k.now().Add(valid)
	}
	return k.Create(ctx, name, role, expires)
}

// Actor returns whose key it is; Forbidden for one that is unknown, revoked or
// expired, without saying which.
func (k *Keys) Actor(ctx context.Context, key string) (wire.Actor, error) {
	if subtle.ConstantTimeCompare([]byte(key), []byte(k.local)) == 1 {
		return wire.Actor{Name: "local operator", Role: wire.RoleOperator}, nil
	}
	refused := wire.Errorf(wire.Forbidden, "", "the key is not valid")
	id, secret, ok := strings.Cut(strings.TrimPrefix(key, keyPrefix), "_")
	if !ok || !strings.HasPrefix(key, keyPrefix) || k.store == nil {
		return wire.Actor{}, refused
	}
	var row store.KeyRow
	err := k.store.Read(ctx, func(tx *store.Tx) (err error) {
		row, err = tx.Key(id)
		return err
	})
	switch {
	case wire.KindOf(err) == wire.NotFound:
		return wire.Actor{}, refused
	case err != nil:
		return wire.Actor{}, err
	case subtle.ConstantTimeCompare(row.Hash, hash(secret)) != 1, row.RevokedAt != 0,
		row.ExpiresAt != 0 && k.now().UnixMicro() >= row.ExpiresAt:
		return wire.Actor{}, refused
	}
	return wire.Actor{Name: row.Name, Role: row.Role}, nil
}

// FromRequest returns the actor of a request's bearer key (RFC 6750 §2.1), and
// false if it carries none. Keys in URLs are not accepted: URLs end in logs.
func (k *Keys) FromRequest(r *http.Request) (wire.Actor, bool, error) {
	scheme, key, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return wire.Actor{}, false, nil
	}
	actor, err := k.Actor(r.Context(), strings.TrimSpace(key))
	return actor, err == nil, err
}

func newSecret() string {
	var b [32]byte
	rand.Read(b[:])
	return base64.RawURLEncoding.EncodeToString(b[:])
}

func hash(secret string) []byte {
	sum := sha256.Sum256([]byte(secret))
	return sum[:]
}
