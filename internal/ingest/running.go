package ingest

import (
	"html"
	"strings"
	"unicode"

	"github.com/wireroom/wireroom/internal/wire"
)

// style is how a span of running text is set; the bits may be combined.
type style uint8

const (
	strong style = 1 << iota
	emphasis
	subscript
	superscript
	isolated // bdi
)

// styleTags are the elements of styles, outermost first.
var styleTags = []struct {
	style style
	tag   string
}{{strong, "strong"}, {emphasis, "em"}, {subscript, "sub"}, {superscript, "sup"}, {isolated, "bdi"}}

// span is text in one style; a line feed in it is a line break.
type span struct {
	text  string
	style style
	link  string // "" or what wire.SafeLink passes
}

// removed is a character that the wire does not carry and that was taken out.
type removed struct {
	at   int // byte of the text it stood before
	rune rune
}

// running is running text while it is read: spans one after another, with what
// had to be taken out.
type running struct {
	spans   []span
	removed []removed
	size    int // bytes of text
}

// add appends text, without the characters that may not be carried.
func (t *running) add(text string, s style, link string) {
	if strings.ContainsFunc(text, wire.ForbiddenRune) {
		var kept strings.Builder
		for _, r := range text {
			if wire.ForbiddenRune(r) {
				t.removed = append(t.removed, removed{t.size + kept.Len(), r})
				continue
			}
			kept.WriteRune(r)
		}
		text = kept.String()
	}
	if text == "" {
		return
	}
	t.size += len(text)
	if n := len(t.spans); n > 0 && t.spans[n-1].style == s && t.spans[n-1].link == link {
		t.spans[n-1].text += text
		return
	}
	t.spans = append(t.spans, span{text, s, link})
}

// plain returns the text alone.
func (t *running) plain() string {
	if len(t.spans) == 1 {
		return t.spans[0].text
	}
	var b strings.Builder
	b.Grow(t.size)
	for _, s := range t.spans {
		b.WriteString(s.text)
	}
	return b.String()
}

// slice returns the bytes from..to of the text, with what was removed there.
func (t *running) slice(from, to int) running {
	out := running{size: to - from}
	at := 0
	for _, s := range t.spans {
		low, high := max(from-at, 0), min(to-at, len(s.text))
		if low < high {
			out.spans = append(out.spans, span{s.text[low:high], s.style, s.link})
		}
		at += len(s.text)
	}
	for _, r := range t.removed {
		if r.at >= from && r.at <= to {
			out.removed = append(out.removed, removed{r.at - from, r.rune})
		}
	}
	return out
}

// trim returns the text without space at its ends.
func (t *running) trim() running {
	plain := t.plain()
	from := len(plain) - len(strings.TrimLeftFunc(plain, unicode.IsSpace))
	to := len(strings.TrimRightFunc(plain, unicode.IsSpace))
	if from >= to {
		out := t.slice(0, 0)
		out.removed = t.removed
		return out
	}
	out := t.slice(from, to)
	for _, r := range t.removed { // what stood in the trimmed space was removed too
		if r.at < from {
			out.removed = append(out.removed, removed{0, r.rune})
		} else if r.at > to {
			out.removed = append(out.removed, removed{out.size, r.rune})
		}
	}
	return out
}

// empty reports whether nothing of the text can be seen.
func (t *running) empty() bool {
	return strings.TrimFunc(t.plain(), blank) == ""
}

// lines splits the text at its line breaks.
func (t *running) lines() []running {
	var out []running
	from := 0
	plain := t.plain()
	for i := range len(plain) {
		if plain[i] == '\n' {
			out = append(out, t.slice(from, i))
			from = i + 1
		}
	}
	return append(out, t.slice(from, len(plain)))
}

// inline renders the text in the wire's closed markup. Every span opens and
// closes its own elements, so that they nest whatever the document did. Bare
// web addresses become links.
func (t *running) inline() wire.Inline {
	var b strings.Builder
	for _, s := range t.spans {
		var open, end string
		if s.link != "" {
			open, end = `<a href="`+html.EscapeString(s.link)+`">`, `</a>`
		}
		for _, tag := range styleTags {
			if s.style&tag.style != 0 {
				open, end = open+"<"+tag.tag+">", "</"+tag.tag+">"+end
			}
		}
		b.WriteString(open)
		for i, line := range strings.Split(s.text, "\n") {
			if i > 0 {
				b.WriteString("<br>")
			}
			if s.link != "" {
				b.WriteString(html.EscapeString(line))
			} else {
				b.WriteString(linked(line))
			}
		}
		b.WriteString(end)
	}
	return wire.Inline(b.String())
}

// linked escapes text and makes its bare web addresses links.
func linked(text string) string {
	var b strings.Builder
	for {
		at := nextAddress(text)
		if at < 0 {
			b.WriteString(html.EscapeString(text))
			return b.String()
		}
		b.WriteString(html.EscapeString(text[:at]))
		address := text[at : at+addressLen(text[at:])]
		b.WriteString(string(wire.Link(address, address)))
		text = text[at+len(address):]
	}
}

// nextAddress finds where a bare http or https address begins, -1 if none does.
func nextAddress(text string) int {
	for from := 0; ; {
		i := strings.Index(text[from:], "://")
		if i < 0 {
			return -1
		}
		i += from
		for _, scheme := range []string{"https", "http"} {
			at := i - len(scheme)
			if at >= 0 && strings.EqualFold(text[at:i], scheme) && (at == 0 || !isWordByte(text[at-1])) && addressLen(text[at:]) > len(scheme)+3 {
				return at
			}
		}
		from = i + 3
	}
}

func isWordByte(b byte) bool {
	return b >= '0' && b <= '9' || b|0x20 >= 'a' && b|0x20 <= 'z' || b == '+' || b == '-' || b == '.'
}

// addressLen returns how long the web address at the start of text is. It ends
// before space, quotes and brackets that were not opened in it, and leaves out
// punctuation that belongs to the sentence. Letters of scripts written with
// spaces may stand in the path (RFC 3987); those of scripts written without are
// the sentence going on.
func addressLen(text string) int {
	end, depth, path := 0, 0, false
	start := strings.Index(text, "://") + 3
scan:
	for i, r := range text {
		switch {
		case i < start:
		case r == '(' || r == '[':
			depth++
		case r == ')' || r == ']':
			if depth--; depth < 0 {
				break scan
			}
		case r == '/' || r == '?' || r == '#':
			path = true
		case r < 0x80 && r > 0x20 && !strings.ContainsRune("\"'<>\\^`{|}", r):
		case r >= 0x80 && path && unicode.In(r, unicode.Latin, unicode.Cyrillic, unicode.Greek, unicode.Arabic, unicode.Hebrew) && (unicode.IsLetter(r) || unicode.IsDigit(r)):
		default:
			break scan
		}
		end = i + len(string(r))
	}
	address := strings.TrimRight(text[:end], ".,;:!?*_~")
	for strings.Count(address, "(") > strings.Count(address, ")") && strings.HasSuffix(address, "(") {
		address = address[:len(address)-1]
	}
	if len(address) <= start {
		return 0
	}
	return len(address)
}

// block is a wire.Block while it is read.
type block struct {
	kind  wire.BlockKind
	lang  string
	dir   string
	line  int  // where it begins in the document; 0 if unknown
	title bool // an <h1> or #: a heading that may be the headline
	text  running
	items []running
	rows  [][]running
}

// parts returns every piece of running text of the block.
func (b *block) parts() []*running {
	parts := []*running{&b.text}
	for i := range b.items {
		parts = append(parts, &b.items[i])
	}
	for _, row := range b.rows {
		for i := range row {
			parts = append(parts, &row[i])
		}
	}
	return parts
}

// empty reports whether the block shows nothing.
func (b *block) empty() bool {
	for _, p := range b.parts() {
		if !p.empty() {
			return false
		}
	}
	return true
}

// prose reports whether the block is one piece of running text.
func (b *block) prose() bool { return b.kind == wire.Paragraph || b.kind == wire.Quote }

func (b *block) heading() bool { return b.kind == wire.Heading || b.kind == wire.Subheading }

// domain returns the block as the wire holds it.
func (b *block) domain(language, direction string) wire.Block {
	out := wire.Block{Kind: b.kind}
	if b.lang != language {
		out.Lang = b.lang
	}
	if b.dir != direction {
		out.Dir = b.dir
	}
	switch {
	case len(b.items) > 0:
		for i := range b.items {
			out.Items = append(out.Items, b.items[i].inline())
		}
	case len(b.rows) > 0:
		for _, row := range b.rows {
			cells := make([]wire.Inline, len(row))
			for i := range row {
				cells[i] = row[i].inline()
			}
			out.Rows = append(out.Rows, cells)
		}
	default:
		out.Text = b.text.inline()
	}
	return out
}
