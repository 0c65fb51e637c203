package frame

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/wireroom/wireroom/internal/edge/websocket"
)

// Opening is the first frame of a connection: when to come back should it end,
// and the place it begins at.
func (f Form) Opening(retry time.Duration, place int64) []byte {
	if f.IsEvents() {
		return f.first(fmt.Appendf(nil, "retry: %d\nid: %d\n\n", retry.Milliseconds(), place))
	}
	return f.first(fmt.Appendf(nil, `{"type":"hello","number":%d,"retry":%d}`, place, retry.Milliseconds()))
}

// Item is the frame of an item: a name for the kind of message, its wire number
// and a JSON value without line feeds.
func (f Form) Item(number int64, data []byte) []byte {
	return f.message("item", number, data)
}

// Body is the frame of an item that was asked for. It does not move the place.
func (f Form) Body(number int64, data []byte) []byte {
	return f.message("body", number, data)
}

// message is a frame of JSON data under a wire number.
func (f Form) message(kind string, number int64, data []byte) []byte {
	b := make([]byte, 0, len(data)+64)
	if f.IsEvents() {
		// A line feed in the data would end it (WHATWG HTML §9.2.6).
		b = append(b, "id: "...)
		b = strconv.AppendInt(b, number, 10)
		b = append(append(append(b, "\nevent: "...), kind...), "\ndata: "...)
		return f.next(append(append(b, data...), "\n\n"...))
	}
	b = append(append(append(b, `{"type":"`...), kind...), `","number":`...)
	b = strconv.AppendInt(b, number, 10)
	b = append(append(b, `,"data":`...), data...)
	return f.next(append(b, '}'))
}

// Key is the frame of the key to an item whose text was sent ahead: the item's, in
// its place on the wire.
func (f Form) Key(number int64, message []byte) []byte {
	return f.message("key", number, ahead("key", message))
}

// Seal is the frame of a text that is sent ahead, sealed, with the signed message
// that speaks of it. It has no place on the wire.
func (f Form) Seal(message, text []byte) []byte {
	data := ahead("seal", message)
	data = append(data[:len(data)-1], `,"text":"`...)
	data = base64.StdEncoding.AppendEncode(data, text)
	return f.aside("seal", append(data, `"}`...))
}

// Void is the frame that says that a seal need not be kept.
func (f Form) Void(message []byte) []byte { return f.aside("void", ahead("void", message)) }

// ahead is the data of a signed message.
func ahead(name string, message []byte) []byte {
	return fmt.Appendf(nil, `{"%s":"%s"}`, name, base64.StdEncoding.EncodeToString(message))
}

// aside is a frame of JSON data that has no place on the wire and moves none.
func (f Form) aside(kind string, data []byte) []byte {
	b := make([]byte, 0, len(data)+64)
	if f.IsEvents() {
		b = append(append(append(b, "event: "...), kind...), "\ndata: "...)
		return f.next(append(append(b, data...), "\n\n"...))
	}
	b = append(append(append(b, `{"type":"`...), kind...), `","data":`...)
	return f.next(append(append(b, data...), '}'))
}

// Place moves the place of the receiver without an event.
func (f Form) Place(number int64) []byte {
	if f.IsEvents() {
		return f.next(fmt.Appendf(nil, "id: %d\n\n", number))
	}
	return f.next(fmt.Appendf(nil, `{"type":"place","number":%d}`, number))
}

// Reset says that the stream goes on after last instead of after. rest is the
// address of what it leaves out; empty if there is nothing.
func (f Form) Reset(after, last int64, rest string) []byte {
	b := fmt.Appendf(nil, `{"after":%d,"last":%d`, after, last)
	if rest != "" {
		quoted, _ := json.Marshal(rest) // a string is always written
		b = append(append(b, `,"rest":`...), quoted...)
	}
	return f.message("reset", last, append(b, '}'))
}

// Filter says, on a WebSocket, that a new filter holds for all above number.
func (f Form) Filter(number int64) []byte {
	return f.next(fmt.Appendf(nil, `{"type":"filter","number":%d}`, number))
}

// Error says, on a WebSocket, what was wrong with a message of the receiver.
func (f Form) Error(field, detail string) []byte {
	b, err := json.Marshal(struct {
		Type   string `json:"type"`
		Field  string `json:"field,omitempty"`
		Detail string `json:"detail"`
	}{"error", field, detail})
	if err != nil { // strings are always written
		b = []byte(`{"type":"error"}`)
	}
	return f.next(b)
}

// Goodbye sets a reconnection time before the end. first says that nothing was
// written before. No empty line follows in events: on a fresh connection that
// would set the receiver's place to the empty one (WHATWG HTML §9.2.6).
func (f Form) Goodbye(retry time.Duration, first bool) []byte {
	seal := f.next
	if first {
		seal = f.first
	}
	if f.IsEvents() {
		return seal(fmt.Appendf(nil, "retry: %d\n", retry.Milliseconds()))
	}
	b := seal(fmt.Appendf(nil, `{"type":"bye","retry":%d}`, retry.Milliseconds()))
	if f.IsSocket() {
		b = append(b, websocket.Close(websocket.ServiceRestart, "")...)
	}
	return b
}

// first and next put text into the form: the first frame begins what needs a
// beginning.
func (f Form) first(text []byte) []byte {
	if f == EventsGzip || f == LinesGzip {
		return append(bytes.Clone(gzipHeader), f.next(text)...)
	}
	return f.next(text)
}

func (f Form) next(text []byte) []byte {
	switch f {
	case EventsGzip:
		return deflate(text)
	case EventsZstd:
		return zstandard(text)
	case Lines:
		return append(text, '\n')
	case LinesGzip:
		return deflate(append(text, '\n'))
	case LinesZstd:
		return zstandard(append(text, '\n'))
	case Socket:
		return websocket.Text(text, false)
	case SocketFlate:
		if len(text) < websocket.WorthDeflating {
			return websocket.Text(text, false)
		}
		// RFC 7692 §7.2.1: without the mark that a flush leaves at the end.
		return websocket.Text(bytes.TrimSuffix(deflate(text), flushMark), true)
	}
	return text
}
