package edge

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/wireroom/wireroom/internal/format/ninjs"
	"github.com/wireroom/wireroom/internal/wire"
)

// encoding is a form of an item's data on the stream.
type encoding uint8

const (
	ninjsEncoding encoding = iota
	headlineEncoding
	sealedEncoding     // ninjs, of which the text may come ahead, and a key in its place
	encodings      int = iota
)

func (n encoding) String() string {
	if n == headlineEncoding {
		return "headline"
	}
	return "ninjs"
}

// encodingOf returns the encoding with a name.
func encodingOf(name string) (encoding, error) {
	switch name {
	case "", "ninjs":
		return ninjsEncoding, nil
	case "headline":
		return headlineEncoding, nil
	}
	return 0, wire.Errorf(wire.Invalid, "format", "%q is no format of the stream; ask for ninjs or headline", name)
}

// Headline is the data of an item with format=headline: enough for a line on a
// screen and to fetch the rest.
type Headline struct {
	Number       int64          `json:"number"`
	Release      wire.ReleaseID `json:"release"`
	Version      int            `json:"version"`
	Action       wire.Action    `json:"action"`
	Language     string         `json:"language"`
	Headline     string         `json:"headline"` // empty if the item withdraws the story
	Organisation string         `json:"organisation,omitempty"`
	Priority     wire.Priority  `json:"priority"`
	Sectors      []string       `json:"sectors,omitempty"`
	Reason       string         `json:"reason,omitempty"`
	Supersedes   int64          `json:"supersedes,omitempty"` // wire number of the version before
	ClearTime    time.Time      `json:"clear_time"`
	URL          string         `json:"url"` // of the page; the ninjs document is beside it
}

func (e *Edge) headline(it *wire.Item) []byte {
	data, err := json.Marshal(Headline{
		Number: it.Number, Release: it.Release, Version: it.Version, Action: it.Action,
		Language: it.Language, Headline: it.Headline, Organisation: it.Organisation,
		Priority: it.Priority, Sectors: it.Sectors, Reason: it.Reason, Supersedes: it.Supersede,
		ClearTime: it.ClearTime, URL: e.o.Site.ItemURL(it),
	})
	if err != nil { // a clear time outside the years 0 to 9999
		return fmt.Appendf(nil, `{"number":%d}`, it.Number)
	}
	return data
}

// encode returns the data of an item: one line of JSON.
func (e *Edge) encode(as encoding, it *wire.Item) ([]byte, error) {
	if as == headlineEncoding {
		return e.headline(it), nil
	}
	return ninjs.Line(it, e.o.Site)
}
