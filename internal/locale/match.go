package locale

import (
	"sync"

	"golang.org/x/text/language"
)

// matcher is made on first use: its tables cost a millisecond that a process
// which prints English only need not spend.
var matcher = sync.OnceValue(func() language.Matcher {
	supported := make([]language.Tag, len(tags))
	for i, tag := range tags {
		supported[i] = language.Make(tag)
	}
	return language.NewMatcher(supported)
})

// maxAcceptLanguage bounds the header that is looked into, in bytes. Browsers
// send less than 200.
const maxAcceptLanguage = 1024

// Match returns the interface language that suits an Accept-Language header
// (RFC 9110 §12.5.4) best, "en" if none does or the header is malformed. Only
// forms of the same language are offered (zh-HK gets zh-Hant, in gets id): a
// reader who asked for Ukrainian is not given Russian, as CLDR's fall-backs
// would have it, but goes on to the next language of the list.
func Match(acceptLanguage string) string {
	if len(acceptLanguage) > maxAcceptLanguage {
		return fallback
	}
	wanted, quality, err := language.ParseAcceptLanguage(acceptLanguage)
	if err != nil {
		return fallback
	}
	for i, tag := range wanted {
		if quality[i] <= 0 { // "q=0" means not acceptable
			continue
		}
		if found, ok := supported(tag); ok {
			return found
		}
	}
	return fallback
}

// closest returns the interface language for a tag, English if there is none.
func closest(tag string) string {
	t, err := language.Parse(tag)
	if err != nil {
		return fallback
	}
	if found, ok := supported(t); ok {
		return found
	}
	return fallback
}

// supported returns the interface language that is a form of t.
func supported(t language.Tag) (string, bool) {
	_, i, confidence := matcher().Match(t)
	if confidence < language.High {
		return "", false
	}
	return tags[i], true
}
