package vocab

import (
	"regexp"
	"sync"
	"testing"
)

func TestMediaTopicsFormATree(t *testing.T) {
	roots := 0
	code := regexp.MustCompile(`^[0-9]{8}$`)
	all := topics().topics
	if len(all) != 1393 {
		t.Errorf("%d topics", len(all))
	}
	for c, topic := range all {
		if !code.MatchString(c) || topic.Code != c {
			t.Errorf("%q: %+v", c, topic)
		}
		steps := 0
		for up := topic; up.Parent != ""; steps++ {
			next, ok := LookupTopic(up.Parent)
			if !ok || steps > 10 {
				t.Fatalf("%s: no way up from %s", c, up.Code)
			}
			up = next
		}
		if topic.Parent == "" {
			roots++
		}
		if TopicName(c, "en") == c {
			t.Errorf("%s has no English name", c)
		}
	}
	if roots != 17 {
		t.Errorf("%d roots, IPTC has 17", roots)
	}
}

func TestTopicsAreNamedInTheReadersLanguageOrEnglish(t *testing.T) {
	for _, c := range [][3]string{
		{"05000000", "de", "Erziehung, Ausbildung"}, {"medtop:05000000", "en-GB", "education"}, {"05000000", "ja", "education"},
		{"01000000", "zh-TW", "藝術、文化、娛樂和媒體"}, {"06000000", "ar", "بيئة"}, {"99999999", "en", "99999999"},
	} {
		if got := TopicName(c[0], c[1]); got != c[2] {
			t.Errorf("%s in %s: %q, want %q", c[0], c[1], got, c[2])
		}
	}
	if _, ok := LookupTopic("99999999"); ok {
		t.Error("a topic that IPTC does not have is found")
	}
	if old, _ := LookupTopic("20000030"); !old.Retired {
		t.Error("music theatre was retired in 2021")
	}
}

func TestTheDataStaysSmall(t *testing.T) {
	if n := len(languageData) + len(sectorData) + len(countryData) + len(topicData); n > 700_000 {
		t.Errorf("%d bytes are embedded; at most 700000 were agreed", n)
	}
}

func TestTablesAreRectangular(t *testing.T) {
	for name, data := range map[string]string{"languages": languageData, "sectors": sectorData, "countries": countryData, "topics": topicData} {
		header, rows := table(data)
		for _, row := range rows {
			if len(row) != len(header) {
				t.Errorf("%s: %q has %d cells, the header %d", name, row[0], len(row), len(header))
			}
		}
	}
}

func TestVocabulariesAreSafeForConcurrentUse(t *testing.T) {
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			TopicName("05000000", "de")
			FindCountry("مصر")
			FindSector("Energy", "")
			LanguageName("ar", "en")
		})
	}
	group.Wait()
}
