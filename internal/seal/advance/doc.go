// Package advance is what the wire sends ahead of a clear time: a text that is
// sealed, the key that opens it, and the word that it will not be opened.
// docs/embargo.md describes the protocol for those who write a client.
//
// It owns every byte of the three messages and of the sealed text, both ways:
// making and signing, parsing and checking, sealing and opening, and the holes in
// a text for what only the clear gives. It never keeps anything, and never
// decides when a key may go out. It uses the standard library only, so that the
// public client can build on it.
package advance
