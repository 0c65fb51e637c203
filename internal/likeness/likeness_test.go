package likeness

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/wireroom/wireroom/internal/wire"
)

// prose is a text of words that are drawn as words are used: few often, many
// seldom.
func prose(r *rand.Rand, language string, n int) string {
	zipf := rand.NewZipf(r, 1.2, 8, 5000)
	var b strings.Builder
	for range n {
		k := zipf.Uint64()
		switch language {
		case "ja":
			b.WriteString(string(rune(0x4e00+k)) + string(rune(0x4e00+(k*7)%3000)))
		case "th":
			b.WriteString(string(rune(0x0e01+k%40)) + string(rune(0x0e01+(k*7)%40)) + string(rune(0x0e01+(k/40)%40)))
		case "ar":
			b.WriteString("ك" + string(rune(0x0628+k%20)) + string(rune(0x0628+(k/20)%20)) + string(rune(0x0628+(k*3)%20)) + " ")
		default:
			fmt.Fprintf(&b, "w%d ", k)
		}
	}
	return b.String()
}

func edition(language, text string) *wire.Edition {
	words := []rune(text)
	return &wire.Edition{Language: language, Headline: "A headline of its own", Body: []wire.Block{wire.P(string(words[:len(words)/2])), wire.P(string(words[len(words)/2:]))}}
}

func print(t *testing.T, e *wire.Edition) Print {
	t.Helper()
	p, ok := Of(e)
	if !ok {
		t.Fatal("the text has no print")
	}
	return p
}

func change(r *rand.Rand, text string, share float64) string {
	words := strings.Fields(text)
	for i := range words {
		if r.Float64() < share {
			words[i] = "zx" + words[i]
		}
	}
	return strings.Join(words, " ")
}

// What one release becomes at another wire is found, by the bands and by the
// share; and different releases are not taken for one another. The shares are
// those that a desk can rely on.
func TestTheSameReleaseIsFoundAgain(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, c := range []struct {
		name  string
		alter func(*wire.Edition, string) *wire.Edition
		found float64 // at least so many of them
	}{
		{"another dateline, boilerplate and disclaimer", func(e *wire.Edition, _ string) *wire.Edition {
			o := *e
			o.Dateline = wire.Dateline{City: "Hong Kong", Date: "2026-05-03", Mark: "OTHER"}
			o.Boilerplate, o.Disclaimer = []wire.Block{wire.P("About somebody else.")}, []wire.Block{wire.P("This article is provided by a third party.")}
			return &o
		}, 1},
		{"another headline and paragraphs joined", func(e *wire.Edition, text string) *wire.Edition {
			return &wire.Edition{Language: e.Language, Headline: "Quite another headline", Body: []wire.Block{wire.P(text)}}
		}, 1},
		{"2 % of the words changed", func(e *wire.Edition, text string) *wire.Edition { return edition(e.Language, change(r, text, .02)) }, .99},
		{"10 % of the words changed", func(e *wire.Edition, text string) *wire.Edition { return edition(e.Language, change(r, text, .10)) }, .80},
		{"the last third cut", func(e *wire.Edition, text string) *wire.Edition {
			runes := []rune(text)
			return edition(e.Language, string(runes[:len(runes)*2/3]))
		}, .93},
	} {
		found, strangers := 0, 0
		const tries = 200
		for range tries {
			text := prose(r, "en", 300)
			e := edition("en", text)
			p, q, other := print(t, e), print(t, c.alter(e, text)), print(t, edition("en", prose(r, "en", 300)))
			if share(p, q) && p.Like(&q) >= Near {
				found++
			}
			if p.Like(&other) >= Near {
				strangers++
			}
		}
		t.Logf("%s: %d of %d found", c.name, found, tries)
		if float64(found) < c.found*tries {
			t.Errorf("%s: %d of %d found", c.name, found, tries)
		}
		if strangers > 0 {
			t.Errorf("%d of %d different texts are taken for the same", strangers, tries)
		}
	}
}

func share(p, q Print) bool {
	a, b := p.Bands(), q.Bands()
	return slices.ContainsFunc(a[:], func(s string) bool { return slices.Contains(b[:], s) })
}

func TestEveryLanguageHasPrints(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for _, language := range []string{"en", "ja", "th", "ar"} {
		text := prose(r, language, 150)
		e := edition(language, text)
		p, other := print(t, e), print(t, edition(language, prose(r, language, 150)))
		runes := []rune(text)
		q := print(t, edition(language, string(runes[len(runes)/8:])))
		if got := p.Like(&q); got < 0.6 || !share(p, q) {
			t.Errorf("%s: with its beginning cut off %.2f alike", language, got)
		}
		if got := p.Like(&other); got >= Near {
			t.Errorf("%s: another text is %.2f alike", language, got)
		}
	}
}

func TestAShortTextHasNoPrint(t *testing.T) {
	if _, ok := Of(&wire.Edition{Language: "en", Headline: "Trading halted", Body: []wire.Block{wire.P("More follows.")}}); ok {
		t.Error("a flash has a print")
	}
}

func TestPrintsAreKeptAsBytes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var p Print
		for i := range p {
			p[i] = rapid.Uint32().Draw(t, "place")
		}
		q, ok := Parse(p.Bytes())
		if !ok || q != p || p.Like(&q) != 1 || q.Bands() != p.Bands() {
			t.Fatal("another print came back")
		}
	})
	if _, ok := Parse(make([]byte, 255)); ok {
		t.Error("255 bytes are a print")
	}
}

func BenchmarkOf(b *testing.B) {
	e := edition("en", prose(rand.New(rand.NewPCG(1, 2)), "en", 590))
	for b.Loop() {
		Of(e)
	}
}
