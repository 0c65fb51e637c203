package advance

import (
	"crypto/ed25519"
	"encoding/base32"
	"encoding/binary"
	"math/rand/v2"
	"time"
)

// ID names a seal: 128 random bits, which tell no order and no time. Written as
// text it has the form of all ids of the wire.
type ID [16]byte

var idText = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// String is the id as 26 characters of lower-case base32.
func (id ID) String() string { return idText.EncodeToString(id[:]) }

// ParseID reads what String writes, and nothing else.
func ParseID(s string) (id ID, err error) {
	b, err := idText.DecodeString(s)
	if err != nil || len(b) != len(id) || idText.EncodeToString(b) != s {
		return ID{}, refuse(Form, "is no id")
	}
	return ID(b), nil
}

// Seal says which text was sent ahead. It tells neither whose, nor of what, nor
// when it lifts.
type Seal struct {
	ID         ID
	Commitment [32]byte // to the key: see Secret
	Digest     [32]byte // SHA-256 of the sealed text
}

// Key opens a seal after its clear time, and says what only the clear gives.
type Key struct {
	ID     ID // of the seal; it follows from the secret
	Secret Secret
	Late
}

// Late is what of an item is known only when it is cleared.
type Late struct {
	Number   int64 // wire number
	Item     ID
	LiftedAt time.Time // UTC, µs
	// Signature is the item's own, over its content hash: what the wire has signed
	// in public. The hash itself follows from what was sealed.
	Signature [64]byte
}

// Lapse is how long after a seal's end, whatever it was, its void goes out: by
// lot, so that the time of a void tells nothing of what happened, and when.
func Lapse() time.Duration { return 5*time.Minute + rand.N(55*time.Minute) }

// Void says that no key will come for a seal, or that it has come: it need not be
// kept.
type Void struct{ ID ID }

// A message is a version, a kind, a body of fixed size, extensions and a
// signature: over all before it, or, of a key, over the item that it opens.
const (
	version       = 1
	kindSeal      = 1
	kindKey       = 2
	kindVoid      = 3
	maxMessage    = 4 << 10
	signatureSize = ed25519.SignatureSize
)

var bodySize = map[byte]int{kindSeal: 16 + 32 + 32, kindKey: 32 + 8 + 16 + 8, kindVoid: 16}

// Signer signs messages with the wire's key: Ed25519 over what Signed returns.
type Signer interface{ SignAdvance(message []byte) []byte }

// Signed is what the signature of a message is over. The prefix keeps it from
// being taken for a signature of the same key over anything else.
func Signed(message []byte) []byte { return append([]byte("wireroom advance v1\n"), message...) }

// Sign returns the signed message.
func (s Seal) Sign(k Signer) []byte {
	b := append([]byte{version, kindSeal}, s.ID[:]...)
	b = append(append(b, s.Commitment[:]...), s.Digest[:]...)
	return finish(b, k)
}

// SignedItem is what the wire's signature of an item is over, given its content
// hash in lower-case hexadecimal. The prefix is as that of Signed.
func SignedItem(hash string) []byte { return []byte("wireroom item v1\n" + hash) }

// Message returns the message. It is as secret as the key is. It needs no signature
// of its own: all that it says is in the item, and the item is signed.
func (m Key) Message() []byte {
	b := append([]byte{version, kindKey}, m.Secret[:]...)
	b = binary.BigEndian.AppendUint64(b, uint64(m.Number))
	b = append(b, m.Item[:]...)
	b = binary.BigEndian.AppendUint64(b, uint64(m.LiftedAt.UnixMicro()))
	return append(append(b, noExtensions...), m.Signature[:]...)
}

// Sign returns the signed message.
func (v Void) Sign(k Signer) []byte { return finish(append([]byte{version, kindVoid}, v.ID[:]...), k) }

// noExtensions is their length, as long as there are none.
var noExtensions = []byte{0, 0}

// finish adds the extensions and the signature.
func finish(b []byte, k Signer) []byte {
	b = append(b, noExtensions...)
	return append(b, k.SignAdvance(b)...)
}

// ParseSeal checks a message, its signature too, and reads it. An error is a
// *Refusal.
func ParseSeal(message []byte, keys ...ed25519.PublicKey) (s Seal, err error) {
	b, err := open(message, kindSeal, keys)
	if err != nil {
		return s, err
	}
	b = b[copy(s.ID[:], b):]
	b = b[copy(s.Commitment[:], b):]
	copy(s.Digest[:], b)
	return s, nil
}

// ParseKey checks the form of a message and reads it. An error is a *Refusal. That
// the key fits a text, and that the wire says all that is in it, Open says: before
// that it is anybody's word.
func ParseKey(message []byte) (m Key, err error) {
	b, err := form(message, kindKey)
	if err != nil {
		return m, err
	}
	b = b[copy(m.Secret[:], b):]
	number := binary.BigEndian.Uint64(b)
	b = b[8:]
	b = b[copy(m.Item[:], b):]
	lifted := binary.BigEndian.Uint64(b)
	// JavaScript counts exactly up to 2⁵³, and a year has four digits.
	if number == 0 || number > 1<<53 || lifted > maxTime {
		return Key{}, refuse(Form, "the number or time is out of range")
	}
	m.Number, m.LiftedAt = int64(number), time.UnixMicro(int64(lifted)).UTC()
	copy(m.Late.Signature[:], message[len(message)-signatureSize:])
	m.ID, err = m.Secret.ID()
	return m, err
}

// maxTime is the last µs of the year 9999.
const maxTime = 253402300799999999

// ParseVoid checks a message, its signature too, and reads it. An error is a
// *Refusal.
func ParseVoid(message []byte, keys ...ed25519.PublicKey) (v Void, err error) {
	b, err := open(message, kindVoid, keys)
	if err == nil {
		copy(v.ID[:], b)
	}
	return v, err
}

// open checks the form and the signature of a message and returns its body.
func open(message []byte, kind byte, keys []ed25519.PublicKey) ([]byte, error) {
	b, err := form(message, kind)
	if err != nil {
		return nil, err
	}
	at := len(message) - signatureSize
	return b, verify(keys, Signed(message[:at]), message[at:])
}

// verify reports whether one of the keys signed a text.
func verify(keys []ed25519.PublicKey, text, signature []byte) error {
	for _, k := range keys {
		if len(k) == ed25519.PublicKeySize && ed25519.Verify(k, text, signature) {
			return nil
		}
	}
	return refuse(Unsigned, "the signature is not the wire's")
}

// form checks the form of a message and returns its body.
func form(message []byte, kind byte) ([]byte, error) {
	body := bodySize[kind]
	switch {
	case len(message) < 2 || len(message) > maxMessage:
		return nil, refuse(Form, "the message has no form of the wire")
	case message[0] != version:
		return nil, refuse(Version, "the message is of another version of the protocol")
	case message[1] != kind || len(message) < 2+body+2+signatureSize:
		return nil, refuse(Form, "the message has no form of the wire")
	}
	if err := extensions(message[2+body : len(message)-signatureSize]); err != nil {
		return nil, err
	}
	return message[2 : 2+body], nil
}

// extensions checks the form of what follows the body: a length, and so many
// bytes of extensions, each a type, a length and a value, by rising type. There
// is none in this version; those of a later one are passed over.
func extensions(b []byte) error {
	bad := refuse(Form, "the extensions have no form of the wire")
	if len(b) < 2 || int(binary.BigEndian.Uint16(b)) != len(b)-2 {
		return bad
	}
	before := -1
	for b = b[2:]; len(b) > 0; {
		if len(b) < 4 {
			return bad
		}
		kind, size := int(binary.BigEndian.Uint16(b)), int(binary.BigEndian.Uint16(b[2:]))
		if kind <= before || size > len(b)-4 {
			return bad
		}
		before, b = kind, b[4+size:]
	}
	return nil
}

// Check is what a message or text failed at.
type Check string

// The checks, in the order in which they are made; of a key the signature is the
// last, for it is that of the item.
const (
	Form      Check = "form"       // it is no message of the wire
	Version   Check = "version"    // it is of another version of the protocol
	Unsigned  Check = "signature"  // the wire did not sign it, or not what it opens to
	Sealed    Check = "digest"     // the sealed text is not the one that was signed
	Committed Check = "commitment" // the key is not the one that the seal commits to
	Opens     Check = "text"       // the sealed text does not open
	Content   Check = "content"    // what it opens to has no form of the wire
)

// Refusal is the error of this package: what failed, and in words.
type Refusal struct {
	Check  Check
	Detail string
}

func (r *Refusal) Error() string { return "advance: " + r.Detail }

func refuse(c Check, detail string) *Refusal { return &Refusal{c, detail} }
