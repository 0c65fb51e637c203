package text_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/wireroom/wireroom/internal/text"
)

// headlines are the lines of testdata/headlines.txt, each with its language.
func headlines(t *testing.T) (languages, lines []string) {
	t.Helper()
	data, err := os.ReadFile("testdata/headlines.txt")
	if err != nil {
		t.Fatal(err)
	}
	language := ""
	for line := range strings.Lines(string(data)) {
		switch line = strings.TrimSpace(line); {
		case line == "", line[0] == '#':
		case line[0] == '[':
			language = strings.Trim(line, "[]")
		default:
			languages, lines = append(languages, language), append(lines, line)
		}
	}
	return languages, lines
}

// What is guessed of headlines stands in a golden file: how often it is right, at
// which confidence, and every mistake.
func TestLanguagesOfHeadlines(t *testing.T) {
	languages, lines := headlines(t)
	var mistakes strings.Builder
	var right, all [10]int
	for i, line := range lines {
		g := text.Detect(line)
		tenth := min(9, int(10*g.Confidence))
		all[tenth]++
		if g.Language == languages[i] {
			right[tenth]++
		} else {
			fmt.Fprintf(&mistakes, "%s is taken for %q (%.2f): %s\n", languages[i], g.Language, g.Confidence, line)
		}
	}
	var b strings.Builder
	n := 0
	for tenth := range all {
		n += right[tenth]
		fmt.Fprintf(&b, "confidence from .%d: %d of %d right\n", tenth, right[tenth], all[tenth])
	}
	fmt.Fprintf(&b, "all: %d of %d right\n%s", n, len(lines), mistakes.String())
	golden(t, "testdata/headlines.golden", b.String())
	// Where the desk is told that a text reads as something else, that must
	// nearly always be so.
	if sure := float64(right[9]) / float64(all[9]); sure < 0.95 {
		t.Errorf("of guesses with a confidence of .9 and more only %.2f are right", sure)
	}
}

func FuzzDetect(f *testing.F) {
	for _, s := range []string{"", "東証続落", "ООН", "\xff", "a\u0301\u0301", "ﷺ", "Gia hop dong", "台"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		g := text.Detect(s)
		if g != text.Detect(s) {
			t.Fatalf("%q: two guesses", s)
		}
		if !(g.Confidence >= 0 && g.Confidence < 1) || (g.Language == "") != (g.Confidence == 0) {
			t.Fatalf("%q: %+v", s, g)
		}
	})
}

func FuzzConvert(f *testing.F) {
	for _, s := range []string{"头发发展", "皇后後", "\xff里程", "干乾"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, to := range []string{"zh-Hans", "zh-Hant", "zh-TW", "zh-HK", "en"} {
			got := text.Convert(s, to)
			if utf8.ValidString(s) != utf8.ValidString(got) || len(got) > 8*len(s) {
				t.Fatalf("%q in %s is %q", s, to, got)
			}
		}
	})
}

func FuzzShorten(f *testing.F) {
	f.Add("A sentence. Another one.", 12)
	f.Add("ข่าวดีสำหรับทุกคน", 9)
	f.Fuzz(func(t *testing.T, s string, limit int) {
		limit = 2 + (limit&0x7fffffff)%500
		got := text.Shorten(s, limit)
		if utf8.RuneCountInString(got) > limit {
			t.Fatalf("%q in %d is %q", s, limit, got)
		}
	})
}
