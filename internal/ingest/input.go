package ingest

import (
	"bytes"
	"io"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/wireroom/wireroom/internal/wire"
	utf "golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"
)

// slurp reads the whole input: a document of marked-up text up to MaxBytes, one
// that also holds metadata, pictures or several stories up to eight times that.
func (d *document) slurp(r io.Reader) ([]byte, error) {
	raw, err := io.ReadAll(io.LimitReader(r, 8*d.options.MaxBytes+1))
	if err != nil {
		return nil, wire.Errorf(wire.Unavailable, d.name, "could not be read to its end; send it again: %w", err)
	}
	if most := 8 * d.options.MaxBytes; int64(len(raw)) > most {
		return nil, wire.Errorf(wire.Exhausted, d.name, "is larger than %d bytes; send the text alone, without pictures, or in parts", most)
	}
	return raw, nil
}

// decode returns a text as UTF-8. It refuses what is not text, and converts what
// is in an encoding of before UTF-8 if that can be told.
func (d *document) decode(raw []byte) (string, error) {
	text, err := d.toUTF8(raw)
	if err != nil {
		return "", err
	}
	if line, what := lineOf(text, 0x00), binaryKind(raw); what != "" || line > 0 {
		if what == "" {
			what = "binary data (a NUL byte)"
		}
		return "", d.fail(line, "is %s, not text; save it as plain text, Markdown, HTML or DOCX", what)
	}
	if !utf8.ValidString(text) {
		converted, name := legacyText(raw)
		if name == "" {
			line := 1 + strings.Count(text[:firstInvalid(text)], "\n")
			return "", d.fail(line, "is not UTF-8 and its encoding is not known; save it as UTF-8")
		}
		d.find(0, Warning, "encoding-converted", "The document is not UTF-8; it was read as "+name+". Look at its names and figures once more.")
		text = converted
	} else if converted, ok := iso2022jp(raw); ok {
		d.find(0, Note, "encoding-converted", "The document is ISO-2022-JP and was read as such; UTF-8 is surer.")
		text = converted
	}
	if strings.TrimFunc(text, blank) == "" {
		return "", d.fail(0, "is empty; a release needs text")
	}
	return text, nil
}

// lineEnds brings the line ends of other systems, and the characters that
// Unicode (UAX #14, class BK) breaks lines at, to line feeds.
var lineEnds = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u0085", "\n", "\u2028", "\n", "\u2029", "\n\n", "\f", "\n", "\v", "\n")

// blank reports whether a rune shows nothing by itself.
func blank(r rune) bool {
	return unicode.IsSpace(r) || wire.ForbiddenRune(r) || unicode.Is(unicode.Cf, r)
}

// toUTF8 takes byte order marks at their word (Unicode §23.8).
func (d *document) toUTF8(raw []byte) (string, error) {
	switch {
	case bytes.HasPrefix(raw, []byte("\xef\xbb\xbf")):
		return string(raw[3:]), nil
	case bytes.HasPrefix(raw, []byte("\xff\xfe\x00\x00")), bytes.HasPrefix(raw, []byte("\x00\x00\xfe\xff")):
		text, err := utf32.UTF32(utf32.BigEndian, utf32.UseBOM).NewDecoder().Bytes(raw)
		return d.converted("UTF-32", text, err)
	case bytes.HasPrefix(raw, []byte("\xff\xfe")), bytes.HasPrefix(raw, []byte("\xfe\xff")):
		if len(raw)%2 != 0 {
			return "", d.fail(0, "is UTF-16 that ends in the middle of a character; send the whole file, as UTF-8")
		}
		text, err := utf.UTF16(utf.BigEndian, utf.UseBOM).NewDecoder().Bytes(raw)
		return d.converted("UTF-16", text, err)
	}
	return string(raw), nil
}

func (d *document) converted(from string, text []byte, err error) (string, error) {
	if err != nil || bytes.ContainsRune(text, utf8.RuneError) {
		return "", d.fail(0, "is broken %s; save it as UTF-8", from)
	}
	d.find(0, Note, "encoding-converted", "The file is "+from+" and was read as such; UTF-8 is surer.")
	return string(text), nil
}

func firstInvalid(s string) int {
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
	return len(s)
}

// lineOf returns the line of the first b, 0 if there is none.
func lineOf(s string, b byte) int {
	i := strings.IndexByte(s, b)
	if i < 0 {
		return 0
	}
	return 1 + strings.Count(s[:i], "\n")
}

// signatures are the first bytes of what people send in place of text.
var signatures = []struct{ magic, what string }{
	{"\x89PNG\r\n\x1a\n", "a PNG picture"},
	{"\xff\xd8\xff", "a JPEG picture"},
	{"GIF8", "a GIF picture"},
	{"%PDF-", "a PDF"},
	{"PK\x03\x04", "a zip archive or an Office document (docx, odt)"},
	{"PK\x05\x06", "an empty zip archive"},
	{"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Office document (doc)"},
	{"{\\rtf", "a rich text document (RTF)"},
	{"\x1f\x8b", "a gzip archive"},
	{"7z\xbc\xaf\x27\x1c", "a 7z archive"},
	{"Rar!\x1a\x07", "a RAR archive"},
	{"\x7fELF", "a program"},
}

func binaryKind(raw []byte) string {
	for _, s := range signatures {
		if bytes.HasPrefix(raw, []byte(s.magic)) {
			return s.what
		}
	}
	return ""
}

var (
	htmlStart     = regexp.MustCompile(`(?i)^(?:\s*(?:<\?xml[^>]*>|<!--(?s:.*?)-->))*\s*<(?:!doctype\s+html|html|head|body|article|main)\b`)
	htmlFragment  = regexp.MustCompile(`(?i)^\s*<(?:p|div|h[1-6]|section|table|ul|ol|blockquote|title|meta)\b[^<>]*>`)
	markdownSigns = regexp.MustCompile(`(?m)^#{1,6} \S|^\|(?: *:?-+:? *\|)+ *$|\]\((?:https?://|mailto:)[^)\s]+\)`)
)

func itoa(n int) string { return strconv.Itoa(n) }
