package format

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/wireroom/wireroom/internal/wire"
)

// Property is one fact about an item that the standards of the trade have no
// field for. Formats carry it by its name where they have room for names of
// one's own: altIds in ninjs, properties and meta elements in XML.
type Property struct {
	Name, Value string
}

// PropertyURN names a property where a standard wants a URI.
func PropertyURN(name string) string { return "urn:wireroom:property:" + name }

// EmbargoProperty is what Embargo is named by in standards that have no field for
// one that is over.
const EmbargoProperty = "embargo"

// Properties are the facts of an item in a steady order, those without value
// left out. Who translated a text is nobody else's business.
func Properties(it *wire.Item) []Property {
	var all []Property
	add := func(name, value string) {
		if value != "" {
			all = append(all, Property{name, value})
		}
	}
	add("wireNumber", strconv.FormatInt(it.Number, 10))
	add("release", string(it.Release))
	add("item", string(it.ID))
	add("action", string(it.Action))
	add("editions", strings.Join(it.Editions, " "))
	if it.Supersede != 0 {
		add("supersedes", strconv.FormatInt(it.Supersede, 10))
	}
	if it.Action.Amends() {
		add("reason", it.Reason)
	}
	for _, c := range it.Changes {
		add("change", inJSON(c))
	}
	if !it.Action.Withdraws() {
		add("datelineDate", it.Dateline.Date)
		add("datelineCountry", it.Dateline.Country)
		add("datelineMark", it.Dateline.Mark)
	}
	if t := it.Translation; t != nil {
		add("translatedFrom", t.From)
	}
	for _, i := range it.Instruments {
		if i != (wire.Instrument{}) {
			add("instrument", inJSON(i))
		}
	}
	for _, c := range it.Circuits {
		add("circuit", c)
	}
	add("contentHash", it.Hash)
	add("signature", it.Signature)
	return all
}

func inJSON(v any) string {
	data, _ := json.Marshal(v) // structs of strings always have a form
	return string(data)
}

// SetProperty puts a fact back into an item, as Properties named it. A name that
// is not known is left alone: a later wire may say more.
func SetProperty(it *wire.Item, p Property) error {
	switch p.Name {
	case "wireNumber":
		return readNumber(p, &it.Number)
	case "release":
		it.Release = wire.ReleaseID(p.Value)
	case "item":
		it.ID = wire.ItemID(p.Value)
	case "action":
		it.Action = wire.Action(p.Value)
	case "editions":
		it.Editions = strings.Fields(p.Value)
	case "supersedes":
		return readNumber(p, &it.Supersede)
	case "reason":
		it.Reason = p.Value
	case "change":
		var c wire.Change
		if err := readJSON(p, &c); err != nil {
			return err
		}
		it.Changes = append(it.Changes, c)
	case "datelineDate":
		it.Dateline.Date = p.Value
	case "datelineCountry":
		it.Dateline.Country = p.Value
	case "datelineMark":
		it.Dateline.Mark = p.Value
	case "translatedFrom":
		it.Translation = &wire.Translation{From: p.Value}
	case "instrument":
		var i wire.Instrument
		if err := readJSON(p, &i); err != nil {
			return err
		}
		it.Instruments = append(it.Instruments, i)
	case "circuit":
		it.Circuits = append(it.Circuits, p.Value)
	case EmbargoProperty:
		var err error
		if it.Scheduled, err = time.Parse(time.RFC3339, p.Value); err != nil {
			return wire.Errorf(wire.Invalid, p.Name, "%q is not a time with a zone", p.Value)
		}
	case "contentHash":
		it.Hash = p.Value
	case "signature":
		it.Signature = p.Value
	}
	return nil
}

func readNumber(p Property, n *int64) error {
	var err error
	if *n, err = strconv.ParseInt(p.Value, 10, 64); err != nil {
		return wire.Errorf(wire.Invalid, p.Name, "%q is not a number", p.Value)
	}
	return nil
}

func readJSON(p Property, v any) error {
	if err := json.Unmarshal([]byte(p.Value), v); err != nil {
		return wire.Errorf(wire.Invalid, p.Name, "%q cannot be read: %w", p.Value, err)
	}
	return nil
}
