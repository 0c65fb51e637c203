package auth

import (
	"context"
	"crypto/ed25519"
	"net/http"
	"strings"
	"time"

	"github.com/wireroom/wireroom/internal/wire"
)

// Holders knows what keys give. Errors are Forbidden for a key that is not valid;
// all others mean that nobody could look.
type Holders interface {
	// Grant returns what a key gives.
	Grant(ctx context.Context, key string) (Grant, error)
	// Ended are the places of those grants in a list that are none any more.
	Ended(ctx context.Context, list []Held) ([]int, error)
}

// TokenParameter is the query parameter that has a token: browsers can give a
// stream no header.
const TokenParameter = "token"

// Door says who is at the door of the live wire. It is safe for concurrent use.
type Door struct {
	Keys Holders
	// Public is the key that the wire signs tokens with.
	Public func(context.Context) (ed25519.PublicKey, error)
	// Open lets in who has no credential. A wrong one is refused all the same: who
	// gives it expects what it is entitled to.
	Open bool
	Now  func() time.Time
}

// Grant returns what the credential of a request gives: an API key or a token as
// Bearer, or a token as the parameter. Forbidden if it is not valid, or if there
// must be one; any other error means that nobody could look.
func (d *Door) Grant(r *http.Request) (Grant, error) {
	credential, given := bearer(r)
	tokens := r.URL.Query()[TokenParameter]
	switch {
	case len(tokens) > 1, len(tokens) == 1 && given:
		return Grant{}, wire.Errorf(wire.Invalid, TokenParameter, "give one credential, as Authorization or as a token")
	case len(tokens) == 1 && strings.HasPrefix(tokens[0], keyPrefix):
		return Grant{}, wire.Errorf(wire.Forbidden, TokenParameter, "a key in a URL ends in logs, and must now be revoked; give it as Authorization: Bearer, or get a token by POST /v1/stream/token")
	case len(tokens) == 1:
		return d.token(r.Context(), tokens[0])
	case given && strings.HasPrefix(credential, keyPrefix):
		return d.Keys.Grant(r.Context(), credential)
	case given:
		return d.token(r.Context(), credential)
	case d.Open:
		return Grant{}, nil
	}
	return Grant{}, wire.Errorf(wire.Forbidden, "", "this wire needs a key, as Authorization: Bearer wrk_…, or a token (POST /v1/stream/token)")
}

func (d *Door) token(ctx context.Context, token string) (Grant, error) {
	key, err := d.Public(ctx)
	if err != nil {
		return Grant{}, err
	}
	return ParseToken(key, token, d.Now())
}
