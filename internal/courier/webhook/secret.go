package webhook

import (
	"crypto"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"strconv"
	"strings"
	"time"

	"github.com/wireroom/wireroom/internal/format/ninjs"
	"github.com/wireroom/wireroom/internal/wire"
)

// The secret of an endpoint is words with spaces between: each whsec_… is a key
// of HMAC with SHA-256, for ever or ";until=" a Unix time, and asymmetric asks
// for a signature by the wire's own Ed25519 key beside them, or alone.
const (
	secretPrefix = "whsec_"
	publicPrefix = "whpk_"
	asymmetric   = "ed25519"
	untilMark    = ";until="
)

// Overlap is how long a secret that was replaced still signs.
const Overlap = 24 * time.Hour

// maxSecrets bounds how many keys sign at a time.
const maxSecrets = 8

// symmetric is one key of an endpoint.
type symmetric struct {
	key   []byte
	until int64 // Unix time; 0 for ever
}

// secrets are what an endpoint's deliveries are signed with.
type secrets struct {
	keys       []symmetric
	asymmetric bool
}

// parseSecrets reads the secret of a subscription. Its errors do not quote it.
func parseSecrets(text string) (secrets, error) {
	var s secrets
	for word := range strings.FieldsSeq(text) {
		if word == asymmetric {
			s.asymmetric = true
			continue
		}
		var k symmetric
		encoded, until, limited := strings.Cut(word, untilMark)
		if limited {
			at, err := strconv.ParseInt(until, 10, 64)
			if err != nil || at <= 0 {
				return secrets{}, wire.Errorf(wire.Invalid, "secret", "has an until that is not a Unix time")
			}
			k.until = at
		}
		key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(encoded, secretPrefix))
		if err != nil || len(key) == 0 {
			return secrets{}, wire.Errorf(wire.Invalid, "secret", "is not whsec_ and base64")
		}
		k.key = key
		if s.keys = append(s.keys, k); len(s.keys) > maxSecrets {
			return secrets{}, wire.Errorf(wire.Invalid, "secret", "has more than %d keys", maxSecrets)
		}
	}
	if len(s.keys) == 0 && !s.asymmetric {
		return secrets{}, wire.Errorf(wire.Invalid, "secret", "is missing")
	}
	return s, nil
}

func (s secrets) String() string {
	var words []string
	for _, k := range s.keys {
		word := secretPrefix + base64.StdEncoding.EncodeToString(k.key)
		if k.until > 0 {
			word += untilMark + strconv.FormatInt(k.until, 10)
		}
		words = append(words, word)
	}
	if s.asymmetric {
		words = append(words, asymmetric)
	}
	return strings.Join(words, " ")
}

// valid reports whether a key signs at a time.
func (k symmetric) valid(at time.Time) bool { return k.until == 0 || at.Unix() < k.until }

// valid are the keys that sign at a time.
func (s secrets) valid(at time.Time) []symmetric {
	var valid []symmetric
	for _, k := range s.keys {
		if k.valid(at) {
			valid = append(valid, k)
		}
	}
	return valid
}

// NewSecret makes the secret of a new endpoint.
func NewSecret() string {
	var key [32]byte // the standard wants 24 to 64 bytes
	rand.Read(key[:])
	return secretPrefix + base64.StdEncoding.EncodeToString(key[:])
}

// Rotate returns a secret in which a new key takes the place of those before,
// which sign beside it until overlap has passed; with an overlap of 0, as after
// a leak, they do not. fresh is the new key alone, to be shown to the outlet. A
// key that ends sooner still does so.
func Rotate(text string, now time.Time, overlap time.Duration) (rotated, fresh string, err error) {
	s, err := parseSecrets(text)
	if err != nil {
		return "", "", err
	}
	fresh = NewSecret()
	next, err := parseSecrets(fresh)
	if err != nil {
		return "", "", err
	}
	next.asymmetric = s.asymmetric
	end := now.Add(overlap).Unix()
	for _, k := range s.valid(now) {
		if len(next.keys) == maxSecrets || overlap <= 0 {
			break
		}
		if k.until == 0 || k.until > end {
			k.until = end
		}
		next.keys = append(next.keys, k)
	}
	return next.String(), fresh, nil
}

// Sign returns the Webhook-Signature of a body under an endpoint's secret at a
// time: signatures with a space between, over id.timestamp.body. v1 is HMAC with
// SHA-256, one for each key that is valid, v1a Ed25519 by the key of the wire,
// which may be nil: whoever asked for it then gets v1 alone.
func Sign(secret, id string, at time.Time, body []byte, key crypto.Signer) (string, error) {
	s, err := parseSecrets(secret)
	if err != nil {
		return "", err
	}
	head := append(strconv.AppendInt(append([]byte(id), '.'), at.Unix(), 10), '.')
	signatures := make([]byte, 0, 128)
	next := func(version string, signature []byte) {
		if len(signatures) > 0 {
			signatures = append(signatures, ' ')
		}
		signatures = append(append(signatures, version...), ',')
		signatures = base64.StdEncoding.AppendEncode(signatures, signature)
	}
	for _, k := range s.keys {
		if !k.valid(at) {
			continue
		}
		mac := hmac.New(sha256.New, k.key)
		mac.Write(head)
		mac.Write(body)
		next("v1", mac.Sum(nil))
	}
	if s.asymmetric && key != nil {
		signature, err := key.Sign(rand.Reader, append(head, body...), crypto.Hash(0)) // RFC 8032: the message itself
		if err != nil {
			return "", wire.Errorf(wire.Internal, "secret", "the wire's own key does not sign: %w", err)
		}
		next("v1a", signature)
	}
	if len(signatures) == 0 {
		return "", wire.Errorf(wire.Invalid, "secret", "has no key that is valid now")
	}
	return string(signatures), nil
}

// signPush is the header value of a push to Newsroom, which knows one key and no
// other scheme: the newest of those in the secret that is valid at a time. Its
// PUSH_KEY is a text, whose bytes the whsec_ must hold.
func signPush(secret string, at time.Time, body []byte) ([]string, error) {
	s, err := parseSecrets(secret)
	if err != nil {
		return nil, err
	}
	valid := s.valid(at)
	if len(valid) == 0 {
		return nil, wire.Errorf(wire.Invalid, "secret", "has no key that is valid now")
	}
	return []string{ninjs.SignPush(body, valid[0].key)}, nil
}

// PublicKey is a key as receivers write it down, whpk_ and base64; "" if it is
// not Ed25519.
func PublicKey(key crypto.Signer) string {
	if key == nil {
		return ""
	}
	public, ok := key.Public().(ed25519.PublicKey)
	if !ok {
		return ""
	}
	return publicPrefix + base64.StdEncoding.EncodeToString(public)
}
