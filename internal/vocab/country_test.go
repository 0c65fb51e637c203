package vocab

import (
	"slices"
	"testing"
)

func TestEveryCountryOfISO3166HasANameInEveryLanguage(t *testing.T) {
	if n := len(Countries()); n != 249 {
		t.Errorf("ISO 3166-1 has 249 entries, not %d", n)
	}
	for _, c := range Countries() {
		if c.Name != CountryName(c.Code, "en") || len(c.Code) != 2 {
			t.Errorf("%+v", c)
		}
		for _, l := range Languages() {
			name := CountryName(c.Code, l.Tag)
			if name == c.Code || name == "" {
				t.Errorf("%s has no name in %s", c.Code, l.Tag)
			}
			if code, ok := FindCountry(name); !ok || code != c.Code {
				t.Errorf("%s (%s) finds %q, not %s", name, l.Tag, code, c.Code)
			}
		}
	}
}

func TestCountriesAreFoundByWhatPeopleCallThem(t *testing.T) {
	for name, want := range map[string]string{
		"US": "US", "USA": "US", "U.S.A.": "US", "united states of america": "US", "米国": "US", "أمريكا": "US", "США": "US",
		"UK": "GB", "Great Britain": "GB", "英国": "GB", "Türkiye": "TR", "Turkey": "TR", "TURKIYE": "TR", "تركيا": "TR",
		"السعودية": "SA", "المملكه العربيه السعوديه": "SA", "الإمارات": "AE", "الامارات": "AE", "UAE": "AE",
		"Republic of Korea": "KR", "Korea": "KR", "한국": "KR", "대한민국": "KR", "Russian Federation": "RU", "Viet Nam": "VN",
		"Cote d'Ivoire": "CI", "Ivory Coast": "CI", "臺灣": "TW", "台湾": "TW", "ｊａｐａｎ": "JP", " Japan ": "JP", "Osterreich": "AT",
		"Niger": "NE", "Nigeria": "NG", "Dominica": "DM", "Dominican Republic": "DO", "Guinea-Bissau": "GW", "Hong Kong": "HK",
		"IN": "IN", "NO": "NO", "in": "", "no": "", "us": "", "uk": "", "": "", "-": "", "Atlantis": "", "XX": "", "Y": "",
	} {
		got, ok := FindCountry(name)
		if got != want || ok != (want != "") {
			t.Errorf("%q: %q %t, want %q", name, got, ok, want)
		}
	}
}

func TestTheWireServesNinetyCountries(t *testing.T) {
	served := WireCountries()
	if len(served) != 90 || !slices.IsSorted(served) || len(slices.Compact(served)) != 90 {
		t.Errorf("%d countries, in order: %t", len(served), slices.IsSorted(served))
	}
	for _, code := range served {
		if CountryName(code, "en") == code {
			t.Errorf("%s is not of ISO 3166-1", code)
		}
	}
}

func TestListsAreTheCallersOwn(t *testing.T) {
	Languages()[0].Tag, Sectors()[0].Code, Countries()[0].Code, WireCountries()[0] = "x", "x", "x", "x"
	if Languages()[0].Tag == "x" || Sectors()[0].Code == "x" || Countries()[0].Code == "x" || WireCountries()[0] == "x" {
		t.Error("a caller changed the vocabulary")
	}
}
