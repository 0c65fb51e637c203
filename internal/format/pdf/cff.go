package pdf

import (
	"encoding/binary"
	"math"

	"github.com/go-text/typesetting/font/opentype"
)

// A font of some outlines in the Compact Font Format (Adobe technical note
// 5176), keyed by CID: glyph n is CID n. Whatever form the outlines had, they
// are cubic here, without hints, which no printer or screen of today needs.

// outline is one glyph in units of a thousandth of the size.
type outline struct {
	width    int
	segments []opentype.Segment
}

// fontProgram writes a font. The first glyph is what stands for characters that
// are not there.
func fontProgram(fontName string, glyphs []outline) []byte {
	header := []byte{1, 0, 4, 4}
	names := index([][]byte{[]byte(fontName)})
	strings := index([][]byte{[]byte("Adobe"), []byte("Identity")})
	global := index(nil)
	charset := []byte{2, 0, 1}
	charset = binary.BigEndian.AppendUint16(charset, uint16(max(len(glyphs)-2, 0)))
	if len(glyphs) == 1 {
		charset = []byte{0}
	}
	selection := []byte{3, 0, 1, 0, 0, 0} // all glyphs are of font dictionary 0
	selection = binary.BigEndian.AppendUint16(selection, uint16(len(glyphs)))
	programs := make([][]byte, len(glyphs))
	for i, g := range glyphs {
		programs[i] = charstring(g)
	}
	chars := index(programs)
	// The dictionaries say where things are, in numbers of a fixed length.
	top := func(charsetAt, selectAt, charsAt, fontsAt int) []byte {
		var d []byte
		d = append(integer(integer(integer(d, 391), 392), 0), 12, 30) // ROS: Adobe, Identity, 0
		d = append(integer(d, len(glyphs)), 12, 34)                   // CIDCount
		d = append(place(d, charsetAt), 15)
		d = append(place(d, selectAt), 12, 37)
		d = append(place(d, charsAt), 17)
		return append(place(d, fontsAt), 12, 36)
	}
	before := len(header) + len(names) + len(index([][]byte{top(0, 0, 0, 0)})) + len(strings) + len(global)
	charsetAt := before
	selectAt := charsetAt + len(charset)
	charsAt := selectAt + len(selection)
	private := append(integer(nil, 0), 20) // defaultWidthX 0
	privateAt := charsAt + len(chars)
	fontsAt := privateAt + len(private)
	fonts := index([][]byte{append(place(place(nil, len(private)), privateAt), 18)})
	var out []byte
	for _, part := range [][]byte{header, names, index([][]byte{top(charsetAt, selectAt, charsAt, fontsAt)}), strings, global, charset, selection, chars, private, fonts} {
		out = append(out, part...)
	}
	return out
}

// index is a list of byte strings (5176 §5).
func index(entries [][]byte) []byte {
	out := binary.BigEndian.AppendUint16(nil, uint16(len(entries)))
	if len(entries) == 0 {
		return out
	}
	out = append(out, 4)
	at := uint32(1)
	out = binary.BigEndian.AppendUint32(out, at)
	for _, e := range entries {
		at += uint32(len(e))
		out = binary.BigEndian.AppendUint32(out, at)
	}
	for _, e := range entries {
		out = append(out, e...)
	}
	return out
}

// integer is a number in a dictionary (5176 §4) or, within 16 bits, a charstring.
func integer(b []byte, v int) []byte {
	switch {
	case v >= -107 && v <= 107:
		return append(b, byte(v+139))
	case v >= 108 && v <= 1131:
		v -= 108
		return append(b, byte(v>>8)+247, byte(v))
	case v >= -1131 && v <= -108:
		v = -v - 108
		return append(b, byte(v>>8)+251, byte(v))
	}
	return binary.BigEndian.AppendUint16(append(b, 28), uint16(int16(v)))
}

// place is an offset, always five bytes long.
func place(b []byte, at int) []byte { return binary.BigEndian.AppendUint32(append(b, 29), uint32(at)) }

// Operators of charstrings (Adobe technical note 5177).
const (
	opLine  = 5
	opCurve = 8
	opEnd   = 14
	opMove  = 21
)

// charstring is the program that draws a glyph.
func charstring(g outline) []byte {
	out := integer(nil, g.width) // nominalWidthX is 0
	var x, y int
	var fx, fy float32 // the pen, not rounded
	to := func(points ...opentype.SegmentPoint) {
		for _, p := range points {
			px, py := round(p.X), round(p.Y)
			out = integer(integer(out, px-x), py-y)
			x, y = px, py
			fx, fy = p.X, p.Y
		}
	}
	for _, s := range g.segments {
		a := s.Args
		switch s.Op {
		case opentype.SegmentOpMoveTo:
			to(a[0])
			out = append(out, opMove)
		case opentype.SegmentOpLineTo:
			to(a[0])
			out = append(out, opLine)
		case opentype.SegmentOpQuadTo:
			// The cubic that is the same curve.
			c := opentype.SegmentPoint{X: fx + (a[0].X-fx)*2/3, Y: fy + (a[0].Y-fy)*2/3}
			d := opentype.SegmentPoint{X: a[1].X + (a[0].X-a[1].X)*2/3, Y: a[1].Y + (a[0].Y-a[1].Y)*2/3}
			to(c, d, a[1])
			out = append(out, opCurve)
		case opentype.SegmentOpCubeTo:
			to(a[0], a[1], a[2])
			out = append(out, opCurve)
		}
	}
	return append(out, opEnd)
}

func round(f float32) int { return int(math.Round(float64(f))) }
