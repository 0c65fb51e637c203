package seal

import (
	"crypto/ed25519"
	"encoding/base64"
	"strings"

	"github.com/wireroom/wireroom/internal/wire"
)

// tokenHeader is the one header that tokens have: whoever verifies reads no
// algorithm from what it was sent, but compares (RFC 8725 §3.1). The type keeps a
// token from being taken for one of another kind (§3.11).
var tokenHeader = base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"EdDSA","typ":"wireroom-stream+jwt"}`))

// Token returns a JSON Web Token (RFC 7519, RFC 8037) of claims, a JSON object.
// What is signed begins with "eyJ", which nothing else that this key signs does.
func (k *Keyring) Token(claims []byte) string {
	text := tokenHeader + "." + base64.RawURLEncoding.EncodeToString(claims)
	return text + "." + base64.RawURLEncoding.EncodeToString(ed25519.Sign(k.signer, []byte(text)))
}

// OpenToken returns the claims of a token that Token made under the key's private
// half; Forbidden for all else, without a word of what it was.
func OpenToken(key ed25519.PublicKey, token string) (claims []byte, err error) {
	refused := wire.Errorf(wire.Forbidden, "token", "the token is not valid")
	header, rest, _ := strings.Cut(token, ".")
	payload, signature, three := strings.Cut(rest, ".")
	// The decoder passes over line feeds: one token would have many forms.
	if !three || header != tokenHeader || len(key) != ed25519.PublicKeySize || strings.ContainsAny(token, "\r\n") {
		return nil, refused
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(signature)
	if err != nil || !ed25519.Verify(key, []byte(header+"."+payload), raw) {
		return nil, refused
	}
	claims, err = base64.RawURLEncoding.Strict().DecodeString(payload)
	if err != nil {
		return nil, refused
	}
	return claims, nil
}
