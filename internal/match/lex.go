package match

import (
	"strconv"
	"strings"
	"unicode"
)

type tokenKind uint8

const (
	endToken tokenKind = iota
	openToken
	closeToken
	andToken
	orToken
	notToken
	nearToken
	phraseToken
	wordToken
	badToken
)

type token struct {
	kind tokenKind
	text string
	near string // of nearToken: the number after the stroke
	at   int    // index of its first rune
	join bool   // no space before it
}

func (t token) String() string {
	switch t.kind {
	case endToken:
		return "the end"
	case openToken:
		return "("
	case closeToken:
		return ")"
	case phraseToken:
		return quote(t.text)
	}
	return t.text
}

func isQuote(r rune) bool { return r == '"' || r == '“' || r == '”' || r == '„' }

func isDelimiter(r rune) bool {
	return unicode.IsSpace(r) || r == '(' || r == ')' || isQuote(r)
}

// lexer cuts a query into tokens.
type lexer struct {
	input []rune
	pos   int
	token token // the present one
}

// next reads the next token. Typographic quotes are quotes: people paste them.
func (l *lexer) next() {
	start := l.pos
	for l.pos < len(l.input) && unicode.IsSpace(l.input[l.pos]) {
		l.pos++
	}
	l.token = token{at: l.pos, join: l.pos == start}
	if l.pos == len(l.input) {
		return
	}
	switch r := l.input[l.pos]; {
	case r == '(':
		l.token.kind = openToken
		l.pos++
	case r == ')':
		l.token.kind = closeToken
		l.pos++
	case isQuote(r):
		l.phrase()
	case r == '-' && l.negates():
		l.token.kind, l.token.text = notToken, "-"
		l.pos++
	default:
		l.word()
	}
}

// negates reports whether what follows the hyphen can be refused.
func (l *lexer) negates() bool {
	if l.pos+1 == len(l.input) {
		return false
	}
	r := l.input[l.pos+1]
	return r == '(' || isQuote(r) || !isDelimiter(r)
}

func (l *lexer) phrase() {
	var b strings.Builder
	for l.pos++; l.pos < len(l.input); l.pos++ {
		r := l.input[l.pos]
		if r == '\\' && l.pos+1 < len(l.input) && (l.input[l.pos+1] == '"' || l.input[l.pos+1] == '\\') {
			l.pos++
			b.WriteRune(l.input[l.pos])
			continue
		}
		if isQuote(r) {
			l.pos++
			l.token.kind, l.token.text = phraseToken, b.String()
			return
		}
		b.WriteRune(r)
	}
	l.token.kind, l.token.text = badToken, "the closing quotation mark"
}

// word reads to the next delimiter. A field keeps its colon at the end if a
// quoted value or a group follows.
func (l *lexer) word() {
	start := l.pos
	for l.pos < len(l.input) && !isDelimiter(l.input[l.pos]) {
		l.pos++
	}
	l.token.kind, l.token.text = wordToken, string(l.input[start:l.pos])
	switch t := l.token.text; {
	case t == "AND":
		l.token.kind = andToken
	case t == "OR":
		l.token.kind = orToken
	case t == "NOT":
		l.token.kind = notToken
	case t == "NEAR":
		l.token.kind, l.token.near = nearToken, strconv.Itoa(usualNear)
	case strings.HasPrefix(t, "NEAR/"):
		l.token.kind, l.token.near = nearToken, t[len("NEAR/"):]
	}
}
