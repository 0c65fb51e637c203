package libcrypto_test

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"sync"
	"testing"

	"github.com/wireroom/wireroom/internal/courier/mail/libcrypto"
)

func TestSignaturesAreThoseOfTheKey(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	fast, ok := libcrypto.Faster(key)
	t.Logf("OpenSSL signs: %v", ok)
	digest := sha256.Sum256([]byte("letter"))
	want, err := key.Sign(nil, digest[:], crypto.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 20 {
				got, err := fast.Sign(rand.Reader, digest[:], crypto.SHA256)
				if err != nil || string(got) != string(want) {
					t.Errorf("%x, %v", got, err)
				}
			}
		})
	}
	all.Wait()
	pss, err := fast.Sign(rand.Reader, digest[:], &rsa.PSSOptions{Hash: crypto.SHA256})
	if err != nil || rsa.VerifyPSS(&key.PublicKey, crypto.SHA256, digest[:], pss, nil) != nil {
		t.Errorf("what OpenSSL is not asked for: %v", err)
	}
}

func TestOtherKeysStayAsTheyAre(t *testing.T) {
	_, key, _ := ed25519.GenerateKey(rand.Reader)
	if same, ok := libcrypto.Faster(key); ok || !key.Equal(same) {
		t.Error("an Ed25519 key was replaced")
	}
}

func BenchmarkSign(b *testing.B) {
	key, _ := rsa.GenerateKey(rand.Reader, 2048)
	fast, _ := libcrypto.Faster(key)
	digest := sha256.Sum256([]byte("letter"))
	for name, signer := range map[string]crypto.Signer{"go": key, "system": fast} {
		b.Run(name, func(b *testing.B) {
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					if _, err := signer.Sign(rand.Reader, digest[:], crypto.SHA256); err != nil {
						b.Fatal(err)
					}
				}
			})
		})
	}
}
