package vocab

import (
	"strings"
	"testing"
)

func TestEverySectorIsNamedInEveryLanguage(t *testing.T) {
	if n := len(Sectors()); n < 24 {
		t.Errorf("only %d sectors", n)
	}
	for _, s := range Sectors() {
		for _, l := range Languages() {
			name := SectorName(s.Code, l.Tag)
			if name == s.Code {
				t.Errorf("%s has no name in %s", s.Code, l.Tag)
			}
			for _, hint := range []string{l.Tag, "", "en"} {
				if code, ok := FindSector(name, hint); !ok || code != s.Code {
					t.Errorf("%s (%s, hint %q) finds %q, not %s", name, l.Tag, hint, code, s.Code)
				}
			}
		}
	}
}

func TestNoLabelMeansTwoSectorsInOneLanguage(t *testing.T) {
	meaning := map[string]string{}
	_, rows := table(sectorData)
	for _, row := range rows {
		if len(row) != 3 {
			t.Fatalf("%q has %d cells", row, len(row))
		}
		for _, label := range strings.Split(row[2], "|") {
			key := row[1] + " " + fold(label)
			if before := meaning[key]; before != "" && before != row[0] {
				t.Errorf("%s %q means %s and %s", row[1], label, before, row[0])
			}
			meaning[key] = row[0]
			if code, ok := FindSector(label, row[1]); !ok || code != row[0] {
				t.Errorf("%s %q finds %q, not %s", row[1], label, code, row[0])
			}
			if strings.TrimSpace(label) != label || label == "" {
				t.Errorf("%s %s: superfluous space or empty label %q", row[0], row[1], label)
			}
		}
	}
}

func TestSectorsAreFoundHoweverTheyAreWritten(t *testing.T) {
	for _, c := range []struct{ label, language, want string }{
		{"العنوان الرئيسي", "ar", "top-story"},
		{"الأخبار اليومية", "ar", "daily-news"},
		{"الاخبار اليوميه", "", "daily-news"},
		{"أخبارٌ يوميّة", "", "daily-news"},
		{"الـعـنـوان الرئيسى", "", "top-story"},
		{"TECHNOLOGY", "", "technology"},
		{" technology ", "", "technology"},
		{"ｔｅｃｈｎｏｌｏｇｙ", "ja", "technology"},
		{"top-story", "", "top-story"},
		{"Top Story", "de", "top-story"},
		{"real_estate", "", "real-estate"},
		{"Energie", "nl", "energy"},
		{"energie", "", "energy"},
		{"ÉNERGIE", "fr", "energy"},
		{"Sante", "fr", "health"},
		{"ｴﾈﾙｷﾞｰ", "ja", "energy"},
		{"부동산", "", "real-estate"},
		{"Bat dong san", "vi", "real-estate"},
		{"E-Commerce", "", "retail"},
		{"Oil & Gas", "", "energy"},
		{"ЭНЕРГЕТИКА", "ru", "energy"},
		{"Großhandel", "de", ""},
		{"nothing of ours", "en", ""},
		{"", "", ""},
		{"...", "", ""},
	} {
		got, ok := FindSector(c.label, c.language)
		if got != c.want || ok != (c.want != "") {
			t.Errorf("%q (%s): %q %t, want %q", c.label, c.language, got, ok, c.want)
		}
	}
}

func TestAnUnknownSectorOrLanguageIsStillNamed(t *testing.T) {
	for _, c := range [][3]string{{"energy", "sw", "Energy"}, {"energy", "zh-HK", "能源"}, {"unheard-of", "en", "unheard-of"}, {"energy", "", "Energy"}} {
		if got := SectorName(c[0], c[1]); got != c[2] {
			t.Errorf("%s in %q: %q, want %q", c[0], c[1], got, c[2])
		}
	}
}

func FuzzFind(f *testing.F) {
	for _, s := range []string{"الأخبار", "Ｏil & gas", "ИТ", "ß", "\u0651", "a\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, label string) {
		if code, ok := FindSector(label, "ar"); ok == (code == "") {
			t.Fatalf("%q: %q %t", label, code, ok)
		}
		if code, ok := FindCountry(label); ok == (code == "") {
			t.Fatalf("%q: %q %t", label, code, ok)
		}
		if once := fold(label); fold(once) != once {
			t.Fatalf("%q folds to %q, and that to %q", label, once, fold(once))
		}
	})
}
