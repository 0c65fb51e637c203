// Package websocket is the part of the WebSocket protocol (RFC 6455) that the
// edge speaks: the handshake, frames to receivers as ready bytes, and reading what
// receivers send as it comes in, piece by piece, without a goroutine of its own.
// Messages may be compressed (RFC 7692), without context between them, so that one
// compressed message serves everyone.
//
// It owns the protocol. It reads from and writes to no connection itself, and
// knows nothing of what messages say.
package websocket
