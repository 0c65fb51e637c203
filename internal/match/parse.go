package match

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/wireroom/wireroom/internal/text"
	"github.com/wireroom/wireroom/internal/wire"
)

// Bounds of one query. They keep what one subscriber can cost the others small:
// an item is held against few hundred parts at most, and an OR has at most as
// many branches as the query has parts.
const (
	maxRunes  = 4096
	maxDepth  = 32
	maxTerms  = 256
	maxSteps  = 64  // of one phrase: it is tried wherever its first word stands
	minPrefix = 2   // characters of a prefix: one letter would be half of the dictionary
	maxPrefix = 32  //
	maxNear   = 100 // less than gap, so that nothing is near across parts of an item
	usualNear = 10  // of NEAR without a number
)

// fields are what a query can ask for beside words; docs/integrate.md says what
// each means.
var fields = []string{"lang", "country", "sector", "subject", "org", "ticker", "isin", "priority", "provider", "circuit"}

// Parse reads a query: words, "phrases", prefixes such as telecom*, fields such
// as lang:ar or org:"Halden Robotics", headline: and body: before words or a
// group, a NEAR/5 b, AND (also by standing next to each other), OR, NOT (also a
// leading -) and parentheses; * matches everything. Operators are in capitals.
// NEAR binds closer than NOT, NOT than AND, AND than OR. An error is Invalid and
// names the position, in characters from 1; it is a *Fault.
func Parse(query string) (*Query, error) {
	if !utf8.ValidString(query) {
		return nil, faulty(FaultText, 0, "is not valid UTF-8")
	}
	if n := utf8.RuneCountInString(query); n > maxRunes {
		return nil, faulty(FaultLong, 0, "has %d characters; at most %d are possible", n, maxRunes)
	}
	p := &parser{lexer: lexer{input: []rune(query)}}
	p.next()
	if p.token.kind == endToken {
		return nil, faulty(FaultEmpty, 0, "is empty; ask for words, for a field such as lang:ar, or for * to get everything")
	}
	root, err := p.alternatives(0)
	if err != nil {
		return nil, err
	}
	if p.token.kind != endToken {
		return nil, p.fault(FaultOperator, "expects AND, OR or the end here, not %s", p.token)
	}
	root.speak(nil)
	return &Query{root}, nil
}

type parser struct {
	lexer
	parts int
	scope Scope // of the group that is being read
}

func (p *parser) fault(code FaultCode, format string, args ...any) error {
	return faulty(code, p.token.at+1, format, args...)
}

// alternatives = sequence { OR sequence }
func (p *parser) alternatives(depth int) (*Node, error) {
	if depth > maxDepth {
		return nil, p.fault(FaultLong, "is nested more than %d deep", maxDepth)
	}
	var all []*Node
	for {
		n, err := p.sequence(depth)
		if err != nil {
			return nil, err
		}
		all = append(all, n)
		if p.token.kind != orToken {
			return join(Or, all), nil
		}
		p.next()
	}
}

// sequence = part { [AND] part }
func (p *parser) sequence(depth int) (*Node, error) {
	var all []*Node
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
			return join(And, all), nil
		}
	}
}

// part = (NOT | "-") part | "(" alternatives ")" | scope ":(" alternatives ")" | field | leaf [NEAR leaf]
func (p *parser) part(depth int) (*Node, error) {
	if p.parts++; p.parts > maxTerms {
		return nil, p.fault(FaultLong, "has more than %d parts", maxTerms)
	}
	switch p.token.kind {
	case notToken:
		if depth++; depth > maxDepth {
			return nil, p.fault(FaultLong, "is nested more than %d deep", maxDepth)
		}
		p.next()
		inner, err := p.part(depth)
		if err != nil {
			return nil, err
		}
		return &Node{Kind: Not, Children: []*Node{inner}}, nil
	case openToken:
		return p.group(depth)
	case wordToken:
		if p.token.text == "*" {
			p.next()
			return &Node{Kind: All}, nil
		}
		if field, value, ok := strings.Cut(p.token.text, ":"); ok && slices.Contains(fields, field) {
			return p.field(field, value)
		}
		if scope, ok := p.scoping(); ok && p.pos < len(p.input) && p.input[p.pos] == '(' {
			return p.scoped(scope, depth)
		}
	}
	first, err := p.leaf()
	if err != nil || p.token.kind != nearToken {
		return first, err
	}
	return p.near(first)
}

// group = "(" alternatives ")"
func (p *parser) group(depth int) (*Node, error) {
	at := p.token.at
	p.next()
	inner, err := p.alternatives(depth + 1)
	if err != nil {
		return nil, err
	}
	if p.token.kind != closeToken {
		return nil, p.fault(FaultOpen, "lacks the ) for the ( at character %d", at+1)
	}
	p.next()
	return inner, nil
}

// scoping reports whether the present word is the name of a scope and its colon.
func (p *parser) scoping() (Scope, bool) {
	name, ok := strings.CutSuffix(p.token.text, ":")
	scope, known := scopes[name]
	return scope, ok && known
}

// scoped reads a group of which all words are looked for in one part of the
// item.
func (p *parser) scoped(scope Scope, depth int) (*Node, error) {
	if p.scope != Anywhere {
		return nil, p.fault(FaultField, "%s: stands inside of %s:( ) already", scope, p.scope)
	}
	p.scope = scope
	defer func() { p.scope = Anywhere }()
	p.next()
	return p.group(depth)
}

func (p *parser) field(field, value string) (*Node, error) {
	if p.scope != Anywhere {
		return nil, p.fault(FaultField, "%s: is no text, and cannot stand in %s:( )", field, p.scope)
	}
	if value == "" {
		p.next()
		if p.token.kind != phraseToken || !p.token.join {
			return nil, p.fault(FaultField, "%s: needs a value right after the colon", field)
		}
		value = p.token.text
	}
	n, err := newFacet(field, value)
	if err != nil {
		return nil, p.fault(FaultField, "%s", err.(*wire.Error).Message)
	}
	p.next()
	return n, nil
}

// newFacet makes a node of a field and its value.
func newFacet(field, value string) (*Node, error) {
	folded := FoldFacet(field, value)
	if folded == "" {
		return nil, wire.Errorf(wire.Invalid, field, "%s: needs a value", field)
	}
	return &Node{Kind: Facet, Field: field, Value: value, Folded: folded}, nil
}

// near = leaf NEAR leaf, after the first
func (p *parser) near(first *Node) (*Node, error) {
	operator := p.token
	within, err := strconv.Atoi(operator.near)
	if err != nil || within < 1 || within > maxNear || strconv.Itoa(within) != operator.near {
		return nil, p.fault(FaultNear, "NEAR takes a number from 1 to %d, as in NEAR/5", maxNear)
	}
	p.next()
	second, err := p.leaf()
	if err != nil {
		return nil, err
	}
	if first.Scope != second.Scope {
		return nil, faulty(FaultNear, operator.at+1, "both sides of NEAR must be looked for in the same part: headline:(a NEAR b)")
	}
	if p.token.kind == nearToken {
		return nil, p.fault(FaultNear, "NEAR joins two words or phrases; for more write a NEAR/5 b AND b NEAR/5 c")
	}
	return &Node{Kind: Near, Children: []*Node{first, second}, Scope: first.Scope, Within: within}, nil
}

// leaf = [scope ":"] (phrase | word | prefix)
func (p *parser) leaf() (*Node, error) {
	scope := p.scope
	t := p.token
	if name, rest, ok := strings.Cut(t.text, ":"); ok && t.kind == wordToken && scopes[name] != Anywhere {
		if scope != Anywhere {
			return nil, p.fault(FaultField, "%s: stands inside of %s:( ) already", name, scope)
		}
		scope = scopes[name]
		t.text = rest
		if rest == "" {
			p.next()
			if p.token.kind != phraseToken || !p.token.join {
				return nil, p.fault(FaultField, "%s: needs a word, a phrase or a group right after the colon", name)
			}
			t = p.token
		}
	}
	switch t.kind {
	case phraseToken:
		return p.words(scope, t.text, true)
	case wordToken:
		if strings.Contains(t.text, "*") {
			return p.prefix(scope, t.text)
		}
		return p.words(scope, t.text, false)
	case badToken:
		return nil, p.fault(FaultOpen, "lacks %s", t.text)
	}
	return nil, p.fault(FaultOperand, "expects a word, a phrase or a field here, not %s", t)
}

func (p *parser) words(scope Scope, source string, exact bool) (*Node, error) {
	steps := stepsOf(text.AnalyseQuery("", source, !exact))
	if len(steps) == 0 {
		return nil, p.fault(FaultText, "%s holds nothing to look for", quote(source))
	}
	if len(steps) > maxSteps {
		return nil, p.fault(FaultLong, "a phrase of %d words is too long; at most %d fit: quote the beginning of it", len(steps), maxSteps)
	}
	p.next()
	return &Node{Kind: Words, Scope: scope, Source: source, Exact: exact, Steps: steps}, nil
}

// stepsOf gathers terms at the same position: they are alternatives.
func stepsOf(terms []text.Term) []Step {
	var steps []Step
	for _, t := range terms {
		if n := len(steps); n > 0 && steps[n-1].Position == t.Position {
			steps[n-1].Any = append(steps[n-1].Any, t.Text)
			continue
		}
		steps = append(steps, Step{Position: t.Position, Any: []string{t.Text}})
	}
	return steps
}

// prefix reads a word that ends in an asterisk.
func (p *parser) prefix(scope Scope, word string) (*Node, error) {
	source := strings.TrimSuffix(word, "*")
	if strings.Contains(source, "*") || source == word {
		return nil, p.fault(FaultPrefix, "* stands only at the end of a word, as in telecom*")
	}
	begins, ok := text.Prefix(source)
	if !ok {
		return nil, p.fault(FaultPrefix, "%s*: only one word can be looked for by its beginning; where words are not set apart, they are found without *", source)
	}
	if n := utf8.RuneCountInString(begins); n < minPrefix || n > maxPrefix {
		return nil, p.fault(FaultPrefix, "%s*: before * %d to %d characters are needed", source, minPrefix, maxPrefix)
	}
	p.next()
	return &Node{Kind: Prefix, Scope: scope, Source: source, Begins: begins}, nil
}

// join makes one node of several, taking in children of the same kind.
func join(k Kind, all []*Node) *Node {
	if len(all) == 1 {
		return all[0]
	}
	var flat []*Node
	for _, n := range all {
		if n.Kind == k {
			flat = append(flat, n.Children...)
		} else {
			flat = append(flat, n)
		}
	}
	return &Node{Kind: k, Children: flat}
}
