package drop

import (
	"slices"
	"strings"

	"github.com/wireroom/wireroom/internal/format/offer"
	"github.com/wireroom/wireroom/internal/wire"
)

// file is one file of a delivery.
type file struct {
	name, part string // its own name and its temporary one
	item       string // id of the item
	mediaType  string
	data       []byte // shared, not to be changed
}

// parseFormats reads the formats of a subscription: names separated by commas,
// none twice; "" is ninjs.
func parseFormats(list string) ([]offer.Format, error) {
	var formats []offer.Format
	for name := range strings.SplitSeq(list, ",") {
		f, err := offer.Lookup(strings.TrimSpace(name))
		if err == nil && list != "" && strings.TrimSpace(name) == "" {
			err = wire.Errorf(wire.Invalid, "format", "a name is missing between the commas")
		}
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(formats, func(g offer.Format) bool { return g.Name == f.Name }) {
			return nil, wire.Errorf(wire.Invalid, "format", "%s is named twice", f.Name)
		}
		formats = append(formats, f)
	}
	return formats, nil
}
