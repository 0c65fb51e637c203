package subject_test

import (
	"flag"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/wireroom/wireroom/internal/subject"
	"github.com/wireroom/wireroom/internal/vocab"
	"github.com/wireroom/wireroom/internal/wire"
)

var update = flag.Bool("update", false, "write the golden files")

func edition(language, headline, body string) *wire.Edition {
	return &wire.Edition{Language: language, Headline: headline, Body: []wire.Block{wire.P(body)}}
}

// What is suggested for the labelled texts stands in a golden file: how often it
// is right, how much of what a desk would give it finds, and every mistake.
func TestSuggestionsForLabelledTexts(t *testing.T) {
	data, err := os.ReadFile("testdata/labelled.tsv")
	if err != nil {
		t.Fatal(err)
	}
	var mistakes strings.Builder
	texts, right, wrong, missed := 0, 0, 0, 0
	for line := range strings.Lines(string(data)) {
		cells := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if line[0] == '#' || cells[0] == "language" {
			continue
		}
		texts++
		want := strings.Fields(cells[3])
		for _, s := range subject.Suggest(edition(cells[0], cells[1], cells[2])) {
			if i := slices.Index(want, s.Code); i >= 0 {
				want = slices.Delete(want, i, i+1)
				right++
				continue
			}
			wrong++
			fmt.Fprintf(&mistakes, "%s: %s %s because of %s: %s\n", cells[0], s.Code, vocab.TopicName(s.Code, "en"), words(s), cells[1])
		}
		for _, code := range want {
			missed++
			fmt.Fprintf(&mistakes, "%s: not %s %s: %s\n", cells[0], code, vocab.TopicName(code, "en"), cells[1])
		}
	}
	precision, recall := float64(right)/float64(right+wrong), float64(right)/float64(right+missed)
	got := fmt.Sprintf("%d texts: precision %.3f, recall %.3f\n%s", texts, precision, recall, mistakes.String())
	const golden = "testdata/labelled.golden"
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if want, err := os.ReadFile(golden); err != nil || got != string(want) {
		t.Errorf("the suggestions have changed (%v); if that is meant, -update:\n%s", err, got)
	}
}

func words(s subject.Suggestion) string {
	var all []string
	for _, e := range s.Evidence {
		all = append(all, e.Words)
	}
	return strings.Join(all, ", ")
}

func TestASuggestionSaysWhy(t *testing.T) {
	e := edition("en", "Earthquakes hit the coast", "The earthquake was of Magnitude 6. An earthquake followed.")
	want := []subject.Suggestion{{Code: "20000153", Score: 6, Evidence: []subject.Evidence{
		{Words: "Earthquakes", Headline: true, Times: 3}, {Words: "Magnitude", Times: 1},
	}}}
	if got := subject.Suggest(e); !reflect.DeepEqual(got, want) {
		t.Errorf("suggested %+v, want %+v", got, want)
	}
}

func TestNothingIsSuggestedByChance(t *testing.T) {
	for _, e := range []*wire.Edition{
		edition("en", "Annual meeting", "An earthquake was mentioned once."),
		edition("it", "Terremoto nel nord", "Il terremoto. Il terremoto. Il terremoto."), // not a language of the wire
		edition("", "Earthquake", "Earthquake"),
		edition("en", "", ""),
		{Language: "en"},
	} {
		if got := subject.Suggest(e); len(got) > 0 {
			t.Errorf("%s: suggested %+v", e.Headline, got)
		}
	}
}

func TestCuesNameTopicsInUse(t *testing.T) {
	data, err := os.ReadFile("data/cues.tsv")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(data)) {
		code, rest, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		if code[0] == '#' || code == "code" {
			continue
		}
		if topic, ok := vocab.LookupTopic(code); !ok || topic.Retired {
			t.Errorf("%s is no topic in use", code)
		}
		if cells := strings.Split(rest, "\t"); len(cells) != 14 || slices.Contains(cells, "") {
			t.Errorf("%s: a language is missing", code)
		}
	}
}

func FuzzSuggest(f *testing.F) {
	f.Add("en", "Earthquake hits", "earthquake earthquake")
	f.Add("ja", "日銀、金利", "金利")
	f.Add("zh-Hant", "\xff", "\x00")
	f.Fuzz(func(t *testing.T, language, headline, body string) {
		e := edition(language, headline, body)
		got := subject.Suggest(e)
		if len(got) > subject.Most || !reflect.DeepEqual(got, subject.Suggest(e)) {
			t.Fatalf("%q %q: %+v", headline, body, got)
		}
		for _, s := range got {
			if s.Score < subject.Least || len(s.Evidence) == 0 {
				t.Fatalf("%q %q: %+v", headline, body, s)
			}
			for _, e := range s.Evidence {
				if e.Words == "" || !strings.Contains(headline+"\n"+body, e.Words) {
					t.Fatalf("%q does not stand in the text", e.Words)
				}
			}
		}
	})
}
