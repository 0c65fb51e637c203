package vocab

import (
	_ "embed"
	"slices"
	"strings"
	"sync"

	"golang.org/x/text/collate"
	"golang.org/x/text/language"
)

// Zone is a time zone as a reader looks for it: by country.
type Zone struct {
	ID   string // IANA, such as Asia/Ho_Chi_Minh
	Name string // the country, and a place in it where it has several zones
}

//go:embed data/zones.tsv
var zoneData string

var zonesByLanguage sync.Map // display language → []Zone

// Zones returns the time zones of all countries, named in a language (any tag)
// and in its order of words; the places are as IANA writes them.
func Zones(tag string) []Zone {
	tag = displayLanguage(tag)
	if known, ok := zonesByLanguage.Load(tag); ok {
		return slices.Clone(known.([]Zone))
	}
	_, rows := table(zoneData)
	perCountry := map[string]int{}
	for _, row := range rows {
		perCountry[row[1]]++
	}
	var zones []Zone
	for _, row := range rows {
		z := Zone{ID: row[0], Name: CountryName(row[1], tag)}
		if perCountry[row[1]] > 1 {
			_, place, _ := strings.Cut(row[0], "/")
			z.Name += " – " + strings.ReplaceAll(place, "_", " ")
		}
		zones = append(zones, z)
	}
	collate.New(language.Make(tag)).Sort(byName(zones))
	zonesByLanguage.Store(tag, zones)
	return slices.Clone(zones)
}

// byName implements collate.Lister.
type byName []Zone

func (z byName) Len() int           { return len(z) }
func (z byName) Swap(i, j int)      { z[i], z[j] = z[j], z[i] }
func (z byName) Bytes(i int) []byte { return []byte(z[i].Name) }
