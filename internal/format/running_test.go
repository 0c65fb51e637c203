package format_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/wireroom/wireroom/internal/format"
	"github.com/wireroom/wireroom/internal/format/formattest"
	"github.com/wireroom/wireroom/internal/wire"
)

func TestRunningTextIsRuns(t *testing.T) {
	plain := format.Marks{}
	strong := format.Marks{Strong: true}
	link := format.Marks{Strong: true, Link: "https://a.example/?a=1&b=2"}
	for in, want := range map[wire.Inline][]format.Run{
		"":                                      nil,
		"a &lt;":                                {{Text: "a <", Marks: plain}},
		"a<strong>b</strong><strong>c</strong>": {{Text: "a", Marks: plain}, {Text: "bc", Marks: strong}},
		`<strong>b<a href="https://a.example/?a=1&amp;b=2">c</a></strong>d`: {{Text: "b", Marks: strong}, {Text: "c", Marks: link}, {Text: "d", Marks: plain}},
		"<bdi>a</bdi><bdi>b</bdi>": {{Text: "a", Marks: format.Marks{Isolate: 1}}, {Text: "b", Marks: format.Marks{Isolate: 2}}},
		"a<br>b":                   {{Text: "a", Marks: plain}, {Text: "\n", Break: true, Marks: plain}, {Text: "b", Marks: plain}},
		"<sub>a<sup>b</sup></sub>": {{Text: "a", Marks: format.Marks{Sub: true}}, {Text: "b", Marks: format.Marks{Sup: true}}},
	} {
		if got := format.Runs(in); !slices.Equal(got, want) {
			t.Errorf("%s: %+v, want %+v", in, got, want)
		}
	}
}

// Runs lose no word and no look, and put together they are text that the wire
// may carry.
func TestRunsPutTogetherSayTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := formattest.Running(t, "text")
		out := format.Inline(format.Runs(in))
		if err := out.Check(); err != nil {
			t.Fatalf("%s became %s: %v", in, out, err)
		}
		a, b := wire.Item{Edition: wire.Edition{Body: []wire.Block{{Text: in}}}}, wire.Item{Edition: wire.Edition{Body: []wire.Block{{Text: out}}}}
		formattest.Flat(&a)
		formattest.Flat(&b)
		if a.Body[0].Text != b.Body[0].Text {
			t.Fatalf("%s became %s", a.Body[0].Text, b.Body[0].Text)
		}
	})
}

func TestNamesWithinALineKeepTogether(t *testing.T) {
	it := &wire.Item{Action: wire.Correct, Reason: "The year was <wrong>.", Changes: []wire.Change{{Field: "headline", Old: "a (b)", New: "c"}}}
	it.Organisation, it.Provider = "Halden & Söhne", &wire.Credit{Name: "Meridian <Press>", Line: "Meridian <Press> / “Sea”"}
	for line, want := range map[string][]format.Run{
		"":                             {{}},
		"النص":                         {{Text: "النص"}},
		"السبب: The year was <wrong>.": {{Text: "السبب: "}, {Text: "The year was <wrong>.", Marks: format.Marks{Isolate: 1}}},
		"مقدم من Meridian <Press>.":    {{Text: "مقدم من "}, {Text: "Meridian <Press>", Marks: format.Marks{Isolate: 1}}, {Text: "."}},
		"Meridian <Press> / “Sea”":     {{Text: "Meridian <Press> / “Sea”", Marks: format.Marks{Isolate: 1}}},
		"كان a (b)":                    {{Text: "كان "}, {Text: "a (b)", Marks: format.Marks{Isolate: 1}}},
	} {
		if got := format.Named(line, it); !slices.Equal(got, want) {
			t.Errorf("%q: %+v, want %+v", line, got, want)
		}
	}
}
