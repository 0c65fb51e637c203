package locale

import (
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// golden has, per language, what a reader is shown of dates and numbers.
const golden = "testdata/formats.golden"

func TestDatesAndNumbersReadAsEachLanguageWritesThem(t *testing.T) {
	singapore := time.FixedZone("SGT", 8*3600)
	autumn := time.Date(2026, 11, 23, 6, 5, 59, 0, time.UTC) // 14:05 in Singapore
	newYear := time.Date(2026, 12, 31, 16, 0, 0, 0, time.UTC)
	var b strings.Builder
	for _, tag := range tags {
		p := For(tag)
		fmt.Fprintf(&b, "%s\n\t%s\n\t%s\n\t%s\n\t%s  %s  %s  %s  %s\n", tag,
			p.Date(autumn.In(singapore)), p.DateTime(autumn.In(singapore)), p.DateTime(newYear.In(singapore)),
			p.Number(999), p.Number(1234), p.Number(86000), p.Number(-3500000), p.Decimal(0.067, 2))
		for m := time.January; m <= time.December; m++ {
			fmt.Fprintf(&b, "\t%s\n", p.Date(time.Date(2028, m, 29, 0, 0, 0, 0, time.UTC)))
		}
	}
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(golden, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if b.String() != string(want) {
		t.Errorf("not as in %s; look at the difference and run with -update if it is meant:\n%s", golden, b.String())
	}
}

func TestDatesAreThoseOfTheContract(t *testing.T) {
	at := time.Date(2026, 11, 23, 14, 5, 0, 0, time.UTC)
	for tag, want := range map[string]string{
		"ja":      "2026年11月23日 14:05",
		"ar":      "23 نوفمبر 2026، 14:05",
		"zh-Hans": "2026年11月23日 14:05",
	} {
		if got := For(tag).DateTime(at); got != want {
			t.Errorf("%s: %q, want %q", tag, got, want)
		}
	}
	for tag, want := range map[string]string{
		"ko": "2026년 11월 23일",
		"th": "23 พฤศจิกายน 2026",
		"vi": "23 tháng 11, 2026",
		"de": "23. November 2026",
		"pt": "23 de novembro de 2026",
		"es": "23 de noviembre de 2026",
		"ru": "23 ноября 2026 года",
		"fr": "23 novembre 2026",
	} {
		if got := For(tag).Date(at); got != want {
			t.Errorf("%s: %q, want %q", tag, got, want)
		}
	}
	if got := For("fr").Date(at.AddDate(0, 0, 8)); got != "1er décembre 2026" {
		t.Errorf("French writes the first as 1er, not %q", got)
	}
}

func TestPluralsFollowTheNumber(t *testing.T) {
	for _, c := range []struct {
		tag  string
		n    int64
		want string
	}{
		{"en", 0, "0 releases"}, {"en", 1, "1 release"}, {"en", 1234, "1,234 releases"}, {"en", 10_000_001, "10,000,001 releases"},
		{"fr", 0, "0 communiqué"}, {"fr", 2, "2 communiqués"},
		{"ru", 1, "1 сообщение"}, {"ru", 2, "2 сообщения"}, {"ru", 5, "5 сообщений"}, {"ru", 11, "11 сообщений"},
		{"ru", 21, "21 сообщение"}, {"ru", 10_000_021, "10\u00a0000\u00a0021 сообщение"},
		{"ar", 0, "لا بيانات"}, {"ar", 1, "بيان واحد"}, {"ar", 2, "بيانان"}, {"ar", 3, "3 بيانات"}, {"ar", 11, "11 بيانًا"}, {"ar", 100, "100 بيان"},
		{"ja", 1, "リリース 1件"}, {"zh-Hant", 12, "12篇稿件"},
	} {
		if got := For(c.tag).T("footer.numbers", "n", c.n); got != c.want {
			t.Errorf("%s %d: %q, want %q", c.tag, c.n, got, c.want)
		}
	}
}

type named int

func (named) String() string { return "a name" }

func TestArgumentsOfAnyTypeArePrinted(t *testing.T) {
	p := For("en")
	for _, c := range []struct {
		value any
		want  string
	}{
		{12345, "Version 12345"}, {int64(7), "Version 7"}, {uint8(9), "Version 9"}, {"2b", "Version 2b"},
		{named(1), "Version a name"}, {time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC), "Version 1 May 2026"},
		{"{n}", "Version {n}"}, // what comes in is not read again
		{uint64(1 << 63), "Version 9223372036854775808"}, {nil, "Version <nil>"},
	} {
		if got := p.T("item.version", "n", c.value); got != c.want {
			t.Errorf("%v: %q, want %q", c.value, got, c.want)
		}
	}
}

func TestWordsOfTheOtherDirectionAreKeptApartWhereAsked(t *testing.T) {
	for _, c := range []struct{ language, name, want string }{
		{"ar", "Meridian <Press>", "مقدَّم من \u2068Meridian <Press>\u2069"},
		{"ar", "مريديان", "مقدَّم من مريديان"},
		{"ar", "مريديان (A-1)", "مقدَّم من \u2068مريديان (A-1)\u2069"},
		{"ar", "2027", "مقدَّم من 2027"},
		{"en", "Meridian <Press>", "Provided by Meridian <Press>"},
		{"en", "مريديان (1)", "Provided by \u2068مريديان (1)\u2069"},
		{"en", "הלדן", "Provided by \u2068הלדן\u2069"},
	} {
		p := For(c.language)
		if got := p.Isolated().T("item.provided_by", "name", c.name); got != c.want {
			t.Errorf("%s, %q: %q, want %q", c.language, c.name, got, c.want)
		}
		if got := p.T("item.provided_by", "name", c.name); strings.ContainsAny(got, "\u2068\u2069") || p.Isolate(c.name) != c.name {
			t.Errorf("%s, %q: %q has isolates that nobody asked for", c.language, c.name, got)
		}
	}
}

func TestPartsOfALineStayInTheirOrder(t *testing.T) {
	const address, number = "press@halden.example", "+65 5550 0101" // no letter of any direction is in the number
	for _, c := range []struct{ language, name, want string }{
		{"ar", "هالدن", "\u2068هالدن\u2069 · \u2068" + address + "\u2069 · \u2068" + number + "\u2069"},
		{"en", "هالدن", "\u2068هالدن\u2069 · \u2068" + address + "\u2069 · \u2068" + number + "\u2069"},
		{"en", "Halden", "Halden · " + address + " · " + number},
	} {
		parts := []string{c.name, address, number}
		if got := For(c.language).Isolated().Apart(parts); got != c.want {
			t.Errorf("%s: %q, want %q", c.language, got, c.want)
		}
		if got := For(c.language).Apart(parts); got != strings.Join(parts, " · ") {
			t.Errorf("%s: %q has isolates that nobody asked for", c.language, got)
		}
	}
}

func TestWordingNeverFailsAPage(t *testing.T) {
	p := For("de")
	for _, c := range []struct{ got, want string }{
		{p.T("no.such_key"), "no.such_key"},
		{p.T("item.version"), "Fassung {n}"},
		{p.T("item.version", "n"), "Fassung {n}"},
		{p.T("item.version", 3, 4, "n", 5, "n", 6), "Fassung 5"},
		{p.T("footer.numbers"), "{n} Meldungen"},
		{p.T("footer.numbers", "n", "viele"), "viele Meldungen"},
		{Printer{}.T("nav.menu"), "Menu"},
		{Printer{}.Number(1234), "1,234"},
		{Printer{}.Language(), "en"},
		{For("tlh").T("nav.menu"), "Menu"},
		{For("").Language(), "en"},
		{For("zh-HK").Language(), "zh-Hant"},
		{For("in").Language(), "id"},
		{For("ar-EG").Direction(), "rtl"},
		{For("he").Direction(), "ltr"}, // speaks English
	} {
		if c.got != c.want {
			t.Errorf("%q, want %q", c.got, c.want)
		}
	}
}

func TestAKeyMissingInACatalogIsAnsweredInEnglish(t *testing.T) {
	lacking := Printer{c: &catalog{language: "de", format: formats["de"], messages: map[string]message{}}}
	if got := lacking.T("nav.menu"); got != "Menu" {
		t.Errorf("got %q", got)
	}
}

func TestNumbersKeepTheirDigits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Int64().Draw(t, "n")
		tag := rapid.SampledFrom(tags).Draw(t, "tag")
		kept := strings.Map(func(r rune) rune {
			if r >= '0' && r <= '9' || r == '-' {
				return r
			}
			return -1
		}, For(tag).Number(n))
		if kept != fmt.Sprint(n) {
			t.Fatalf("%s: %s for %d", tag, kept, n)
		}
	})
}

func TestPrintersAreSafeForConcurrentUse(t *testing.T) {
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for _, tag := range tags {
				p := For(tag)
				p.T("footer.numbers", "n", 3)
				p.DateTime(time.Unix(0, 0))
				Match(tag)
			}
		})
	}
	group.Wait()
}

func TestMatchGivesTheReaderAFormOfALanguageAskedFor(t *testing.T) {
	for header, want := range map[string]string{
		"":                                   "en",
		"*":                                  "en",
		"de":                                 "de",
		"de-AT,de;q=0.9,en;q=0.5":            "de",
		"en;q=0.5,ja":                        "ja",
		"zh-TW,zh;q=0.9":                     "zh-Hant",
		"zh-HK":                              "zh-Hant",
		"zh-CN":                              "zh-Hans",
		"zh":                                 "zh-Hans",
		"pt-PT":                              "pt",
		"es-419":                             "es",
		"in":                                 "id",
		"uk,de;q=0.5":                        "de", // not Russian
		"ca,fr;q=0.3":                        "fr",
		"it":                                 "en",
		"fr;q=0,ko":                          "ko",
		"ms-Arab, th;q=0.2":                  "th",
		"not a header;;;":                    "en",
		strings.Repeat("de,", 1000):          "en",
		"ar-EG,ar;q=0.9,en-US;q=0.8,en;q=.7": "ar",
	} {
		if got := Match(header); got != want {
			t.Errorf("%.60q: %s, want %s", header, got, want)
		}
	}
}

func FuzzMatch(f *testing.F) {
	for _, s := range []string{"", "de-AT,de;q=0.9", "zh-TW", "*;q=0", "x-a-b", "a;q=1e9"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, header string) {
		if got := Match(header); For(got).Language() != got {
			t.Fatalf("%q is given %q", header, got)
		}
	})
}
