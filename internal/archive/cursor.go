package archive

import (
	"encoding/base64"
	"fmt"
	"time"

	"github.com/wireroom/wireroom/internal/wire"
)

// cursor is where a page begins. Newest first it is a place on the wire, so what
// comes meanwhile moves nothing. By relevance it is an offset into the order as
// it was when the first page was made.
type cursor struct {
	before    int64     // newest: only stories below this number
	watermark int64     // best: only stories up to this number
	at        time.Time // best: ages are as of then
	offset    int       // best
}

func (c cursor) String() string {
	s := fmt.Sprintf("n%d", c.before)
	if c.watermark > 0 {
		s = fmt.Sprintf("b%d.%d.%d", c.watermark, c.at.UnixMicro(), c.offset)
	}
	return base64.RawURLEncoding.EncodeToString([]byte(s))
}

// readCursor reads a cursor; "" is the beginning.
func readCursor(s string, o Order) (c cursor, err error) {
	if s == "" {
		return c, nil
	}
	plain, err := base64.RawURLEncoding.DecodeString(s)
	if err == nil {
		if o == Newest {
			_, err = fmt.Sscanf(string(plain), "n%d", &c.before)
		} else {
			var us int64
			_, err = fmt.Sscanf(string(plain), "b%d.%d.%d", &c.watermark, &us, &c.offset)
			c.at = time.UnixMicro(us).UTC()
		}
	}
	if err != nil || c.before < 0 || c.watermark < 0 || c.offset < 0 || c.before+c.watermark == 0 || c.String() != s {
		return cursor{}, wire.Errorf(wire.Invalid, "cursor", "is none of a search in this order; begin again without")
	}
	if c.offset >= maxRanked {
		return cursor{}, wire.Errorf(wire.Exhausted, "cursor", "by relevance one can leaf to hit %d; beyond, search newest first or narrow the search", maxRanked)
	}
	return c, nil
}
