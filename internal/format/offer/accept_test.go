package offer_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/wireroom/wireroom/internal/format/offer"
)

func TestAClientGetsTheTypeThatItValuesMost(t *testing.T) {
	media := []string{"application/json", "text/plain; charset=utf-8", "application/nitf+xml", "application/pdf", "text/plain; charset=iso-8859-1"}
	for accept, want := range map[string]int{
		"":                0,
		"*/*":             0,
		"application/pdf": 3,
		"APPLICATION/PDF": 3,
		"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8": 0, // a browser
		"text/*":                                               1,
		"text/plain; charset=ISO-8859-1":                       4,
		"text/plain;charset=utf-16":                            -1,
		"application/pdf;q=0.4, text/plain;q=0.5":              1,
		"application/*;q=0.9, application/json;q=0.1":          2, // the narrowest range counts
		"*/*;q=0.1, application/json;q=0":                      1,
		"application/pdf;q=0":                                  -1,
		"image/png":                                            -1,
		"image/png, */*;q=0.001":                               0,
		"application/pdf;q=2":                                  0, // what cannot be read asks for nothing
		"nonsense":                                             0,
		`application/pdf;title="a,b;q=0"`:                      -1, // no such title
		" , ,application/nitf+xml":                             2,
		strings.Repeat("image/png,", 1000) + "application/pdf": -1,
	} {
		if got := offer.Choose(accept, media); got != want {
			t.Errorf("%.80q: %d, want %d", accept, got, want)
		}
	}
}

// What is chosen is never what the client refused, and without an answer there is
// nothing that it takes.
func TestWhatIsChosenWasAskedFor(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var media []string
		for _, f := range offer.All() {
			media = append(media, f.Media)
		}
		wanted := rapid.SampledFrom(media).Draw(t, "wanted")
		refused := rapid.SampledFrom(media).Draw(t, "refused")
		base, _, _ := strings.Cut(wanted, ";")
		bad, _, _ := strings.Cut(refused, ";")
		if base == bad {
			return
		}
		got := offer.Choose(bad+";q=0, "+base+";q=0.3", media)
		if got < 0 || !strings.HasPrefix(media[got], base) {
			t.Fatalf("%d", got)
		}
		if got := offer.Choose(bad+";q=0", []string{refused}); got != -1 {
			t.Fatalf("%s is sent all the same", refused)
		}
	})
}

func FuzzAccept(f *testing.F) {
	f.Add(`text/plain;q=0.5, application/*;q="1", */*`)
	f.Add(`a/b;c="d,e\"`)
	f.Fuzz(func(t *testing.T, accept string) {
		if got := offer.Choose(accept, []string{"text/plain; charset=utf-8", "application/pdf"}); got < -1 || got > 1 {
			t.Fatal(got)
		}
	})
}
