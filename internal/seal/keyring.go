package seal

import (
	"crypto"
	"crypto/cipher"
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/wireroom/wireroom/internal/seal/advance"
	"github.com/wireroom/wireroom/internal/wire"
)

// Keyring holds the wire's keys. It is read-only after OpenKeyring and safe for
// concurrent use. Keys are never printed and never leave it but as signatures.
type Keyring struct {
	kek         cipher.AEAD
	fingerprint string
	digests     []byte // key of Digest
	signer      ed25519.PrivateKey
	dir         string
}

// OpenKeyring reads the keys in a folder and makes those that are missing: the
// key that wraps content keys (sealing.key), the wire's signing key
// (signing.pem). Files are readable by their owner alone; the folder may lie on
// another disk than the data, which is what makes a stolen disk worthless.
func OpenKeyring(dir string) (*Keyring, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, wire.Errorf(wire.Unavailable, "keys", "cannot make the folder of the keys: %w", err)
	}
	raw, err := readOrMake(filepath.Join(dir, "sealing.key"), func() ([]byte, error) {
		key := make([]byte, 32)
		rand.Read(key)
		return []byte(hex.EncodeToString(key) + "\n"), nil
	})
	if err != nil {
		return nil, err
	}
	key, err := hex.DecodeString(string(trimNewline(raw)))
	if err != nil || len(key) != 32 {
		return nil, wire.Errorf(wire.Invalid, "keys/sealing.key", "must hold 64 hexadecimal digits; restore it from the backup of the keys")
	}
	kek, err := newGCM(key)
	if err != nil {
		return nil, err
	}
	fingerprint, err := hkdf.Key(sha256.New, key, nil, "wireroom sealing key fingerprint v1", 8)
	if err != nil {
		return nil, err
	}
	digests, err := hkdf.Key(sha256.New, key, nil, "wireroom digests v1", 32)
	if err != nil {
		return nil, err
	}
	k := &Keyring{kek: kek, fingerprint: hex.EncodeToString(fingerprint), digests: digests, dir: dir}
	signer, err := k.privateKey("signing.pem", newEd25519)
	if err != nil {
		return nil, err
	}
	var ok bool
	if k.signer, ok = signer.(ed25519.PrivateKey); !ok {
		return nil, wire.Errorf(wire.Invalid, "keys/signing.pem", "must be an Ed25519 key")
	}
	return k, nil
}

// Fingerprint tells the sealing key from every other, and tells nothing of it: 16
// hexadecimal digits.
func (k *Keyring) Fingerprint() string { return k.fingerprint }

// Sign signs an item's content hash: base64 of the Ed25519 signature over
// "wireroom item v1\n" and the hash.
func (k *Keyring) Sign(hash string) string {
	return base64.StdEncoding.EncodeToString(ed25519.Sign(k.signer, advance.SignedItem(hash)))
}

// SignAdvance signs a message of what is sent ahead of a clear time.
func (k *Keyring) SignAdvance(message []byte) []byte {
	return ed25519.Sign(k.signer, advance.Signed(message))
}

// PublicKey verifies what Sign and SignAdvance sign.
func (k *Keyring) PublicKey() ed25519.PublicKey { return k.signer.Public().(ed25519.PublicKey) }

// Verify reports whether signature is the one of hash under key.
func Verify(key ed25519.PublicKey, hash, signature string) bool {
	raw, err := base64.StdEncoding.DecodeString(signature)
	return err == nil && len(key) == ed25519.PublicKeySize && ed25519.Verify(key, advance.SignedItem(hash), raw)
}

// DKIM returns the keys that sign mail, making them on first use: kinds are
// "ed25519" (RFC 8463) and "rsa" (2048 bits, RFC 6376 §3.3.3).
func (k *Keyring) DKIM(kind string) (crypto.Signer, error) {
	switch kind {
	case "ed25519":
		return k.privateKey("dkim-ed25519.pem", newEd25519)
	case "rsa":
		return k.privateKey("dkim-rsa.pem", func() (crypto.Signer, error) { return rsa.GenerateKey(rand.Reader, 2048) })
	}
	return nil, wire.Errorf(wire.Invalid, "dkim", "%q is neither ed25519 nor rsa", kind)
}

// Webhooks returns the Ed25519 key that signs deliveries for endpoints that ask
// for it (v1a of Standard Webhooks), making it on first use.
func (k *Keyring) Webhooks() (crypto.Signer, error) {
	return k.privateKey("webhook-ed25519.pem", newEd25519)
}

// DKIMRecord is the DNS TXT record to publish for a DKIM key.
func DKIMRecord(key crypto.Signer) (string, error) {
	switch public := key.Public().(type) {
	case ed25519.PublicKey:
		return "v=DKIM1; k=ed25519; p=" + base64.StdEncoding.EncodeToString(public), nil
	case *rsa.PublicKey:
		der, err := x509.MarshalPKIXPublicKey(public)
		return "v=DKIM1; k=rsa; p=" + base64.StdEncoding.EncodeToString(der), err
	}
	return "", wire.Errorf(wire.Invalid, "dkim", "a key of this kind cannot sign mail")
}

func newEd25519() (crypto.Signer, error) {
	_, private, err := ed25519.GenerateKey(rand.Reader)
	return private, err
}

func (k *Keyring) privateKey(name string, make func() (crypto.Signer, error)) (crypto.Signer, error) {
	raw, err := readOrMake(filepath.Join(k.dir, name), func() ([]byte, error) {
		key, err := make()
		if err != nil {
			return nil, err
		}
		der, err := x509.MarshalPKCS8PrivateKey(key)
		return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), err
	})
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(raw)
	if block == nil {
		return nil, wire.Errorf(wire.Invalid, "keys/"+name, "is not a PEM file; restore it from the backup of the keys")
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	signer, ok := parsed.(crypto.Signer)
	if err != nil || !ok {
		return nil, wire.Errorf(wire.Invalid, "keys/"+name, "does not hold a PKCS #8 private key; restore it from the backup of the keys")
	}
	return signer, nil
}

// readOrMake returns a key file's content, making it first where it is missing.
// It is on disk, file and folder, before anything is sealed with it, and two
// processes that start at once end up with the same one.
func readOrMake(path string, content func() ([]byte, error)) ([]byte, error) {
	for {
		raw, err := os.ReadFile(path)
		if err == nil {
			return raw, nil
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return nil, wire.Errorf(wire.Unavailable, path, "cannot read the key: %w", err)
		}
		if raw, err = content(); err != nil {
			return nil, err
		}
		if err := makeOnce(path, raw); err != nil && !errors.Is(err, fs.ErrExist) {
			return nil, wire.Errorf(wire.Unavailable, path, "cannot store the key: %w", err)
		}
	}
}

// makeOnce puts a whole file at path or nothing; fs.ErrExist if there is one.
func makeOnce(path string, raw []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".key-*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(raw)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Link(f.Name(), path); err != nil { // unlike Rename, refuses to replace
		return err
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

func trimNewline(b []byte) []byte {
	for len(b) > 0 && (b[len(b)-1] == '\n' || b[len(b)-1] == '\r') {
		b = b[:len(b)-1]
	}
	return b
}
