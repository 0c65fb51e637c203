package plain_test

import (
	"bytes"
	"flag"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/wireroom/wireroom/internal/format"
	"github.com/wireroom/wireroom/internal/format/formattest"
	"github.com/wireroom/wireroom/internal/format/plain"
	"github.com/wireroom/wireroom/internal/locale"
	"github.com/wireroom/wireroom/internal/wire"
)

var update = flag.Bool("update", false, "write the golden files")

func TestTheWholeStoryIsThereInOrder(t *testing.T) {
	for _, it := range formattest.Items() {
		p := locale.For(it.Language)
		text := string(plain.EncodeLinked(&it, formattest.Site(), p))
		want := formattest.Texts(&it)
		if it.Action.Withdraws() {
			want = []string{formattest.Fold(format.Notice(&it, p)), format.Headline(&it, p)}
		}
		want = append(want, formattest.Site().ItemURL(&it), plain.End)
		if missing := formattest.Missing(formattest.Fold(text), want); missing != "" {
			t.Errorf("%s in %s lacks %q or has it out of order:\n%s", it.Action, it.Language, missing, text)
		}
		if line := format.Dateline(&it, p); line != "" && !it.Action.Withdraws() && !strings.Contains(text, "\n"+line) {
			t.Errorf("%s in %s does not begin its lead with %q", it.Action, it.Language, line)
		}
	}
}

func TestAnyItemIsPasteable(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		it := formattest.Draw(t)
		text := string(plain.Encode(it, locale.For(it.Language)))
		if missing := formattest.Missing(formattest.Fold(text), formattest.Texts(it)); missing != "" {
			t.Fatalf("it lacks %q or has it out of order:\n%s", missing, text)
		}
		if !utf8.ValidString(text) || strings.ContainsFunc(text, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' }) {
			t.Fatalf("%q", text)
		}
		if !strings.HasSuffix(text, "\n\n"+plain.End+"\n") {
			t.Fatalf("it does not end: %q", text)
		}
	})
}

func TestNoControlCharactersArePutIn(t *testing.T) {
	text := string(plain.Encode(formattest.Item(wire.Publish, "ar"), locale.For("ar")))
	if strings.ContainsAny(text, "\u200e\u200f\u061c\u2066\u2067\u2068\u2069\u202a\u202b\u202c") {
		t.Errorf("%q", text)
	}
}

func TestWhatIsNotForThePublicIsNotCarried(t *testing.T) {
	text := string(plain.Encode(formattest.Item(wire.Publish, "en"), locale.For("en")))
	for _, secret := range []string{"5550 0199", "not for publication", "a person"} {
		if strings.Contains(text, secret) {
			t.Errorf("it holds %q", secret)
		}
	}
}

func TestGolden(t *testing.T) {
	for _, language := range formattest.GoldenLanguages {
		var pages [][]byte
		for _, it := range formattest.Page(language) {
			pages = append(pages, plain.EncodeLinked(&it, formattest.Site(), locale.For(language)))
		}
		formattest.Golden(t, *update, language, bytes.Join(pages, []byte("=====\n")))
	}
}
