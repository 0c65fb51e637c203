package vocab

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"sync"

	"golang.org/x/text/language"
)

// Language is one of the wire's languages.
type Language struct {
	Tag     string // BCP 47, canonical: "zh-Hant"
	Name    string // what its readers call it
	English string
	RTL     bool // written from the right
}

// languages in display order: English, then by English name, with the two
// scripts of Chinese together.
var languages = []Language{
	{"en", "English", "English", false},
	{"ar", "العربية", "Arabic", true},
	{"zh-Hans", "简体中文", "Chinese, Simplified", false},
	{"zh-Hant", "繁體中文", "Chinese, Traditional", false},
	{"fr", "Français", "French", false},
	{"de", "Deutsch", "German", false},
	{"id", "Bahasa Indonesia", "Indonesian", false},
	{"ja", "日本語", "Japanese", false},
	{"ko", "한국어", "Korean", false},
	{"ms", "Bahasa Melayu", "Malay", false},
	{"pt", "Português", "Portuguese", false},
	{"ru", "Русский", "Russian", false},
	{"es", "Español", "Spanish", false},
	{"th", "ไทย", "Thai", false},
	{"vi", "Tiếng Việt", "Vietnamese", false},
}

// Languages returns the fifteen wire languages in display order.
func Languages() []Language { return slices.Clone(languages) }

// LookupLanguage returns the wire language that a tag means, in any BCP 47
// spelling: zh-TW, zh-HK and zh-MO are zh-Hant; zh, zh-CN and zh-SG zh-Hans;
// regions fall away (pt-BR is pt, en-GB en); deprecated codes are replaced (in
// is id). A language in another script than the wire's (ms-Arab, zh-Latn) is
// not one of ours.
func LookupLanguage(tag string) (Language, bool) {
	t, err := language.All.Parse(tag)
	if err != nil {
		return Language{}, false
	}
	base, _, _ := t.Raw()
	name := base.String()
	if name == "und" { // would be guessed from script or region
		return Language{}, false
	}
	script, _ := t.Script()
	if name == "zh" {
		name += "-" + script.String()
	} else if usual, _ := language.Make(name).Script(); usual != script {
		return Language{}, false
	}
	i := slices.IndexFunc(languages, func(l Language) bool { return l.Tag == name })
	if i < 0 {
		return Language{}, false
	}
	return languages[i], true
}

// CanonicalTag returns a BCP 47 tag in canonical form (RFC 5646 §4.5): case as
// usual, deprecated subtags replaced, superfluous scripts dropped. Its error
// says whether the tag is malformed or which subtag the registry does not
// know: a misspelt language would silently reach nobody.
func CanonicalTag(tag string) (string, error) {
	t, err := language.BCP47.Parse(tag)
	if err != nil {
		if unknown, ok := err.(language.ValueError); ok {
			return "", fmt.Errorf("%q is not a known language tag: %q is not registered; use one such as en, ar or zh-Hant", tag, unknown.Subtag())
		}
		return "", fmt.Errorf("%q is not a language tag; use one such as en, ar or zh-Hant", tag)
	}
	return t.String(), nil
}

// rtlScripts are the ISO 15924 scripts written from the right (Unicode
// Bidi_Class R and AL).
var rtlScripts = strings.Fields(`Adlm Arab Aran Armi Avst Chrs Cprt Elym Gara Hatr Hebr Hung Khar Lydi Mand Mani
	Mend Merc Mero Narb Nbat Nkoo Orkh Ougr Palm Phli Phlp Phnx Prti Rohg Samr Sarb Sogd Sogo Syrc Syre Syrj Syrn
	Thaa Todr Yezi`)

// rtlLanguages are written from the right and have no likely script in x/text:
// Dari, spoken varieties of Arabic, and others by their own ISO 639-3 code.
var rtlLanguages = strings.Fields(`aao abh acm acw acx adf aec afb aii ars auz ayh ayl ayn ayp azb hac jpr pbt pga
	phr prs sam ssh syc tru uzs`)

// Direction returns "rtl" or "ltr" for any BCP 47 tag: by its script subtag,
// else by the script the language is most likely written in (CLDR). What is
// not a tag is "ltr".
func Direction(tag string) string {
	script := scriptSubtag(tag)
	if script == "" {
		base, _, _ := strings.Cut(strings.ReplaceAll(strings.ToLower(tag), "_", "-"), "-")
		if slices.Contains(rtlLanguages, base) {
			return "rtl"
		}
		t, err := language.Parse(tag)
		if err != nil { // a tag with an unknown variant or region still names its language
			t = language.Make(base)
		}
		likely, _ := t.Script()
		script = likely.String()
	}
	if slices.Contains(rtlScripts, script) {
		return "rtl"
	}
	return "ltr"
}

// scriptSubtag returns the tag's own script subtag in its usual case, or "".
// It is read here because x/text drops scripts newer than its tables and
// replaces variants such as Aran.
func scriptSubtag(tag string) string {
	subtags := strings.Split(strings.ReplaceAll(tag, "_", "-"), "-")
	for _, s := range subtags[1:] {
		switch {
		case len(s) == 1: // extensions follow
			return ""
		case len(s) == 4 && isLetters(s):
			return strings.ToUpper(s[:1]) + strings.ToLower(s[1:])
		}
	}
	return ""
}

func isLetters(s string) bool {
	for _, b := range []byte(s) {
		if b|0x20 < 'a' || b|0x20 > 'z' {
			return false
		}
	}
	return true
}

//go:embed data/languages.tsv
var languageData string

// languageNames maps tag and display language to a name.
var languageNames = sync.OnceValue(func() map[[2]string]string {
	header, rows := table(languageData)
	names := map[[2]string]string{}
	for _, row := range rows {
		for i, name := range row[1:] {
			names[[2]string{row[0], header[i+1]}] = name
		}
	}
	return names
})

// LanguageName returns what the readers of one wire language call another, in
// dictionary form: LanguageName("ar", "de") is "Arabisch". Either may be given
// as any tag; a language the wire does not have comes back as its tag, an
// unknown display language gives the English name.
func LanguageName(tag, in string) string {
	named, ok := LookupLanguage(tag)
	if !ok {
		return tag
	}
	return languageNames()[[2]string{named.Tag, displayLanguage(in)}]
}

// displayLanguage is the wire language to show names in; English where the
// reader's is not one.
func displayLanguage(tag string) string {
	for _, l := range languages { // the common case costs no parsing
		if l.Tag == tag {
			return tag
		}
	}
	if l, ok := LookupLanguage(tag); ok {
		return l.Tag
	}
	return "en"
}
