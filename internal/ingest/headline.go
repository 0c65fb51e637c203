package ingest

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/wireroom/wireroom/internal/text"
	"github.com/wireroom/wireroom/internal/wire"
)

// Widths of headlines, in columns.
const (
	lineHeadline     = 200 // longest first line that is a headline
	sentenceHeadline = 130 // the same where it ends like a sentence
	cutHeadline      = 250 // longest first sentence that becomes one
)

// takeHeadline finds the headline and takes it out of d.blocks where it stands
// there as one.
func (d *document) takeHeadline() (string, error) {
	marked := -1 // the block that the markup sets as headline
	for i := range d.blocks {
		if d.blocks[i].title {
			marked = i
			break
		}
	}
	if d.front.Title != "" {
		first := max(marked, 0)
		if b := &d.blocks[first]; (b.heading() || b.kind == wire.Paragraph) && text.Fold(oneLine(b.text.plain())) == text.Fold(d.front.Title) && len(d.blocks) > 1 {
			d.blocks = append(d.blocks[:first:first], d.blocks[first+1:]...)
		}
		return d.front.Title, nil
	}
	if marked < 0 && d.title == nil && d.blocks[0].heading() {
		marked = 0
	}
	if marked >= 0 && len(d.blocks) > 1 {
		b := d.blocks[marked]
		d.blocks = append(d.blocks[:marked:marked], d.blocks[marked+1:]...)
		return d.headlineOf(&b.text, b.line)
	}
	if d.title != nil {
		d.find(0, Note, "headline-from-title", "The headline is the page's title: the text itself marks none.")
		return d.headlineOf(d.title, 0)
	}
	return d.headlineFromText()
}

// headlineFromText takes the first line where it is one, else the first
// sentence, which stays in the text.
func (d *document) headlineFromText() (string, error) {
	b := &d.blocks[0]
	lead := b.text
	if !b.prose() && !b.heading() {
		lead = *b.parts()[min(1, len(b.parts())-1)]
	}
	lines := lead.lines()
	line := lines[0].trim()
	plain := line.plain()
	sentence := strings.ContainsRune(sentenceEnds, lastRune(strings.TrimRight(plain, "\"'”’»)」』")))
	width := lineHeadline
	if sentence {
		width = sentenceHeadline
	}
	lone := len(d.blocks) == 1 && len(lines) == 1
	dated := d.datelineIn == 0 && sentence // "CITY, date (NAME) – A sentence." is a lead
	if b.prose() && !lone && !dated && line.size > 0 && columns(plain) <= width {
		rest := lead.slice(min(lines[0].size+1, lead.size), lead.size)
		if b.text = rest.trim(); b.text.empty() {
			d.blocks = d.blocks[1:]
		}
		d.find(b.line, Note, "headline-from-text", "The first line was taken as the headline.")
		return d.headlineOf(&line, b.line)
	}
	end, cut := firstSentence(lead.plain())
	from := lead.slice(0, end)
	headline, err := d.headlineOf(&from, b.line)
	if err != nil {
		return "", err
	}
	if cut {
		headline += "…"
	}
	d.find(b.line, Warning, "headline-from-text", "The headline is the beginning of the text, which has none of its own; write one.")
	return headline, nil
}

// headlineOf is running text as a headline. What may not be carried is an error
// here: a headline is too short and too public to guess what was meant.
func (d *document) headlineOf(t *running, line int) (string, error) {
	if len(t.removed) > 0 {
		return "", d.fail(line, "has the character U+%04X in the headline, which may not be carried; take it out", t.removed[0].rune)
	}
	headline := oneLine(t.plain())
	if n := utf8.RuneCountInString(headline); n > wire.MaxHeadline {
		return "", wire.Errorf(wire.Exhausted, d.at(line), "has a headline of %d characters; at most %d fit", n, wire.MaxHeadline)
	}
	return headline, nil
}

// oneLine brings line breaks to spaces.
func oneLine(s string) string {
	s = strings.TrimSpace(s)
	if !strings.ContainsAny(s, "\n\t") {
		return s
	}
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r == '\n' || r == '\t' }), " ")
}

const sentenceEnds = ".!?。！？؟۔…"

// firstSentence returns where the first sentence of a text ends; cut says that
// it was too long and ends at a word instead.
func firstSentence(s string) (end int, cut bool) {
	width := 0
	space := 0 // where the last word that fits ended
	for i, r := range s {
		width += columns(string(r))
		after := i + utf8.RuneLen(r)
		switch {
		case r == '\n':
			return i, false
		case width > cutHeadline:
			if space == 0 {
				return i, true
			}
			return space, true
		case strings.ContainsRune("。！？؟۔!?…", r):
			return after + closers(s[after:]), false
		case r == '.' && endsSentence(s[:i], s[after:]):
			return after + closers(s[after:]), false
		case unicode.IsSpace(r):
			space = i
		}
	}
	return len(s), false
}

// endsSentence tells the full stop of a sentence from that of "Inc.", "23." and
// "3.5".
func endsSentence(before, after string) bool {
	if rest := strings.TrimLeft(after, "\"'”’»)"); rest != "" {
		r := firstRune(rest)
		if !unicode.IsSpace(r) {
			return false
		}
		next := firstRune(strings.TrimLeftFunc(rest, unicode.IsSpace))
		if unicode.IsLower(next) || unicode.IsDigit(next) {
			return false
		}
	}
	word := before[strings.LastIndexFunc(before, unicode.IsSpace)+1:]
	if utf8.RuneCountInString(word) <= 1 || unicode.IsDigit(lastRune(word)) && len(word) <= 2 || strings.Contains(word, ".") {
		return after == ""
	}
	switch strings.ToLower(strings.TrimLeft(word, "(\"'“«")) {
	case "inc", "corp", "ltd", "co", "st", "dr", "mr", "mrs", "ms", "prof", "no", "nr", "sr", "sra", "vs", "jr", "gen", "col", "sen", "rep", "gov", "hon", "messrs", "mme", "ing", "bzw", "ca", "тыс", "млн", "млрд", "им", "г":
		return after == ""
	}
	return true
}

func closers(s string) int {
	return len(s) - len(strings.TrimLeft(s, "\"'”’»)」』】.!?。！？"))
}
