package match

import (
	"strings"

	"github.com/wireroom/wireroom/internal/text"
	"github.com/wireroom/wireroom/internal/vocab"
	"github.com/wireroom/wireroom/internal/wire"
)

// Document is an item prepared to be held against queries. It is read-only and
// safe for concurrent use.
type Document struct {
	facets map[string]bool
	places map[string][]int32 // where each term stands, ascending
	keys   []string           // every key a query can be posted under
}

// NewDocument analyses an item: headline, subheads, body and the issuer's name;
// not the boilerplate, which says the same under every release.
func NewDocument(it *wire.Item) *Document { return NewDocumentOf(it) }

// gap is put between parts of a text, so that no phrase spans two.
const gap = 16

// NewDocumentOf analyses several versions of one edition as one: an amendment is
// wanted by whoever wanted any version before it.
func NewDocumentOf(items ...*wire.Item) *Document {
	d := &Document{facets: map[string]bool{}, places: map[string][]int32{}}
	position := 0
	for _, it := range items {
		d.addFacets(it)
		for _, part := range textsOf(it) {
			terms := text.Analyse(it.Language, part)
			for _, t := range terms {
				d.places[t.Text] = append(d.places[t.Text], int32(position+t.Position))
			}
			if n := len(terms); n > 0 {
				position += terms[n-1].Position + gap
			}
		}
	}
	d.keys = make([]string, 0, len(d.facets)+len(d.places))
	for k := range d.facets {
		d.keys = append(d.keys, k)
	}
	for k := range d.places {
		d.keys = append(d.keys, termKey(k))
	}
	return d
}

func textsOf(it *wire.Item) []string {
	parts := append([]string{it.Headline}, it.Subheads...)
	for _, b := range it.Body {
		parts = append(parts, b.PlainText())
	}
	return append(parts, it.Organisation)
}

func (d *Document) addFacets(it *wire.Item) {
	add := func(field, value string) {
		if key := facetKey(field, value); key != field+":" {
			d.facets[key] = true
		}
	}
	// lang:zh asks for every Chinese, so a tag stands for its beginnings too.
	for tag := it.Language; tag != ""; {
		add("lang", tag)
		cut := strings.LastIndexByte(tag, '-')
		tag = tag[:max(cut, 0)]
	}
	add("country", it.Dateline.Country)
	for _, p := range it.Places {
		add("country", p)
	}
	for _, s := range it.Sectors {
		add("sector", s)
	}
	for _, s := range it.Subjects {
		// A topic stands for those above it; the bound is against a cycle in
		// data from outside.
		for depth := 0; s != "" && depth < 16; depth++ {
			add("subject", s)
			topic, _ := vocab.LookupTopic(s)
			s = topic.Parent
		}
	}
	add("org", it.Organisation)
	if it.Provider != nil {
		add("provider", it.Provider.Name)
	}
	for _, i := range it.Instruments {
		add("ticker", i.Ticker)
		if i.MIC != "" {
			add("ticker", i.MIC+":"+i.Ticker)
		}
		add("isin", i.ISIN)
	}
	for _, c := range it.Circuits {
		add("circuit", c)
	}
	add("priority", string(it.Priority))
}

// facetKey is a field and value as they are compared.
func facetKey(field, value string) string {
	value = strings.Join(strings.Fields(text.Fold(value)), " ")
	switch field {
	case "lang":
		value = strings.ReplaceAll(value, "_", "-")
		// zh-TW means Traditional Chinese, pt-BR Portuguese; zh alone means both
		// writings.
		if l, ok := vocab.LookupLanguage(value); ok && value != "zh" {
			value = text.Fold(l.Tag)
		}
	case "subject":
		value = strings.TrimPrefix(value, "medtop:")
	}
	return field + ":" + value
}

// termKey keeps terms apart from facets where queries are posted.
func termKey(term string) string { return "\x00" + term }

// contains reports whether the terms stand in the document at their relative
// positions.
func (d *Document) contains(terms []text.Term) bool {
	first := d.places[terms[0].Text]
	if len(terms) == 1 {
		return len(first) > 0
	}
	for _, t := range terms[1:] {
		if len(d.places[t.Text]) == 0 {
			return false
		}
	}
	for _, start := range first {
		found := true
		for _, t := range terms[1:] {
			if !holds(d.places[t.Text], start+int32(t.Position-terms[0].Position)) {
				found = false
				break
			}
		}
		if found {
			return true
		}
	}
	return false
}

func holds(places []int32, want int32) bool {
	lo, hi := 0, len(places)
	for lo < hi {
		mid := (lo + hi) / 2
		if places[mid] < want {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo < len(places) && places[lo] == want
}
