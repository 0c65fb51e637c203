package formattest

import (
	"bytes"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/wireroom/wireroom/internal/format"
	"github.com/wireroom/wireroom/internal/wire"
)

// Encode writes an item in a format, and Decode reads it back.
type (
	Encode = func(*wire.Item, format.Site) ([]byte, error)
	Decode = func([]byte) (*wire.Item, error)
)

// ReadsBack makes sure that a format says the same as the item, for the story's
// whole life in every language and for drawn items. lossy takes away what the
// format does not carry, if anything, from the item and from what was read.
func ReadsBack(t *testing.T, encode Encode, decode Decode, lossy ...func(*wire.Item)) {
	t.Helper()
	check := func(t interface {
		Helper()
		Fatalf(string, ...any)
	}, it *wire.Item) {
		t.Helper()
		data, err := encode(it, Site())
		if err != nil {
			t.Fatalf("%s in %s: %v", it.Action, it.Language, err)
		}
		read, err := decode(data)
		if err != nil {
			t.Fatalf("%s in %s: %v\n%s", it.Action, it.Language, err, data)
		}
		want := *it
		for _, lose := range lossy {
			lose(&want)
			lose(read)
		}
		if d := Differs(&want, read); d != "" {
			t.Fatalf("%s in %s: %s\n%s", it.Action, it.Language, d, data)
		}
	}
	for _, it := range Items() {
		check(t, &it)
	}
	rapid.Check(t, func(t *rapid.T) { check(t, Draw(t)) })
}

// KeepsSecrets makes sure that a format holds nothing that is not for the
// public.
func KeepsSecrets(t *testing.T, encode Encode) {
	t.Helper()
	data, err := encode(Item(wire.Publish, "ar"), Site())
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"Newsroom only", "5550 0199", "not for publication", "a person", "engine"} {
		if bytes.Contains(data, []byte(secret)) {
			t.Errorf("it holds %q", secret)
		}
	}
}

// Refuses spoils the story's hold in English, in ways that have a name each, and
// makes sure that it is not read.
func Refuses(t *testing.T, encode Encode, decode Decode, spoil map[string][2]string) {
	t.Helper()
	good, err := encode(Item(wire.Hold, "en"), Site())
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range spoil {
		bad := strings.Replace(string(good), change[0], change[1], 1)
		if bad == string(good) {
			t.Errorf("%s: nothing was changed", name)
		} else if _, err := decode([]byte(bad)); wire.KindOf(err) != wire.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// GoldenXML compares pages of an XML format with those kept, an element a line.
func GoldenXML(t *testing.T, update bool, encode Encode) {
	t.Helper()
	for _, language := range GoldenLanguages {
		var out bytes.Buffer
		for _, it := range Page(language) {
			data, err := encode(&it, Site())
			if err != nil {
				t.Fatal(err)
			}
			out.WriteString(strings.ReplaceAll(string(data), "><", ">\n<"))
		}
		Golden(t, update, language, out.Bytes())
	}
}

// FuzzReadBack feeds a decoder: what it takes can be written again, and its
// errors are of the kind Invalid or Exhausted.
func FuzzReadBack(f *testing.F, encode Encode, decode Decode) {
	for _, it := range []wire.Item{{Version: 1, Edition: wire.Edition{Language: "en"}}, {Version: 2, Action: wire.Kill}, {Version: 1, Edition: wire.Edition{Language: "ar", Headline: "م", Body: []wire.Block{wire.P("م")}}}} {
		data, err := encode(&it, format.Site{BaseURL: "https://w.example"}) // short seeds: the fuzzer spends its time on them otherwise
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		it, err := decode(data)
		if err != nil {
			if kind := wire.KindOf(err); kind != wire.Invalid && kind != wire.Exhausted {
				t.Fatalf("kind %s: %v", kind, err)
			}
			return
		}
		if _, err := encode(it, Site()); err != nil && wire.KindOf(err) == wire.Internal {
			t.Fatal(err)
		}
	})
}
