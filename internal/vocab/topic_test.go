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
		{"05000000", "de", "Erziehung, Ausbildung"}, {"medtop:05000000", "en-GB", "education"}, {"05000000", "ja", "教育"}, {"20000003", "ja", "animation"},
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

func TestNamesSayWhoseTheyAre(t *testing.T) {
	for _, c := range []struct {
		code, language string
		want           Origin
	}{{"05000000", "de", Official}, {"05000000", "en", Official}, {"05000000", "zh-TW", Derived}, {"05000000", "ko", Ours}, {"20001130", "ms", Ours}, {"20001361", "de", Ours}, {"20000003", "ko", Fallback}, {"99999999", "en", Fallback}} {
		if _, got := TopicLabel(c.code, c.language); got != c.want {
			t.Errorf("%s in %s: %d, want %d", c.code, c.language, got, c.want)
		}
	}
	named := 0
	for _, root := range TopicChildren("") {
		for _, topic := range append(TopicChildren(root.Code), root) {
			for _, l := range Languages() {
				if name, origin := TopicLabel(topic.Code, l.Tag); !topic.Retired && (name == "" || origin == Fallback) {
					t.Errorf("%s has no name in %s", topic.Code, l.Tag)
				}
			}
			if !topic.Retired {
				named++
			}
		}
	}
	if named != 17+123 {
		t.Errorf("%d topics of the first two levels are in use", named)
	}
}

func TestTheTreeIsWalkedBothWays(t *testing.T) {
	if roots := TopicChildren(""); len(roots) != 17 {
		t.Errorf("%d roots", len(roots))
	}
	for code := range topics().topics {
		for _, child := range TopicChildren(code) {
			if above := TopicAncestors(child.Code); len(above) == 0 || above[0].Code != code {
				t.Errorf("above %s: %v", child.Code, above)
			}
		}
	}
	if above := TopicAncestors("medtop:20000209"); len(above) == 0 || above[len(above)-1].Code != "04000000" {
		t.Errorf("above products and services: %v", above)
	}
}

func TestTopicsAreFoundByTheBeginningOfAName(t *testing.T) {
	for beginning, want := range map[string]string{"EDUCATION": "05000000", "스포츠": "15000000", "Erziehung, Aus": "05000000", "体育": "15000000", "погод": "17000000", "쿠데타": "20000070", "クーデター": "20000070", "thảm sát": "20000071", "การสังหารหมู่": "20000071", "sukan": "15000000"} {
		if got := FindTopics(beginning, 5); len(got) == 0 || got[0].Code != want {
			t.Errorf("%s finds %v", beginning, got)
		}
	}
	if got := FindTopics(" ", 5); got != nil {
		t.Errorf("nothing finds %v", got)
	}
	if got := FindTopics("a", 3); len(got) != 3 {
		t.Errorf("%d found, 3 asked for", len(got))
	}
}

func TestTheDataStaysSmall(t *testing.T) {
	if n := len(languageData) + len(sectorData) + len(countryData) + len(topicData); n > 700_000 {
		t.Errorf("%d bytes are embedded; at most 700000 were agreed", n)
	}
}

func TestTablesAreRectangular(t *testing.T) {
	for name, data := range map[string]string{"languages": languageData, "sectors": sectorData, "countries": countryData, "topics": topicData, "own topics": ownTopicData} {
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
