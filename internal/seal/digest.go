package seal

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
)

// Digest names a secret text, such as the headline in the address of a story
// that is not public yet, so that the same one is found again: 64 hexadecimal
// digits that tell nothing to whoever has not the keys, not even whether a guess
// is right. what keeps digests of different things apart.
func (k *Keyring) Digest(what, text string) string {
	mac := hmac.New(sha256.New, k.digests)
	mac.Write([]byte(what + "\x00" + text))
	return hex.EncodeToString(mac.Sum(nil))
}
