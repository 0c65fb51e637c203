package vocab

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestTheWireHasFifteenLanguagesInDisplayOrder(t *testing.T) {
	want := "en ar zh-Hans zh-Hant fr de id ja ko ms pt ru es th vi"
	var got []string
	for _, l := range Languages() {
		got = append(got, l.Tag)
		if l.Name == "" || l.English == "" {
			t.Errorf("%s has no name", l.Tag)
		}
		if l.RTL != (Direction(l.Tag) == "rtl") {
			t.Errorf("%s: RTL is %t, its direction %s", l.Tag, l.RTL, Direction(l.Tag))
		}
		if c, err := CanonicalTag(l.Tag); err != nil || c != l.Tag {
			t.Errorf("%s is not canonical: %s, %v", l.Tag, c, err)
		}
		if found, ok := LookupLanguage(l.Tag); !ok || found != l {
			t.Errorf("%s is not found", l.Tag)
		}
	}
	if strings.Join(got, " ") != want {
		t.Errorf("%v, want %s", got, want)
	}
}

func TestATagInAnySpellingMeansItsWireLanguage(t *testing.T) {
	for tag, want := range map[string]string{
		"zh": "zh-Hans", "zh-CN": "zh-Hans", "zh-SG": "zh-Hans", "zh_CN": "zh-Hans", "ZH-hans": "zh-Hans", "cmn": "zh-Hans",
		"zh-TW": "zh-Hant", "zh-HK": "zh-Hant", "zh-MO": "zh-Hant", "zh-Hant-HK": "zh-Hant", "zh-Hans-HK": "zh-Hans",
		"pt-BR": "pt", "pt-PT": "pt", "in": "id", "ar-EG": "ar", "arb": "ar", "en-GB": "en", "en-US": "en",
		"es-419": "es", "zsm": "ms", "ja-JP-u-ca-japanese": "ja", "fr-CA": "fr", "ru-RU": "ru", "vi-VN": "vi",
		"it": "", "uk": "", "yue": "", "und": "", "und-Arab": "", "mul": "", "": "", "x-wire": "", "english": "", "-": "",
		"zh-Latn": "", "ms-Arab": "", "ar-Latn": "",
	} {
		got, ok := LookupLanguage(tag)
		if got.Tag != want || ok != (want != "") {
			t.Errorf("%q: %q %t, want %q", tag, got.Tag, ok, want)
		}
	}
}

func TestEveryScriptHasItsDirection(t *testing.T) {
	rtl := `ar ar-EG he iw fa ur ps ckb sd yi dv ug ks syr nqo rhg prs acm pa-PK az-IR uz-AF ku-Arab-IQ en-Arab ms-Arab
		ur-Aran ff-Adlm und-Hebr ar-XX-1 AR ar_SA`
	ltr := `en fr zh-Hans ja ko th vi ru ms id ar-Latn pa az uz ku ff ur-Latn ha zz-ZZ-foo und x-ar en-x-arab`
	for _, tag := range strings.Fields(rtl) {
		if Direction(tag) != "rtl" {
			t.Errorf("%s is not rtl", tag)
		}
	}
	for _, tag := range append(strings.Fields(ltr), "", "!", "-Arab") {
		if tag != "-Arab" && Direction(tag) != "ltr" {
			t.Errorf("%q is not ltr", tag)
		}
	}
}

func TestTagsAreBroughtToCanonicalForm(t *testing.T) {
	for tag, want := range map[string]string{
		"EN-gb": "en-GB", "zh-hant-tw": "zh-Hant-TW", "iw": "he", "in-ID": "id-ID", "zh_TW": "zh-TW", "en-Latn-US": "en-US",
		"sr-latn-rs": "sr-Latn-RS", "de-1996": "de-1996",
	} {
		got, err := CanonicalTag(tag)
		if err != nil || got != want {
			t.Errorf("%s: %s, %v; want %s", tag, got, err, want)
		}
	}
	for _, tag := range []string{"", "e", "english", "en--GB", "qq", "en-ZZZ9Z9Z9Z", "العربية", "en GB"} {
		if got, err := CanonicalTag(tag); err == nil {
			t.Errorf("%q is taken as %s", tag, got)
		}
	}
}

func TestCanonicalFormIsStable(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tag := rapid.StringMatching(`[a-zA-Z]{2,3}(-[A-Z][a-z]{3})?(-[A-Z]{2})?`).Draw(t, "tag")
		once, err := CanonicalTag(tag)
		if err != nil {
			return
		}
		if twice, err := CanonicalTag(once); err != nil || twice != once {
			t.Fatalf("%s → %s → %s, %v", tag, once, twice, err)
		}
	})
}

func TestEveryLanguageIsNamedInEveryLanguage(t *testing.T) {
	for _, l := range Languages() {
		for _, in := range Languages() {
			if LanguageName(l.Tag, in.Tag) == "" {
				t.Errorf("%s has no name in %s", l.Tag, in.Tag)
			}
		}
	}
	for _, c := range [][3]string{{"ar", "de", "Arabisch"}, {"zh-TW", "en", "Traditional Chinese"}, {"en", "ar-EG", "الإنجليزية"}, {"ja", "it", "Japanese"}, {"it", "en", "it"}} {
		if got := LanguageName(c[0], c[1]); got != c[2] {
			t.Errorf("%s in %s: %q, want %q", c[0], c[1], got, c[2])
		}
	}
}

func FuzzTags(f *testing.F) {
	for _, s := range []string{"zh-Hant-TW", "in", "x-a", "", "-", "a-DE", "ar-u-nu-latn", "i-klingon"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, tag string) {
		if d := Direction(tag); d != "ltr" && d != "rtl" {
			t.Fatalf("%q: direction %q", tag, d)
		}
		_, ours := LookupLanguage(tag)
		if _, err := CanonicalTag(tag); ours && err != nil {
			t.Fatalf("%q is one of ours but: %v", tag, err)
		}
	})
}
