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
	if err := read(c); err != nil || c.differs || len(c.rest) > 0 {
		return 0
	}
	return stands
}

// comparison finds out whether what is written is what it expects. It takes
// everything, so that the session is as good afterwards: servers of FTP differ
// in what they say to a transfer that was broken off.
type comparison struct {
	rest    []byte
	differs bool
}

func (c *comparison) Write(b []byte) (int, error) {
	n := min(len(b), len(c.rest))
	if c.differs = c.differs || n < len(b) || !bytes.Equal(c.rest[:n], b); !c.differs {
		c.rest = c.rest[n:]
	}
	return len(b), nil
}
