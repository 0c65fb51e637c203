package locale

import (
	"strings"
	"testing"

	"golang.org/x/text/language"
)

func render(t *testing.T, tag, text string, args ...any) string {
	t.Helper()
	m, err := compile(text)
	if err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	c := &catalog{language: tag, tag: language.Make(tag), format: formats[tag]}
	var b strings.Builder
	Printer{c: c}.write(&b, m, args)
	return b.String()
}

func TestMessagesAreReadAsICUReadsThem(t *testing.T) {
	for _, c := range []struct {
		text string
		args []any
		want string
	}{
		{"plain", nil, "plain"},
		{"", nil, ""},
		{"{a} and {b}", []any{"b", "2", "a", "1"}, "1 and 2"},
		{"{ a }", []any{"a", "x"}, "x"},
		{"{n, number} of # {n}", []any{"n", 5000}, "5,000 of # 5000"}, // # means nothing outside a plural
		{"it's l'eau d''or", nil, "it's l'eau d'or"},
		{"'{'a'}' '{a}", nil, "{a} {a}"},
		{"end'", nil, "end'"},
		{"{n, plural, =0 {none} one {a file} other {# files}}", []any{"n", 0}, "none"},
		{"{n, plural, =0 {none} one {a file} other {# files}}", []any{"n", 1}, "a file"},
		{"{n, plural, =0 {none} one {a file} other {# files}}", []any{"n", 2000}, "2,000 files"},
		{"{n,plural,one{'#'}other{{who} has #}}!", []any{"n", 1}, "#!"},
		{"{n,plural,one{'#'}other{{who} has #}}!", []any{"n", 3, "who", "X"}, "X has 3!"},
		{"{n, plural, other {{m, plural, one {#} other {#s}} in #}}", []any{"n", 4, "m", 1}, "1 in 4"},
	} {
		if got := render(t, "en", c.text, c.args...); got != c.want {
			t.Errorf("%q: %q, want %q", c.text, got, c.want)
		}
	}
}

func TestAMalformedMessageIsRefusedWithItsPlace(t *testing.T) {
	for text, want := range map[string]string{
		"a}":                               "character 2",
		"{":                                "needs a name",
		"{}":                               "needs a name",
		"{a":                               "expected , or }",
		"{a b}":                            "expected , or }",
		"{a, date}":                        `"date" is neither`,
		"{a, number":                       "expected } after number",
		"{n, plural}":                      "expected , after plural",
		"{n, plural, one {x}}":             "lacks other",
		"{n, plural, single {x} other {}}": `"single" is not a plural category`,
		"{n, plural, other x}":             "expected { after other",
		"{n, plural, other {x}":            "is not a plural category",
		"{n, plural, other {x":             "a { without its }",
		"{n, plural, =x {y} other {z}}":    "=x is not a number",
		strings.Repeat("{n, plural, other {", 50): "nested",
	} {
		_, err := compile(text)
		if err == nil {
			t.Errorf("%q is taken", text)
		} else if !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

func FuzzCompile(f *testing.F) {
	for _, s := range []string{"{a}", "{n, plural, =0 {x} one {#} other {{b}'{'}}", "''", "{n,number}", "}{"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		m, err := compile(text)
		if err != nil {
			return
		}
		var b strings.Builder
		For("en").write(&b, m, []any{"n", 1, "a", "x"})
	})
}
