// Package outbox brings what a committed clear has promised from the store to
// the stream: every item exactly once, in the order of the wire numbers,
// whatever was killed when.
//
// It keeps no state of its own: what the stream does not hold yet is what has a
// number above the stream's last. It decides nothing and changes nothing in the
// store.
package outbox
