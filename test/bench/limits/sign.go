package limits

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"sync"
	"sync/atomic"
	"time"

	"github.com/wireroom/wireroom/internal/courier/mail/libcrypto"
	"github.com/wireroom/wireroom/test/bench/others"
)

// Sign makes nothing but signatures, on all processors, for a while: with
// "ed25519", "rsa" (by OpenSSL where this binary and machine have it), "rsa-go"
// or "both". hands sign at a time: as many as connections, where letters are signed on
// the way. With one a processor there are a tenth fewer, for Go's scheduler takes the
// processor from whoever stays in OpenSSL, though nobody waits for it.
func Sign(kind string, hands int, during time.Duration) (*others.Result, error) {
	_, small, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	var large crypto.Signer
	if large, err = rsa.GenerateKey(rand.Reader, 2048); err != nil {
		return nil, err
	}
	if kind != "rsa-go" {
		large, _ = libcrypto.Faster(large)
	}
	digest := sha256.Sum256([]byte("letter"))
	return others.Measure(func() (int, int, error) {
		var done atomic.Int64
		var group sync.WaitGroup
		end := time.Now().Add(during)
		errs := make(chan error, hands)
		for range hands {
			group.Go(func() {
				for time.Now().Before(end) {
					var err error
					if kind == "ed25519" || kind == "both" {
						_, err = small.Sign(rand.Reader, digest[:], crypto.Hash(0))
					}
					if kind != "ed25519" && err == nil {
						_, err = large.Sign(rand.Reader, digest[:], crypto.SHA256)
					}
					if err != nil {
						errs <- err
						return
					}
					done.Add(1)
				}
			})
		}
		group.Wait()
		close(errs)
		return int(done.Load()), 0, <-errs
	})
}
