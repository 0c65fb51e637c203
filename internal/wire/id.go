package wire

import (
	"crypto/rand"
	"encoding/base32"
	"strings"
)

// ReleaseID names a release: 26 characters of lower-case base32, 128 random
// bits. It carries no time and no count, so that no unpublished release can be
// guessed from a published one.
type ReleaseID string

// ItemID names one item on the wire; same form as ReleaseID. It is the bus's
// message id.
type ItemID string

// ids use RFC 4648 base32 in lower case without padding: safe in URLs, file
// names, mail headers and domain labels, and readable over the phone.
var idEncoding = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// NewReleaseID returns a fresh random id.
func NewReleaseID() ReleaseID { return ReleaseID(NewToken()) }

// NewItemID returns a fresh random id.
func NewItemID() ItemID { return ItemID(NewToken()) }

// NewToken returns 128 random bits as 26 characters.
func NewToken() string {
	var b [16]byte
	rand.Read(b[:]) // never fails since Go 1.24
	return idEncoding.EncodeToString(b[:])
}

// ValidToken reports whether s has the form NewToken gives. It says nothing
// about whether anything exists by that name.
func ValidToken(s string) bool {
	if len(s) != 26 {
		return false
	}
	return strings.Trim(s, "abcdefghijklmnopqrstuvwxyz234567") == ""
}
