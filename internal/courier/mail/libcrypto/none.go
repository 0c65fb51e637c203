//go:build !libcrypto || !linux

package libcrypto

import "crypto"

// Faster returns a signer with the same key that signs faster, if this binary
// and this machine have one, else the key itself; and whether it is faster.
func Faster(key crypto.Signer) (crypto.Signer, bool) { return key, false }
