// Package seal keeps unreleased content secret before its clear time and makes
// released content verifiable after it.
//
// Before: envelope encryption. Every version of a release has a key of its own
// (DEK), wrapped by the keyring's key (KEK) and bound to the release's name, so
// that a thief of the disk, a backup or the database reads nothing. After: an
// Ed25519 signature over every item's content hash.
//
// It owns the keys and their files. It never stores content and never decides
// who may read what.
package seal
