package text

import "strings"

// Term is one thing a text can be found by. Words and the units of scripts
// without spaces count positions; several terms can stand at one. Start and End
// are the bytes of the analysed string that the term comes from, before folding:
// what to highlight.
//
// A term holds letters, marks and digits, in numbers and addresses also the
// signs within them; no spaces. A private character before it says that it is
// not the text itself but a unit, a stem or another form.
type Term struct {
	Text       string
	Position   int
	Start, End int
}

// Prefixes of terms that are not the text itself. They are private characters,
// which end a word, so no text begins so, and no two kinds meet.
const (
	unitPrefix   = "\ue000" // one unit of a script without spaces
	plainPrefix  = "\ue001" // a word without the marks on its letters
	spacedPrefix = "\ue002" // two Hangul syllables with a space between them
	joinedPrefix = "\ue003" // two Hangul syllables, with a space between them or without
	stemPrefix   = '\ue010' // a stem; one such character for each stemmer
)

// IsWritten reports whether a term is the text itself, of which it may be a pair of
// units: what Prefix returns is never the beginning of another.
func IsWritten(term []byte) bool {
	return len(term) < 2 || term[0] != unitPrefix[0] || term[1] != unitPrefix[1]
}

// Analyse returns the terms a text can be found by, ordered by position.
//
// A word of a script with spaces is a term as it is, folded. Beside it stand its
// stem, if the language has a stemmer, or else its letters without their marks.
// E-mail addresses, host names and web addresses are terms of their own beside
// their words.
//
// In scripts without spaces every two neighbouring units are a term, at the
// position of the first, and every unit is one by itself: dictionaries split
// new names one way in a text and another way in a query, pairs never do. Han
// characters are those of Simplified Chinese.
//
// language is the text's as a BCP 47 tag; "" if it is not known. The number of
// terms is bounded by the length of s.
func Analyse(language, s string) []Term {
	var terms []Term
	Each(language, s, func(term []byte, position, start, end int) {
		terms = append(terms, Term{string(term), position, start, end})
	})
	return terms
}

// Each calls f with every term that Analyse returns, in the same order. A term
// is valid during the call only.
func Each(language, s string, f func(term []byte, position, start, end int)) {
	analyse(analysis{cursor: newCursor(s), tongue: tongueOf(language), document: true, emit: f})
}

// AnalyseQuery returns the terms that must stand at these positions, relative
// to each other, for a text to contain s. Several terms at one position are
// alternatives: any of them will do.
//
// With loose, words are also found in their other forms: plurals, cases,
// conjugations, the Arabic article; without marks, if s has none; Korean also
// where spaces are set otherwise. Without, s is found as it is written, but for
// case, width and the like. language is that of the texts looked for, if it is
// known: it saves alternatives and finds less by accident. With "", a word is
// looked for in the forms of every language of its script.
func AnalyseQuery(language, s string, loose bool) []Term {
	var terms []Term
	analyse(analysis{cursor: newCursor(s), tongue: tongueOf(language), loose: loose, emit: func(term []byte, position, start, end int) {
		terms = append(terms, Term{string(term), position, start, end})
	}})
	return terms
}

// Prefix returns what one of the terms of a text must begin with for the text to
// have a word that begins with s; a * behind it is allowed. It is not ok if s is
// more than one word. In scripts without spaces s can have one or two units:
// longer ones need no prefix, a query finds them inside of everything already.
func Prefix(s string) (prefix string, ok bool) {
	terms := AnalyseQuery("", strings.TrimSuffix(s, "*"), false)
	if len(terms) != 1 {
		return "", false
	}
	return strings.TrimPrefix(terms[0].Text, unitPrefix), true
}
