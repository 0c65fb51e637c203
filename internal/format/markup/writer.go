package markup

import (
	"unicode/utf8"

	"github.com/wireroom/wireroom/internal/wire"
)

// Header begins every document.
const Header = `<?xml version="1.0" encoding="UTF-8"?>` + "\n"

// Writer writes elements in the order in which it is told to, which the schemas
// of the trade want. The zero value is ready. It is not safe for concurrent use.
type Writer struct {
	b    []byte
	open []string
}

// Open begins an element. Attributes are names and values in turn; those
// without value are left out.
func (w *Writer) Open(name string, attributes ...string) {
	w.tag(name, attributes)
	w.b = append(w.b, '>')
	w.open = append(w.open, name)
}

// Close ends the element that was opened last.
func (w *Writer) Close() {
	name := w.open[len(w.open)-1]
	w.open = w.open[:len(w.open)-1]
	w.b = append(append(append(w.b, "</"...), name...), '>')
}

// Empty writes an element that holds nothing.
func (w *Writer) Empty(name string, attributes ...string) {
	w.tag(name, attributes)
	w.b = append(w.b, "/>"...)
}

// Leaf writes an element that holds text; nothing if the text is empty.
func (w *Writer) Leaf(name, text string, attributes ...string) {
	if text == "" {
		return
	}
	w.Open(name, attributes...)
	w.Text(text)
	w.Close()
}

// Text writes text.
func (w *Writer) Text(text string) { w.b = escape(w.b, text, false) }

// Markup writes what is well-formed already.
func (w *Writer) Markup(s string) { w.b = append(w.b, s...) }

// Bytes is the document, ended by a line feed. An element that was not closed
// is a mistake of the caller.
func (w *Writer) Bytes() ([]byte, error) {
	if n := len(w.open); n > 0 {
		return nil, wire.Errorf(wire.Internal, "markup", "<%s> was not closed", w.open[n-1])
	}
	return append(w.b, '\n'), nil
}

func (w *Writer) tag(name string, attributes []string) {
	if w.b == nil {
		w.b = append(make([]byte, 0, 8<<10), Header...)
	}
	w.b = append(append(w.b, '<'), name...)
	for i := 0; i+1 < len(attributes); i += 2 {
		if attributes[i+1] == "" {
			continue
		}
		w.b = append(append(append(w.b, ' '), attributes[i]...), `="`...)
		w.b = append(escape(w.b, attributes[i+1], true), '"')
	}
}

// escape appends text so that a reader gets back every character: white space
// in attributes is written as references, because XML 1.0 §3.3.3 makes spaces
// of it. What XML cannot hold at all (§2.2) becomes U+FFFD.
func escape(b []byte, text string, attribute bool) []byte {
	done := 0
	for i := 0; i < len(text); {
		r, size := rune(text[i]), 1
		if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRuneInString(text[i:])
		}
		var by string
		switch {
		case r == '&':
			by = "&amp;"
		case r == '<':
			by = "&lt;"
		case r == '>':
			by = "&gt;"
		case r == '"' && attribute:
			by = "&quot;"
		case r == '\r':
			by = "&#xD;"
		case r == '\n' && attribute:
			by = "&#xA;"
		case r == '\t' && attribute:
			by = "&#x9;"
		case r < 0x20 && r != '\n' && r != '\t', r == utf8.RuneError && size == 1, r == 0xfffe || r == 0xffff:
			by = "\ufffd"
		default:
			i += size
			continue
		}
		b = append(append(b, text[done:i]...), by...)
		i += size
		done = i
	}
	return append(b, text[done:]...)
}
