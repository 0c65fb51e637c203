package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"

	"github.com/wireroom/wireroom/internal/wire"
)

// An envelope is: version 1, wrapped DEK (nonce 12 + 32 + tag 16), commitment
// (32), sealed content (nonce 12 + n + tag 16). AES-GCM alone does not commit
// to its key: one ciphertext can open to two texts under two keys. The
// commitment, derived from the DEK, makes that impossible.
const (
	envelopeVersion = 1
	wrappedSize     = 12 + 32 + 16
	commitSize      = 32
	// Overhead is how many bytes an envelope adds to its content.
	Overhead = 1 + wrappedSize + commitSize + 12 + 16
)

// Seal encrypts plain under a fresh key of its own, wrapped by the keyring. The
// name is bound to it: an envelope put in another's place does not open.
func (k *Keyring) Seal(name string, plain []byte) ([]byte, error) {
	dek := make([]byte, 32)
	rand.Read(dek)
	content, commitment, err := derive(dek)
	if err != nil {
		return nil, err
	}
	out := make([]byte, 0, len(plain)+Overhead)
	out = append(out, envelopeVersion)
	out = k.kek.Seal(out, nil, dek, []byte(name))
	out = append(out, commitment...)
	return content.Seal(out, nil, plain, []byte(name)), nil
}

// Open decrypts an envelope. An envelope that was altered, cut short, sealed
// under another name or by another keyring is refused.
func (k *Keyring) Open(name string, sealed []byte) ([]byte, error) {
	if len(sealed) < Overhead || sealed[0] != envelopeVersion {
		return nil, wire.Errorf(wire.Internal, name, "is not an envelope of this wire")
	}
	wrapped, rest := sealed[1:1+wrappedSize], sealed[1+wrappedSize:]
	dek, err := k.kek.Open(nil, nil, wrapped, []byte(name))
	if err != nil {
		return nil, wire.Errorf(wire.Internal, name, "does not open: it was altered, or sealed with another key: %w", err)
	}
	content, commitment, err := derive(dek)
	if err != nil {
		return nil, err
	}
	if subtle.ConstantTimeCompare(commitment, rest[:commitSize]) != 1 {
		return nil, wire.Errorf(wire.Internal, name, "does not open: its key is not the one it was sealed with")
	}
	plain, err := content.Open(nil, nil, rest[commitSize:], []byte(name))
	if err != nil {
		return nil, wire.Errorf(wire.Internal, name, "does not open: it was altered: %w", err)
	}
	return plain, nil
}

// derive makes the content key and the commitment from a DEK.
func derive(dek []byte) (cipher.AEAD, []byte, error) {
	key, err := hkdf.Key(sha256.New, dek, nil, "wireroom content v1", 32)
	if err != nil {
		return nil, nil, err
	}
	commitment, err := hkdf.Key(sha256.New, dek, nil, "wireroom commitment v1", commitSize)
	if err != nil {
		return nil, nil, err
	}
	aead, err := newGCM(key)
	return aead, commitment, err
}

// newGCM is AES-256-GCM that makes and carries its own random nonce.
func newGCM(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}
