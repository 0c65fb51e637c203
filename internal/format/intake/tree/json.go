package tree

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"strings"

	"github.com/wireroom/wireroom/internal/wire"
)

// JSON reads one object of JSON. Its root has the name "". Values are texts as
// they are written; null is no value. A member of the document itself that stands twice is
// refused, because two readers would take a different one each (RFC 8259 §4);
// further inside they are entries beside each other. Errors are
// those of XML, with the line and the member.
func JSON(text string) (*Node, error) {
	if len(text) > MaxBytes {
		return nil, wire.Errorf(wire.Exhausted, "JSON", "is larger than %d bytes; send fewer stories at a time", MaxBytes)
	}
	r := &jsonReader{text: text, decoder: json.NewDecoder(bytes.NewReader([]byte(text)))}
	r.decoder.UseNumber()
	root := &Node{Line: 1}
	token, err := r.decoder.Token()
	if err != nil {
		return nil, r.broken(err)
	}
	if token != json.Delim('{') {
		return nil, r.fail(wire.Invalid, "is not a JSON object")
	}
	if err := r.object(root, 1); err != nil {
		return nil, err
	}
	if _, err := r.decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, r.fail(wire.Invalid, "goes on after its object")
	}
	return root, nil
}

type jsonReader struct {
	text    string
	decoder *json.Decoder
	nodes   int
	member  string
	offset  int // of the text up to which lines are counted
	line    int // line feeds before offset
}

func (r *jsonReader) object(into *Node, depth int) error {
	seen := map[string]bool{}
	for r.decoder.More() {
		token, err := r.decoder.Token()
		if err != nil {
			return r.broken(err)
		}
		name, _ := token.(string)
		r.member = name
		if seen[name] && depth == 1 {
			return r.fail(wire.Invalid, "has this member twice")
		}
		seen[name] = true
		if err := r.value(into, name, depth); err != nil {
			return err
		}
	}
	return r.close()
}

func (r *jsonReader) close() error {
	if _, err := r.decoder.Token(); err != nil {
		return r.broken(err)
	}
	return nil
}

// value reads a value into a child of a name, an array into one for each entry.
func (r *jsonReader) value(into *Node, name string, depth int) error {
	token, err := r.decoder.Token()
	if err != nil {
		return r.broken(err)
	}
	if r.nodes++; r.nodes > MaxNodes {
		return r.fail(wire.Exhausted, "has more than "+strconv.Itoa(MaxNodes)+" values; send fewer stories at a time")
	}
	if depth >= MaxDepth {
		return r.fail(wire.Exhausted, "is nested more than "+strconv.Itoa(MaxDepth)+" deep")
	}
	if name == "" { // it would pass for a text
		name = "(unnamed)"
	}
	n := &Node{Name: name, Line: r.lines()}
	switch token := token.(type) {
	case json.Delim:
		if token == '[' {
			for r.decoder.More() {
				if err := r.value(into, name, depth+1); err != nil {
					return err
				}
			}
			return r.close()
		}
		into.Children = append(into.Children, n)
		return r.object(n, depth+1)
	case string:
		n.Children = []*Node{{Text: token, Line: n.Line}}
	case json.Number:
		n.Children = []*Node{{Text: token.String(), Line: n.Line}}
	case bool:
		n.Children = []*Node{{Text: strconv.FormatBool(token), Line: n.Line}}
	case nil:
		return nil
	}
	into.Children = append(into.Children, n)
	return nil
}

func (r *jsonReader) lines() int {
	to := min(int(r.decoder.InputOffset()), len(r.text))
	if to > r.offset {
		r.line += strings.Count(r.text[r.offset:to], "\n")
		r.offset = to
	}
	return 1 + r.line
}

func (r *jsonReader) fail(kind wire.Kind, message string) error {
	at := "line " + strconv.Itoa(r.lines())
	if r.member != "" {
		at += ", " + strconv.Quote(r.member)
	}
	return wire.Errorf(kind, at, "%s", message)
}

func (r *jsonReader) broken(err error) error {
	var syntax *json.SyntaxError
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return r.fail(wire.Invalid, "ends in the middle of a value; send the whole file")
	case errors.As(err, &syntax):
		return r.fail(wire.Invalid, "is not JSON: "+syntax.Error())
	}
	return wire.Errorf(wire.Invalid, "line "+strconv.Itoa(r.lines()), "is not JSON: %w", err)
}
