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

func (k *Keys) isLocal(key string) bool {
	return subtle.ConstantTimeCompare([]byte(key), []byte(k.local)) == 1
}

// NewKey is a key that is to be made.
type NewKey struct {
	Name         string
	Role         wire.Role
	For          time.Duration // how long it is valid; 0: until it is revoked
	Organisation string        // whose it is; "" nobody's
	store.Terms
}

// Create makes a key and returns it with its id; it can never be shown again.
func (k *Keys) Create(ctx context.Context, n NewKey) (key, id string, err error) {
	if !slices.Contains([]wire.Role{wire.RoleReader, wire.RoleProvider, wire.RoleIssuer, wire.RoleEditor, wire.RoleOperator}, n.Role) {
		return "", "", wire.Errorf(wire.Invalid, "role", "%q is not a role a key can have: reader, provider, issuer, editor, operator", n.Role)
	}
	if n.Name == "" {
		return "", "", wire.Errorf(wire.Invalid, "name", "give the key a name, so that it can be told from others")
	}
	id, secret := wire.NewToken()[:10], newSecret()
	row := store.KeyRow{ID: id, Name: n.Name, Role: n.Role, Hash: hash(secret), Organisation: n.Organisation, Terms: n.Terms}
	if row.Entitlement, err = Entitlement(n.Entitlement); err != nil {
		return "", "", err
	}
	if n.For > 0 {
		row.ExpiresAt = k.now().Add(n.For).UnixMicro()
	}
	err = k.store.Write(ctx, func(tx *store.Tx) error {
		if err := fits(tx, row); err != nil {
			return err
		}
		return tx.AddKey(row)
	})
	if err != nil {
		return "", "", err
	}
	return keyPrefix + id + "_" + secret, id, nil
}

// Change is what is to be different about a key; nil leaves a thing as it is.
type Change struct {
	Organisation, Entitlement *string
	Streams                   *int
}

// Set changes a valid key. Streams that are open under other rights are ended
// within the time in which edges look.
func (k *Keys) Set(ctx context.Context, id string, c Change) error {
	return k.store.Write(ctx, func(tx *store.Tx) error {
		row, err := tx.Key(id)
		if err != nil {
			return err
		}
		if c.Organisation != nil {
			row.Organisation = *c.Organisation
		}
		if c.Entitlement != nil {
			if row.Entitlement, err = Entitlement(*c.Entitlement); err != nil {
				return err
			}
		}
		if c.Streams != nil {
			row.Streams = *c.Streams
		}
		if err := fits(tx, row); err != nil {
			return err
		}
		return tx.SetKey(id, row.Organisation, row.Terms)
	})
}

// SetOrganisation gives an organisation its terms, and makes it if it is new. Keys
// of it whose own entitlement would no longer fit beside it are an error.
func (k *Keys) SetOrganisation(ctx context.Context, name string, terms store.Terms) (err error) {
	if strings.TrimSpace(name) == "" {
		return wire.Errorf(wire.Invalid, "name", "give the organisation a name")
	}
	if terms.Entitlement, err = Entitlement(terms.Entitlement); err != nil {
		return err
	}
	return k.store.Write(ctx, func(tx *store.Tx) error {
		if err := tx.SetOrganisation(name, terms); err != nil {
			return err
		}
		rows, err := tx.Keys()
		if err != nil {
			return err
		}
		for i := range rows {
			if rows[i].Organisation == name {
				if _, err := grantOf(&rows[i], terms); err != nil {
					return wire.Errorf(wire.Invalid, "entitlement", "does not fit beside that of key %s: %w", rows[i].ID, err)
				}
			}
		}
		return nil
	})
}

// fits refuses a key whose organisation there is not, or whose entitlement does
// not fit beside the organisation's.
func fits(tx *store.Tx, row store.KeyRow) error {
	house, err := termsOf(tx, row.Organisation)
	if err != nil {
		return err
	}
	if _, err := grantOf(&row, house); err != nil {
		return wire.Errorf(wire.Invalid, "entitlement", "is too long, together with that of the organisation")
	}
	return nil
}

// termsOf are the terms of an organisation; none for "".
func termsOf(tx *store.Tx, organisation string) (store.Terms, error) {
	if organisation == "" {
		return store.Terms{}, nil
	}
	row, err := tx.Organisation(organisation)
	return row.Terms, err
}

// errKey refuses a key without saying why.
var errKey = wire.Errorf(wire.Forbidden, "", "the key is not valid")

// split returns the parts of a key.
func split(key string) (id, secret string, ok bool) {
	rest, ok := strings.CutPrefix(key, keyPrefix)
	if !ok {
		return "", "", false
	}
	return strings.Cut(rest, "_")
}

// find returns a valid key by its id and the hash of its secret; Forbidden for one
// that is unknown, revoked or expired, without saying which.
func (k *Keys) find(tx *store.Tx, id string, hashed []byte) (store.KeyRow, error) {
	row, err := tx.Key(id)
	switch {
	case wire.KindOf(err) == wire.NotFound:
		return store.KeyRow{}, errKey
	case err != nil:
		return store.KeyRow{}, err
	case subtle.ConstantTimeCompare(row.Hash, hashed) != 1, !k.valid(&row):
		return store.KeyRow{}, errKey
	}
	return row, nil
}

func (k *Keys) valid(row *store.KeyRow) bool {
	return row.RevokedAt == 0 && (row.ExpiresAt == 0 || k.now().UnixMicro() < row.ExpiresAt)
}

// Actor returns whose key it is; Forbidden for one that is unknown, revoked or
// expired, without saying which.
func (k *Keys) Actor(ctx context.Context, key string) (wire.Actor, error) {
	if k.isLocal(key) {
		return wire.Actor{Name: "local operator", Role: wire.RoleOperator}, nil
	}
	id, secret, ok := split(key)
	if !ok || k.store == nil {
		return wire.Actor{}, errKey
	}
	var row store.KeyRow
	err := k.store.Read(ctx, func(tx *store.Tx) (err error) {
		row, err = k.find(tx, id, hash(secret))
		return err
	})
	if err != nil {
		return wire.Actor{}, err
	}
	return wire.Actor{Name: row.Name, Role: row.Role}, nil
}

// Grant returns what a key gives on the live wire; Forbidden as Actor has it.
func (k *Keys) Grant(ctx context.Context, key string) (Grant, error) {
	if k.isLocal(key) {
		return Grant{Subject: "local"}, nil
	}
	id, secret, ok := split(key)
	if !ok || k.store == nil {
		return Grant{}, errKey
	}
	return k.grant(ctx, id, hash(secret))
}

func (k *Keys) grant(ctx context.Context, id string, hashed []byte) (g Grant, err error) {
	err = k.store.Read(ctx, func(tx *store.Tx) error {
		row, err := k.find(tx, id, hashed)
		if err != nil {
			return err
		}
		house, err := termsOf(tx, row.Organisation)
		if err != nil {
			return wire.Errorf(wire.Internal, "organisation", "of key %s cannot be read: %w", id, err)
		}
		g, err = grantOf(&row, house)
		return err
	})
	return g, err
}

// Held is a grant under which something is open.
type Held struct {
	Subject string `json:"subject"`
	Terms   string `json:"terms"`
}

// Ended are the places in a list of grants that are none any more: the key was
// revoked, has expired, or gives something else.
func (k *Keys) Ended(ctx context.Context, list []Held) (ended []int, err error) {
	if k.store == nil {
		return nil, wire.Errorf(wire.Unavailable, "keys", "there is no store to look in")
	}
	current := map[Held]bool{}
	err = k.store.Read(ctx, func(tx *store.Tx) error {
		houses, err := tx.Organisations()
		if err != nil {
			return err
		}
		terms := map[string]store.Terms{}
		for _, h := range houses {
			terms[h.Name] = h.Terms
		}
		rows, err := tx.Keys()
		for i := range rows {
			if g, err := grantOf(&rows[i], terms[rows[i].Organisation]); err == nil && k.valid(&rows[i]) && g.May() {
				current[Held{g.Subject, g.Terms}] = true
			}
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	for i, h := range list {
		if !current[h] {
			ended = append(ended, i)
		}
	}
	return ended, nil
}

// bearer returns the credential of a request's Authorization (RFC 6750 §2.1).
func bearer(r *http.Request) (credential string, ok bool) {
	scheme, credential, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	return strings.TrimSpace(credential), strings.EqualFold(scheme, "Bearer")
}

// FromRequest returns the actor of a request's bearer key (RFC 6750 §2.1), and
// false if it carries none. Keys in URLs are not accepted: URLs end in logs.
func (k *Keys) FromRequest(r *http.Request) (wire.Actor, bool, error) {
	key, ok := bearer(r)
	if !ok {
		return wire.Actor{}, false, nil
	}
	actor, err := k.Actor(r.Context(), key)
	return actor, err == nil, err
}

// GrantFromRequest is Grant for a request's bearer key.
func (k *Keys) GrantFromRequest(r *http.Request) (Grant, bool, error) {
	key, ok := bearer(r)
	if !ok {
		return Grant{}, false, nil
	}
	g, err := k.Grant(r.Context(), key)
	return g, err == nil, err
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
