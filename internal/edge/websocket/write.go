package websocket

import "encoding/binary"

// Codes of closing (RFC 6455 §7.4.1, and the registry it began).
const (
	NormalClosure   = 1000
	GoingAway       = 1001
	ProtocolError   = 1002
	InvalidData     = 1007
	PolicyViolation = 1008
	TooBig          = 1009
	ServiceRestart  = 1012
)

// WorthDeflating is from how many bytes on a message gains by compression.
const WorthDeflating = 128

const (
	opContinuation = 0
	opText         = 1
	opBinary       = 2
	opClose        = 8
	opPing         = 9
	opPong         = 10
)

// Text returns a text message as one frame, unmasked as a server's are (RFC 6455
// §5.1). compressed says that payload is what RFC 7692 §7.2.1 makes of it.
func Text(payload []byte, compressed bool) []byte {
	first := byte(0x80 | opText)
	if compressed {
		first |= 0x40
	}
	return serverFrame(first, payload)
}

// Close returns the frame that ends a connection; reason is at most 123 bytes of
// UTF-8.
func Close(code int, reason string) []byte {
	payload := binary.BigEndian.AppendUint16(nil, uint16(code))
	return serverFrame(0x80|opClose, append(payload, reason...))
}

// Pong answers a ping.
func Pong(payload []byte) []byte { return serverFrame(0x80|opPong, payload) }

func serverFrame(first byte, payload []byte) []byte {
	b := make([]byte, 0, len(payload)+10)
	switch n := len(payload); {
	case n < 126:
		b = append(b, first, byte(n))
	case n < 1<<16:
		b = binary.BigEndian.AppendUint16(append(b, first, 126), uint16(n))
	default:
		b = binary.BigEndian.AppendUint64(append(b, first, 127), uint64(n))
	}
	return append(b, payload...)
}
