package auth

import (
	"crypto/ed25519"
	"encoding/json"
	"time"

	"github.com/wireroom/wireroom/internal/seal"
	"github.com/wireroom/wireroom/internal/wire"
)

// Life of tokens: long enough to open a stream and to come back after a broken line,
// too short to be worth finding in the log of a proxy.
const (
	DefaultLife = 5 * time.Minute
	MaxLife     = 15 * time.Minute
	leeway      = 30 * time.Second // by which the clocks of two machines may differ
)

// audience says what tokens are for: the wire whose key signed them is the issuer.
const audience = "stream"

// claims are those of RFC 7519 §4.1, and what the token gives.
type claims struct {
	Audience string `json:"aud"`
	Subject  string `json:"sub"`
	Issued   int64  `json:"iat"` // seconds since 1970 UTC
	Expires  int64  `json:"exp"`
	given
}

// given is a Grant but for its subject, as it goes over a wire.
type given struct {
	Organisation string `json:"org,omitempty"`
	Entitled     string `json:"entitlement,omitempty"`
	Streams      int    `json:"streams,omitempty"`
	Shared       int    `json:"shared,omitempty"`
	Terms        string `json:"terms,omitempty"`
}

func givenOf(g *Grant) given {
	return given{g.Organisation, g.Entitled, g.Streams, g.Shared, g.Terms}
}

func (v *given) grant(subject string) Grant {
	return Grant{subject, v.Organisation, v.Entitled, v.Streams, v.Shared, v.Terms}
}

// NewToken makes a token that gives what g gives, for a life of at most MaxLife; 0
// is DefaultLife.
func NewToken(keys *seal.Keyring, g *Grant, now time.Time, life time.Duration) (token string, expires time.Time, err error) {
	if life == 0 {
		life = DefaultLife
	}
	if life < time.Second || life > MaxLife {
		return "", expires, wire.Errorf(wire.Invalid, "seconds", "a token lives for 1 to %d seconds", int(MaxLife.Seconds()))
	}
	if g.Subject == "" {
		return "", expires, wire.Errorf(wire.Forbidden, "", "a token is made of a key")
	}
	if !g.May() {
		return "", expires, wire.Errorf(wire.Forbidden, "", "this key has no streams")
	}
	now = now.Truncate(time.Second)
	expires = now.Add(life)
	text, err := json.Marshal(claims{audience, g.Subject, now.Unix(), expires.Unix(), givenOf(g)})
	if err != nil {
		return "", expires, err
	}
	return keys.Token(text), expires.UTC(), nil
}

// ParseToken returns what a token gives; Forbidden for one that the wire did not
// sign, that is for something else, or that has expired.
func ParseToken(key ed25519.PublicKey, token string, now time.Time) (Grant, error) {
	text, err := seal.OpenToken(key, token)
	if err != nil {
		return Grant{}, err
	}
	var c claims
	if err := json.Unmarshal(text, &c); err != nil || c.Audience != audience || c.Subject == "" || c.Expires-c.Issued > int64(MaxLife.Seconds()) {
		return Grant{}, wire.Errorf(wire.Forbidden, "token", "the token is not valid")
	}
	switch {
	case now.Before(time.Unix(c.Issued, 0).Add(-leeway)):
		return Grant{}, wire.Errorf(wire.Forbidden, "token", "the token is not valid yet; is a clock wrong?")
	case !now.Before(time.Unix(c.Expires, 0).Add(leeway)):
		return Grant{}, wire.Errorf(wire.Forbidden, "token", "the token has expired; get another by POST /v1/stream/token")
	}
	return c.grant(c.Subject), nil
}
