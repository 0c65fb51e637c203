package text

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// Term is one thing a text can be found by. Words and the units of scripts
// without spaces count positions; several terms can stand at one. Start and End
// are the bytes of the analysed string that the term comes from, before folding:
// what to highlight.
type Term struct {
	Text       string
	Position   int
	Start, End int
}

// Prefixes of terms that are not the text itself. They are private characters,
// so no folded word begins so, and no two kinds meet.
const (
	unitPrefix  = "\ue000" // one unit of a script without spaces
	loosePrefix = "\ue010" // the word without the article and particles it is written together with
)

// maxWord bounds a word, in bytes: what is longer is no word, and only its
// beginning is kept.
const maxWord = 128

// Analyse returns the terms a text can be found by, ordered by position. Words
// of spaced scripts are terms as they are, folded; Arabic words also without the
// article. In scripts without spaces every two neighbouring units are a term, at
// the position of the first, and every unit is one by itself: dictionaries split
// new names one way in a text and another way in a query, pairs never do.
//
// language is a hint for what script cannot tell; "" is allowed.
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
	a := analysis{cursor: newCursor(s), document: true, emit: f}
	a.run()
}

// AnalyseQuery returns the terms that must stand at these positions, relative
// to each other, for a text to contain s; of several at one position, any. With
// loose, Arabic words are found with and without the article and the particles
// written together with it; without, s is found as it is written.
func AnalyseQuery(language, s string, loose bool) []Term {
	var terms []Term
	a := analysis{cursor: newCursor(s), loose: loose, emit: func(term []byte, position, start, end int) {
		terms = append(terms, Term{string(term), position, start, end})
	}}
	a.run()
	return terms
}

// Prefix returns what one of the terms of a text must begin with for the text to
// have a word that begins with s; a * behind it is allowed. It is not ok if s is
// more than one word. In scripts without spaces s can have one or two units:
// longer ones need no prefix, a query finds them inside of everything already.
func Prefix(s string) (prefix string, ok bool) {
	s = strings.TrimSuffix(s, "*")
	terms := AnalyseQuery("", s, false)
	if len(terms) != 1 {
		return "", false
	}
	prefix, _ = strings.CutPrefix(terms[0].Text, unitPrefix)
	return prefix, true
}

// piece is a word or unit of the run being read: its place among the run's
// folded bytes, and in the text.
type piece struct {
	from, to   int
	start, end int
}

// analysis reads a text run by run: words that are joined by points, colons and
// the like, or units that follow each other.
type analysis struct {
	cursor
	emit     func(term []byte, position, start, end int)
	document bool
	loose    bool

	position int     // of the first word or unit of the run
	folded   []byte  // the run
	words    []piece // in it; or
	units    []piece
	joint    string // what was read after a word and joins the next one to it
	scratch  []byte
}

// Bounds of a run. What is longer is taken in parts, in texts and queries alike.
const (
	maxWords = 64
	maxUnits = 256
)

func (a *analysis) run() {
	for a.next() {
		switch a.class {
		case letter, digit:
			a.endUnits(true)
			a.addToWord()
		case mark:
			a.addMark()
		case single, cluster:
			a.endWords()
			a.addUnit()
		default:
			a.endUnits(true)
			a.join()
		}
	}
	a.endWords()
	a.endUnits(true)
}

// joints join words to addresses and the like; a point or comma between two
// digits belongs to the number.
const joints = ".,@:/-_&+=?%#~"

// join reads what may join two words.
func (a *analysis) join() {
	switch {
	case len(a.words) == 0:
		return
	case a.joint == "" && a.r < utf8.RuneSelf && strings.IndexByte(joints, byte(a.r)) >= 0:
		i := strings.IndexByte(joints, byte(a.r))
		a.joint = joints[i : i+1]
	case a.joint == ":" && a.r == '/':
		a.joint = "://"[:2]
	case a.joint == ":/" && a.r == '/':
		a.joint = "://"
	default:
		a.endWords()
	}
}

func (a *analysis) addToWord() {
	if a.joint != "" {
		last := a.folded[len(a.folded)-1]
		inNumber := (a.joint == "." || a.joint == ",") && isDigit(last) && a.r < utf8.RuneSelf && isDigit(byte(a.r))
		switch {
		case inNumber:
			a.folded = append(a.folded, a.joint...)
			a.extendWord()
			return
		case a.joint == "," || len(a.words) == maxWords:
			a.endWords()
		default:
			a.folded = append(a.folded, a.joint...)
			a.startWord()
			return
		}
	}
	if len(a.words) == 0 {
		a.startWord()
		return
	}
	a.extendWord()
}

func (a *analysis) startWord() {
	n := len(a.folded)
	a.words = append(a.words, piece{n, n, a.start, a.end})
	a.extendWord()
}

func (a *analysis) extendWord() {
	a.joint = ""
	w := &a.words[len(a.words)-1]
	if w.to-w.from < maxWord {
		a.folded = utf8.AppendRune(a.folded, a.r)
		w.to = len(a.folded)
	}
	w.end = a.end
}

func (a *analysis) addMark() {
	switch {
	case len(a.units) > 0:
		u := &a.units[len(a.units)-1]
		if u.to-u.from < maxWord {
			a.folded = utf8.AppendRune(a.folded, a.r)
			u.to = len(a.folded)
		}
		u.end = a.end
	case len(a.words) > 0 && a.joint == "":
		a.extendWord()
	default:
		a.endWords()
	}
}

func (a *analysis) addUnit() {
	if len(a.units) == maxUnits {
		a.endUnits(false)
	}
	n := len(a.folded)
	a.folded = utf8.AppendRune(a.folded, a.r)
	a.units = append(a.units, piece{n, len(a.folded), a.start, a.end})
}

func isDigit(b byte) bool { return b >= '0' && b <= '9' }

// endWords makes terms of a run of words.
func (a *analysis) endWords() {
	if len(a.words) == 0 {
		return
	}
	for _, w := range a.words {
		a.word(w)
		a.position++
	}
	a.words, a.folded, a.joint = a.words[:0], a.folded[:0], ""
}

func (a *analysis) word(w piece) {
	word := a.folded[w.from:w.to]
	bare, arabic := stripArticle(word)
	if a.document || !a.loose || !arabic {
		a.emit(word, a.position, w.start, w.end)
	}
	if arabic && (a.document || a.loose) {
		a.emitPrefixed(loosePrefix, bare, 0, w)
	}
}

func (a *analysis) emitPrefixed(prefix string, term []byte, offset int, w piece) {
	a.scratch = append(append(a.scratch[:0], prefix...), term...)
	a.emit(a.scratch, a.position+offset, w.start, w.end)
}

// endUnits makes terms of a run in a script without spaces. If it is not whole
// yet, its last unit stays, to stand before the next.
func (a *analysis) endUnits(whole bool) {
	n := len(a.units)
	if n == 0 {
		return
	}
	if !whole {
		n--
	}
	for i, u := range a.units[:n] {
		if a.document || len(a.units) == 1 {
			a.emitPrefixed(unitPrefix, a.folded[u.from:u.to], i, u)
		}
		if i+1 < len(a.units) {
			next := a.units[i+1]
			a.emit(a.folded[u.from:next.to], a.position+i, u.start, next.end)
		} else if a.document {
			a.emit(a.folded[u.from:u.to], a.position+i, u.start, u.end) // what a prefix of one unit finds
		}
	}
	a.position += n
	rest := a.folded[:0]
	if n < len(a.units) {
		last := a.units[n]
		rest = append(rest, a.folded[last.from:last.to]...)
		a.units[0] = piece{0, len(rest), last.start, last.end}
	}
	a.units, a.folded = a.units[:len(a.units)-n], rest
}

// articles are the Arabic article and the particles written together with it,
// longest first, after folding.
var articles = [][]byte{[]byte("وبال"), []byte("فبال"), []byte("وال"), []byte("فال"), []byte("بال"), []byte("كال"), []byte("ولل"), []byte("ال"), []byte("لل")}

// stripArticle returns an Arabic word without its article; at least three
// letters stay. It reports whether the word is Arabic at all.
func stripArticle(w []byte) ([]byte, bool) {
	r, _ := utf8.DecodeRune(w)
	if r < 0x600 || r > 0x6ff {
		return w, false
	}
	for _, p := range articles {
		if rest, ok := bytes.CutPrefix(w, p); ok && utf8.RuneCount(rest) >= 3 {
			return rest, true
		}
	}
	return w, true
}
