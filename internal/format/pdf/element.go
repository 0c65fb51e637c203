package pdf

import (
	"fmt"
	"strings"
)

// element is a part of the document's structure (ISO 32000-1 §14.7): it holds
// elements, or text.
type element struct {
	tag        string // of the standard structure types (§14.8.4)
	lang       string // "" as its parent's
	attributes string
	kids       []kid
	space      float64 // before it, in points
	indent     float64
	text       *paragraph
	label      *element // of a list item: what stands before its first line
	object     int
}

// kid is a part of an element: an element, text on a page, or an annotation.
type kid struct {
	element    *element
	page       int // of text and annotations
	mark       int // of text on its page, from 0
	annotation int // an object; 0: none
}

func (e *element) add(children ...*element) *element {
	for _, c := range children {
		e.kids = append(e.kids, kid{element: c})
	}
	return e
}

// writeElement adds an element with all that is below it to the file. Every
// element knows its parent.
func (d *document) writeElement(e *element, parent int) {
	e.object = d.file.reserve()
	var kids []string
	for _, k := range e.kids {
		switch {
		case k.element != nil:
			d.writeElement(k.element, e.object)
			kids = append(kids, ref(k.element.object))
		case k.annotation != 0:
			kids = append(kids, fmt.Sprintf("<< /Type /OBJR /Obj %s /Pg %s >>", ref(k.annotation), ref(d.pages[k.page].object)))
		default:
			kids = append(kids, fmt.Sprintf("<< /Type /MCR /Pg %s /MCID %d >>", ref(d.pages[k.page].object), k.mark))
			d.pages[k.page].owners[k.mark] = e.object
		}
	}
	body := fmt.Sprintf("<< /Type /StructElem /S %s /P %s /K [%s]", name(e.tag), ref(parent), strings.Join(kids, " "))
	if e.lang != "" {
		body += " /Lang " + ascii(e.lang)
	}
	if e.attributes != "" {
		body += " /A << " + e.attributes + " >>"
	}
	d.file.set(e.object, body+" >>")
}
