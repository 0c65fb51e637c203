package text

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// awkward are pieces of text that make the analysis work hardest for its size:
// what composes, expands, joins and never ends.
var awkward = []string{"a", "é", "e\u0301", "\u0301", "ا", "\u064e", "하 ", "하", "東", "กำ", "ก่", "เ", "a.", "a@", "a.b@c-d.", "a-", "a+", "a/", "://", "www.",
	"\u00ad", "\xff", "ﷺ", "1,", "1.", "・", "กั่", "ｶﾞ", "q\u0323\u0307", "𝐀", "ᄀ", "a_b.c/", "\u1e9b\u0323", " ", "_", "ﬃ", "ß", "ё"}

// The terms of a text and all they hold are bounded by its size, and what an
// analysis leaves to the next one by the size of a run: nobody can hand in a text
// that costs out of proportion.
func TestAnalysisIsBoundedByItsInput(t *testing.T) {
	const termsEach, bytesEach = 6, 48 // of a byte of text; ﷺ, three bytes, is eighteen letters
	check := func(t interface{ Fatalf(string, ...any) }, language, s string) {
		terms, bytes := 0, 0
		count := func(term []byte, _, _, _ int) { terms++; bytes += len(term) }
		Each(language, s, count)
		if terms > termsEach*len(s)+8 || bytes > bytesEach*len(s)+8*maxWord {
			t.Fatalf("%.40q, %d bytes: %d terms of %d bytes", s, len(s), terms, bytes)
		}
	}
	languages := []string{"", "en", "de", "ar", "ms", "ja", "th"}
	for _, piece := range awkward {
		for _, language := range languages {
			check(t, language, strings.Repeat(piece, (1<<16)/len(piece)))
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		parts := rapid.SliceOfN(rapid.SampledFrom(awkward), 1, 8).Draw(t, "parts")
		check(t, rapid.SampledFrom(languages).Draw(t, "language"), strings.Repeat(strings.Join(parts, ""), rapid.IntRange(1, 300).Draw(t, "times")))
	})
	a := analysis{cursor: newCursor(strings.Repeat(strings.Join(awkward, ""), 2000)), document: true, emit: func([]byte, int, int, int) {}}
	a.run()
	if n := cap(a.folded) + cap(a.scratch); n > 4*maxUnits*(maxWord+8) {
		t.Errorf("%d bytes are kept after an analysis", n)
	}
	if cap(a.words) > 2*maxWords || cap(a.units) > 2*maxUnits || cap(a.wholes) > 16*maxWords {
		t.Errorf("%d words, %d units and %d wholes are kept after an analysis", cap(a.words), cap(a.units), cap(a.wholes))
	}
}

// Analysing twice as much takes twice as many steps, not four times: terms are
// made once, whatever stands before them.
func TestAnalysisIsLinear(t *testing.T) {
	for _, piece := range awkward {
		count := func(n int) (terms int) {
			Each("", strings.Repeat(piece+" ", n), func([]byte, int, int, int) { terms++ })
			return terms
		}
		if once, twice := count(500), count(1000); twice > 2*once+2 {
			t.Errorf("%q: %d terms, then %d", piece, once, twice)
		}
	}
}
