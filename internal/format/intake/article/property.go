package article

import (
	"encoding/json"
	"strconv"

	"github.com/wireroom/wireroom/internal/wire"
)

// Property takes a fact that another wire of this kind put where its format has
// room for names of one's own (format.Properties), and reports whether it took
// it. What it does not take is for the reader to keep.
func (a *Article) Property(name, value string) bool {
	switch name {
	case "release":
		a.Family = value
	case "datelineDate":
		a.Place.Date = value
	case "datelineCountry":
		a.Place.Country = value
	case "datelineMark":
		a.Place.Mark = value
	case "translatedFrom":
		a.Translation = value
	case "instrument":
		var i wire.Instrument
		if json.Unmarshal([]byte(value), &i) != nil {
			return false
		}
		a.Instruments = append(a.Instruments, i)
	case "embargo":
		t, zoned, ok := Time(value)
		if !ok || !zoned {
			a.Requirements = append(a.Requirements, name+" "+strconv.Quote(value)+" is no time with a zone")
			return false
		}
		a.Embargo = t
	default:
		return false
	}
	return true
}
