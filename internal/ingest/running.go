package ingest

import (
	"bytes"
	"html"
	"sort"
	"strings"
	"unicode"
	"unicode/utf8"

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

// running is running text while it is read: bytes, where the style of them
// changes, and what had to be taken out.
type running struct {
	text    []byte
	size    int // len(text)
	marks   []mark
	removed []removed // by position
}

// mark ends a piece of text in one style.
type mark struct {
	end   int
	style style
	link  string
}

// add appends text, without the characters that may not be carried.
func (t *running) add(text string, s style, link string) {
	if !strings.ContainsFunc(text, wire.ForbiddenRune) {
		t.text = append(t.text, text...)
	} else {
		for _, r := range text {
			if wire.ForbiddenRune(r) {
				t.removed = append(t.removed, removed{len(t.text), r})
				continue
			}
			t.text = utf8.AppendRune(t.text, r)
		}
	}
	if len(t.text) == t.size {
		return
	}
	t.size = len(t.text)
	if n := len(t.marks); n > 0 && t.marks[n-1].style == s && t.marks[n-1].link == link {
		t.marks[n-1].end = t.size
		return
	}
	t.marks = append(t.marks, mark{t.size, s, link})
}

// plain returns the text alone.
func (t *running) plain() string { return string(t.text) }

// last returns the last byte of the text, 0 if there is none.
func (t *running) last() byte {
	if t.size == 0 {
		return 0
	}
	return t.text[t.size-1]
}

// spans returns the text in pieces of one style.
func (t *running) spans() []span {
	out := make([]span, len(t.marks))
	from := 0
	for i, m := range t.marks {
		out[i] = span{string(t.text[from:m.end]), m.style, m.link}
		from = m.end
	}
	return out
}

// slice returns the bytes from..to of the text, with what was removed there,
// both ends included.
func (t *running) slice(from, to int) running {
	out := running{text: t.text[from:to:to], size: to - from}
	if from < to {
		for i := sort.Search(len(t.marks), func(i int) bool { return t.marks[i].end > from }); i < len(t.marks); i++ {
			m := t.marks[i]
			m.end = min(m.end, to) - from
			if out.marks = append(out.marks, m); t.marks[i].end >= to {
				break
			}
		}
	}
	for i := sort.Search(len(t.removed), func(i int) bool { return t.removed[i].at >= from }); i < len(t.removed) && t.removed[i].at <= to; i++ {
		out.removed = append(out.removed, removed{t.removed[i].at - from, t.removed[i].rune})
	}
	return out
}

// trim returns the text without space at its ends. What was removed there is
// kept, at the ends of what is left.
func (t *running) trim() running {
	from := t.size - len(bytes.TrimLeftFunc(t.text, unicode.IsSpace))
	to := max(from, len(bytes.TrimRightFunc(t.text, unicode.IsSpace)))
	out := t.slice(from, to)
	out.removed = nil
	for _, r := range t.removed {
		out.removed = append(out.removed, removed{min(max(r.at-from, 0), out.size), r.rune})
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

// inline renders the text in the wire's closed markup. Every piece opens and
// closes its own elements, so that they nest whatever the document did. Bare
// web addresses become links.
func (t *running) inline() wire.Inline {
	var b strings.Builder
	for _, s := range t.spans() {
		for text := s.text; text != ""; {
			piece, link := text, s.link
			if at := nextAddress(text); link == "" && at == 0 {
				piece = text[:addressLen(text)]
				if wire.SafeLink(piece) {
					link = piece
				}
			} else if link == "" && at > 0 {
				piece = text[:at]
			}
			writePiece(&b, piece, s.style, link)
			text = text[len(piece):]
		}
	}
	return wire.Inline(b.String())
}

func writePiece(b *strings.Builder, text string, s style, link string) {
	var open, end string
	for _, tag := range styleTags {
		if s&tag.style != 0 {
			open, end = open+"<"+tag.tag+">", "</"+tag.tag+">"+end
		}
	}
	if link != "" {
		open, end = open+`<a href="`+html.EscapeString(link)+`">`, `</a>`+end
	}
	b.WriteString(open + strings.ReplaceAll(html.EscapeString(text), "\n", "<br>") + end)
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
	address = strings.TrimRight(address, "([")
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
