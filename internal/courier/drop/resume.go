package drop

import (
	"bytes"
	"io"
)

// resumable is the size from which a file that was cut off is gone on with
// rather than sent anew.
const resumable = 64 << 10

// goOn says from where a file has to be sent, given what stands there of it and
// how to read that: only what is really its beginning is gone on with, since
// another version of the software may have rendered it otherwise. What cannot be
// read is sent anew.
func goOn(data []byte, stands int64, read func(io.Writer) error) int64 {
	if stands < resumable || stands > int64(len(data)) {
		return 0
	}
	c := &comparison{rest: data[:stands]}
	if err := read(c); err != nil || len(c.rest) > 0 {
		return 0
	}
	return stands
}

// comparison takes what is written as long as it is what it expects.
type comparison struct{ rest []byte }

func (c *comparison) Write(b []byte) (int, error) {
	if !bytes.HasPrefix(c.rest, b) {
		return 0, io.ErrUnexpectedEOF
	}
	c.rest = c.rest[len(b):]
	return len(b), nil
}
