package locale

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/feature/plural"
)

// message is a compiled text of a catalog, in the subset of ICU MessageFormat
// that catalogs use (https://unicode-org.github.io/icu/userguide/format_parse/messages/):
//
//	{name}                                  the argument as it is
//	{name, number}                          the argument as a grouped number
//	{n, plural, =0 {…} one {…} other {…}}   one of several texts, by number;
//	                                        inside them # is the grouped number
//	'{…}' and ''                            a literal brace, a literal apostrophe
//
// It is read-only once compiled.
type message []part

// part is one piece of a message: exactly one of literal, argument and choice.
type part struct {
	literal  string
	argument string // name of an argument
	grouped  bool   // of an argument: printed as a number with grouping
	choice   *choice
}

// choice is a plural: which text depends on a number.
type choice struct {
	argument string
	exact    map[int64]message // the =0 form
	forms    map[plural.Form]message
}

// formNames are the CLDR plural categories as catalogs write them.
var formNames = map[string]plural.Form{
	"zero": plural.Zero, "one": plural.One, "two": plural.Two,
	"few": plural.Few, "many": plural.Many, "other": plural.Other,
}

// compile reads a catalog's text. Its errors name the character, counted from
// 1, at which the text goes wrong.
func compile(text string) (message, error) {
	c := compiler{text: []rune(text)}
	m, err := c.message(0, "")
	if err != nil {
		return nil, fmt.Errorf("character %d: %w", c.at+1, err)
	}
	return m, nil
}

// maxDepth bounds how deep plurals may be nested; catalogs need one level.
const maxDepth = 4

type compiler struct {
	text []rune
	at   int
}

// message reads up to the end, or inside a plural up to its closing brace,
// which it leaves. counted is the plural's argument, that # stands for.
func (c *compiler) message(depth int, counted string) (message, error) {
	var m message
	var literal strings.Builder
	flush := func() {
		if literal.Len() > 0 {
			m = append(m, part{literal: literal.String()})
			literal.Reset()
		}
	}
	for c.at < len(c.text) {
		switch r := c.text[c.at]; {
		case r == '\'':
			literal.WriteString(c.quoted())
		case r == '{':
			flush()
			p, err := c.placeholder(depth)
			if err != nil {
				return nil, err
			}
			m = append(m, p)
		case r == '}' && depth > 0:
			flush()
			return m, nil
		case r == '}':
			return nil, fmt.Errorf("a } without its {")
		case r == '#' && counted != "":
			flush()
			m = append(m, part{argument: counted, grouped: true})
			c.at++
		default:
			literal.WriteRune(r)
			c.at++
		}
	}
	flush()
	if depth > 0 {
		return nil, fmt.Errorf("a { without its }")
	}
	return m, nil
}

// quoted reads from an apostrophe. Two are one; one before a brace or # quotes
// up to the next; any other stands for itself, as ICU has it.
func (c *compiler) quoted() string {
	c.at++
	if c.at == len(c.text) {
		return "'"
	}
	switch c.text[c.at] {
	case '\'':
		c.at++
		return "'"
	case '{', '}', '#':
	default:
		return "'"
	}
	start := c.at
	for c.at < len(c.text) && c.text[c.at] != '\'' {
		c.at++
	}
	quoted := string(c.text[start:c.at])
	if c.at < len(c.text) {
		c.at++
	}
	return quoted
}

// placeholder reads from an opening brace to just after its closing one.
func (c *compiler) placeholder(depth int) (part, error) {
	c.at++
	name := c.word()
	if name == "" {
		return part{}, fmt.Errorf("a placeholder needs a name of letters, digits and _")
	}
	if c.take('}') {
		return part{argument: name}, nil
	}
	if !c.take(',') {
		return part{}, fmt.Errorf("expected , or } after {%s", name)
	}
	switch kind := c.word(); kind {
	case "number":
		if !c.take('}') {
			return part{}, fmt.Errorf("expected } after number")
		}
		return part{argument: name, grouped: true}, nil
	case "plural":
		if !c.take(',') {
			return part{}, fmt.Errorf("expected , after plural")
		}
		if depth >= maxDepth {
			return part{}, fmt.Errorf("plurals nested more than %d deep", maxDepth)
		}
		return c.plural(depth, name)
	default:
		return part{}, fmt.Errorf("%q is neither number nor plural", kind)
	}
}

// plural reads the branches up to and with the closing brace.
func (c *compiler) plural(depth int, name string) (part, error) {
	ch := &choice{argument: name, exact: map[int64]message{}, forms: map[plural.Form]message{}}
	for !c.take('}') {
		isExact := c.take('=')
		selector := c.word()
		form, isForm := formNames[selector]
		number, err := strconv.ParseInt(selector, 10, 64)
		switch {
		case isExact && err != nil:
			return part{}, fmt.Errorf("=%s is not a number", selector)
		case !isExact && !isForm:
			return part{}, fmt.Errorf("%q is not a plural category", selector)
		case !c.take('{'):
			return part{}, fmt.Errorf("expected { after %s", selector)
		}
		branch, err := c.message(depth+1, name)
		if err != nil {
			return part{}, err
		}
		c.at++ // the closing brace that message left
		if isExact {
			ch.exact[number] = branch
		} else {
			ch.forms[form] = branch
		}
	}
	if _, ok := ch.forms[plural.Other]; !ok {
		return part{}, fmt.Errorf("the plural of %s lacks other", name)
	}
	return part{choice: ch}, nil
}

// word skips space and reads a run of letters, digits and _.
func (c *compiler) word() string {
	c.space()
	start := c.at
	for c.at < len(c.text) {
		r := c.text[c.at]
		if r != '_' && (r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r)) {
			break
		}
		c.at++
	}
	return string(c.text[start:c.at])
}

// take skips space and consumes r if it is next.
func (c *compiler) take(r rune) bool {
	c.space()
	if c.at < len(c.text) && c.text[c.at] == r {
		c.at++
		return true
	}
	return false
}

func (c *compiler) space() {
	for c.at < len(c.text) && unicode.IsSpace(c.text[c.at]) {
		c.at++
	}
}
