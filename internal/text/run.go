package text

import (
	"strings"
	"sync"
	"unicode/utf8"
)

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
	tongue   tongue
	document bool
	loose    bool

	position int    // of the first word or unit of the run
	joint    string // what was read after a word and joins the next one to it
	before   hangul // the end of the run before
	buffers
}

// buffers are what an analysis leaves to the next one. Their size is bounded by
// that of a run.
type buffers struct {
	folded  []byte  // the run
	words   []piece // in it; or
	units   []piece
	wholes  []whole
	scratch []byte
}

var spare = sync.Pool{New: func() any { return new(analysis) }}

// analyse runs an analysis with buffers of one before it.
func analyse(with analysis) {
	a := spare.Get().(*analysis)
	with.buffers = a.buffers
	*a = with
	a.run()
	*a = analysis{buffers: a.buffers}
	spare.Put(a)
}

// Bounds of a run and of a word. What is longer is taken in parts, in texts and
// queries alike; of what is too long for a word only the beginning is kept.
const (
	maxWords = 64
	maxUnits = 256
	maxWord  = 128
)

func (a *analysis) run() {
	for a.takeASCII(); a.next(); a.takeASCII() {
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
			if len(a.units) > 0 && joinsUnits(a.r) {
				continue
			}
			a.endUnits(true)
			a.join()
		}
	}
	a.endWords()
	a.endUnits(true)
}

// takeASCII takes what is ASCII at the cursor, whole words at a time. A character
// before one that is not is left to the cursor: it may be a mark.
func (a *analysis) takeASCII() {
	if a.rest != "" {
		return
	}
	for s := a.s; a.at < len(s); {
		from := a.at
		end := from
		for end < len(s) && isASCIIWord[s[end]] {
			end++
		}
		inWord := end > from
		if !inWord {
			end++
		}
		if end < len(s) && s[end] >= utf8.RuneSelf {
			end--
		}
		if s[from] >= utf8.RuneSelf || end == from {
			return
		}
		a.start, a.end, a.r = from, from+1, rune(s[from])
		a.at, a.size = end, 0
		a.endUnits(true)
		if !inWord {
			a.join()
			continue
		}
		a.r |= lowerBit
		a.addToWord()
		w := &a.words[len(a.words)-1]
		n := len(a.folded)
		a.folded = append(a.folded, s[from+1:min(end, from+1+max(0, maxWord-(w.to-w.from)))]...)
		for i := n; i < len(a.folded); i++ {
			a.folded[i] |= lowerBit
		}
		w.to, w.end = len(a.folded), end
	}
}

// isASCIIWord reports ASCII letters and digits. lowerBit makes a letter of them
// lower case, and leaves a digit.
var isASCIIWord = func() (is [256]bool) {
	for _, b := range []byte("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") {
		is[b] = true
	}
	return is
}()

const lowerBit = 0x20

// joints join words to addresses and the like; a point or comma between two
// digits belongs to the number.
const joints = ".,@:/-_&+=?%#~"

// join reads what may join two words.
func (a *analysis) join() {
	a.before.see(a.r)
	switch {
	case len(a.words) == 0:
		return
	case a.joint == "" && a.r < utf8.RuneSelf && strings.IndexByte(joints, byte(a.r)) >= 0:
		i := strings.IndexByte(joints, byte(a.r))
		a.joint = joints[i : i+1]
	case a.joint == ":" && a.r == '/':
		a.joint = ":/"
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

func isDigit(b byte) bool { return b >= '0' && b <= '9' }

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
			toneBeforeAm(a.folded[u.from:], a.r)
			u.to = len(a.folded)
		}
		u.end = a.end
	case len(a.words) > 0 && a.joint == "":
		a.extendWord()
	default:
		a.endWords()
	}
}

// emitAs gives a term made of a prefix and some bytes, at a place after the
// beginning of the run.
func (a *analysis) emitAs(prefix string, term []byte, offset int, at piece) {
	a.scratch = append(append(a.scratch[:0], prefix...), term...)
	a.emit(a.scratch, a.position+offset, at.start, at.end)
}
