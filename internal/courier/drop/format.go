package drop

import (
	"slices"
	"strings"

	"github.com/wireroom/wireroom/internal/format"
	"github.com/wireroom/wireroom/internal/format/ninjs"
	"github.com/wireroom/wireroom/internal/format/plain"
	"github.com/wireroom/wireroom/internal/locale"
	"github.com/wireroom/wireroom/internal/wire"
)

// file is one file of a delivery.
type file struct {
	name, part string // its own name and its temporary one
	item       string // id of the item
	mediaType  string
	data       []byte // shared, not to be changed
}

// kind is a format that an item can be dropped in. Its extension is its own.
type kind struct {
	ext, mediaType string
	encode         func(*wire.Item, format.Site) ([]byte, error)
}

var kinds = map[string]kind{
	"ninjs": {"json", "application/json", ninjs.Encode},
	"text": {"txt", "text/plain; charset=utf-8", func(it *wire.Item, _ format.Site) ([]byte, error) {
		return plain.Encode(it, locale.For(it.Language)), nil
	}},
}

// parseFormats reads the formats of a subscription: names separated by commas,
// none twice; "" is ninjs.
func parseFormats(list string) ([]string, error) {
	if list == "" {
		return []string{"ninjs"}, nil
	}
	var formats []string
	for name := range strings.SplitSeq(list, ",") {
		name = strings.TrimSpace(name)
		if _, ok := kinds[name]; !ok {
			return nil, wire.Errorf(wire.Invalid, "format", "%q is not a format of files: ninjs, text", name)
		}
		if slices.Contains(formats, name) {
			return nil, wire.Errorf(wire.Invalid, "format", "%s is named twice", name)
		}
		formats = append(formats, name)
	}
	return formats, nil
}
