package ingest

import (
	"errors"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/wireroom/wireroom/internal/wire"
)

// Bounds of front matter: the YAML parser takes 4 s for 32,000 open brackets.
const (
	maxFrontBytes  = 16_000
	maxFrontNested = 8
)

// frontMatter is what the lines between two --- before a document say of it.
// Values are checked; what is empty was not given.
type frontMatter struct {
	Release      string // documents with the same key are editions of one release
	Title        string
	Subheads     []string
	Language     string
	Organisation string
	Provider     *wire.Credit
	Dateline     wire.Dateline
	Sectors      []string // vocab codes
	Unknown      []string // sector labels that no code was found for
	Subjects     []string
	Places       []string
	Instruments  []wire.Instrument
	Circuits     []string
	Priority     wire.Priority
	Contacts     []wire.PressContact
	Pictures     []pictureWords // nil: there is no list
	Slugline     string
	Note         string
	Schedule     wire.Schedule

	given map[string]int // line of each key
	local string
	zone  string
	fold  wire.Fold
}

// cutFront splits a document that begins with a line of three hyphens at the
// next such line (or "..."). lines is how many lines the front matter takes
// with both; ok is false where there is none.
func cutFront(source string) (front, rest string, lines int, ok bool) {
	opening, body, found := strings.Cut(source, "\n")
	if !found || strings.TrimRight(opening, " \t") != "---" {
		return "", source, 0, false
	}
	at := 0
	for n := 2; ; n++ {
		line, _, more := strings.Cut(body[at:], "\n")
		end := at + len(line)
		if mark := strings.TrimRight(line, " \t"); mark == "---" || mark == "..." {
			if more {
				end++
			}
			return body[:at], body[end:], n, true
		}
		if !more {
			return "", source, 0, false
		}
		at = end + 1
	}
}

// readFront reads the front matter, if there is any, and returns the text after
// it and the line of the file that begins at.
func (d *document) readFront(source string) (text string, first int, err error) {
	front, rest, lines, ok := cutFront(source)
	if !ok {
		if opening, _, _ := strings.Cut(source, "\n"); strings.TrimRight(opening, " \t") == "---" {
			return "", 0, d.fail(1, "opens front matter that never ends; close it with a line ---")
		}
		return source, 1, nil
	}
	if len(front) > maxFrontBytes {
		return "", 0, wire.Errorf(wire.Exhausted, d.at(1), "has front matter of more than %d bytes; keep the text below it", maxFrontBytes)
	}
	for i, line := range strings.Split(front, "\n") {
		if at := strings.IndexFunc(line, func(r rune) bool { return wire.ForbiddenRune(r) }); at >= 0 {
			r := firstRune(line[at:])
			return "", 0, d.fail(2+i, "has the character U+%04X in the front matter, which may not be carried; take it out", r)
		}
	}
	if line := nestedTooDeep(front); line > 0 {
		return "", 0, d.fail(1+line, "has brackets nested more than %d deep in the front matter; close them", maxFrontNested)
	}
	if err := d.parseFront(front); err != nil {
		return "", 0, err
	}
	if strings.TrimFunc(rest, blank) == "" {
		return "", 0, d.fail(0, "has front matter but no text below it")
	}
	return rest, 1 + lines, nil
}

// nestedTooDeep returns the line where brackets nest too deeply, 0 for none. It
// counts without regard to quotes: eight open brackets are never right.
func nestedTooDeep(front string) int {
	depth, line := 0, 1
	for _, r := range front {
		switch r {
		case '\n':
			line++
		case '[', '{':
			if depth++; depth > maxFrontNested {
				return line
			}
		case ']', '}':
			depth = max(0, depth-1)
		}
	}
	return 0
}

func (d *document) parseFront(front string) error {
	file, err := parser.ParseBytes([]byte(front), 0)
	if err != nil {
		line, message := 1, "is not YAML"
		var broken yaml.Error
		if errors.As(err, &broken) {
			message = broken.GetMessage()
			if t := broken.GetToken(); t != nil && t.Position != nil {
				line = max(1, t.Position.Line)
			}
		}
		return d.fail(1+line, "the front matter cannot be read: %s", message)
	}
	d.front.given = map[string]int{}
	for i, document := range file.Docs {
		if i > 0 {
			return d.fail(1, "the front matter holds more than one YAML document; keep one")
		}
		if document.Body == nil || document.Body.Type() == ast.NullType || document.Body.Type() == ast.CommentType {
			continue
		}
		err := d.mapping(document.Body, "the front matter", func(key string, value ast.Node) (known bool, err error) {
			set, known := frontKeys[key]
			if !known {
				return false, nil
			}
			d.front.given[key] = frontLine(value)
			return true, set(d, value)
		}, frontKeyNames)
		if err != nil {
			return err
		}
	}
	return d.finishFront()
}

// frontLine is the line of the file that a node of its front matter stands in.
func frontLine(n ast.Node) int {
	if t := n.GetToken(); t != nil && t.Position != nil {
		return 1 + t.Position.Line
	}
	return 1
}

// mapping hands every pair of a YAML mapping to take, which says whether it
// knows the key.
func (d *document) mapping(n ast.Node, what string, take func(key string, value ast.Node) (bool, error), known string) error {
	var pairs []*ast.MappingValueNode
	switch n := n.(type) {
	case *ast.MappingNode:
		pairs = n.Values
	case *ast.MappingValueNode:
		pairs = []*ast.MappingValueNode{n}
	default:
		return d.fail(frontLine(n), "%s must be pairs of key: value, with the keys %s", what, known)
	}
	seen := map[string]bool{}
	for _, pair := range pairs {
		key, ok := scalar(pair.Key)
		if !ok {
			return d.fail(frontLine(pair), "%s has a key that is not a word; the keys are %s", what, known)
		}
		if seen[key] {
			return d.fail(frontLine(pair.Key), "%s has the key %q twice; keep one", what, key)
		}
		seen[key] = true
		ok, err := take(key, pair.Value)
		if err != nil {
			return err
		}
		if !ok {
			return d.fail(frontLine(pair.Key), "%s has the unknown key %q; the keys are %s", what, key, known)
		}
	}
	return nil
}

// scalar returns a value as it is written: a code such as 01000000 or NO must
// not become a number or a truth.
func scalar(n ast.Node) (string, bool) {
	switch n := n.(type) {
	case *ast.StringNode:
		return strings.TrimSpace(n.Value), true
	case *ast.LiteralNode:
		return strings.TrimSpace(n.Value.Value), true
	case *ast.NullNode:
		return "", true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		return strings.TrimSpace(n.GetToken().Value), true
	}
	return "", false
}

// text reads a value that is one piece of text on one line.
func (d *document) text(n ast.Node, key string) (string, error) {
	s, ok := scalar(n)
	if !ok {
		return "", d.fail(frontLine(n), "%s must be a single text; put it in quotes if it holds special characters", key)
	}
	if i := strings.IndexFunc(s, wire.ForbiddenRune); i >= 0 {
		return "", d.fail(frontLine(n), "%s has the character U+%04X, which may not be carried; take it out", key, firstRune(s[i:]))
	}
	return s, nil
}

// line reads a value that may not hold line breaks.
func (d *document) word(n ast.Node, key string) (string, error) {
	s, err := d.text(n, key)
	if err == nil && strings.ContainsAny(s, "\n\t") {
		s = strings.Join(strings.Fields(s), " ")
	}
	return s, err
}

// words reads a list, or a single text as a list of one.
func (d *document) words(n ast.Node, key string) ([]string, error) {
	var out []string
	err := d.each(n, func(n ast.Node) error {
		s, err := d.word(n, key)
		if err == nil && s != "" {
			out = append(out, s)
		}
		return err
	})
	return out, err
}

// each hands every entry of a list to take; what is no list is the only entry.
func (d *document) each(n ast.Node, take func(ast.Node) error) error {
	list, ok := n.(*ast.SequenceNode)
	if !ok {
		return take(n)
	}
	for _, entry := range list.Values {
		if err := take(entry); err != nil {
			return err
		}
	}
	return nil
}
