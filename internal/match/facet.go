package match

import (
	"iter"
	"strings"

	"github.com/wireroom/wireroom/internal/text"
	"github.com/wireroom/wireroom/internal/vocab"
	"github.com/wireroom/wireroom/internal/wire"
)

// Facets yields the fields of an item and its values in each, folded as queries
// are. A language stands for its beginnings too, a topic for those above it. A
// value can come twice.
func Facets(it *wire.Item) iter.Seq2[string, string] {
	return func(yield func(field, folded string) bool) {
		f := facets{yield: yield}
		f.of(it)
	}
}

type facets struct {
	yield func(field, folded string) bool
	done  bool
}

func (f *facets) add(field string, values ...string) {
	for _, v := range values {
		if folded := FoldFacet(field, v); folded != "" && !f.done {
			f.done = !f.yield(field, folded)
		}
	}
}

func (f *facets) of(it *wire.Item) {
	// lang:zh asks for every Chinese.
	for tag := it.Language; tag != ""; {
		f.add("lang", tag)
		tag = tag[:max(strings.LastIndexByte(tag, '-'), 0)]
	}
	f.add("country", it.Dateline.Country)
	f.add("country", it.Places...)
	f.add("sector", it.Sectors...)
	for _, s := range it.Subjects {
		// The bound is against a cycle in data from outside.
		for depth := 0; s != "" && depth < 16; depth++ {
			f.add("subject", s)
			topic, _ := vocab.LookupTopic(s)
			s = topic.Parent
		}
	}
	f.add("org", it.Organisation)
	if it.Provider != nil {
		f.add("provider", it.Provider.Name)
	}
	for _, i := range it.Instruments {
		f.add("ticker", i.Ticker)
		if i.MIC != "" && i.Ticker != "" {
			f.add("ticker", i.MIC+":"+i.Ticker)
		}
		f.add("isin", i.ISIN)
	}
	f.add("circuit", it.Circuits...)
	f.add("priority", string(it.Priority))
}

// FoldFacet is the value of a field as it is compared; "" if there is nothing to
// compare.
func FoldFacet(field, value string) string {
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
	return value
}
