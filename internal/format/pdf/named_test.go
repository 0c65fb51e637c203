package pdf

import (
	"testing"

	"github.com/wireroom/wireroom/internal/format"
	"github.com/wireroom/wireroom/internal/wire"
)

func TestNamesWithinALineKeepTogether(t *testing.T) {
	it := &wire.Item{Action: wire.Correct, Reason: "The year was <wrong>.", Changes: []wire.Change{{Field: "headline", Old: "a (b)", New: "c"}}}
	it.Organisation, it.Provider = "Halden & Söhne", &wire.Credit{Name: "Meridian <Press>", Line: "Meridian <Press> / “Sea”"}
	d := &document{item: it}
	for line, want := range map[string][]format.Run{
		"":                             {{}},
		"النص":                         {{Text: "النص"}},
		"السبب: The year was <wrong>.": {{Text: "السبب: "}, {Text: "The year was <wrong>.", Marks: format.Marks{Isolate: 1}}},
		"مقدم من Meridian <Press>.":    {{Text: "مقدم من "}, {Text: "Meridian <Press>", Marks: format.Marks{Isolate: 1}}, {Text: "."}},
		"Meridian <Press> / “Sea”":     {{Text: "Meridian <Press> / “Sea”", Marks: format.Marks{Isolate: 1}}},
		"كان a (b)":                    {{Text: "كان "}, {Text: "a (b)", Marks: format.Marks{Isolate: 1}}},
	} {
		got := d.named(line)
		if len(got) != len(want) {
			t.Errorf("%q: %+v", line, got)
			continue
		}
		for i := range got {
			if got[i] != want[i] {
				t.Errorf("%q: %+v, want %+v", line, got[i], want[i])
			}
		}
	}
}
