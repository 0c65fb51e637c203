package locale

import (
	"embed"
	"encoding/json"
	"fmt"
	"sync"

	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"
)

//go:embed catalog/*.json
var files embed.FS

// fallback is the language a text is taken from when a catalog lacks it.
const fallback = "en"

// tags are the interface languages; the first is what a reader gets who asks
// for none of them.
var tags = []string{"en", "ar", "zh-Hans", "zh-Hant", "fr", "de", "id", "ja", "ko", "ms", "pt", "ru", "es", "th", "vi"}

// catalog is one language's wording, compiled; read-only and safe for
// concurrent use.
type catalog struct {
	language string
	tag      language.Tag // for plural rules
	format   format
	messages map[string]message
}

// catalogs holds a loader for each language. A catalog is compiled the first
// time it is asked for: start-up and short commands pay for none.
var catalogs = func() map[string]func() *catalog {
	loaders := map[string]func() *catalog{}
	for _, tag := range tags {
		loaders[tag] = sync.OnceValue(func() *catalog { return load(tag) })
	}
	return loaders
}()

// load compiles the embedded catalog of a language. A text that does not
// compile is left out, so English stands in for it; tests keep that from
// being committed.
func load(tag string) *catalog {
	c := &catalog{language: tag, tag: language.Make(tag), format: formats[tag], messages: map[string]message{}}
	texts, err := read(tag)
	if err != nil {
		return c
	}
	for key, text := range texts {
		if m, err := compile(text); err == nil {
			c.messages[key] = m
		}
	}
	return c
}

// read returns an embedded file of the catalog folder as it is.
func read(name string) (map[string]string, error) {
	data, err := files.ReadFile("catalog/" + name + ".json")
	if err != nil {
		return nil, err
	}
	var texts map[string]string
	if err := json.Unmarshal(data, &texts); err != nil {
		return nil, fmt.Errorf("catalog/%s.json: %w", name, err)
	}
	return texts, nil
}

// form is the CLDR plural category of a count in a language.
func form(tag language.Tag, n int64) plural.Form {
	if n < 0 {
		n = -n
	}
	if n < 0 { // the one number that has no positive twin
		return plural.Other
	}
	// Beyond ten million the rules look at the last six digits alone; the
	// million added keeps 10 000 001 from being taken for 1.
	if n >= 10_000_000 {
		n = 1_000_000 + n%1_000_000
	}
	return plural.Cardinal.MatchPlural(tag, int(n), 0, 0, 0, 0)
}
