package tree

import (
	"encoding/xml"
	"errors"
	"io"
	"strconv"
	"strings"

	"github.com/wireroom/wireroom/internal/wire"
)

// XML reads a document of UTF-8 text, whatever encoding it declares: who hands
// it in has converted it. HTML's named characters are known, though XML has
// none of them, because real feeds use them. Errors name the line and the
// element: Invalid, or Exhausted for what is over the bounds.
func XML(text string) (*Node, error) {
	if len(text) > MaxBytes {
		return nil, wire.Errorf(wire.Exhausted, "XML", "is larger than %d bytes; send fewer stories at a time", MaxBytes)
	}
	d := xml.NewDecoder(strings.NewReader(text))
	d.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil }
	d.Entity = xml.HTMLEntity
	r := xmlReader{decoder: d}
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) && len(r.open) == 0 && r.root != nil {
			return r.root, nil
		}
		if err != nil {
			return nil, r.broken(err)
		}
		if err := r.take(token); err != nil {
			return nil, err
		}
	}
}

type xmlReader struct {
	decoder *xml.Decoder
	root    *Node
	open    []*Node
	nodes   int
}

func (r *xmlReader) take(token xml.Token) error {
	switch token := token.(type) {
	case xml.StartElement:
		return r.start(token)
	case xml.EndElement:
		r.open = r.open[:len(r.open)-1]
	case xml.CharData:
		if len(r.open) == 0 {
			if strings.TrimSpace(string(token)) != "" {
				return r.fail(wire.Invalid, "has text outside of its root element")
			}
			return nil
		}
		return r.text(string(token))
	case xml.Directive:
		// Entities are how a kilobyte becomes gigabytes and how a file of the
		// reader's machine comes into a story (OWASP: XXE).
		if strings.Contains(strings.ToUpper(string(token)), "<!ENTITY") {
			return r.fail(wire.Invalid, "declares entities, which are not read; write the characters themselves")
		}
	}
	return nil
}

func (r *xmlReader) start(token xml.StartElement) error {
	line, _ := r.decoder.InputPos()
	n := &Node{Name: token.Name.Local, Space: token.Name.Space, Line: line}
	for _, a := range token.Attr {
		name := a.Name.Local
		switch {
		case a.Name.Space == "xmlns" || name == "xmlns" || strings.HasSuffix(a.Name.Space, "XMLSchema-instance"):
			continue
		case a.Name.Space == "xml" || strings.HasSuffix(a.Name.Space, "/XML/1998/namespace"):
			name = "xml:" + name
		}
		n.Attrs = append(n.Attrs, Attr{Name: name, Value: a.Value})
	}
	if r.nodes += 1 + len(n.Attrs); r.nodes > MaxNodes {
		return r.fail(wire.Exhausted, "has more than "+strconv.Itoa(MaxNodes)+" elements and attributes; send fewer stories at a time")
	}
	if len(r.open) >= MaxDepth {
		return r.fail(wire.Exhausted, "has elements nested more than "+strconv.Itoa(MaxDepth)+" deep")
	}
	if len(r.open) > 0 {
		parent := r.open[len(r.open)-1]
		parent.Children = append(parent.Children, n)
	} else if r.root != nil {
		return r.fail(wire.Invalid, "has a second root element <"+n.Name+">")
	} else {
		r.root = n
	}
	r.open = append(r.open, n)
	return nil
}

func (r *xmlReader) text(text string) error {
	parent := r.open[len(r.open)-1]
	if n := len(parent.Children); n > 0 && parent.Children[n-1].Name == "" {
		parent.Children[n-1].Text += text
		return nil
	}
	if r.nodes++; r.nodes > MaxNodes {
		return r.fail(wire.Exhausted, "has more than "+strconv.Itoa(MaxNodes)+" pieces of text and elements; send fewer stories at a time")
	}
	line, _ := r.decoder.InputPos()
	parent.Children = append(parent.Children, &Node{Line: line, Text: text})
	return nil
}

// at is where the reader stands: the line and the innermost open elements.
func (r *xmlReader) at() string {
	line, _ := r.decoder.InputPos()
	at := "line " + strconv.Itoa(line)
	if n := len(r.open); n > 0 {
		at += ", <" + r.open[n-1].Name + ">"
	}
	return at
}

func (r *xmlReader) fail(kind wire.Kind, message string) error {
	return wire.Errorf(kind, r.at(), "%s", message)
}

// broken puts what encoding/xml says in words for who sent the document.
func (r *xmlReader) broken(err error) error {
	var syntax *xml.SyntaxError
	switch {
	case errors.Is(err, io.EOF) && r.root == nil:
		return r.fail(wire.Invalid, "holds no XML element")
	case errors.As(err, &syntax):
		if strings.Contains(syntax.Msg, "unexpected EOF") {
			return r.fail(wire.Invalid, "ends in the middle of an element; send the whole file")
		}
		return r.fail(wire.Invalid, "is not well-formed XML: "+syntax.Msg)
	}
	return wire.Errorf(wire.Invalid, r.at(), "is not well-formed XML: %w", err)
}
