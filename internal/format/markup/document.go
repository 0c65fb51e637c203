package markup

import (
	"bytes"
	"encoding/xml"
	"io"

	"github.com/wireroom/wireroom/internal/wire"
)

// ReadDocument reads a whole document into v, as xml.Unmarshal does, and refuses
// what has anything but spaces behind the root. field and kind name it in the
// error, which is Invalid: "nitf" and "NITF document".
func ReadDocument(data []byte, field, kind string, v any) error {
	dec := xml.NewDecoder(bytes.NewReader(data))
	if err := dec.Decode(v); err != nil {
		return wire.Errorf(wire.Invalid, field, "this is no %s of the wire: %w", kind, err)
	}
	if t, err := dec.Token(); err != io.EOF {
		if s, ok := t.(xml.CharData); !ok || len(bytes.TrimSpace(s)) > 0 {
			return wire.Errorf(wire.Invalid, field, "there is something behind the %s", kind)
		}
	}
	return nil
}
