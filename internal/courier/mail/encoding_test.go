package mail

import (
	"bytes"
	"encoding/base64"
	"io"
	"mime/quotedprintable"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestQuotedPrintable(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 74)
	for _, c := range []struct{ name, raw, want string }{
		{"plain text stands for itself", "A dock opened.\r\nIt is long.", "A dock opened.\r\nIt is long."},
		{"an equals sign", "a=b", "a=3Db"},
		{"a character outside ASCII", "Łódź", "=C5=81=C3=B3d=C5=BA"},
		{"white space at the end of a line", "-- \r\nx \ty ", "--=20\r\nx=20=09y=20"},
		{"white space doubled", "a  b", "a=20 b"},
		{"a dot that begins a line", ".\r\n..a", "=2E\r\n=2E.a"},
		{"what mailboxes begin letters with", "From here\r\nFrom", "=46rom here\r\nFrom"},
		{"a full line that ends", long + "yz\r\na", long + "y=\r\nz\r\na"},
		{"a line of the most characters", long + "y\r\na", long + "y\r\na"},
		{"a dot behind a soft break", long + "y.", long + "y=\r\n=2E"},
		{"a character is not divided", long[:70] + "日", long[:70] + "=\r\n=E6=97=A5"},
		{"what is no character", "\xff\r", "=FF=0D"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := string(appendQuoted(nil, []byte(c.raw))); got != c.want {
				t.Errorf("%q", got)
			}
		})
	}
}

// Whatever stands in a letter: what a reader decodes is the text, and the lines
// pass relays and mailboxes, and the canonical form of signatures, unchanged.
func TestEncodedPartsAreWhatTheyWere(t *testing.T) {
	t.Parallel()
	words := rapid.SampledFrom([]string{"\r\n", " ", "  ", ".", "=", "From ", "word", "日本語", "é", "\t", "-- ", "https://wire.example/u/abcdefghijklmnopqrstuvwxyz", "\xff"})
	rapid.Check(t, func(t *rapid.T) {
		how := rapid.SampledFrom([]encoding{quoted, inBase64}).Draw(t, "encoding")
		want := strings.Join(rapid.SliceOf(words).Draw(t, "head"), "")
		begun, gathered := how.begin(nil, []byte(want))
		for range rapid.IntRange(0, 6).Draw(t, "pieces of the foot") {
			text := strings.Join(rapid.SliceOf(words).Draw(t, "piece"), "")
			want += text
			if rapid.Bool().Draw(t, "fixed") {
				gathered = how.append(gathered, how.piece(text))
			} else {
				gathered = how.appendRaw(gathered, []byte(text))
			}
		}
		all := how.end(begun, gathered)
		var decoder io.Reader = quotedprintable.NewReader(bytes.NewReader(all))
		if how == inBase64 {
			decoder = base64.NewDecoder(base64.StdEncoding, bytes.NewReader(all))
		}
		if decoded, err := io.ReadAll(decoder); err != nil || string(decoded) != want {
			t.Fatalf("%q is %q, %v, want %q", all, decoded, err, want)
		}
		for l := range strings.SplitSeq(string(all), "\r\n") {
			switch {
			case len(l) > 76, strings.HasPrefix(l, "."), strings.HasPrefix(l, "From "), strings.HasSuffix(l, " "), strings.Contains(l, "  "),
				strings.ContainsFunc(l, func(r rune) bool { return r < ' ' || r > '~' }):
				t.Fatalf("%q", l)
			}
		}
	})
}

func TestTheShorterEncodingIsTaken(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]encoding{
		"The dock in Łódź opened – two years late, and eleven million euros above what had been planned.": quoted,
		"ドックが開業した。":          inBase64,
		"افتتح الحوض الجديد": inBase64,
		"":                   quoted,
	} {
		if got := shorter([]byte(text)); got != want {
			t.Errorf("%q: %s", text, got)
		}
	}
}
