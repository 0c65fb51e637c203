package pdf

import (
	"crypto/sha256"
	"fmt"
	"strings"
	"unicode/utf16"

	"github.com/go-text/typesetting/font"
	"github.com/go-text/typesetting/font/opentype"

	"github.com/wireroom/wireroom/internal/format/typeface"
)

// subset is what a document uses of a face, each use under a code of its own.
type subset struct {
	face    *typeface.Face
	name    string // of the resource on pages
	numbers map[use]int
	glyphs  []use
	scale   float64 // font units → thousandths
}

func newSubset(face *typeface.Face, name string) *subset {
	s := &subset{face: face, name: name, numbers: map[use]int{}, scale: 1000 / float64(face.Upem())}
	s.number(use{width: s.width(0)}) // the first is for what is not there
	return s
}

// maxCodes is how many codes a subset has: its font counts them in 16 bits with a
// sign (Adobe technical note 5176 §4).
const maxCodes = 1<<15 - 1

// full reports whether the next piece of text should have another subset: marks
// over every letter there is are more than a font can count.
func (s *subset) full() bool { return len(s.glyphs) > maxCodes*7/8 }

// number is the code of a use. Where a single piece of text has more than there are
// codes, what is left of it is shown as what is not there.
func (s *subset) number(u use) int {
	n, ok := s.numbers[u]
	if !ok && len(s.glyphs) < maxCodes {
		n = len(s.glyphs)
		s.numbers[u] = n
		s.glyphs = append(s.glyphs, u)
	}
	return n
}

// width is how far a glyph moves on, in thousandths.
func (s *subset) width(glyph font.GID) int {
	return int(float64(s.face.HorizontalAdvance(glyph))*s.scale + 0.5)
}

func (s *subset) outline(u use) outline {
	o := outline{width: u.width}
	if u.blank {
		return o
	}
	if data, ok := s.face.GlyphData(u.glyph).(font.GlyphOutline); ok {
		for _, segment := range data.Segments {
			for i := range segment.Args {
				segment.Args[i].X = segment.Args[i].X*float32(s.scale) + float32(u.dx)
				segment.Args[i].Y = segment.Args[i].Y*float32(s.scale) + float32(u.dy)
			}
			o.segments = append(o.segments, segment)
		}
	}
	return o
}

// box is around all outlines.
func box(glyphs []outline) (b [4]int) {
	for _, g := range glyphs {
		for _, s := range g.segments {
			points := s.Args[:1]
			switch s.Op {
			case opentype.SegmentOpQuadTo:
				points = s.Args[:2]
			case opentype.SegmentOpCubeTo:
				points = s.Args[:3]
			}
			for _, p := range points {
				b[0], b[1] = min(b[0], round(p.X)), min(b[1], round(p.Y))
				b[2], b[3] = max(b[2], round(p.X)), max(b[3], round(p.Y))
			}
		}
	}
	return b
}

// write adds the font to a file and returns its object (ISO 32000-1 §9.7).
func (s *subset) write(f *file) (int, error) {
	var glyphs []outline
	var widths strings.Builder
	for _, u := range s.glyphs {
		o := s.outline(u)
		glyphs = append(glyphs, o)
		fmt.Fprintf(&widths, "%d ", o.width)
	}
	tagged := s.tag() + "+" + s.face.Name
	program, err := f.stream("/Subtype /CIDFontType0C", fontProgram(tagged, glyphs))
	if err != nil {
		return 0, err
	}
	b := box(glyphs)
	ascent, descent := b[3], b[1]
	if e, ok := s.face.FontHExtents(); ok {
		ascent, descent = int(float64(e.Ascender)*s.scale), int(float64(e.Descender)*s.scale)
	}
	descriptor := f.add(fmt.Sprintf("<< /Type /FontDescriptor /FontName %s /Flags 4 /FontBBox [%d %d %d %d] /ItalicAngle 0 /Ascent %d /Descent %d /CapHeight %d /StemV 80 /FontFile3 %s >>",
		name(tagged), b[0], b[1], b[2], b[3], ascent, descent, ascent, ref(program)))
	descendant := f.add(fmt.Sprintf("<< /Type /Font /Subtype /CIDFontType0 /BaseFont %s /CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> /FontDescriptor %s /DW 1000 /W [0 [%s]] >>",
		name(tagged), ref(descriptor), strings.TrimSpace(widths.String())))
	unicode, err := f.stream("", s.toUnicode())
	if err != nil {
		return 0, err
	}
	return f.add(fmt.Sprintf("<< /Type /Font /Subtype /Type0 /BaseFont %s /Encoding /Identity-H /DescendantFonts [%s] /ToUnicode %s >>", name(tagged+"-Identity-H"), ref(descendant), ref(unicode))), nil
}

// tag are the six letters before the name of a subset (ISO 32000-1 §9.6.4).
func (s *subset) tag() string {
	digest := sha256.New()
	for _, u := range s.glyphs {
		fmt.Fprintf(digest, "%v ", u)
	}
	sum := digest.Sum(nil)
	tag := make([]byte, 6)
	for i := range tag {
		tag[i] = 'A' + sum[i]%26
	}
	return string(tag)
}

// toUnicode says which text each code stands for (Adobe technical note 5411).
func (s *subset) toUnicode() []byte {
	var b strings.Builder
	b.WriteString("/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def\n/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n")
	var lines []string
	for i, u := range s.glyphs {
		if u.text == "" {
			continue
		}
		line := fmt.Sprintf("<%04X> <", i)
		for _, unit := range utf16.Encode([]rune(u.text)) {
			line += fmt.Sprintf("%04X", unit)
		}
		lines = append(lines, line+">")
	}
	for len(lines) > 0 {
		n := min(100, len(lines))
		fmt.Fprintf(&b, "%d beginbfchar\n%s\nendbfchar\n", n, strings.Join(lines[:n], "\n"))
		lines = lines[n:]
	}
	b.WriteString("endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n")
	return []byte(b.String())
}
