package match

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/wireroom/wireroom/internal/text"
	"github.com/wireroom/wireroom/internal/wire"
)

// Bounds of one query. They keep what one subscriber can cost the others small.
const (
	maxRunes = 4096
	maxDepth = 32
	maxTerms = 256
)

// fields are what a query can ask for beside words, with their meaning in
// docs/integrate.md.
var fields = []string{"lang", "country", "sector", "subject", "org", "ticker", "isin", "priority", "provider", "circuit"}

// Parse reads a query: words, "phrases", fields such as lang:ar or
// org:"Halden Robotics", AND (also by standing next to each other), OR, NOT
// (also a leading -) and parentheses; * matches everything. Operators are in
// capitals. An error is Invalid and names the position, in characters from 1.
func Parse(query string) (*Query, error) {
	if !utf8.ValidString(query) {
		return nil, wire.Errorf(wire.Invalid, "query", "is not valid UTF-8")
	}
	if n := utf8.RuneCountInString(query); n > maxRunes {
		return nil, wire.Errorf(wire.Invalid, "query", "has %d characters; at most %d are possible", n, maxRunes)
	}
	p := &parser{input: []rune(query)}
	p.next()
	if p.token.kind == endToken {
		return nil, wire.Errorf(wire.Invalid, "query", "is empty; ask for words, for a field such as lang:ar, or for * to get everything")
	}
	root, err := p.alternatives(0)
	if err != nil {
		return nil, err
	}
	if p.token.kind != endToken {
		return nil, p.fault("expects AND, OR or the end here, not %s", p.token)
	}
	return &Query{root}, nil
}

type tokenKind uint8

const (
	endToken tokenKind = iota
	openToken
	closeToken
	andToken
	orToken
	notToken
	phraseToken
	wordToken
	badToken
)

type token struct {
	kind tokenKind
	text string
	at   int  // index of its first rune
	join bool // no space before it
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

type parser struct {
	input []rune
	pos   int
	token token
	terms int
}

func isDelimiter(r rune) bool {
	return unicode.IsSpace(r) || r == '(' || r == ')' || r == '"' || r == '“' || r == '”' || r == '„'
}

// next reads the next token. Typographic quotes are quotes: people paste them.
func (p *parser) next() {
	start := p.pos
	for p.pos < len(p.input) && unicode.IsSpace(p.input[p.pos]) {
		p.pos++
	}
	p.token = token{at: p.pos, join: p.pos == start}
	if p.pos == len(p.input) {
		return
	}
	switch r := p.input[p.pos]; {
	case r == '(':
		p.token.kind = openToken
		p.pos++
	case r == ')':
		p.token.kind = closeToken
		p.pos++
	case isDelimiter(r):
		p.phrase()
	case r == '-' && p.pos+1 < len(p.input) && (p.input[p.pos+1] == '(' || !isDelimiter(p.input[p.pos+1]) || isQuote(p.input[p.pos+1])):
		p.token.kind, p.token.text = notToken, "-"
		p.pos++
	default:
		p.word()
	}
}

func isQuote(r rune) bool { return isDelimiter(r) && !unicode.IsSpace(r) && r != '(' && r != ')' }

func (p *parser) phrase() {
	var b strings.Builder
	for p.pos++; p.pos < len(p.input); p.pos++ {
		r := p.input[p.pos]
		if r == '\\' && p.pos+1 < len(p.input) && (p.input[p.pos+1] == '"' || p.input[p.pos+1] == '\\') {
			p.pos++
			b.WriteRune(p.input[p.pos])
			continue
		}
		if isQuote(r) {
			p.pos++
			p.token.kind, p.token.text = phraseToken, b.String()
			return
		}
		b.WriteRune(r)
	}
	p.token.kind, p.token.text = badToken, "the closing quotation mark"
}

// word reads to the next delimiter. A field keeps its colon at the end if a
// quoted value follows.
func (p *parser) word() {
	start := p.pos
	for p.pos < len(p.input) && !isDelimiter(p.input[p.pos]) {
		p.pos++
	}
	p.token.kind, p.token.text = wordToken, string(p.input[start:p.pos])
	switch p.token.text {
	case "AND":
		p.token.kind = andToken
	case "OR":
		p.token.kind = orToken
	case "NOT":
		p.token.kind = notToken
	}
}

func (p *parser) fault(format string, args ...any) error {
	args = append([]any{p.token.at + 1}, args...)
	return wire.Errorf(wire.Invalid, "query", "at character %d: "+format, args...)
}

// alternatives = sequence { OR sequence }
func (p *parser) alternatives(depth int) (*node, error) {
	if depth > maxDepth {
		return nil, p.fault("is nested more than %d deep", maxDepth)
	}
	var all []*node
	for {
		n, err := p.sequence(depth)
		if err != nil {
			return nil, err
		}
		all = append(all, n)
		if p.token.kind != orToken {
			return join(or, all), nil
		}
		p.next()
	}
}

// sequence = part { [AND] part }
func (p *parser) sequence(depth int) (*node, error) {
	var all []*node
	for {
		n, err := p.part(depth)
		if err != nil {
			return nil, err
		}
		all = append(all, n)
		switch p.token.kind {
		case andToken:
			p.next()
		case orToken, closeToken, endToken:
			return join(and, all), nil
		}
	}
}

// part = (NOT | "-") part | "(" alternatives ")" | phrase | word | field
func (p *parser) part(depth int) (*node, error) {
	t := p.token
	if p.terms++; p.terms > maxTerms {
		return nil, p.fault("has more than %d parts", maxTerms)
	}
	switch t.kind {
	case notToken:
		if depth++; depth > maxDepth {
			return nil, p.fault("is nested more than %d deep", maxDepth)
		}
		p.next()
		inner, err := p.part(depth)
		if err != nil {
			return nil, err
		}
		return &node{kind: not, children: []*node{inner}}, nil
	case openToken:
		p.next()
		inner, err := p.alternatives(depth + 1)
		if err != nil {
			return nil, err
		}
		if p.token.kind != closeToken {
			return nil, p.fault("lacks the ) for the ( at character %d", t.at+1)
		}
		p.next()
		return inner, nil
	case phraseToken:
		return p.leaf(t.text, true)
	case wordToken:
		if t.text == "*" {
			p.next()
			return &node{kind: everything}, nil
		}
		if field, value, ok := strings.Cut(t.text, ":"); ok && isField(field) {
			return p.field(field, value)
		}
		return p.leaf(t.text, false)
	case badToken:
		return nil, p.fault("lacks %s", t.text)
	default:
		return nil, p.fault("expects a word, a phrase or a field here, not %s", t)
	}
}

func isField(name string) bool {
	for _, f := range fields {
		if name == f {
			return true
		}
	}
	return false
}

func (p *parser) field(field, value string) (*node, error) {
	if value == "" {
		p.next()
		if p.token.kind != phraseToken || !p.token.join {
			return nil, p.fault("%s: needs a value right after the colon", field)
		}
		value = p.token.text
	}
	n, err := newFacet(field, value)
	if err != nil {
		return nil, p.fault("%s", err.(*wire.Error).Message)
	}
	p.next()
	return n, nil
}

// newFacet makes a node of a field and its value.
func newFacet(field, value string) (*node, error) {
	key := facetKey(field, value)
	if key == field+":" {
		return nil, wire.Errorf(wire.Invalid, field, "%s: needs a value", field)
	}
	return &node{kind: facet, field: field, value: value, key: key}, nil
}

func (p *parser) leaf(source string, exact bool) (*node, error) {
	terms := text.AnalyseQuery("", source, !exact)
	if len(terms) == 0 {
		return nil, p.fault("%s holds nothing to look for", quote(source))
	}
	if len(terms) > maxTerms {
		return nil, p.fault("is too long a phrase")
	}
	p.next()
	return &node{kind: words, source: source, exact: exact, terms: terms}, nil
}

// join makes one node of several, taking in children of the same kind.
func join(k kind, all []*node) *node {
	if len(all) == 1 {
		return all[0]
	}
	var flat []*node
	for _, n := range all {
		if n.kind == k {
			flat = append(flat, n.children...)
		} else {
			flat = append(flat, n)
		}
	}
	return &node{kind: k, children: flat}
}

// Filter is a query in fields, as the live stream takes it. Values within a
// field are alternatives, fields are all demanded.
type Filter struct {
	Languages, Countries, Sectors, Subjects, Organisations, Tickers, Priorities []string
	Text                                                                        string
}

// FromFilter makes a query of a filter. The empty filter is the query that
// matches everything, which prints as "*".
func FromFilter(f Filter) (*Query, error) {
	var all []*node
	for _, part := range []struct {
		field  string
		values []string
	}{
		{"lang", f.Languages}, {"country", f.Countries}, {"sector", f.Sectors}, {"subject", f.Subjects},
		{"org", f.Organisations}, {"ticker", f.Tickers}, {"priority", f.Priorities},
	} {
		var alternatives []*node
		for _, v := range part.values {
			n, err := newFacet(part.field, v)
			if err != nil {
				return nil, err
			}
			alternatives = append(alternatives, n)
		}
		if len(alternatives) > maxTerms {
			return nil, wire.Errorf(wire.Invalid, part.field, "has more than %d values", maxTerms)
		}
		if len(alternatives) > 0 {
			all = append(all, join(or, alternatives))
		}
	}
	if strings.TrimSpace(f.Text) != "" {
		q, err := Parse(f.Text)
		if err != nil {
			return nil, err
		}
		all = append(all, q.root)
	}
	if len(all) == 0 {
		return &Query{&node{kind: everything}}, nil
	}
	return &Query{join(and, all)}, nil
}
