package story

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/wireroom/wireroom/internal/format/ninjs"
	"github.com/wireroom/wireroom/internal/wire"
	"github.com/wireroom/wireroom/test/bench/streamload"
)

// ItemOptions say which item is to be made.
type ItemOptions struct {
	Number int64 // on the wire
	Round  int   // of the measurement; the headline holds its marker
	Size   int   // bytes of its ninjs document, about
	Groups int   // 0: it concerns no group
	Time   time.Time
}

// GroupWord is a word that stands in the items for a group and in no others.
func GroupWord(group string) string { return "gruppe" + group }

// GroupOrganisation is who the items for a group are from, and no others.
func GroupOrganisation(group string) string { return "Halden Gruppe " + group + " ASA" }

// Item is an item of the live stream, as it stands on the wire. Where there are
// groups it concerns the one that its round has by turns.
func Item(o ItemOptions) (wire.Item, error) {
	release := &wire.Release{
		ID:     wire.NewReleaseID(),
		Facets: wire.Facets{Organisation: "Halden Robotics ASA", Priority: wire.Ordinary, Sectors: []string{"energy"}, Places: []string{"NO"}},
	}
	headline := streamload.Marker(o.Round) + " Halden Robotics raises its outlook"
	if o.Groups > 0 {
		group := strconv.Itoa(o.Round % o.Groups)
		headline += " for " + GroupWord(group)
		release.Organisation = GroupOrganisation(group)
	}
	at := func(filler int) wire.Item {
		release.Editions = []wire.Edition{{
			Language: "en", Headline: headline,
			Dateline: wire.Dateline{City: "OSLO", Country: "NO", Date: "2026-11-23", Mark: "WIRE"},
			Body:     append([]wire.Block{wire.P("Orders on hand rose.")}, fill(filler)...),
		}}
		it := wire.NewItem(release, &release.Editions[0], wire.Publish, nil, o.Time, wire.Amendment{})
		it.Number = o.Number
		it.Hash = it.ContentHash()
		return it
	}
	bare := at(0)
	document, err := Document(&bare)
	if err != nil {
		return bare, err
	}
	return at(o.Size - len(document)), nil
}

// Document is an item as ninjs.
func Document(it *wire.Item) ([]byte, error) { return ninjs.Encode(it, Site) }

// Frame is an item as the event of a live stream, on one line of data.
func Frame(it *wire.Item) ([]byte, error) {
	document, err := Document(it)
	if err != nil {
		return nil, err
	}
	return fmt.Appendf(nil, "id: %d\nevent: item\ndata: %s\n\n", it.Number, document), nil
}

// fill is text of about so many bytes.
func fill(bytes int) []wire.Block {
	var body []wire.Block
	for i := 0; bytes > 0; i++ {
		text := texts[i%len(texts)]
		if len(text) > bytes {
			text = text[:bytes]
			text = strings.ToValidUTF8(text, "")
		}
		bytes -= len(text) + len("<p></p>\n")
		body = append(body, wire.P(text))
	}
	return body
}
