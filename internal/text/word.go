package text

import (
	"bytes"
	"unicode/utf8"
)

// endWords makes terms of a run of words.
func (a *analysis) endWords() {
	if len(a.words) == 0 {
		return
	}
	if len(a.words) == 1 { // nearly always
		a.endWord(0)
	} else {
		a.endJoinedWords()
	}
	a.position += len(a.words)
	a.words, a.folded, a.joint = a.words[:0], a.folded[:0], ""
}

func (a *analysis) endJoinedWords() {
	a.findWholes()
	next := 0 // the first of the wholes not passed yet
	for i := 0; i < len(a.words); i++ {
		skip := 0
		for ; next < len(a.wholes) && a.wholes[next].first <= i; next++ {
			if h := a.wholes[next]; h.first == i && (a.document || skip == 0) {
				a.emit(a.folded[a.words[h.first].from:h.to], a.position+i, a.words[h.first].start, a.words[h.last].end)
				skip = h.last - h.first + 1
			}
		}
		switch {
		case skip > 0 && !a.document:
			i += skip - 1
		case a.document || !a.leadsToHost(i):
			a.endWord(i)
		}
	}
}

func (a *analysis) endWord(i int) {
	if a.document {
		a.documentWord(a.words[i], i)
	} else {
		a.queryWord(a.words[i], i)
	}
}

func (a *analysis) documentWord(w piece, offset int) {
	word := a.exact(w)
	a.emit(word, a.position+offset, w.start, w.end)
	script := scriptOf(word)
	stem := a.tongue.stemmerOf(script)
	switch {
	case stem != noStemmer:
		a.emitStems(stem, word, offset, w)
	case script == latinScript && !isASCII(word):
		a.emitPlain(word, offset, w)
	}
}

func (a *analysis) queryWord(w piece, offset int) {
	word := a.exact(w)
	a.emit(word, a.position+offset, w.start, w.end)
	if !a.loose {
		return
	}
	script := scriptOf(word)
	asked := a.tongue.stemmersAsked(script)
	for _, stem := range asked {
		a.emitStems(stem, word, offset, w)
	}
	if script == latinScript && len(asked) != 1 && isASCII(word) {
		a.emitPlain(word, offset, w)
	}
}

func (a *analysis) emitPlain(word []byte, offset int, at piece) {
	a.scratch = appendWithoutMarks(append(a.scratch[:0], plainPrefix...), word)
	a.emit(a.scratch, a.position+offset, at.start, at.end)
}

// exact returns a word as it is compared when nothing about it is loose.
func (a *analysis) exact(w piece) []byte {
	word := a.folded[w.from:w.to]
	if len(word) > 2 && word[len(word)-1] >= utf8.RuneSelf {
		setTone(word)
	}
	return word
}

// tones are the endings in which a Vietnamese tone stands on the last vowel, and
// the same with the tone on the vowel before, which is as good Vietnamese.
var tones = map[string]string{
	"oà": "òa", "oá": "óa", "oả": "ỏa", "oã": "õa", "oạ": "ọa",
	"uỳ": "ùy", "uý": "úy", "uỷ": "ủy", "uỹ": "ũy", "uỵ": "ụy",
}

// setTone writes those endings one way. Either has as many bytes as the other.
func setTone(word []byte) {
	_, size := utf8.DecodeLastRune(word)
	if n := len(word) - size - 1; n >= 0 && (word[n] == 'o' || word[n] == 'u') {
		if to, ok := tones[string(word[n:])]; ok && !bytes.HasPrefix(word, []byte("qu")) {
			copy(word[n:], to)
		}
	}
}

func isASCII(word []byte) bool {
	for _, b := range word {
		if b >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
