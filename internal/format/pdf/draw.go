package pdf

import (
	"fmt"
	"slices"
	"strings"

	"github.com/go-text/typesetting/di"
	"github.com/go-text/typesetting/font"

	"github.com/wireroom/wireroom/internal/format/typeface"
)

// lineHeight is from one line to the next, in sizes. Thai and Vietnamese put
// marks over marks.
const lineHeight = 1.45

// subset is the part of a face that the document uses, or what came after a part
// that was full.
func (d *document) subset(face *typeface.Face) *subset {
	for _, s := range d.subsets {
		if s.face == face && !s.full() {
			return s
		}
	}
	s := newSubset(face, fmt.Sprintf("F%d", len(d.subsets)+1))
	d.subsets = append(d.subsets, s)
	return s
}

// places are where the pieces of a line begin, left to right as they are seen.
func places(l line, x float64) []float64 {
	order := make([]int, len(l.pieces))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return int(l.pieces[a].VisualIndex) - int(l.pieces[b].VisualIndex) })
	at := make([]float64, len(l.pieces))
	for _, i := range order {
		at[i] = x
		x += points(l.pieces[i].Advance)
	}
	return at
}

// drawPiece writes the operators that show a piece. The glyphs come in reading
// order, each at its place, so that who reads the page's operators reads the
// text.
func (d *document) drawPiece(b *strings.Builder, l line, p piece, x, y float64) {
	sub := d.subset(p.face)
	fmt.Fprintf(b, "BT %s %s Tf 1 0 0 1 %s %s Tm\n", name(sub.name), number(p.size), number(x), number(y+p.rise))
	pen := shower{size: p.size}
	at := make([]float64, len(p.Glyphs)+1)
	for i, g := range p.Glyphs {
		at[i+1] = at[i] + points(g.Advance)
	}
	rtl := p.Direction == di.DirectionRTL
	for _, c := range clusters(p.Glyphs, rtl) {
		first := p.Glyphs[c[0]]
		runes := visible(l.runes[first.TextIndex() : first.TextIndex()+first.RunesCount()])
		if len(runes) == 0 {
			continue
		}
		for _, one := range sub.cluster(p.Glyphs[c[0]:c[1]], at[c[0]:c[1]], runes, p.size, rtl) {
			if one.glyph == 0 && !one.blank {
				one.glyph = substitute(p.face)
				one.width = sub.width(one.glyph)
			}
			pen.show(sub.number(one.use), one.width, one.at)
		}
	}
	b.WriteString(pen.operator() + " ET\n")
}

// substitute is what is shown for a character that no typeface has: a sign that
// is there and is not mistaken for another. What is read is the character.
func substitute(face *typeface.Face) font.GID {
	for _, r := range "□\ufffd¤*" {
		if glyph, ok := face.NominalGlyph(r); ok {
			return glyph
		}
	}
	return 0
}

// shower gathers the glyphs of a piece into one operator (ISO 32000-1 §9.4.3).
type shower struct {
	size  float64
	array strings.Builder
	codes strings.Builder
	at    float64 // where the pen of the page is
}

func (s *shower) show(code, width int, at float64) {
	if off := (s.at - at) * 1000 / s.size; off > 0.5 || off < -0.5 {
		s.close()
		s.array.WriteString(number(off))
		s.at = at
	}
	fmt.Fprintf(&s.codes, "%04X", code)
	s.at += float64(width) * s.size / 1000
}

func (s *shower) close() {
	if s.codes.Len() > 0 {
		s.array.WriteString("<" + s.codes.String() + ">")
		s.codes.Reset()
	}
}

func (s *shower) operator() string {
	s.close()
	return "[" + s.array.String() + "] TJ"
}
