package text

import (
	"strings"
	"unicode/utf8"
)

// Term is one thing a text can be found by. Words and the units of scripts
// without spaces count positions; several terms can stand at one.
type Term struct {
	Text     string
	Position int
}

// Prefixes of terms that are not the text itself. No folded word begins so.
const (
	loosePrefix = "~" // the word without the article and particles it is written together with
	unitPrefix  = "1" + "\x00"
)

// maxWord bounds a word, in bytes: what is longer is no word, and only its
// beginning is kept.
const maxWord = 128

// Analyse returns the terms a text can be found by, in order. Words of spaced
// scripts are terms as they are, folded; Arabic words also without the article.
// In scripts without spaces every two neighbouring units are a term, at the
// position of the first, and every unit is one by itself: dictionaries split
// new names one way in a text and another way in a query, pairs never do.
//
// language is a hint for what script cannot tell; "" is allowed.
func Analyse(language, s string) []Term {
	a := analysis{document: true}
	a.run(Fold(s))
	return a.terms
}

// AnalyseQuery returns the terms that must stand at these positions, relative
// to each other, for a text to contain s. With loose, Arabic words are found
// with and without the article and the particles written together with it.
func AnalyseQuery(language, s string, loose bool) []Term {
	a := analysis{loose: loose}
	a.run(Fold(s))
	return a.terms
}

type analysis struct {
	document bool
	loose    bool
	terms    []Term
	position int
	units    []string // of the present run in a script without spaces
}

func (a *analysis) run(s string) {
	for s != "" {
		r, size := utf8.DecodeRuneInString(s)
		switch classOf(r) {
		case letter, digit:
			a.flush()
			n := wordEnd(s)
			a.word(s[:n])
			s = s[n:]
		case single:
			n := size + marksEnd(s[size:])
			a.units = append(a.units, s[:n])
			s = s[n:]
		case cluster:
			n := size + marksEnd(s[size:])
			a.units = append(a.units, s[:n])
			s = s[n:]
		default:
			a.flush()
			s = s[size:]
		}
	}
	a.flush()
}

// wordEnd is where the word ends that s begins with: letters, digits and marks;
// a point or comma between two digits belongs to the number.
func wordEnd(s string) int {
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		switch classOf(r) {
		case letter, digit, mark:
			i += size
		default:
			if (r == '.' || r == ',') && i > 0 && i+1 < len(s) && isDigit(s[i-1]) && isDigit(s[i+1]) {
				i++
				continue
			}
			return i
		}
	}
	return len(s)
}

func isDigit(b byte) bool { return b >= '0' && b <= '9' }

func marksEnd(s string) int {
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		if classOf(r) != mark {
			return i
		}
		i += size
	}
	return len(s)
}

func (a *analysis) word(w string) {
	if len(w) > maxWord {
		w = w[:maxWord]
		for !utf8.ValidString(w) {
			w = w[:len(w)-1]
		}
	}
	bare, arabic := stripArticle(w)
	switch {
	case a.document:
		a.add(w, 0)
		if arabic {
			a.add(loosePrefix+bare, 0)
		}
	case a.loose && arabic:
		a.add(loosePrefix+bare, 0)
	default:
		a.add(w, 0)
	}
	a.position++
}

// flush ends a run in a script without spaces.
func (a *analysis) flush() {
	for i, u := range a.units {
		if a.document || len(a.units) == 1 {
			a.add(unitPrefix+u, i)
		}
		if i+1 < len(a.units) {
			a.add(u+a.units[i+1], i)
		}
	}
	a.position += len(a.units)
	a.units = a.units[:0]
}

func (a *analysis) add(s string, offset int) {
	a.terms = append(a.terms, Term{strings.Clone(s), a.position + offset})
}

// articles are the Arabic article and the particles written together with it,
// longest first, after folding.
var articles = []string{"وبال", "فبال", "وال", "فال", "بال", "كال", "ولل", "ال", "لل"}

// stripArticle returns an Arabic word without its article; at least three
// letters stay. It reports whether the word is Arabic at all.
func stripArticle(w string) (string, bool) {
	r, _ := utf8.DecodeRuneInString(w)
	if r < 0x600 || r > 0x6ff {
		return w, false
	}
	for _, p := range articles {
		if rest, ok := strings.CutPrefix(w, p); ok && utf8.RuneCountInString(rest) >= 3 {
			return rest, true
		}
	}
	return w, true
}
