package advance

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
	"io"
)

// Secret is the key of one seal, from which all others are derived. It must
// never be printed.
type Secret [32]byte

// NewSecret returns a fresh one.
func NewSecret() (s Secret) {
	rand.Read(s[:])
	return s
}

// ID returns the id of the seal that the secret is of. It follows from the secret,
// so that a key need not name it, and tells nothing of it.
func (s Secret) ID() (id ID, err error) {
	b, err := hkdf.Key(sha256.New, s[:], nil, "wireroom advance v1 id", len(id))
	copy(id[:], b)
	return id, err
}

// The purposes of the keys that are derived from a secret.
const (
	forCommitment = "commitment"
	forText       = "text"
)

// A sealed text is a nonce, what is encrypted, and a tag. What is encrypted is
// padded, so that its size tells little.
const (
	nonceSize = 12
	tagSize   = 16
	saltSize  = 32
	leastSize = 64 << 10
	mostSize  = 16 << 20
	// MaxContent is the longest content that can be sealed.
	MaxContent = mostSize - saltSize - 4
)

// Commitment binds a secret: AES-GCM alone does not commit to its key, and one
// ciphertext can open to two texts under two keys.
func (s Secret) Commitment(id ID) (c [32]byte, err error) {
	b, err := s.derive(id, forCommitment)
	copy(c[:], b)
	return c, err
}

// derive makes a key of 32 bytes for a purpose (RFC 5869).
func (s Secret) derive(id ID, purpose string) ([]byte, error) {
	return hkdf.Key(sha256.New, s[:], id[:], "wireroom advance v1 "+purpose, 32)
}

func (s Secret) aead(id ID) (cipher.AEAD, []byte, error) {
	key, err := s.derive(id, forText)
	if err != nil {
		return nil, nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, nil, err
	}
	aead, err := cipher.NewGCM(block)
	return aead, Signed(id[:]), err
}

// Lock seals content under a secret, which is used once.
func Lock(s Secret, content []byte) ([]byte, error) {
	return lock(rand.Reader, s, content)
}

func lock(random io.Reader, s Secret, content []byte) ([]byte, error) {
	size := leastSize
	for size < saltSize+4+len(content) {
		size *= 2
	}
	if size > mostSize {
		return nil, refuse(Content, "the text is too long to be sealed")
	}
	id, err := s.ID()
	if err != nil {
		return nil, err
	}
	aead, about, err := s.aead(id)
	if err != nil {
		return nil, err
	}
	sealed := make([]byte, nonceSize, nonceSize+size+tagSize)
	if _, err := io.ReadFull(random, sealed); err != nil {
		return nil, err
	}
	padded := make([]byte, size)
	// The salt keeps whoever learns a hash of this from guessing a text.
	if _, err := io.ReadFull(random, padded[:saltSize]); err != nil {
		return nil, err
	}
	binary.BigEndian.PutUint32(padded[saltSize:], uint32(len(content)))
	copy(padded[saltSize+4:], content)
	return aead.Seal(sealed, sealed, padded, about), nil
}

// Size reports whether a sealed text can have a size.
func Size(n int) bool {
	n -= nonceSize + tagSize
	return n >= leastSize && n <= mostSize && n&(n-1) == 0
}

// Unlock opens a sealed text: the commitment is checked first, then the text. An
// error is a *Refusal.
func (s Seal) Unlock(secret Secret, sealed []byte) ([]byte, error) {
	commitment, err := secret.Commitment(s.ID)
	if err != nil {
		return nil, err
	}
	if subtle.ConstantTimeCompare(commitment[:], s.Commitment[:]) != 1 {
		return nil, refuse(Committed, "the key is not the one that the seal commits to")
	}
	if !Size(len(sealed)) {
		return nil, refuse(Opens, "the sealed text has no size of the wire")
	}
	aead, about, err := secret.aead(s.ID)
	if err != nil {
		return nil, err
	}
	padded, err := aead.Open(nil, sealed[:nonceSize], sealed[nonceSize:], about)
	if err != nil {
		return nil, refuse(Opens, "the sealed text does not open")
	}
	length := binary.BigEndian.Uint32(padded[saltSize:])
	if uint64(length) > uint64(len(padded)-saltSize-4) {
		return nil, refuse(Content, "the length within the sealed text is wrong")
	}
	content, rest := padded[saltSize+4:][:length], padded[saltSize+4+length:]
	// What fits in less is padded to less, and with nothing but zeros: so one text
	// has one form.
	padding := byte(0)
	for _, b := range rest {
		padding |= b
	}
	if padding != 0 || len(padded) > leastSize && saltSize+4+len(content) <= len(padded)/2 {
		return nil, refuse(Content, "the padding of the sealed text is wrong")
	}
	return content, nil
}

// Holds reports whether a sealed text is the one that the seal speaks of.
func (s Seal) Holds(sealed []byte) error {
	if sum := sha256.Sum256(sealed); !Size(len(sealed)) || sum != s.Digest {
		return refuse(Sealed, "the sealed text is not the one that was signed")
	}
	return nil
}

// Opened is what a seal holds, as it is on the wire.
type Opened struct {
	Text []byte // the data of the event "item"
	Item []byte // the item in canonical form, of which Hash is the SHA-256
	Hash string // the item's content hash, in lower-case hexadecimal
}

// Open opens what desktops were sent ahead. The checks are made in the order of the
// protocol; the last is that one of the wire's keys signed the item. An error is a
// *Refusal.
func (m Key) Open(s Seal, sealed []byte, keys ...ed25519.PublicKey) (o Opened, err error) {
	if m.ID != s.ID {
		return o, refuse(Committed, "the key is of another seal")
	}
	content, err := s.Unlock(m.Secret, sealed)
	if err != nil {
		return o, err
	}
	if o, err = m.Fill(content); err != nil {
		return Opened{}, err
	}
	if err := verify(keys, SignedItem(o.Hash), m.Late.Signature[:]); err != nil {
		return Opened{}, err
	}
	return o, nil
}
