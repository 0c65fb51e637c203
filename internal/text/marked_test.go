package text_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/wireroom/wireroom/internal/text"
)

// A pair of Hangul syllables is the same joined pair with a space in it and
// without; nothing else is one.
func TestPairsOfHangulAreJoinedAcrossSpaces(t *testing.T) {
	joined := func(s string) (all []string) {
		text.Each("ko", s, func(term []byte, position, _, _ int) {
			if pair, ok := text.Joined(term); ok {
				if !text.Marked([]byte(pair)) {
					t.Errorf("%q is taken for what stands in the text", pair)
				}
				all = append(all, fmt.Sprint(position, []rune(pair)[1:]))
			}
		})
		return all
	}
	if a, b := joined("삼성전자"), joined("삼성 전자"); len(a) != 3 || fmt.Sprint(a) != fmt.Sprint(b) {
		t.Errorf("joined pairs are %v, with a space %v", a, b)
	}
	for _, s := range []string{"삼성, 전자", "삼성  전자"} { // no single space
		if n := len(joined(s)); n != 2 {
			t.Errorf("%q has %d joined pairs", s, n)
		}
	}
	for _, s := range []string{"삼", "東京", "東 京", "EV 株", "โรง"} {
		if got := joined(s); got != nil {
			t.Errorf("%q has %v", s, got)
		}
	}
}

// The units of a term are those that the text itself gives at the term's places.
func TestUnitsAreWhatATermIsMadeOf(t *testing.T) {
	files, err := filepath.Glob("testdata/found/*.txt")
	if err != nil || len(files) < 15 {
		t.Fatalf("%d texts, %v", len(files), err)
	}
	pairs := 0
	for _, name := range files {
		content, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		language := filepath.Base(name[:len(name)-len(".txt")])
		at := map[int]string{} // the units by their positions
		terms := text.Analyse(language, string(content))
		for _, term := range terms {
			if units := text.Units(term.Text); len(units) == 1 && text.Marked([]byte(term.Text)) {
				at[term.Position] = units[0]
			}
		}
		for _, term := range terms {
			if text.Marked([]byte(term.Text)) {
				continue
			}
			units := text.Units(term.Text)
			if (at[term.Position] == "") != (len(units) == 0) {
				t.Errorf("%s: %q has the units %q, the text %q", language, term.Text, units, at[term.Position])
			}
			for i, unit := range units {
				if unit != at[term.Position+i] {
					t.Errorf("%s: %q has the units %q, the text %q", language, term.Text, units, at[term.Position+i])
				}
			}
			pairs += len(units) / 2
		}
	}
	if pairs == 0 {
		t.Error("there was no pair")
	}
}
