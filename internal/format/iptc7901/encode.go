package iptc7901

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/wireroom/wireroom/internal/format"
	"github.com/wireroom/wireroom/internal/format/plain"
	"github.com/wireroom/wireroom/internal/locale"
	"github.com/wireroom/wireroom/internal/vocab"
	"github.com/wireroom/wireroom/internal/wire"
)

// The characters that part a message.
const (
	soh = '\x01' // before the header
	stx = '\x02' // before the text
	etx = '\x03' // after the text
	eot = '\x04' // after the message
)

// lineLength is how long lines of text may be; receivers count on it.
const lineLength = 69

// indent begins a paragraph.
const indent = "  "

// languages are those of the wire that ISO 8859-1 can write.
var languages = []string{"en", "de", "es", "fr", "id", "ms", "pt"}

// Carries reports whether a language can be written.
func Carries(language string) bool {
	base, _, _ := strings.Cut(language, "-")
	return slices.Contains(languages, base)
}

// Encode writes an item. It returns an Invalid error for an item in a language
// that cannot be written, or with a character that cannot.
//
// A withdrawal must reach everybody: of one whose reason cannot be written the
// rest is sent.
func Encode(it *wire.Item, site format.Site) ([]byte, error) {
	if !Carries(it.Language) {
		return nil, wire.Errorf(wire.Invalid, "format", "IPTC 7901 has Latin letters only and cannot carry %s; it carries %s", it.Language, strings.Join(languages, ", "))
	}
	data, err := encode(it, site)
	if err != nil && it.Action.Withdraws() && it.Reason != "" {
		bare := *it
		bare.Reason = ""
		return encode(&bare, site)
	}
	return data, err
}

func encode(it *wire.Item, site format.Site) ([]byte, error) {
	p := locale.For(it.Language)
	before, after := plain.Paragraphs(it, p)
	paragraphs := append(before, after...)
	if address := site.ItemURL(it); !it.Action.Withdraws() {
		paragraphs = append(paragraphs, address)
	}
	headline := Latin(format.Line(format.Headline(it, p)))
	words := len(strings.Fields(headline))
	var text strings.Builder
	for _, paragraph := range paragraphs {
		paragraph = Latin(paragraph)
		words += len(strings.Fields(paragraph))
		for line := range strings.SplitSeq(paragraph, "\n") {
			wrap(&text, line)
		}
	}
	message := fmt.Sprintf("%c%s%04d %d %s %d %s\r\n%s\r\n%c%s\r\n%s%c%s\r\n%c", soh,
		sourceOf(site), it.Number%10000, priority(it.Priority), category(it.Subjects), words, it.Action,
		strings.Join([]string{string(it.Release), it.Language, strconv.Itoa(it.Version)}, "/"),
		stx, headline, text.String(), etx, sent(it.ClearTime), eot)
	return bytesOf(message)
}

// wrap writes a paragraph in lines that are not too long.
func wrap(b *strings.Builder, paragraph string) {
	length := 0
	for i, word := range strings.Fields(paragraph) {
		n := utf8.RuneCountInString(word)
		switch {
		case i == 0:
			b.WriteString(indent)
			length = len(indent)
		case length+1+n > lineLength:
			b.WriteString("\r\n")
			length = 0
		default:
			b.WriteByte(' ')
			length++
		}
		b.WriteString(word)
		length += n
	}
	if length > 0 {
		b.WriteString("\r\n")
	}
}

// sourceOf is three letters for the wire, from its name.
func sourceOf(site format.Site) string {
	var b strings.Builder
	for _, r := range strings.ToLower(site.Name) {
		if r >= 'a' && r <= 'z' && b.Len() < 3 {
			b.WriteRune(r)
		}
	}
	return (b.String() + "xxx")[:3]
}

// priority is the standard's: 1 is a flash, 6 the least.
func priority(p wire.Priority) int {
	switch p {
	case wire.Flash:
		return 1
	case wire.Urgent:
		return 2
	}
	return 4
}

// category is one letter for the desk that an item is for: f finance, s sport,
// e entertainment, else i.
func category(subjects []string) string {
	for _, code := range subjects {
		topic, ok := vocab.LookupTopic(code)
		for ok && topic.Parent != "" {
			topic, ok = vocab.LookupTopic(topic.Parent)
		}
		switch topic.Code {
		case "04000000":
			return "f"
		case "15000000":
			return "s"
		case "01000000":
			return "e"
		}
	}
	return "i"
}

// sent is the day and time group: day, hour and minute, zone, month, year.
func sent(t time.Time) string { return t.UTC().Format("021504 GMT Jan 06") }

// equivalents are characters that printers have always set with others of the
// same meaning.
var equivalents = strings.NewReplacer(
	"“", `"`, "”", `"`, "„", `"`, "‟", `"`, "‘", "'", "’", "'", "‚", "'", "‹", "<", "›", ">",
	"–", "-", "—", "-", "‐", "-", "‑", "-", "−", "-", "…", "...", "•", "*", "\u202f", " ", "\u2009", " ", "\u200b", "", "\u2007", " ",
	"œ", "oe", "Œ", "OE", "€", "EUR ", "™", "(TM)", "ﬁ", "fi", "ﬂ", "fl", "₂", "2", "₃", "3", "\u200e", "", "\u200f", "", "\u2066", "", "\u2067", "", "\u2068", "", "\u2069", "",
	"\t", " ",
)

// Latin writes typographic characters as the ones that ISO 8859-1 has for them,
// which is all that this format changes of a text.
func Latin(text string) string { return equivalents.Replace(text) }

// bytesOf is text in ISO 8859-1, whose bytes are the first 256 characters of
// Unicode.
func bytesOf(text string) ([]byte, error) {
	data := make([]byte, 0, len(text))
	for i, r := range text {
		if r > 0xff || r >= 0x7f && r < 0xa0 {
			return nil, wire.Errorf(wire.Invalid, "format", "IPTC 7901 has no %q (U+%04X), which is near %q", r, r, near(text, i))
		}
		data = append(data, byte(r))
	}
	return data, nil
}

// near is what stands around a place, for the person who has to find it.
func near(text string, at int) string {
	before, after := []rune(text[:at]), []rune(text[at:])
	return strings.TrimSpace(string(before[max(0, len(before)-15):]) + string(after[:min(15, len(after))]))
}
