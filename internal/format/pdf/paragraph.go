package pdf

import (
	"slices"
	"strings"
	"unicode"

	"github.com/go-text/typesetting/di"
	"github.com/go-text/typesetting/language"
	"github.com/go-text/typesetting/shaping"
	"golang.org/x/image/math/fixed"

	"github.com/wireroom/wireroom/internal/format"
	"github.com/wireroom/wireroom/internal/format/typeface"
)

// paragraph is running text that is set in lines.
type paragraph struct {
	runs []format.Run
	size float64 // points
	bold bool
	lang string
	rtl  bool
}

// precision is how many units of the shaper a point has: fractions of a point
// add up over a line.
const precision = 64

// piece is text of one look, direction and face on a line.
type piece struct {
	shaping.Output
	run  int // of the paragraph's
	face *typeface.Face
	size float64
	rise float64
}

// line is a line of text, its pieces in reading order.
type line struct {
	pieces []piece
	runes  []rune // of the paragraph; clusters count in them
	width  float64
}

// setter sets paragraphs in the typefaces of one document.
type setter struct {
	faces   *typeface.Set
	segment shaping.Segmenter
	shape   shaping.HarfbuzzShaper
	wrap    shaping.LineWrapper
}

// text is what is set: characters with the run that each is of. White space is
// one space, as everywhere in HTML; where lines of Thai may be broken stands a
// space without width.
type text struct {
	runes []rune
	of    []int
}

func (t *text) add(run int, runes ...rune) {
	for _, r := range runes {
		t.runes, t.of = append(t.runes, r), append(t.of, run)
	}
}

const (
	isolate    = '\u2068'
	endIsolate = '\u2069'
	breakHere  = '\u200b'
)

// texts are the lines of a paragraph between its breaks.
func texts(p *paragraph) []text {
	var all []text
	var t text
	within := 0
	for i, r := range p.runs {
		if r.Isolate != within {
			if within != 0 {
				t.add(i, endIsolate)
			}
			if within = r.Isolate; within != 0 {
				t.add(i, isolate)
			}
		}
		if r.Break {
			all = append(all, t)
			t = text{}
			continue
		}
		for _, c := range r.Text {
			last := rune(' ')
			if n := len(t.runes); n > 0 {
				last = t.runes[n-1]
			}
			switch {
			case c == ' ' || c == '\n' || c == '\t':
				if last != ' ' {
					t.add(i, ' ')
				}
			case c >= 'เ' && c <= 'ไ' && unicode.Is(unicode.Thai, last):
				// Vowels that are written first begin a syllable. Thai has no spaces
				// between words, and lines must break somewhere.
				t.add(i, breakHere, c)
			default:
				t.add(i, c)
			}
		}
	}
	return append(all, t)
}

// lines sets a paragraph in lines of a width in points.
func (s *setter) lines(p *paragraph, width float64) []line {
	var all []line
	for _, t := range texts(p) {
		if strings.TrimSpace(string(t.runes)) == "" {
			continue
		}
		all = append(all, s.set(p, t, width)...)
	}
	return all
}

// look is how the characters of a run are set.
func (p *paragraph) look(run int) (size, rise float64, bold bool) {
	r := p.runs[run]
	size, bold = p.size, p.bold || r.Strong
	switch {
	case r.Sub:
		return size * 0.65, -size * 0.15, bold
	case r.Sup:
		return size * 0.65, size * 0.35, bold
	}
	return size, 0, bold
}

func (s *setter) set(p *paragraph, t text, width float64) []line {
	direction := di.DirectionLTR
	if p.rtl {
		direction = di.DirectionRTL
	}
	parts := s.segment.Split(shaping.Input{Text: t.runes, RunEnd: len(t.runes), Direction: direction, Size: fixed.I(1), Language: language.NewLanguage(p.lang)}, s.faces)
	var inputs []shaping.Input
	for _, in := range parts {
		for start := in.RunStart; start < in.RunEnd; {
			end := start + 1
			for end < in.RunEnd && t.of[end] == t.of[start] {
				end++
			}
			part := in
			part.RunStart, part.RunEnd = start, end
			inputs = append(inputs, part)
			start = end
		}
	}
	outputs := make([]shaping.Output, len(inputs))
	pieces := make([]piece, len(inputs))
	for i, in := range inputs {
		run := t.of[in.RunStart]
		size, rise, bold := p.look(run)
		face := s.faces.Regular(in.Face)
		if bold {
			face = s.faces.Bold(in.Face)
		}
		in.Face, in.Size = face.Face, fixed.Int26_6(size*precision*64)
		outputs[i] = s.shape.Shape(in)
		pieces[i] = piece{run: run, face: face, size: size, rise: rise}
	}
	wrapped, _ := s.wrap.WrapParagraph(shaping.WrapConfig{Direction: direction}, int(width*precision), t.runes, shaping.NewSliceIterator(outputs))
	lines := make([]line, 0, len(wrapped))
	for _, w := range wrapped {
		l := line{runes: t.runes}
		for _, out := range w {
			// The input that it is a part of: they follow each other without a gap.
			i, begins := slices.BinarySearchFunc(inputs, out.Runes.Offset, func(in shaping.Input, at int) int { return in.RunStart - at })
			if !begins {
				i--
			}
			one := pieces[i]
			one.Output = out
			one.Glyphs = slices.Clone(out.Glyphs) // the wrapper uses its own again
			l.pieces = append(l.pieces, one)
			l.width += points(out.Advance)
		}
		lines = append(lines, l)
	}
	return lines
}

// points are a length of the shaper's.
func points(f fixed.Int26_6) float64 { return float64(f) / 64 / precision }

// visible are the characters that are seen or stand for something, without those
// that only steer.
func visible(runes []rune) []rune {
	all := make([]rune, 0, len(runes))
	for _, r := range runes {
		if r != breakHere && !(r >= '\u200e' && r <= '\u200f') && !(r >= '\u2066' && r <= '\u2069') {
			all = append(all, r)
		}
	}
	return all
}
