package iptc7901_test

import (
	"bytes"
	"flag"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/wireroom/wireroom/internal/format"
	"github.com/wireroom/wireroom/internal/format/formattest"
	"github.com/wireroom/wireroom/internal/format/iptc7901"
	"github.com/wireroom/wireroom/internal/format/plain"
	"github.com/wireroom/wireroom/internal/locale"
	"github.com/wireroom/wireroom/internal/wire"
)

var update = flag.Bool("update", false, "write the golden files")

// latin is the story's item without its paragraph in Hebrew.
func latin(action wire.Action, language string) *wire.Item {
	it := *formattest.Item(action, language)
	it.Body = slices.Clone(it.Body)
	it.Body = slices.DeleteFunc(it.Body, func(b wire.Block) bool { return b.Lang == "he" })
	return &it
}

// alike brings both sides to what the format can tell apart.
func alike(s string) string {
	return formattest.Fold(strings.NewReplacer("“", `"`, "”", `"`, "„", `"`, "’", "'", "–", "-", "œ", "oe", "\u202f", " ", "₂", "2").Replace(s))
}

func compare(t interface {
	Helper()
	Fatalf(string, ...any)
}, it *wire.Item, data []byte) {
	t.Helper()
	m, err := iptc7901.Decode(data)
	if err != nil {
		t.Fatalf("%v\n%q", err, data)
	}
	p := locale.For(it.Language)
	before, after := plain.Paragraphs(it, p)
	want := strings.Join(append(before, after...), "\n")
	if !it.Action.Withdraws() {
		want += "\n" + formattest.Site().ItemURL(it)
	}
	if got := alike(strings.Join(m.Paragraphs, "\n")); got != alike(want) {
		t.Fatalf("%s in %s:\n%q\nwant\n%q", it.Action, it.Language, got, alike(want))
	}
	if m.Headline != alike(format.Headline(it, p)) || m.Number != int(it.Number%10000) || m.Action != it.Action || m.Source != "exa" {
		t.Fatalf("%+v", m)
	}
	if m.Keywords != fmt.Sprintf("%s/%s/%d", it.Release, it.Language, it.Version) || !m.Sent.Equal(it.ClearTime.UTC().Truncate(time.Minute)) {
		t.Fatalf("%+v", m)
	}
	if want := map[wire.Priority]int{wire.Flash: 1, wire.Urgent: 2, wire.Ordinary: 4}[it.Priority]; m.Priority != want {
		t.Fatalf("priority %d", m.Priority)
	}
	if n := len(strings.Fields(m.Headline + " " + strings.Join(m.Paragraphs, " "))); m.Words != n {
		t.Fatalf("%d words, there are %d", m.Words, n)
	}
}

func TestTheWholeStoryIsThereInEveryLanguageItCanBeWrittenIn(t *testing.T) {
	seen := 0
	for _, language := range formattest.Languages() {
		for _, action := range formattest.Life {
			it := latin(action, language)
			data, err := iptc7901.Encode(it, formattest.Site())
			if !iptc7901.Carries(language) {
				if wire.KindOf(err) != wire.Invalid || !strings.Contains(err.Error(), language) {
					t.Fatalf("%s: %v", language, err)
				}
				continue
			}
			if err != nil {
				t.Fatalf("%s in %s: %v", action, language, err)
			}
			seen++
			compare(t, it, data)
			for line := range bytes.SplitSeq(data, []byte("\r\n")) {
				if len(line) > 69 && !bytes.Contains(line, []byte("://")) && line[0] != 2 {
					t.Errorf("a line of %d: %q", len(line), line)
				}
			}
		}
	}
	if seen != 7*len(formattest.Life) {
		t.Errorf("%d messages", seen)
	}
}

// Either the whole item is written, or it is refused with the character that
// stands in the way.
func TestNothingIsEverReplacedByAQuestionMark(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		it := formattest.Draw(t)
		data, err := iptc7901.Encode(it, formattest.Site())
		if err != nil {
			if wire.KindOf(err) != wire.Invalid || it.Action.Withdraws() && iptc7901.Carries(it.Language) && it.Language != "fr" {
				t.Fatalf("%s in %s: %v", it.Action, it.Language, err)
			}
			return
		}
		if !it.Action.Withdraws() {
			compare(t, it, data)
		}
	})
}

func TestACharacterThatCannotBeWrittenIsNamed(t *testing.T) {
	_, err := iptc7901.Encode(formattest.Item(wire.Publish, "en"), formattest.Site())
	if err == nil || !strings.Contains(err.Error(), "U+05DE") {
		t.Error(err)
	}
	for _, carried := range []string{"en", "de", "fr", "es", "pt", "pt-BR", "id", "ms"} {
		if !iptc7901.Carries(carried) {
			t.Error(carried)
		}
	}
	for _, not := range []string{"ar", "vi", "zh-Hans", "ru", "th", "ja", "ko", ""} {
		if iptc7901.Carries(not) {
			t.Error(not)
		}
	}
}

// A kill reaches everybody, whatever its reason says.
func TestAReasonThatCannotBeWrittenDoesNotStopAKill(t *testing.T) {
	it := *formattest.Item(wire.Kill, "en")
	it.Reason = "عقد"
	data, err := iptc7901.Encode(&it, formattest.Site())
	if err != nil {
		t.Fatal(err)
	}
	it.Reason = ""
	compare(t, &it, data)
}

func TestWhatIsNotAMessageOfTheWireIsRefused(t *testing.T) {
	good, err := iptc7901.Encode(latin(wire.Kill, "en"), formattest.Site())
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string][2]string{
		"no header":     {"\x01", ""},
		"no end":        {"\x03", ""},
		"nothing sent":  {"\x03", "\x03x"},
		"more":          {"\x04", "\x04x"},
		"no paragraphs": {"\r\n  ", "\r\n"},
	} {
		bad := strings.Replace(string(good), change[0], change[1], 1)
		if _, err := iptc7901.Decode([]byte(bad)); bad == string(good) || wire.KindOf(err) != wire.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestGolden(t *testing.T) {
	var out bytes.Buffer
	for _, action := range formattest.Life {
		data, err := iptc7901.Encode(latin(action, "de"), formattest.Site())
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range data { // so that people can read it
			out.WriteRune(rune(b))
		}
		out.WriteByte('\n')
	}
	visible := strings.NewReplacer("\x01", "<SOH>", "\x02", "<STX>", "\x03", "<ETX>", "\x04", "<EOT>", "\r", "")
	formattest.Golden(t, *update, "de", []byte(visible.Replace(out.String())))
}

func FuzzDecode(f *testing.F) {
	data, err := iptc7901.Encode(latin(wire.Kill, "en"), formattest.Site())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Fuzz(func(t *testing.T, data []byte) {
		if m, err := iptc7901.Decode(data); err == nil && m.Source == "" {
			t.Fatal("a message of nobody")
		} else if err != nil && wire.KindOf(err) != wire.Invalid {
			t.Fatal(err)
		}
	})
}
