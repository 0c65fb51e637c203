package mail

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"encoding/binary"
	"strings"

	"github.com/wireroom/wireroom/internal/wire"
)

// Every letter has a return path of its own (RFC 5321 §4.4): what comes back
// says by its address alone which letter it was, whatever stands in it.
const (
	// returnPrefix is the mailbox of returns. After "+" is its detail, which many
	// servers split off (RFC 5233).
	returnPrefix = "returns+"
	// returnMAC is how many bytes of the HMAC-SHA256 a return path carries: 96
	// bits, which nobody finds by asking a server (RFC 2104 §5 wants 80).
	returnMAC = 12
	// maxReturnToken bounds a token in bytes; in base32 it is 52 characters, and
	// with the prefix 60 of the 64 that RFC 5321 §4.5.3.1.1 allows.
	maxReturnToken = 2*binary.MaxVarintLen64 + returnMAC
)

// returnEncoding is base32 in lower case: servers may change the case of what is
// before the @, and some do.
var returnEncoding = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// ReturnPath is the address that letters about an item come back to, if they do
// not reach a subscription.
func (s *Sender) ReturnPath(number int64, id wire.SubscriptionID) string {
	return string(s.AppendReturnPath(make([]byte, 0, 128), number, id))
}

// AppendReturnPath writes a ReturnPath behind dst. Without a ReturnKey it is From.
func (s *Sender) AppendReturnPath(dst []byte, number int64, id wire.SubscriptionID) []byte {
	if len(s.ReturnKey) == 0 {
		return append(dst, s.From...)
	}
	dst = append(dst, returnPrefix...)
	dst = s.appendReturnToken(dst, number, id)
	dst = append(dst, '@')
	return append(dst, s.returnDomain()...)
}

func (s *Sender) returnDomain() string {
	if s.ReturnDomain != "" {
		return s.ReturnDomain
	}
	return s.domain()
}

func (s *Sender) appendReturnToken(dst []byte, number int64, id wire.SubscriptionID) []byte {
	var token [maxReturnToken]byte
	n := binary.PutUvarint(token[:], uint64(number))
	n += binary.PutUvarint(token[n:], uint64(id))
	mac := hmacSHA256(s.ReturnKey, token[:n])
	n += copy(token[n:], mac[:returnMAC])
	return returnEncoding.AppendEncode(dst, token[:n])
}

// ParseReturnPath returns the item and the subscription of a return path that
// this sender wrote, in any case, with or without angle brackets. How long it
// takes says nothing of what a true one would be.
func (s *Sender) ParseReturnPath(address string) (number int64, id wire.SubscriptionID, ok bool) {
	address = strings.TrimSuffix(strings.TrimPrefix(address, "<"), ">")
	at := strings.LastIndexByte(address, '@')
	if len(s.ReturnKey) == 0 || at < 0 || !strings.EqualFold(address[at+1:], s.returnDomain()) {
		return 0, 0, false
	}
	local := address[:at]
	if len(local) <= len(returnPrefix) || !strings.EqualFold(local[:len(returnPrefix)], returnPrefix) {
		return 0, 0, false
	}
	text := strings.ToLower(local[len(returnPrefix):])
	if len(text) > returnEncoding.EncodedLen(maxReturnToken) {
		return 0, 0, false
	}
	token, err := returnEncoding.DecodeString(text)
	if err != nil {
		return 0, 0, false
	}
	n, size := binary.Uvarint(token)
	if size <= 0 {
		return 0, 0, false
	}
	subscription, more := binary.Uvarint(token[size:])
	if more <= 0 || size+more+returnMAC != len(token) {
		return 0, 0, false
	}
	// Comparing the whole text refuses a number that is written in two ways.
	number, id = int64(n), wire.SubscriptionID(subscription)
	var buffer [64]byte
	want := s.appendReturnToken(buffer[:0], number, id)
	if subtle.ConstantTimeCompare(want, []byte(text)) != 1 {
		return 0, 0, false
	}
	return number, id, true
}

// hmacSHA256 is crypto/hmac's of a key of at most 64 bytes and a message of at
// most 64, without what that allocates: it is in the path of every letter. A
// longer key is hashed first (RFC 2104 §2).
func hmacSHA256(key, message []byte) [sha256.Size]byte {
	if len(key) > sha256.BlockSize {
		short := sha256.Sum256(key)
		key = short[:]
	}
	var inner [2 * sha256.BlockSize]byte
	var outer [sha256.BlockSize + sha256.Size]byte
	copy(inner[:], key)
	copy(outer[:], key)
	for i := range sha256.BlockSize {
		inner[i] ^= 0x36
		outer[i] ^= 0x5c
	}
	n := copy(inner[sha256.BlockSize:], message)
	digest := sha256.Sum256(inner[:sha256.BlockSize+n])
	copy(outer[sha256.BlockSize:], digest[:])
	return sha256.Sum256(outer[:])
}
