package vocab

import (
	_ "embed"
	"slices"
	"strings"
	"sync"
)

// Sector is an industry, or one of the two general desks (top-story,
// daily-news), that releases are filed under.
type Sector struct {
	Code string // lower case, words joined by hyphens
}

//go:embed data/sectors.tsv
var sectorData string

type sectorTable struct {
	order []Sector
	names map[[2]string]string // by code and language
	any   *finder              // names in every language
	in    map[string]*finder   // by language
}

var sectors = sync.OnceValue(func() *sectorTable {
	t := &sectorTable{names: map[[2]string]string{}, any: newFinder(), in: map[string]*finder{}}
	_, rows := table(sectorData)
	for _, row := range rows {
		code, language, labels := row[0], row[1], strings.Split(row[2], "|")
		if !slices.Contains(t.order, Sector{code}) {
			t.order = append(t.order, Sector{code})
			t.any.add(code, code)
		}
		t.names[[2]string{code, language}] = labels[0]
		if t.in[language] == nil {
			t.in[language] = newFinder()
		}
		t.in[language].add(code, labels[0])
		t.any.add(code, labels[0])
	}
	for _, row := range rows { // synonyms have the weaker claim
		for _, label := range strings.Split(row[2], "|")[1:] {
			t.in[row[1]].add(row[0], label)
			t.any.add(row[0], label)
		}
	}
	return t
})

// Sectors returns all sectors in display order.
func Sectors() []Sector { return slices.Clone(sectors().order) }

// SectorName returns a sector's name in a language (any tag), in English where
// the language is not one of the wire's; an unknown code is returned itself.
func SectorName(code, language string) string {
	if name, ok := sectors().names[[2]string{code, displayLanguage(language)}]; ok {
		return name
	}
	return code
}

// FindSector returns the sector that a label means: a code, a name or a
// synonym, in any wire language. Case, width, accents, punctuation and the
// variants of Arabic letters make no difference. language is a hint for labels
// that mean different things in two languages; it may be "".
func FindSector(label, language string) (code string, ok bool) {
	t := sectors()
	if l, known := LookupLanguage(language); known {
		if code, ok = t.in[l.Tag].find(label); ok {
			return code, true
		}
	}
	return t.any.find(label)
}
