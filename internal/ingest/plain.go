package ingest

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/wireroom/wireroom/internal/wire"
	"golang.org/x/text/width"
)

// Widths of plain text, in columns; East Asian characters take two.
const (
	wrapLeast = 40  // no mailer wraps shorter than this
	wrapMost  = 110 // nor longer
)

// readPlain takes paragraphs as they are set: a line each, or blocks of wrapped
// lines between empty ones. first is the line of the document text begins at.
func (d *document) readPlain(text string, first int) {
	lines := strings.Split(text, "\n")
	spaced := false // are there empty lines between others?
	var groups [][]string
	var starts []int
	open := false
	for i, line := range lines {
		line = strings.TrimFunc(line, unicode.IsSpace)
		if strings.TrimFunc(line, blank) == "" && !strings.ContainsFunc(line, wire.ForbiddenRune) {
			open = false
			continue
		}
		if !open {
			spaced = spaced || len(groups) > 0
			groups, starts, open = append(groups, nil), append(starts, first+i), true
		}
		groups[len(groups)-1] = append(groups[len(groups)-1], line)
	}
	for i, group := range groups {
		switch {
		case wrapped(group, spaced):
			d.paragraph(joinWrapped(group), starts[i])
		case spaced && len(group) > 1 && widest(group) <= wrapMost && i > 0:
			d.paragraph(strings.Join(group, "\n"), starts[i]) // an address, a short list
		default:
			for j, line := range group {
				d.paragraph(line, starts[i]+j)
			}
		}
	}
}

func (d *document) paragraph(text string, line int) {
	b := block{kind: wire.Paragraph, line: line}
	b.text.add(text, 0, "")
	d.blocks = append(d.blocks, b)
}

// wrapped reports whether the lines are one paragraph broken to a width: every
// line but the last is so full that the next one's first word did not fit.
func wrapped(lines []string, spaced bool) bool {
	least := 4 // where nothing else tells paragraphs from lines
	if spaced {
		least = 2
	}
	if len(lines) < least {
		return false
	}
	most := widest(lines)
	if most > wrapMost || most < wrapLeast {
		return false
	}
	ends := 0
	for i, line := range lines[:len(lines)-1] {
		if columns(line) < wrapLeast || columns(line)+1+firstWord(lines[i+1]) <= most || bulleted(lines[i+1]) {
			return false
		}
		if strings.ContainsRune(sentenceEnds, lastRune(line)) {
			ends++
		}
	}
	return ends*3 <= len(lines)-1
}

// joinWrapped joins lines with a space, except between characters of scripts
// that have none.
func joinWrapped(lines []string) string {
	var b strings.Builder
	for i, line := range lines {
		if i > 0 {
			if !unspaced(lastRune(lines[i-1])) || !unspaced(firstRune(line)) {
				b.WriteByte(' ')
			}
		}
		b.WriteString(line)
	}
	return b.String()
}

// unspaced reports whether r belongs to a script written without spaces, or is
// full-width punctuation.
func unspaced(r rune) bool {
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai) || r >= 0x3000 && r <= 0x303f || r >= 0xff00 && r <= 0xff60
}

func bulleted(line string) bool {
	return strings.ContainsRune("-*•·–—●▪○■◆", firstRune(line))
}

func firstWord(line string) int {
	if unspaced(firstRune(line)) {
		return 1 // any character may begin a line
	}
	word, _, _ := strings.Cut(line, " ")
	return columns(word)
}

func firstRune(s string) rune {
	r, _ := utf8.DecodeRuneInString(s)
	return r
}

func lastRune(s string) rune {
	r, _ := utf8.DecodeLastRuneInString(s)
	return r
}

func widest(lines []string) int {
	most := 0
	for _, line := range lines {
		most = max(most, columns(line))
	}
	return most
}

// columns is how wide text is set in a terminal (UAX #11).
func columns(s string) int {
	n := 0
	for _, r := range s {
		switch {
		case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf):
		case r < 0x1100:
			n++
		default:
			if k := width.LookupRune(r).Kind(); k == width.EastAsianWide || k == width.EastAsianFullwidth {
				n++
			}
			n++
		}
	}
	return n
}
