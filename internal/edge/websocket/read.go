package websocket

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"errors"
	"io"
	"unicode/utf8"
)

// MaxMessage bounds a message from a receiver, in bytes, compressed or not.
const MaxMessage = 16 << 10

// Message is what a receiver sent.
type Message struct {
	Kind Kind
	Data []byte // of Data: the text, which is UTF-8; of Ping: what to answer with
}

// Kind is what a receiver's message is.
type Kind int

// The kinds. Pongs are not told: nothing follows from them.
const (
	Data Kind = iota
	Ping
	Closing // answer with the code of the Message's Data, and close
)

// Violation is a receiver's breach of the protocol. The answer is Close with its
// code.
type Violation struct {
	Code   int
	Detail string
}

// Error is the detail.
func (v *Violation) Error() string { return "websocket: " + v.Detail }

// Reader takes what comes in and gives messages. Its zero value is a connection
// at its beginning. It keeps what is incomplete, and nothing else.
type Reader struct {
	Compressed bool // permessage-deflate was agreed on

	rest     []byte // of a frame that is not whole
	parts    []byte // of a message that is not whole
	inParts  bool
	deflated bool // parts are compressed
}

// Idle reports whether the reader holds nothing.
func (r *Reader) Idle() bool { return len(r.rest) == 0 && !r.inParts }

// Feed takes bytes from the connection, which remain the caller's, and calls f
// with each message that they complete. An error ends the connection: a
// *Violation, or what f returned.
func (r *Reader) Feed(b []byte, f func(Message) error) error {
	if len(r.rest) > 0 {
		b = append(r.rest, b...)
		r.rest = nil
	}
	for {
		h, size, err := header(b)
		if err != nil {
			return err
		}
		if size == 0 || len(b) < size+h.length {
			if len(b) > 0 {
				r.rest = bytes.Clone(b)
			}
			return nil
		}
		payload := unmask(b[size:size+h.length], h.mask)
		b = b[size+h.length:]
		if err := r.frame(h, payload, f); err != nil {
			return err
		}
	}
}

type frameHeader struct {
	final, compressed bool
	op                byte
	length            int
	mask              [4]byte
}

// header reads the header of a frame; size is 0 if it is not whole.
func header(b []byte) (h frameHeader, size int, err error) {
	if len(b) < 2 {
		return h, 0, nil
	}
	h.final, h.compressed, h.op = b[0]&0x80 != 0, b[0]&0x40 != 0, b[0]&0x0f
	if b[0]&0x30 != 0 {
		return h, 0, &Violation{ProtocolError, "reserved bits are set"}
	}
	if b[1]&0x80 == 0 {
		return h, 0, &Violation{ProtocolError, "a receiver's frames are masked"}
	}
	length, size := uint64(b[1]&0x7f), 2
	switch length {
	case 126:
		if len(b) < 4 {
			return h, 0, nil
		}
		length, size = uint64(binary.BigEndian.Uint16(b[2:])), 4
	case 127:
		if len(b) < 10 {
			return h, 0, nil
		}
		length, size = binary.BigEndian.Uint64(b[2:]), 10
	}
	if length > MaxMessage {
		return h, 0, &Violation{TooBig, "the message is too big"}
	}
	h.length = int(length)
	if h.op >= opClose && (!h.final || h.length > 125 || h.compressed) {
		return h, 0, &Violation{ProtocolError, "a control frame is whole, short and not compressed"}
	}
	if len(b) < size+4 {
		return h, 0, nil
	}
	copy(h.mask[:], b[size:])
	return h, size + 4, nil
}

func unmask(b []byte, mask [4]byte) []byte {
	out := make([]byte, len(b))
	for i := range b {
		out[i] = b[i] ^ mask[i%4]
	}
	return out
}

// frame takes a whole frame.
func (r *Reader) frame(h frameHeader, payload []byte, f func(Message) error) error {
	switch h.op {
	case opPing:
		return f(Message{Ping, payload})
	case opPong:
		return nil
	case opClose:
		return r.closing(payload, f)
	case opContinuation:
		if !r.inParts || h.compressed {
			return &Violation{ProtocolError, "a continuation of nothing"}
		}
	case opText:
		if r.inParts {
			return &Violation{ProtocolError, "a message within another"}
		}
		if h.compressed && !r.Compressed {
			return &Violation{ProtocolError, "compression was not agreed on"}
		}
		r.inParts, r.deflated = true, h.compressed
	case opBinary:
		return &Violation{InvalidData, "messages are text"}
	default:
		return &Violation{ProtocolError, "an unknown kind of frame"}
	}
	if len(r.parts)+len(payload) > MaxMessage {
		return &Violation{TooBig, "the message is too big"}
	}
	r.parts = append(r.parts, payload...)
	if !h.final {
		return nil
	}
	text, err := r.parts, error(nil)
	if r.deflated {
		text, err = inflate(text)
	}
	r.parts, r.inParts = nil, false
	if err != nil {
		return err
	}
	if !utf8.Valid(text) {
		return &Violation{InvalidData, "the text is not UTF-8"}
	}
	return f(Message{Data, text})
}

// closing checks a closing frame (RFC 6455 §5.5.1) and gives the code to answer
// with.
func (r *Reader) closing(payload []byte, f func(Message) error) error {
	switch {
	case len(payload) == 0:
		payload = binary.BigEndian.AppendUint16(nil, NormalClosure)
	case len(payload) == 1:
		return &Violation{ProtocolError, "half a code of closing"}
	case !validCode(int(binary.BigEndian.Uint16(payload))):
		return &Violation{ProtocolError, "a code of closing that is not to be sent"}
	case !utf8.Valid(payload[2:]):
		return &Violation{InvalidData, "the reason is not UTF-8"}
	}
	return f(Message{Closing, payload[:2]})
}

// validCode reports whether a code may be sent (RFC 6455 §7.4).
func validCode(code int) bool {
	switch {
	case code >= 3000 && code <= 4999:
		return true
	case code < 1000 || code > 1014:
		return false
	}
	return code != 1004 && code != 1005 && code != 1006
}

// inflate undoes RFC 7692 §7.2.1 within the bound of a message.
func inflate(b []byte) ([]byte, error) {
	whole := io.MultiReader(bytes.NewReader(b), bytes.NewReader([]byte{0, 0, 0xff, 0xff})) // the mark that its sender left out
	d := flate.NewReader(whole)
	defer d.Close()
	text, err := io.ReadAll(io.LimitReader(d, MaxMessage+1))
	switch {
	case len(text) > MaxMessage:
		return nil, &Violation{TooBig, "the message is too big"}
	case err != nil && !errors.Is(err, io.ErrUnexpectedEOF):
		return nil, &Violation{InvalidData, "the compressed message is broken"}
	}
	return text, nil
}
