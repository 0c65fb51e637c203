package match

import (
	"strconv"
	"sync"

	"github.com/wireroom/wireroom/internal/text"
	"github.com/wireroom/wireroom/internal/wire"
)

// Part is one piece of an item's text, in which words are looked for.
type Part struct {
	Name  string // headline, subheads[0], body[0], organisation
	Scope Scope  // Anywhere for what is in no scope of its own
	Text  string // plain
}

// Parts returns what of an item is searched, in order; not the boilerplate,
// which says the same under every release.
func Parts(it *wire.Item) []Part {
	parts := make([]Part, 0, 2+len(it.Subheads)+len(it.Body))
	parts = append(parts, Part{"headline", InHeadline, it.Headline})
	for i, s := range it.Subheads {
		parts = append(parts, Part{"subheads[" + strconv.Itoa(i) + "]", InBody, s})
	}
	for i, b := range it.Body {
		parts = append(parts, Part{"body[" + strconv.Itoa(i) + "]", InBody, b.PlainText()})
	}
	return append(parts, Part{"organisation", Anywhere, it.Organisation})
}

// gap is put between parts of a text, so that neither a phrase nor NEAR spans
// two.
const gap = maxNear + 28

// Document is an item prepared to be held against queries. It is read-only and
// safe for concurrent use.
type Document struct {
	parts  []placedPart
	facets map[facetValue]bool

	// Made when first asked for: what the words are and where they stand, for one
	// query; and the same as hashes, for an index.
	words  func() map[string][]occurrence
	reader *Reader // takes down what it wants alone; nil: everything
	hash   sync.Once
	read   *hashed
}

type facetValue struct{ field, folded string }

// placedPart is a part with the language it is in and the version it is of.
type placedPart struct {
	Part
	version  int
	language string
}

// occurrence is one term in its place.
type occurrence struct {
	position   int // within the document
	part       int
	start, end int // bytes of the part's text
}

// NewDocument prepares an item.
func NewDocument(it *wire.Item) *Document { return NewDocumentOf(it) }

// NewDocumentOf prepares several versions of one edition as one: an amendment is
// wanted by whoever wanted any version before it.
func NewDocumentOf(items ...*wire.Item) *Document { return newDocument(nil, items) }

func newDocument(reader *Reader, items []*wire.Item) *Document {
	d := &Document{facets: map[facetValue]bool{}, reader: reader}
	for version, it := range items {
		for field, folded := range Facets(it) {
			d.facets[facetValue{field, folded}] = true
		}
		for _, p := range Parts(it) {
			d.parts = append(d.parts, placedPart{p, version, it.Language})
		}
	}
	d.words = sync.OnceValue(d.readWords)
	return d
}

// Prepare analyses the text, which is otherwise done by the first index that the
// document is held against.
func (d *Document) Prepare() { d.hashed() }

// occurrences returns where each term stands, ascending.
func (d *Document) occurrences() map[string][]occurrence { return d.words() }

func (d *Document) readWords() map[string][]occurrence {
	words := map[string][]occurrence{}
	base := 0
	for i, p := range d.parts {
		last := base
		text.Each(p.language, p.Text, func(term []byte, position, start, end int) {
			last = base + position
			if d.reader == nil || d.reader.wants(term) {
				words[string(term)] = append(words[string(term)], occurrence{last, i, start, end})
			}
		})
		base = last + gap
	}
	return words
}
