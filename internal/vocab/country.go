package vocab

import (
	_ "embed"
	"slices"
	"strings"
	"sync"
)

// Country is an entry of ISO 3166-1.
type Country struct {
	Code string // alpha-2, upper case
	Name string // in English
}

//go:embed data/countries.tsv
var countryData string

type countryTable struct {
	order  []Country
	names  map[[2]string]string // by code and language
	codes  map[string]string    // alpha-2, alpha-3 and the like, upper case, to alpha-2
	finder *finder
}

// countries reads a table of columns alpha-2, alpha-3, one per language, and
// further names separated by |.
var countries = sync.OnceValue(func() *countryTable {
	header, rows := table(countryData)
	t := &countryTable{names: map[[2]string]string{}, codes: map[string]string{}, finder: newFinder()}
	last := len(header) - 1
	for _, row := range rows {
		code := row[0]
		t.codes[code], t.codes[row[1]] = code, code
		for i := 2; i < last; i++ {
			t.names[[2]string{code, header[i]}] = row[i]
			t.finder.add(code, row[i])
		}
		t.order = append(t.order, Country{code, t.names[[2]string{code, "en"}]})
	}
	for _, row := range rows { // further names have the weaker claim
		for _, name := range strings.Split(row[last], "|") {
			t.addOther(row[0], name)
		}
	}
	return t
})

// addOther enters a further name. One of two Latin letters, such as UK, is
// taken as a code: found in capitals only.
func (t *countryTable) addOther(code, name string) {
	if key := fold(name); len(key) > 2 {
		t.finder.add(code, name)
	} else if _, taken := t.codes[name]; !taken && key != "" {
		t.codes[name] = code
	}
}

// Countries returns all entries of ISO 3166-1 by code.
func Countries() []Country { return slices.Clone(countries().order) }

// CountryName returns a country's name in a language (any tag), in English
// where the language is not one of the wire's; an unknown code is returned
// itself.
func CountryName(code, language string) string {
	if name, ok := countries().names[[2]string{code, displayLanguage(language)}]; ok {
		return name
	}
	return code
}

// FindCountry returns the ISO code of a country by its alpha-2 or alpha-3 code
// in capitals, or by a name in any wire language; further usual names (米国,
// Russian Federation, السعودية) count too. Case, width, accents and the
// variants of Arabic letters make no difference. Codes must be capitals: "in"
// and "no" are words.
func FindCountry(name string) (code string, ok bool) {
	t := countries()
	if code, ok = t.codes[strings.TrimSpace(name)]; ok {
		return code, true
	}
	return t.finder.find(name)
}

// wireCountries are the countries with a resident distribution: at least one
// agency or outlet group that the wire delivers to directly.
var wireCountries = strings.Fields(`
	AE AR AT AU AZ BD BE BG BH BN BR CA CH CI CL CM CN CO CR CY CZ DE DK DZ EC EE EG ES ET FI
	FR GB GE GH GR GT HK HR HU ID IE IL IN IQ IT JO JP KE KH KR KW KZ LA LB LK LT LU LV MA MM
	MX MY NG NL NO NP NZ OM PA PE PH PK PL PT QA RO RS RU SA SE SG SK TH TN TR TW UA US VN ZA`)

// WireCountries returns the ISO codes of the ninety countries the wire serves,
// in alphabetical order.
func WireCountries() []string { return slices.Clone(wireCountries) }
